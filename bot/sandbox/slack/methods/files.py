"""files.*: the three-step upload, the only one Slack still takes."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.slack.happenings import said
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack
from bot.sandbox.slack.state import File, Message
from bot.sandbox.slack.transport.wire import file_json


def get_upload_url(slack: Slack, args: Args) -> Json:
    length = args.number("length", 0)
    if length < 1:
        raise Refused("invalid_arguments", messages=["[ERROR] must be greater than 0 [json-pointer:/length]"])
    workspace = slack.workspace
    file = File(workspace.make_id("F"), args.need("filename"), length)
    workspace.put_file(file)
    return {"file_id": file.id, "upload_url": f"{workspace.address}/upload/v1/{file.id}"}


def receive(slack: Slack, file_id: str, content: bytes) -> None:
    """The bytes themselves, sent to the upload URL."""
    file = slack.workspace.file(file_id)
    if len(content) != file.length:
        raise Refused("file_upload_size_mismatch")
    slack.workspace.put_file(replace(file, content=content))


def complete_upload(slack: Slack, args: Args) -> Json:
    named = args.document("files", "invalid_arguments")
    if not isinstance(named, list) or not named:
        raise Refused("invalid_arguments", messages=["[ERROR] missing required field: files"])
    workspace = slack.workspace
    channel = args.get("channel_id")
    if channel:
        slack.member_channel(channel)
    files = [workspace.file(str(each.get("id"))) for each in named]
    if any(file.content is None for file in files):
        raise Refused("file_not_found")
    for file, each in zip(files, named, strict=True):
        title = str(each.get("title") or file.name)
        channels = (channel,) if channel else ()
        workspace.put_file(replace(file, title=title, complete=True, channels=channels))
    if channel:
        _share(slack, args, channel, tuple(file.id for file in files))
    return {"files": [file_json(workspace, workspace.file(file.id)) for file in files]}


def info(slack: Slack, args: Args) -> Json:
    file = slack.workspace.file(args.need("file"))
    if not file.complete:
        raise Refused("file_not_found")
    return {"file": file_json(slack.workspace, file)}


def _share(slack: Slack, args: Args, channel: str, files: tuple[str, ...]) -> None:
    slack.limits.count_message(channel)
    workspace = slack.workspace
    said(
        slack,
        Message(
            channel,
            workspace.new_ts(),
            workspace.bot.id,
            args.get("initial_comment"),
            thread_ts=args.get("thread_ts") or None,
            by_app=True,
            files=files,
        ),
    )
