"""Opening the inbox's dialogs. Whoever may not use one is refused before it opens, not after they typed."""

from __future__ import annotations

from bot.domain.people import Person
from bot.domain.refusals import NoSuchConversation, NothingThere
from bot.services.inbox import lifecycle
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.ids import parse_conversation, parse_delivery, parse_draft, parse_id, parse_seen_conversation
from bot.slack.payloads import Click
from bot.slack.views.inbox import dialogs
from bot.store.inbox import conversations, drafts, sends


def open_reply(context: ListenerContext, click: Click) -> None:
    seen = parse_seen_conversation(click.value)
    form = context.services.look(conversation_queries.load_reply_form, click.person, seen.conversation_id)
    _open(context, click, dialogs.draw_reply_dialog(form, context.place, _channel(click)))


def open_description(context: ListenerContext, click: Click) -> None:
    """Reply with the words and the image of a draft, to say what the image shows."""
    draft_id, _ = parse_draft(click.value)
    conversation = context.services.look(_of_draft, draft_id)
    form = context.services.look(
        conversation_queries.load_reply_form, click.person, conversation, draft_id=draft_id
    )
    _open(context, click, dialogs.draw_reply_dialog(form, context.place, _channel(click)))


def open_correction(context: ListenerContext, click: Click) -> None:
    """Reply with the words that were sent, to send others in their place."""
    delivery_id = parse_delivery(click.value)
    conversation = context.services.look(_of_delivery, delivery_id)
    form = context.services.look(
        conversation_queries.load_reply_form, click.person, conversation, corrects=delivery_id
    )
    _open(context, click, dialogs.draw_reply_dialog(form, context.place, _channel(click)))


def open_done(context: ListenerContext, click: Click) -> None:
    conversation, number = context.services.look(_numbered, click.person, click.value)
    _open(context, click, dialogs.draw_done_dialog(conversation, number))


def open_hand_over(context: ListenerContext, click: Click) -> None:
    conversation, number = context.services.look(_numbered, click.person, click.value)
    _open(context, click, dialogs.draw_hand_over_dialog(conversation, number))


def open_erase(context: ListenerContext, click: Click) -> None:
    conversation, number = context.services.look(_numbered, click.person, click.value)
    _open(context, click, dialogs.draw_erase_dialog(conversation, number))


def open_whole_message(context: ListenerContext, click: Click) -> None:
    words = context.services.look(conversation_queries.load_line_words, parse_id(click.value))
    if words is None:
        raise NoSuchConversation
    _open(context, click, dialogs.draw_whole_message_dialog(words, context.place))


def open_pile_list(context: ListenerContext, click: Click) -> None:
    rows = context.services.look(inbox_queries.list_pile, parse_id(click.value))
    _open(context, click, dialogs.draw_pile_list_dialog(rows, context.place))


def open_close_pile(context: ListenerContext, click: Click) -> None:
    lifecycle.check_team(click.person)
    pile = context.services.look(inbox_queries.load_pile_card, parse_id(click.value))
    if pile is None:
        raise NoSuchConversation
    _open(context, click, dialogs.draw_close_pile_dialog(pile.pile_id, pile.kind))


def open_expected(context: ListenerContext, click: Click) -> None:
    lifecycle.check_team(click.person)
    _open(context, click, dialogs.draw_expected_dialog(parse_id(click.value)))


def _open(context: ListenerContext, click: Click, view: dict[str, object]) -> None:
    context.answers.open(click.trigger_id, view)


def _channel(click: Click) -> str | None:
    return click.there.channel if click.there else None


def _numbered(work: UnitOfWork, person: Person, value: str) -> tuple[str, int]:
    """The conversation's id, and what people call it."""
    lifecycle.check_team(person)
    conversation = conversations.load(work.db, parse_conversation(value))
    if conversation is None:
        raise NoSuchConversation
    return conversation.id, conversation.number


def _of_draft(work: UnitOfWork, draft_id: str) -> str:
    draft = drafts.load(work.db, draft_id)
    if draft is None:
        raise NothingThere
    return draft.conversation_id


def _of_delivery(work: UnitOfWork, delivery_id: str) -> str:
    sent = sends.find_of_delivery(work.db, delivery_id)
    if sent is None:
        raise NothingThere
    return sent.conversation_id
