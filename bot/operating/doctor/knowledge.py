"""What the bot knows: texts, contacts, and the model that understands questions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.contacts import spreadsheet
from bot.content import Content, Library, Problem, Severity
from bot.languages import DEFAULT
from bot.operating.doctor.findings import Finding, broken, ok, warning
from bot.operating.installation import Installation
from bot.training.model import model_name


def content(installation: Installation) -> Iterator[Finding]:
    """The texts can be read."""
    content, problems = _read(installation)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if lacking := content.lacks():
        yield broken(
            "content", f"content/{lacking[0]} is broken or missing, and no bot runs without it", "mend it first"
        )
    elif errors:
        yield warning("content", f"{len(errors)} mistakes keep texts out of the bot", "`musafir check` says where")
    else:
        yield ok("content", f"{len(content.answers)} answers")


def contacts(installation: Installation) -> Iterator[Finding]:
    """The contacts can be read, and somebody looks after them."""
    content, _ = _read(installation)
    rows, problems = spreadsheet.read(installation.content / "contacts.csv", set(content.needs.get(DEFAULT, {})))
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    stale = sum(row.values["check_by"] < datetime.now(UTC).date() for row in rows)
    if errors:
        yield broken("contacts", f"contacts.csv has {errors} mistakes, changes are not taken over", "`musafir check`")
    elif stale:
        yield warning(
            "contacts", f"{stale} of {len(rows)} should be called again", "`musafir contacts stale` lists them"
        )
    else:
        yield ok("contacts", f"{len(rows)}, none overdue")


def model(installation: Installation) -> Iterator[Finding]:
    """There is a model, and it has learned the texts as they are now."""
    content, _ = _read(installation)
    chosen = installation.models.chosen()
    if chosen is None:
        yield broken("model", "none has been chosen", "run `musafir train` (the first `musafir run` does that too)")
        return
    current = model_name(content)
    report = installation.models.report(current)
    if chosen == current:
        yield ok("model", f"{chosen} has learned the texts as they are now")
    elif report and report.refused:
        what = f"the one for the texts as they are now was refused ({report.note}), {chosen} serves"
        yield warning("model", what, "look at the desk: Training")
    else:
        yield warning("model", f"{chosen} was trained before questions were changed", "run `musafir train`")


def _read(installation: Installation) -> tuple[Content, list[Problem]]:
    return Library(installation.content).read()
