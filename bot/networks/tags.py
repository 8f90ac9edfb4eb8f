"""Reading HTML tag by tag with the library's parser, in a time that grows as the page does and no faster.

Tags without an end take that parser minutes, and its releases do not agree on what they mean; so what has no end is
made words before. It sees whole tags only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Protocol

_SIGNS = re.compile(r"""[<>"']""")
_NAMED = re.compile(r"</?[a-z]", re.IGNORECASE)
_ENDLESS = re.compile(r"&(?=#[0-9]{10})")  # no letter's number, and more digits than Python makes a number of


class Page(Protocol):
    """What reads: words as people see them, names and attributes in small letters."""

    def say(self, words: str, /) -> None: ...

    def open(self, name: str, attributes: Mapping[str, str], /) -> None: ...

    def close(self, name: str, /) -> None: ...


def read_tags(html: str, page: Page) -> None:
    """Go through `html` in its order. What is no whole tag is words, comments and the insides of scripts too."""
    reader = _Reader(page)
    reader.feed(_ENDLESS.sub("&amp;", _make_others_words(html)))
    reader.close()


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.open(
            tag, {name: value or "" for name, value in reversed(attrs)}
        )  # of two, the first counts

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<p/>` opens a paragraph, as in every browser."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.page.close(tag)

    def handle_data(self, data: str) -> None:
        self.page.say(data)

    def set_cdata_mode(self, *_: object, **__: object) -> None:
        """A `<script>` hides nothing that somebody wrote behind it."""


def _make_others_words(html: str) -> str:
    """Every `<` that begins no whole tag, or stands in a tag's value, as the words that mean it."""
    parts: list[str] = []
    done = 0
    for start, end in _find_tags(html):
        if start >= done:
            parts += [_escape(html[done:start]), "<", _escape(html[start + 1 : end])]
            done = end
    return "".join([*parts, _escape(html[done:])])


def _find_tags(html: str) -> list[tuple[int, int]]:
    """Where each begins and ends. Once from the back: at every sign it is known where a tag ends that is open here,
    outside of quotes or in some, 0 for nowhere."""
    found: list[tuple[int, int]] = []
    outside = single = double = 0
    for sign in reversed([each.start() for each in _SIGNS.finditer(html)]):
        match html[sign]:
            case ">":
                outside = sign + 1
            case "'":
                outside, single = single, outside
            case '"':
                outside, double = double, outside
            case _:
                if outside and _NAMED.match(html, sign):
                    found.append((sign, outside))
                outside = 0
    return found[::-1]


def _escape(words: str) -> str:
    return words.replace("<", "&lt;")
