"""What people are to post themselves, for the card of its post. Never writes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.approvals import Standing
from bot.domain.deliveries import Delivery, State
from bot.domain.gate import ALL
from bot.domain.kinds import CardType
from bot.domain.posts import Post, Status
from bot.domain.shown.by_hand import HandView, InHand, StopView
from bot.domain.shown.state_words import describe_paused
from bot.services import offering
from bot.services.pause import hands
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import pauses
from bot.store.posts import posts
from bot.store.slack import cards

FIRST_WORDS = 400  # characters handed over; screens cut them, at whole characters


def list_hands(
    work: UnitOfWork, post: Post, sends: Sequence[Delivery], standing: Standing
) -> tuple[HandView, ...]:
    """Nothing before its slot, and nothing of what is up, refused or dropped. Only what is approved is offered, or, of
    what is being sent, what an approver may say yes to again (`standing`)."""
    if post.slot is None or post.slot > work.now:
        return ()
    known = {one.account: one for one in sends}
    found = (_view(work, post, name, known.get(name), standing) for name in post.version.body.accounts)
    return tuple(one for one in found if one is not None)


def _view(
    work: UnitOfWork, post: Post, account: str, send: Delivery | None, standing: Standing
) -> HandView | None:
    if not (offering.is_in_hand(work, send) if send else offering.is_by_hand(work, account)):
        return None
    connection = work.accounts.get(account)  # its account may have left the settings while somebody has it
    title, address = work.policy.title_of(account), connection.profile_url() if connection else ""
    if post.status is Status.REVIEW:
        until = offering.find_last_moment(work, post, account, send)
        waits = standing.asks_go and work.policy.is_by_hand(post.version.body.accounts)
        return HandView(account, title, address, until) if waits and until and until >= work.now else None
    if send is None or (post.status is Status.APPROVED and not standing.met):
        return None
    if send.state in (State.SENDING, State.UNKNOWN):
        attempt = deliveries.find_live_attempt(work.db, send.id)
        since = attempt.started_at if attempt else None
        return HandView(account, title, address, None, send.id, send.state, send.holder, since)
    free = send.state in offering.OFFERED and send.due_at is not None
    return HandView(account, title, address, send.latest_at, send.id) if free else None


def load_stop(work: UnitOfWork, subject: str) -> StopView | None:
    """The message to whoever was posting by hand when publishing was paused; None: there is no such pause."""
    pause_id, person = hands.parse_subject(subject)
    pause = pauses.load(work.db, pause_id)
    if pause is None:
        return None
    found = (_load_in_hand(work, each, person) for each in pause.under_way)
    account = None if pause.scope == ALL else work.policy.title_of(pause.scope)
    return StopView(
        sentence=describe_paused(account), by=pause.by_user, at=pause.at, reason=pause.reason,
        over=pause.ended_at is not None, hands=tuple(one for one in found if one is not None),
    )  # fmt: skip


def _load_in_hand(work: UnitOfWork, delivery_id: str, person: str) -> InHand | None:
    delivery = deliveries.load(work.db, delivery_id)
    post = posts.load(work.db, delivery.post_id) if delivery and delivery.post_id else None
    if delivery is None or post is None or delivery.holder != person:
        return None
    attempt = deliveries.find_last_attempt(work.db, delivery.id)
    return InHand(
        number=post.number, title=work.policy.title_of(delivery.account),
        text=" ".join(post.version.body.text_for(delivery.account).split())[:FIRST_WORDS], state=delivery.state,
        since=attempt.started_at if attempt else None, card=cards.find_place(work.db, CardType.POST, post.id),
    )  # fmt: skip
