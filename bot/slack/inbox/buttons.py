"""The buttons of the inbox that act at once. Refusals pass through to `slack/answers.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bot.domain.inbox_refusals import AlreadySentReply, DraftOutdated
from bot.domain.kinds import CardType
from bot.domain.shown.inbox_screens import DraftView
from bot.services.inbox import ingest, piles, replies, triage
from bot.services.pause import pause
from bot.services.queries import conversations as conversation_queries
from bot.slack.context import ListenerContext
from bot.slack.ids import parse_conversation, parse_delivery, parse_draft, parse_id, parse_scope
from bot.slack.payloads import Click, Where
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.draft import draw_draft, draw_kept_note, draw_over_note, draw_sent_note
from bot.store.slack import cards

# --- who has it --------------------------------------------------------------------------------------


def take(context: ListenerContext, click: Click) -> None:
    context.services.do(triage.take, click.person, parse_conversation(click.value), click.key)


def reopen(context: ListenerContext, click: Click) -> None:
    context.services.do(triage.reopen, click.person, parse_conversation(click.value), click.key)


def take_next(context: ListenerContext, click: Click) -> None:
    """The one of a pile that waits longest, taken; its card comes at the end of the channel."""
    conversation_id = context.services.do(triage.take_next, click.person, parse_id(click.value), click.key)
    card = context.services.look(conversation_queries.load_conversation_card, conversation_id)
    if card is not None and click.there is not None:
        there = context.services.store.read(
            lambda db: cards.find_place(db, CardType.CONVERSATION, conversation_id)
        )
        where = "further up" if there else "at the end"  # a new one is only on its way
        context.answers.tell(
            click.there, f"Conversation {card.number} is yours. Its card is {where} in this channel."
        )


def bring_in(context: ListenerContext, click: Click) -> None:
    context.services.do(ingest.bring_in, click.person, parse_scope(click.value), click.key)


def leave_out(context: ListenerContext, click: Click) -> None:
    context.services.do(ingest.leave_out, click.person, parse_scope(click.value), click.key)


def pause_for_spike(context: ListenerContext, click: Click) -> None:
    """Suggested because of complaints, pressed by a person: a pause of that account like any other. Which one it is, is
    read with the gate: nothing is waited for before."""
    scope = partial(piles.find_account_of_spike, spike_id=parse_id(click.value))
    pause.pause_at_once(context.services, click.person, scope, "many complaints", click.key)


# --- Send --------------------------------------------------------------------------------------------


def send_draft(context: ListenerContext, click: Click) -> None:
    with _over(context, click):
        draft_id, digest = parse_draft(click.value)
        sent = context.services.do(replies.send_draft, click.person, draft_id, digest, click.key)
        _answered(context, click, sent)


def send_draft_anyway(context: ListenerContext, click: Click) -> None:
    """ "Send mine as well": they have seen what happened meanwhile."""
    with _over(context, click):
        draft_id, digest = parse_draft(click.value)
        sent = context.services.do(
            replies.send_draft, click.person, draft_id, digest, click.key, in_spite=True
        )
        _answered(context, click, sent)


def try_reply_again(context: ListenerContext, click: Click) -> None:
    delivery_id = parse_delivery(click.value)
    collided = context.services.do(replies.try_reply_again, click.person, delivery_id, click.key)
    if collided is not None:
        _answered(context, click, collided)


def ask_again(context: ListenerContext, click: Click) -> None:
    """The preview, as it can be sent or not by now."""
    with _over(context, click):
        draft_id, _ = parse_draft(click.value)
        draft = context.services.do(replies.ask_again, click.person, draft_id)
        _instead(context, click, draw_draft(draft, context.place))


def keep_internal(context: ListenerContext, click: Click) -> None:
    with _over(context, click):
        draft_id, _ = parse_draft(click.value)
        context.services.do(replies.keep_internal, click.person, draft_id)
        _instead(context, click, draw_kept_note())


@contextmanager
def _over(context: ListenerContext, click: Click) -> Iterator[None]:
    """A preview that is over says so in its own place, and nothing in it can be pressed any more."""
    try:
        yield
    except (AlreadySentReply, DraftOutdated) as over:
        _instead(context, click, draw_over_note(over.sentence))


def _answered(context: ListenerContext, click: Click, collided: DraftView | None) -> None:
    """In the preview's place: when Send was pressed, or why nothing was sent."""
    sent = draw_sent_note(context.services.clock.now(), context.place)
    _instead(context, click, draw_draft(collided, context.place) if collided else sent)


def _instead(context: ListenerContext, click: Click, message: Message) -> None:
    there: Where | None = click.there
    if there is not None and there.channel is not None:
        context.answers.replace(there, click.response_url, message)


# --- after Send --------------------------------------------------------------------------------------


def delete_reply(context: ListenerContext, click: Click) -> None:
    context.services.do_first(replies.delete_reply, click.person, parse_delivery(click.value), click.key)


def confirm_reply(context: ListenerContext, click: Click) -> None:
    context.services.do(replies.confirm_reply, click.person, parse_delivery(click.value), click.key)
