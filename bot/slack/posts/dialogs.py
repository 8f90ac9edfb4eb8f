"""Opening a post's dialogs. Whoever may not use one is refused before it opens, not after they typed."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.people import Person
from bot.domain.posts import Seen, Verb
from bot.domain.refusals import NoSuchPost, Outdated
from bot.domain.screens import EditForm, PostCard
from bot.services.posts.lifecycle import check_right
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import make_state_sentence
from bot.slack.context import ListenerContext
from bot.slack.ids import parse_post
from bot.slack.payloads import Click
from bot.slack.views.posts import dialogs


def open_edit(context: ListenerContext, click: Click) -> None:
    form = context.services.look(load_form, click.person, click.seen.post_id, Verb.EDIT)
    context.answers.open(click.trigger_id, dialogs.draw_edit_dialog(form))


def open_edit_from_home(context: ListenerContext, click: Click) -> None:
    form = context.services.look(load_form, click.person, parse_post(click.value), Verb.EDIT)
    context.answers.open(click.trigger_id, dialogs.draw_edit_dialog(form))


def open_pick_time(context: ListenerContext, click: Click) -> None:
    form = context.services.look(load_form, click.person, click.seen.post_id, Verb.MOVE)
    context.answers.open(click.trigger_id, dialogs.draw_pick_time_dialog(form))


def open_pick_time_from_home(context: ListenerContext, click: Click) -> None:
    form = context.services.look(load_form, click.person, parse_post(click.value), Verb.MOVE)
    context.answers.open(click.trigger_id, dialogs.draw_pick_time_dialog(form))


def open_hold(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card_for, click.person, click.seen, Verb.HOLD)
    context.answers.open(click.trigger_id, dialogs.draw_hold_dialog(card.number, click.seen))


def open_post_now(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card_for, click.person, click.seen, Verb.POST_NOW)
    context.answers.open(click.trigger_id, dialogs.draw_post_now_dialog(card.number, click.seen))


def open_approve_anyway(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card_for, click.person, click.seen, Verb.APPROVE)
    view = dialogs.draw_approve_anyway_dialog(card.number, click.seen, card.objections)
    context.answers.open(click.trigger_id, view)


def open_preview(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.seen.post_id)
    context.answers.open(click.trigger_id, dialogs.draw_preview_dialog(card))


def open_history(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.seen.post_id)
    rows = context.services.look(post_queries.list_history, click.seen.post_id)
    view = dialogs.draw_history_dialog(card.number, replace(click.seen, seq=card.seq), rows, context.place)
    context.answers.open(click.trigger_id, view)


def load_form(work: UnitOfWork, person: Person, post_id: str, verb: Verb) -> EditForm:
    """What Edit and Pick a new time open with: the post as it is now. Raises refusals."""
    check_right(work, person, verb)
    form = post_queries.load_edit_form(work, person, post_id)
    if form is None:
        raise NoSuchPost
    return form


def _card_for(work: UnitOfWork, person: Person, seen: Seen, verb: Verb) -> PostCard:
    """The post, if the person may do this to it and saw its present version."""
    check_right(work, person, verb)
    card = _card(work, seen.post_id)
    if card.seq != seen.seq:
        raise Outdated(state=make_state_sentence(work, seen.post_id))
    return card


def _card(work: UnitOfWork, post_id: str) -> PostCard:
    card = post_queries.load_card(work, post_id)
    if card is None:
        raise NoSuchPost
    return card
