"""Everything the page shows one person, as one JSON value."""

from __future__ import annotations

from typing import Any

from bot.sandbox.page.acts import NETWORK_FAULTS, SLACK_FAULTS, StageActions
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.state import Message, View
from bot.sandbox.slack.transport.wire import view_json
from bot.sandbox.slack.workspace import Workspace

MESSAGES = 200  # the newest of each channel
LINES = 100
ANSWERED_BY = "@Byhand"  # what a message in a thread begins with that is for the customer
CARDS = {"talk_more": "one", "next_for_me": "many"}  # what can be pressed on them


def state(server: SlackServer, user: str, actions: StageActions) -> Json:
    workspace = server.workspace
    revision = workspace.revision  # read first: a change while we look must make the page ask again
    person, home, slot = workspace.user(user), workspace.homes.get(user), actions.next_slot_at()
    channels = [
        channel
        for channel in list(workspace.channels.values())
        if channel.kind != "im" and user in channel.members
    ]
    direct = workspace.channels.get("D" + user[1:])
    shown = [*channels, direct] if direct is not None and workspace.messages(direct.id) else channels
    return {
        "rev": revision,
        "now": workspace.now().isoformat(),
        "zone": person.zone,
        "workspace": {"name": workspace.name, "bot": _bot(server, actions)},
        "users": list_people(workspace),
        "channels": [
            {
                "id": each.id,
                "name": each.name or workspace.bot.name,
                "direct": each.kind == "im",
                "private": each.kind == "group",
            }
            for each in shown
        ],
        "messages": {each.id: _messages(workspace, each.id, user) for each in shown},
        "home": view_json(home) if home else None,
        "modals": [_modal(view) for view in workspace.modals.get(user, ())],
        "files": {file_id: f"/files/{file_id}" for file_id in sorted(workspace.shown_files())},
        "timeline": actions.customers.threads(),
        "customers": actions.customers.as_json(),
        "shortcuts": list(actions.shortcuts()),
        "traffic": [line.as_json() for line in server.traffic.folded(LINES)],
        "faults": _faults(server, actions),
        "next_slot": slot.isoformat() if slot else None,
        "busy": actions.busy(),
        "stage_actions": ["push", "next_slot", "restart_bot", "disconnect"],
    }


def list_people(workspace: Workspace) -> list[Json]:
    people = [each for each in list(workspace.users.values()) if not each.is_bot]
    return [{"id": one.id, "name": one.name, "role": one.role, "about": one.about} for one in people]


def _bot(server: SlackServer, actions: StageActions) -> Json:
    bot = server.workspace.bot
    return {
        "user_id": bot.id,
        "name": bot.name,
        "connected": server.connected,
        "running": actions.bot_running(),
    }


def _messages(workspace: Workspace, channel: str, user: str) -> list[Json]:
    visible = [each for each in workspace.messages(channel) if each.seen_by in (None, user)][-MESSAGES:]
    counts: dict[str, int] = {}
    for message in visible:
        if message.is_reply and not message.deleted and not message.seen_by and message.thread_ts:
            counts[message.thread_ts] = counts.get(message.thread_ts, 0) + 1
    pinned = workspace.pins.get(channel, ())
    return [_message(workspace, each, counts.get(each.ts, 0), pinned=each.ts in pinned) for each in visible]


def _message(workspace: Workspace, message: Message, replies: int, *, pinned: bool) -> Json:
    author = workspace.users.get(message.user)
    return {
        "ts": message.ts,
        "thread_ts": message.thread_ts if message.is_reply else None,
        "user": message.user,
        "name": author.name if author else message.user,
        "is_bot": message.by_app,
        "text": "" if message.deleted else message.text,
        "blocks": [] if message.deleted else list(message.blocks),
        "files": [each for each in message.files if not _is_document(workspace, each)],
        "attached": [workspace.files[each].name for each in message.files if _is_document(workspace, each)],
        "edited": message.edited is not None,
        "deleted": message.deleted,
        "reply_count": replies,
        "pinned": pinned,
        "ephemeral": message.seen_by is not None,
        "stands_for": _whom_it_stands_for(message),
    }


def _is_document(workspace: Workspace, file_id: str) -> bool:
    """No picture: it is shown by its name."""
    file = workspace.files.get(file_id)
    return file is not None and file.name.lower().endswith((".csv", ".zip", ".txt"))


def _whom_it_stands_for(message: Message) -> str | None:
    """Of a card: "one" customer, who is answered in its thread, or "many"; by what can be pressed on it. Where nobody
    is answered from there, the card does not say how."""
    parts = [part for block in message.blocks for part in block.get("elements", ())]
    whom = next((CARDS[name] for part in parts if (name := part.get("action_id")) in CARDS), None)
    return None if whom == "one" and ANSWERED_BY not in str(message.blocks) else whom


def _modal(view: View) -> Json:
    body: dict[str, Any] = view_json(view)
    return body | {"errors": dict(view.errors)} if view.errors else body


def _faults(server: SlackServer, actions: StageActions) -> dict[str, bool]:
    standing = {name: fault.standing(server.faults) for name, fault in SLACK_FAULTS.items()}
    network = actions.network_faults()
    return standing | {name: bool(network.get(name)) for name in NETWORK_FAULTS}
