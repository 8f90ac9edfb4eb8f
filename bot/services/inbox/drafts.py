"""Drafts: what a person wants to say, the message it answers, and what they are shown before Send.

Preview, measure and the bytes that are sent all come from the same `content` and the same reference of the same
inbound message, so that what a person saw is what the customer gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.domain import answers
from bot.domain.conversations import Conversation, Meanwhile, Stage
from bot.domain.deliveries import State
from bot.domain.inbox_refusals import (
    AlreadySentReply,
    CannotCorrect,
    CannotReply,
    DraftOutdated,
    MaybeSentReply,
    NothingThere,
    NothingToAnswer,
    NotYours,
    RepliesStopped,
    WrittenToFormer,
)
from bot.domain.people import Person
from bot.domain.preflight.words import find_lost_letter, find_marks, is_visible
from bot.domain.refusals import NothingIn
from bot.domain.shown.inbox_screens import DraftView
from bot.networks.protocol import Content, Picture
from bot.networks.receiving import Answering, as_answering
from bot.services.accounts import profiles
from bot.services.images.frames import count_frames
from bot.services.inbox import lifecycle
from bot.services.inbox.words import load_customer_view, make_since, make_words_view
from bot.services.pause.replies_stop import find_who_stopped
from bot.services.queries.post_links import load_post_link
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names
from bot.store import deliveries, images
from bot.store.inbox import drafts, messages, sends
from bot.store.inbox.drafts import Draft
from bot.store.inbox.messages import Message
from bot.store.inbox.sends import Send
from bot.store.pause import gate

NO_ALT = "The image needs a text that says what it shows."

Source = tuple[str, str]  # (channel, ts) of the Slack message the words were taken from
Image = tuple[str, str | None]  # (SHA-256 of a stored image, its text; None: not given yet)


@dataclass(frozen=True)
class Wanted:
    """A draft somebody wants."""

    text: str
    source: Source | None
    image: Image | None
    corrects: str | None  # the delivery whose words these are to replace
    seen: int  # the conversation's seq they began from
    lost: tuple[str, ...] = ()  # sentences: what means something in Slack, and cannot be seen outside
    shown: int | None = None  # the one a collision has shown since


@dataclass(frozen=True)
class Words:
    """What is said: text, and at most one image."""

    text: str
    image: str | None = None  # its SHA-256
    alt: str | None = None


def to_words(row: Draft | Send) -> Words:
    """Of a draft or a Send."""
    return Words(row.text, row.image_sha256, row.alt)


def compute_digest(conversation: Conversation, message_id: str, words: Words) -> str:
    return answers.compute_digest(
        text=words.text, image=words.image, alt=words.alt, message_id=message_id, account=conversation.account,
        private=conversation.private,
    )  # fmt: skip


# --- for the network ---------------------------------------------------------------------------------


def get_answering(work: UnitOfWork, account: str) -> Answering:
    """The client as one that takes answers. Raises CannotReply."""
    half = as_answering(work.accounts.get(account))
    if half is None:
        raise CannotReply(account=work.policy.title_of(account))
    return half


def to_content(work: UnitOfWork, account: str, words: Words, *, claim: str = "") -> Content:
    """In the network's terms. For the upload of a `claim` the image is read now, for use after the transaction."""
    settings = work.policy.accounts.get(account)
    picture = _picture(work, words, claim=claim) if words.image else None
    return Content(
        words.text, (picture,) if picture else (), visibility=settings.visibility if settings else None
    )


def _picture(work: UnitOfWork, words: Words, *, claim: str) -> Picture | None:
    sha256 = words.image or ""
    file = images.load(work.db, [sha256]).get(sha256)
    if file is None:
        return None
    read = partial(images.read_bytes, work.db, sha256)
    load = partial(bytes, read()) if claim else read
    return Picture(
        sha256,
        file.media_type,
        file.width,
        file.height,
        file.size,
        words.alt or "",
        load,
        count_frames(work.db, file),
        claim,
    )


# --- write one ---------------------------------------------------------------------------------------


def write(work: UnitOfWork, person: Person, conversation: Conversation, wanted: Wanted) -> Draft:
    """The draft of these words; the same one if the same Slack message says the same, else it replaces what that
    said before. Raises AlreadySentReply, NothingIn, NothingToAnswer, CannotReply, CannotCorrect."""
    get_answering(work, conversation.account)
    if not is_visible(wanted.text) and wanted.image is None:
        raise NothingIn
    message_id, image = _about(work, conversation, wanted)
    words = Words(wanted.text, *(image or (None, None)))
    known = _known(work, person, wanted.source, compute_digest(conversation, message_id, words))
    if known is None:
        return _add(work, person, conversation, wanted, message_id, words)
    if known.lost != wanted.lost:  # the same words, struck out since
        drafts.set_lost(work.db, known.id, wanted.lost)
    return replace(known, lost=wanted.lost)


def _add(
    work: UnitOfWork,
    person: Person,
    conversation: Conversation,
    wanted: Wanted,
    message_id: str,
    words: Words,
) -> Draft:
    channel, ts = wanted.source or (None, None)
    if channel and ts:
        drafts.replace_open(work.db, channel, ts)
    draft = Draft(
        id=work.make_id(),
        conversation_id=conversation.id,
        message_id=message_id,
        by_user=person.id,
        text=words.text,
        image_sha256=words.image,
        alt=words.alt,
        seen_seq=wanted.seen,
        shown_seq=wanted.shown,
        digest=compute_digest(conversation, message_id, words),
        channel=channel,
        ts=ts,
        corrects=wanted.corrects,
        at=work.now,
        lost=wanted.lost,
    )
    drafts.add(work.db, draft)
    return draft


def _about(work: UnitOfWork, conversation: Conversation, wanted: Wanted) -> tuple[str, Image | None]:
    """The message it answers, and its image; a correction keeps those of what it corrects."""
    if wanted.corrects is None:
        return find_message_to_answer(work, conversation).id, wanted.image
    sent = load_correctable(work, conversation, wanted.corrects)
    return sent.message_id, wanted.image or to_image(sent)


def to_image(row: Draft | Send) -> Image | None:
    """Of a draft or a Send."""
    return (row.image_sha256, row.alt) if row.image_sha256 else None


def _known(work: UnitOfWork, person: Person, source: Source | None, wanted: str) -> Draft | None:
    """The draft that these words have already, if any; one that was kept internal is offered again. What was sent and
    did not arrive can be sent once more."""
    if source is None:
        return None
    same = [one for one in drafts.list_of_source(work.db, *source) if one.digest == wanted]
    sent = [one.id for one in same if one.state == drafts.SENT]
    if any(not sends.has_not_arrived(work.db, one) for one in sent):
        raise AlreadySentReply
    if any(sends.may_have_arrived_since(work.db, one) for one in sent):
        raise MaybeSentReply
    for one in same:
        if one.by_user == person.id and one.state in (drafts.OFFERED, drafts.KEPT):
            drafts.set_state(work.db, one.id, drafts.OFFERED)
            return load(work, one.id)
    return None


def take_over(work: UnitOfWork, person: Person, draft_id: str, wanted: Wanted) -> Wanted:
    """What a dialog opened from a draft does not hold itself: the Slack message, the image, what was shown."""
    must_be_mine(work, person, older := load(work, draft_id))
    if older.state == drafts.SENT:
        raise AlreadySentReply
    drafts.set_state(work.db, older.id, drafts.REPLACED)
    return replace(
        wanted, source=older.source, image=wanted.image or to_image(older), corrects=wanted.corrects or older.corrects,
        seen=min(wanted.seen, older.seen_seq), shown=older.shown_seq,
    )  # fmt: skip


def load(work: UnitOfWork, draft_id: str, *, lock: bool = True) -> Draft:
    row = drafts.load(work.db, draft_id, lock=lock)
    if row is None:
        raise NothingThere
    return row


def must_be_mine(work: UnitOfWork, person: Person, draft: Draft) -> None:
    if draft.by_user != person.id:
        raise NotYours(owner=list_names(work, (draft.by_user,)))


def must_be_describable(draft: Draft) -> None:
    """It has an image, and is offered still. Raises AlreadySentReply, DraftOutdated, NothingThere."""
    if draft.state == drafts.SENT:
        raise AlreadySentReply
    if draft.state == drafts.REPLACED:
        raise DraftOutdated
    if draft.image_sha256 is None:
        raise NothingThere


def find_message_to_answer(work: UnitOfWork, conversation: Conversation) -> Message:
    """Whom an answer answers now: the customer's last message. Raises NothingToAnswer, WrittenToFormer."""
    found = messages.find_last_of_customer(work.db, conversation.id)
    if found is None:
        raise NothingToAnswer(name=lifecycle.load_customer_name(work, conversation))
    must_be_to_us(work, found)
    return found


def must_be_to_us(work: UnitOfWork, message: Message | None) -> None:
    """Raises WrittenToFormer: the account was another profile when it came."""
    if message is not None and profiles.is_of_former(work, message.account, message.received_at):
        raise WrittenToFormer(profile=profiles.name_former(work, message.account))


def load_correctable(work: UnitOfWork, conversation: Conversation, delivery_id: str) -> Send:
    """The Send of an answer that is there and can be changed in place. Raises NothingThere, CannotCorrect."""
    delivery, sent = deliveries.load(work.db, delivery_id), sends.find_of_delivery(work.db, delivery_id)
    ours = lifecycle.find_our_answer(work, conversation, delivery_id)
    if delivery is None or sent is None or ours is None:
        raise NothingThere
    if delivery.state is not State.SENT or delivery.remote_id is None or ours.deleted_at is not None:
        raise NothingThere
    answered = messages.load(work.db, sent.message_id)
    if answered is None or not get_answering(work, conversation.account).can_correct(answered.reference):
        raise CannotCorrect(account=work.policy.title_of(conversation.account))
    must_be_to_us(work, answered)
    return sent


# --- before Send -------------------------------------------------------------------------------------


def list_meanwhile(
    work: UnitOfWork,
    conversation: Conversation,
    *,
    seen: int,
    by: str,
    in_spite: bool = False,
    but: str | None = None,
) -> tuple[Meanwhile, ...]:
    """What happened since `seen`, in this conversation's rows. `but`: a delivery that is left out."""
    of_conversation = sends.list_of_conversation(work.db, conversation.id)
    arrived = [one.send for one in of_conversation if one.state is State.SENT]
    pressed = {send.corrects or send.delivery_id: send.seq for send in arrived}
    changed = messages.list_changed_since(work.db, conversation.id, seen)
    said = messages.load_words(work.db, [one.id for one in changed])
    changes = [
        answers.Change(
            one.seq, one.via, one.by, one.edited_at or one.at, said[one.id].text, edited=one.edits > 0,
            deleted=one.deleted_at is not None, pressed=pressed.get(one.delivery_id or ""),
        )
        for one in changed
    ]  # fmt: skip
    under_way = [
        answers.Underway(one.send.seq, one.send.by_user, one.send.at, one.send.text)
        for one in of_conversation
        if not one.state.final and one.send.delivery_id != but
    ]
    return answers.list_meanwhile(changes, under_way, seen=seen, by=by, in_spite=in_spite)


def offer(work: UnitOfWork, conversation: Conversation, draft: Draft) -> DraftView:
    """The same for somebody who is asked now. Where a pause stops it, they are asked again after it: `held_back.py`."""
    view = make_view(work, conversation, draft)
    drafts.offer(work.db, draft.id, held_at=work.now if view.stopped else None)
    return view


def make_view(
    work: UnitOfWork, conversation: Conversation, draft: Draft, meanwhile: tuple[Meanwhile, ...] = ()
) -> DraftView:
    """What its person is asked before Send; with `meanwhile`, why it was not sent."""
    half, words = get_answering(work, conversation.account), to_words(draft)
    answered = messages.load(work.db, draft.message_id)
    reference = answered.reference if answered else {}
    what = to_content(work, conversation.account, words)
    measure = half.measure_reply(reference, what)
    late = None if draft.corrects else lifecycle.find_too_late(work, conversation)
    since, more_since = make_since(work, conversation, answered) if answered else ((), 0)
    return DraftView(
        draft_id=draft.id, digest=draft.digest,
        private=conversation.private,
        customer=load_customer_view(work, conversation),
        us=lifecycle.make_our_handle(work, conversation.account),
        preview=half.preview_reply(reference, what),
        length=measure.length,
        limit=measure.limit,
        unit=measure.unit,
        problem=late.sentence if late else find_problem(measure.problem, words),
        notes=measure.notes,
        stopped=stopped.sentence if (stopped := find_stop(work, conversation.account)) else None,
        tags=measure.tags,
        image_alt=(words.alt or "") if words.image else None,
        owner=conversation.owner if conversation.owner != draft.by_user else None,
        waits=conversation.stage is Stage.OPEN,
        corrects=draft.corrects,
        meanwhile=meanwhile,
        lost=tuple(filter(None, [find_marks(words.text), *draft.lost])),
        text=words.text,
        title=work.policy.title_of(conversation.account),
        answers_end=None if draft.corrects or late else lifecycle.find_answers_end(work, conversation),
        conversation_id=conversation.id,
        seq=draft.seen_seq if draft.shown_seq is None else draft.shown_seq,
        post=load_post_link(work, conversation.post_id, conversation.account, conversation.thread),
        last=make_words_view(work, conversation, answered) if answered else None,
        since=since,
        more_since=more_since,
    )  # fmt: skip


def find_stop(work: UnitOfWork, account: str) -> RepliesStopped | None:
    """A pause that stops replies of this account, too."""
    shut = gate.read(work.db).replies_stopped_for((account,))
    if shut is None:
        return None
    by, at = find_who_stopped(work, shut)
    return RepliesStopped(by=list_names(work, (by,)), at=format_moment(work, at))


def find_prefix(work: UnitOfWork, account: str, reference: Mapping[str, Any]) -> str:
    """What the network puts in front of an answer to this message; "" if it is nothing."""
    half, marker = get_answering(work, account), "\N{BLACK SQUARE}"
    shown = half.preview_reply(reference, to_content(work, account, Words(marker)))
    return shown.removesuffix(marker) if shown.endswith(marker) else ""


def goes_out_as_typed(
    work: UnitOfWork, conversation: Conversation, draft: Draft, typed: str, alt: str | None = None
) -> bool:
    """Is what the customer would get what stands in the dialog, with what the dialog says is put in front?"""
    answered = messages.load(work.db, draft.message_id)
    prefix = find_prefix(work, conversation.account, answered.reference if answered else {})
    written = typed.replace("\r\n", "\n").strip()
    if (alt is not None and alt.strip() != (draft.alt or "")) or find_marks(typed):
        return False
    return make_view(work, conversation, draft).preview in (written, prefix + written)


def find_problem(measured: str | None, words: Words) -> str | None:
    """Why it cannot be sent as it is, in a sentence."""
    if words.image and not is_visible(words.alt or ""):
        return NO_ALT
    for said in (words.text, words.alt or ""):
        if (lost := find_lost_letter(said)) is not None:
            return " ".join(lost)
    return measured
