"""The record of a post on Bluesky, and its key. Pure."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.networks import text
from bot.networks.bluesky.facets import find_facets
from bot.networks.protocol import Picture

COLLECTION = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_ID = secrets.randbelow(1024)  # tells two processes of the same microsecond apart
_lock = threading.Lock()
_last = 0


def make_key(now: datetime) -> str:
    """A TID: 13 digits for microseconds << 10 plus the clock id. Never twice the same, also at one `now`."""
    global _last
    with _lock:
        _last = max(_last + 1, (now - _EPOCH) // timedelta(microseconds=1))
        number = _last << 10 | _CLOCK_ID
    return _digits(number)


def make_first_key(moment: datetime) -> str:
    """No key made at that moment or later is before it."""
    return _digits((moment - _EPOCH) // timedelta(microseconds=1) << 10)


def read_key_moment(key: str) -> datetime | None:
    """When the writer's clock made it; None of a key that is no TID."""
    if len(key) != 13 or not set(key) <= set(_DIGITS):
        return None
    number = 0
    for digit in key:
        number = number << 5 | _DIGITS.index(digit)
    try:
        return _EPOCH + timedelta(microseconds=number >> 10)
    except OverflowError:
        return None


def move_key_back(key: str, by: timedelta) -> str:
    """The first key of a moment so much earlier; a key that is no TID stays."""
    moment = read_key_moment(key)
    return make_first_key(max(_EPOCH, moment - by)) if moment else key


def make_record(
    words: str,
    pictures: Sequence[Picture],
    prepared: Mapping[str, Any],
    now: datetime,
    language: str | None,
    reply: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The record, `createdAt` included: a later put is the same only if every value of it is. `reply` has the
    thread's `root` and the `parent`, each with uri and cid."""
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: dict[str, Any] = {"$type": COLLECTION, "text": words, "createdAt": moment}
    if language:
        record["langs"] = [language]
    if reply:
        record["reply"] = reply
    if facets := find_facets(words, prepared.get("mentions", {})):
        record["facets"] = facets
    if pictures:
        images = [_image(picture, done) for picture, done in zip(pictures, prepared["pictures"], strict=True)]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def read_record(payload: bytes) -> dict[str, Any]:
    """The record in a stored request; an empty one if it cannot be read."""
    try:
        record = json.loads(payload)["record"]
    except (ValueError, TypeError, KeyError):
        return {}
    return record if isinstance(record, dict) else {}


def is_same(there: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether two records show the same post, whenever they were made."""
    return {k: v for k, v in there.items() if k != "createdAt"} == {
        k: v for k, v in ours.items() if k != "createdAt"
    }


def _digits(number: int) -> str:
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def _image(picture: Picture, done: Mapping[str, Any]) -> dict[str, Any]:
    size = {"width": picture.width, "height": picture.height}
    return {"alt": text.clean(picture.alt), "image": done["blob"], "aspectRatio": size}
