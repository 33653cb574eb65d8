"""Whether staff are there, and the buttons that lead to them."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.handlers.services import Visit
from bot.languages import Language
from bot.render import answers, handover
from bot.render.screen import Button


def staff_are_there(visit: Visit) -> bool:
    """True within the hours of staff."""
    office = visit.content.office
    return visit.staffed and (office is None or office.is_open(datetime.now(UTC)))


def ways_to_staff(visit: Visit, language: Language) -> list[list[Button]]:
    """A button that asks for staff, or ends the talk with them; none where there are no staff."""
    if not visit.staffed:
        return []
    talk = visit.services.handovers.of(visit.pseudonym)
    return [[handover.end_button(language) if talk else answers.human_button(language)]]
