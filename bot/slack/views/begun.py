"""What a dialog says where its person had begun it before, and the fields that tell what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.slack import ids
from bot.slack.views.blocks import Block, actions, button, said
from bot.slack.views.text import NOWHERE, Place, when

DISCARD = "Discard my changes"
AS_TYPED = {"trigger_actions_on": ["on_character_entered"]}


def draw_begun(begun: datetime | None, what: str, nothing: str, place: Place = NOWHERE) -> list[Block]:
    """ "You had begun an answer today at 09:12. It is below as you left it; nothing was sent.". `begun` None: not."""
    if begun is None:
        return []
    note = said(f"*You had begun {what}* {when(begun, place)}. It is below as you left it; {nothing}.")
    return [{**note, "block_id": ids.BEGUN}]


def draw_start_over(begun: datetime | None, act: ids.Act, label: str, value: str = "-") -> list[Block]:
    """The button below that note: the dialog is filled in anew, without what had been typed."""
    return [] if begun is None else [actions(button(act, label, value, label))]


def fill_anew(view: Block, name: str) -> Block:
    """A dialog that is put in the place of itself. Slack keeps what stands in a field of the same name, so each gets
    another one: "value:<name>"."""
    return {**view, "blocks": [_named_anew(block, name) for block in view["blocks"]]}


def _named_anew(block: Block, name: str) -> Block:
    if block["type"] != "input":
        return block
    return {**block, "element": {**block["element"], "action_id": f"{ids.INPUT}:{name}"}}


def redraw(view: Block, shown: Mapping[str, Any]) -> Block:
    """A dialog that is drawn anew while somebody types in it: its fields keep their names, with what stands in them,
    and the note of when it was begun stays as it was. `shown`: the dialog as Slack has it."""
    notes = [block for block in shown["blocks"] if block.get("block_id") == ids.BEGUN]
    if notes:
        blocks = [notes[0] if block.get("block_id") == ids.BEGUN else block for block in view["blocks"]]
        view = {**view, "blocks": blocks}
    names = [block["element"]["action_id"].partition(":")[2] for block in _list_inputs(shown)]
    return fill_anew(view, names[0]) if any(names) else view


def has_begun(shown: Mapping[str, Any]) -> bool:
    """Whether a dialog says that it was begun before."""
    return any(block.get("block_id") == ids.BEGUN for block in shown["blocks"])


def list_fields(shown: Mapping[str, Any]) -> list[str]:
    """A dialog's fields by their block_ids, in their order."""
    return [block["block_id"] for block in _list_inputs(shown)]


def _list_inputs(shown: Mapping[str, Any]) -> list[Block]:
    return [block for block in shown["blocks"] if block["type"] == "input"]


def keep_typed(blocks: list[Block]) -> list[Block]:
    """Slack tells each change of these fields, so that closing the dialog loses nothing."""
    return [_telling(block) if block["type"] == "input" else block for block in blocks]


def _telling(block: Block) -> Block:
    element = block["element"]
    if element["type"] == "file_input":  # it is sent off with the rest
        return block
    if element["type"] == "plain_text_input":
        element = {**element, "dispatch_action_config": AS_TYPED}
    return {**block, "element": element, "dispatch_action": True}
