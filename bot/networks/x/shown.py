"""A post as X tells of it, read back to what was written.

In `text` the signs of HTML are escaped and every link is X's own short one; what it stands for is in `entities`. A link
to the post's images stands at its end, and an answer begins with the names of those it answers.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.networks import http_outcomes, sanitize

FIELDS = (
    "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,lang,referenced_tweets"
)
_SHORT = re.compile(r"https://t\.co/[A-Za-z0-9]+")
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_NAMES = re.compile(r"^(?:@\w{1,20}\s+)+")


def read_words(said: Mapping[str, Any]) -> str:
    """As it was written."""
    shown = sanitize.words(said.get("text"))
    for short, whole in _list_links(said):
        shown = shown.replace(short, whole)
    return html.unescape(shown).strip()


def read_whole_words(said: Mapping[str, Any]) -> str:
    """Also of a long one, of which `text` is only the beginning."""
    note = said.get("note_tweet") or said.get("note_post")
    return read_words(note) if isinstance(note, dict) and note.get("text") else read_words(said)


def strip_names(words: str) -> str:
    """An answer's words without the names that X puts in front. What is nothing but names stays whole."""
    return _NAMES.sub("", words) or words


def has_same_words(written: str, shown: str) -> bool:
    """White space aside, and what X adds to an address that was typed without `https://`. A short link whose address is
    not told stands for any."""
    ours, theirs = _split(written), _split(shown)
    while theirs and len(theirs) > len(ours) and _SHORT.fullmatch(theirs[-1]):
        theirs.pop()  # to its images
    return len(ours) == len(theirs) and all(map(_is_same, ours, theirs))


def read_moment(said: Mapping[str, Any]) -> datetime | None:
    return http_outcomes.parse_iso_moment(sanitize.words(said.get("created_at"), 40))


def read_target(said: Mapping[str, Any]) -> str | None:
    """The post it answers."""
    return _read_related(said, "replied_to")


def is_repost(said: Mapping[str, Any]) -> bool:
    return _read_related(said, "retweeted") is not None or _read_related(said, "reposted") is not None


def count_images(said: Mapping[str, Any]) -> int | None:
    """None: it does not say."""
    attached = said.get("attachments")
    if attached is None:
        return 0
    keys = attached.get("media_keys") if isinstance(attached, dict) else None
    return len(keys) if isinstance(keys, list) else None


def _read_related(said: Mapping[str, Any], kind: str) -> str | None:
    """X writes of tweets and of posts."""
    for name in ("referenced_tweets", "referenced_posts"):
        listed = said.get(name)
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict) and one.get("type") == kind:
                return sanitize.identity(one.get("id"))
    return None


def _list_links(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(short, what it stands for; "" for the post's own images), the longest first."""
    entities = said.get("entities")
    listed = entities.get("urls") if isinstance(entities, dict) else None
    found: dict[str, str] = {}
    for one in listed if isinstance(listed, list) else []:
        short = sanitize.words(one.get("url"), 200) if isinstance(one, dict) else ""
        if _SHORT.fullmatch(short):
            whole = sanitize.words(one.get("expanded_url"), sanitize.MAX_ADDRESS)
            found[short] = "" if one.get("media_key") else html.escape(whole, quote=False) or short
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


def _split(words: str) -> list[str]:
    return unicodedata.normalize("NFC", words).split()


def _is_same(ours: str, theirs: str) -> bool:
    if ours == theirs:
        return True
    if short := _SHORT.search(theirs):
        before, after = theirs[: short.start()], theirs[short.end() :]
        return ours.startswith(before) and ours.endswith(after) and "." in ours
    return _bare(ours) == _bare(theirs)


def _bare(word: str) -> str:
    return _SCHEME.sub("", word).rstrip("/")
