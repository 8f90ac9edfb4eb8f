"""Opening the inbox's dialogs. Whoever may not use one is refused before it opens, not after they typed."""

from __future__ import annotations

from bot.domain.people import Person
from bot.domain.refusals import NoSuchConversation, NothingThere
from bot.services.inbox import lifecycle
from bot.services.queries import inbox as inbox_queries
from bot.services.unit_of_work import Work
from bot.slack.context import Face
from bot.slack.ids import parse_conversation, parse_delivery, parse_draft, parse_id, parse_talk
from bot.slack.payloads import Click
from bot.slack.views.inbox import dialogs
from bot.store.inbox import conversations, drafts, sends


def reply(face: Face, click: Click) -> None:
    seen = parse_talk(click.value)
    form = face.office.look(inbox_queries.reply_form, click.person, seen.conversation_id)
    _open(face, click, dialogs.reply_modal(form, face.place, _channel(click)))


def describe(face: Face, click: Click) -> None:
    """Reply with the words and the image of a draft, to say what the image shows."""
    draft_id, _ = parse_draft(click.value)
    talk = face.office.look(_of_draft, draft_id)
    form = face.office.look(inbox_queries.reply_form, click.person, talk, draft_id=draft_id)
    _open(face, click, dialogs.reply_modal(form, face.place, _channel(click)))


def correct(face: Face, click: Click) -> None:
    """Reply with the words that were sent, to send others in their place."""
    delivery_id = parse_delivery(click.value)
    talk = face.office.look(_of_delivery, delivery_id)
    form = face.office.look(inbox_queries.reply_form, click.person, talk, corrects=delivery_id)
    _open(face, click, dialogs.reply_modal(form, face.place, _channel(click)))


def done(face: Face, click: Click) -> None:
    talk, number = face.office.look(_numbered, click.person, click.value)
    _open(face, click, dialogs.done_modal(talk, number))


def hand_over(face: Face, click: Click) -> None:
    talk, number = face.office.look(_numbered, click.person, click.value)
    _open(face, click, dialogs.hand_over_modal(talk, number))


def erase(face: Face, click: Click) -> None:
    talk, number = face.office.look(_numbered, click.person, click.value)
    _open(face, click, dialogs.erase_modal(talk, number))


def show_all(face: Face, click: Click) -> None:
    words = face.office.look(inbox_queries.line_words, parse_id(click.value))
    if words is None:
        raise NoSuchConversation
    _open(face, click, dialogs.whole_modal(words, face.place))


def pile_list(face: Face, click: Click) -> None:
    rows = face.office.look(inbox_queries.pile_list, parse_id(click.value))
    _open(face, click, dialogs.pile_list_modal(rows, face.place))


def close_pile(face: Face, click: Click) -> None:
    lifecycle.check_team(click.person)
    pile = face.office.look(inbox_queries.pile_card, parse_id(click.value))
    if pile is None:
        raise NoSuchConversation
    _open(face, click, dialogs.close_pile_modal(pile.pile_id, pile.kind))


def expected(face: Face, click: Click) -> None:
    lifecycle.check_team(click.person)
    _open(face, click, dialogs.expected_modal(parse_id(click.value)))


def _open(face: Face, click: Click, view: dict[str, object]) -> None:
    face.answers.open(click.trigger_id, view)


def _channel(click: Click) -> str | None:
    return click.there.channel if click.there else None


def _numbered(work: Work, person: Person, value: str) -> tuple[str, int]:
    """The conversation's id, and what people call it."""
    lifecycle.check_team(person)
    talk = conversations.load(work.db, parse_conversation(value))
    if talk is None:
        raise NoSuchConversation
    return talk.id, talk.number


def _of_draft(work: Work, draft_id: str) -> str:
    draft = drafts.load(work.db, draft_id)
    if draft is None:
        raise NothingThere
    return draft.conversation_id


def _of_delivery(work: Work, delivery_id: str) -> str:
    sent = sends.of_delivery(work.db, delivery_id)
    if sent is None:
        raise NothingThere
    return sent.conversation_id
