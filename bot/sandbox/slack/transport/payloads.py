"""The payloads of what people do, in the shapes Slack documents."""

from __future__ import annotations

import secrets
from typing import Any

from bot.sandbox.slack.checks.views import initial_state
from bot.sandbox.slack.slack import Json, Slack
from bot.sandbox.slack.state import APP, TEAM, Message, User, View, unix
from bot.sandbox.slack.transport.wire import message_json, view_json

Values = dict[str, dict[str, Any]]


def merged(blocks: list[Json], values: Values) -> Values:
    """What a form holds: its initial values, and over them what was touched."""
    state = initial_state(blocks)
    return {
        block_id: {**state.get(block_id, {}), **values.get(block_id, {})} for block_id in {**state, **values}
    }


def event_callback(slack: Slack, event: Json) -> Json:
    authorization = {"team_id": TEAM, "user_id": slack.workspace.bot.id, "is_bot": True}
    return {
        "token": "unused",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(6).upper()}",
        "event_time": unix(slack.workspace.now()),
        "authorizations": [{**authorization, "enterprise_id": None, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event": event,
    }


def message_action(slack: Slack, user: User, message: Message, action: Json, values: Values) -> Json:
    channel = slack.workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.seen_by is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    path = slack.tickets.response_path("actions", TEAM, message.channel, user.id, message.ts)
    payload = {
        **_base(slack, "block_actions", user),
        "container": container,
        "trigger_id": slack.tickets.trigger(user.id),
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": merged(list(message.blocks), values)},
        "response_url": slack.workspace.address + path,
        "actions": [{**action, "action_ts": slack.workspace.new_ts()}],
    }
    if message.seen_by is None:
        payload["message"] = message_json(slack.workspace, message)
    return payload


def shortcut(slack: Slack, user: User, message: Message, callback_id: str) -> Json:
    """Of a choice in a message's own menu."""
    channel = slack.workspace.channels[message.channel]
    path = slack.tickets.response_path("app", TEAM, message.channel, user.id, message.ts)
    return {
        **_base(slack, "message_action", user),
        "callback_id": callback_id,
        "action_ts": slack.workspace.new_ts(),
        "trigger_id": slack.tickets.trigger(user.id),
        "channel": {"id": channel.id, "name": channel.name},
        "message_ts": message.ts,
        "message": message_json(slack.workspace, message),
        "response_url": slack.workspace.address + path,
    }


def view_action(slack: Slack, user: User, view: View, action: Json, values: Values) -> Json:
    body = _view(view, values)
    return {
        **_base(slack, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": slack.tickets.trigger(user.id, view.id),
        "view": body,
        "state": body["state"],
        "actions": [{**action, "action_ts": slack.workspace.new_ts()}],
    }


def submission(slack: Slack, user: User, view: View, values: Values) -> Json:
    return {
        **_base(slack, "view_submission", user),
        "trigger_id": slack.tickets.trigger(user.id, view.id),
        "view": _view(view, values),
        "response_urls": [],
    }


def closed(slack: Slack, user: User, view: View, *, cleared: bool) -> Json:
    """It carries no words: what was typed is not in it, nor what stood there before."""
    empty = {**view_json(view), "state": {"values": {}}}
    return {**_base(slack, "view_closed", user), "view": empty, "is_cleared": cleared}


def command(slack: Slack, user: User, channel_id: str, name: str, text: str) -> tuple[Json, str]:
    """(payload, path of its response URL)."""
    path = slack.tickets.response_path("commands", TEAM, channel_id, user.id)
    payload = {
        "token": "unused",
        "team_id": user.team_id,
        "team_domain": "byhand",
        "channel_id": channel_id,
        "channel_name": slack.workspace.channels[channel_id].name or "directmessage",
        "user_id": user.id,
        "user_name": user.name.lower(),
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": slack.workspace.address + path,
        "trigger_id": slack.tickets.trigger(user.id),
    }
    return payload, path


def _base(slack: Slack, kind: str, user: User) -> Json:
    name = user.name.lower()
    return {
        "type": kind,
        "user": {"id": user.id, "username": name, "name": name, "team_id": user.team_id},
        "api_app_id": APP,
        "token": "unused",
        "team": {"id": TEAM, "domain": slack.workspace.name.lower().replace(" ", "-")},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _view(view: View, values: Values) -> Json:
    return {**view_json(view), "state": {"values": merged(view.blocks, values)}}
