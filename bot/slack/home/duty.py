"""Shifts: `/social duty` says who is on, and its dialogs change it; `/social away`; [I'll be there] on a card."""

from __future__ import annotations

from typing import Any

from bot.domain.people import Person, Right
from bot.domain.refusals import FieldErrors, NotOnShift
from bot.services import duty
from bot.services.pause.scope_words import fold
from bot.slack.context import ListenerContext
from bot.slack.ids import Field
from bot.slack.inbox.forms import read_person, read_until
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.views import usage
from bot.slack.views.blocks import Message
from bot.slack.views.home.duty import (
    draw_away_dialog,
    draw_away_done,
    draw_duty,
    draw_hand_over_dialog,
    draw_on_done,
    draw_on_until_dialog,
)

Answer = dict[str, Any] | None


def show_duty(context: ListenerContext, typed: Typed) -> Message:
    """Who is on shift, and who comes next."""
    if fold(typed.rest):
        return usage.draw_unknown_words("duty", typed.rest, ())
    look = context.services.look
    turns, following = look(duty.list_on_shift), look(duty.find_next)
    may = typed.person.may(Right.TEAM)
    mine = typed.person.id in [turn.person for turn in turns]
    return draw_duty(
        turns, following, context.place, mine=mine, may=may, rota=bool(context.services.policy.rota)
    )


def open_away(context: ListenerContext, typed: Typed) -> Message | None:
    """When somebody is away, they say so in a dialog: a moment is picked, not typed."""
    if fold(typed.rest):
        return usage.draw_unknown_words("away", typed.rest, ())
    context.services.look(duty.check_may_change, typed.person)
    context.answers.open(typed.trigger_id, draw_away_dialog())
    return None


def submit_away(context: ListenerContext, submit: Submit) -> Answer:
    until = _until(submit)
    context.services.do(duty.go_away, submit.person, until, submit.key)
    return _show(draw_away_done(until, context.place))


def open_on_until(context: ListenerContext, click: Click) -> None:
    context.services.look(duty.check_may_change, click.person)
    context.answers.open(click.trigger_id, draw_on_until_dialog())


def submit_on_until(context: ListenerContext, submit: Submit) -> Answer:
    until = _until(submit)
    context.services.do(duty.take_shift, submit.person, until, submit.key)
    return _show(draw_on_done(until, context.place))


def open_hand_over(context: ListenerContext, click: Click) -> None:
    """Only for whoever is on shift."""
    if not _is_on(context, click.person):
        raise NotOnShift
    context.answers.open(click.trigger_id, draw_hand_over_dialog())


def submit_hand_over(context: ListenerContext, submit: Submit) -> Answer:
    picked = read_person(submit.values)
    if picked is None:
        raise FieldErrors({Field.PERSON: "Please pick somebody."})
    to = context.directory.person(picked)
    context.services.do(duty.hand_over, submit.person, to, submit.key)
    return None


def be_there(context: ListenerContext, click: Click) -> None:
    context.services.do(duty.be_there, click.person, click.seen, click.key)


def _show(view: dict[str, Any]) -> Answer:
    """What was done, in the dialog that asked for it: a dialog has no channel to answer in."""
    return {"response_action": "update", "view": view}


def _is_on(context: ListenerContext, person: Person) -> bool:
    return person.id in [turn.person for turn in context.services.look(duty.list_on_shift)]


def _until(submit: Submit) -> Any:
    until = read_until(submit.values)
    if until is None:
        raise FieldErrors({Field.UNTIL: "Please pick a time."})
    return until
