"""Whether Slack would open this view, and what its inputs hold before anybody touched them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.checks.blocks import check_blocks, elements_of, with_ids
from bot.sandbox.slack.checks.elements import plain
from bot.sandbox.slack.checks.shapes import Check, Report, boolean, objects, shape, string
from bot.sandbox.slack.refusal import Refused

VIEW_BYTES = 250_000


def _blocks(surface: str) -> Check:
    def check(report: Report, pointer: str, value: object) -> None:
        check_blocks(report, value, surface=surface, pointer=pointer)

    return check


def _inputs_need_submit(report: Report, pointer: str, value: object) -> None:
    if not isinstance(value, dict) or value.get("submit"):
        return
    if any(block.get("type") == "input" for block in objects(value.get("blocks"))):
        report.fail(
            f"{pointer}/submit", "missing required field: submit is required when an input block is present"
        )


_FIELDS: dict[str, Check] = {
    "callback_id": string(255, least=0),
    "private_metadata": string(3000, least=0),
    "external_id": string(255, least=0),
}
_MODAL = shape(
    "title blocks",
    _inputs_need_submit,
    **_FIELDS,
    title=plain(24),
    submit=plain(24),
    close=plain(24),
    clear_on_close=boolean,
    notify_on_close=boolean,
    submit_disabled=boolean,
    blocks=_blocks("modal"),
)
_HOME = shape("blocks", **_FIELDS, blocks=_blocks("home"))
_SHAPES = {"modal": _MODAL, "home": _HOME}

_EMPTY: dict[str, dict[str, Any]] = {
    "static_select": {"selected_option": None},
    "radio_buttons": {"selected_option": None},
    "external_select": {"selected_option": None},
    "users_select": {"selected_user": None},
    "channels_select": {"selected_channel": None},
    "conversations_select": {"selected_conversation": None},
    "datepicker": {"selected_date": None},
    "timepicker": {"selected_time": None},
    "datetimepicker": {"selected_date_time": None},
    "checkboxes": {"selected_options": []},
    "multi_static_select": {"selected_options": []},
    "multi_users_select": {"selected_users": []},
    "multi_channels_select": {"selected_channels": []},
    "multi_conversations_select": {"selected_conversations": []},
    "plain_text_input": {"value": None},
    "email_text_input": {"value": None},
    "url_text_input": {"value": None},
    "number_input": {"value": None},
    "file_input": {"files": []},
}


def accept_view(view: object, kind: str, files: frozenset[str], new_id: Callable[[], str]) -> dict[str, Any]:
    """The view as Slack stores it; `kind` is what the calling method can show (modal or home)."""
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", messages=["[ERROR] must provide an object [json-pointer:/view]"])
    report = Report(files)
    if view.get("type") != kind:
        report.fail("/view/type", f"unsupported view type: must be {kind}")
    else:
        _SHAPES[kind](report, "/view", view)
    if report.errors:
        raise Refused("invalid_arguments", messages=[f"[ERROR] {words}" for words in report.errors])
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise Refused("view_too_large")
    return {**view, "blocks": with_ids(view["blocks"], new_id)}


def value_key(kind: str) -> str | None:
    """Where the state of an element of this type holds its value: `value`, `selected_option`, …"""
    return next(iter(_EMPTY[kind])) if kind in _EMPTY else None


def initial_state(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """`state.values` of untouched blocks: {block_id: {action_id: {"type": …, <value key>: …}}}."""
    values: dict[str, dict[str, Any]] = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in _EMPTY:
                values.setdefault(block["block_id"], {})[element["action_id"]] = _untouched(element)
    return values


def _untouched(element: dict[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    key, empty = next(iter(_EMPTY[kind].items()))
    initial = element.get("initial_" + key.removeprefix("selected_"), empty)
    return {"type": kind, key: initial}
