"""One conversation as screens show it: its card, its lines, what became of an answer, the Reply dialog."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.conversations import Conversation, Kind, Stage
from bot.domain.deliveries import Delivery, State
from bot.domain.inbox_screens import (
    AttachmentView,
    ConversationCard,
    PostLink,
    ReplyForm,
    ReplyView,
    WordsView,
)
from bot.domain.kinds import AttachmentType, CardType, DeliveryType
from bot.domain.people import Person
from bot.domain.refusals import CannotReply, NoSuchConversation
from bot.services.inbox import drafts, lifecycle
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.inbox import conversations, messages, sends
from bot.store.inbox.messages import Message, Words
from bot.store.pause import gate
from bot.store.posts import posts
from bot.store.slack import cards

FIRST_WORDS = 120  # characters of a post's text in a link to it
HOW = {Kind.COMMENT: "public comment", Kind.MENTION: "mention", Kind.DIRECT: "private message"}


def load_conversation_card(work: UnitOfWork, conversation_id: str) -> ConversationCard | None:
    """Everything the parent card shows; None if there is nothing to show."""
    talk = conversations.load(work.db, conversation_id)
    said = messages.list_of_conversation(work.db, conversation_id)
    if talk is None or not said:
        return None
    first = said[0]
    return ConversationCard(
        conversation_id=talk.id, number=talk.number, seq=talk.seq, now=work.now, stage=talk.stage,
        private=talk.private, title=work.policy.title_of(talk.account),
        us=lifecycle.make_our_handle(work, talk.account), customer=drafts.load_customer_view(work, talk),
        how=HOW[first.kind],
        first=_words(work, talk, first), count=messages.count_of_customer(work.db, talk.id),
        waiting_since=talk.waiting_since, owner=talk.owner, owner_since=talk.owner_since, reasons=talk.reasons,
        late_since=find_late_since(work, talk), post=load_post_link(work, talk.post_id, talk.account),
        closing=talk.closing, closed_by=talk.closed_by, closed_at=talk.closed_at,
        answered_by=talk.answered_by, answered_at=talk.answered_at, last_reply=_last_reply(work, talk),
        replies_stopped=gate.read(work.db).replies_stopped_for((talk.account,)) is not None,
        erased=talk.erased_at is not None, thread=work.policy.thread,
    )  # fmt: skip


def find_late_since(work: UnitOfWork, talk: Conversation) -> datetime | None:
    """Since when the customer waits longer than the team promised itself; in its hours."""
    if talk.stage is not Stage.OPEN or talk.waiting_since is None:
        return None
    target = work.policy.hours.after(talk.waiting_since, work.policy.answer_within)
    return target if target <= work.now else None


def load_post_link(work: UnitOfWork, post_id: str | None, account: str) -> PostLink | None:
    """The post of ours it is about."""
    post = posts.load(work.db, post_id) if post_id else None
    if post is None:
        return None
    url = next(
        (one.remote_url for one in deliveries.list_of_post(work.db, post.id) if one.account == account), None
    )
    text = " ".join(post.version.body.text_for(account).split())
    return PostLink(post.number, text[:FIRST_WORDS], cards.find_place(work.db, CardType.POST, post.id), url)


# --- words -------------------------------------------------------------------------------------------


def load_line_words(work: UnitOfWork, message_id: str) -> WordsView | None:
    """One message as it is now, for its line and for "Show all"."""
    message = messages.load(work.db, message_id)
    talk = conversations.load(work.db, message.conversation_id) if message else None
    return _words(work, talk, message) if message and talk else None


def _words(work: UnitOfWork, talk: Conversation, message: Message) -> WordsView:
    said = messages.load_words(work.db, [message.id]).get(message.id, Words(""))
    return WordsView(
        message_id=message.id, text=said.text, at=message.at, url=message.url,
        attachments=tuple(
            AttachmentView(one.get("url", ""), one.get("alt", ""), AttachmentType.of(one.get("kind", "")))
            for one in said.attachments
        ),
        edited=message.edits > 0, deleted=message.deleted_at is not None, erased=talk.erased_at is not None,
    )  # fmt: skip


# --- answers -----------------------------------------------------------------------------------------


def _last_reply(work: UnitOfWork, talk: Conversation) -> ReplyView | None:
    """The newest answer; a correction that arrived shows as the answer it corrected."""
    newest = next(iter(reversed(sends.list_of_conversation(work.db, talk.id))), None)
    if newest is None:
        return None
    corrected = newest.send.corrects if newest.state is State.SENT else None
    return load_reply_view(work, corrected or newest.send.delivery_id)


def load_reply_view(work: UnitOfWork, delivery_id: str) -> ReplyView | None:
    """An answer on its way, or how it ended; of one that was corrected, the words that are there now."""
    sent, delivery = sends.find_of_delivery(work.db, delivery_id), deliveries.load(work.db, delivery_id)
    talk = conversations.load(work.db, sent.conversation_id) if sent else None
    if sent is None or delivery is None or talk is None:
        return None
    ours = lifecycle.find_our_answer(work, talk, delivery_id)
    now = (
        messages.load_words(work.db, [ours.id])[ours.id].text
        if ours and ours.deleted_at is None
        else sent.text
    )
    last = deliveries.find_last_attempt(work.db, delivery_id)
    connection = work.accounts.get(delivery.account)
    view = ReplyView(
        delivery_id=delivery.id, state=delivery.state, text=now, by=sent.by_user,
        at=(last.ended_at or last.started_at) if last else sent.at, url=delivery.remote_url,
        reason=delivery.reason, asks_a_person=delivery.asks_a_person,
        profile_url=connection.profile_url() if connection else None,
        deleted=ours is not None and ours.deleted_at is not None,
    )  # fmt: skip
    return replace(
        view,
        can_delete=_can_delete(work, delivery, ours),
        can_correct=_can_correct(work, delivery, ours, talk),
    )


def _there(delivery: Delivery, ours: Message | None) -> bool:
    known = (
        delivery.kind is DeliveryType.REPLY
        and delivery.state is State.SENT
        and delivery.remote_id is not None
    )
    return known and ours is not None and ours.deleted_at is None


def _can_delete(work: UnitOfWork, delivery: Delivery, ours: Message | None) -> bool:
    connection = work.accounts.get(delivery.account)
    return bool(connection and connection.capabilities.can_delete) and _there(delivery, ours)


def _can_correct(work: UnitOfWork, delivery: Delivery, ours: Message | None, talk: Conversation) -> bool:
    sent = sends.find_of_delivery(work.db, delivery.id)
    about = messages.load(work.db, sent.message_id) if sent and _there(delivery, ours) else None
    if about is None or talk.erased_at is not None or delivery.account not in work.accounts:
        return False
    try:
        return drafts.get_receiving(work, delivery.account).can_correct(about.reference)
    except CannotReply:
        return False


def load_reply_form(
    work: UnitOfWork,
    person: Person,
    conversation_id: str,
    *,
    draft_id: str | None = None,
    corrects: str | None = None,
) -> ReplyForm:
    """What the Reply dialog opens with. Raises the refusals of an answer that could not be sent anyway."""
    lifecycle.check_team(person)
    talk = conversations.load(work.db, conversation_id)
    if talk is None:
        raise NoSuchConversation
    lifecycle.must_be_alive(talk)
    half = drafts.get_receiving(work, talk.account)
    last = _answered(work, talk, corrects) or drafts.find_message_to_answer(work, talk)
    form = ReplyForm(
        conversation_id=talk.id, seq=talk.seq, private=talk.private,
        customer=drafts.load_customer_view(work, talk), us=lifecycle.make_our_handle(work, talk.account),
        last=_words(work, talk, last), corrects=corrects,
    )  # fmt: skip
    row = drafts.load(work, draft_id, lock=False) if draft_id else None
    if row is None and corrects:
        now = load_reply_view(work, corrects)
        form = replace(form, text=now.text if now else "")
    elif row is not None:
        drafts.must_be_mine(work, person, row)
        image = (row.alt or "") if row.image_sha256 else None
        form = replace(form, text=row.text, image_alt=image, draft_id=row.id, corrects=row.corrects)
    measure = half.measure_reply(
        last.reference, drafts.to_content(work, talk.account, drafts.Words(form.text))
    )
    return replace(form, limit=measure.limit, unit=measure.unit)


def _answered(work: UnitOfWork, talk: Conversation, corrects: str | None) -> Message | None:
    """What the answer that is to be corrected answered. Raises NothingThere, CannotCorrect."""
    return (
        messages.load(work.db, drafts.load_correctable(work, talk, corrects).message_id) if corrects else None
    )
