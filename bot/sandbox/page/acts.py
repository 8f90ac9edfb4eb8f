"""What a person can do on the page: in Slack as one of the people, and around it with clock, faults and bot.

One table of acts; each takes the page's JSON and returns what the page shows.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.sandbox.customers import Customers
from bot.sandbox.slack.faults import Faults, Kind
from bot.sandbox.slack.find import CannotDo, Control, controls
from bot.sandbox.slack.interact import Act
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.slack import Json

NETWORK_FAULTS = ("network_fails", "network_times_out", "network_lost_answer", "x_no_credits")
THROTTLE_SECONDS = 2.0
LARGEST_FILE = 8 * 1024 * 1024


class StageActions(Protocol):
    """What the page asks of the stage around Slack. Every method may block until it is done."""

    def welcome(self) -> None:
        """Somebody looks at the page. Comes with every look; does not block."""

    def push(self, minutes: float) -> None:
        """Move the stage's clock on."""

    def next_slot(self) -> None:
        """Move it to the next moment a post is due."""

    def restart_bot(self) -> None: ...

    def set_network_fault(self, name: str, on: bool) -> None:
        """One of `NETWORK_FAULTS`."""

    def network_faults(self) -> Mapping[str, bool]: ...

    def bot_running(self) -> bool: ...

    def next_slot_at(self) -> datetime | None: ...

    def plan_to_import(self) -> str:
        """A CSV as another tool exports it, for a visitor to bring in."""

    def busy(self) -> str | None:
        """A sentence while something takes its time ("Moving the clock…"), else None."""

    @property
    def customers(self) -> Customers: ...

    def shortcuts(self) -> Sequence[Json]:
        """What an app offers on every message: {"callback_id", "name"}."""


@dataclass(frozen=True)
class SlackFault:
    on: Callable[[Faults], None]
    off: Callable[[Faults], None]
    standing: Callable[[Faults], bool]


def _ordered(method: str, kind: Kind) -> SlackFault:
    return SlackFault(
        on=lambda faults: faults.order(method, kind, None, THROTTLE_SECONDS),
        off=lambda faults: faults.withdraw(kind),
        standing=lambda faults: faults.standing(kind),
    )


SLACK_FAULTS = {
    "slack_429": _ordered("*", Kind.TOO_MANY),
    "slack_lost_answer": _ordered("chat.*", Kind.LOST_ANSWER),
    "slack_down": SlackFault(Faults.take_down, Faults.bring_up, lambda faults: faults.down),
}


def act(server: SlackServer, actions: StageActions, asked: Json) -> Json:
    """Do it; `{"ok": …}` with `ack_ms`, or with an `error` that is a sentence for the person."""
    doer = _ACTS.get(str(asked.get("type")))
    if doer is None:
        return {"ok": False, "error": "That is not something to do here."}
    try:
        done = doer(server, actions, asked)
    except CannotDo as cannot:
        return {"ok": False, "error": str(cannot)}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {"ok": False, "error": "That was not understood."}  # the page sent half of an act
    return _told(done) if done is not None else {"ok": True}


def _told(done: Act) -> Json:
    told: Json = {"ok": done.ok, "ack_ms": done.ack_ms}
    if done.error is not None:
        told["error"] = done.error
    if done.errors:
        told["errors"] = dict(done.errors)
    return told


def _click(server: SlackServer, _: StageActions, asked: Json) -> Act:
    where, user, values = asked["where"], str(asked["user"]), _values(asked)
    if "channel" in where:
        channel, ts = str(where["channel"]), str(where["ts"])
        message = server.workspace.find(channel, ts)
        action = _whole(message.blocks if message else (), asked["action"])
        return server.people.press(user, channel, ts, action, values)
    view_id = None if where.get("home") else str(where["view"])
    view = server.workspace.homes.get(user) if view_id is None else server.people.modal(user, view_id)
    return server.people.press_view(
        user, view_id, _whole(view.blocks if view else (), asked["action"]), values
    )


def _whole(blocks: Any, action: Json) -> Json:
    """The page's action, completed from the element as it stands; as the page said it, if that is gone."""
    for control in controls(blocks):
        if (control.block_id, control.action_id) == (action.get("block_id"), action.get("action_id")):
            return {**_bare(control), **action}
    return action


def _bare(control: Control) -> Json:
    return control.action() if control.element["type"] == "button" else {"type": control.element["type"]}


def _submit(server: SlackServer, _: StageActions, asked: Json) -> Act:
    return server.people.submit(str(asked["user"]), str(asked["view"]), _values(asked))


def _close(server: SlackServer, _: StageActions, asked: Json) -> Act:
    return server.people.close(str(asked["user"]), str(asked["view"]))


def _say(server: SlackServer, _: StageActions, asked: Json) -> Act:
    text, files = str(asked["text"]).strip(), [_file(each) for each in asked.get("files", ())]
    if not text and not files:
        raise CannotDo("There is nothing to say yet.")
    return server.people.say(
        str(asked["user"]), str(asked["channel"]), text, asked.get("thread_ts"), files=files
    )


def _values(asked: Json) -> dict[str, dict[str, Json]]:
    """`state.values` of a form, its chosen files unpacked; those that Slack has already stay as they are."""
    return {
        block_id: {action_id: _unpacked(entry) for action_id, entry in block.items()}
        for block_id, block in (asked.get("values") or {}).items()
    }


def _unpacked(entry: Json) -> Json:
    if entry.get("type") != "file_input":
        return entry
    return {**entry, "files": [_file(each) if "data" in each else each for each in entry["files"]]}


def _file(given: Json) -> tuple[str, bytes]:
    """What was dropped into the composer: {"name", "data"}, the bytes in base64."""
    content = base64.b64decode(str(given["data"]), validate=True)
    if not 0 < len(content) <= LARGEST_FILE:
        raise CannotDo("A file may have 8 MB here, and not be empty.")
    return str(given["name"]), content


def _edit(server: SlackServer, _: StageActions, asked: Json) -> Act:
    text = str(asked["text"]).strip()
    if not text:
        raise CannotDo("There is nothing left of it. Delete it instead.")
    return server.people.edit(str(asked["user"]), str(asked["channel"]), str(asked["ts"]), text)


def _delete(server: SlackServer, _: StageActions, asked: Json) -> Act:
    user, channel, ts = str(asked["user"]), str(asked["channel"]), str(asked["ts"])
    message = server.workspace.find(channel, ts)
    if message is not None and message.user != user:
        raise CannotDo("This is somebody else's message.")
    return server.people.delete(user, channel, ts)


def _shortcut(server: SlackServer, _: StageActions, asked: Json) -> Act:
    return server.people.shortcut(
        str(asked["user"]), str(asked["channel"]), str(asked["ts"]), str(asked["callback_id"])
    )


def _command(server: SlackServer, _: StageActions, asked: Json) -> Act:
    if asked.get("thread_ts"):
        raise CannotDo("Slack knows no commands in threads.")
    name, text = str(asked["command"]), str(asked.get("text", "")).strip()
    return server.people.command(str(asked["user"]), str(asked["channel"]), name, text)


def _open_home(server: SlackServer, _: StageActions, asked: Json) -> Act:
    return server.people.open_home(str(asked["user"]))


def _customer_writes(_: SlackServer, actions: StageActions, asked: Json) -> None:
    reply_to = asked.get("reply_to")
    actions.customers.write(
        str(asked["network"]),
        str(asked["name"]),
        str(asked["text"]),
        reply_to=str(reply_to) if reply_to else None,
        private=asked.get("private") is True,
    )


def _customer_edits(_: SlackServer, actions: StageActions, asked: Json) -> None:
    actions.customers.edit(str(asked["network"]), str(asked["id"]), str(asked["text"]))


def _customer_deletes(_: SlackServer, actions: StageActions, asked: Json) -> None:
    actions.customers.delete(str(asked["network"]), str(asked["id"]))


def _push(_: SlackServer, actions: StageActions, asked: Json) -> None:
    minutes = float(asked["minutes"])
    if not 0 < minutes <= 24 * 60:
        raise CannotDo("The clock moves forward, by a day at most.")
    actions.push(minutes)


def _next_slot(_: SlackServer, actions: StageActions, __: Json) -> None:
    if actions.next_slot_at() is None:
        raise CannotDo("No post is due any more.")
    actions.next_slot()


def _restart_bot(_: SlackServer, actions: StageActions, __: Json) -> None:
    actions.restart_bot()


def _disconnect(server: SlackServer, _: StageActions, __: Json) -> None:
    server.faults.disconnect()


def _fault(server: SlackServer, actions: StageActions, asked: Json) -> None:
    name, on = str(asked["name"]), asked["on"] is True
    if name in NETWORK_FAULTS:
        actions.set_network_fault(name, on)
        return
    fault = SLACK_FAULTS[name]
    (fault.on if on else fault.off)(server.faults)


_ACTS: dict[str, Callable[[SlackServer, StageActions, Json], Act | None]] = {
    "click": _click,
    "submit": _submit,
    "close": _close,
    "say": _say,
    "edit": _edit,
    "delete": _delete,
    "shortcut": _shortcut,
    "command": _command,
    "open_home": _open_home,
    "customer": _customer_writes,
    "customer_edit": _customer_edits,
    "customer_delete": _customer_deletes,
    "push": _push,
    "next_slot": _next_slot,
    "restart_bot": _restart_bot,
    "disconnect": _disconnect,
    "fault": _fault,
}
