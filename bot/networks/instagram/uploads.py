"""A post on Instagram before it is out: what its requests are called (`meta/containers.py`)."""

from __future__ import annotations

from typing import Any

from bot.networks.meta.containers import Containers
from bot.networks.protocol import Picture


class Uploads(Containers):
    network = "Instagram"
    edge = "media"
    limits = "content_publishing_limit"
    status = "status_code"
    reason = "status"
    step = 1.0

    def describe_words(self, words: str) -> dict[str, Any]:
        return {"caption": words} if words else {}

    def describe_image(self, picture: Picture, url: str) -> dict[str, Any]:
        return {"image_url": url, **({"alt_text": picture.alt} if picture.alt else {})}
