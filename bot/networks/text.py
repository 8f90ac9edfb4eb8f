"""Counting a text as a network counts it, finding its mentions, and reading a status's HTML back to compare it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

import regex

from bot.networks.links import Span, find_links, find_mastodon_links
from bot.networks.tags import read_tags

_GRAPHEME = regex.compile(r"\X")
_SCHEME = regex.compile(r"https?://(?:www\.)?", regex.IGNORECASE)
_NAME = r"[a-z0-9_]+(?:[a-z0-9_.\-]*[a-z0-9_])?"
_REMOTE = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}_/=])@({_NAME})@([\p{{L}}\p{{N}}.\-]+[\p{{L}}\p{{N}}])", regex.IGNORECASE
)
_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
_HANDLE = regex.compile(
    rf"(?<![^\s(\[{{\"'])@((?:{_LABEL}\.)+[a-z](?:[a-z0-9\-]*[a-z0-9])?)(?![\p{{L}}\p{{N}}_@])",
    regex.IGNORECASE,
)


def count_graphemes(text: str) -> int:
    """What a reader would call characters: a family emoji is one."""
    if text.isascii():  # each is one, but the line's end of two
        return len(text) - text.count("\r\n")
    return sum(1 for _ in _GRAPHEME.finditer(text))


def count_utf16(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def count_utf8_bytes(text: str) -> int:
    return len(text.encode())


def count_for_mastodon(text: str, reserved_per_url: int) -> int:
    """Graphemes; a link counts `reserved_per_url`, a mention of someone elsewhere only its `@name`."""
    return count_graphemes(
        localize_mentions(_replace(text, find_mastodon_links(text), "x" * reserved_per_url))
    )


def count_strictly(text: str, reserved_per_url: int) -> int:
    """UTF-16 units, the most that any server is known to count; a link counts in full, or `reserved_per_url` if that is
    more; mentions in full."""
    extra = max(
        sum(max(0, reserved_per_url - count_utf16(link.value)) for link in links)
        for links in (find_links(text), find_mastodon_links(text))
    )
    return count_utf16(text) + extra


def localize_mentions(text: str) -> str:
    """`@anna@remote.example` as Mastodon shows it: `@anna`."""
    return str(_REMOTE.sub(r"@\1", text))


def find_handle_mentions(text: str) -> list[Span]:
    """Bluesky's mentions: `@name.example`, a whole host name after the @, not inside a word or an address."""
    taken = find_links(text)
    return [
        Span(match.start(), match.end(), match.group(1))
        for match in _HANDLE.finditer(text)
        if not any(link.start <= match.start() < link.end for link in taken)
    ]


def to_byte_span(text: str, span: Span) -> tuple[int, int]:
    """A span in UTF-8 bytes, which is how Bluesky's facets count."""
    start = count_utf8_bytes(text[: span.start])
    return start, start + count_utf8_bytes(text[span.start : span.end])


def read_html(html: str) -> str:
    """The text of a status: paragraphs and line breaks kept, tags gone, also what browsers hide of a link. What is no
    whole tag is words."""
    page = _Bare()
    read_tags(html, page)
    return "".join(page.parts).strip("\n")


class _Bare:
    def __init__(self) -> None:
        self.parts: list[str] = []

    def say(self, words: str) -> None:
        self.parts.append(words)

    def open(self, name: str, _: Mapping[str, str]) -> None:
        if name == "br":
            self.parts.append("\n")
        elif name == "p" and self.parts:
            self.parts.append("\n\n")

    def close(self, name: str) -> None:
        """Where a paragraph ends, the next one begins."""


def has_same_words(written: str, shown: str) -> bool:
    """Whether a shown text is the written one: white space aside, a link shortened, a mention made local."""
    ours, theirs = _words(written), _words(shown)
    return len(ours) == len(theirs) and all(_same_word(a, b) for a, b in zip(ours, theirs, strict=True))


def has_same_alt(approved: str, kept: str) -> bool:
    """White space and the way an accent is composed aside: nobody sees or hears those."""
    return _words(approved) == _words(kept)


def measure_likeness(written: str, shown: str) -> float:
    """How much two texts share of their letters and digits, 0 to 1. A server that reads Markdown, or one that
    turns words into links, changes signs rather than letters."""
    ours, theirs = _letters(written), _letters(shown)
    if not ours or not theirs:
        return 0.0
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()


def strip_names(text: str, names: Collection[str]) -> str:
    """Without those of `names` it begins with. What is nothing but names stays whole."""
    rest = text.lstrip()
    while True:
        first, *more = rest.split(None, 1)[:2] or [""]
        if first.casefold() not in {name.casefold() for name in names}:
            return rest
        if not more:
            return text
        rest = more[0]


def clean(text: str) -> str:
    """What can be sent at all: one kind of line break, no NUL, no half of a surrogate pair."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()


def _letters(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _same_word(ours: str, theirs: str) -> bool:
    if ours == theirs or localize_mentions(ours) == localize_mentions(theirs):
        return True
    if not (find_links(ours) or find_mastodon_links(ours)):
        return False
    bare, shown = _SCHEME.sub("", ours), _SCHEME.sub("", theirs)
    return bool(bare == shown or ("…" in shown and bare.startswith(shown[: shown.index("…")])))


def _replace(text: str, spans: list[Span], by: str) -> str:
    for span in reversed(spans):
        text = text[: span.start] + by + text[span.end :]
    return text
