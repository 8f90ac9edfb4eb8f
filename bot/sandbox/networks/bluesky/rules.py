"""What the pretend Bluesky refuses to keep as a record, in the real server's words."""

from __future__ import annotations

from typing import Any

import regex
from starlette.responses import Response

from bot.sandbox.networks.bluesky.reads import error
from bot.sandbox.networks.bluesky.state import COLLECTION, Account, blob_cid

MAX_GRAPHEMES = 300
MAX_BYTES = 3000
MAX_IMAGES = 4
MAX_IMAGE_BYTES = 2_000_000


def refusal(account: Account, value: Any) -> Response | None:
    """What the real server's validation says of a record, in its words."""
    if not isinstance(value, dict) or value.get("$type") != COLLECTION:
        return error(400, "InvalidRequest", f"Invalid $type: expected {COLLECTION}")
    for name in ("text", "createdAt"):
        if not isinstance(value.get(name), str):
            return _invalid(f'Missing required key "{name}" at $.record')
    size, length = len(value["text"].encode()), len(regex.findall(r"\X", value["text"]))
    if size > MAX_BYTES:
        return _invalid(f"string too big (maximum {MAX_BYTES}, got {size}) at $.record.text")
    if length > MAX_GRAPHEMES:
        return _invalid(f"grapheme too big (maximum {MAX_GRAPHEMES}, got {length}) at $.record.text")
    images = (value.get("embed") or {}).get("images", [])
    if len(images) > MAX_IMAGES:
        where = "$.record.embed.images"
        return _invalid(f"array too big (maximum {MAX_IMAGES}, got {len(images)}) at {where}")
    for place, image in enumerate(images):
        if not isinstance(image.get("alt"), str):
            return _invalid(f'Missing required key "alt" at $.record.embed.images[{place}]')
        data, _ = account.blobs.get(blob_cid(image), (b"", ""))
        if not data:
            return error(400, "BlobNotFound", f"Could not find blob: {blob_cid(image)}")
        if len(data) > MAX_IMAGE_BYTES:
            return _invalid(
                f"blob too big (maximum {MAX_IMAGE_BYTES}, got {len(data)}) at $.record.embed.images[{place}]"
            )
    return None


def _invalid(words: str) -> Response:
    return error(400, "InvalidRequest", f"Invalid {COLLECTION} record: {words}")
