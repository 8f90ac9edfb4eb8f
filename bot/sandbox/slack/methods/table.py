"""Every Web API method the pretend Slack knows: who answers it, how often a minute, with which scope and token.

Methods of conversations.* ask for their scope themselves, because it depends on the kind of channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.checks.limits import POSTS_A_MINUTE, TIER_2, TIER_3, TIER_4
from bot.sandbox.slack.methods import chat, conversations, files, people, pins, views
from bot.sandbox.slack.slack import Args, Json, Slack

SPECIAL = 600  # calls a minute of the methods whose limit Slack calls "hundreds"


@dataclass(frozen=True)
class Method:
    answer: Callable[[Slack, Args], Json]
    per_minute: int
    scopes: tuple[str, ...] = ()  # any one of them is enough
    token: str = "bot"  # or "app"


METHODS: dict[str, Method] = {
    "api.test": Method(people.api_test, TIER_4),
    "auth.test": Method(people.auth_test, SPECIAL),
    # Slack says tier 1 of this one, yet lets clients reconnect freely.
    "apps.connections.open": Method(people.open_connection, 60, token="app"),
    "blocks.validate": Method(chat.blocks_validate, TIER_4),
    "bots.info": Method(people.bot_info, TIER_3, ("users:read",)),
    "chat.delete": Method(chat.delete, TIER_3, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink, SPECIAL),
    "chat.postEphemeral": Method(chat.post_ephemeral, TIER_4, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, POSTS_A_MINUTE, ("chat:write",)),
    "chat.update": Method(chat.update, TIER_3, ("chat:write",)),
    "conversations.history": Method(conversations.history, TIER_3),
    "conversations.info": Method(conversations.info, TIER_3),
    "conversations.join": Method(conversations.join, TIER_3, ("channels:join",)),
    "conversations.list": Method(conversations.list_channels, TIER_2),
    "conversations.members": Method(conversations.members, TIER_4),
    "conversations.open": Method(conversations.open_conversation, TIER_3, ("im:write",)),
    "conversations.replies": Method(conversations.replies, TIER_3),
    "files.completeUploadExternal": Method(files.complete_upload, TIER_4, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, TIER_4, ("files:write",)),
    "files.info": Method(files.info, TIER_4, ("files:read",)),
    "pins.add": Method(pins.add, TIER_2, ("pins:write",)),
    "pins.list": Method(pins.list_pins, TIER_2, ("pins:read",)),
    "pins.remove": Method(pins.remove, TIER_2, ("pins:write",)),
    "team.info": Method(people.team_info, TIER_3, ("team:read",)),
    "usergroups.list": Method(people.list_groups, TIER_2, ("usergroups:read",)),
    "usergroups.users.list": Method(people.list_group_users, TIER_2, ("usergroups:read",)),
    "users.info": Method(people.user_info, TIER_4, ("users:read",)),
    "users.list": Method(people.list_users, TIER_2, ("users:read",)),
    "views.open": Method(views.open_view, TIER_4),
    "views.publish": Method(views.publish, TIER_4),
    "views.push": Method(views.push, TIER_4),
    "views.update": Method(views.update, TIER_4),
}

_BY_CHANNEL = {
    f"{family}:{right}" for family in ("channels", "groups", "im") for right in ("history", "read")
}
EVERY_SCOPE = frozenset(
    {"commands", *_BY_CHANNEL, *(s for method in METHODS.values() for s in method.scopes)}
)
