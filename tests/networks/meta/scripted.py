"""What the Graph networks say to who asks whose token it is, and what it may do."""

from __future__ import annotations

import json
from typing import Any

from tests.networks import scripted


class Scripted(scripted.Scripted):
    asks_who = "/me$"

    def __init__(self, status: int, body: Any, me: Any) -> None:
        self.who = me
        super().__init__(status, body)


def make_batch(scopes: list[str], **said: Any) -> list[dict[str, Any]]:
    """What `debug_token` answers, asked for in a batch."""
    facts = {"is_valid": True, "type": "PAGE", "application": "Dock tools", "scopes": scopes, "expires_at": 0}
    return [{"code": 200, "body": json.dumps({"data": facts | said})}]
