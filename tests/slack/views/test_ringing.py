"""Who is called is mentioned; who is only said to have done something is named."""

from __future__ import annotations

import pytest

from bot.slack.views.blocks import Message
from bot.slack.views.ringing import list_called, list_mentioned, ring_only

NAMES = {"U0MAYA": "Maya <!channel>", "U0TOM": "Tom"}
LINE = Message(
    "<@U0TOM> <@U0MAYA> closed it",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0MAYA> closed it for <@U0NEW>"}},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
            {"type": "user", "user_id": "U0MAYA", "style": {"bold": True}}, {"type": "text", "text": "<@U0MAYA>"},
        ]}]},
    ],
)  # fmt: skip


def test_only_those_called_are_mentioned() -> None:
    assert list_mentioned(LINE) == {"U0TOM", "U0MAYA", "U0NEW"}
    quiet = ring_only(LINE, {"U0TOM"}, NAMES)
    assert list_mentioned(quiet) == {"U0TOM", "U0NEW"}, (
        "whose name nobody has told us is mentioned all the same"
    )
    assert "<!channel>" not in quiet.text, "a name is nothing but a name"
    assert quiet.blocks[1]["elements"][0]["elements"] == [
        {"type": "text", "text": "Maya <!channel>", "style": {"bold": True}},
        {"type": "text", "text": "<@U0MAYA>"},
    ], "others' words are literal already"


def test_everybody_called_leaves_it_as_it_is() -> None:
    assert ring_only(LINE, {"U0TOM", "U0MAYA", "U0NEW"}, NAMES) == LINE


@pytest.mark.parametrize(
    ("values", "called"),
    [
        ({}, set()),
        ({"mention": ["U0TOM"], "by": "U0MAYA"}, {"U0TOM"}),
        ({"by": "U0MAYA", "to": "U0TOM"}, {"U0TOM"}),
        ({"by": "U0MAYA", "to": "U0MAYA"}, set()),
        ({"by": "U0MAYA", "from": "U0TOM"}, {"U0TOM"}),
    ],
)
def test_whom_a_line_calls(values: dict[str, object], called: set[str]) -> None:
    assert list_called(values) == called
