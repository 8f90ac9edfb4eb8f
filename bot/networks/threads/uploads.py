"""A post or an answer on Threads before it is out: what its requests are called (`meta/containers.py`)."""

from __future__ import annotations

from typing import Any

from bot.networks.meta.containers import Containers, Counted
from bot.networks.protocol import Picture

REPLIES = Counted("replies", "reply_quota_usage", "reply_config")


class Uploads(Containers):
    network = "Threads"
    edge = "threads"
    limits = "threads_publishing_limit"
    status = "status"
    reason = "error_message"
    step = 3.0  # with an image it takes about 30 s

    def describe_words(self, words: str) -> dict[str, Any]:
        return {"text": words} if words else {}

    def describe_image(self, picture: Picture, url: str) -> dict[str, Any]:
        alt = {"alt_text": picture.alt} if picture.alt else {}
        return {"media_type": "IMAGE", "image_url": url, **alt}
