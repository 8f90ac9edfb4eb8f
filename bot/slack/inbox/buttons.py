"""The buttons of the inbox that act at once. Refusals pass through to `answers.py`."""

from __future__ import annotations

from bot.domain.inbox_screens import DraftView
from bot.services.inbox import ingest, replies, triage
from bot.services.pause import pause
from bot.services.queries import inbox as inbox_queries
from bot.slack.context import Face
from bot.slack.ids import parse_conversation, parse_delivery, parse_draft, parse_id, parse_scope
from bot.slack.payloads import Click, Where
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.draft import draft_message, kept_note, sent_note

# --- who has it --------------------------------------------------------------------------------------


def take(face: Face, click: Click) -> None:
    face.office.do(triage.take, click.person, parse_conversation(click.value), click.key)


def reopen(face: Face, click: Click) -> None:
    face.office.do(triage.reopen, click.person, parse_conversation(click.value), click.key)


def next_for_me(face: Face, click: Click) -> None:
    """The one of a pile that waits longest, taken; its card comes at the end of the channel."""
    conversation_id = face.office.do(triage.next_for_me, click.person, parse_id(click.value), click.key)
    card = face.office.look(inbox_queries.talk_card, conversation_id)
    if card is not None and click.there is not None:
        told = f"Conversation {card.number} is yours. Its card is at the end of this channel."
        face.answers.tell(click.there, told)


def bring_in(face: Face, click: Click) -> None:
    face.office.do(ingest.bring_in, click.person, parse_scope(click.value), click.key)


def leave_out(face: Face, click: Click) -> None:
    face.office.do(ingest.leave, click.person, parse_scope(click.value), click.key)


def spike_pause(face: Face, click: Click) -> None:
    """Suggested because of complaints, pressed by a person: a pause of that account like any other."""
    spike = face.office.look(inbox_queries.spike_card, parse_id(click.value))
    if spike is not None:
        face.office.do_first(pause.pause, click.person, spike.account, "many complaints", click.key)


# --- Send --------------------------------------------------------------------------------------------


def send(face: Face, click: Click) -> None:
    draft_id, digest = parse_draft(click.value)
    _answered(face, click, face.office.do(replies.send, click.person, draft_id, digest, click.key))


def send_anyway(face: Face, click: Click) -> None:
    """ "Send mine as well": they have seen what happened meanwhile."""
    draft_id, digest = parse_draft(click.value)
    sent = face.office.do(replies.send, click.person, draft_id, digest, click.key, in_spite=True)
    _answered(face, click, sent)


def reply_again(face: Face, click: Click) -> None:
    delivery_id = parse_delivery(click.value)
    collided = face.office.do(replies.try_reply_again, click.person, delivery_id, click.key)
    if collided is not None:
        _answered(face, click, collided)


def keep(face: Face, click: Click) -> None:
    draft_id, _ = parse_draft(click.value)
    face.office.do(replies.keep_internal, click.person, draft_id)
    _instead(face, click, kept_note())


def _answered(face: Face, click: Click, collided: DraftView | None) -> None:
    """In the preview's place: that it is on its way, or what happened meanwhile."""
    _instead(face, click, draft_message(collided, face.place) if collided else sent_note())


def _instead(face: Face, click: Click, message: Message) -> None:
    there: Where | None = click.there
    if there is not None and there.channel is not None:
        face.answers.replace(there, click.response_url, message)


# --- after Send --------------------------------------------------------------------------------------


def delete_reply(face: Face, click: Click) -> None:
    face.office.do_first(replies.delete_reply, click.person, parse_delivery(click.value), click.key)


def reply_is_there(face: Face, click: Click) -> None:
    face.office.do(replies.reply_is_there, click.person, parse_delivery(click.value), click.key)
