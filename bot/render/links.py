"""Links that open the bot at the right place: `https://t.me/<bot>?start=<payload>`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.content import Content
from bot.errors import MusafirError
from bot.languages import Language, catalogue, country_name
from bot.render import callbacks as to
from bot.render.callbacks import Callback
from bot.training.gazetteer import CORRIDOR_COUNTRIES

NEWS = "news"
_VERBS = {"a": to.ANSWER, "t": to.TOPIC, "c": to.CONTACTS, "g": to.GUIDE}
_PAYLOAD = re.compile(r"([atcg])-([A-Za-z0-9-]{2,48})")


def target(payload: str) -> Callback | None:
    """What `a-unpaid-wages`, `t-return`, `c-KZ`, `g-wage-claim` or `news` points at; None for anything else."""
    if payload == NEWS:
        return Callback(to.NEWS)
    match = _PAYLOAD.fullmatch(payload)
    return Callback(_VERBS[match[1]], (match[2],)) if match else None


def title(payload: str, content: Content, language: Language) -> str:
    """The title of what a link opens. An empty payload is the bot itself.

    Raises `MusafirError`, which lists what is possible, when the link would lead nowhere.
    """
    _ = catalogue(language).gettext
    if not payload:
        return "Musafir"
    if payload == NEWS:
        return _("News for my route")
    kind, _dash, name = payload.partition("-")
    if kind == "a" and name in content.answers:
        return content.answers[name].text(language)[0].title
    if kind == "t" and name in content.topic_ids():
        return content.topic_title(name, language)
    if kind == "g" and name in content.guides:
        return content.guides[name].text(language).title
    if kind == "c" and name in CORRIDOR_COUNTRIES:
        return _("Contacts") + ": " + country_name(name, language)
    raise MusafirError(f"a link with {payload!r} would lead nowhere", f"use {_possible(kind, content)}")


def _possible(kind: str, content: Content) -> str:
    names: dict[str, Iterable[str]] = {
        "a": content.answers,
        "t": content.topic_ids(),
        "c": CORRIDOR_COUNTRIES,
        "g": content.guides,
    }
    if kind in names:
        return ", ".join(f"{kind}-{name}" for name in sorted(names[kind]))
    return "a-<answer>, t-<topic>, c-<country>, g-<guide> or news"
