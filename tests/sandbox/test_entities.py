"""Telegram's HTML and the entities it finds by itself."""

import pytest

from bot.sandbox.detection import detected
from bot.sandbox.errors import BadRequest
from bot.sandbox.formatting import Formatted, clean, finished
from bot.sandbox.html_parser import parse_html


def entity(kind: str, offset: int, length: int, **more: object) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("", "", []),
        ("Ҳуқуқ &lt;b&gt; &amp; &quot;x&quot; &laquo;", 'Ҳуқуқ <b> & "x" &laquo;', []),
        ("&#8212;&#x2014 &#12345678; a & b", "—— &#12345678; a & b", []),
        ("🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", [entity("italic", 5, 6)]),
        ("<B>a</B><strong>b</strong>", "ab", [entity("bold", 0, 1), entity("bold", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [entity("underline", 0, 1), entity("underline", 1, 1)]),
        ("<s>a</s><del>b</del>", "ab", [entity("strikethrough", 0, 1), entity("strikethrough", 1, 1)]),
        ("<i>1<b aba  =  caba>2</b></i>", "12", [entity("italic", 0, 2), entity("bold", 1, 1)]),
        ("<i>a</>", "a", [entity("italic", 0, 1)]),
        ("<i>a</i   >", "a", [entity("italic", 0, 1)]),
        ("<b></b>x", "x", []),
        ('<span class="tg-spoiler">a</span>', "a", [entity("spoiler", 0, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [entity("spoiler", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [entity("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [entity("expandable_blockquote", 0, 1)]),
        ("<a href='iom.tj?a&lt;'>x</a>", "x", [entity("text_link", 0, 1, url="http://iom.tj/?a<")]),
        ("<a>telegram.org</a>", "telegram.org", [entity("text_link", 0, 12, url="http://telegram.org/")]),
        ('<a href="tel:+992446001122">call</a>', "call", []),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ("<pre>a</pre>", "a", [entity("pre", 0, 1)]),
        ('<pre><code class="language-x">a</code></pre>', "a", [entity("pre", 0, 1, language="x")]),
        ('<code class="language-x"><pre>a</pre></code>', "a", [entity("pre", 0, 1, language="x")]),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[object]) -> None:
    assert parse_html(source) == Formatted(text, entities)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("ҳа</b>", "Unexpected end tag at byte offset 4"),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<b/>", 'Unsupported start tag "b/" at byte offset 0'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("a < b and c > d", 'Unsupported start tag "" at byte offset 2'),
        ("маош <100", "Unclosed start tag at byte offset 9"),
        ("<i>a</i   ", "Unclosed end tag at byte offset 4"),
        ("<i =a>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x/>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">y</tg-emoji>', "Invalid custom emoji identifier specified"),
        ("&#xDFDF", "Text contains invalid Unicode characters after decoding HTML entities, "),
    ],
)
def test_wrong_html_is_refused_in_telegrams_words(source: str, reason: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_html(source)
    assert refusal.value.description.startswith(f"Bad Request: can't parse entities: {reason}")


def test_text_is_trimmed_and_entities_follow() -> None:
    parsed = parse_html("\n <b> салом</b> <i> \n</i>")
    assert finished(parsed, 100) == Formatted("салом", [entity("bold", 0, 5)])


def test_code_has_no_styles_and_no_links_in_it() -> None:
    parsed = parse_html("<code><b>iom.tj</b></code> iom.tj")
    assert finished(parsed, 100).entities == [entity("code", 0, 6), entity("url", 7, 6)]


def test_entities_beyond_the_limit_are_dropped() -> None:
    assert len(finished(parse_html("<b>a</b> " * 7), 5).entities) == 5


def test_control_characters_do_not_reach_the_chat() -> None:
    assert clean("a\r\nb\x00\tc") == "a\nb  c"


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("/start a-unpaid-wages", "bot_command", "/start"),
        ("навиштам /forget@musafir_bot.", "bot_command", "/forget@musafir_bot"),
        ("занг занед: +992 44 600 11 22.", "phone_number", "+992 44 600 11 22"),
        ("(+7 495 123-45-67)", "phone_number", "+7 495 123-45-67"),
        ("https://www.iom.int/migration?x=1, инҷо", "url", "https://www.iom.int/migration?x=1"),
        ("Сайт iom.tj.", "url", "iom.tj"),
        ("info@example.org", "email", "info@example.org"),
        ("пурсед аз @musafir_bot", "mention", "@musafir_bot"),
        ("#маош", "hashtag", "#маош"),
    ],
)
def test_telegram_makes_tappable(text: str, kind: str, found: str) -> None:
    [only] = detected(text)
    assert only == entity(kind, text.index(found), len(found))


@pytest.mark.parametrize("text", ["или/или", "2026-10-18", "12 000 сомонӣ", "+123", "a.b", "5/10", "маош.баъд"])
def test_telegram_leaves_alone(text: str) -> None:
    assert detected(text) == []
