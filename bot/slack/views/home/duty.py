"""Who is on shift, in words, and the dialogs that change it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.duty import Turn
from bot.slack.ids import Act, Dialog, Field
from bot.slack.views.blocks import (
    Block,
    Message,
    actions,
    button,
    moment_field,
    person_field,
    plain,
    said,
    small,
)
from bot.slack.views.text import Place, listing, mention, when

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
    turns: Sequence[Turn], following: Turn | None, place: Place, *, mine: bool, rota: bool
) -> Message:
    """The private answer to `/social duty`."""
    told = f"On shift: {tell_on_shift(turns, following, place)}."
    rings = "Whoever is on shift is notified of customers, and together with the approvers when something goes wrong."
    if not turns:
        rings = "While nobody is on shift, the approvers are notified of customers."
    pressed = [button(Act.ON_UNTIL, "I'm on until…", "-", "Say until when I am on shift")]
    pressed += (
        [button(Act.HAND_SHIFT, "Hand over to…", "-", "Hand the rest of my shift over")] if mine else []
    )
    blocks = [said(f"*{told}*"), said(rings), actions(*pressed)]
    blocks += [] if rota else [small("No rota is set. Whoever runs Byhand can set one in [duty] rota.")]
    return Message(told, blocks)


def draw_on_until_dialog() -> Block:
    drawn = [
        said("You are on shift from now on, whatever the rota says."),
        moment_field(Field.UNTIL, f"Until when ({IN_OWN_ZONE})", None, optional=False),
    ]
    return _dialog(Dialog.ON_UNTIL, "I'm on until…", drawn, "Save")


def draw_hand_over_dialog() -> Block:
    """They are told by nobody but the person who hands over."""
    hint = "A full member of this workspace, no guest. Please tell them yourself."
    drawn = [
        said("They are on shift from now on, until yours would have ended; you are not."),
        person_field(Field.PERSON, "Who takes over?", hint=hint),
    ]
    return _dialog(Dialog.HAND_SHIFT, "Hand over my shift", drawn, "Hand over")


def draw_away_dialog() -> Block:
    drawn = [
        said("You are on no shift until then, whatever the rota says. Nobody takes yours over by this."),
        moment_field(Field.UNTIL, f"Away until ({IN_OWN_ZONE})", None, optional=False),
    ]
    return _dialog(Dialog.AWAY, "I'm away", drawn, "Save")


def _dialog(which: Dialog, title: str, blocks: list[Block], submit: str) -> Block:
    return {
        "type": "modal", "callback_id": which.value, "title": plain(title, 24), "close": plain("Cancel", 24),
        "submit": plain(submit, 24), "blocks": blocks,
    }  # fmt: skip
