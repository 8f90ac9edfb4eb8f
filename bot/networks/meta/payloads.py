"""What is sent, and where to: stored before it leaves, so that `publish` and `find` know it from the bytes alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.networks.meta.graph import to_json


@dataclass(frozen=True)
class Payload:
    owner: str  # the id of the page, or whatever else the path begins with
    edge: str  # "feed", "comments", "messages"
    body: Mapping[str, Any]  # the request's
    kept: Mapping[str, Any] = field(default_factory=dict)  # by which it is recognised; it is not sent

    def pack(self) -> bytes:
        kept = {"kept": self.kept} if self.kept else {}
        return to_json({"to": [self.owner, self.edge], "body": self.body, **kept})


def read_payload(stored: bytes) -> Payload | None:
    """None if it is none of ours."""
    try:
        found = json.loads(stored)
        owner, edge = found["to"]
        body, kept = found["body"], found.get("kept", {})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    whole = isinstance(body, dict) and isinstance(kept, dict)
    return Payload(str(owner), str(edge), body, kept) if whole else None
