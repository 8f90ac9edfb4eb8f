"""From Slack's payloads to who did what to which thing, and where to answer them privately.

The `key` names one action for ever: the same click, arriving twice, has one effect. The post's id and version come from
the button's value, although a person could forge it: they only say what the person saw, and the rules decide the rest.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.emoji import replace_names
from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.networks.link_words import name_typed
from bot.services.pause import scope_words
from bot.slack.ids import (
    Act,
    Dialog,
    Malformed,
    format_seen,
    parse_act,
    parse_choice,
    parse_dialog,
    parse_seen,
)
from bot.slack.people import Directory
from bot.slack.typed_words import STOPS, Values, read_state, read_values

Json = Mapping[str, Any]
KEY_LENGTH = 80  # what the database keeps
STOP = "pause"  # the command that waits for nothing


@dataclass(frozen=True)
class Where:
    """Where a person can be answered privately: a channel (and thread), else in a dialog."""

    user: str
    channel: str | None = None
    thread_ts: str | None = None
    trigger_id: str | None = None
    in_dialog: bool = False  # over which an answer goes, so that nothing typed there is lost


@dataclass(frozen=True)
class Form:
    """The dialog that a button stands in, as it is filled in."""

    view_id: str
    dialog: Dialog
    metadata: str
    typed: Values  # state.values
    view: Json

    def read(self, names: Callable[[str], str | None]) -> Values:
        """The values as they will be read. Raises FieldErrors."""
        return read_values(self.view, self.dialog, names)


@dataclass(frozen=True)
class Click:
    """A press of a button or a choice of a menu. `response_url`: by which a private message is replaced; `view_id`: of
    the dialog it was in."""

    person: Person
    key: str
    act: Act
    value: str
    trigger_id: str
    from_menu: bool = False
    there: Where | None = None
    response_url: str = ""
    view_id: str = ""
    form: Form | None = None

    @property
    def seen(self) -> Seen:
        """The post and version the button stood on. Raises Malformed."""
        return parse_seen(self.value)


@dataclass(frozen=True)
class Change:
    """A change of one field of a dialog. `field`: its block_id."""

    person: Person
    field: str
    form: Form


@dataclass(frozen=True)
class Shortcut:
    """A choice in a message's own menu."""

    person: Person
    key: str
    name: str  # its callback_id
    channel: str
    message: Mapping[str, Any]
    there: Where
    trigger_id: str = ""


@dataclass(frozen=True)
class Submit:
    """A dialog sent off."""

    person: Person
    key: str
    dialog: Dialog
    metadata: str
    values: Values  # as they will be read: posts/forms.py, inbox/forms.py
    typed: Values  # as they were typed: state.values
    view_id: str = ""
    view: Json = field(default_factory=dict)

    @property
    def seen(self) -> Seen:
        """The post and version the dialog was opened on. Raises Malformed."""
        return parse_seen(self.metadata)


@dataclass(frozen=True)
class Typed:
    """`/social upcoming today`: word "upcoming", rest "today"."""

    person: Person
    word: str
    rest: str
    key: str = ""
    trigger_id: str = ""


@dataclass(frozen=True)
class Event:
    id: str
    kind: str  # "message"
    inner: dict[str, Any]


STOPPING = frozenset(  # buttons that wait for nothing, as the command
    {Act.PAUSE_NOW, Act.SPIKE_PAUSE, Act.HOME_PAUSE, Act.STOP_REPLIES}
)


def read_click(directory: Directory, body: Json) -> Click:
    """Of a block_actions payload with one action, which is all Slack sends. Raises Malformed."""
    action = body["actions"][0]
    from_menu = action["type"] == "overflow"
    if from_menu:
        act, seen = parse_choice((action.get("selected_option") or {}).get("value"))
        value = format_seen(seen)
    else:
        act, value = parse_act(str(action["action_id"])), str(action.get("value") or "")
    place = (body.get("container") or {}).get("message_ts") or (body.get("view") or {}).get("id") or ""
    name = act.value if from_menu else str(action["action_id"])
    key = _key(body["user"]["id"], place, name, str(action.get("action_ts", "")))
    private = bool((body.get("container") or {}).get("is_ephemeral"))
    who = _at_once if act in STOPPING else _person
    return Click(
        who(directory, body), key, act, value, str(body.get("trigger_id", "")), from_menu, find_where(body),
        str(body.get("response_url") or "") if private else "", str((body.get("view") or {}).get("id") or ""),
        _read_form(body.get("view")),
    )  # fmt: skip


def _read_form(view: object) -> Form | None:
    if not isinstance(view, Mapping) or view.get("type") != "modal":
        return None
    metadata = str(view.get("private_metadata") or "")
    return Form(
        str(view.get("id") or ""), parse_dialog(view.get("callback_id")), metadata, read_state(view), view
    )


def read_change(directory: Directory, body: Json) -> Change | None:
    """Of a block_actions payload that tells of a field; None where it stands in no dialog. Raises Malformed."""
    form = _read_form(body.get("view"))
    field = str(body["actions"][0].get("block_id") or "")
    return Change(_person(directory, body), field, form) if form else None


def read_shortcut(directory: Directory, body: Json) -> Shortcut:
    """Of a message_action payload. Raises Malformed."""
    there = find_where(body)
    if there is None or there.channel is None:
        raise Malformed("no message to act on")
    name, ts = str(body.get("callback_id", "")), str(body.get("message_ts", ""))
    key = _key(there.user, there.channel, ts, name, str(body.get("action_ts", "")))
    trigger_id = str(body.get("trigger_id") or "")
    message = body.get("message") or {}
    return Shortcut(_person(directory, body), key, name, there.channel, message, there, trigger_id)


def read_submit(directory: Directory, body: Json) -> Submit:
    """Of a view_submission payload. Raises Malformed, and FieldErrors for words that nobody could read."""
    view = body["view"]
    dialog = parse_dialog(view.get("callback_id"))
    who = _at_once if dialog is Dialog.PAUSE else _person
    key = _key(body["user"]["id"], str(view["id"]), str(view.get("hash", "")))
    names = directory.recall_names() if dialog in STOPS else directory.find_name
    values = read_values(view, dialog, names)
    metadata = str(view.get("private_metadata") or "")
    return Submit(
        who(directory, body), key, dialog, metadata, values, read_state(view), str(view["id"]), view
    )


def read_typed(directory: Directory, body: Json, commands: Collection[str]) -> Typed:
    """Of a slash command; `commands`: those there are. Whoever stops everything, or types what may be meant so, does
    not wait until Slack or the database has said who they are."""
    word, rest = split_typed(str(body.get("command") or ""), str(body.get("text") or ""), commands)
    user, trigger_id = str(body["user_id"]), str(body.get("trigger_id", ""))
    asked = word in commands and word != STOP
    person = directory.person(user) if asked else directory.at_once(user)
    key = _key(user, "command", trigger_id or str(body.get("response_url", "")))
    shown = replace_names(unescape_typed(rest, directory.recall_names()))
    return Typed(person, word, shown, key, trigger_id)


def split_typed(command: str, text: str, commands: Collection[str]) -> tuple[str, str]:
    """What follows a command says which it is, whatever a workspace's own manifest calls that: `/social pause recall`,
    `/pulse pause recall`. Only `/pause recall` is none but itself; words of ours alone behind it, as `/pause help`,
    are read."""
    word, rest = split_command(text)
    if command.removeprefix("/").lower() != STOP or word == STOP:
        return word, rest
    return (word, rest) if word and word in commands and not rest else (STOP, text.strip())


def read_event(body: Json) -> Event:
    return Event(str(body.get("event_id", "")), str(body["event"]["type"]), dict(body["event"]))


def find_where(body: Json) -> Where | None:
    """Where its person can be answered; None for events, which nobody waits for."""
    if "user_id" in body and "command" in body:
        return Where(body["user_id"], body.get("channel_id"), None, body.get("trigger_id"))
    user = (body.get("user") or {}).get("id") if isinstance(body.get("user"), Mapping) else None
    if user is None:
        return None
    container = body.get("container") or {}
    if body.get("type") == "message_action":
        container = {"channel_id": body["channel"]["id"], "thread_ts": body["message"].get("thread_ts")}
    pressed = body.get("type") == "block_actions" and (body.get("view") or {}).get("type") == "modal"
    return Where(
        user, container.get("channel_id"), container.get("thread_ts"), body.get("trigger_id"), pressed
    )


def _person(directory: Directory, body: Json) -> Person:
    user = body["user"]
    return directory.person(str(user["id"]), user.get("team_id"))


def _at_once(directory: Directory, body: Json) -> Person:
    user = body["user"]
    return directory.at_once(str(user["id"]), user.get("team_id"))


# A command's word ends at any white space or sign, seen or unseen ("pause!", "pause\u00a0recall", "*pause*").
_COMMAND = re.compile(
    r"((?:&(?:gt|lt|amp);|[\W_])*)([^\W\d_]+)(?:[^\w\s]|_)*\s*(?:[-–—:.,]\s+)?(.*)", re.DOTALL
)
_TOKEN = re.compile(r"<([@#!][^<>|]+|[A-Za-z][A-Za-z0-9+.\-]*:[^<>|\s]+)(?:\|([^<>]*))?>")


def split_command(typed: str) -> tuple[str, str]:
    """ "Pause! recall" → ("pause", "recall"); what begins with no word is none: ("", "…"). Wide letters, as Japanese
    keyboards type them, are the same letters; a quote or mark around all of it closes with it."""
    found = _COMMAND.fullmatch(typed)
    if found is None:
        return "", typed.strip()
    word = unicodedata.normalize("NFKC", found[2]).lower()
    return word, scope_words.unwrap(found[1], found[3].strip())


def unescape_typed(typed: str, names: Callable[[str], str | None]) -> str:
    """What a person typed after a command, as they saw it: Slack escapes three characters, and puts people, channels,
    groups and addresses between angle brackets, with a label or without. `names`: a user's id → their name, if known.
    """
    return html.unescape(_TOKEN.sub(lambda found: _as_seen(found[1], found[2] or "", names), typed))


OTHERS = {"subteam": "a group", "date": "a date"}  # but for @here, @channel and @everyone


def _as_seen(what: str, label: str, names: Callable[[str], str | None]) -> str:
    match what[0]:
        case "@":
            return f"@{label or names(what[1:]) or 'somebody'}"
        case "#":  # Slack leaves the label of a private channel empty
            return f"#{label}" if label else "a private channel"
        case "!":
            kind = what[1:].partition("^")[0]
            return (label or OTHERS[kind]) if kind in OTHERS else f"@{kind}"
        case _:
            return name_typed(label, what)


def _key(*parts: str) -> str:
    key = ":".join(parts)
    return key if len(key) <= KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()
