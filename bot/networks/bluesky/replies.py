"""An answer on Bluesky: a record below the customer's, or a private message. Pure.

A private message is known by its body's shape, so that what is stored is what is sent, and says by itself where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.preflight.words import is_visible
from bot.networks import text
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky.facets import find_facets
from bot.networks.lengths import MANY_BYTES, say_too_long
from bot.networks.protocol import Content, Measure, Misfit, Part

MAX_PRIVATE = 1000  # graphemes
MAX_PRIVATE_BYTES = 10_000


def is_private(reference: Mapping[str, Any]) -> bool:
    return "convo" in reference


def measure_private(content: Content, shown: str, title: str) -> Measure:
    length, size = text.count_graphemes(shown), text.count_utf8_bytes(shown)
    who = f"a private message on {title}"
    misfits: tuple[Misfit, ...] = ()
    if content.pictures:
        misfits = (Misfit(f"{title} takes no images in private messages.", Part.IMAGE),)
    elif not is_visible(shown):
        misfits = (Misfit("There is no text."),)
    elif length > MAX_PRIVATE:
        misfits = (Misfit(say_too_long(who, length, MAX_PRIVATE)),)
    elif size > MAX_PRIVATE_BYTES:
        misfits = (Misfit(say_too_long(who, size, MAX_PRIVATE_BYTES, "bytes", MANY_BYTES)),)
    return Measure(length, MAX_PRIVATE, "characters", misfits)


def render_private(reference: Mapping[str, Any], shown: str) -> bytes:
    message: dict[str, Any] = {"text": shown}
    if facets := find_facets(shown, {}):
        message["facets"] = facets
    return _json({"convoId": reference["convo"], "message": message})


def render_public(
    reference: Mapping[str, Any],
    content: Content,
    shown: str,
    prepared: Mapping[str, Any],
    envelope: Mapping[str, Any],
    now: datetime,
    language: str | None,
) -> bytes:
    """`envelope` is the request without its record."""
    reply = {"root": reference["root"], "parent": reference["parent"]}
    record = bluesky_record.make_record(shown, content.pictures, prepared, now, language, reply)
    return _json({**envelope, "record": record})


def read_private_payload(payload: bytes) -> tuple[str, str] | None:
    """(conversation, words) of a stored private message; None if it is none."""
    try:
        body = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("convoId"), str):
        return None
    return body["convoId"], str((body.get("message") or {}).get("text") or "")


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
