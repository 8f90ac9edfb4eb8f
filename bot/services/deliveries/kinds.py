"""What a post, a statement, a reply, a correction and a take-down each do at the steps of a send; the steps themselves
are alike for all.

One object a kind, chosen from one table: `machine.py` asks `KINDS` and nobody compares kinds. A kind decides what is
locked before the delivery (`Subject`), whether it may begin, and what people are told; states, fences and attempts are
the machine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from bot.domain.deliveries import Delivery, Next
from bot.domain.facts import FactKind
from bot.domain.kinds import DeliveryType
from bot.domain.outcomes import Outcome, Sent
from bot.services.deliveries.posts import Posts
from bot.services.deliveries.replies import Corrections, Replies
from bot.services.deliveries.statements import Statements
from bot.services.deliveries.take_downs import TakeDowns
from bot.services.deliveries.types import Authority, Claim, DeliveryRef, Facts, MayBegin, Upload
from bot.services.unit_of_work import UnitOfWork

Subject = TypeVar("Subject")  # what a delivery belongs to: a post's case, an answer and its conversation


class DeliveryKind(Protocol[Subject]):
    """One kind of delivery. Every method is called inside the transaction of its step."""

    @property
    def deletes(self) -> bool:
        """Its call takes something down. That may be repeated: it has no send window, nobody looks whether it
        worked, and when nobody knows, people are told at once and press again."""

    def lock(self, work: UnitOfWork, which: DeliveryRef) -> Subject:
        """Load and lock what comes before the delivery in the one order of locks (`store/engine/row_locks.py`)."""

    # --- claim and prepare ---

    def wants_preparing(self, prepared: Mapping[str, Any]) -> bool:
        """Is there something to upload that was not uploaded yet?"""

    def upload(self, work: UnitOfWork, held: Claim) -> Upload:
        """What uploads it: asked outside any write, called outside any transaction."""

    def to_keep(self, work: UnitOfWork, held: Claim, uploaded: dict[str, Any]) -> dict[str, Any]:
        """What is stored of an upload, beside what must stay."""

    def find_shut(self, work: UnitOfWork, subject: Subject, delivery: Delivery) -> str | None:
        """Why a pause, or the end of one, keeps it back now: then its images cannot be fetched either."""

    # --- begin ---

    def may_begin(self, work: UnitOfWork, subject: Subject, delivery: Delivery) -> MayBegin:
        """All checks, under lock."""

    def find_authority(self, work: UnitOfWork, subject: Subject, delivery: Delivery) -> Authority | None:
        """On whose word it would have begun, whatever stands against it now."""

    def stand_down(self, work: UnitOfWork, subject: Subject, delivery: Delivery, why: str) -> None:
        """A check failed: what becomes of it."""

    def render(self, work: UnitOfWork, subject: Subject, delivery: Delivery) -> bytes:
        """The exact bytes to be sent."""

    def begun(self, work: UnitOfWork, subject: Subject, delivery: Delivery, attempt_id: str) -> None:
        """The attempt is written: say so."""

    # --- outcome ---

    def judge(self, work: UnitOfWork, subject: Subject, delivery: Delivery, outcome: Outcome) -> Next:
        """What an outcome, of the call or of an upload, makes of the delivery."""

    def note(
        self, work: UnitOfWork, subject: Subject, what: FactKind, delivery: Delivery, data: Facts
    ) -> None:
        """Put a step on record, with what is known of it."""

    def ended(self, work: UnitOfWork, subject: Subject, delivery: Delivery, after: Next) -> None:
        """A try is over and written down: what that makes of the subject, and who is told. `delivery`: as it was."""

    def late(
        self, work: UnitOfWork, subject: Subject, delivery: Delivery, attempt_id: str, sent: Sent
    ) -> None:
        """Proof of success of an attempt that was settled without it. It is never thrown away."""


KINDS: Mapping[DeliveryType, DeliveryKind[Any]] = {
    DeliveryType.POST: Posts(),
    DeliveryType.STATEMENT: Statements(),
    DeliveryType.REPLY: Replies(),
    DeliveryType.CORRECTION: Corrections(),
    DeliveryType.TAKE_DOWN: TakeDowns(),
}
