"""Would Slack take this? The SDK's own models first, then what they let pass.

Limits are those of Slack's Block Kit reference; a message's total size is not documented (about 13,000
characters, counted here as JSON, which is never less than what Slack can mean). Lengths count UTF-16 units.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.slack.views.blocks import Message

SHORT = {  # (type of object, key) -> characters
    ("section", "text"): 3000,
    ("context", "elements"): 3000,
    ("header", "text"): 150,
    ("button", "text"): 75,
    ("button", "accessibility_label"): 75,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("option", "text"): 75,
    ("option", "value"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("image", "alt_text"): 2000,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("plain_text_input", "initial_value"): 3000,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("modal", "private_metadata"): 3000,
    ("link", "url"): 3000,
}
MOST = {
    "actions": 25,
    "context": 10,
    "overflow": 5,
    "radio_buttons": 10,
    "checkboxes": 10,
    "static_select": 100,
}


def check_message(message: Message) -> None:
    """Raises AssertionError, saying where."""
    assert 0 < units(message.text) <= 4000, "chat.update refuses a text over 4000"
    blocks = message.blocks
    assert 0 < len(blocks) <= 50, f"{len(blocks)} blocks in a message"
    assert len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) <= 13_000, "msg_blocks_too_long"
    assert not [block for block in blocks if block["type"] == "input"], "an input in a message"
    assert sum(block["type"] == "table" for block in blocks) <= 1, "two tables in a message"
    _same_for_the_sdk(blocks)
    _check_each(blocks)


def check_view(view: dict[str, Any]) -> None:
    """A modal or App Home. Raises AssertionError, saying where."""
    blocks = view["blocks"]
    assert 0 < len(blocks) <= 100, f"{len(blocks)} blocks in a view"
    assert len(json.dumps(view)) <= 250_000, "a view over 250 kB"
    assert _bare(View(**view).to_dict()) == _bare(view), "the SDK's model dropped something"
    assert not [block for block in blocks if block["type"] == "table"], "a table in a view"
    has_input = any(block["type"] == "input" for block in blocks)
    assert not has_input or "submit" in view, "an input without a submit"
    assert units(view.get("callback_id", "")) <= 255
    if view["type"] == "modal":
        _check_lengths("modal", view, "view")
    _same_for_the_sdk(blocks)
    _check_each(blocks)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def walk(value: Any, kind: str = "", path: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every object in blocks: (its type, or the key it stands under; the object; where it is)."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from walk(each, "option" if kind == "options" else kind, f"{path}/{index}")
    elif isinstance(value, dict):
        yield value.get("type") or ("option" if kind == "initial_option" else kind), value, path
        for name, part in value.items():
            yield from walk(part, name, f"{path}/{name}")


def _same_for_the_sdk(blocks: list[dict[str, Any]]) -> None:
    parsed = [block.to_dict() for block in Block.parse_all(blocks)]
    assert _bare(parsed) == _bare(blocks), "the SDK's models dropped something"


def _bare(value: Any) -> Any:
    """Through JSON: tuples are lists, enums their values."""
    return json.loads(json.dumps(value))


def _check_each(blocks: list[dict[str, Any]]) -> None:
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    assert not [name for name, times in names.items() if times > 1], "a block_id twice"
    for block in blocks:
        assert units(block.get("block_id", "")) <= 255
        acts = Counter(each["action_id"] for _, each, _ in walk(block) if "action_id" in each)
        assert not [name for name, times in acts.items() if times > 1], "an action_id twice in a block"
    for kind, each, path in walk(blocks):
        _check_lengths(kind, each, path)
        _check_shape(kind, each, path)


def _check_lengths(kind: str, each: dict[str, Any], path: str) -> None:
    for name, part in each.items():
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str) and (kind, name) in SHORT:
            assert units(text) <= SHORT[kind, name], f"{path}/{name}: {units(text)} characters in a {kind}"
    if "text" in each and isinstance(each["text"], str):
        assert each["text"], f"{path}: an empty text"
        assert kind not in ("mrkdwn", "plain_text") or units(each["text"]) <= 3000, path
    for name in ("action_id", "callback_id"):
        assert units(each.get(name, "")) <= 255, f"{path}/{name}"


def _check_shape(kind: str, each: dict[str, Any], path: str) -> None:
    rows = each.get(
        "options" if kind in ("overflow", "radio_buttons", "checkboxes", "static_select") else "elements"
    )
    assert rows is None or rows, f"{path}: nothing in it"
    assert rows is None or len(rows) <= MOST.get(kind, 1000), f"{path}: {len(rows)} in a {kind}"
    if kind == "table":
        assert 0 < len(each["rows"]) <= 100, f"{path}: {len(each['rows'])} rows"
        assert all(0 < len(row) <= 20 for row in each["rows"]), path
    if kind in ("button", "overflow", "header"):
        texts = [part for _, part, _ in walk(each) if part.get("type") == "mrkdwn"]
        assert not texts, f"{path}: mrkdwn in a {kind}"
    if kind == "button":
        assert each.get("accessibility_label"), f"{path}: a button a screen reader cannot tell from others"
    if kind == "image":
        assert each["alt_text"], f"{path}: an image without alt text"
        assert ("slack_file" in each) != ("image_url" in each)
    if kind == "datetimepicker" and "initial_date_time" in each:
        assert len(str(each["initial_date_time"])) == 10
    if kind == "plain_text_input":
        assert each.get("max_length", 1) <= 3000
