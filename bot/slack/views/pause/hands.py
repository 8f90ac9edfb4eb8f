"""The direct message to whoever is posting something by hand when publishing is paused: please stop."""

from __future__ import annotations

from bot.domain.deliveries import State
from bot.domain.shown.by_hand import InHand, StopView
from bot.domain.shown.state_words import describe_who_paused
from bot.slack.views.blocks import (
    TEXT,
    Block,
    Message,
    Part,
    lines,
    link,
    moment,
    said,
    say_reason,
    words,
)
from bot.slack.views.posts.card_parts import REASON
from bot.slack.views.quotes import first_words
from bot.slack.views.text import NOWHERE, TIME, Place, count, cut, listing, mention, permalink, spoken, when

SHOWN = 5  # posts
TITLE = 60  # characters
_SAID = {State.SENT: "it is up", State.DROPPED: "not posted"}


def draw_stop(view: StopView, place: Place = NOWHERE) -> Message:
    """Drawn again when somebody says how it went, and when the pause is over."""
    asked = not view.over and bool(view.left)
    first = f"{_ask(view)} {_why(view, place)}" if asked else _over(view)
    in_order = sorted(view.hands, key=lambda one: one.state.final)
    rows = [_row(one, place) for one in in_order[:SHOWN]]
    if (left := len(view.hands) - SHOWN) > 0:
        rows.append([words(f"and {count(left, 'more post')}")])
    told = said(f"*{_ask(view)}* {_why(view, place)}") if asked else said(f"*{first}*")
    drawn: list[Block] = [told, *([lines(*rows)] if rows else [])]
    if asked:
        drawn += [say_reason(view.reason, REASON)] if view.reason else []
        its, it = ("its card", "it is") if len(view.left) == 1 else ("their cards", "they are")
        drawn.append(said(f"Please say on {its} whether {it} up. {LATER}"))
    return Message(cut(first, TEXT), drawn)


LATER = (
    "If nobody does, you are asked again. What is up already can be taken down from the message of the pause."
)


def _ask(view: StopView) -> str:
    where = cut(listing(list(dict.fromkeys(spoken(one.title, TITLE) for one in view.left))), 300)
    return f"Please stop: do not post on {where}."


def _why(view: StopView, place: Place) -> str:
    return f"{describe_who_paused(spoken(view.sentence), mention(view.by), when(view.at, place))}."


def _over(view: StopView) -> str:
    if view.left:
        return "The pause is over. Please say on the card how it went."
    return "You were asked to stop. Nothing is left to do here."


def _row(one: InHand, place: Place) -> list[Part]:
    row = [
        words(f"{cut(one.title, TITLE)}: ", bold=True),
        words(f"{first_words(one.text)} (post {one.number})"),
    ]
    if one.state in _SAID:
        row.append(words(f", {_SAID[one.state]}"))
    elif one.since:
        row += [words(", yours since "), moment(one.since, place, TIME)]
    return [*row, words(": "), link(permalink(one.card, place), "open its card")] if one.card else row
