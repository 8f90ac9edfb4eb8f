"""Who is on shift, in words, and the dialogs that change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.duty import Turn
from bot.slack.ids import Act, Dialog, Field
from bot.slack.views.blocks import (
    Block,
    Message,
    Part,
    actions,
    button,
    moment_field,
    person_field,
    plain,
    said,
    small,
)
from bot.slack.views.posts.dialogs import draw_notice_dialog
from bot.slack.views.text import Place, listing, mention, spoken, when

IN_OWN_ZONE = "in your own time zone"


def tell_on_shift(turns: Sequence[Turn], following: Turn | None, place: Place) -> str:
    """mrkdwn: "@Maya until today at 13:00; next @Tom, from today at 13:00"."""
    if not turns:
        return f"nobody{_next(following, place)}"
    by_end: dict[datetime, list[str]] = {}
    for turn in turns:
        by_end.setdefault(turn.end, []).append(mention(turn.person))
    now = listing([f"{listing(people)} until {when(end, place)}" for end, people in sorted(by_end.items())])
    return f"{now}{_next(following, place)}"


def _next(following: Turn | None, place: Place) -> str:
    return f"; next {mention(following.person)}, from {when(following.start, place)}" if following else ""


def draw_duty(
    turns: Sequence[Turn], following: Turn | None, place: Place, *, mine: bool, may: bool, rota: bool
) -> Message:
    """The private answer to `/social duty`. `may`: this person may change it."""
    told = f"On shift: {tell_on_shift(turns, following, place)}."
    rings = "Whoever is on shift is notified of customers, and together with the approvers when something goes wrong."
    if not turns:
        rings = "Until somebody is, new messages of customers notify the approvers."
    pressed = [button(Act.ON_UNTIL, "I'm on until…", "-", "Say until when I am on shift")]
    pressed += [hand_over_button()] if mine else []
    blocks = [said(f"*{told}*"), said(rings), *([actions(*pressed)] if may else [])]
    if not rota and not turns:
        blocks.append(small("There is no weekly rota. Whoever runs Byhand can add one to the settings."))
    return Message(told, blocks)


def hand_over_button() -> Part:
    return button(Act.HAND_SHIFT, "Hand over to…", "-", "Hand the rest of my shift over")


def draw_on_until_dialog(begins: datetime | None = None) -> Block:
    drawn = [
        said("You are on shift from now until then."),
        moment_field(Field.UNTIL, f"Until when ({IN_OWN_ZONE})", begins, optional=False),
    ]
    return _dialog(Dialog.ON_UNTIL, "I'm on until…", drawn, "Save")


def draw_on_done(until: datetime, place: Place) -> Block:
    return draw_notice_dialog("I'm on until…", f"You are on shift until {when(until, place)}.")


def draw_away_done(until: datetime, place: Place) -> Block:
    return draw_notice_dialog("Away", f"You are off every shift until {when(until, place)}.")


def draw_away_answer(until: datetime, place: Place) -> Message:
    """To whoever typed it."""
    told = f"You are off every shift until {when(until, place)}."
    hint = "Nobody takes your shifts over. To hand over the one you have now: /social duty"
    return Message(told, [said(f"*{told}*"), small(hint)])


def draw_not_a_time(typed: str) -> Message:
    told = f"Byhand cannot read “{spoken(typed, 60)}” as a time, so nothing was changed."
    return Message(
        told, [said(told), small(f"For example: {listing(EXAMPLES)}. /social away alone lets you pick.")]
    )


EXAMPLES = ("/social away until 3 Dec", "/social away until Friday 13:00", "/social away until 18:00")


def draw_handed_over(turn: Turn, by: str, place: Place) -> Message:
    """By direct message to whoever has the shift now."""
    told = f"{mention(by)} handed their shift over to you: you are on shift until {when(turn.end, place)}."
    rings = "Whoever is on shift is notified of customers, and together with the approvers when something goes wrong."
    return Message(told, [said(f"*{told}*"), said(rings), small("/social duty shows and changes it.")])


def draw_hand_over_done(turn: Turn, place: Place) -> Block:
    told = (
        f"{mention(turn.person)} is on shift until {when(turn.end, place)}, and is told so by direct message."
    )
    return draw_notice_dialog("Hand over my shift", told)


def draw_hand_over_failed(turn: Turn) -> Message:
    """By direct message to whoever handed it over."""
    told = f"{mention(turn.person)} has your shift, but could not be told: Slack did not take the message."
    return Message(told, [said(f"{told} Please tell them yourself.")])


def draw_hand_over_dialog() -> Block:
    hint = "A full member of this workspace. They are told by direct message."
    drawn = [
        said("They take over now, until your shift would have ended."),
        person_field(Field.PERSON, "Who takes over?", hint=hint),
    ]
    return _dialog(Dialog.HAND_SHIFT, "Hand over my shift", drawn, "Hand over")


def draw_away_dialog(begins: datetime | None = None) -> Block:
    drawn = [
        said(
            "You are off every shift until then. Nobody takes yours over: hand it over first if somebody should."
        ),
        moment_field(Field.UNTIL, f"Away until ({IN_OWN_ZONE})", begins, optional=False),
    ]
    return _dialog(Dialog.AWAY, "I'm away", drawn, "Save")


def _dialog(which: Dialog, title: str, blocks: list[Block], submit: str) -> Block:
    return {
        "type": "modal", "callback_id": which.value, "title": plain(title, 24), "close": plain("Cancel", 24),
        "submit": plain(submit, 24), "blocks": blocks,
    }  # fmt: skip
