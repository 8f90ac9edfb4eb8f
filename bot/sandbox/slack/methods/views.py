"""views.*: modals, one over the other, and App Home."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.sandbox.slack.checks.views import accept_view
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Args, Json, Slack
from bot.sandbox.slack.state import View
from bot.sandbox.slack.transport.wire import view_json

STACK = 3  # views a modal may hold at once


def open_view(slack: Slack, args: Args) -> Json:
    spec = _spec(slack, args, "modal")
    with slack.workspace.changing():
        user, _ = slack.tickets.exchange(args.need("trigger_id"))
        view = slack.workspace.new_view(user, spec)
        slack.workspace.set_stack(user, view)
    return {"view": view_json(view)}


def push(slack: Slack, args: Args) -> Json:
    spec = _spec(slack, args, "modal")
    with slack.workspace.changing():
        user, _ = slack.tickets.exchange(args.need("trigger_id"))
        view = put_on_top(slack, user, spec)
    return {"view": view_json(view)}


def update(slack: Slack, args: Args) -> Json:
    with slack.workspace.changing():
        before = _named(slack, args)
        _is_current(before, args)
        after = change(slack, before, _spec(slack, args, before.spec["type"]))
    return {"view": view_json(after)}


def publish(slack: Slack, args: Args) -> Json:
    spec = _spec(slack, args, "home")
    workspace = slack.workspace
    with workspace.changing():
        user = workspace.user(args.need("user_id"))
        before = workspace.homes.get(user.id)
        if before is None:
            view = workspace.new_view(user.id, spec)
        else:
            _is_current(before, args)
            view = replace(before, spec=spec, hash=workspace.new_hash())
        workspace.set_home(view)
    return {"view": view_json(view)}


def put_on_top(slack: Slack, user: str, spec: dict[str, Any]) -> View:
    """Also what a submit answered with `push` does."""
    stack = slack.workspace.modals.get(user, ())
    if not stack:
        raise Refused("view_not_found")
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    view = slack.workspace.new_view(user, spec, under=stack[-1])
    slack.workspace.set_stack(user, *stack, view)
    return view


def change(slack: Slack, before: View, spec: dict[str, Any]) -> View:
    """Also what a submit answered with `update` does."""
    after = replace(before, spec=spec, hash=slack.workspace.new_hash(), errors={})
    slack.workspace.replace_view(after)
    return after


def _spec(slack: Slack, args: Args, kind: str) -> dict[str, Any]:
    view = args.document("view", "invalid_arguments")
    workspace = slack.workspace
    spec = accept_view(view, kind, workspace.shown_files(), workspace.new_name)
    if args.get("external_id") != spec.get("external_id"):
        check_external_id(slack, spec, args.get("view_id"))
    return spec


def check_external_id(slack: Slack, spec: dict[str, Any], view_id: str | None) -> None:
    """One name, one view; `view_id`: which may have it already."""
    external = spec.get("external_id")
    others = [each for each in slack.workspace.open_views() if each.id != view_id]
    if external and any(each.spec.get("external_id") == external for each in others):
        raise Refused("duplicate_external_id")


def _named(slack: Slack, args: Args) -> View:
    known = [*slack.workspace.open_views(), *slack.workspace.homes.values()]
    name, external = args.get("view_id"), args.get("external_id")
    if not name and not external:
        raise Refused("no_view_id")
    if name and external:
        raise Refused(
            "invalid_arguments", messages=["[ERROR] Cannot provide both `view_id` and `external_id`"]
        )
    for view in known:
        if view.id == name or (external and view.spec.get("external_id") == external):
            return view
    raise Refused("not_found")


def _is_current(view: View, args: Args) -> None:
    given = args.get("hash")
    if given and given != view.hash:
        raise Refused("hash_conflict")
