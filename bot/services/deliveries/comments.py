"""What customers wrote below a post of ours: it is about the post once its id is known, and shows what becomes of it.

A comment may be there before we know that the post is: while nobody knows whether it went out. Whoever visits the
account adopts it, and not whoever writes the outcome down: that one holds the gate, which a pause waits for.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.kinds import LineType
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.inbox import about_posts, conversations
from bot.store.posts import posts
from bot.store.slack import cards

TWINS = "twins"  # what a delivery's `prepared` keeps: remote ids of a post that is there twice
LATELY = timedelta(days=3)  # whoever writes later finds the id known


def find_nameless(work: UnitOfWork, account: str) -> list[tuple[str, str]]:
    """(root, post id) of what was written lately below a post of ours whose id was not known, or below its copy."""
    since = work.now - LATELY
    found = about_posts.find_nameless(work.db, account, since)
    if roots := about_posts.list_nameless_roots(work.db, account, since):
        for post_id, prepared in about_posts.list_prepared_since(work.db, account, since):
            found += [(root, post_id) for root in prepared.get(TWINS, ()) if root in roots]
    return sorted(set(found), key=lambda one: (one[1], one[0]))


def adopt(work: UnitOfWork, account: str, root: str, post_id: str) -> None:
    """The post is this on its network. Conversations come after the post and before any card, as in `row_locks.py`."""
    if posts.load(work.db, post_id, lock=True) is None:
        return
    told = bool(conversations.list_of_post(work.db, post_id, limit=1))
    if not about_posts.adopt(work.db, account, root, post_id):
        return  # at the next visit
    redraw(work, post_id, account)
    first = next(iter(conversations.list_of_post(work.db, post_id, limit=1)), None)
    if first is not None and not told:
        cards.say(work.db, post_id, LineType.PEOPLE_ANSWER, {"conversation": first.id}, work.now)
        cards.touch_post(work.db, post_id)


def redraw(work: UnitOfWork, post_id: str, account: str) -> None:
    """The cards of all that is about it there: they say where it is, or since when it is gone."""
    about_posts.redraw(work.db, post_id, account)
    work.wake(Wake.OUTBOX)
