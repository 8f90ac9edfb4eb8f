"""Each limit of Block Kit, one over it and at it, above all those the SDK's own models let pass."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from bot.sandbox.slack.checks.blocks import accept_message_blocks
from bot.sandbox.slack.checks.views import accept_view, initial_state
from bot.sandbox.slack.refusal import Refused
from tests.sandbox.slack.cards import CARD, FORM, button, option, section

Block = dict[str, Any]
FILES = frozenset({"F0KNOWN"})
PLAIN = "plain_text"


def accept(*blocks: Block) -> list[Block]:
    numbers = count()
    return accept_message_blocks(list(blocks), FILES, lambda: f"id{next(numbers)}")


def words(length: int, kind: str = PLAIN) -> Block:
    return {"type": kind, "text": "x" * length}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def press(number: int = 0, **more: Any) -> Block:
    return {"type": "button", "text": words(5), "action_id": f"a{number}", **more}


def select(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "s", "placeholder": words(5), **more}


def image(**more: Any) -> Block:
    return {"type": "image", "alt_text": "a loaf", **more}


def field(element: Block, **more: Any) -> Block:
    return {"type": "input", "label": words(5), "element": element, **more}


def typed(**more: Any) -> Block:
    return {"type": "plain_text_input", "action_id": "t", **more}


def table(rows: int, cells: int, text: str = "x", kind: str = "raw_text") -> Block:
    return {"type": "table", "rows": [[{"type": kind, "text": text}] * cells] * rows}


CONFIRM = {"title": words(100), "text": words(300), "confirm": words(30), "deny": words(30)}

TAKEN: dict[str, list[Block]] = {
    "card": CARD,
    "50 blocks": [{"type": "divider"}] * 50,
    "section 3000": [section("x" * 3000)],
    "10 fields of 1000": [{"type": "section", "fields": [words(1000)] * 10}],
    "field 2000": [{"type": "section", "fields": [words(2000)]}],
    "header 150": [{"type": "header", "text": words(150)}],
    "25 actions": [actions(*(press(number) for number in range(25)))],
    "button at its limits": [actions(press(value="v" * 2000, confirm=CONFIRM, accessibility_label="x" * 75))],
    "option at its limits": [actions(select(options=[option("x" * 75, "v" * 75)]))],
    "100 options": [actions(select(options=[option("x", str(number)) for number in range(100)]))],
    "known file": [image(slack_file={"id": "F0KNOWN"})],
    "address": [image(image_url="https://bakery.example/loaf.png")],
    "input": [field(typed(max_length=3000, initial_value=""))],
    "mrkdwn context": [{"type": "context", "elements": [words(9, "mrkdwn"), words(9)]}],
    "rich text": [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "<!here>"}]}],
        }
    ],
    "a table at its limits": [table(100, 20)],
    "one action_id in two blocks": [button("Yes", "same"), button("No", "same")],
}

REFUSED: dict[str, tuple[list[Block], str]] = {
    "two tables": ([table(1, 1), table(1, 1)], "only_one_table_allowed [json-pointer:/blocks]"),
    "a table of 101 rows": ([table(101, 1)], "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
    "a row of 21 cells": ([table(1, 21)], "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
    "an empty cell": (
        [table(1, 1, "")],
        "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
    ),
    "a table too long": (
        [table(1, 2, "x" * 6000)],
        "a table's cells must be less than 10001 characters [json-pointer:/blocks]",
    ),
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "section 3001": (
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty text": ([section("")], "must be more than 0 characters"),
    "empty section": ([{"type": "section"}], "missing required field: text or fields"),
    "field 2001": ([{"type": "section", "fields": [words(2001)]}], "[json-pointer:/blocks/0/fields/0/text]"),
    "11 fields": ([{"type": "section", "fields": [words(1)] * 11}], "no more than 10 items"),
    "header 151": ([{"type": "header", "text": words(151)}], "must be less than 151"),
    "header with mrkdwn": ([{"type": "header", "text": words(5, "mrkdwn")}], "/blocks/0/text/type"),
    "11 in context": ([{"type": "context", "elements": [words(1)] * 11}], "no more than 10 items"),
    "26 actions": ([actions(*(press(number) for number in range(26)))], "no more than 25 items"),
    "no actions": ([actions()], "no fewer than 1 items"),
    "button 76": ([actions(press(text=words(76)))], "must be less than 76"),
    "button with mrkdwn": ([actions(press(text=words(5, "mrkdwn")))], "must be one of: plain_text"),
    "button value 2001": ([actions(press(value="v" * 2001))], "must be less than 2001"),
    "button style": ([actions(press(style="red"))], "must be one of: primary, danger"),
    "action_id 256": ([actions(press(action_id="a" * 256))], "must be less than 256"),
    "block_id 256": ([{"type": "divider", "block_id": "b" * 256}], "must be less than 256"),
    "option text 76": ([actions(select(options=[option("x" * 76, "v")]))], "must be less than 76"),
    "option value 76": ([actions(select(options=[option("x", "v" * 76)]))], "must be less than 76"),
    "option with mrkdwn": (
        [actions(select(options=[{"text": words(3, "mrkdwn"), "value": "v"}]))],
        "must be one of: plain_text",
    ),
    "101 options": (
        [actions(select(options=[option("x", str(number)) for number in range(101)]))],
        "no more than 100 items",
    ),
    "6 in a menu": (
        [actions({"type": "overflow", "options": [option("x", str(number)) for number in range(6)]})],
        "no more than 5 items",
    ),
    "no options": ([actions(select())], "exactly one of options and option_groups"),
    "initial option not offered": (
        [actions(select(options=[option("x", "1")], initial_option=option("x", "2")))],
        "initial option is not among the options",
    ),
    "confirm title": ([actions(press(confirm={**CONFIRM, "title": words(101)}))], "must be less than 101"),
    "confirm text": ([actions(press(confirm={**CONFIRM, "text": words(301)}))], "must be less than 301"),
    "confirm button": ([actions(press(confirm={**CONFIRM, "deny": words(31)}))], "must be less than 31"),
    "two of one block_id": (
        [{"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"}],
        "block_id b already exists [json-pointer:/blocks/1/block_id]",
    ),
    "two of one action_id": ([actions(press(1), press(1))], "action_id a1 already exists in this block"),
    "unknown block": ([{"type": "carousel"}], "unsupported block type: carousel"),
    "alert in a message": ([{"type": "alert", "text": words(3)}], "unsupported block type: alert"),
    "unknown element": ([actions({"type": "slider"})], "unsupported element type: slider"),
    "text box in actions": ([actions(typed())], "unsupported element type: plain_text_input"),
    "button in an input": ([field(press())], "unsupported element type: button"),
    "unknown key": ([{**section("x"), "colour": "red"}], "invalid additional property: colour"),
    "image without alt text": (
        [{"type": "image", "image_url": "https://a.example/b"}],
        "missing required field: alt_text",
    ),
    "image alt 2001": (
        [{"type": "image", "image_url": "https://a.example/b", "alt_text": "x" * 2001}],
        "must be less than 2001",
    ),
    "image url 3001": ([image(image_url="https://a.example/" + "x" * 3000)], "must be less than 3001"),
    "image on this machine": ([image(image_url="http://127.0.0.1:8/a.png")], "downloading image failed"),
    "image of an unknown file": ([image(slack_file={"id": "F0OTHER"})], "invalid slack file"),
    "image of nothing": ([image()], "exactly one of image_url and slack_file"),
    "max_length 3001": ([field(typed(max_length=3001))], "must be between 1 and 3000"),
    "initial value 3001": ([field(typed(initial_value="x" * 3001))], "must be less than 3001"),
    "initial value over its own limit": (
        [field(typed(initial_value="xxx", max_length=2))],
        "must be less than 3 characters",
    ),
    "date of this century": (
        [field({"type": "datetimepicker", "initial_date_time": 1795170})],
        "must be between",
    ),
    "empty rich text": (
        [
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}],
            }
        ],
        "must be more than 0 characters",
    ),
    "text that is no object": ([{"type": "section", "text": "hi"}], "must provide an object"),
    "no type": ([{"text": words(3)}], "missing required field: type"),
}


@pytest.mark.parametrize("blocks", TAKEN.values(), ids=TAKEN.keys())
def test_slack_takes(blocks: list[Block]) -> None:
    assert [block["type"] for block in accept(*blocks)] == [block["type"] for block in blocks]


@pytest.mark.parametrize(("blocks", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_slack_refuses(blocks: list[Block], why: str) -> None:
    with pytest.raises(Refused) as refused:
        accept(*blocks)
    assert refused.value.error == "invalid_blocks"
    assert any(why in words for words in refused.value.body["errors"]), refused.value.body


def test_what_all_blocks_say_together_has_a_limit() -> None:
    with pytest.raises(Refused, match="msg_blocks_too_long"):
        accept(*[section("x" * 2700)] * 5)


def test_blocks_and_elements_without_a_name_get_one() -> None:
    (block,) = accept({"type": "actions", "elements": [{"type": "button", "text": words(3)}]})
    assert block["block_id"]
    assert block["elements"][0]["action_id"]


def view(**more: Any) -> Block:
    return {**FORM, **more}


FILES_FIELD = {"type": "input", "label": words(3), "element": {"type": "file_input"}}
VIEWS: dict[str, tuple[Block, str]] = {
    "title 25": (view(title=words(25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    "submit 25": (view(submit=words(25)), "must be less than 25"),
    "close 25": (view(close=words(25)), "must be less than 25"),
    "no title": (view(title=None), "missing required field: title"),
    "private_metadata 3001": (view(private_metadata="x" * 3001), "must be less than 3001"),
    "callback_id 256": (view(callback_id="x" * 256), "must be less than 256"),
    "external_id 256": (view(external_id="x" * 256), "must be less than 256"),
    "101 blocks": (view(blocks=[{"type": "divider"}] * 101), "no more than 100 items"),
    "input without submit": (view(submit=None), "submit is required when an input block is present"),
    "files that tell what is typed": (
        view(blocks=[{**FILES_FIELD, "dispatch_action": True}]),
        "unsupported type: file_input with dispatch_action",
    ),
    "block within": (view(blocks=[section("")]), "[json-pointer:/view/blocks/0/text/text]"),
    "home": ({"type": "home", "blocks": []}, "must be modal"),
}


@pytest.mark.parametrize(("spec", "why"), VIEWS.values(), ids=VIEWS.keys())
def test_slack_refuses_a_view(spec: Block, why: str) -> None:
    with pytest.raises(Refused) as refused:
        accept_view(spec, "modal", FILES, lambda: "id")
    assert refused.value.error == "invalid_arguments"
    assert any(why in words for words in refused.value.body["response_metadata"]["messages"])


def test_a_view_too_large_is_refused() -> None:
    blocks = [section("x" * 2900) for _ in range(90)]
    with pytest.raises(Refused, match="view_too_large"):
        accept_view(view(blocks=blocks), "modal", FILES, lambda: "id")


def test_files_may_be_chosen_in_a_modal() -> None:
    spec = view(blocks=[{**FILES_FIELD, "dispatch_action": False}])
    assert accept_view(spec, "modal", FILES, lambda: "id")


def test_an_alert_may_stand_in_a_modal() -> None:
    assert accept_view(view(blocks=[{"type": "alert", "text": words(3)}]), "modal", FILES, lambda: "id")


def test_untouched_inputs_hold_their_initial_values() -> None:
    blocks = [
        {**field(typed(initial_value="loaves")), "block_id": "b1"},
        {**field(typed()), "block_id": "b2"},
        {
            **field({"type": "datetimepicker", "action_id": "w", "initial_date_time": 1795170000}),
            "block_id": "b3",
        },
        {**field(select(options=[option("A", "a")], initial_option=option("A", "a"))), "block_id": "b4"},
        {**field({"type": "checkboxes", "action_id": "c", "options": [option("A", "a")]}), "block_id": "b5"},
    ]
    assert initial_state(blocks) == {
        "b1": {"t": {"type": "plain_text_input", "value": "loaves"}},
        "b2": {"t": {"type": "plain_text_input", "value": None}},
        "b3": {"w": {"type": "datetimepicker", "selected_date_time": 1795170000}},
        "b4": {"s": {"type": "static_select", "selected_option": option("A", "a")}},
        "b5": {"c": {"type": "checkboxes", "selected_options": []}},
    }
