"""What people are to post themselves, for the card of its post. Never writes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.approvals import Standing
from bot.domain.deliveries import Delivery, State
from bot.domain.posts import Post, Status
from bot.domain.shown.by_hand import HandView
from bot.services import offering
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries


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
