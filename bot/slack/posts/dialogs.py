"""A post's dialogs: each opened, and below it what becomes of it when it is sent off.

Whoever may not use one is refused before it opens, not after they typed. Sending off answers with None, which closes
the dialog, or with another view in its place.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.people import Person
from bot.domain.posts import Seen, Verb
from bot.domain.refusals import DrillOver, FieldErrors, NoSuchPost, Outdated
from bot.domain.shown.post_screens import PostCard
from bot.services.deliveries import take_down
from bot.services.posts import review
from bot.services.posts.lifecycle import check_right
from bot.services.queries import history
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import make_state_sentence
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, format_seen, parse_post
from bot.slack.payloads import Click, Submit
from bot.slack.posts import forms
from bot.slack.posts.editing import load_form
from bot.slack.views.pause.lists import draw_take_down_dialog
from bot.slack.views.pause.sent import list_left_to_people, list_there
from bot.slack.views.posts import dialogs

Answer = dict[str, Any] | None


def open_pick_time(context: ListenerContext, click: Click) -> None:
    form = context.services.look(load_form, click.person, click.seen.post_id, Verb.MOVE)
    context.answers.open(click.trigger_id, dialogs.draw_pick_time_dialog(form, context.place))


def open_pick_time_from_home(context: ListenerContext, click: Click) -> None:
    form = context.services.look(load_form, click.person, parse_post(click.value), Verb.MOVE)
    context.answers.open(click.trigger_id, dialogs.draw_pick_time_dialog(form, context.place))


def submit_pick_time(context: ListenerContext, submit: Submit) -> Answer:
    slot = forms.read_slot(submit.values)
    if slot is None:
        raise FieldErrors({"slot": "Please pick a time."})
    context.services.do(review.move, submit.person, submit.seen, slot, submit.key)
    return None


def open_hold(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card_for, click.person, click.seen, Verb.HOLD)
    view = dialogs.draw_hold_dialog(card, context.place, *_begun_reason(context, click, Dialog.HOLD))
    context.answers.open(click.trigger_id, view)


def submit_hold(context: ListenerContext, submit: Submit) -> Answer:
    reason = forms.read_reason(submit.values)
    context.services.do_first(review.hold, submit.person, submit.seen, submit.key, reason=reason)
    return None


def open_post_now(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card_for, click.person, click.seen, Verb.POST_NOW)
    context.answers.open(click.trigger_id, dialogs.draw_post_now_dialog(card, context.place))


def submit_post_now(context: ListenerContext, submit: Submit) -> Answer:
    context.services.do(review.post_now, submit.person, submit.seen, submit.key)
    return None


def open_approve_anyway(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card_for, click.person, click.seen, Verb.APPROVE)
    reason = _begun_reason(context, click, Dialog.APPROVE_ANYWAY)
    view = dialogs.draw_approve_anyway_dialog(card, context.place, *reason)
    context.answers.open(click.trigger_id, view)


def submit_approve_anyway(context: ListenerContext, submit: Submit) -> Answer:
    because = forms.read_reason(submit.values)
    if not because:
        raise FieldErrors({"reason": "Please say why: it goes on record."})
    context.services.do(review.approve, submit.person, submit.seen, submit.key, anyway=because)
    return None


def _begun_reason(context: ListenerContext, click: Click, dialog: Dialog) -> tuple[str, datetime | None]:
    """The reason this person had typed there before, and when."""
    before = begun.find(context, click.person.id, dialog, format_seen(click.seen))
    reason = forms.read_reason(before.typed) if before else ""
    return reason, before.at if before and reason else None


def open_take_down(context: ListenerContext, click: Click) -> None:
    """From which of its accounts. Sent off it is a banner's ticks: `pause/handlers.py`."""
    card = context.services.look(_card_to_take_down, click.person, click.seen.post_id)
    context.answers.open(click.trigger_id, draw_take_down_dialog(card, context.place))


def open_preview(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.seen.post_id)
    context.answers.open(click.trigger_id, dialogs.draw_preview_dialog(card))


def open_history(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.seen.post_id)
    rows = context.services.look(history.list_history, click.seen.post_id)
    view = dialogs.draw_history_dialog(card.number, card.seen, rows, context.place)
    context.answers.open(click.trigger_id, view)


def close_dialog(_context: ListenerContext, _submit: Submit) -> Answer:
    """A dialog that is only read."""
    return None


def _card_for(work: UnitOfWork, person: Person, seen: Seen, verb: Verb) -> PostCard:
    """The post, if the person may do this to it and saw its present version."""
    check_right(work, person, verb, seen.post_id)
    card = _card(work, seen.post_id)
    if not seen.is_still(card.seen):
        raise Outdated(state=make_state_sentence(work, seen.post_id))
    return card


def _card_to_take_down(work: UnitOfWork, person: Person, post_id: str) -> PostCard:
    """The post, if the person may take it down, and there is something to be taken down."""
    card = _card(work, post_id)
    take_down.check_may(work, person, post_id)
    if not list_there(card) and not list_left_to_people(card):
        raise Outdated(state=make_state_sentence(work, post_id))
    return card


def _card(work: UnitOfWork, post_id: str) -> PostCard:
    card = post_queries.load_card(work, post_id)
    if card is None:
        raise NoSuchPost
    if card.drill_over:
        raise DrillOver
    return card
