"""Where the links of a text are. Each network has its own rule; no closing sign of any script belongs to a link.

`find_links` is for where we make the link ourselves (Bluesky) and for servers that nobody knows: an address with a
scheme that follows no letter. `find_mastodon_links` is what Mastodon links by itself: an address may follow a letter
that is not Latin ("詳細はhttps://…"), needs a whole domain, and no part of it stands in brackets that end outside it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import regex

_OURS = regex.compile(r"(?<![\p{L}\p{N}_@$#.\-])https?://[^\s<>\"'`{}|\\^\[\]]+", regex.IGNORECASE)
_HOST = regex.compile(r"https?://[\p{L}\p{N}]", regex.IGNORECASE)

_SIGN = r"[\p{L}\p{N}\p{M}\p{S}]"
_DOMAIN = (
    rf"(?:{_SIGN}[\p{{L}}\p{{N}}\p{{M}}\p{{S}}_\-]*+\.)+"
    r"(?:xn--[a-z0-9\-]+|[a-z]{2,}|(?:(?![a-z])\p{L}\p{M}*){2,})(?![a-z0-9@+\-])"
)
_PATH = r"(?:/(?:[^\s<>()?]|\((?:[^\s<>()?]|\([^\s<>()?]++\))++\))*+)?"
_QUERY = r"(?:\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^[^\x00-\x7f\s]]*+)?"
_MASTODON = regex.compile(
    rf"(?<![a-z0-9@＠$#＃])https?://{_DOMAIN}(?::[0-9]+)?{_PATH}{_QUERY}", regex.IGNORECASE | regex.V1
)

_PAIRS = "()（）［］｛｝「」｢｣『』【】〈〉《》〔〕〖〗〘〙〚〛⟨⟩⟪⟫⟦⟧"
_CLOSES = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_WITHIN = "‘’·‧・･…‥"  # apostrophes and dots of words; at the end they close
_KEPT = "/#"  # what may end an address, of the signs
_FORMATS = "*_~`❛❜❝❞\U0001f676\U0001f677\U0001f678"


@dataclass(frozen=True)
class Span:
    """A part of a text that means something; `start` and `end` count code points."""

    start: int
    end: int
    value: str  # the link's address; the mention or the hashtag without its sign


def find_links(text: str) -> list[Span]:
    return _find(_OURS, text)


def find_mastodon_links(text: str) -> list[Span]:
    return _find(_MASTODON, text)


def _find(rule: regex.Pattern[str], text: str) -> list[Span]:
    spans: list[Span] = []
    if "://" not in text:  # most texts have none, and the rules look at every letter
        return spans
    for match in rule.finditer(text):
        address = _without_closing(str(match.group()))
        if _HOST.match(address):
            spans.append(Span(match.start(), match.start() + len(address), address))
    return spans


def _without_closing(address: str) -> str:
    """Up to the first sign that closes something outside, and without those at its end."""
    opened: list[str] = []
    for place, sign in enumerate(address):
        if sign in _CLOSES:
            opened.append(_CLOSES[sign])
        elif opened and sign == opened[-1]:
            opened.pop()
        elif _closes(sign):
            address = address[:place]
            break
    end = len(address)
    while end and _ends_a_sentence(address[end - 1]):
        end -= 1
    return address[:end]


def _closes(sign: str) -> bool:
    """Closing brackets, quotes of all kinds, and what ends a sentence where no space follows ("。", "।", "؟")."""
    category = unicodedata.category(sign)
    if sign in _WITHIN:
        return False
    return category in ("Pe", "Pf", "Pi") or (category == "Po" and not sign.isascii())


def _ends_a_sentence(sign: str) -> bool:
    """At the end of an address: punctuation, quotes, and the marks people put around words."""
    category = unicodedata.category(sign)
    is_dash = category == "Pd" and not sign.isascii()
    return sign not in _KEPT and (category in ("Pf", "Pi", "Po", "Ps") or is_dash or sign in _FORMATS)
