"""Replies and corrections: what of their Send goes to the network, and what becomes of the conversation.

A pause stops broadcast, not conversation: begin asks the same gate under the same lock, but only whether it stops
replies too. An answer it stops is dropped and never goes out by itself later; its words stay with the Send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from bot.domain.answers import DELETED, EDITED
from bot.domain.conversations import Conversation, Kind
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.gate import Gate
from bot.domain.kinds import LineType
from bot.domain.outcomes import NotSent, Outcome, Refused, Sent
from bot.domain.people import Right
from bot.networks.protocol import AccountClient, Content, PrepareFailed
from bot.networks.receiving import TARGET_GONE, Answering, Gone, Inbound, Trouble, as_answering
from bot.services import causes
from bot.services.accounts import profiles
from bot.services.deliveries import outcomes
from bot.services.deliveries.reply_outcomes import mark_answered, mark_corrected
from bot.services.deliveries.types import Authority, Claim, DeliveryRef, Facts, Forbidden, MayBegin, Upload
from bot.services.inbox import drafts, edits, lifecycle, twins
from bot.services.posts import standing
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store import deliveries
from bot.store.inbox import messages, sends
from bot.store.inbox.messages import Message
from bot.store.inbox.sends import Send
from bot.store.pause import gate

REPLIES_PAUSED = "replies are paused"
_NOW = "now"  # of an upload, never stored: what it answers, as it is

TOLD = {
    State.REFUSED: LineType.REPLY_REFUSED,
    State.DROPPED: LineType.REPLY_REFUSED,
    State.UNKNOWN: LineType.REPLY_UNKNOWN,
}


@dataclass(frozen=True)
class Answer:
    """What an answer belongs to: the gate's rows and its conversation, locked; its Send, and what it answers."""

    gate: Gate
    conversation: Conversation
    sent: Send
    about: Message | None  # None: its words are erased


class Replies:
    """What an answer to a customer does."""

    deletes = False

    def lock(self, work: UnitOfWork, which: DeliveryRef) -> Answer:
        lifecycle.wait_for_delivery(work, which.delivery_id)
        rows = gate.lock_shared(work.db, (which.account,))
        conversation = lifecycle.lock_of_delivery(work, which.delivery_id)
        if conversation is None:
            raise LookupError(f"delivery {which.delivery_id} has no Send")
        return Answer(rows, conversation, *_what(work, which.delivery_id))

    # --- prepare -------------------------------------------------------------------------------------

    def wants_preparing(self, prepared: Mapping[str, Any]) -> bool:
        """Before each try: whether what it answers is still there is asked right before it."""
        return True

    def upload(self, work: UnitOfWork, held: Claim) -> Upload:
        """The image, and whether what it answers is still there. Where the answer cannot go out any more it uploads
        nothing; begin says why."""
        sent, about = _what(work, held.delivery_id)
        if about is None or as_answering(work.accounts.get(held.account)) is None:
            return lambda _connection, _now: {}
        words = drafts.to_words(sent)
        content = drafts.to_content(work, held.account, words, claim=held.mark)
        return self.preparing(about, content, _uploaded(deliveries.load_prepared(work.db, held.delivery_id)))

    def preparing(self, about: Message, content: Content, prepared: Mapping[str, Any]) -> Upload:
        def prepare(connection: AccountClient, now: datetime) -> dict[str, Any]:
            half = _answering(connection)
            done = half.prepare_reply(about.reference, content, prepared, now)
            return {**done, _NOW: _look_once_more(half, about)}

        return prepare

    def to_keep(self, work: UnitOfWork, held: Claim, uploaded: dict[str, Any]) -> dict[str, Any]:
        """What it answers may say something else now: begin judges by that."""
        sent, about = _what(work, held.delivery_id)
        now = uploaded.pop(_NOW, None)
        if isinstance(now, Inbound) and about is not None:
            edits.take_look(work, about.id, now)
        return {**uploaded, "send": sent.id}

    def find_shut(self, work: UnitOfWork, answer: Answer, delivery: Delivery) -> str | None:
        stopped = answer.gate.replies_stopped_for((delivery.account,))
        return REPLIES_PAUSED if stopped is not None else None

    # --- begin ---------------------------------------------------------------------------------------

    def may_begin(self, work: UnitOfWork, answer: Answer, delivery: Delivery) -> MayBegin:
        """If nobody stopped replies, and it still is what somebody pressed Send on."""
        why_not = self._why_not(work, answer, delivery)
        if why_not:
            return Forbidden(why_not)
        return self.find_authority(work, answer, delivery)

    def find_authority(self, work: UnitOfWork, answer: Answer, delivery: Delivery) -> Authority:
        epochs = answer.gate.epochs_for((delivery.account,))
        whose = profiles.find_identity(work, delivery.account)
        return Authority(epochs, send_id=answer.sent.id, identity=whose)

    def _why_not(self, work: UnitOfWork, answer: Answer, delivery: Delivery) -> str | None:
        if answer.gate.replies_stopped_for((delivery.account,)) is not None:
            return REPLIES_PAUSED
        if delivery.account not in work.accounts:
            return "the account is not in the settings any more"
        if as_answering(work.accounts[delivery.account]) is None:
            return "this network takes no answers through Byhand"
        if delivery.latest_at is not None and delivery.latest_at < work.now:
            return outcomes.TOO_LATE
        if answer.about is not None and profiles.is_of_former(
            work, delivery.account, answer.about.received_at
        ):
            return f"what it answers was written to {profiles.name_former(work, delivery.account)}"
        return self._lost_right(work, answer.sent.by_user) or self._changed_since(answer)

    def _lost_right(self, work: UnitOfWork, by: str) -> str | None:
        """Whoever pressed Send has left the team since, as far as known."""
        loss = standing.load_last_known(work, {by}).find_loss(by, Right.TEAM, ())
        return f"{list_names(work, (by,))} pressed Send and is {loss}" if loss else None

    def _changed_since(self, answer: Answer) -> str | None:
        """Is it still what somebody pressed Send on, and still there to be answered?"""
        sent, about = answer.sent, answer.about
        if about is None or answer.conversation.erased_at is not None:
            return "the conversation's words were erased"
        if self.is_gone(about):
            return DELETED
        if self.is_edited(about, sent):
            return EDITED
        if drafts.compute_digest(answer.conversation, sent.message_id, drafts.to_words(sent)) != sent.digest:
            return "it is not what somebody pressed Send on"
        return None

    def is_gone(self, about: Message) -> bool:
        """Has what it answers been deleted?"""
        return about.deleted_at is not None

    def is_edited(self, about: Message, sent: Send) -> bool:
        """Has what it answers been changed since Send was pressed?"""
        return about.edits > 0 and about.seq > sent.seq

    def stand_down(self, work: UnitOfWork, answer: Answer, delivery: Delivery, why: str) -> None:
        after = Next(State.DROPPED, AttemptState.NOT_SENT, causes.close(work, delivery, why))
        outcomes.apply(work, delivery, after)
        self.note(work, answer, FactKind.DROPPED, delivery, {"why": why})
        self.ended(work, answer, delivery, after)

    def render(self, work: UnitOfWork, answer: Answer, delivery: Delivery) -> bytes:
        """The exact bytes, from the Send and the message it answers alone."""
        half = drafts.get_answering(work, delivery.account)
        content = drafts.to_content(work, delivery.account, drafts.to_words(answer.sent))
        return self.body(work, half, answer, delivery, content)

    def body(
        self, work: UnitOfWork, half: Answering, answer: Answer, delivery: Delivery, content: Content
    ) -> bytes:
        prepared = _uploaded(delivery.prepared)
        return half.render_reply(_reference(answer), content, prepared, delivery.handle, work.now)

    def begun(self, work: UnitOfWork, answer: Answer, delivery: Delivery, attempt_id: str) -> None:
        self.note(work, answer, FactKind.BEGUN, delivery, {"attempt": attempt_id})

    # --- outcome -------------------------------------------------------------------------------------

    def judge(self, work: UnitOfWork, answer: Answer, delivery: Delivery, outcome: Outcome) -> Next:
        if isinstance(outcome, Refused) and outcome.code == TARGET_GONE.code:
            return Next(State.DROPPED, AttemptState.NOT_SENT, causes.close(work, delivery, DELETED))
        return outcomes.judge(work, delivery, outcome)

    def note(self, work: UnitOfWork, answer: Answer, what: FactKind, delivery: Delivery, data: Facts) -> None:
        """Without the reason: a network's own words may quote the customer's, which must not stay on record."""
        kept = {name: value for name, value in data.items() if name != "reason"}
        lifecycle.note(work, what, None, answer.conversation, delivery=delivery.id, **kept)

    def ended(self, work: UnitOfWork, answer: Answer, delivery: Delivery, after: Next) -> None:
        """Sent: the conversation is answered. Else a line where a person must see it, and the card in any case."""
        if after.state is State.SENT:
            if after.changed:
                sentence = outcomes.describe_change(work, delivery.account, after)
                mention = [answer.sent.by_user]
                lifecycle.say(
                    work, answer.conversation, LineType.INCIDENT, sentence=sentence, mention=mention
                )
            there = replace(delivery, remote_id=after.remote_id, remote_url=after.remote_url)
            mark_arrived(work, answer.conversation, there, answer.sent)
            return
        conversation = answer.conversation
        if (after.reason or "").endswith(
            DELETED
        ) and answer.about is not None:  # the sweep has not seen it yet
            edits.mark_gone(work, answer.about)
            conversation = lifecycle.lock(work, conversation.id)
        if after.tell:
            mention = list(dict.fromkeys(filter(None, (answer.sent.by_user, conversation.owner))))
            lifecycle.say(work, conversation, LineType.INCIDENT, sentence=after.tell, mention=mention)
        still_looking = after.state is State.UNKNOWN and after.next_check_at is not None
        if after.state in TOLD and not still_looking:
            mention = [answer.sent.by_user]
            lifecycle.say(work, conversation, TOLD[after.state], delivery=delivery.id, mention=mention)
        lifecycle.redraw(work, conversation)
        lifecycle.redraw_answer(work, conversation, delivery.id)

    def late(self, work: UnitOfWork, answer: Answer, delivery: Delivery, attempt_id: str, sent: Sent) -> None:
        last = deliveries.find_last_attempt(work.db, delivery.id)
        if delivery.remote_id == sent.remote_id or (
            delivery.state is State.SENT and last is not None and last.id == attempt_id
        ):
            return
        after = outcomes.settle_late(work, delivery, attempt_id, sent)
        if after is None:
            self.tell_twice(work, answer, delivery, sent)
            return
        data = {"attempt": attempt_id, "outcome": "Sent", "remote_id": sent.remote_id, "late": True}
        self.note(work, answer, FactKind.OUTCOME, delivery, data)
        self.ended(work, answer, delivery, after)

    def tell_twice(self, work: UnitOfWork, answer: Answer, delivery: Delivery, sent: Sent) -> None:
        """An earlier try has arrived too, after another had begun."""
        twins.tell_reply(work, answer.conversation, delivery, answer.sent.by_user, sent.remote_id, sent.url)


class Corrections(Replies):
    """New words for an answer that is there. The customer may have deleted what it answers."""

    def is_gone(self, about: Message) -> bool:
        return False

    def is_edited(self, about: Message, sent: Send) -> bool:
        return False

    def tell_twice(self, work: UnitOfWork, answer: Answer, delivery: Delivery, sent: Sent) -> None:
        """A correction changes a post that is there; it never makes a second one."""

    def preparing(self, about: Message, content: Content, prepared: Mapping[str, Any]) -> Upload:
        return lambda connection, now: connection.prepare(content, prepared, now)

    def body(
        self, work: UnitOfWork, half: Answering, answer: Answer, delivery: Delivery, content: Content
    ) -> bytes:
        corrects = answer.sent.corrects
        ours = deliveries.load(work.db, corrects) if corrects else None
        if ours is None or ours.remote_id is None:
            raise LookupError(f"delivery {delivery.id} corrects what was never sent")
        prepared = _uploaded(delivery.prepared)
        return half.render_correction(_reference(answer), ours.remote_id, content, prepared)


def mark_arrived(work: UnitOfWork, conversation: Conversation, delivery: Delivery, sent: Send) -> None:
    """The network has it: what that makes of the conversation, which is locked."""
    (mark_corrected if sent.corrects else mark_answered)(work, conversation, delivery, sent)


def _answering(connection: AccountClient) -> Answering:
    """The connection by its other half; `upload` asked whether it has one."""
    return cast(Answering, connection)


def _look_once_more(half: Answering, about: Message) -> Inbound | None:
    """A public message as it is right before it is answered; None if the network does not say. Raises PrepareFailed."""
    if about.kind is Kind.DIRECT:
        return None
    found = half.look(about.stream, (about.remote_id,))
    if isinstance(found, Trouble):
        why = f"Byhand could not check whether the message it answers was changed: {found.sentence}"
        raise PrepareFailed(NotSent(why))
    now = found.get(about.remote_id)
    if isinstance(now, Gone):
        raise PrepareFailed(TARGET_GONE)
    return now


def _uploaded(prepared: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in prepared.items() if name not in ("send", twins.TWINS)}


def _reference(answer: Answer) -> Mapping[str, Any]:
    return answer.about.reference if answer.about else {}


def _what(work: UnitOfWork, delivery_id: str) -> tuple[Send, Message | None]:
    """The Send a delivery rests on, and the message it answers (None: its words are erased)."""
    sent = sends.find_of_delivery(work.db, delivery_id)
    if sent is None:
        raise LookupError(f"delivery {delivery_id} has no Send")
    about = messages.load(work.db, sent.message_id)
    return sent, about if about and about.reference else None
