"""Opening a post's dialogs. Whoever may not use one is refused before it opens, not after they typed."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.people import Person
from bot.domain.posts import Seen, Verb
from bot.domain.refusals import NoSuchPost, Outdated
from bot.domain.screens import EditForm, PostCard
from bot.services.posts.lifecycle import check_right
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import Work
from bot.services.wording import state_sentence
from bot.slack.context import Face
from bot.slack.ids import parse_post
from bot.slack.payloads import Click
from bot.slack.views.posts import dialogs


def edit(face: Face, click: Click) -> None:
    form = face.office.look(form_for, click.person, click.seen.post_id, Verb.EDIT)
    face.answers.open(click.trigger_id, dialogs.edit_modal(form))


def home_edit(face: Face, click: Click) -> None:
    form = face.office.look(form_for, click.person, parse_post(click.value), Verb.EDIT)
    face.answers.open(click.trigger_id, dialogs.edit_modal(form))


def pick_time(face: Face, click: Click) -> None:
    form = face.office.look(form_for, click.person, click.seen.post_id, Verb.MOVE)
    face.answers.open(click.trigger_id, dialogs.pick_time_modal(form))


def home_pick_time(face: Face, click: Click) -> None:
    form = face.office.look(form_for, click.person, parse_post(click.value), Verb.MOVE)
    face.answers.open(click.trigger_id, dialogs.pick_time_modal(form))


def hold(face: Face, click: Click) -> None:
    card = face.office.look(_card_for, click.person, click.seen, Verb.HOLD)
    face.answers.open(click.trigger_id, dialogs.hold_modal(card.number, click.seen))


def post_now(face: Face, click: Click) -> None:
    card = face.office.look(_card_for, click.person, click.seen, Verb.POST_NOW)
    face.answers.open(click.trigger_id, dialogs.post_now_modal(card.number, click.seen))


def approve_anyway(face: Face, click: Click) -> None:
    card = face.office.look(_card_for, click.person, click.seen, Verb.APPROVE)
    view = dialogs.approve_anyway_modal(card.number, click.seen, card.objections)
    face.answers.open(click.trigger_id, view)


def preview(face: Face, click: Click) -> None:
    card = face.office.look(_card, click.seen.post_id)
    face.answers.open(click.trigger_id, dialogs.preview_modal(card))


def history(face: Face, click: Click) -> None:
    card = face.office.look(_card, click.seen.post_id)
    rows = face.office.look(post_queries.history, click.seen.post_id)
    view = dialogs.history_modal(card.number, replace(click.seen, seq=card.seq), rows, face.place)
    face.answers.open(click.trigger_id, view)


def form_for(work: Work, person: Person, post_id: str, verb: Verb) -> EditForm:
    """What Edit and Pick a new time open with: the post as it is now. Raises refusals."""
    check_right(work, person, verb)
    form = post_queries.edit_form(work, person, post_id)
    if form is None:
        raise NoSuchPost
    return form


def _card_for(work: Work, person: Person, seen: Seen, verb: Verb) -> PostCard:
    """The post, if the person may do this to it and saw its present version."""
    check_right(work, person, verb)
    card = _card(work, seen.post_id)
    if card.seq != seen.seq:
        raise Outdated(state=state_sentence(work, seen.post_id))
    return card


def _card(work: Work, post_id: str) -> PostCard:
    card = post_queries.card(work, post_id)
    if card is None:
        raise NoSuchPost
    return card
