"""No network at all: a person posts there, because Byhand cannot. TikTok, an Instagram story, a printed sign.

Byhand shows that person the words, the images and the address to open; it signs in nowhere and sends nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Look, NotSent, Outcome, Refused
from bot.networks import pictures
from bot.networks.lengths import say_too_long
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Capabilities,
    Content,
    Health,
    Measure,
    Misfit,
    SentBy,
    Vault,
)

LIMIT = 3000  # characters: a card shows no more of a text in one piece
A_PERSON = "A person posts here, not Byhand."
CAPABILITIES = Capabilities(
    max_length=LIMIT, length_unit="characters", max_bytes=None, max_pictures=10, max_picture_bytes=20_000_000,
    picture_types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}), max_alt=None,
    can_delete=False, find_is_authoritative=False, settle_after=timedelta(), sent_by=SentBy.PERSON,
)  # fmt: skip


class ManualNetwork:
    name = "manual"
    title = "Posted by you"
    secrets: tuple[str, ...] = ()
    documented = CAPABILITIES
    visibilities: tuple[str, ...] = ()

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is signed in
        if account.visibility is not None:
            raise ValueError(
                f"visibility = {account.visibility!r}: whoever posts it there decides who sees it."
            )
        return ManualClient(account)


class ManualClient:
    """Remembers nothing, and calls nobody."""

    capabilities = CAPABILITIES

    def __init__(self, account: AccountSettings) -> None:
        self._account = account

    def check(self) -> Health:
        sentence = "You post here yourselves: there is nothing to sign in to."
        return Health(True, sentence, self._account.handle, self.profile_url() or None)

    def measure(self, content: Content) -> Measure:
        length, who = len(self.preview(content)), self._account.called
        too_long = (Misfit(say_too_long(who, length, LIMIT)),) if length > LIMIT else ()
        misfits = (*too_long, *pictures.find_misfits(content, CAPABILITIES, who))
        return Measure(length, LIMIT, "characters", misfits)

    def preview(self, content: Content) -> str:
        return content.text.strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002
        return f"manual-{uuid.uuid4().hex}"

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:  # noqa: ARG002
        return {"by": "a person"}

    def render(self, content: Content, prepared: Mapping[str, Any], handle: str, now: datetime) -> bytes:  # noqa: ARG002
        """What the person was given, as the record keeps it."""
        given = {
            "text": self.preview(content),
            "images": [[picture.sha256, picture.alt] for picture in content.pictures],
            **({"warning": content.warning} if content.warning else {}),
        }
        return json.dumps(given, ensure_ascii=False, sort_keys=True).encode()

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        return NotSent(A_PERSON)

    def find(self, attempt: Attempt) -> Look:  # noqa: ARG002
        return CannotTell(A_PERSON)

    def delete(self, remote_id: str) -> Outcome:  # noqa: ARG002
        return Refused(f"{A_PERSON} Delete it there.")

    def profile_url(self) -> str:
        return self._account.address


NETWORK = ManualNetwork()
