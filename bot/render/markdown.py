"""Markdown of the content as the HTML that Telegram accepts. Everything it does not know becomes plain text."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": False})
_INLINE_TAGS = {"strong": "b", "em": "i"}
_SAFE_LINKS = ("https://", "http://")


@lru_cache(maxsize=2048)
def to_html(markdown: str) -> str:
    """Bold, italics, links, code and lists survive; HTML in the source is shown as it was typed."""
    blocks: list[str] = []
    lists: list[int | None] = []  # the next number of each open ordered list, None for bullets
    prefix = ""
    for token in _PARSER.parse(markdown):
        if token.type == "ordered_list_open":
            lists.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            lists.append(None)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            prefix = "  " * (len(lists) - 1) + ("• " if number is None else f"{number}. ")
            lists[-1] = None if number is None else number + 1
        elif token.type == "inline":
            text = _inline(token.children or [])
            blocks.append(("\n" if blocks and lists else "\n\n" if blocks else "") + prefix + text)
            prefix = ""
        elif token.type in ("fence", "code_block"):
            blocks.append(("\n\n" if blocks else "") + f"<pre>{escape(token.content.rstrip())}</pre>")
    return "".join(blocks)


def _inline(tokens: Iterable[Token]) -> str:
    parts: list[str] = []
    links: list[bool] = []
    for token in tokens:
        name, _, end = token.type.rpartition("_")
        if token.type == "text":
            parts.append(escape(token.content))
        elif token.type == "code_inline":
            parts.append(f"<code>{escape(token.content)}</code>")
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif name in _INLINE_TAGS:
            parts.append(f"<{'/' if end == 'close' else ''}{_INLINE_TAGS[name]}>")
        elif token.type == "link_open":
            address = str(token.attrGet("href") or "")
            links.append(address.startswith(_SAFE_LINKS))
            if links[-1]:
                parts.append(f'<a href="{escape(address)}">')
        elif token.type == "link_close":
            if links.pop():
                parts.append("</a>")
        else:
            parts.append(escape(token.content))
    return "".join(parts)
