"""A conversation's thread: what people write there, change and take back, and what of it is offered for sending.

The thread is internal. A preview is shown *before* its event is acknowledged: if Slack does not confirm the preview,
the event stays unacknowledged and comes again, so that nobody waits for a preview in vain. Shown twice, it is still one
draft, sent once.
"""

from __future__ import annotations

from time import sleep

from sqlalchemy import Connection as Database

from bot.domain.inbox_refusals import ByButtonOnly, CannotGoOut, DraftOutdated, NotOfAThread, TakeOneFirst
from bot.domain.kinds import CardType
from bot.domain.people import Person, Role
from bot.domain.refusals import OnlyMembersAnswer, Refusal
from bot.domain.shown.inbox_screens import DraftView, SourceChange
from bot.services.images.image_checks import ImageProblem, StoredImage
from bot.services.inbox import drafts as drafting
from bot.services.inbox import lifecycle, replies, source_changes
from bot.services.posts import create
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.inbox.message_events import ThreadMessage, read_message_event, read_whole_message
from bot.slack.inbox.plain_text import PlainText, to_plain_text
from bot.slack.payloads import Event, Shortcut, Where
from bot.slack.views.inbox.draft import draw_draft, draw_source_note
from bot.store.inbox import conversations, drafts
from bot.store.slack import cards, slack_events
from bot.store.slack.cards import Card

LOOKS, LOOK_AGAIN = 20, 0.05  # times, and seconds between two
MANY = (CardType.PILE, CardType.LATE, CardType.NEW, CardType.OFFER)  # each stands for many customers
Image = tuple[StoredImage, str | None]


class NotYetKnown(Exception):
    """A card is being posted just now, and this may be its thread: Slack shall tell us again."""


class NotShown(Exception):
    """Nobody knows whether the person has seen it: Slack shall tell us again."""


def follow_message(context: ListenerContext, event: Event) -> bool:
    """Somebody wrote, edited or deleted a message: does that concern a customer?"""
    this = read_message_event(event.inner, context.workspace)
    if this is None:
        return False
    try:
        conversation_id = _whose_thread(context, this)
        if conversation_id is None:
            return False
        if this.edited or this.deleted:
            _changed(context, event, this, conversation_id)
        elif _is_for_sending(context, this, conversation_id):
            _offer(context, event, this, conversation_id)
    except Refusal as refusal:
        context.answers.tell(_where(this), refusal.sentence)
    return True


def _whose_thread(context: ListenerContext, this: ThreadMessage) -> str | None:
    """The conversation this is written in. Somebody may be faster than Slack's answer that the card is up: then the
    card is waited for a little, and at last the event comes again."""
    for _ in range(LOOKS):
        card, on_its_way = context.services.store.read(lambda db: _card_at(db, this))
        if card is not None or not on_its_way or this.parent_user not in (None, context.workspace.bot_user):
            return _subject(context, this, card)
        sleep(LOOK_AGAIN)
    raise NotYetKnown


def _subject(context: ListenerContext, this: ThreadMessage, card: Card | None) -> str | None:
    """Raises TakeOneFirst where somebody answers a whole pile, or a list."""
    if card is not None and card.kind in MANY and _addresses_us(context, this) and not this.deleted:
        raise TakeOneFirst
    return card.subject if card is not None and card.kind is CardType.CONVERSATION else None


def _card_at(db: Database, this: ThreadMessage) -> tuple[Card | None, bool]:
    """The card, and whether one may be there that we do not know of."""
    return cards.find_shown_at(db, this.channel, this.thread_ts), cards.has_card_on_its_way(db, this.channel)


def _where(this: ThreadMessage) -> Where:
    return Where(this.user, this.channel, this.thread_ts)


# --- what is offered ---------------------------------------------------------------------------------


def _is_for_sending(context: ListenerContext, this: ThreadMessage, conversation_id: str) -> bool:
    """Whether it begins with @Byhand; or, if the team wants that, whether its author has the conversation."""
    return _addresses_us(context, this) or _asks_always(context, this, conversation_id)


def _addresses_us(context: ListenerContext, this: ThreadMessage) -> bool:
    """Looked at closely only where our name stands: names of others may have to be asked for."""
    named = f"<@{context.workspace.bot_user}>" in str(this.message.get("text") or "")
    return named and _written(context, this).addressed


def _asks_always(context: ListenerContext, this: ThreadMessage, conversation_id: str) -> bool:
    if context.services.policy.thread != "ask":
        return False
    conversation = context.services.store.read(lambda db: conversations.load(db, conversation_id))
    return conversation is not None and conversation.owner == this.user


def _offer(context: ListenerContext, event: Event, this: ThreadMessage, conversation_id: str) -> None:
    """A draft, and its preview for its author alone."""
    person = context.directory.person(this.user, this.team)
    if person.role in (Role.GUEST, Role.OUTSIDER):
        raise OnlyMembersAnswer
    if context.services.policy.thread == "button":
        raise ByButtonOnly
    words, image = _ready(context, this, person)
    draft = context.services.do(_draft, event.id, this, person, conversation_id, words, image)
    if draft is not None:
        _show(context, this, draft)


def _ready(context: ListenerContext, this: ThreadMessage, person: Person) -> tuple[PlainText, Image | None]:
    """The words as the network takes them, and the image. Raises CannotGoOut."""
    words = _written(context, this)
    if words.problems:
        raise CannotGoOut(problem=" ".join(words.problems))
    if person.role is not Role.MEMBER:
        return words, None  # nothing is fetched for whoever may not send; the verb says so
    try:
        return words, context.files.image(this.files)
    except ImageProblem as problem:
        raise CannotGoOut(problem=f"{problem.sentence} {problem.mend}".strip()) from None


def _draft(
    work: UnitOfWork,
    event_id: str,
    this: ThreadMessage,
    person: Person,
    conversation_id: str,
    words: PlainText,
    image: Image | None,
) -> DraftView | None:
    """The draft of this version of the message. None: there is nothing to be shown any more."""
    if not slack_events.keep_if_newest(work.db, *this.source, this.version):
        return None
    if not slack_events.mark_seen(work.db, event_id, work.now):
        return _shown_again(work, this, person)
    return replies.draft_reply(
        work,
        person,
        conversation_id,
        words.text,
        source=this.source,
        lost=words.lost,
        image=_kept(work, image),
    )


def _shown_again(work: UnitOfWork, this: ThreadMessage, person: Person) -> DraftView | None:
    """Slack tells us again: the preview may have been lost. What was sent since, or kept, is not asked about."""
    newest = next(iter(reversed(drafts.list_of_source(work.db, *this.source))), None)
    if newest is None or newest.state != drafts.OFFERED:
        return None
    conversation = conversations.load(work.db, newest.conversation_id)
    if conversation is None:
        return None
    lifecycle.check_access(person, conversation)
    return drafting.offer(work, conversation, newest)


def _kept(work: UnitOfWork, image: Image | None) -> tuple[str, str | None] | None:
    """Store the image; an answer names it by its digest."""
    if image is None:
        return None
    stored, alt = image
    create.keep_image(work, stored)
    return stored.sha256, alt


def _show(context: ListenerContext, this: ThreadMessage, draft: DraftView) -> None:
    if not context.answers.show(_where(this), draw_draft(draft, context.place)):
        raise NotShown


def _written(context: ListenerContext, this: ThreadMessage) -> PlainText:
    return to_plain_text(this.message, context.directory.find_name, bot_user=context.workspace.bot_user or "")


# --- edited, deleted ---------------------------------------------------------------------------------


def _changed(context: ListenerContext, event: Event, this: ThreadMessage, conversation_id: str) -> None:
    """What was offered from it cannot be sent any more; what was sent stays as it is, and its author is told."""
    text = None if this.deleted else _written(context, this).text
    newest, change = context.services.do(_source_changed, this, text)
    if not newest:
        return
    sent = change is not None and change.delivery_id is not None
    if not sent and not this.deleted and _is_for_sending(context, this, conversation_id):
        _offer(context, event, this, conversation_id)
    elif change is not None and not context.answers.show(
        _where(this), draw_source_note(change, context.place)
    ):
        raise NotShown


def _source_changed(
    work: UnitOfWork, this: ThreadMessage, text: str | None
) -> tuple[bool, SourceChange | None]:
    """Whether this is the message as it is now, and what that changes."""
    if not slack_events.keep_if_newest(work.db, *this.source, this.version):
        return False, None
    return True, source_changes.notice_source_change(work, *this.source, this.user, text)


# --- the message's own menu --------------------------------------------------------------------------


def send_to_customer(context: ListenerContext, shortcut: Shortcut) -> None:
    """ "Send to the customer", on one's own message in a conversation's thread: asks before it sends, as ever."""
    this = read_whole_message(shortcut.message, shortcut.channel, context.workspace)
    if this is None or this.user != shortcut.person.id:
        raise NotOfAThread
    conversation_id = _whose_thread(context, this)
    if conversation_id is None:
        raise NotOfAThread
    words, image = _ready(context, this, shortcut.person)
    draft = context.services.do(_draft, shortcut.key, this, shortcut.person, conversation_id, words, image)
    if draft is None:
        raise DraftOutdated
    context.answers.replace(shortcut.there, "", draw_draft(draft, context.place))
