"""All other texts: guides, safety words, pages, kinds of help, topics, examples, and the files that hold no words.

Files of words are edited value by value; files of structure as they are, with each mistake shown beside its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from bot.content import State
from bot.content.edit import set_values
from bot.content.model import text_hash
from bot.content.yamlfile import YamlError, parse
from bot.desk import fields as forms
from bot.desk.files import ChangedMeanwhileError, Checked, MistakesError, NotSavedError, Opened, UnknownFileError
from bot.desk.page import files, go, notice, render, words
from bot.desk.session import editor
from bot.languages import DEFAULT, LANGUAGES, Language

FOLDERS: Final = ("pages", "safety", "needs", "topics", "dialogue")
NEEDS_TRAINING: Final = ("dialogue", "needs")


@dataclass(frozen=True)
class Signing:
    """A text that somebody may confirm: `hash` tells whether it is still what they read."""

    id: str
    language: Language
    hash: str
    state: State


async def overview(request: Request) -> Response:
    """The files by kind."""
    root = files(request).store.root
    guides = sorted(folder.name for folder in (root / "guides").glob("*/"))
    single = [name for name in ("office.yml", "sources.yml") if (root / name).exists()]
    return render(
        request, "texts.html", folders=FOLDERS, guides=guides, single=single, content=files(request).store.content
    )


async def edit(request: Request) -> Response:
    """Edit a file of words, value by value; files that are no YAML now, or hold no words, as a whole."""
    name = request.path_params["name"]
    opened = files(request).open(name)
    if not _has_words(name) or not _is_yaml(opened.text):
        return go(f"/files/{name}")
    if request.method != "POST":
        return await _page(request, name, opened, opened.text)
    form = await request.form()
    changed = forms.changes(list(forms.fields(parse(opened.text).data)), _strings(form))
    text = set_values(opened.text, changed) if changed else opened.text
    return await _save(request, name, opened, text, form, f"/texts/{name}")


async def edit_whole(request: Request) -> Response:
    """Edit any file as it is."""
    name = request.path_params["name"]
    opened = files(request).open(name)
    if request.method != "POST":
        return await _page(request, name, opened, opened.text, whole=True)
    form = await request.form()
    text = _strings(form).get("text", "").replace("\r\n", "\n").rstrip("\n") + "\n"
    return await _save(request, name, opened, text, form, f"/files/{name}", whole=True)


async def _save(
    request: Request, name: str, opened: Opened, text: str, form: FormData, back: str, *, whole: bool = False
) -> Response:
    workspace = files(request)
    if form.get("version") != opened.version:
        return await _page(request, name, opened, text, whole=whole, theirs=opened)
    if "check" in form:
        return await _page(request, name, opened, text, whole=whole)
    try:
        await workspace.save(opened, text, editor(request), f"{name} edited at the desk")
    except ChangedMeanwhileError as error:
        return await _page(request, name, error.theirs, text, whole=whole, theirs=error.theirs)
    except MistakesError as error:
        return await _page(request, name, opened, text, whole=whole, checked=error.checked)
    except NotSavedError as error:
        return await _page(request, name, opened, text, whole=whole, error=str(error))
    _ = words(request)
    live = _("Saved. The bot shows it within seconds.")
    notice(request, _("Saved. Train the bot, so that it learns this.") if name.startswith(NEEDS_TRAINING) else live)
    return go(back)


async def _page(
    request: Request,
    name: str,
    opened: Opened,
    text: str,
    *,
    whole: bool = False,
    checked: Checked | None = None,
    theirs: Opened | None = None,
    error: str | None = None,
) -> Response:
    workspace = files(request)
    checked = checked or await workspace.check({opened.path: text})
    known = [] if whole else list(forms.fields(parse(text).data))
    shown, rest = forms.with_problems(known, checked.problems, checked.library, opened.path)
    status = 409 if theirs else 422 if checked.errors and request.method == "POST" else 200
    return render(
        request,
        "file_edit.html" if whole else "text_edit.html",
        status,
        file=name,
        fields=shown,
        text=text,
        english=_english(request, name),
        signing=_signing(request, name),
        siblings=_siblings(workspace.store.root, name),
        problems=checked.problems if whole else rest,
        version=opened.version,
        theirs=theirs,
        error=error,
    )


def _has_words(name: str) -> bool:
    folder, stem = name.split("/")[0], Path(name).stem
    return name == "office.yml" or (stem in LANGUAGES and name.endswith(".yml") and folder in (*FOLDERS, "guides"))


def _english(request: Request, name: str) -> dict[str, str]:
    """The English values by the names of their fields, to stand beside a translation."""
    path = Path(name)
    if path.stem not in LANGUAGES or path.stem == DEFAULT or path.parts[0] in ("dialogue",):
        return {}
    try:
        opened = files(request).open(str(path.with_name(f"{DEFAULT}.yml")))
        return {field.name: field.value for field in forms.fields(parse(opened.text).data)}
    except (UnknownFileError, YamlError):
        return {}


def _signing(request: Request, name: str) -> Signing | None:
    """What a signature below the form confirms, for files that can be signed."""
    for item in files(request).store.content.translated().values():
        for language, text in item.texts.items():
            if item.file(language).as_posix() == name:
                return Signing(item.id, language, text_hash(text), item.state(language))
    return None


def _siblings(root: Path, name: str) -> list[str]:
    """The same file in the other languages."""
    path = Path(name)
    if path.stem not in LANGUAGES:
        return []
    return [str(path.with_name(f"{code}.yml")) for code in LANGUAGES if (root / path.with_name(f"{code}.yml")).exists()]


def _is_yaml(text: str) -> bool:
    try:
        return isinstance(parse(text).data, dict)
    except YamlError:
        return False


def _strings(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
