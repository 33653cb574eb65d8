"""Markdown with front matter, taken apart into its YAML and its text."""

from __future__ import annotations

from bot.content.yamlfile import Document, YamlError, parse


def split(text: str) -> tuple[str, str]:
    """The front matter between two `---` lines, and the body below it. Raises `YamlError` where a line is missing."""
    head, separator, rest = text.partition("---\n")
    if head.strip() or not separator:
        raise YamlError(1, "the file does not begin with a line of three dashes")
    front, separator, body = rest.partition("\n---\n")
    if not separator:
        raise YamlError(1, "the second line of three dashes, before the text, is missing")
    return front, body


def join(front: str, body: str) -> str:
    """The file that `split` takes apart."""
    return f"---\n{front}\n---\n{body}"


def read(text: str) -> Document:
    """The front matter and the body as one document with the key `body`. Raises `YamlError`."""
    front, body = split(text)
    document = parse(front, first_line=2)
    if not isinstance(document.data, dict):
        raise YamlError(2, "the front matter holds no keys")
    return Document({**document.data, "body": body}, {**document.lines, ("body",): front.count("\n") + 4})
