"""A table in a message. Slack draws one a message, and none in dialogs or on Home; what it says stands in the message's
`text` as well, for whoever sees none.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.slack.views.blocks import Block, Part, words
from bot.slack.views.text import cut

ROWS, CELL = 100, 200  # with the header; characters


def draw_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    """Literal words, none of them empty; the first row is bold."""
    drawn = [[_cell(each, bold=True) for each in header]]
    drawn += [[_cell(each) for each in row] for row in rows[: ROWS - 1]]
    return {"type": "table", "rows": drawn, "column_settings": [{"is_wrapped": True}] * len(header)}


def _cell(text: str, *, bold: bool = False) -> Part:
    line = {"type": "rich_text_section", "elements": [words(cut(text, CELL), bold=bold)]}
    return {"type": "rich_text", "elements": [line]}
