"""Why a message is to be looked at first, and which messages are nearly the same. Rules people can see and change.

There are no weights and no scores, so that people can see why. A reason is a fact about the message that fits into two
or three words on the card; a list shows messages with a reason first, then whoever has waited longest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

THIRD = 3  # message of one conversation
ALIKE_FROM = 16  # letters; "Thank you so much!" says the same from anybody
COMPLAINT_WORDS_SHOWN = 2
FOLLOWERS = " followers"  # "48,000 followers"
PRIVATELY = "direct message"  # as it is stored

_AWAY = re.compile(r"https?://\S+|www\.\S+|@[\w.@-]+", re.IGNORECASE)
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_RUNS = re.compile(r"(.)\1+")


def find_words(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """Those of `words` that stand in the text as whole words, however they are written; in the settings' order."""
    plain = _plain(text)
    return tuple(word for word in dict.fromkeys(words) if _whole_word(word).search(plain))


@lru_cache(maxsize=1000)
def _whole_word(word: str) -> re.Pattern[str]:
    """Several words may stand apart by any white space. A word may begin or end with what is no letter ("24/7")."""
    parts = r"\s+".join(re.escape(part) for part in _plain(word).split())
    return re.compile(rf"(?<!\w){parts}(?!\w)")


def list_reasons(
    found: Sequence[str], *, count: int, followers: int | None, private: bool, many_followers: int
) -> tuple[str, ...]:
    """Why to look here first, as the card says it. `count`: the customer's messages in the conversation.

    `many_followers` 0: nobody is looked at first for that.
    """
    why = [f"“{word}”" for word in found[:COMPLAINT_WORDS_SHOWN]]
    if count >= THIRD:
        why.append("third message" if count == THIRD else f"{count} messages")
    if many_followers and followers is not None and followers >= many_followers:
        why.append(f"{followers:,}{FOLLOWERS}")
    if private:
        why.append(PRIVATELY)
    return tuple(why)


def join_reasons(before: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """The reasons of a conversation with those of its newest message: words stay, what counts is counted anew."""
    words = [reason for reason in before if reason.startswith("“")]
    return tuple(dict.fromkeys([*words, *now]))


def make_likeness_key(text: str) -> str:
    """A key that near-identical texts share: whatever their case, accents, digits, links, names and emoji. "": too
    short to say so."""
    letters = [sign for sign in _bare(_AWAY.sub(" ", text)) if sign.isalpha()]
    if len(letters) < ALIKE_FROM:
        return ""
    return hashlib.sha256(_RUNS.sub(r"\1", "".join(letters)).encode()).hexdigest()


def is_only_emoji(text: str) -> bool:
    """Is it nothing but emoji? Not so without any sign at all: then it is an image."""
    signs = [sign for sign in _KEYCAP.sub("\u2665", text) if not sign.isspace() and sign != "!"]
    return any(map(_picture, signs)) and all(_picture(sign) or _joins(sign) for sign in signs)


def _picture(sign: str) -> bool:
    return unicodedata.category(sign) == "So"


def _joins(sign: str) -> bool:
    """Skin tones, variation selectors, zero-width joiners, the tags of flags."""
    return "\U0001f3fb" <= sign <= "\U0001f3ff" or unicodedata.category(sign) in ("Mn", "Cf")


def _plain(text: str) -> str:
    """One way to write each letter. ("Œ" and "ß" are several; a word list may say either.)"""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _bare(text: str) -> str:
    """Without accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
