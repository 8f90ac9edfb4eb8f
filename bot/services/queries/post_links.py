"""The post of ours that customers write about: its words, where its card and the post itself are, and whether it was
taken down since."""

from __future__ import annotations

from datetime import datetime

from bot.domain.deliveries import Delivery, State
from bot.domain.facts import FactKind
from bot.domain.kinds import CardType
from bot.domain.shown.inbox_screens import PostLink
from bot.services.deliveries.post_twins import LINKS
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.pause import told
from bot.store.posts import posts
from bot.store.slack import cards

FIRST_WORDS = 400  # characters of a post's text handed over; screens cut them, at whole characters


def load_post_link(work: UnitOfWork, post_id: str | None, account: str, root: str | None) -> PostLink | None:
    """As it is on this account. `root`: of two copies, the one that was written to."""
    post = posts.load(work.db, post_id) if post_id else None
    if post is None:
        return None
    sent = next((one for one in deliveries.list_of_post(work.db, post.id) if one.account == account), None)
    text = " ".join(post.version.body.text_for(account).split())
    place = cards.find_place(work.db, CardType.POST, post.id)
    if sent is None:
        return PostLink(post.number, text[:FIRST_WORDS], place, None)
    there = root or sent.remote_id
    url = sent.remote_url if there == sent.remote_id else sent.prepared.get(LINKS, {}).get(there)
    return PostLink(post.number, text[:FIRST_WORDS], place, url, _find_gone(work, sent, there))


def find_take_down(
    work: UnitOfWork, delivery: Delivery, there: str | None = None, *, until: datetime | None = None
) -> Delivery | None:
    """The newest take-down of what is there; one that succeeded wins. Of two copies the other may be gone already:
    `there` is the id of one of them. `until`: of those asked for by then."""
    asked = deliveries.list_take_downs(work.db, delivery.post_id or "", delivery.account)
    known = [one for one in asked if one.remote_id == (there or delivery.remote_id)]
    if until is not None:
        known = [one for one in known if (told.find_asked(work.db, one.handle) or until) <= until]
    gone = [one for one in known if one.state is State.SENT]
    listed = gone or known
    return listed[-1] if listed else None


def _find_gone(work: UnitOfWork, delivery: Delivery, there: str | None) -> datetime | None:
    """Since when it is not there any more: by the network's delete, or by hand, as somebody said."""
    asked = find_take_down(work, delivery, there)
    if asked is not None and asked.state is State.SENT:
        last = deliveries.find_last_attempt(work.db, asked.id)
        return (last.ended_at if last else None) or work.now
    by_hand = record.list_of_kinds(work.db, f"post:{delivery.post_id}", FactKind.DELETED_BY_HAND.value)
    return next((one.at for one in by_hand if (one.data or {}).get("delivery") == delivery.id), None)
