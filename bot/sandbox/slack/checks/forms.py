"""A modal after its submit: what Slack checks before it asks the app, and what it does with the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.sandbox.slack.checks.views import accept_view, value_key
from bot.sandbox.slack.methods.views import change, check_external_id, put_on_top
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Json, Slack
from bot.sandbox.slack.state import View
from bot.sandbox.slack.transport.payloads import Values, merged

TROUBLE = "We had some trouble connecting. Try again?"


def missing(view: View, values: Values) -> dict[str, str]:
    """{block_id: sentence} of what Slack itself will not submit."""
    state = merged(view.blocks, values)
    found = {
        block["block_id"]: _complaint(block, state.get(block["block_id"], {}))
        for block in view.blocks
        if block["type"] == "input"
    }
    return {block_id: sentence for block_id, sentence in found.items() if sentence}


def _complaint(block: Json, state: dict[str, Any]) -> str:
    element = block["element"]
    held = state.get(element["action_id"], {}).get(value_key(element["type"]))
    if held in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if isinstance(held, str) and not least <= len(held) <= most:
        return f"Please use between {least} and {most} characters."
    return ""


def tells_typing(block: Json) -> bool:
    """Whether Slack tells the app of this field while it is filled in: of choices, and of words where they ask for it
    character by character."""
    if not block.get("dispatch_action"):
        return False
    config = block["element"].get("dispatch_action_config") or {}
    typed = block["element"]["type"] == "plain_text_input"
    return not typed or "on_character_entered" in config.get("trigger_actions_on", ())


def after_submit(slack: Slack, view: View, response: Json) -> dict[str, str]:
    """Do what the app answered; returns the errors now shown in the form. Raises `Refused` for nonsense."""
    match response.get("response_action"):
        case None:
            close(slack, view)
        case "clear":
            slack.workspace.set_stack(view.user)
        case "errors":
            return _show_errors(slack, view, response.get("errors"))
        case "update":
            change(slack, view, _spec(slack, response, view.id))
        case "push":
            put_on_top(slack, view.user, _spec(slack, response))
        case other:
            raise Refused(f"unknown response_action {other}")
    return {}


def close(slack: Slack, view: View) -> None:
    """Take this view away, and those above it; all of the stack, where the view says so."""
    with slack.workspace.changing():
        if view.spec.get("clear_on_close"):
            slack.workspace.set_stack(view.user)
            return
        stack = slack.workspace.modals.get(view.user, ())
        names = [each.id for each in stack]
        if view.id in names:
            slack.workspace.set_stack(view.user, *stack[: names.index(view.id)])


def _spec(slack: Slack, response: Json, view_id: str | None = None) -> Json:
    workspace = slack.workspace
    spec = accept_view(response.get("view"), "modal", workspace.shown_files(), workspace.new_name)
    check_external_id(slack, spec, view_id)
    return spec


def _show_errors(slack: Slack, view: View, errors: object) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise Refused("errors must name the block_ids of input blocks")
    slack.workspace.replace_view(replace(view, errors=errors))
    return errors
