"""Finding one's way on the screen: the controls a person sees, by the words on them.

A `Control` keeps what it was when it was found, so that pressing it later is what a person does whose screen
has not caught up yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.checks.blocks import elements_of
from bot.sandbox.slack.checks.views import value_key
from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.state import Message, View


class CannotDo(LookupError):
    """What a person wanted to do is not possible on this screen; the sentence is for them."""


@dataclass(frozen=True)
class Control:
    """Something to press: a button, or one option of a menu or of a set of boxes."""

    block_id: str
    label: str
    element: Json
    option: Json | None = None

    @property
    def action_id(self) -> str:
        return str(self.element["action_id"])

    @property
    def confirm(self) -> Json | None:
        return self.element.get("confirm")

    def action(self, value: Any = None) -> Json:
        """What goes into `actions` of the payload; `value` is what was typed, picked or chosen."""
        kind = self.element["type"]
        action: Json = {"type": kind, "block_id": self.block_id, "action_id": self.action_id}
        if kind == "button":
            action["text"] = self.element["text"]
            given = value if value is not None else self.element.get("value")
            return action | ({"value": given} if given is not None else {})
        if self.option is not None and value is None:
            value = [self.option] if kind == "checkboxes" else self.option
        return action | {value_key(kind) or "selected_option": value}


def controls(blocks: Iterable[Json]) -> list[Control]:
    """Everything that can be pressed, in reading order; a menu gives one control per option."""
    return [
        control
        for block in blocks
        for element in elements_of(block)
        if element["type"] != "image"
        for control in _of(str(block["block_id"]), element)
    ]


def _of(block_id: str, element: Json) -> list[Control]:
    if element["type"] == "button":
        return [Control(block_id, element["text"]["text"], element)]
    options = [*element.get("options", ()), *_grouped(element)]
    if not options:
        return [Control(block_id, (element.get("placeholder") or {}).get("text", ""), element)]
    return [Control(block_id, option["text"]["text"], element, option) for option in options]


def _grouped(element: Json) -> list[Json]:
    return [option for group in element.get("option_groups", ()) for option in group["options"]]


def the_control(
    blocks: Iterable[Json],
    *,
    text: str | None = None,
    action_id: str | None = None,
    block_id: str | None = None,
) -> Control:
    """The first control that fits all that is given; raises `CannotDo` and names those there are."""
    there = controls(blocks)
    for control in there:
        if (
            text in (None, control.label)
            and action_id in (None, control.action_id)
            and block_id in (None, control.block_id)
        ):
            return control
    labels = ", ".join(control.label or control.action_id for control in there) or "nothing to press"
    raise CannotDo(f"There is no {text or action_id!r} here; there is {labels}.")


def labels(message: Message | View) -> list[str]:
    """The words on everything that can be pressed."""
    return [control.label for control in controls(message.blocks)]


def words(message: Message) -> str:
    """All that a message says: its text and that of its blocks, a line each."""
    return message.words


def form_values(view: View, filled: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """`state.values` of a form filled in by its labels: {"Text": "…"}; options go by their own words."""
    values: dict[str, dict[str, Any]] = {}
    inputs = {block["label"]["text"]: block for block in view.blocks if block["type"] == "input"}
    for label, given in filled.items():
        if label not in inputs:
            raise CannotDo(f"There is no field {label!r} here; there is {', '.join(inputs) or 'none'}.")
        block = inputs[label]
        element = block["element"]
        key = value_key(element["type"]) or "value"
        values.setdefault(block["block_id"], {})[element["action_id"]] = {
            "type": element["type"],
            key: _chosen(element, given),
        }
    return values


def _chosen(element: Json, given: Any) -> Any:
    """Options by their text, where the element has options."""
    by_text = {option["text"]["text"]: option for option in [*element.get("options", ()), *_grouped(element)]}
    if not by_text or given is None:
        return given
    if isinstance(given, (list, tuple)):
        return [by_text[each] for each in given]
    return by_text[given]
