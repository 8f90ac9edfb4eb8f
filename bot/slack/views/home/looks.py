"""Accounts whose comments Byhand cannot read: who looked there last, and [I've looked]."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.shown.by_hand import Unwatched
from bot.slack.ids import Act
from bot.slack.views.blocks import Block, button, lines, said, words
from bot.slack.views.text import Place, count, cut, mention, spoken, when

SHOWN = 10  # accounts
TITLE = 60  # characters
WHY = "Byhand cannot see comments there, so look there yourselves."
NEVER = "Nobody has said yet that they looked."


def draw_unwatched(
    unwatched: Sequence[Unwatched], place: Place, *, presses: bool = False, most: int = SHOWN
) -> list[Block]:
    """A row for each account. `presses`: this person may say that they looked."""
    drawn = [_row(one, place, presses=presses) for one in unwatched[:most]]
    if (left := len(unwatched) - most) > 0:
        drawn.append(lines([words(f"and {count(left, 'more account')} that Byhand does not read")]))
    return drawn


def _row(one: Unwatched, place: Place, *, presses: bool) -> Block:
    told = said(f"*Not watched:* {spoken(one.title, TITLE)}. {tell_last(one, place)} {WHY}")
    if not presses:
        return told
    spoken_words = f"I've looked at {cut(one.title, TITLE)}"
    return {**told, "accessory": button(Act.HOME_LOOKED, "I've looked", one.account, spoken_words)}


def tell_last(one: Unwatched, place: Place) -> str:
    """mrkdwn: "Last looked: @Maya today at 09:10."."""
    if one.by is None or one.at is None:
        return NEVER
    return f"Last looked: {mention(one.by)} {when(one.at, place)}."
