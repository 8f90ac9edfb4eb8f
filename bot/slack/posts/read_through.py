"""Asking for approvals before the cards are up, and reading through what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.people import Person
from bot.domain.refusals import NothingToAsk
from bot.domain.shown.post_screens import Ahead, UpcomingRow
from bot.services import approval_requests
from bot.services.posts import review
from bot.services.queries import approval_requests as request_queries
from bot.services.queries import posts as post_queries
from bot.services.queries import upcoming
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Malformed
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.posts import forms
from bot.slack.values.read_through import Page, format_read_page, parse_read_page, parse_request
from bot.slack.views.blocks import Message
from bot.slack.views.posts.read_through import (
    draw_asked,
    draw_asked_dialog,
    draw_read_through,
    draw_want_change,
)
from bot.store.posts.approval_requests import Request

Answer = dict[str, Any] | None


def ask(context: ListenerContext, typed: Typed) -> Message:
    """`/social ask [week|label|account]`; with no word, everything planned."""
    words = typed.rest or Ahead.ALL.value
    found = context.services.look(upcoming.list_wanted, words, typed.person)
    if found is None:
        raise NothingToAsk
    request = _ask(context, typed.person, found[0], typed.key)
    return draw_asked(len(request.post_ids))


def ask_from_home(context: ListenerContext, click: Click) -> None:
    found = context.services.look(upcoming.list_wanted, Ahead.ALL.value, click.person)
    request = _ask(context, click.person, found[0] if found else (), click.key)
    context.answers.open(click.trigger_id, draw_asked_dialog(len(request.post_ids)))


def _ask(context: ListenerContext, person: Person, rows: Sequence[UpcomingRow], key: str) -> Request:
    wanted = context.services.look(request_queries.list_to_ask, rows)
    return context.services.do(approval_requests.ask, person, wanted, key)


def open_read_through(context: ListenerContext, click: Click) -> None:
    request_id = parse_request(click.value)
    page = context.services.look(request_queries.begin_read_through, click.person, request_id)
    context.answers.open(click.trigger_id, draw_read_through(page, context.place))


def turn(context: ListenerContext, click: Click) -> None:
    """In that dialog: another post of it."""
    page = parse_read_page(click.value)
    context.answers.update(click.view_id, _draw(context, click.person, page.request_id, page.place))


def submit_read_through(context: ListenerContext, submit: Submit) -> Answer:
    """The words of this post are approved; the next one is shown."""
    page = parse_read_page(submit.metadata)
    if page.seen is None:
        return None
    context.services.do(review.approve_words, submit.person, page.seen, submit.key)
    view = _draw(context, submit.person, page.request_id, page.place + 1)
    return {"response_action": "update", "view": view}


def _draw(context: ListenerContext, person: Person, request_id: str, place: int) -> dict[str, Any]:
    page = context.services.look(request_queries.load_read_through, person, request_id, place)
    return draw_read_through(page, context.place)


def open_want_change(context: ListenerContext, click: Click) -> None:
    page = parse_read_page(click.value)
    if page.seen is None:
        raise Malformed("not a post of a request")
    card = context.services.look(post_queries.load_card, page.seen.post_id)
    if card is None:
        raise Malformed("no such post")
    reason, at = _begun(context, click.person.id, page)
    context.answers.push(click.trigger_id, draw_want_change(page, card, reason, at, context.place))


def _begun(context: ListenerContext, person: str, page: Page) -> tuple[str, datetime | None]:
    before = begun.find(context, person, Dialog.WANT_CHANGE, format_read_page(page))
    reason = forms.read_reason(before.typed) if before else ""
    return reason, before.at if before and reason else None


def submit_want_change(context: ListenerContext, submit: Submit) -> Answer:
    page = parse_read_page(submit.metadata)
    if page.seen is None:
        raise Malformed("not a post of a request")
    reason = forms.read_reason(submit.values)
    context.services.do(
        approval_requests.ask_for_change, submit.person, page.request_id, page.seen, reason, submit.key
    )
    return None
