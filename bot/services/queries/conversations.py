"""One conversation as screens show it: its card, its lines, what became of an answer, the Reply dialog."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.conversations import Conversation, Kind, Stage, Via
from bot.domain.deliveries import Delivery, State, find_end_of_looking
from bot.domain.facts import FactKind
from bot.domain.inbox_refusals import CannotReply, NoSuchConversation
from bot.domain.kinds import DeliveryType
from bot.domain.people import Person
from bot.domain.shown.inbox_screens import (
    AnswerView,
    ConversationCard,
    DraftView,
    ReplyForm,
    ReplyView,
    WordsView,
)
from bot.domain.shown.stopped_replies import RepliesShut
from bot.networks.receiving import as_answering, as_receiving, explain_no_answer
from bot.services.accounts import profiles
from bot.services.inbox import drafts, lifecycle, rings
from bot.services.inbox.words import load_customer_view, make_since, make_words_view
from bot.services.pause.replies_stop import make_replies_shut
from bot.services.queries.post_links import load_post_link
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.inbox import conversations, messages, sends
from bot.store.inbox.messages import Message
from bot.store.inbox.sends import Send
from bot.store.pause import gate

HOW = {Kind.COMMENT: "public comment", Kind.MENTION: "mention", Kind.DIRECT: "private message"}


def load_conversation_card(work: UnitOfWork, conversation_id: str) -> ConversationCard | None:
    """Everything the parent card shows; None if there is nothing to show."""
    conversation = conversations.load(work.db, conversation_id)
    said = messages.list_of_conversation(work.db, conversation_id)
    if conversation is None or not said:
        return None
    first, newest = said[0], messages.find_last_of_customer(work.db, conversation_id)
    no_answer = _explain_no_answer(work, newest)
    return ConversationCard(
        conversation_id=conversation.id, number=conversation.number, seq=conversation.seq, now=work.now,
        stage=conversation.stage,
        private=conversation.private,
        title=work.policy.title_of(conversation.account),
        us=lifecycle.make_our_handle(work, conversation.account),
        customer=load_customer_view(work, conversation),
        how=HOW[first.kind],
        first=make_words_view(work, conversation, first),
        count=sum(one.via is Via.CUSTOMER for one in said),
        waiting_since=conversation.waiting_since,
        owner=conversation.owner, owner_since=conversation.owner_since,
        reasons=conversation.reasons,
        late_since=find_late_since(work, conversation),
        post=load_post_link(work, conversation.post_id, conversation.account, conversation.thread),
        closing=conversation.closing,
        closed_by=conversation.closed_by, closed_at=conversation.closed_at,
        answered_by=conversation.answered_by, answered_at=conversation.answered_at,
        last_reply=_last_reply(work, conversation),
        replies_stopped=find_replies_shut(work, conversation.account),
        erased=conversation.erased_at is not None,
        erased_by=_find_who_erased(work, conversation),
        erased_at=conversation.erased_at,
        nothing_left=newest is None,
        thread=work.policy.thread,
        since=_list_latest(work, conversation, said),
        rung=_list_rung(work, conversation),
        answers_end=lifecycle.find_answers_end(work, conversation),
        takes_answers=_takes_answers(work, conversation.account) and not no_answer,
        no_answer=no_answer,
    )  # fmt: skip


def _explain_no_answer(work: UnitOfWork, message: Message | None) -> str:
    """`message`: the one that an answer would answer."""
    return explain_no_answer(work.accounts.get(message.account), message.reference) if message else ""


def _takes_answers(work: UnitOfWork, account: str) -> bool:
    """Also where nobody is signed in just now: then the refusal says why."""
    connection = work.accounts.get(account)
    return as_receiving(connection) is None or as_answering(connection) is not None


def _find_who_erased(work: UnitOfWork, conversation: Conversation) -> str | None:
    """As the record has it. None: the clock, or nothing was erased."""
    if conversation.erased_at is None:
        return None
    fact = record.find_newest_of(work.db, f"conversation:{conversation.id}", FactKind.ERASED.value)
    return fact.who if fact else None


def find_replies_shut(work: UnitOfWork, account: str) -> RepliesShut | None:
    """None: people may answer there."""
    row = gate.read(work.db).replies_stopped_for((account,))
    return make_replies_shut(work, row) if row else None


def _list_rung(work: UnitOfWork, conversation: Conversation) -> tuple[str, ...]:
    """Whom its card rings, until somebody has it."""
    if not conversation.is_pressing or conversation.owner is not None:
        return ()
    return rings.list_rung(work, conversation)


def _list_latest(
    work: UnitOfWork, conversation: Conversation, said: list[Message]
) -> tuple[WordsView | AnswerView, ...]:
    """The newest message of theirs and of ours, in their order; not the one that is on the card anyway."""
    later = said[1:]
    theirs = [one for one in later if one.via is Via.CUSTOMER][-1:]
    ours = [one for one in later if one.via is not Via.CUSTOMER][-1:]
    return tuple(
        make_words_view(work, conversation, one)
        if one.via is Via.CUSTOMER
        else _answer(work, conversation, one)
        for one in sorted((*theirs, *ours), key=lambda one: one.place)
    )


def _answer(work: UnitOfWork, conversation: Conversation, message: Message) -> AnswerView:
    view = make_words_view(work, conversation, message)
    sent = sends.find_of_delivery(work.db, message.delivery_id) if message.delivery_id else None
    return AnswerView(
        view.text, message.at, message.by, view.attachments, _image_alt(sent), deleted=view.deleted,
        corrected_by=sends.find_corrector(work.db, sent) if sent else None,
    )  # fmt: skip


def _image_alt(sent: Send | None) -> str | None:
    return (sent.alt or "") if sent and sent.image_sha256 else None


def find_late_since(work: UnitOfWork, conversation: Conversation) -> datetime | None:
    """Since when the customer waits longer than the team promised itself; in its hours."""
    if conversation.stage is not Stage.OPEN or conversation.waiting_since is None:
        return None
    target = work.policy.hours.after(conversation.waiting_since, work.policy.answer_within)
    return target if target <= work.now else None


# --- words -------------------------------------------------------------------------------------------


def load_line_words(work: UnitOfWork, message_id: str) -> WordsView | None:
    """One message as it is now, for its line."""
    message = messages.load(work.db, message_id)
    conversation = conversations.load(work.db, message.conversation_id) if message else None
    return make_words_view(work, conversation, message) if message and conversation else None


def load_whole_message(work: UnitOfWork, person: Person, message_id: str) -> WordsView:
    """The same for "Show all", which anybody can press: the id may come from elsewhere."""
    message = messages.load(work.db, message_id)
    conversation = conversations.load(work.db, message.conversation_id) if message else None
    if message is None or conversation is None:
        raise NoSuchConversation
    lifecycle.check_access(person, conversation)
    return make_words_view(work, conversation, message)


# --- answers -----------------------------------------------------------------------------------------


def _last_reply(work: UnitOfWork, conversation: Conversation) -> ReplyView | None:
    """The newest answer; a correction that arrived shows as the answer it corrected."""
    newest = next(iter(reversed(sends.list_of_conversation(work.db, conversation.id))), None)
    if newest is None:
        return None
    corrected = newest.send.corrects if newest.state is State.SENT else None
    return load_reply_view(work, corrected or newest.send.delivery_id)


def load_reply_view(work: UnitOfWork, delivery_id: str) -> ReplyView | None:
    """An answer on its way, or how it ended; of one that was corrected, the words that are there now."""
    sent, delivery = sends.find_of_delivery(work.db, delivery_id), deliveries.load(work.db, delivery_id)
    conversation = conversations.load(work.db, sent.conversation_id) if sent else None
    if sent is None or delivery is None or conversation is None:
        return None
    ours = lifecycle.find_our_answer(work, conversation, delivery_id)
    now = (
        messages.load_words(work.db, [ours.id])[ours.id].text
        if ours and ours.deleted_at is None
        else sent.text
    )
    last = deliveries.find_last_attempt(work.db, delivery_id)
    view = ReplyView(
        delivery_id=delivery.id, state=delivery.state, text=now, by=sent.by_user,
        at=(last.ended_at or last.started_at) if last else sent.at, url=delivery.remote_url,
        reason=delivery.reason, asks_a_person=delivery.asks_a_person,
        looks_until=find_end_of_looking(delivery, last.started_at) if last else None,
        profile_url=profiles.find_url(work, delivery.account, delivery.id),
        deleted=ours is not None and ours.deleted_at is not None, image_alt=_image_alt(sent),
        customer=load_customer_view(work, conversation), title=work.policy.title_of(delivery.account),
        erased=conversation.erased_at is not None,
    )  # fmt: skip
    if view.erased:  # nobody can see any more what it would be about
        return view
    return replace(
        view,
        can_delete=_can_delete(work, delivery, ours),
        can_correct=_can_correct(work, delivery, ours, conversation),
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


def _can_correct(
    work: UnitOfWork, delivery: Delivery, ours: Message | None, conversation: Conversation
) -> bool:
    sent = sends.find_of_delivery(work.db, delivery.id)
    about = messages.load(work.db, sent.message_id) if sent and _there(delivery, ours) else None
    if about is None or conversation.erased_at is not None or delivery.account not in work.accounts:
        return False
    try:
        return drafts.get_answering(work, delivery.account).can_correct(about.reference)
    except CannotReply:
        return False


def load_reply_form(
    work: UnitOfWork,
    person: Person,
    conversation_id: str,
    *,
    corrects: str | None = None,
) -> ReplyForm:
    """What the Reply dialog opens with. Raises the refusals of an answer that could not be sent anyway."""
    lifecycle.check_team(person)
    conversation = conversations.load(work.db, conversation_id)
    if conversation is None:
        raise NoSuchConversation
    lifecycle.check_access(person, conversation)
    lifecycle.must_be_alive(conversation)
    half = drafts.get_answering(work, conversation.account)
    last = _find_answered(work, conversation, corrects)
    since, more_since = make_since(work, conversation, last)
    form = ReplyForm(
        conversation_id=conversation.id,
        seq=conversation.seq, private=conversation.private,
        customer=load_customer_view(work, conversation),
        us=lifecycle.make_our_handle(work, conversation.account),
        title=work.policy.title_of(conversation.account),
        answers_end=None if corrects else lifecycle.find_answers_end(work, conversation),
        last=make_words_view(work, conversation, last),
        since=since,
        more_since=more_since,
        ours=None if corrects else _find_answer_since(work, conversation, last),
        corrects=corrects,
        post=load_post_link(work, conversation.post_id, conversation.account, conversation.thread),
    )  # fmt: skip
    if corrects:
        now = load_reply_view(work, corrects)
        form = replace(form, text=now.text if now else "", image_alt=now.image_alt if now else None)
    one = half.measure_reply(
        last.reference, drafts.to_content(work, conversation.account, drafts.Words(_ONE_LETTER))
    )
    prefix = drafts.find_prefix(work, conversation.account, last.reference)
    left = one.limit - one.length + len(_ONE_LETTER)
    return replace(form, limit=one.limit, unit=one.unit, prefix=prefix, left=left, notes=one.notes)


_ONE_LETTER = "x"  # measured to know what is counted besides it


def _find_answer_since(work: UnitOfWork, conversation: Conversation, last: Message) -> AnswerView | None:
    """Our newest answer to it: whoever replies again has to see that it was answered."""
    said = messages.list_of_conversation(work.db, conversation.id)
    ours = [one for one in said if one.via is not Via.CUSTOMER and one.place > last.place]
    return _answer(work, conversation, ours[-1]) if ours else None


def load_undescribed(work: UnitOfWork, person: Person, draft_id: str) -> DraftView:
    """A draft of this person's whose image is to be described. Raises the refusals of one that cannot be sent."""
    lifecycle.check_team(person)
    row = drafts.load(work, draft_id, lock=False)
    drafts.must_be_mine(work, person, row)
    drafts.must_be_describable(row)
    conversation = conversations.load(work.db, row.conversation_id)
    if conversation is None:
        raise NoSuchConversation
    lifecycle.check_access(person, conversation)
    lifecycle.must_be_alive(conversation)
    return drafts.make_view(work, conversation, row)


def _find_answered(work: UnitOfWork, conversation: Conversation, corrects: str | None) -> Message:
    """What it answers, or what the answer that is to be corrected did. Raises NothingThere, CannotCorrect,
    NothingToAnswer, AnswerTooLate."""
    if corrects is None:
        lifecycle.must_be_in_time(work, conversation)
        return drafts.find_message_to_answer(work, conversation)
    corrected = messages.load(work.db, drafts.load_correctable(work, conversation, corrects).message_id)
    return corrected or drafts.find_message_to_answer(work, conversation)
