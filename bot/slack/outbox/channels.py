"""From "#social" in the settings to the id Slack wants: `chat.update` and history take nothing else.

Names change and Slack may be away at start, so a name is looked up when a card first needs it; the card's row
then holds the id for good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from slack_sdk import WebClient
from sqlalchemy import Connection as Database

from bot.services.unit_of_work import Services
from bot.slack.transport.calls import Answered, Heard, hear
from bot.slack.transport.repeats import ask_again
from bot.store.slack import card_messages, direct_cards
from bot.store.slack.cards import Card, Line

log = logging.getLogger(__name__)

PAGES = 20  # of 1,000 channels each


class ChannelNames:
    """`client` retries nothing."""

    def __init__(self, services: Services, client: WebClient) -> None:
        self._services = services
        self._client = client
        self._ids: dict[str, str] = {}
        self._not_before: dict[str, float] = {}  # elapsed

    def adopt(self, names: Iterable[str]) -> tuple[list[str], dict[str, Heard | None]]:
        """Give the cards of these names their channel's id, but for names that were put off: the names that were found,
        and of the others what Slack said (None: there is no such channel)."""
        found, lost = list[str](), dict[str, Heard | None]()
        for name in sorted(names):
            heard = None if name in self._ids or self._is_put_off(name) else self._look_up(name)
            if name in self._ids:
                self._services.store.write(_renaming(name, self._ids[name]))
                found.append(name)
            elif not self._is_put_off(name):
                lost[name] = heard
        return found, lost

    def reach(self, item: Card | Line) -> Card | Line | Heard:
        """It, in the conversation of its person with Byhand, which its row then holds; or what Slack said instead."""
        person = direct_cards.find_person(item.channel) or ""
        heard = hear(lambda: self._client.conversations_open(users=[person]))
        if not isinstance(heard, Answered):
            log.warning("%s cannot be written to: %s", person, heard)
            return heard
        channel = str(heard.data["channel"]["id"])
        self._services.store.write(_renaming(item.channel, channel))
        return replace(item, channel=channel)

    def put_off(self, name: str, seconds: float) -> None:
        """Do not ask for this name again so soon; cards for other channels do not wait for it."""
        self._not_before[name] = self._services.clock.elapsed() + seconds

    def _is_put_off(self, name: str) -> bool:
        return self._services.clock.elapsed() < self._not_before.get(name, 0.0)

    def _look_up(self, name: str) -> Heard | None:
        found, heard = look_up(self._client, name)
        self._ids |= found
        return heard


def look_up(client: WebClient, name: str) -> tuple[dict[str, str], Heard | None]:
    """Walk the channels the bot can see until the name comes up: {"#name": id}, and what Slack said instead."""
    cursor, ids = "", dict[str, str]()
    for _ in range(PAGES):
        heard = ask_again(
            "conversations.list",
            lambda cursor=cursor: client.conversations_list(  # type: ignore[misc]  # mypy sees no type in a lambda's default
                types="public_channel,private_channel", exclude_archived=True, limit=1000, cursor=cursor
            ),
        )
        if not isinstance(heard, Answered):
            return ids, heard
        for channel in heard.data["channels"]:
            ids[f"#{channel['name']}"] = channel["id"]
        cursor = (heard.data.get("response_metadata") or {}).get("next_cursor") or ""
        if name in ids or not cursor:
            break
    return ids, None


def _renaming(name: str, channel_id: str) -> Callable[[Database], None]:
    """Cards that waited for a channel by its name wait for its id."""
    return lambda db: card_messages.rename_channel(db, name, channel_id)
