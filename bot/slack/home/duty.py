"""Shifts: `/social duty` says who is on, and its dialogs change it; `/social away`; [I'll be there] on a card."""

from __future__ import annotations

from functools import partial
from typing import Any

from bot.domain.duty import Turn
from bot.domain.people import Person, Right
from bot.domain.refusals import FieldErrors, NotOnShift
from bot.services import duty
from bot.services.pause.scope_words import fold
from bot.services.until_words import read_until as read_until_words
from bot.slack.context import ListenerContext
from bot.slack.ids import Field
from bot.slack.inbox.forms import read_person, read_until
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.transport.calls import Answered, Unknown
from bot.slack.views import usage
from bot.slack.views.answers import draw_sentence
from bot.slack.views.blocks import Message
from bot.slack.views.home.duty import (
    draw_away_answer,
    draw_away_dialog,
    draw_away_done,
    draw_duty,
    draw_hand_over_dialog,
    draw_hand_over_done,
    draw_hand_over_failed,
    draw_handed_over,
    draw_not_a_time,
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
    """ "/social away until 3 Dec" says it all; without a time one is picked in a dialog."""
    services = context.services
    services.look(duty.check_may_change, typed.person)
    if not fold(typed.rest):
        context.answers.open(typed.trigger_id, draw_away_dialog(services.look(duty.suggest_until)))
        return None
    until = read_until_words(typed.rest, services.policy.zone, services.clock.now())
    if until is None:
        return draw_not_a_time(typed.rest)
    try:
        services.do(duty.go_away, typed.person, until, typed.key)
    except FieldErrors as wrong:
        return draw_sentence(" ".join(wrong.fields.values()))
    return draw_away_answer(until, context.place)


def submit_away(context: ListenerContext, submit: Submit) -> Answer:
    until = _until(submit)
    context.services.do(duty.go_away, submit.person, until, submit.key)
    return _show(draw_away_done(until, context.place))


def open_on_until(context: ListenerContext, click: Click) -> None:
    context.services.look(duty.check_may_change, click.person)
    begins = context.services.look(duty.suggest_until)
    context.answers.open(click.trigger_id, draw_on_until_dialog(begins))


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
    turn = context.services.do(duty.hand_over, submit.person, to, submit.key)
    context.answers.later(partial(_tell, context, turn, submit.person))
    return _show(draw_hand_over_done(turn, context.place))


def _tell(context: ListenerContext, turn: Turn, by: Person) -> None:
    """Whoever has the shift now; where they cannot be told, whoever handed it over."""
    told = context.answers.send_directly(turn.person, draw_handed_over(turn, by.id, context.place))
    if not isinstance(told, Answered | Unknown):
        context.answers.send_directly(by.id, draw_hand_over_failed(turn))


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
