"""A conversation's thread: what people write there, change and take back, and what of it is offered for sending.

The thread is internal. What a reader would question: a preview is shown *before* its event is acknowledged. If Slack
does not say that it has it, the event stays unacknowledged and comes again, so nobody waits for a preview in vain;
shown twice, it is one draft, and one Send.
"""

from __future__ import annotations

from time import sleep

from sqlalchemy import Connection as Database

from bot.domain.inbox_screens import DraftView, SourceChange
from bot.domain.kinds import CardType
from bot.domain.people import Person, Role
from bot.domain.refusals import ByButtonOnly, CannotGoOut, DraftOutdated, NotOfAThread, Refusal, TakeOneFirst
from bot.services.inbox import drafts as drafting
from bot.services.inbox import replies
from bot.services.posts import create
from bot.services.posts.images import ImageProblem, StoredImage
from bot.services.unit_of_work import Work
from bot.slack.context import Face
from bot.slack.inbox.message_events import Said, said, said_there
from bot.slack.inbox.plain_text import Written, written
from bot.slack.payloads import Event, Shortcut, Where
from bot.slack.views.inbox.draft import draft_message, source_note
from bot.store.inbox import conversations, drafts
from bot.store.slack import cards, slack_events
from bot.store.slack.cards import Card

LOOKS, LOOK_AGAIN = 20, 0.05  # times, and seconds between two
Image = tuple[StoredImage, str | None]


class NotYetKnown(Exception):
    """A card is being posted just now, and this may be its thread: Slack shall tell us again."""


class NotShown(Exception):
    """Nobody knows whether the person has seen it: Slack shall tell us again."""


def message(face: Face, event: Event) -> None:
    """Somebody wrote, edited or deleted a message: does that concern a customer?"""
    this = said(event.inner, face.workspace)
    if this is None:
        return
    try:
        conversation_id = _whose_thread(face, this)
        if conversation_id is None:
            return
        if this.edited or this.deleted:
            _changed(face, event, this, conversation_id)
        elif _is_for_sending(face, this, conversation_id):
            _offer(face, event, this, conversation_id)
    except Refusal as refusal:
        face.answers.tell(_where(this), refusal.sentence)


def _whose_thread(face: Face, this: Said) -> str | None:
    """The conversation this is written in. Somebody may be faster than Slack's answer that the card is up: then the
    card is waited for a little, and at last the event comes again."""
    for _ in range(LOOKS):
        card, on_its_way = face.office.store.read(lambda db: _card_at(db, this))
        if card is not None or not on_its_way or this.parent_user not in (None, face.workspace.bot_user):
            return _subject(face, this, card)
        sleep(LOOK_AGAIN)
    raise NotYetKnown


def _subject(face: Face, this: Said, card: Card | None) -> str | None:
    """Raises TakeOneFirst where somebody answers a whole pile."""
    if card is not None and card.kind is CardType.PILE and _addresses_us(face, this) and not this.deleted:
        raise TakeOneFirst
    return card.subject if card is not None and card.kind is CardType.CONVERSATION else None


def _card_at(db: Database, this: Said) -> tuple[Card | None, bool]:
    """The card, and whether one may be there that we do not know of."""
    return cards.shown_at(db, this.channel, this.thread_ts), cards.on_its_way(db, this.channel)


def _where(this: Said) -> Where:
    return Where(this.user, this.channel, this.thread_ts)


# --- what is offered ---------------------------------------------------------------------------------


def _is_for_sending(face: Face, this: Said, conversation_id: str) -> bool:
    """Whether it begins with @Byhand; or, if the team wants that, whether its author has the conversation."""
    return _addresses_us(face, this) or _asks_always(face, this, conversation_id)


def _addresses_us(face: Face, this: Said) -> bool:
    """Looked at closely only where our name stands: names of others may have to be asked for."""
    named = f"<@{face.workspace.bot_user}>" in str(this.message.get("text") or "")
    return named and _written(face, this).addressed


def _asks_always(face: Face, this: Said, conversation_id: str) -> bool:
    if face.office.policy.thread != "ask":
        return False
    talk = face.office.store.read(lambda db: conversations.load(db, conversation_id))
    return talk is not None and talk.owner == this.user


def _offer(face: Face, event: Event, this: Said, conversation_id: str) -> None:
    """A draft, and its preview for its author alone."""
    if face.office.policy.thread == "button":
        raise ByButtonOnly
    person = face.directory.person(this.user, this.team)
    words, image = _ready(face, this, person)
    draft = face.office.do(_draft, event.id, this, person, conversation_id, words, image)
    if draft is not None:
        _show(face, this, draft)


def _ready(face: Face, this: Said, person: Person) -> tuple[str, Image | None]:
    """The words as the network takes them, and the image. Raises CannotGoOut."""
    words = _written(face, this)
    if words.problems:
        raise CannotGoOut(problem=" ".join(words.problems))
    if person.role is not Role.MEMBER:
        return words.text, None  # nothing is fetched for whoever may not send; the verb says so
    try:
        return words.text, face.files.image(this.files)
    except ImageProblem as problem:
        raise CannotGoOut(problem=f"{problem.sentence} {problem.mend}".strip()) from None


def _draft(
    work: Work,
    event_id: str,
    this: Said,
    person: Person,
    conversation_id: str,
    text: str,
    image: Image | None,
) -> DraftView | None:
    """The draft of this version of the message. None: there is nothing to be shown any more."""
    if not slack_events.is_newest(work.db, *this.source, this.version):
        return None
    if not slack_events.first_time(work.db, event_id, work.now):
        return _shown_again(work, this)
    return replies.draft(work, person, conversation_id, text, source=this.source, image=_kept(work, image))


def _shown_again(work: Work, this: Said) -> DraftView | None:
    """Slack tells us again: the preview may have been lost. What was sent since, or kept, is not asked about."""
    newest = next(iter(reversed(drafts.of_source(work.db, *this.source))), None)
    if newest is None or newest.state != drafts.OFFERED:
        return None
    talk = conversations.load(work.db, newest.conversation_id)
    return drafting.view(work, talk, newest) if talk is not None else None


def _kept(work: Work, image: Image | None) -> tuple[str, str | None] | None:
    """Store the image; an answer names it by its digest."""
    if image is None:
        return None
    stored, alt = image
    create.keep_image(work, stored)
    return stored.sha256, alt


def _show(face: Face, this: Said, draft: DraftView) -> None:
    if not face.answers.show(_where(this), draft_message(draft, face.place)):
        raise NotShown


def _written(face: Face, this: Said) -> Written:
    def name(user_id: str) -> str | None:
        person = face.directory.person(user_id)
        return None if person.role is Role.UNKNOWN else person.name

    return written(this.message, name, bot_user=face.workspace.bot_user or "")


# --- edited, deleted ---------------------------------------------------------------------------------


def _changed(face: Face, event: Event, this: Said, conversation_id: str) -> None:
    """What was offered from it cannot be sent any more; what was sent stays as it is, and its author is told."""
    text = None if this.deleted else _written(face, this).text
    newest, change = face.office.do(_source_changed, this, text)
    if not newest:
        return
    sent = change is not None and change.delivery_id is not None
    if not sent and not this.deleted and _is_for_sending(face, this, conversation_id):
        _offer(face, event, this, conversation_id)
    elif change is not None and not face.answers.show(_where(this), source_note(change, face.place)):
        raise NotShown


def _source_changed(work: Work, this: Said, text: str | None) -> tuple[bool, SourceChange | None]:
    """Whether this is the message as it is now, and what that changes."""
    if not slack_events.is_newest(work.db, *this.source, this.version):
        return False, None
    return True, replies.source_changed(work, *this.source, this.user, text)


# --- the message's own menu --------------------------------------------------------------------------


def send_to_customer(face: Face, shortcut: Shortcut) -> None:
    """ "Send to the customer", on one's own message in a conversation's thread: asks before it sends, as ever."""
    this = said_there(shortcut.message, shortcut.channel, face.workspace)
    if this is None or this.user != shortcut.person.id:
        raise NotOfAThread
    conversation_id = _whose_thread(face, this)
    if conversation_id is None:
        raise NotOfAThread
    words, image = _ready(face, this, shortcut.person)
    draft = face.office.do(_draft, shortcut.key, this, shortcut.person, conversation_id, words, image)
    if draft is None:
        raise DraftOutdated
    face.answers.replace(shortcut.there, "", draft_message(draft, face.place))
