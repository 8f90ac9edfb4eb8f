"""Whether Slack would take these blocks: one table of blocks, and what only a whole message can break.

Blocks that Slack has but a careful app does not rely on (markdown, video, charts) are refused as unknown. A table is
taken once in a message, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.slack.checks.elements import (
    ANYTHING,
    IDENT,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    image,
    plain,
    text,
)
from bot.sandbox.slack.checks.shapes import (
    Check,
    Report,
    boolean,
    integer,
    list_of,
    objects,
    one_of,
    shape,
    string,
    tagged,
)
from bot.sandbox.slack.refusal import Refused

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
TABLE_TEXT = 10_000  # characters of all cells
BLOCKS_TEXT = 13_000  # characters of all texts of a message's blocks; unconfirmed, seen "near 13 k"

_STYLE = shape("", bold=boolean, italic=boolean, strike=boolean, code=boolean, underline=boolean)
_LEAF = tagged(
    {
        "text": shape("text", text=string(40_000), style=_STYLE),
        "link": shape("url", url=string(3000), text=ANYTHING, unsafe=boolean, style=_STYLE),
        "emoji": shape("name", name=string(100), unicode=string(100), skin_tone=integer(1, 6), style=_STYLE),
        "user": shape("user_id", user_id=string(100), style=_STYLE),
        "usergroup": shape("usergroup_id", usergroup_id=string(100), style=_STYLE),
        "channel": shape("channel_id", channel_id=string(100), style=_STYLE),
        "broadcast": shape("range", range=one_of("here", "channel", "everyone")),
        "date": shape(
            "timestamp format",
            timestamp=integer(0, 9_999_999_999),
            format=string(300),
            url=string(3000),
            fallback=ANYTHING,
            style=_STYLE,
        ),
    },
    "rich text element",
)
_LEAVES = list_of(_LEAF, most=1000, least=0)
_SECTION = shape("elements", elements=_LEAVES)
_RICH = {
    "rich_text_section": _SECTION,
    "rich_text_quote": shape("elements", elements=_LEAVES, border=integer(0, 1)),
    "rich_text_preformatted": shape("elements", elements=_LEAVES, border=integer(0, 1)),
    "rich_text_list": shape(
        "style elements",
        style=one_of("bullet", "ordered"),
        elements=list_of(tagged({"rich_text_section": _SECTION}, "rich text element"), most=1000),
        indent=integer(0, 8),
        offset=integer(0, 10_000),
        border=integer(0, 1),
    ),
}


def _says_something(report: Report, pointer: str, value: object) -> None:
    if isinstance(value, dict) and value.get("text") is None and value.get("fields") is None:
        report.fail(pointer, "missing required field: text or fields")


def _tells_no_files(report: Report, pointer: str, value: object) -> None:
    if not isinstance(value, dict) or not value.get("dispatch_action"):
        return
    element = value.get("element")
    if isinstance(element, dict) and element.get("type") == "file_input":
        report.fail(f"{pointer}/element/type", "unsupported type: file_input with dispatch_action")


EVERYWHERE: dict[str, Check] = {
    "section": shape(
        "",
        _says_something,
        block_id=IDENT,
        text=text(3000),
        fields=list_of(text(2000), most=10),
        accessory=IN_SECTION,
        expand=boolean,
    ),
    "divider": shape("", block_id=IDENT),
    "header": shape("text", block_id=IDENT, text=plain(150)),
    "context": shape("elements", block_id=IDENT, elements=list_of(IN_CONTEXT, most=10)),
    "actions": shape("elements", block_id=IDENT, elements=list_of(IN_ACTIONS, most=25)),
    "image": image(block_id=IDENT, title=plain(2000)),
    "input": shape(
        "label element",
        _tells_no_files,
        block_id=IDENT,
        label=plain(2000),
        element=IN_INPUT,
        hint=plain(2000),
        optional=boolean,
        dispatch_action=boolean,
    ),
    "rich_text": shape(
        "elements",
        block_id=IDENT,
        elements=list_of(tagged(_RICH, "rich text element"), most=1000, least=0),
    ),
}
_CELL = tagged(
    {
        "rich_text": shape("elements", elements=list_of(tagged(_RICH, "rich text element"), most=1000)),
        "raw_text": shape("text", text=string(TABLE_TEXT)),
    },
    "table cell",
)
IN_MESSAGES = {
    **EVERYWHERE,
    "table": shape(
        "rows",
        block_id=IDENT,
        rows=list_of(list_of(_CELL, most=20), most=100),
        column_settings=list_of(
            shape("", align=one_of("left", "center", "right"), is_wrapped=boolean), most=20, least=0
        ),
    ),
}
IN_MODALS = {
    **EVERYWHERE,
    "alert": shape(
        "text",
        block_id=IDENT,
        text=text(3000),
        level=one_of("default", "info", "warning", "error", "success"),
    ),
}
_KNOWN = {"message": tagged(IN_MESSAGES, "block"), "home": tagged(EVERYWHERE, "block")}
_KNOWN["modal"] = tagged(IN_MODALS, "block")


def check_blocks(report: Report, blocks: object, *, surface: str, pointer: str = "/blocks") -> None:
    """`surface` is message, modal or home."""
    list_of(_KNOWN[surface], most=MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS, least=0)(
        report, pointer, blocks
    )
    _ids_are_single(report, objects(blocks), pointer)
    tables = [block for block in objects(blocks) if block.get("type") == "table"]
    if len(tables) > 1:
        report.fail(pointer, "only_one_table_allowed")
    if sum(len(words) for words in texts(tables)) > TABLE_TEXT:
        report.fail(pointer, f"a table's cells must be less than {TABLE_TEXT + 1} characters")


def accept_message_blocks(
    blocks: object, files: frozenset[str], new_id: Callable[[], str]
) -> list[dict[str, Any]]:
    """The blocks as Slack stores them: every block and element named. Refuses what Slack refuses."""
    report = Report(files)
    check_blocks(report, blocks, surface="message")
    if report.errors:
        raise Refused("invalid_blocks", errors=report.errors)
    if sum(len(words) for words in texts(blocks)) > BLOCKS_TEXT:
        raise Refused("msg_blocks_too_long")
    return with_ids(objects(blocks), new_id)


def with_ids(blocks: list[dict[str, Any]], new_id: Callable[[], str]) -> list[dict[str, Any]]:
    named = [{**block, "block_id": block.get("block_id") or new_id()} for block in blocks]
    for block in named:
        if "elements" in block and block["type"] == "actions":
            block["elements"] = [_named(element, new_id) for element in block["elements"]]
        for place in ("accessory", "element"):
            if isinstance(block.get(place), dict) and block[place].get("type") != "image":
                block[place] = _named(block[place], new_id)
    return named


def _named(element: dict[str, Any], new_id: Callable[[], str]) -> dict[str, Any]:
    return element if element.get("action_id") else {**element, "action_id": new_id()}


def elements_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The interactive elements of one block, in reading order."""
    found = objects(block.get("elements")) if block.get("type") == "actions" else []
    return found + objects([block.get("accessory"), block.get("element")])


def texts(value: object) -> Iterator[str]:
    """Every string under a `text` key, at any depth."""
    if isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name == "text" and isinstance(part, str):
                yield part
            else:
                yield from texts(part)


def _ids_are_single(report: Report, blocks: list[dict[str, Any]], pointer: str) -> None:
    seen: set[object] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name is not None and name in seen:
            report.fail(f"{pointer}/{index}/block_id", f"block_id {name} already exists")
        seen.add(name)
        _actions_are_single(report, block, f"{pointer}/{index}")


def _actions_are_single(report: Report, block: dict[str, Any], pointer: str) -> None:
    seen: set[object] = set()
    for index, element in enumerate(elements_of(block)):
        name = element.get("action_id")
        if name is not None and name in seen:
            report.fail(
                f"{pointer}/elements/{index}/action_id", f"action_id {name} already exists in this block"
            )
        seen.add(name)
