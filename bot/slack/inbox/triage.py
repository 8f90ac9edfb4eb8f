"""What else is done with a conversation, a pile or a spike in a dialog: Done, Hand over, Erase, Close, Expected; and
what is only read. Each is opened, and below it is what becomes of it when it is sent off.
"""

from __future__ import annotations

from typing import Any

from bot.domain.conversations import Closing
from bot.domain.inbox_refusals import NobodyWaits, NoneToClose, NoSuchConversation, NothingKnown
from bot.domain.people import Person
from bot.domain.refusals import FieldErrors
from bot.domain.shown.inbox_screens import ConversationCard
from bot.services.inbox import erasure, ingest, lifecycle, triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.ids import Field, parse_conversation, parse_id
from bot.slack.inbox import forms
from bot.slack.payloads import Click, Submit
from bot.slack.values.pile import parse_pile_closing
from bot.slack.views.inbox import dialogs
from bot.store.inbox import conversations

Answer = dict[str, Any] | None


def open_done(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.person, click.value)
    _open(context, click, dialogs.draw_done_dialog(card, context.place))


def submit_done(context: ListenerContext, submit: Submit) -> Answer:
    closing = _why(submit)
    context.services.do(triage.close, submit.person, parse_conversation(submit.metadata), closing, submit.key)
    return None


def open_hand_over(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.person, click.value)
    _open(context, click, dialogs.draw_hand_over_dialog(card, context.place))


def submit_hand_over(context: ListenerContext, submit: Submit) -> Answer:
    """Whoever gets it has to be somebody who can answer."""
    picked = forms.read_person(submit.values)
    if picked is None:
        raise FieldErrors({Field.PERSON: "Please pick somebody."})
    to = context.directory.person(picked)
    context.services.do(triage.hand_over, submit.person, parse_conversation(submit.metadata), to, submit.key)
    return None


def open_erase(context: ListenerContext, click: Click) -> None:
    card = context.services.look(_card, click.person, click.value)
    _open(context, click, dialogs.draw_erase_dialog(card, context.place))


def submit_erase(context: ListenerContext, submit: Submit) -> Answer:
    context.services.do(erasure.erase, submit.person, parse_conversation(submit.metadata), submit.key)
    return None


def open_whole_message(context: ListenerContext, click: Click) -> None:
    words = context.services.look(
        conversation_queries.load_whole_message, click.person, parse_id(click.value)
    )
    _open(context, click, dialogs.draw_whole_message_dialog(words, context.place))


def open_pile_list(context: ListenerContext, click: Click) -> None:
    found = context.services.look(pile_queries.list_pile, parse_id(click.value))
    if not found.waiting:
        raise NobodyWaits
    _open(context, click, dialogs.draw_pile_list_dialog(found, context.place))


def open_close_pile(context: ListenerContext, click: Click) -> None:
    shown = context.services.look(pile_queries.load_pile_closing, click.person, parse_id(click.value))
    if shown is None:
        raise NoSuchConversation
    if not shown.seen:
        raise NoneToClose
    _open(context, click, dialogs.draw_close_pile_dialog(shown, context.place))


def submit_close_pile(context: ListenerContext, submit: Submit) -> Answer:
    closing = _why(submit)
    pile_id, seen = parse_pile_closing(submit.metadata)
    context.services.do(triage.close_pile, submit.person, pile_id, closing, seen, submit.key)
    return None


def _why(submit: Submit) -> Closing:
    closing = forms.read_closing(submit.values)
    if closing is None:
        raise FieldErrors({Field.CLOSING: "Please say why."})
    return closing


def open_expected(context: ListenerContext, click: Click) -> None:
    lifecycle.check_team(click.person)
    spike = context.services.look(inbox_queries.load_spike_card, parse_id(click.value))
    if spike is None:
        raise NothingKnown
    _open(context, click, dialogs.draw_expected_dialog(spike, context.place))


def submit_expected(context: ListenerContext, submit: Submit) -> Answer:
    until = forms.read_until(submit.values)
    if until is None:
        raise FieldErrors({Field.UNTIL: "Please pick a time."})
    context.services.do(ingest.mark_expected, submit.person, parse_id(submit.metadata), until, submit.key)
    return None


def _open(context: ListenerContext, click: Click, view: dict[str, object]) -> None:
    context.answers.open(click.trigger_id, view)


def _card(work: UnitOfWork, person: Person, value: str) -> ConversationCard:
    """What the question is about, for those who may read it."""
    lifecycle.check_team(person)
    conversation = conversations.load(work.db, parse_conversation(value))
    if conversation is None:
        raise NoSuchConversation
    lifecycle.check_access(person, conversation)
    card = conversation_queries.load_conversation_card(work, conversation.id)
    if card is None:
        raise NoSuchConversation
    return card
