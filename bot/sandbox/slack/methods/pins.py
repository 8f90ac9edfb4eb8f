"""pins.*: what is pinned in a channel."""

from __future__ import annotations

from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack
from bot.sandbox.slack.transport.wire import message_json


def add(slack: Slack, args: Args) -> Json:
    return _set(slack, args, on=True, otherwise="already_pinned")


def remove(slack: Slack, args: Args) -> Json:
    return _set(slack, args, on=False, otherwise="no_pin")


def list_pins(slack: Slack, args: Args) -> Json:
    workspace = slack.workspace
    channel = slack.member_channel(args.need("channel"))
    pinned = [workspace.message(channel.id, ts) for ts in workspace.pins.get(channel.id, ())]
    return {
        "items": [
            {"type": "message", "channel": channel.id, "message": message_json(workspace, each)}
            for each in pinned
        ]
    }


def _set(slack: Slack, args: Args, *, on: bool, otherwise: str) -> Json:
    workspace = slack.workspace
    channel = slack.member_channel(args.need("channel"))
    message = workspace.message(channel.id, args.need("timestamp"))
    with workspace.changing():
        if (message.ts in workspace.pins.get(channel.id, ())) is on:
            raise Refused(otherwise)
        workspace.set_pin(channel.id, message.ts, on=on)
    return {}
