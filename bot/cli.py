"""The one command line: `uv run musafir --help`."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import uvloop

from bot import catalogues, logs, posters
from bot import evaluate as evaluation
from bot.contacts import import_contacts, spreadsheet
from bot.contacts.exporter import export_contacts
from bot.contacts.gaps import gaps as find_gaps
from bot.content import Content, ContentStore, Library, Problem, Severity, review
from bot.database import Database, feedback
from bot.dialogue import Dialogue
from bot.errors import ImportRefusedError, MusafirError, SetupError
from bot.languages import DEFAULT, LANGUAGES, Language
from bot.learning import figures as weekly
from bot.operating.commands import backup, doctor, rasa, restore
from bot.operating.running import marked_running
from bot.paths import CONTENT
from bot.render.poster import poster
from bot.rotating import secret
from bot.settings import Settings, load_settings
from bot.training import console
from bot.training.compile import compile_content
from bot.training.folder import MODELS, ModelFolder
from bot.training.model import train as train_model
from bot.translating import coverage_table, translations

T = TypeVar("T")
RARELY = (10_000, 20, 20)
"""Thresholds for looking for garbage in cycles; with Python's own (700, 10, 10) that took a tenth of each update."""
_CSV = click.Path(dir_okay=False, path_type=Path)


def main() -> None:
    """Entry point: errors that somebody can mend are one line and exit code 1, not a traceback."""
    try:
        commands(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ImportRefusedError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        _fail(error)
    except MusafirError as error:
        _fail(error)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _fail(SetupError("the disk is full", "free some space (`musafir doctor` says where) and try again"))


def _fail(error: MusafirError) -> None:
    click.echo(f"musafir: {error}", err=True)
    sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--verbose", is_flag=True, help="Log what the parts do. Never logs what people write.")
def commands(verbose: bool) -> None:
    """Musafir tells migrant workers their rights and who can help, in Telegram."""
    logs.set_up(verbose=verbose)


@commands.command()
def run() -> None:
    """Start Rasa and the bot; without TELEGRAM_BOT_TOKEN in a browser page on this machine."""
    from bot.runner import run as run_bot

    settings = load_settings()
    logs.write(settings.log_format)
    store = ContentStore(Library())
    _report_left_out(store.problems)
    if lacking := store.content.lacks():
        raise SetupError(
            f"content/{lacking[0]} is broken or missing, and every language falls back on it", "mend it first"
        )
    model = None if settings.rasa_url else console.model_to_serve(store.content, ModelFolder(MODELS))
    gc.set_threshold(*RARELY)
    with marked_running():
        uvloop.run(run_bot(settings, store, model))  # half the processor time of asyncio's own loop


@commands.command()
def desk() -> None:
    """Start only the desk for staff, beside a bot that runs elsewhere on this machine."""
    from bot.runner import run_desk

    settings = load_settings()
    logs.write(settings.log_format)
    with marked_running():
        asyncio.run(run_desk(settings, ContentStore(Library())))


def _model(settings: Settings, content: Content) -> Path | None:
    """The model for this content, trained now if need be; none when Rasa runs elsewhere."""
    return None if settings.rasa_url else train_model(content)


def _report_left_out(problems: list[Problem]) -> None:
    for problem in problems:
        if problem.severity is Severity.ERROR:
            click.echo(f"left out: {problem}", err=True)


@commands.command()
def check() -> None:
    """Look for mistakes in content/, locales/ and the contacts. Exit code 1 when something must be mended."""
    library = Library()
    content, problems = library.read()
    problems += review.check(content, library, datetime.now(UTC).date())
    problems += catalogues.check()
    problems += spreadsheet.read(CONTENT / "contacts.csv", set(content.needs.get(DEFAULT, {})))[1]
    for problem in sorted(problems):
        click.echo(problem)
    errors = _count(problems, Severity.ERROR)
    click.echo(coverage_table("answers", content), err=True)
    click.echo(
        f"{len(content.answers)} answers, {errors} errors, {_count(problems, Severity.WARNING)} warnings", err=True
    )
    if errors:
        sys.exit(1)


def _count(problems: list[Problem], severity: Severity) -> int:
    return sum(problem.severity is severity for problem in problems)


@commands.command()
@click.option("--force", is_flag=True, help="Take the new model over even when it is worse.")
def train(force: bool) -> None:
    """Teach Rasa the questions in content/, and let the new model serve unless it is worse than the old one.

    Does nothing when nothing has changed. A running bot changes over by itself.
    """
    content, problems = Library().read()
    _report_left_out(problems)
    compile_content(content)  # for `make bench-nlu`
    console.take_over(content, ModelFolder(MODELS), force=force)


@commands.command()
@click.argument("file", type=_CSV)
@click.option("--json", "output", type=_CSV, help="Write every row and the summary to this file.")
@click.option("--errors", is_flag=True, help="List what was mistaken for what, with the messages.")
def evaluate(file: Path, output: Path | None, errors: bool) -> None:
    """Ask every question of FILE and report how many are understood.

    FILE is a CSV with the columns text,label and optionally style,lang,need,country,city.

    Rows whose label has no answer yet are left out of the table and counted.
    """
    settings = load_settings()
    content, _ = Library().read()
    results = asyncio.run(_evaluate(evaluation.read_rows(file), settings, content, _model(settings, content)))
    click.echo(evaluation.table(evaluation.summarise(results)))
    if errors:
        click.echo(evaluation.errors(results))
    if output:
        output.write_text(json.dumps(evaluation.as_json(results), ensure_ascii=False, indent=1), encoding="utf-8")


async def _evaluate(
    rows: list[evaluation.Row], settings: Settings, content: Content, model: Path | None
) -> list[evaluation.Result]:
    from bot.runner import rasa_for

    known = set(content.answers) | evaluation.DIALOGUE_LABELS
    asked = [row for row in rows if known & set(row.labels)]
    async with rasa_for(settings, model) as rasa:
        await rasa.wait_until_ready()
        with click.progressbar(length=len(asked), label="asking", file=sys.stderr) as bar:
            results = await evaluation.evaluate(Dialogue(content, rasa), asked, lambda: bar.update(1))
    if len(asked) < len(rows):
        click.echo(f"{len(rows) - len(asked)} rows left out: their answers do not exist yet", err=True)
    return results


@commands.command()
@click.option("--csv", "file", type=_CSV, help="Write the numbers to this file instead.")
@click.option("--weeks", default=8, show_default=True, type=click.IntRange(1), help="How many weeks back.")
def stats(file: Path | None, weeks: int) -> None:
    """How many people asked in each week: by topic, language and country. Nothing about fewer than five."""
    today = datetime.now(UTC).date()
    rows = asyncio.run(_with_database(lambda database: weekly.figures(database, weeks, today)))
    if file:
        weekly.write_csv(rows, file)
        click.echo(f"{len(rows)} numbers written to {file}", err=True)
    else:
        click.echo(weekly.table(rows))


@commands.group()
def contacts() -> None:
    """The directory of people who can help."""


@contacts.command("import")
@click.argument("file", type=_CSV, default=CONTENT / "contacts.csv")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
def import_(file: Path, dry_run: bool) -> None:
    """Take over FILE (CSV or XLSX, by default content/contacts.csv): all rows, or none if one is wrong."""
    content, _ = Library().read()
    needs = set(content.needs[DEFAULT])
    difference = asyncio.run(_with_database(lambda database: import_contacts(database, file, needs, dry_run=dry_run)))
    for line in difference.lines if dry_run else ():
        click.echo(line)
    click.echo(f"would be: {difference}" if dry_run else difference)


async def _with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    database = Database(load_settings().async_database_url)
    try:
        await database.migrate()
        return await work(database)
    finally:
        await database.close()


@contacts.command()
@click.argument("file", type=_CSV)
def export(file: Path) -> None:
    """Write the contacts of the database to FILE, in the form that `import` reads."""
    count = asyncio.run(_with_database(lambda database: export_contacts(database, file)))
    click.echo(f"{count} contacts written to {file}")


@contacts.command()
def stale() -> None:
    """List the contacts that somebody should check again, and those of which people say that they do not work."""
    rows = _contact_rows()
    today = datetime.now(UTC).date()
    reports = asyncio.run(_with_database(feedback.broken_counts))
    due = sorted((row for row in rows if row.values["check_by"] < today), key=lambda row: row.values["check_by"])
    for row in due:
        click.echo(f"row {row.line}: {row.values['organisation']}, due {row.values['check_by']}")
    broken = sorted((row for row in rows if row.values["id"] in reports), key=lambda row: -reports[row.values["id"]])
    for row in broken:
        times = reports[row.values["id"]]
        click.echo(f"row {row.line}: {row.values['organisation']}, did not work for {times} people")
    click.echo(f"{len(due)} of {len(rows)} contacts are due, {len(broken)} were reported", err=True)


@contacts.command()
def gaps() -> None:
    """List the kinds of help for which a country has nobody with a phone: holes for you to fill."""
    holes = find_gaps(row.values for row in _contact_rows())
    for country, needs in holes.items():
        click.echo(f"{country}  {', '.join(needs) or 'none'}")
    click.echo(f"{sum(map(len, holes.values()))} holes; a row in content/contacts.csv closes one", err=True)


def _contact_rows() -> list[spreadsheet.Row]:
    content, _ = Library().read()
    rows, problems = spreadsheet.read(CONTENT / "contacts.csv", set(content.needs[DEFAULT]))
    for problem in problems:
        click.echo(problem, err=True)
    return rows


@commands.command("poster")
@click.option("--start", default="", help="What the link opens: a-<answer>, t-<topic>, c-<country>, g-<guide> or news.")
@click.option("--lang", "language", required=True, type=click.Choice(LANGUAGES), help="The language of the page.")
@click.option("-o", "--output", type=_CSV, help="The PDF or PNG file to write; by default a PDF in this folder.")
@click.option("--bot", "bot_name", help="The bot's name in its link; by default TELEGRAM_BOT_TOKEN tells.")
def poster_(start: str, language: Language, output: Path | None, bot_name: str | None) -> None:
    """Write a page to print and hang up, with a QR code that opens the bot at the right place."""
    content, _ = Library().read()
    name = bot_name or asyncio.run(posters.name_of_bot(load_settings()))
    file = output or Path(f"poster-{start or 'musafir'}-{language}.pdf")
    posters.write_poster(poster(content, start, language, name), file)
    click.echo(f"{file}: print it on A4", err=True)


for command in (backup, restore, doctor, rasa):
    commands.add_command(command)
commands.add_command(secret)
commands.add_command(translations)
