"""chat.*: what the bot says, changes and takes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.sandbox.slack.checks.blocks import accept_message_blocks
from bot.sandbox.slack.happenings import changed, deleted, said
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack
from bot.sandbox.slack.state import Channel, Message
from bot.sandbox.slack.transport.wire import message_json

POST_LIMIT = 40_000  # characters of text in a new message; Slack cuts there, which a judge calls an error
UPDATE_LIMIT = 4_000


def post_message(slack: Slack, args: Args) -> Json:
    channel = _channel_to_speak_in(slack, args.need("channel"))
    message = _new_message(slack, args, channel)
    slack.limits.count_message(channel.id)
    said(slack, message)
    body = message_json(slack.workspace, message)
    return {"channel": channel.id, "ts": message.ts, "message": body}


def post_ephemeral(slack: Slack, args: Args) -> Json:
    channel = _channel_to_speak_in(slack, args.need("channel"))
    reader = slack.workspace.user(args.need("user"))
    if reader.id not in channel.members:
        raise Refused("user_not_in_channel")
    message = replace(_new_message(slack, args, channel), seen_by=reader.id)
    slack.workspace.put(message)
    return {"message_ts": message.ts}


def update(slack: Slack, args: Args) -> Json:
    before = _own_message(slack, args, "cant_update_message")
    text, blocks = _content(slack, args, UPDATE_LIMIT)
    metadata = accept_metadata(args) if "metadata" in args else before.metadata
    after = replace(before, text=text, blocks=blocks, metadata=metadata or None)
    after = changed(slack, before, after, slack.workspace.bot.id)
    body = message_json(slack.workspace, after)
    return {"channel": after.channel, "ts": after.ts, "text": after.text, "message": body}


def delete(slack: Slack, args: Args) -> Json:
    message = _own_message(slack, args, "cant_delete_message")
    deleted(slack, message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(slack: Slack, args: Args) -> Json:
    message = slack.workspace.message(args.need("channel"), args.need("message_ts"))
    link = f"https://byhand.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return {"channel": message.channel, "permalink": link}


def blocks_validate(slack: Slack, args: Args) -> Json:
    accept_message_blocks(
        args.document("blocks", "invalid_blocks_format"),
        slack.workspace.shown_files(),
        slack.workspace.new_name,
    )
    return {}


def accept_metadata(args: Args) -> dict[str, Any] | None:
    metadata = args.document("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    kind, payload = (
        (metadata.get("event_type"), metadata.get("event_payload"))
        if isinstance(metadata, dict)
        else (None, None)
    )
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise Refused("invalid_metadata_format")
    return {"event_type": kind, "event_payload": payload}


def _channel_to_speak_in(slack: Slack, channel_id: str) -> Channel:
    """A user's id stands for the conversation with that person."""
    workspace = slack.workspace
    if channel_id in workspace.users and channel_id != workspace.bot.id:
        return workspace.im(channel_id)
    channel = workspace.channel(channel_id)
    if channel.archived:
        raise Refused("is_archived")
    return slack.member_channel(channel_id)


def _new_message(slack: Slack, args: Args, channel: Channel) -> Message:
    workspace = slack.workspace
    text, blocks = _content(slack, args, POST_LIMIT)
    thread_ts = args.get("thread_ts") or None
    if thread_ts is not None:
        parent = workspace.find(channel.id, thread_ts)
        if parent is None or parent.seen_by:
            raise Refused("thread_not_found")
        thread_ts = parent.thread_ts or parent.ts
        if len(workspace.replies(channel.id, thread_ts)) >= slack.limits.replies:
            raise Refused("restricted_action_thread_locked")  # what Slack says really is not documented
    return Message(
        channel.id,
        workspace.new_ts(),
        workspace.bot.id,
        text,
        blocks,
        thread_ts=thread_ts,
        broadcast=thread_ts is not None and args.flag("reply_broadcast"),
        by_app=True,
        metadata=accept_metadata(args),
    )


def _content(slack: Slack, args: Args, limit: int) -> tuple[str, tuple[dict[str, Any], ...]]:
    """Text and blocks of a message; without blocks it has none, also where it had some before."""
    text, given = args.get("text"), args.document("blocks", "invalid_blocks_format")
    if not text and not given:
        raise Refused("no_text")
    if len(text) > limit:
        raise Refused("msg_too_long")
    workspace = slack.workspace
    blocks = accept_message_blocks(given or [], workspace.shown_files(), workspace.new_name)
    return text, tuple(blocks)


def _own_message(slack: Slack, args: Args, otherwise: str) -> Message:
    channel = slack.member_channel(args.need("channel"))
    message = slack.workspace.message(channel.id, args.need("ts"))
    if not message.by_app:
        raise Refused(otherwise)
    return message
