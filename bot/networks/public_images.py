"""What an account can do whose network fetches images, if we have no public address to fetch them from.

A client asks for it where it says its capabilities; from there on `measure`, the rules and the screens follow, and none
of them asks which network it is.
"""

from __future__ import annotations

from dataclasses import replace

from bot.networks.protocol import Capabilities, PublicImages, SentBy


def limit(allowed: Capabilities, images: PublicImages, *, needs_image: bool = False) -> Capabilities:
    """`allowed`, or what is left of it without a public address: only text; where every post needs an image, nothing
    but what people post there by hand."""
    if images.available or not allowed.needs_public_images:
        return allowed
    return replace(allowed, sent_by=SentBy.PERSON) if needs_image else replace(allowed, max_pictures=0)
