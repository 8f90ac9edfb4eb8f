"""What happens in the workspace, stored and told to the app as Slack's Events API tells it.

Slack tells an app about its own messages too; dropping those is the app's business, so they are told here.
"""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.slack.slack import Json, Slack
from bot.sandbox.slack.state import Channel, Message, View
from bot.sandbox.slack.transport.wire import message_json, view_json


def said(slack: Slack, message: Message) -> Message:
    """A new message, by whomever."""
    slack.workspace.put(message)
    body = message_json(slack.workspace, message)
    _tell_message(slack, message.channel, {**body, "event_ts": message.ts})
    return message


def changed(slack: Slack, before: Message, after: Message, by: str) -> Message:
    """An edit; `by` is who made it."""
    workspace = slack.workspace
    old = message_json(workspace, before)
    after = workspace.put(replace(after, edited={"user": by, "ts": workspace.new_ts()}))
    change = {"message": message_json(workspace, after), "previous_message": old}
    _tell_hidden(slack, after.channel, "message_changed", change)
    return after


def unfurled(slack: Slack, message: Message) -> None:
    """Slack added a preview of a link by itself: told as a change, though nobody edited anything."""
    old = message_json(slack.workspace, message)
    preview = {"id": 1, "from_url": "https://example.com/", "title": "A page", "fallback": "A page"}
    change = {"message": {**old, "attachments": [preview]}, "previous_message": old}
    _tell_hidden(slack, message.channel, "message_changed", change)


def deleted(slack: Slack, message: Message) -> None:
    """A parent with replies leaves a tombstone, which Slack tells as a change."""
    workspace = slack.workspace
    old = message_json(workspace, message)
    workspace.erase(message)
    if workspace.replies(message.channel, message.ts):
        left = message_json(workspace, replace(message, deleted=True))
        _tell_hidden(slack, message.channel, "message_changed", {"message": left, "previous_message": old})
    else:
        gone = {"deleted_ts": message.ts, "previous_message": old}
        _tell_hidden(slack, message.channel, "message_deleted", gone)


def home_opened(slack: Slack, user: str, view: View | None) -> None:
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": slack.workspace.im(user).id,
        "tab": "home",
        "event_ts": slack.workspace.new_ts(),
    }
    if view is not None:
        event["view"] = view_json(view)
    if slack.rights.subscribed("app_home_opened"):
        slack.emit(event)


def _tell_hidden(slack: Slack, channel: str, subtype: str, change: Json) -> None:
    ts = slack.workspace.new_ts()
    event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts}
    _tell_message(slack, channel, event | change)


def _tell_message(slack: Slack, channel_id: str, event: Json) -> None:
    channel = slack.workspace.channels[channel_id]
    if _hears(slack, channel):
        slack.emit({**event, "channel": channel_id, "channel_type": channel.kind})


def _hears(slack: Slack, channel: Channel) -> bool:
    """Whether the app is there, subscribed, and may read along."""
    events = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
    return (
        slack.workspace.bot.id in channel.members
        and slack.rights.subscribed(events[channel.kind])
        and f"{channel.scope_family}:history" in slack.rights.scopes
    )
