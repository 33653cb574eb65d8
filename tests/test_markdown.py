"""Markdown of the content becomes HTML that Telegram accepts; nothing in it can break a message."""

from datetime import date

import pytest
from telegram.constants import MessageLimit

from bot.content import Content
from bot.render import answers
from bot.render.markdown import to_html
from bot.sandbox.html_parser import parse_html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**bold** and *slanted*", "<b>bold</b> and <i>slanted</i>"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("1. first\n2. second", "1. first\n2. second"),
        ("3. third\n4. fourth", "3. third\n4. fourth"),
        ("- a\n- b\n  - c", "• a\n• b\n  • c"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[site](https://example.org/?a=1&b=2)", '<a href="https://example.org/?a=1&amp;b=2">site</a>'),
        ("[trap](javascript:alert)", "[trap](javascript:alert)"),
        ("[mail](mailto:a@b.c)", "mail"),
        ("`code`", "<code>code</code>"),
        ("# Heading", "Heading"),
        ("text\n\n⚠️ caution", "text\n\n⚠️ caution"),
    ],
)
def test_markdown(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@pytest.mark.slow
@pytest.mark.parametrize("countries", [[], ["KZ", "TJ"], ["RU", "KG"], ["DE", "AL"]])
def test_every_answer_fits_into_one_message(content: Content, countries: list[str]) -> None:
    for item in content.answers.values():
        for language in item.texts:
            screen = answers.answer(item, content, language, date(2030, 1, 1), "en", countries=countries)
            assert len(parse_html(screen.html).text) <= MessageLimit.MAX_TEXT_LENGTH


@pytest.mark.slow
def test_every_text_of_the_content_is_valid(content: Content) -> None:
    for answer in content.answers.values():
        for text in answer.texts.values():
            parse_html(to_html(text.body))
    for pages in content.pages.values():
        parse_html(to_html(pages.help))
        parse_html(to_html(pages.privacy))
