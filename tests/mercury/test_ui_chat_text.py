"""WhatsApp's marks and links as safe HTML."""

import re

import pytest

from mercury.ui.chat_text import format_text, is_emoji_only, strip_marks

PAGE = 'target="_blank" rel="noopener noreferrer nofollow" dir="ltr"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold*", "<strong>bold</strong>"),
        ("_slanted_", "<em>slanted</em>"),
        ("~gone~", "<s>gone</s>"),
        ("```two  *stars*```", "<code>two  *stars*</code>"),
        ("`PO-1`", "<code>PO-1</code>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("(*b*), _i_!", "(<strong>b</strong>), <em>i</em>!"),
        ("one\ntwo\r\nthree", "one<br>two<br>three"),
    ],
)
def test_format_text_draws_marks(text: str, html: str) -> None:
    assert format_text(text) == html


@pytest.mark.parametrize(
    "text", ["2*3*4", "snake_case_name", "* not bold *", "a * b", "*", "**", "*open", "~ ~"]
)
def test_format_text_leaves_what_is_no_mark(text: str) -> None:
    assert format_text(text) == text


def test_format_text_marks_do_not_cross_lines() -> None:
    assert format_text("*a\nb*") == "*a<br>b*"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "see https://a.example/x?a=1&b=2.",
            f'see <a href="https://a.example/x?a=1&amp;b=2" {PAGE}>'
            "https://a.example/x?a=1&amp;b=2</a>.",
        ),
        (
            "(www.a.example/b_(c))",
            f'(<a href="https://www.a.example/b_(c)" {PAGE}>www.a.example/b_(c)</a>)',
        ),
        (
            "eva@mail.example",
            '<a href="mailto:eva@mail.example" dir="ltr">eva@mail.example</a>',
        ),
        (
            "call +44 7700 900-218!",
            'call <a href="tel:+447700900218" dir="ltr">+44 7700 900-218</a>!',
        ),
    ],
)
def test_format_text_links_addresses(text: str, html: str) -> None:
    assert format_text(text) == html


def test_format_text_keeps_marks_out_of_links() -> None:
    html = format_text("https://a.example/_x_/*y*/z")

    assert html == (f'<a href="https://a.example/_x_/*y*/z" {PAGE}>https://a.example/_x_/*y*/z</a>')


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/'onmouseover='alert(1)",
    "*<b onclick=alert(1)>*",
    "```<script>alert(1)</script>```",
    "`<script>`",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1) www.a.example/<svg onload=alert(1)>",
    'eva@mail.example"><script>',
    "\x000\x00 \x001\x00 https://a.example",
    "&lt;script&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_format_text_emits_only_its_own_tags(text: str) -> None:
    html = str(format_text(text))

    tags = set(re.findall(r"</?([a-z]+)", html))
    targets = re.findall(r'href="([^"]*)"', html)
    assert tags <= {"a", "strong", "em", "s", "code", "br"}
    assert [to for to in targets if not re.match(r"(https?://|mailto:|tel:)", to)] == []
    assert re.findall(r"<[^>]*\son\w+=", html) == []


def test_format_text_of_long_hostile_text_is_quick() -> None:
    text = "*_~`" * 16_000 + "a@" * 2_000 + "+1 " * 2_000

    assert len(format_text(text)) >= len(text)


def test_strip_marks_makes_one_plain_line() -> None:
    assert strip_marks("*Hi*  _there_\n```code``` ~x~ 2*3") == "Hi there code x 2*3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("👍", True),
        ("👍🏽 ❤️", True),
        ("👨‍👩‍👧‍👦", True),
        ("🇧🇷🎉😀", True),
        ("🎉🎉🎉🎉", False),
        ("ok 👍", False),
        ("12", False),
        ("", False),
    ],
)
def test_is_emoji_only_counts_to_three(text: str, expected: bool) -> None:
    assert is_emoji_only(text) is expected
