"""What people are to post themselves, for the card of its post. Never writes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.deliveries import Delivery, State
from bot.domain.posts import Post, Status
from bot.domain.shown.by_hand import HandView
from bot.services import offering
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries


def list_hands(
    work: UnitOfWork, post: Post, sends: Sequence[Delivery], *, asks_go: bool
) -> tuple[HandView, ...]:
    """Nothing before its slot, and nothing of what is up, refused or dropped. `asks_go`: its words are approved, and
    nobody has said Go."""
    if post.slot is None or post.slot > work.now:
        return ()
    known = {one.account: one for one in sends}
    names = [name for name in post.version.body.accounts if offering.is_by_hand(work, name)]
    found = (_view(work, post, name, known.get(name), asks_go=asks_go) for name in names)
    return tuple(one for one in found if one is not None)


def _view(
    work: UnitOfWork, post: Post, account: str, send: Delivery | None, *, asks_go: bool
) -> HandView | None:
    title, address = work.policy.title_of(account), work.accounts[account].profile_url()
    if post.status is Status.REVIEW:
        waits = asks_go and work.policy.is_by_hand(post.version.body.accounts) and post.slot is not None
        until = post.slot + work.policy.find_window(account) if post.slot else None
        return HandView(account, title, address, until) if waits else None
    if send is None:
        return None
    if send.state in (State.SENDING, State.UNKNOWN):
        attempt = deliveries.find_live_attempt(work.db, send.id)
        since = attempt.started_at if attempt else None
        return HandView(account, title, address, None, send.id, send.state, send.holder, since)
    free = send.state in offering.OFFERED and send.due_at is not None
    return HandView(account, title, address, send.latest_at, send.id) if free else None
