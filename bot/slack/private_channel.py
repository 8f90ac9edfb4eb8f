"""Who is in the private channel: they alone read and answer what customers write privately.

Kept in the database as the members of user groups are (`people.py`), for some minutes, and changed by Slack's events.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from slack_sdk import WebClient

from bot.slack.outbox.channels import look_up
from bot.slack.transport.calls import Answered, Heard
from bot.slack.transport.repeats import ask_again
from bot.store.slack.memberships import Membership

KNOWN_FOR = timedelta(minutes=10)
ASK_AGAIN = timedelta(seconds=30)  # about somebody who was not in it: they may just have come
PAGES = 20  # of a thousand members each


class PrivateChannel:
    """`channel`: as in the settings, its id or "#name". `client` retries nothing."""

    def __init__(self, client: WebClient, channel: str) -> None:
        self._client = client
        self._channel = channel
        self._id = None if channel.startswith("#") else channel
        digest = hashlib.sha256(channel.encode()).hexdigest()
        self.key = f"private:{digest[:24]}" if channel else ""

    def has(self, user_id: str, known: Membership | None, now: datetime) -> bool | None:
        """None: nobody has heard lately."""
        if known is None or known.heard_at is None or known.heard_at < now - KNOWN_FOR:
            return None
        return user_id in known.members

    def must_ask(self, user_id: str, known: Membership | None, now: datetime) -> bool:
        if not self.key or known is None or known.heard_at is None:
            return bool(self.key)
        return known.heard_at < now - (KNOWN_FOR if user_id in known.members else ASK_AGAIN)

    def may_be(self, channel_id: str) -> bool:
        """Whether an event of that channel concerns this one; of a name nobody has looked up yet any may."""
        return bool(self.key) and self._id in (None, channel_id)

    @property
    def is_known(self) -> bool:
        return self._id is not None

    def ask(self) -> frozenset[str] | Heard | None:
        """Everybody in it; or what Slack said instead (None: there is no such channel)."""
        if self._id is None:
            found, heard = look_up(self._client, self._channel)
            if self._channel not in found:
                return heard
            self._id = found[self._channel]
        channel, cursor, members = self._id, "", set[str]()
        for _ in range(PAGES):
            heard = ask_again(
                "conversations.members",
                lambda cursor=cursor: self._client.conversations_members(  # type: ignore[misc]  # mypy sees no type in a lambda's default
                    channel=channel, limit=1000, cursor=cursor
                ),
            )
            if not isinstance(heard, Answered):
                return heard
            members |= set(heard.data["members"])
            cursor = (heard.data.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return frozenset(members)
