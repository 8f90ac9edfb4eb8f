"""What customers wrote below a post of ours: it is about the post once its id is known, and shows what becomes of it.

A comment may be there before we know that the post is: while nobody knows whether it went out.
"""

from __future__ import annotations

from bot.domain.kinds import LineType
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.inbox import about_posts, conversations
from bot.store.slack import cards


def adopt(work: UnitOfWork, post_id: str, account: str, remote_id: str) -> None:
    """The post is this on its network. Conversations come after the post and before any card, as in `row_locks.py`."""
    if not about_posts.find_nameless(work.db, account, remote_id):
        return
    told = bool(conversations.list_of_post(work.db, post_id, limit=1))
    about_posts.adopt(work.db, account, remote_id, post_id)
    redraw(work, post_id, account)
    first = next(iter(conversations.list_of_post(work.db, post_id, limit=1)), None)
    if first is not None and not told:
        cards.say(work.db, post_id, LineType.PEOPLE_ANSWER, {"conversation": first.id}, work.now)
        cards.touch_post(work.db, post_id)


def redraw(work: UnitOfWork, post_id: str, account: str) -> None:
    """The cards of all that is about it there: they say where it is, or since when it is gone."""
    about_posts.redraw(work.db, post_id, account)
    work.wake(Wake.OUTBOX)
