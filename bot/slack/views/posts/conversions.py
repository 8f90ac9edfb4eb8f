"""What a dialog offers for images that do not fit."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.preflight.conversions import Conversion, explain, name_button, suggest
from bot.domain.preflight.objections import Objection
from bot.slack.ids import Act
from bot.slack.views.blocks import Block, actions, bullets, button, small


def draw_offer(wanted: Sequence[Conversion], shown: Sequence[Objection]) -> list[Block]:
    """Why, unless that was `shown` above; what becomes of them, and the button."""
    if not wanted:
        return []
    known = {objection.sentence for objection in shown}
    why = [sentence for one in wanted for sentence in one.why if sentence.rstrip(".") not in known]
    text = name_button(wanted)
    return [
        *([bullets("Please fix first:", why)] if why else []),
        small(f"{suggest(wanted)} {explain(wanted)} Nothing is saved yet."),
        actions(button(Act.CONVERT, text, "-", f"{text}, here in the dialog")),
    ]
