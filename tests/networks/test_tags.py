"""Whatever somebody's server calls HTML: every word comes through, and nothing takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from bot.networks.html import to_plain
from bot.networks.tags import read_tags
from bot.networks.text import read_html

SIGNS = 300_000


class Log:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def say(self, words: str) -> None:
        self.seen.append(words)

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        self.seen.append(f"+{name}" + "".join(f" {key}={value}" for key, value in attributes.items()))

    def close(self, name: str) -> None:
        self.seen.append(f"-{name}")


def _read(html: str) -> list[str]:
    log = Log()
    read_tags(html, log)
    return log.seen


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("a<br/>b<BR>c<br />", ["a", "+br", "b", "+br", "c", "+br"]),
        ("<p/>x", ["+p", "x"]),
        ("<b><i>x</b>", ["+b", "+i", "x", "-b"]),
        ("<a href='1' href='2' x>", ["+a x= href=1"]),
        ('<a title="a > b" href="/?a=1&amp;b">x', ["+a href=/?a=1&b title=a > b", "x"]),
        ('<img alt="a <b> c">', ["+img alt=a <b> c"]),
        ("&lt;b&gt; &amp;amp; &eacute;&#65;&#x42; &nope; AT&T", ["<b> &amp; éAB &nope; AT&T"]),
        ("1 < 2 <3 a<b", ["1 < 2 <3 a<b"]),
        ("<a <b>x", ["<a ", "+b", "x"]),
        ('<a href="x>y', ['<a href="x>y']),
        ("a<!-- b -->c<?d?></ e>", ["a<!-- b -->c<?d?></ e>"]),
        ("<script>a<b>c</b></script>d", ["+script", "a", "+b", "c", "-b", "-script", "d"]),
        ("<plaintext>a<br>b", ["+plaintext", "a", "+br", "b"]),
        ("", []),
    ],
)
def test_whole_tags_are_tags_and_all_else_is_words(html: str, seen: list[str]) -> None:
    assert _read(html) == seen


def test_a_number_too_long_to_be_a_letter_is_words() -> None:
    """Python refuses to read such numbers at all: one comment of that kind ended every look for news."""
    long = "&#" + "1" * 5000 + ";"
    assert to_plain(f"<p>hi {long}</p>") == f"hi {long}"
    assert read_html(f'<p title="{long}">hi {long}') == f"hi {long}"
    assert to_plain('<img alt="&#x' + "f" * 5000 + ';">') == "\ufffd"


@pytest.mark.parametrize("read", [to_plain, read_html])
def test_ten_thousand_tags_within_each_other(read: Callable[[str], str]) -> None:
    deep = "<b>" * 10_000 + "x" + "</b>" * 10_000 + "<div>" * 10_000 + "y" + "</div>" * 10_000
    assert "".join(read(deep).split()) == "xy"


@pytest.mark.parametrize("read", [to_plain, read_html])
@pytest.mark.parametrize(
    ("begin", "again", "end"),
    [
        ("", "<", ""),
        ("", "<a ", ""),
        ("", '<a "', ">"),
        ("", "<a \"'", ">"),
        ("", "<!--", ""),
        ("", "<!--", "-->"),
        ("", "<!", ">"),
        ("", "</", ""),
        ("", "</a", ">"),
        ("<p a=b'c>", "<!--", "'>"),
        ("", "<script>", ""),
        ("", "<blockquote>x", ""),
        ("", "<ul><li>x", ""),
        ("<a ", "a ", ">"),
        ("<a ", "a='b' ", ">"),
        ("<a ", "=", ">"),
        ("<a ", " ", ">"),
        ("", "&", ""),
        ("&#", "1", ""),
    ],
)
def test_time_grows_as_the_page_does(read: Callable[[str], str], begin: str, again: str, end: str) -> None:
    """Tags without an end took the library's parser minutes: each was looked for through all the rest."""
    began = time.process_time()
    read(begin + again * (SIGNS // len(again)) + end)
    assert time.process_time() - began < 10, "0.1 to 1 s; minutes where each tag looks through the rest"
