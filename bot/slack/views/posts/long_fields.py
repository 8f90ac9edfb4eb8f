"""Fields for words that may be longer than a field, in dialogs that may be larger than Slack takes.

A field that showed only the beginning would cut the words when the dialog is sent off: it gets none, and what reads the
dialog keeps the words as they are.
"""

from __future__ import annotations

from bot.slack.views.blocks import INPUT_TEXT, VIEW_BLOCKS, VIEW_BYTES, Block, lines, text_field, words
from bot.slack.views.posts.dialogs import weigh
from bot.slack.views.quotes import first_words
from bot.slack.views.text import length, pieces

STAYS = "is too long to be edited in Slack. It stays as it is"
NOT_ALL = "… and more than a dialog can show."
TOO_LONG = "It is longer than 3,000 characters: only its beginning came along."


def words_field(
    block_id: str, label: str, value: str, *, hint: str = "", optional: bool = True, multiline: bool = True,
    where: str = "",
) -> Block:  # fmt: skip
    """`where` its words can be read whole: "; Preview shows it"."""
    if length(value) > INPUT_TEXT:
        return _no_field(label, value, where)
    return text_field(block_id, label, value, hint=hint, optional=optional, multiline=multiline)


def lightened(drawn: list[Block], where: str = "") -> list[Block]:
    """At most 250 kB: the longest texts lose their fields, and a sentence says that they stay as they are."""
    while weigh(drawn) > VIEW_BYTES:
        heaviest = max(drawn, key=lambda block: weigh([block]) if block["type"] == "input" else 0)
        if not heaviest.get("element", {}).get("initial_value"):
            break
        drawn = [_lighter(each, where) if each is heaviest else each for each in drawn]
    return drawn


def shortened(shown: list[Block], rest: list[Block]) -> list[Block]:
    """As much of what is only shown as there is room for beside the rest."""
    whole = len(shown)
    while shown and (len(shown) + len(rest) >= VIEW_BLOCKS or weigh(shown) + weigh(rest) > VIEW_BYTES):
        shown = shown[:-1]
    return shown if len(shown) == whole else [*shown, lines([words(NOT_ALL)])]


def cut_to_field(text: str) -> tuple[str, tuple[str, ...]]:
    """Words from elsewhere as far as a field can hold them, and a sentence where that is not all."""
    if length(text) <= INPUT_TEXT:
        return text, ()
    return pieces(text, INPUT_TEXT)[0], (TOO_LONG,)


def _lighter(field: Block, where: str) -> Block:
    return _no_field(field["label"]["text"], field["element"]["initial_value"], where)


def _no_field(label: str, value: str, where: str) -> Block:
    return lines([words(f"{label}: ", bold=True), words(f"{first_words(value)} {STAYS}{where}.")])
