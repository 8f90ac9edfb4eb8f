"""What a payload of Slack's has to look like before anything reads it, whichever way it came.

Neither Bolt nor a listener looks whether an id is a string or an object a list: what has another shape is refused at
the door, in a sentence. Fields nobody here reads may be anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]
Shape = Any  # a type; {key: Shape} for an object; [Shape] for a list of them; Needed; or a set of what is possible


class Needed:
    """It must be there; all else may be missing or null."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


class Name:
    """An id or a name out of Slack's own alphabet."""


NAME = re.compile(r"[\x20-\x7e]{0,255}")
ID, OBJECT = Needed(Name), dict
TEAM = (Name, {"id": Name, "enterprise_id": Name})
USER = (Name, {"id": ID, "team_id": Name})
CHANNEL = (Name, {"id": ID})
EDITED = {"ts": Name, "user": Name}
MESSAGE = {
    "type": Name, "subtype": Name, "user": USER, "text": str, "ts": Name, "thread_ts": Name, "team": Name,
    "user_team": Name, "parent_user_id": Name, "edited": EDITED, "blocks": list, "files": list,
}  # fmt: skip
EVENT = MESSAGE | {
    "type": ID, "channel": CHANNEL, "channel_id": Name, "deleted_ts": Name, "tab": Name, "message": MESSAGE,
    "previous_message": MESSAGE, "enterprise": TEAM, "authorizations": [OBJECT], "item": OBJECT,
    "assistant_thread": OBJECT, "user_id": Name, "bot_id": Name,
}  # fmt: skip
AUTHORIZED = {"enterprise": TEAM, "enterprise_id": Name, "team": TEAM, "team_id": Name, "user_id": Name}
ANY = AUTHORIZED | {
    "authorizations": [AUTHORIZED], "response_urls": [OBJECT], "response_url": str, "trigger_id": Name,
    "channel_id": Name, "thread_ts": Name, "function_data": OBJECT, "event": OBJECT, "user": USER, "channel": CHANNEL,
    "view": OBJECT, "message": OBJECT, "item": OBJECT, "assistant_thread": OBJECT, "event_id": Name,
}  # fmt: skip
CONTAINER = {"message_ts": Name, "channel_id": Name, "thread_ts": Name, "view_id": Name}
VIEW = {
    "id": ID, "callback_id": Needed(str), "private_metadata": str, "hash": Name, "blocks": [OBJECT],
    "state": {"values": OBJECT}, "app_installed_team_id": Name, "team_id": Name,
}  # fmt: skip
ACTION = {
    "type": ID, "action_id": ID, "block_id": str, "value": str, "action_ts": Name, "selected_option": {"value": str},
}  # fmt: skip
PERSON = Needed({"id": ID, "team_id": Name})
INTERACTIVE = ANY | {"user": PERSON}
TYPES: Mapping[str, Shape] = {
    "event_callback": ANY | {"event": Needed(EVENT)},
    "app_rate_limited": ANY,
    "url_verification": ANY | {"challenge": Needed(str)},
    "block_actions": INTERACTIVE
    | {"actions": Needed([ACTION]), "container": CONTAINER, "view": {"id": Name, "callback_id": str}},
    "message_action": INTERACTIVE
    | {"callback_id": ID, "channel": Needed({"id": ID}), "message": Needed(MESSAGE)}
    | {"message_ts": Name, "action_ts": Name},
    "shortcut": INTERACTIVE | {"callback_id": ID},
    "view_submission": INTERACTIVE | {"view": Needed(VIEW)},
    "view_closed": INTERACTIVE | {"view": Needed(VIEW)},
}  # fmt: skip
COMMAND = ANY | {"command": ID, "user_id": ID, "channel_id": Name, "text": str}
PROFILE = {"display_name": str, "real_name": str}
EVENTS: Mapping[str, Shape] = {  # what an event of this type has to bring, beside what all of them may
    "user_change": {"user": Needed({"id": ID, "name": str, "tz": str, "profile": PROFILE, "team_id": Name})},
    "app_home_opened": {"user": Needed(str)},
    "subteam_updated": {"subteam": Needed({"id": ID, "users": [Name]})},
    "subteam_members_changed": {"subteam_id": ID, "added_users": [Name], "removed_users": [Name]},
    "member_joined_channel": {"user": ID, "channel": ID},
    "member_left_channel": {"user": ID, "channel": ID},
}
DEEPEST = 100  # levels; Slack's are about ten
_HALVES = re.compile("[\ud800-\udfff]")


def find_fault(body: object) -> str | None:
    """What about it is not as Slack sends it; None if nothing is."""
    if not isinstance(body, dict):
        return "it is no object"
    if "command" in body:
        return _fault(body, COMMAND, "the command")
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        return "its type is none that Byhand knows"
    return _fault(body, TYPES[kind], kind) or _too_few(body)


def _too_few(body: Json) -> str | None:
    event, actions = body.get("event") or {}, body.get("actions")
    kind = event.get("type")
    if fault := _fault(event, EVENTS.get(kind, {}) if isinstance(kind, str) else {}, "the event"):
        return fault
    if body["type"] == "block_actions" and not actions:
        return "it has no actions"
    if any(
        one["type"] == "overflow" and not (one.get("selected_option") or {}).get("value")
        for one in actions or ()
    ):
        return "nothing was chosen in a menu"
    return None


def _fault(value: object, shape: Shape, where: str) -> str | None:
    if isinstance(shape, Needed):
        return f"{where} is missing" if value in (None, "") else _fault(value, shape.shape, where)
    if value is None:
        return None
    if isinstance(shape, tuple):
        return None if any(_fault(value, one, where) is None for one in shape) else _odd(where)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return _odd(where)
        found = (_fault(value.get(key), one, f"{where}.{key}") for key, one in shape.items())
        return next((fault for fault in found if fault), None)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _odd(where)
        found = (_odd(where) if each is None else _fault(each, shape[0], where) for each in value)
        return next((fault for fault in found if fault), None)
    if shape is Name:
        return None if isinstance(value, str) and NAME.fullmatch(value) else _odd(where)
    return None if isinstance(value, shape) else _odd(where)


def _odd(where: str) -> str:
    return f"{where} has another shape"


def clean(value: Any, depth: int = 0) -> Any:
    """The same without what no database keeps: NUL, and halves of characters. Raises ValueError if it is too deep."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return value if value.isprintable() else _HALVES.sub("\ufffd", value).replace("\0", "")
    if isinstance(value, dict):
        return {clean(key): clean(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [clean(each, depth + 1) for each in value]
    return value


def read_envelope(frame: str) -> str | None:
    """What is wrong with a frame of Socket Mode, before the SDK reads it; None if nothing is."""
    try:
        envelope = json.loads(frame)
    except (ValueError, RecursionError):
        return "it is no JSON"
    if not isinstance(envelope, dict) or not isinstance(envelope.get("type"), str):
        return "it is no envelope"
    if "payload" in envelope and not isinstance(envelope.get("envelope_id"), str):
        return "it has no id"
    if not isinstance(envelope.get("payload", {}), dict):
        return "its payload is no object"
    return None
