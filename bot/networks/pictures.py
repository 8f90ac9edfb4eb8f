"""What is wrong with a post's pictures for an account.

A picture too large is said, never made smaller silently: what goes out is byte for byte what was approved.
"""

from __future__ import annotations

from bot.domain.preflight import is_visible
from bot.networks.protocol import Capabilities, Content, Picture


def find_problem(content: Content, allowed: Capabilities, who: str) -> str | None:
    """A sentence about the first thing that does not fit, or None."""
    if not is_visible(content.text) and not content.pictures:
        return "There is neither text nor image."
    if len(content.pictures) > allowed.max_pictures:
        return f"{who} allows {allowed.max_pictures} images; these are {len(content.pictures)}."
    for number, picture in enumerate(content.pictures, 1):
        if said := _one(picture, allowed, who):
            return said if len(content.pictures) == 1 else f"Image {number}: {said}"
    return None


def _one(picture: Picture, allowed: Capabilities, who: str) -> str | None:
    if picture.media_type not in allowed.picture_types:
        return f"{who} does not take {picture.media_type}."
    if picture.size > allowed.max_picture_bytes:
        return f"{who} allows {allowed.max_picture_bytes:,} bytes an image; this is {picture.size:,}."
    if allowed.max_alt is not None and len(picture.alt) > allowed.max_alt:
        return f"{who} allows {allowed.max_alt} characters of alt text; this is {len(picture.alt)}."
    return None
