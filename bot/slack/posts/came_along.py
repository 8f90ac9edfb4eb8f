"""A message that is planned as a post: what of it comes along, and a sentence for whatever does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.context import ListenerContext
from bot.slack.inbox.plain_text import to_plain_text
from bot.slack.payloads import Shortcut
from bot.slack.posts.new_images import SlackFile
from bot.slack.views.posts.edit_dialog import MOST_ATTACHED
from bot.slack.views.posts.long_fields import cut_to_field

NO_WORDS = "An app wrote that message, so its words and images did not come along."
PRIVATE = "What customers write in private stays in its channel, so nothing of that message came along."
FORWARDED = "It passes on another message. Only what was written above that came along."
TOO_MANY = f"A post can have up to {MOST_ATTACHED} images: the first {MOST_ATTACHED} came along."
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class CameAlong:
    text: str = ""
    files: tuple[SlackFile, ...] = ()
    told: tuple[str, ...] = ()  # sentences for whoever plans it
    by: str = ""  # who wrote it


def read_message(context: ListenerContext, shortcut: Shortcut) -> CameAlong:
    """Its words as they read, and its files; of a card, of another app's message and of the private channel nothing."""
    message = shortcut.message
    if context.directory.may_be_private(shortcut.channel):
        return CameAlong(told=(PRIVATE,))
    if _is_by_app(message):
        return CameAlong(told=(NO_WORDS,))
    bot_user = context.workspace.bot_user or ""
    read = to_plain_text(message, context.directory.find_name, bot_user=bot_user)
    text, cut = cut_to_field(read.text)
    files = tuple(each for each in message.get("files") or () if isinstance(each, dict))
    told = [*read.problems, *read.lost, *cut]
    told += [FORWARDED] if _is_forwarded(message) else []
    told += [TOO_MANY] if len(files) > MOST_ATTACHED else []
    return CameAlong(text, files[:MOST_ATTACHED], tuple(told), str(message.get("user") or ""))


def _is_by_app(message: Mapping[str, Any]) -> bool:
    by_app = any(message.get(each) for each in ("bot_id", "app_id", "bot_profile"))
    return by_app or message.get("subtype") == "bot_message" or message.get("user") == SLACKBOT


def _is_forwarded(message: Mapping[str, Any]) -> bool:
    """Not what Slack shows of a link's page."""
    attached = message.get("attachments")
    shared = [each for each in attached if isinstance(each, dict)] if isinstance(attached, list) else []
    return any(each.get("is_share") or each.get("is_msg_unfurl") for each in shared)
