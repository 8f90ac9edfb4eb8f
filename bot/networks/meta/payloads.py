"""What is sent, and where to: stored before it leaves, so that `publish` and `find` know it from the bytes alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.networks.meta.graph import to_json


@dataclass(frozen=True)
class Payload:
    owner: str  # the id of the page, or whatever else the path begins with
    edge: str  # "feed", "comments", "messages"
    body: Mapping[str, Any]  # the request's

    def pack(self) -> bytes:
        return to_json({"to": [self.owner, self.edge], "body": self.body})


def read_payload(stored: bytes) -> Payload | None:
    """None if it is none of ours."""
    try:
        found = json.loads(stored)
        owner, edge = found["to"]
        body = found["body"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Payload(str(owner), str(edge), body) if isinstance(body, dict) else None
