"""conversations.*: channels, who is in them, and what was said."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack, page_of
from bot.sandbox.slack.state import Message
from bot.sandbox.slack.transport.wire import channel_json, message_json

_KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}
_FAMILIES = {"public_channel": "channels", "private_channel": "groups", "im": "im"}


def info(slack: Slack, args: Args) -> Json:
    channel = slack.workspace.channel(args.need("channel"))
    slack.rights.require(f"{channel.scope_family}:read")
    return {"channel": channel_json(slack.workspace, channel)}


def list_channels(slack: Slack, args: Args) -> Json:
    wanted = [each.strip() for each in args.get("types", "public_channel").split(",")]
    for kind in wanted:
        if kind not in _KINDS:
            raise Refused("invalid_types")
        slack.rights.require(f"{_FAMILIES[kind]}:read")
    workspace = slack.workspace
    found = [
        channel_json(workspace, channel)
        for channel in list(workspace.channels.values())
        if channel.kind in {_KINDS[kind] for kind in wanted}
        and (channel.kind == "channel" or workspace.bot.id in channel.members)
        and not (channel.archived and args.flag("exclude_archived"))
    ]
    page, cursor = page_of(found, args)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def members(slack: Slack, args: Args) -> Json:
    channel = slack.workspace.channel(args.need("channel"))
    slack.rights.require(f"{channel.scope_family}:read")
    page, cursor = page_of([{"id": each} for each in sorted(channel.members)], args)
    return {"members": [each["id"] for each in page], "response_metadata": {"next_cursor": cursor}}


def history(slack: Slack, args: Args) -> Json:
    channel = slack.member_channel(args.need("channel"), "history")
    shown = [
        message
        for message in reversed(slack.workspace.messages(channel.id))
        if not message.seen_by
        and (not message.is_reply or message.broadcast)
        and (not message.deleted or slack.workspace.replies(channel.id, message.ts))
    ]
    return _page(slack, args, shown)


def replies(slack: Slack, args: Args) -> Json:
    channel = slack.member_channel(args.need("channel"), "history")
    parent = slack.workspace.find(channel.id, args.need("ts"))
    answers = slack.workspace.replies(channel.id, args.need("ts"))
    if parent is None or parent.seen_by or (parent.deleted and not answers):
        raise Refused("thread_not_found")
    return _page(slack, args, [parent, *answers])


def open_conversation(slack: Slack, args: Args) -> Json:
    users = [each for each in args.need("users").split(",") if each]
    if len(users) != 1:
        raise Refused("invalid_user_combination")
    channel = slack.workspace.im(users[0])
    return {"channel": {"id": channel.id}}


def join(slack: Slack, args: Args) -> Json:
    channel = slack.workspace.channel(args.need("channel"))
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    slack.workspace.join(channel.id, slack.workspace.bot.id)
    return {"channel": channel_json(slack.workspace, slack.workspace.channel(channel.id))}


def _page(slack: Slack, args: Args, messages: Iterable[Message]) -> Json:
    oldest, latest, inclusive = args.get("oldest"), args.get("latest"), args.flag("inclusive")
    chosen = [message for message in messages if _between(message.ts, oldest, latest, inclusive=inclusive)]
    with_metadata = args.flag("include_all_metadata")
    found = [message_json(slack.workspace, message, metadata=with_metadata) for message in chosen]
    page, cursor = page_of(found, args, most=999)
    return {
        "messages": page,
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _between(ts: str, oldest: str, latest: str, *, inclusive: bool) -> bool:
    try:
        at = float(ts)
        low, high = float(oldest or 0), float(latest or "inf")
    except ValueError:
        raise Refused("invalid_ts_oldest" if oldest else "invalid_ts_latest") from None
    return low <= at <= high if inclusive or not (oldest or latest) else low < at < high
