"""How the things of the workspace look in Slack's JSON."""

from __future__ import annotations

from bot.sandbox.slack.checks.views import initial_state
from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.state import APP, BOT, TEAM, Channel, File, Message, User, UserGroup, View
from bot.sandbox.slack.workspace import Workspace


def message_json(workspace: Workspace, message: Message, *, metadata: bool = False) -> Json:
    if message.deleted:
        return _tombstone(workspace, message)
    body: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.users[message.user].team_id if message.user in workspace.users else TEAM,
    }
    if message.blocks:
        body["blocks"] = list(message.blocks)
    if message.by_app:
        profile = {"id": BOT, "app_id": APP, "name": workspace.bot.name, "team_id": TEAM, "deleted": False}
        body |= {"bot_id": BOT, "app_id": APP, "bot_profile": profile}
    if message.client_msg_id:
        body["client_msg_id"] = message.client_msg_id
    if message.edited:
        body["edited"] = message.edited
    if message.broadcast:
        body["subtype"] = "thread_broadcast"
    elif message.files:
        body |= {"upload": False} if message.by_app else {"upload": True, "subtype": "file_share"}
    if message.files:
        body["files"] = [file_json(workspace, workspace.file(each)) for each in message.files]
    if message.ts in workspace.pins.get(message.channel, ()):
        body["pinned_to"] = [message.channel]
    if metadata and message.metadata:
        body["metadata"] = message.metadata
    return body | _thread(workspace, message)


def _thread(workspace: Workspace, message: Message) -> Json:
    if message.is_reply:
        parent = workspace.find(message.channel, message.thread_ts or "")
        return {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else None}
    replies = workspace.replies(message.channel, message.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
    }


def _tombstone(workspace: Workspace, message: Message) -> Json:
    """What is left of a deleted message that has replies."""
    body: Json = {
        "type": "message",
        "subtype": "tombstone",
        "user": "USLACKBOT",
        "text": "This message was deleted.",
        "hidden": True,
        "ts": message.ts,
    }
    return body | _thread(workspace, message)


def user_json(user: User) -> Json:
    grid = {} if user.enterprise_user is None else {"enterprise_user": dict(user.enterprise_user)}
    return grid | {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name.lower(),
        "real_name": user.name,
        "deleted": False,
        "tz": user.zone,
        "is_admin": False,
        "is_owner": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_restricted": user.role == "guest",
        "is_ultra_restricted": False,
        "is_stranger": user.role == "outsider",
        "profile": {"display_name": user.name, "real_name": user.name, "team": user.team_id},
    }


def channel_json(workspace: Workspace, channel: Channel) -> Json:
    if channel.kind == "im":
        (other,) = channel.members - {workspace.bot.id}
        return {"id": channel.id, "is_im": True, "user": other, "is_archived": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_private": channel.kind == "group",
        "is_im": False,
        "is_mpim": False,
        "is_archived": channel.archived,
        "is_member": workspace.bot.id in channel.members,
        "is_ext_shared": any(workspace.users[each].role == "outsider" for each in channel.members),
        "num_members": len(channel.members),
        "context_team_id": TEAM,
    }


def group_json(group: UserGroup, *, users: bool) -> Json:
    body: Json = {
        "id": group.id,
        "team_id": TEAM,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 0,
        "user_count": len(group.members),
    }
    return body | {"users": list(group.members)} if users else body


def view_json(view: View) -> Json:
    spec = view.spec
    return {
        "id": view.id,
        "team_id": TEAM,
        "app_id": APP,
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
        "type": spec["type"],
        "title": spec.get("title"),
        "submit": spec.get("submit"),
        "close": spec.get("close"),
        "blocks": view.blocks,
        "callback_id": spec.get("callback_id", ""),
        "private_metadata": spec.get("private_metadata", ""),
        "external_id": spec.get("external_id", ""),
        "clear_on_close": bool(spec.get("clear_on_close")),
        "notify_on_close": bool(spec.get("notify_on_close")),
        "state": {"values": initial_state(view.blocks)},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
    }


def file_json(workspace: Workspace, file: File) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "size": file.length,
        "mimetype": file.media_type,
        "filetype": file.media_type.rpartition("/")[2],
        "user": file.user or workspace.bot.id,
        "mode": "hosted",
        "is_external": False,
        "is_public": bool(file.channels),
        "channels": list(file.channels),
        "url_private": f"{workspace.address}/files-pri/{TEAM}-{file.id}/{file.name}",
        "permalink": f"https://byhand.slack.com/files/{workspace.bot.id}/{file.id}",
    }
