"""Keeps translations tied to the English text they were made from."""

from __future__ import annotations

import re
from pathlib import Path

from bot.content.model import Answer, text_hash
from bot.languages import DEFAULT, Language

_HASH = re.compile(r"^source_hash: .*\n", re.MULTILINE)
_STATUS = re.compile(r"^(status: .*\n)", re.MULTILINE)


def stamp(answer: Answer, language: Language, root: Path) -> bool:
    """Write into the translation which English text it says. True when the file changed."""
    if language == DEFAULT or language not in answer.texts:
        return False
    file = root / "answers" / answer.topic / answer.id / f"{language}.md"
    text = file.read_text(encoding="utf-8")
    front, separator, body = text.removeprefix("---\n").partition("\n---\n")
    line = f"source_hash: {text_hash(answer.texts[DEFAULT])}\n"
    front = _STATUS.sub(lambda match: match[1] + line, _HASH.sub("", front + "\n"), count=1).rstrip("\n")
    stamped = f"---\n{front}{separator}{body}"
    if stamped == text:
        return False
    file.write_text(stamped, encoding="utf-8")
    return True
