"""The inbox's dialogs: each opened, and below it what becomes of it when it is sent off.

Whoever may not use one is refused before it opens, not after they typed. Sending off answers with None, which closes
the dialog, or with another view in its place.
"""

from __future__ import annotations

from typing import Any

from bot.domain.conversations import Closing
from bot.domain.inbox_screens import DraftView
from bot.domain.people import Person
from bot.domain.refusals import FieldErrors, NoSuchConversation, NothingThere
from bot.services.inbox import erasure, ingest, lifecycle, replies, triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.ids import (
    Field,
    ReplyAbout,
    parse_conversation,
    parse_delivery,
    parse_draft,
    parse_id,
    parse_reply,
    parse_seen_conversation,
)
from bot.slack.inbox import forms
from bot.slack.inbox.plain_text import read_typed_text
from bot.slack.payloads import Click, Submit
from bot.slack.views.inbox import dialogs
from bot.slack.views.inbox.dialogs import draw_collision_dialog
from bot.store.inbox import conversations, drafts, sends
from bot.store.inbox.drafts import Draft
from bot.store.inbox.sends import Send

Answer = dict[str, Any] | None


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


def submit_reply(context: ListenerContext, submit: Submit) -> Answer:
    """Draft and Send in one: what stands in the dialog is what goes out, or it is shown first."""
    about = parse_reply(submit.metadata)
    text, alt = forms.read_reply(submit.values)
    typed, typed_alt = forms.read_reply(submit.typed)
    collided = context.services.do(
        replies.send_reply, submit.person, about.seen, read_typed_text(text), context.services.look(_image, about, alt),
        submit.key, draft_id=about.draft_id, corrects=about.corrects, typed=typed, typed_alt=typed_alt,
    )  # fmt: skip
    return _instead(context, collided)


def _image(work: UnitOfWork, about: ReplyAbout, alt: str | None) -> tuple[str, str | None] | None:
    """The image of what the dialog was opened from, with the description that was typed."""
    before: Draft | Send | None = drafts.load(work.db, about.draft_id) if about.draft_id else None
    if before is None and about.corrects:
        before = sends.find_of_delivery(work.db, about.corrects)
    return (before.image_sha256, alt) if before and before.image_sha256 and alt is not None else None


def submit_collision(context: ListenerContext, submit: Submit) -> Answer:
    """ "Send mine as well": they have seen what happened meanwhile."""
    draft_id, digest = parse_draft(submit.metadata)
    return _instead(
        context,
        context.services.do(replies.send_draft, submit.person, draft_id, digest, submit.key, in_spite=True),
    )


def _instead(context: ListenerContext, collided: DraftView | None) -> Answer:
    if collided is None:
        return None
    draw = draw_collision_dialog if collided.meanwhile else dialogs.draw_confirm_dialog
    return {"response_action": "update", "view": draw(collided, context.place)}


def open_done(context: ListenerContext, click: Click) -> None:
    conversation, number = context.services.look(_numbered, click.person, click.value)
    _open(context, click, dialogs.draw_done_dialog(conversation, number))


def submit_done(context: ListenerContext, submit: Submit) -> Answer:
    closing = _why(submit)
    context.services.do(triage.close, submit.person, parse_conversation(submit.metadata), closing, submit.key)
    return None


def open_hand_over(context: ListenerContext, click: Click) -> None:
    conversation, number = context.services.look(_numbered, click.person, click.value)
    _open(context, click, dialogs.draw_hand_over_dialog(conversation, number))


def submit_hand_over(context: ListenerContext, submit: Submit) -> Answer:
    """Whoever gets it has to be somebody who can answer."""
    picked = forms.read_person(submit.values)
    if picked is None:
        raise FieldErrors({Field.PERSON: "Please pick somebody."})
    to = context.directory.person(picked)
    context.services.do(triage.hand_over, submit.person, parse_conversation(submit.metadata), to, submit.key)
    return None


def open_erase(context: ListenerContext, click: Click) -> None:
    conversation, number = context.services.look(_numbered, click.person, click.value)
    _open(context, click, dialogs.draw_erase_dialog(conversation, number))


def submit_erase(context: ListenerContext, submit: Submit) -> Answer:
    context.services.do(erasure.erase, submit.person, parse_conversation(submit.metadata), submit.key)
    return None


def open_whole_message(context: ListenerContext, click: Click) -> None:
    words = context.services.look(
        conversation_queries.load_whole_message, click.person, parse_id(click.value)
    )
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


def submit_close_pile(context: ListenerContext, submit: Submit) -> Answer:
    closing = _why(submit)
    context.services.do(triage.close_pile, submit.person, parse_id(submit.metadata), closing, submit.key)
    return None


def _why(submit: Submit) -> Closing:
    closing = forms.read_closing(submit.values)
    if closing is None:
        raise FieldErrors({Field.CLOSING: "Please say why."})
    return closing


def open_expected(context: ListenerContext, click: Click) -> None:
    lifecycle.check_team(click.person)
    _open(context, click, dialogs.draw_expected_dialog(parse_id(click.value)))


def submit_expected(context: ListenerContext, submit: Submit) -> Answer:
    until = forms.read_until(submit.values)
    if until is None:
        raise FieldErrors({Field.UNTIL: "Please pick a time."})
    context.services.do(ingest.mark_expected, submit.person, parse_id(submit.metadata), until, submit.key)
    return None


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
    lifecycle.check_access(person, conversation)
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
