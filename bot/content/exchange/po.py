"""PO, for Poedit, Weblate and their like: the id as context, seal and state as comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from io import BytesIO, StringIO
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, denormalize, read_po, write_po

from bot.content.exchange.seal import Entry, Received, Seal
from bot.content.exchange.units import Unit
from bot.content.model import State
from bot.languages import Language

_SEAL: Final = "seal: "
_AFTER_SEAL: Final = re.compile(re.escape(_SEAL.strip()) + r"\s*([0-9a-f-]+)")
_CONTEXT: Final = re.compile(r'^msgctxt\s+((?:"(?:[^"\\\n]|\\.)*"\s*)+)', re.MULTILINE)


def write(units: Iterable[Unit], language: Language) -> bytes:
    """The file, outdated texts marked as fuzzy."""
    catalogue = Catalog(language, project="musafir", version="content", copyright_holder="Musafir", fuzzy=False)
    for unit in units:
        catalogue.add(
            unit.source,
            unit.target,
            context=unit.id,
            auto_comments=[f"state: {unit.state}", _SEAL + Seal.of(unit).write(unit.id, language)],
            flags={"fuzzy"} if unit.state is State.OUTDATED else set(),
        )
    file = BytesIO()
    write_po(file, catalogue, width=0)
    return file.getvalue()


def read(data: bytes) -> Received:
    """What a translator sent back."""
    try:
        text = data.decode("utf-8-sig")
        catalogue = read_po(StringIO(text), abort_invalid=True)
    except UnicodeDecodeError:
        return Received("", problems=["not UTF-8: save the file as UTF-8"])
    except (PoFileError, ValueError) as error:
        return Received("", problems=[f"this is no PO file ({error})"])
    twice = [context for context, count in Counter(map(denormalize, _CONTEXT.findall(text))).items() if count > 1]
    entries = [
        Entry(
            f"line {message.lineno}",
            message.context or "",
            message.string if isinstance(message.string, str) else "",
            _seal(message.auto_comments),
            "\n".join(message.user_comments),
        )
        for message in catalogue
        if message.id
    ]
    language = catalogue.locale.language if catalogue.locale else ""
    return Received(language, entries, [f"{context} stands here twice" for context in twice])


def _seal(comments: Iterable[str]) -> str:
    """Some programs break long lines of comments, also within the seal."""
    match = _AFTER_SEAL.search("".join(comments))
    return match[1] if match else ""
