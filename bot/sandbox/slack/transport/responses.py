"""Messages an app gives back instead of posting them: through a response URL, or as a command's answer."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.slack.checks.blocks import accept_message_blocks
from bot.sandbox.slack.happenings import changed, deleted, said
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack
from bot.sandbox.slack.state import Message
from bot.sandbox.slack.transport.tickets import ResponseUrl


def respond(slack: Slack, url: ResponseUrl, body: Json) -> None:
    args = Args(body)
    original = slack.workspace.find(url.channel, url.message_ts) if url.message_ts else None
    if args.flag("delete_original"):
        _delete(slack, _there(original))
    elif args.flag("replace_original"):
        _replace(slack, _there(original), _message(slack, url, args))
    else:
        _add(slack, url, args)


def _add(slack: Slack, url: ResponseUrl, args: Args) -> None:
    message = _message(slack, url, args)
    if args.get("response_type", "ephemeral") == "in_channel":
        said(slack, message)
    else:
        slack.workspace.put(replace(message, seen_by=url.user))


def _replace(slack: Slack, original: Message, message: Message) -> None:
    new = replace(original, text=message.text, blocks=message.blocks)
    if original.seen_by:
        slack.workspace.put(new)
    else:
        changed(slack, original, new, slack.workspace.bot.id)


def _delete(slack: Slack, original: Message) -> None:
    if original.seen_by:
        slack.workspace.erase(original)
    else:
        deleted(slack, original)


def _there(original: Message | None) -> Message:
    if original is None or original.deleted:
        raise Refused("message_not_found")
    return original


def _message(slack: Slack, url: ResponseUrl, args: Args) -> Message:
    workspace = slack.workspace
    text, blocks = args.get("text"), args.document("blocks", "invalid_blocks_format")
    if not text and not blocks:
        raise Refused("no_text")
    accepted = accept_message_blocks(blocks or [], workspace.shown_files(), workspace.new_name)
    return Message(
        url.channel,
        workspace.new_ts(),
        workspace.bot.id,
        text,
        tuple(accepted),
        thread_ts=args.get("thread_ts") or None,
        by_app=True,
    )
