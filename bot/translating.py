"""The commands of `musafir translations`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from bot import catalogues
from bot.content import Content, Library, State
from bot.content import translations as stamps
from bot.content.exchange import FORMATS, export_texts, plan_import
from bot.content.model import Translated
from bot.content.sheet import review_sheet
from bot.errors import MusafirError
from bot.languages import DEFAULT, LANGUAGES, OWN_NAMES, Language
from bot.paths import CONTENT

_FILE = click.Path(dir_okay=False, path_type=Path)
_TRANSLATION = click.Choice([code for code in LANGUAGES if code != DEFAULT])
_ALL = "all"


@click.group()
def translations() -> None:
    """The state of the translations, and their way to a translator and back."""


@translations.command()
def status() -> None:
    """How far answers, guides and other texts are in each language, and how much of the interface is translated."""
    content, _ = Library().read()
    for kind in ("answers", "guides", "other texts"):
        click.echo(coverage_table(kind, content))
        click.echo()
    click.echo("interface".ljust(14) + "translated".rjust(12))
    for language in LANGUAGES:
        if language != DEFAULT:
            done, total = catalogues.share(language)
            click.echo(OWN_NAMES[language].ljust(14) + f"{done} of {total}".rjust(12))


def coverage_table(kind: str, content: Content) -> str:
    """A line for each language: how many `answers`, `guides` or `other texts` are in which state."""
    states = [by_language for id_, by_language in content.states().items() if _kind(id_, content) == kind]
    lines = [kind.ljust(14) + "".join(state.value.rjust(10) for state in State)]
    for language in LANGUAGES:
        found = [by_language[language] for by_language in states]
        lines.append(OWN_NAMES[language].ljust(14) + "".join(str(found.count(state)).rjust(10) for state in State))
    return "\n".join(lines)


def _kind(id_: str, content: Content) -> str:
    if id_ in content.answers:
        return "answers"
    return "guides" if id_.startswith("guide:") else "other texts"


@translations.command()
@click.option("--lang", "language", required=True, type=_TRANSLATION)
@click.option("-o", "--output", required=True, type=_FILE, help="The HTML file to write.")
def sheet(language: Language, output: Path) -> None:
    """Write a printable page with English and one translation side by side, for the native reviewer."""
    content, _ = Library().read()
    output.write_text(review_sheet(content, language), encoding="utf-8")
    click.echo(f"{output}: open it in a browser and print it", err=True)


@translations.command()
@click.option("--lang", "languages", multiple=True, type=_TRANSLATION, help="Only this language; repeatable.")
@click.argument("ids", nargs=-1)
def stamp(languages: tuple[Language, ...], ids: tuple[str, ...]) -> None:
    """Confirm that translations say what the English text says now.

    IDS: only these, such as unpaid-wages, guide:wage-claim, pages or safety; else all.
    """
    content, _ = Library().read()
    chosen = [language for language in LANGUAGES if not languages or language in languages]
    items = _items(content, ids) if ids else content.translated().values()
    changed = sum(stamps.stamp(item, language, CONTENT) for item in items for language in chosen)
    click.echo(f"{changed} translations stamped")


@translations.command()
@click.option("--lang", "language", required=True, type=click.Choice(LANGUAGES))
@click.option("--by", default="", help="Who has read the texts: their name.")
@click.option("--withdraw", is_flag=True, help="Take the review back instead.")
@click.argument("ids", nargs=-1, required=True)
def review(language: Language, by: str, withdraw: bool, ids: tuple[str, ...]) -> None:
    """Write down that somebody has read these texts as they are now, and that they say what the English says.

    IDS: such as unpaid-wages, guide:wage-claim, pages or safety. A change of a text takes its review back by itself.
    """
    content, _ = Library().read()
    items = _items(content, ids)
    if withdraw:
        changed = sum(stamps.withdraw(item, language, CONTENT) for item in items)
        click.echo(f"{changed} reviews withdrawn")
        return
    today = datetime.now(UTC).date()
    for item in items:
        stamps.sign_off(item, language, by, today)  # refuses before the first file changes
    changed = sum(stamps.review(item, language, by, today, CONTENT) for item in items)
    click.echo(f"{changed} texts reviewed by {by}")


def _items(content: Content, ids: Iterable[str]) -> list[Translated]:
    known = content.translated()
    if unknown := sorted(set(ids) - set(known)):
        raise MusafirError(
            f"there is no {', '.join(unknown)}",
            "use the names of folders in content/answers/, guide: and a name in content/guides/, pages or safety",
        )
    return [known[id_] for id_ in ids]


def _states(_: click.Context, __: click.Parameter, value: str) -> set[State]:
    names = {name.strip() for name in value.split(",")}
    if names == {_ALL}:
        return set(State)
    if unknown := names - set(State):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: use {', '.join(State)} or {_ALL}")
    return set(map(State, names))


@translations.command()
@click.option("--lang", "language", required=True, type=_TRANSLATION)
@click.option("--format", "ending", type=click.Choice(list(FORMATS)), default="xlsx", show_default=True)
@click.option("-o", "--output", type=_FILE, help="The file to write; else musafir-LANG.FORMAT.")
@click.option(
    "--only",
    "states",
    callback=_states,
    default="outdated,missing,draft",
    show_default=True,
    help="States, separated by commas, or all.",
)
def export(language: Language, ending: str, output: Path | None, states: set[State]) -> None:
    """Write texts into a file for a translator, the outdated ones first."""
    made, count = export_texts(Library(), language, ending, states)
    output = output or Path(f"musafir-{language}.{ending}")
    output.write_bytes(made)
    click.echo(f"{count} texts written to {output}", err=True)


@translations.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
def import_(file: Path, dry_run: bool) -> None:
    """Take over a translator's FILE (XLSX, PO or XLIFF): all texts, or none if one is wrong.

    Changed texts count as drafts until somebody reviews them.
    """
    plan = plan_import(file.name, file.read_bytes(), Library())
    for id_ in plan.changed if dry_run else ():
        click.echo(f"~ {id_}")
    for remark in plan.remarks:
        click.echo(f"remark on {remark}")
    if not dry_run:
        plan.apply()
    click.echo(f"would be: {plan}" if dry_run else plan)
