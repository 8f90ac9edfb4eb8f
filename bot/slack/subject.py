"""From Slack's payloads to who did what to which thing, and where to answer them privately.

The `key` names one action for ever: the same click, arriving twice, has one effect. A reader would question
that the post's id and version come out of the button's value, which a person could forge: they only say what
the person had before their eyes, and the rules decide the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.slack.ids import Act, Malformed, parse_choice, parse_seen
from bot.slack.people import Directory

Json = Mapping[str, Any]
KEY_LENGTH = 80  # what the database keeps


@dataclass(frozen=True)
class Where:
    """Where a person can be answered privately: a channel (and thread), else in a dialog."""

    user: str
    channel: str | None = None
    thread_ts: str | None = None
    trigger_id: str | None = None


@dataclass(frozen=True)
class Click:
    """A press of a button or a choice of a menu."""

    person: Person
    key: str
    act: Act
    value: str
    trigger_id: str

    @property
    def seen(self) -> Seen:
        """The post and version the button stood on. Raises Malformed."""
        return parse_seen(self.value)


@dataclass(frozen=True)
class Submit:
    """A dialog sent off."""

    person: Person
    key: str
    seen: Seen
    view: Json

    def value(self, block_id: str) -> Any:
        """What was filled in, in the element's own form; None if empty or not there."""
        return value_of(self.view, block_id)

    @property
    def block_ids(self) -> tuple[str, ...]:
        return tuple(((self.view.get("state") or {}).get("values") or {}).keys())


@dataclass(frozen=True)
class Typed:
    """`/social …`"""

    person: Person
    key: str
    words: str
    trigger_id: str


def click(directory: Directory, body: Json) -> Click:
    """Of a block_actions payload with one action, which is all Slack sends. Raises Malformed."""
    action = body["actions"][0]
    where = (body.get("container") or {}).get("message_ts") or (body.get("view") or {}).get("id") or ""
    name, value = str(action["action_id"]), str(action.get("value") or "")
    if action["type"] == "overflow":
        act, seen = parse_choice(action["selected_option"]["value"])
        value = f"{seen.post_id}:{seen.seq}"
    else:
        act = _act(name)
    key = _key(body["user"]["id"], where, name, str(action.get("action_ts", "")))
    return Click(_person(directory, body), key, act, value, str(body.get("trigger_id", "")))


def submit(directory: Directory, body: Json) -> Submit:
    """Of a view_submission payload. Raises Malformed."""
    view = body["view"]
    key = _key(body["user"]["id"], str(view["id"]), str(view.get("hash", "")))
    return Submit(_person(directory, body), key, parse_seen(view.get("private_metadata")), view)


def typed(directory: Directory, body: Json) -> Typed:
    person = directory.person(str(body["user_id"]))
    trigger = str(body.get("trigger_id", ""))
    return Typed(person, _key(person.id, trigger), str(body.get("text") or "").strip(), trigger)


def where(body: Json) -> Where | None:
    """Where its person can be answered; None for events, which nobody waits for."""
    if "user_id" in body and "command" in body:
        return Where(body["user_id"], body.get("channel_id"), None, body.get("trigger_id"))
    user = (body.get("user") or {}).get("id") if isinstance(body.get("user"), Mapping) else None
    if user is None:
        return None
    container = body.get("container") or {}
    return Where(user, container.get("channel_id"), container.get("thread_ts"), body.get("trigger_id"))


def value_of(view: Json, block_id: str) -> Any:
    """text: str | None; a moment: int seconds | None; a choice: its value."""
    elements = ((view.get("state") or {}).get("values") or {}).get(block_id) or {}
    for element in elements.values():
        if "selected_option" in element:
            return (element["selected_option"] or {}).get("value")
        return element.get("selected_date_time", element.get("value"))
    return None


def _person(directory: Directory, body: Json) -> Person:
    user = body["user"]
    return directory.person(str(user["id"]), user.get("team_id"))


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise Malformed("not a button of ours") from None


def _key(*parts: str) -> str:
    key = ":".join(parts)
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()
