"""The post of ours that customers write about: its words, where its card and the post itself are, and whether it was
taken down since."""

from __future__ import annotations

from datetime import datetime

from bot.domain.deliveries import Delivery, State
from bot.domain.kinds import CardType
from bot.domain.shown.inbox_screens import PostLink
from bot.services.deliveries.post_twins import LINKS
from bot.services.post_states import load_gone
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
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
    return PostLink(post.number, text[:FIRST_WORDS], place, url, load_gone(work, [post.id]).find(sent, there))


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
