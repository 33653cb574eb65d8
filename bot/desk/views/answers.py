"""The answers: all of them with their states, one in all languages as the bot shows it, and one text to edit."""

from __future__ import annotations

from datetime import UTC, datetime

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.content import Answer, Content, State, markdownfile
from bot.content.edit import set_body, set_front
from bot.content.model import text_hash
from bot.content.yamlfile import Path as Place
from bot.content.yamlfile import YamlError
from bot.desk.fields import Field, lines, with_problems
from bot.desk.files import ChangedMeanwhileError, Checked, MistakesError, NotSavedError, Opened
from bot.desk.page import files, go, notice, render, trusted, words
from bot.desk.session import editor
from bot.languages import DEFAULT, OWN_NAMES, Language, is_language
from bot.render import answers as screens

NEW_TEXT = "---\ntitle: {title}\nstatus: draft\nquestions: []\n---\n"


async def overview(request: Request) -> Response:
    """All answers by topic, with the state of every language; `?q=`, `?state=` and `?lang=` narrow them down."""
    content = files(request).store.content
    query = request.query_params.get("q", "").strip().lower()
    state, language = request.query_params.get("state", ""), request.query_params.get("lang", "")
    shown = [
        answer
        for topic in content.topic_ids()
        for answer in content.in_topic(topic)
        if _matches(answer, query) and _has_state(answer, state, language)
    ]
    return render(request, "answers.html", content=content, answers=shown, query=query, state=state, lang=language)


async def show(request: Request) -> Response:
    """One answer in all languages, side by side, as the bot shows it."""
    answer = _answer(request)
    content = files(request).store.content
    bubbles = {language: _bubble(content, answer, language) for language in answer.texts}
    hashes = {language: text_hash(text) for language, text in answer.texts.items()}
    return render(request, "answer.html", answer=answer, content=content, bubbles=bubbles, hashes=hashes)


async def edit(request: Request) -> Response:
    """Edit one text. `check` shows what it would look like and what is wrong; `save` does the same and saves it."""
    answer, language = _answer(request), _language(request)
    workspace = files(request)
    opened = _open(request, answer, language)
    if opened.text and not _is_readable(opened.text):
        return go(f"/files/{opened.path.relative_to(workspace.store.root)}")
    if request.method != "POST":
        return await _page(request, answer, language, opened, opened.text)
    form = await request.form()
    text = _changed_text(opened.text, form, answer, language)
    if form.get("version") != opened.version:
        return await _page(request, answer, language, opened, text, theirs=opened)
    if "check" in form:
        return await _page(request, answer, language, opened, text)
    what = f"{answer.id}: {OWN_NAMES[language]} text edited at the desk"
    try:
        await workspace.save(opened, text, editor(request), what)
    except ChangedMeanwhileError as error:
        return await _page(request, answer, language, error.theirs, text, theirs=error.theirs)
    except MistakesError as error:
        return await _page(request, answer, language, opened, text, checked=error.checked)
    except NotSavedError as error:
        return await _page(request, answer, language, opened, text, error=str(error))
    _ = words(request)
    notice(request, _("Saved. The bot shows it within seconds."))
    return go(f"/answers/{answer.id}")


def _matches(answer: Answer, query: str) -> bool:
    return not query or query in answer.id or any(query in text.title.lower() for text in answer.texts.values())


def _has_state(answer: Answer, state: str, language: str) -> bool:
    if not state:
        return True
    among = [language] if is_language(language) else OWN_NAMES
    return any(answer.state(code).value == state for code in among)  # type: ignore[arg-type]


def _answer(request: Request) -> Answer:
    answer = files(request).store.content.answers.get(request.path_params["id"])
    if answer is None:
        raise HTTPException(404)
    return answer


def _language(request: Request) -> Language:
    language = request.path_params["lang"]
    if not is_language(language):
        raise HTTPException(404)
    return language  # type: ignore[no-any-return]


def _open(request: Request, answer: Answer, language: Language) -> Opened:
    """The file as it is now; for a translation that is missing, an empty one."""
    name = f"answers/{answer.topic}/{answer.id}/{language}.md"
    path = files(request).path(name)
    return files(request).open(name) if path.exists() else Opened(path, "")


def _is_readable(text: str) -> bool:
    try:
        markdownfile.read(text)
    except YamlError:
        return False
    return True


def _bubble(content: Content, answer: Answer, language: Language) -> Markup:
    return trusted(screens.answer(answer, content, language, datetime.now(UTC).date()).html)


def _changed_text(text: str, form: FormData, answer: Answer, language: Language) -> str:
    """The file with what the form says; a value that is the same stays as it was typed."""
    sent = {name: str(value).replace("\r\n", "\n").strip() for name, value in form.items() if isinstance(value, str)}
    text = text or NEW_TEXT.format(title="…")
    wanted: dict[Place, str | list[str] | None] = {
        ("title",): sent.get("title", ""),
        ("questions",): lines(sent.get("questions", "")),
    }
    known = answer.texts[language].notes if language in answer.texts else {}
    for country in {*known, *answer.texts[DEFAULT].notes}:
        if (note := sent.get(f"notes/{country}")) is not None:
            wanted["notes", country] = note or None
    if new := sent.get("new_country"):
        wanted["notes", new.upper()] = sent.get("new_note", "")
    if language != DEFAULT and sent.get("says_english"):
        wanted["source_hash",] = text_hash(answer.texts[DEFAULT])
    now = answer.texts.get(language)
    same: dict[Place, str | list[str] | None] = {
        ("title",): now.title if now else None,
        ("questions",): now.questions if now else None,
        ("source_hash",): now.source_hash if now else None,
        **{("notes", country): note for country, note in known.items()},
    }
    different = {place: value for place, value in wanted.items() if value != same.get(place)}
    text = set_front(text, different) if different else text
    body = sent.get("body", "")
    return set_body(text, body) if now is None or body != now.body.strip() else text


async def _page(
    request: Request,
    answer: Answer,
    language: Language,
    opened: Opened,
    text: str,
    *,
    checked: Checked | None = None,
    theirs: Opened | None = None,
    error: str | None = None,
) -> Response:
    workspace = files(request)
    checked = checked or await workspace.check({opened.path: text} if text else {})
    shown, rest = with_problems(_fields(answer, text), checked.problems, checked.library, opened.path)
    preview = checked.content.answers.get(answer.id, answer)
    return render(
        request,
        "answer_edit.html",
        422 if checked.errors and request.method == "POST" else 409 if theirs else 200,
        answer=answer,
        lang=language,
        english=answer.texts[DEFAULT],
        fields={field.name: field for field in shown},
        notes=[field for field in shown if field.place[0] == "notes"],
        problems=rest,
        version=opened.version,
        theirs=theirs,
        error=error,
        preview=_bubble(checked.content, preview, language) if language in preview.texts else None,
        english_preview=_bubble(workspace.store.content, answer, DEFAULT),
        outdated=answer.state(language) is State.OUTDATED,
    )


def _fields(answer: Answer, text: str) -> list[Field]:
    """What the form shows: the text as it was sent, even where it has mistakes."""
    data = markdownfile.read(text).data if text else {}
    notes = {**dict.fromkeys(answer.texts[DEFAULT].notes, ""), **(data.get("notes") or {})}
    return [
        Field(("title",), str(data.get("title") or "")),
        Field(("body",), str(data.get("body") or "").strip()),
        *(Field(("notes", country), str(note)) for country, note in notes.items()),
        Field(("questions",), "\n".join(map(str, data.get("questions") or [])), is_list=True),
    ]
