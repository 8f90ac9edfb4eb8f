"""The network of `/social drill`: it opens no connection, and whatever is sent to it is nowhere.

It stands in no entry-point group, so that the settings never offer it; the composition root opens the one account
there is. It answers Sent, because a rehearsal in which a post cannot go out rehearses nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import Found, Look, NotSent, Outcome, Sent
from bot.networks.lengths import say_too_long
from bot.networks.protocol import (
    Attempt,
    Capabilities,
    Content,
    Health,
    Measure,
    Misfit,
)

LIMIT = 500  # characters
CAPABILITIES = Capabilities(
    max_length=LIMIT, length_unit="characters", max_bytes=None, max_pictures=0, max_picture_bytes=0,
    picture_types=frozenset(), max_alt=None, can_delete=True, find_is_authoritative=True,
    settle_after=timedelta(seconds=10),
)  # fmt: skip


class DrillClient:
    """Remembers nothing: what it was given is recognised by its handle."""

    capabilities = CAPABILITIES

    def check(self) -> Health:
        return Health(True, "The pretend account of drills. It sends nothing anywhere.")

    def measure(self, content: Content) -> Measure:
        length = len(self.preview(content))
        misfits = (Misfit(say_too_long("a drill", length, LIMIT)),) if length > LIMIT else ()
        return Measure(length, LIMIT, "characters", misfits)

    def preview(self, content: Content) -> str:
        return content.text.strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002
        return f"drill-{uuid.uuid4().hex}"

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:  # noqa: ARG002
        return {"media": []}

    def render(self, content: Content, prepared: Mapping[str, Any], handle: str, now: datetime) -> bytes:  # noqa: ARG002
        return json.dumps({"drill": self.preview(content)}, ensure_ascii=False).encode()

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        return Sent(handle, None) if send_by() else NotSent("The moment to send had passed.")

    def find(self, attempt: Attempt) -> Look:
        return Found(attempt.handle, None)

    def delete(self, remote_id: str) -> Outcome:
        return Sent(remote_id)

    def profile_url(self) -> str:
        return ""
