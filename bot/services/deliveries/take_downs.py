"""A take-down: the network's delete, on a person's click. Neither gate nor lateness stops it.

What is taken down is a post on one account, or a reply to a customer, whose delivery has no post. Unlike a post it may
be repeated: a second delete of what is gone is gone. So people are told of an unknown outcome, and the button stays.
How a person asks for it: `services/deliveries/take_down.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.conversations import Conversation
from bot.domain.deliveries import AttemptState, Delivery, Next, State, back_off
from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL
from bot.domain.kinds import CardType, LineType
from bot.domain.outcomes import Later, NeedsLogin, NotSent, Outcome, Refused, Sent
from bot.domain.urgency import Urgency
from bot.services import causes, duty
from bot.services.accounts import profiles
from bot.services.deliveries import comments, outcomes, post_twins, reply_outcomes
from bot.services.deliveries.types import Authority, Claim, DeliveryRef, Facts, Forbidden, MayBegin, Upload
from bot.services.inbox import lifecycle
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store import deliveries
from bot.store.inbox import about_posts
from bot.store.pause import told
from bot.store.posts import posts
from bot.store.slack import card_lines, cards

TRIES = 5  # of a delete that did not reach the network, before a person is asked


class TakeDowns:
    """What take-downs do. For a reply its conversation is locked, for a post nothing."""

    deletes = True

    def lock(self, work: UnitOfWork, which: DeliveryRef) -> Conversation | None:
        if which.post_id is not None:
            return None
        glimpse = deliveries.load(work.db, which.delivery_id)
        return lifecycle.lock_of_delivery(work, _of(glimpse)) if glimpse else None

    # --- prepare -------------------------------------------------------------------------------------

    def wants_preparing(self, prepared: Mapping[str, Any]) -> bool:
        return False

    def upload(self, work: UnitOfWork, held: Claim) -> Upload:
        return lambda _connection, _now: {}

    def to_keep(self, work: UnitOfWork, held: Claim, uploaded: dict[str, Any]) -> dict[str, Any]:
        return deliveries.load_prepared(work.db, held.delivery_id)

    def find_shut(
        self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery
    ) -> str | None:
        """A pause never stops one, and it has no images."""
        return None

    # --- begin ---------------------------------------------------------------------------------------

    def may_begin(self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery) -> MayBegin:
        if delivery.account not in work.accounts or delivery.remote_id is None:
            return Forbidden("The account is not in the settings any more.")
        if profiles.went_to_former(work, delivery.account, _of(delivery)):
            return Forbidden(f"It is on {profiles.name_former(work, delivery.account)}.")
        return self.find_authority(work, conversation, delivery)

    def find_authority(
        self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery
    ) -> Authority:
        whose = profiles.find_identity(work, delivery.account)
        return Authority("{}", post_id=delivery.post_id, click_id=delivery.handle, identity=whose)

    def stand_down(
        self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery, why: str
    ) -> None:
        after = Next(State.REFUSED, AttemptState.NOT_SENT, why)
        outcomes.apply(work, delivery, after)
        self.ended(work, conversation, delivery, after)

    def render(self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery) -> bytes:
        return str(delivery.remote_id).encode()

    def begun(
        self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery, attempt_id: str
    ) -> None:
        """It is on record as ordered; how it ended will be."""

    # --- outcome -------------------------------------------------------------------------------------

    def judge(
        self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery, outcome: Outcome
    ) -> Next:
        """Gone, refused, or nobody knows; a call that never reached the network is made again."""
        return causes.add(work, delivery, outcome, _judge(work, delivery, outcome))

    def note(
        self,
        work: UnitOfWork,
        conversation: Conversation | None,
        what: FactKind,
        delivery: Delivery,
        data: Facts,
    ) -> None:
        """Only its order and its end are on record, by whom it was ordered."""

    def ended(
        self, work: UnitOfWork, conversation: Conversation | None, delivery: Delivery, after: Next
    ) -> None:
        if after.tell:
            _tell_at_once(work, conversation, delivery, after.tell)
        if after.state is State.READY:
            return
        post = posts.load(work.db, delivery.post_id) if delivery.post_id else None
        what = FactKind.TAKEN_DOWN if after.state is State.SENT else FactKind.NOT_TAKEN_DOWN
        data = {"account": delivery.account, "reason": after.reason, "state": after.state.key}
        work.note(what, delivery.resolved_by, post, **data)
        if delivery.post_id:
            if after.state is State.SENT:  # conversations before the delivery, as in `row_locks.py`
                about_posts.lock(work.db, delivery.post_id, delivery.account)
                tell_gone(work, delivery.post_id, delivery.account, _of(delivery), str(delivery.remote_id))
            redraw(work, delivery.post_id, _of(delivery), told.list_of_take_down(work.db, delivery.handle))
        elif conversation is not None:
            _tell(work, conversation, delivery, after.state)

    def late(
        self,
        work: UnitOfWork,
        conversation: Conversation | None,
        delivery: Delivery,
        attempt_id: str,
        sent: Sent,
    ) -> None:
        """People were told that nobody knows; deleting once more does no harm."""


def _judge(work: UnitOfWork, delivery: Delivery, outcome: Outcome) -> Next:
    match outcome:
        case Sent():
            return Next(State.SENT, AttemptState.SENT)
        case Refused(reason):
            return Next(State.REFUSED, AttemptState.REFUSED, reason)
        case NotSent(why) | Later(why) | NeedsLogin(why):
            if delivery.tries >= TRIES:
                return Next(State.REFUSED, AttemptState.NOT_SENT, why)
            at = work.now + back_off(delivery.tries)
            return Next(State.READY, AttemptState.NOT_SENT, why, due_at=at)
        case _:
            return Next(State.UNKNOWN, AttemptState.UNKNOWN, outcome.evidence)


def _of(delivery: Delivery) -> str:
    """The delivery of the post or reply it takes down."""
    return str(delivery.prepared["of"])


def _tell_at_once(
    work: UnitOfWork, conversation: Conversation | None, delivery: Delivery, sentence: str
) -> None:
    by = delivery.resolved_by
    if delivery.post_id:
        mention = list(dict.fromkeys(filter(None, (by, *duty.list_to_alarm(work)))))
        values = {"sentence": sentence, "mention": mention, "delivery": _of(delivery)}
        cards.say(work.db, delivery.post_id, LineType.INCIDENT, values, work.now)
        redraw(work, delivery.post_id, _of(delivery))
    elif conversation is not None:
        lifecycle.say(work, conversation, LineType.INCIDENT, sentence=sentence, mention=[by])
        lifecycle.redraw(work, conversation)


def _tell(work: UnitOfWork, conversation: Conversation, delivery: Delivery, state: State) -> None:
    if state is State.SENT:
        reply_outcomes.mark_deleted(work, conversation, _of(delivery), delivery.resolved_by)
        return
    title = work.policy.title_of(delivery.account)
    sentence = (
        f"{title} has not confirmed that the reply is deleted. Please look there, or delete it once more."
    )
    lifecycle.say(
        work,
        conversation,
        LineType.INCIDENT,
        sentence=sentence,
        mention=[delivery.resolved_by],
        delivery=_of(delivery),
    )
    lifecycle.redraw(work, conversation)


def tell_gone(work: UnitOfWork, post_id: str, account: str, delivery_id: str, remote_id: str) -> None:
    """Of a post, whose conversations there are locked: of two copies the other is the post now, and what customers
    wrote below it says that it is gone."""
    post_twins.stay_with_the_other(work, delivery_id, remote_id)
    comments.redraw(work, post_id, account)


def redraw(work: UnitOfWork, post_id: str, delivery_id: str, over: Sequence[str] = ()) -> None:
    """The post's card, the lines about this send, and every banner that lists it. `over`: pauses that have ended and
    tell of it."""
    cards.touch_post(work.db, post_id, urgency=Urgency.DECISION)
    card_lines.redraw_lines_of(work.db, CardType.POST, post_id, delivery_id, work.now)
    cards.touch_banners(work.db, (ALL, DRILL, *work.policy.accounts), over)
    work.wake(Wake.OUTBOX)
