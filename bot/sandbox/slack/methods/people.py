"""users.*, usergroups.*, team, bots and auth: who is who, the app included."""

from __future__ import annotations

from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack, page_of
from bot.sandbox.slack.state import APP, BOT, TEAM
from bot.sandbox.slack.transport.wire import group_json, user_json


def auth_test(slack: Slack, args: Args) -> Json:  # noqa: ARG001 - every method has the same form
    bot = slack.workspace.bot
    return {
        "url": "https://byhand.slack.com/",
        "team": slack.workspace.name,
        "user": bot.name.lower(),
        "team_id": TEAM,
        "user_id": bot.id,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def open_connection(slack: Slack, args: Args) -> Json:  # noqa: ARG001
    return {"url": slack.socket_url()}


def api_test(slack: Slack, args: Args) -> Json:  # noqa: ARG001
    if "error" in args:
        raise Refused(args.get("error"))
    return {"args": args.given}


def user_info(slack: Slack, args: Args) -> Json:
    return {"user": user_json(slack.workspace.user(args.need("user")))}


def list_users(slack: Slack, args: Args) -> Json:
    page, cursor = page_of([user_json(user) for user in list(slack.workspace.users.values())], args)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def list_groups(slack: Slack, args: Args) -> Json:
    users = args.flag("include_users")
    return {"usergroups": [group_json(group, users=users) for group in list(slack.workspace.groups.values())]}


def list_group_users(slack: Slack, args: Args) -> Json:
    group = slack.workspace.groups.get(args.need("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": list(group.members)}


def team_info(slack: Slack, args: Args) -> Json:  # noqa: ARG001
    return {"team": {"id": TEAM, "name": slack.workspace.name, "domain": "byhand"}}


def bot_info(slack: Slack, args: Args) -> Json:
    if args.get("bot", BOT) != BOT:
        raise Refused("bot_not_found")
    bot = slack.workspace.bot
    return {"bot": {"id": BOT, "app_id": APP, "user_id": bot.id, "name": bot.name, "deleted": False}}
