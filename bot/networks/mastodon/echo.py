"""What a server says it has published, compared with what it was sent (promise P1).

Nothing can be held back any more; people are told, so that they can look and take it down. What a server leaves out of
its answer is not judged, and the language is not: some drop it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.networks import text


def find_change(payload: bytes, status: Mapping[str, Any]) -> str | None:
    """What differs, without the words themselves: an answer's may quote a customer's. Never raises."""
    try:
        wanted = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(wanted, dict):
        return None
    found = [
        _compare_visibility(wanted, status),
        _compare_images(wanted, status),
        _compare_words(wanted, status),
        _compare_warning(wanted, status),
    ]
    return "; ".join(filter(None, found)) or None


def _compare_visibility(wanted: Mapping[str, Any], status: Mapping[str, Any]) -> str | None:
    asked, made = wanted.get("visibility"), status.get("visibility")
    if not asked or not isinstance(made, str) or made == asked:
        return None
    return f"its visibility is {made[:40]}, not {asked}"


def _compare_images(wanted: Mapping[str, Any], status: Mapping[str, Any]) -> str | None:
    asked, made = len(wanted.get("media_ids") or []), status.get("media_attachments")
    if not isinstance(made, list) or len(made) == asked:
        return None
    return f"it has {len(made)} {'image' if len(made) == 1 else 'images'}, not {asked}"


def _compare_words(wanted: Mapping[str, Any], status: Mapping[str, Any]) -> str | None:
    made = status.get("content")
    if not isinstance(made, str) or text.has_same_words(
        str(wanted.get("status") or ""), text.read_html(made)
    ):
        return None
    return "its words are different"


def _compare_warning(wanted: Mapping[str, Any], status: Mapping[str, Any]) -> str | None:
    asked, made = str(wanted.get("spoiler_text") or ""), status.get("spoiler_text")
    if not isinstance(made, str) or text.has_same_words(asked, made):
        return None
    return "its content warning is different" if made else "its content warning is missing"
