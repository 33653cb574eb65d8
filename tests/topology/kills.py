"""Each part in turn is killed while people write, started again, and everything is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.topology.crowd import People, Tally
from tests.topology.part import Part

BEFORE: Final = 4.0
"""Seconds of writing before the kill."""
AFTER: Final = 8.0
"""Seconds of writing after the part is back."""


@dataclass(frozen=True)
class Killed:
    """What became of what people wrote around the death of a part, and of what they wrote when it was back."""

    part: str
    around: Tally
    afterwards: Tally

    @property
    def is_as_before(self) -> bool:
        """Whether everything works again, by itself."""
        after = self.afterwards
        return not any((after.lost, after.disordered, after.doubled, after.by_words))

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost or came in a wrong order, and all is as before. Copies are counted, not judged."""
        return self.is_as_before and not self.around.lost and not self.around.disordered


async def kill_each(
    people: People, parts: Sequence[Part], before: float = BEFORE, after: float = AFTER
) -> AsyncIterator[Killed]:
    """Kill the parts, one after the other; yields what was seen of each as soon as it is known.

    People write for `before` seconds, and for `after` seconds once the part is back.
    """
    for part in parts:
        around = await _around(people, part, before, after)
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, ended.set)
        await people.write_until(ended)
        yield Killed(part.name, around, people.take_tally())


async def _around(people: People, part: Part, before: float, after: float) -> Tally:
    people.take_tally()
    ended = asyncio.Event()
    writing = asyncio.create_task(people.write_until(ended))
    try:
        await asyncio.sleep(before)
        starts = part.starts
        part.kill()
        await part.wait_for_next_start(starts)
        await asyncio.sleep(after)
    finally:
        ended.set()
        await writing
    return people.take_tally()


def table(seen: Sequence[Killed]) -> str:
    """A line for each part."""
    lines = [
        "| killed | messages | lost | copies | out of order | by words | longest wait | silence | afterwards |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for killed in seen:
        found, after = killed.around, killed.afterwards
        well = (
            "as before"
            if killed.is_as_before
            else f"lost {after.lost}, by words {after.by_words}, {after.doubled} copies"
        )
        lines.append(
            f"| {killed.part} | {found.sent} | {found.lost} | {found.doubled} | {found.disordered} | {found.by_words} "
            f"| {found.worst:.1f} s | {found.silence:.1f} s | {well} |"
        )
    return "\n".join(lines)
