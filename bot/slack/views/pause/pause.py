"""Pausing, for the one who does it: the dialog of [Pause publishing] and the private answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.gate import ALL
from bot.domain.shown.pause_screens import BannerView
from bot.slack.ids import Dialog, Field
from bot.slack.views.blocks import (
    ROOMS,
    TEXT,
    Block,
    Message,
    fit,
    plain,
    quote,
    said,
    select_field,
    small,
    text_field,
)
from bot.slack.views.pause.banner import last_words, lists, what
from bot.slack.views.posts.card_parts import REASON
from bot.slack.views.text import NOWHERE, Place, cut, mention, mentions, spoken, when

EVERYTHING = "Everything"


@dataclass(frozen=True)
class Told:
    """What the pause did, for its answer. `first` False: `by` had paused already."""

    first: bool
    by: str
    at: datetime
    reason: str  # of this pause
    channel: str  # where the banner goes: an id, or "#name"
    accounts: tuple[str, ...] = ()  # names a person can type, where the words named none
    up: bool = True  # the banner is there
    trouble: str | None = None  # why it cannot be put up, as mrkdwn
    approvers: tuple[str, ...] = ()  # whom to tell then


def draw_pause_answer(told: Told, shown: BannerView | None, place: Place = NOWHERE) -> Message:
    """Seen by its person alone: "Paused. I told #social.", and the banner's lists."""
    text = _first_words(told, shown, place)
    drawn = [said(f"*{text}*"), *_words(told)]
    if shown is None:
        return Message(cut(text, TEXT), drawn)
    end = said(last_words(shown))
    return Message(
        cut(text, TEXT),
        fit(lambda room: [*drawn, *lists(shown, room, place, pressable=True), end]),
    )


def draw_paused_dialog(told: Told, shown: BannerView | None, place: Place = NOWHERE) -> Block:
    """The same in a dialog, where no private message is possible: its buttons are on the banner."""
    drawn = [said(f"*{_first_words(told, shown, place)}*"), *_words(told)]
    if shown:
        drawn += lists(shown, ROOMS[2], place, pressable=False)
        drawn += [small("The message in the channel has the buttons."), said(last_words(shown))]
    view = {"type": "modal", "callback_id": Dialog.NOTICE.value, "title": plain("Paused", 24)}
    return {**view, "close": plain("Close", 24), "blocks": drawn[:100]}


def _first_words(told: Told, shown: BannerView | None, place: Place) -> str:
    everything = shown is None or shown.account is None
    if not told.first:
        which = "" if everything or shown is None else f" ({spoken(shown.scope, 60)})"
        return f"Already paused{which} by {mention(told.by)} {when(told.at, place)}."
    done = "Paused." if everything or shown is None else f"{spoken(what(shown))}."
    if told.trouble:
        return f"{done} Nobody else has been told: {told.trouble} {_whom_to_tell(told)}"
    if not told.up:
        missing = f"If it does not appear: {_whom_to_tell(told)}"
        return f"{done} The message for {_channel(told.channel)} is on its way. {missing}"
    return f"{done} I told {_channel(told.channel)}."


def _whom_to_tell(told: Told) -> str:
    return f"Tell {mentions(told.approvers)} yourself." if told.approvers else "Tell your team yourself."


def _channel(channel: str) -> str:
    return f"<#{channel}>" if channel[:1] in ("C", "G") and channel.isalnum() else spoken(channel, 80)


def _words(told: Told) -> list[Block]:
    """Words that name no account are the reason, and everything is paused: say so where that may surprise."""
    if not told.reason:
        return []
    drawn = [quote(told.reason, REASON, "…")]
    if told.accounts:
        names = ", ".join(spoken(name, 40) for name in told.accounts[:10])
        drawn.append(
            small(
                "Everything is paused, and those words are the reason. "
                f"For one account, begin with its name: {names}"
            )
        )
    return drawn


def draw_pause_dialog(accounts: Sequence[tuple[str, str]]) -> Block:
    """[Pause publishing] in Home. `accounts`: (name, title)."""
    options = [(EVERYTHING, ALL), *((title, name) for name, title in accounts if len(name) <= 75)]
    drawn = [
        said("*Everything stops at once.* What is being sent already is named. Nothing resumes by itself."),
        select_field(Field.SCOPE, "What", options[:100]),
        text_field(Field.REASON, "Why? Everybody in the channel reads it.", "", multiline=False),
    ]
    return {
        "type": "modal",
        "callback_id": Dialog.PAUSE.value,
        "title": plain("Pause publishing", 24),
        "close": plain("Cancel", 24),
        "submit": plain("Pause", 24),
        "blocks": drawn,
    }
