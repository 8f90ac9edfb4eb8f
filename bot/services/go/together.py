"""One message for posts of the same hour that ask whether the moment is right. It changes nothing about a Go: each post
needs its own, inside its own lead.

Whoever is asked is mentioned in that message once, and the cards of the posts for which it was put up mention nobody.
Which of the two does is written down in the transaction that opens the review: nobody is rung twice, and no post rings
nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.domain.gate import Gate
from bot.domain.go_requests import HOUR, MOST, SOON, choose_together, fit
from bot.domain.kinds import CardType
from bot.domain.posts import Post, Status
from bot.domain.preflight.due import find_asking_again, find_due_moment
from bot.services import duty
from bot.services.pause.drill_over import OF_A_DRILL
from bot.services.posts import preflight, standing
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations
from bot.store.pause import gate
from bot.store.posts import go_requests, posts
from bot.store.posts.go_requests import Asked
from bot.store.slack import cards

LOOKED_AT = 3 * MOST  # posts near a slot: a thousand may have the same
STILL_LOOKED_AT = 2 * SOON  # so long after it was put up, people see in a message what has opened since


def ask_together(work: UnitOfWork, post: Post, *, again: bool = False) -> None:
    """A post's review opens: it comes to a message that asks for others of its hour, or one is put up for it and them.
    `again`: its card was up before."""
    rows = gate.read(work.db)
    # Nothing of a drill stands beside what is really published.
    of_drill = post.version.body.accounts == OF_A_DRILL
    if post.slot is None or of_drill or not _asks_go(work, post, rows):
        go_requests.call_by_own_card(work.db, post.id)
        return
    conversations.lock_hour(work.db)  # of two that open at once, the second finds the first one's message
    epochs = rows.epochs_for(post.version.body.accounts)
    if not again and _is_announced(work, post, epochs):
        return
    go_requests.call_by_own_card(work.db, post.id)
    own = Asked("", post.id, post.version.id, post.slot, None)
    if not _join(work, own, rows):
        _put_up(work, own, epochs, rows)


def _is_announced(work: UnitOfWork, post: Post, epochs: str) -> bool:
    """A message was put up for it a moment ago, when another one's review opened. Its review may open later than it was
    to: the lead became shorter, or nothing ran; then nobody looks there any more. Or the shift has
    changed since, and it mentioned somebody else."""
    since = work.now - STILL_LOOKED_AT
    known = go_requests.list_of_post(work.db, post.id, since=since)
    calling = [one.request_id for one in known if is_called_for(one, post, epochs)]
    return any(duty.is_still_same(work, at) for at in go_requests.list_moments(work.db, calling))


def is_called_for(asked: Asked, post: Post, epochs: str) -> bool:
    """Whether the message mentions people for this post, as it stands: then its card does not."""
    return asked.epochs == epochs and asked.version_id == post.version.id


def is_asked_there(asked: Asked, post: Post) -> bool:
    """Whether the post is still of the hour in which the message asks for it."""
    return asked.slot == post.slot


def _asks_go(work: UnitOfWork, post: Post, rows: Gate) -> bool:
    """Its words are approved, and nothing but a Go is missing, now or as soon as its review opens."""
    names = post.version.body.accounts
    if post.slot is None or post.slot <= work.now or post.version.immediate or rows.closed_for(names):
        return False
    opens = find_due_moment(post, work.policy) if post.status is Status.SCHEDULED else None
    again = find_asking_again(post, work.policy) if post.status is Status.REVIEW else None
    if (opens is not None and opens > work.now + SOON) or (again is not None and again > work.now):
        return False
    counted = standing.count(work, post.version, rows.epochs_for(names))
    return counted.asks_go and not preflight.list_against_yes(work, post, counted)


def _list_asking(work: UnitOfWork, found: Iterable[Post], rows: Gate) -> list[Post]:
    waits = (Status.SCHEDULED, Status.REVIEW)
    return [post for post in found if post.status in waits and _asks_go(work, post, rows)]


def _join(work: UnitOfWork, own: Asked, rows: Gate) -> bool:
    """The newest message that still asks for others and has room for it in its hour. The post's own card mentions
    people, as that of any post: this message has done so for the others."""
    near = go_requests.list_near(work.db, own.slot - HOUR, own.slot + HOUR)
    for request_id, asked in near.items():
        others = [one for one in asked if one.post_id != own.post_id]
        if not others or not fit([own.slot, *(one.slot for one in others)]):
            continue
        there = {one.post_id: one for one in others}
        found = posts.list_these(work.db, ids=list(there))
        still = [post for post in found if is_asked_there(there[post.id], post)]
        if _list_asking(work, still, rows):
            go_requests.put(work.db, Asked(request_id, own.post_id, own.version_id, own.slot, None))
            return True
    return False


def _put_up(work: UnitOfWork, own: Asked, epochs: str, rows: Gate) -> None:
    """A message of its own, where others of its hour ask too. It mentions people for those whose cards are not up."""
    near = go_requests.list_waiting_near(work.db, own.slot, HOUR, work.now + SOON, LOOKED_AT)
    found = posts.list_these(work.db, ids=[one for one in near if one != own.post_id])
    asking: dict[str, Post] = {post.id: post for post in _list_asking(work, found, rows)}
    slots: dict[str, datetime] = {post_id: post.slot for post_id, post in asking.items() if post.slot}
    together = choose_together(own.slot, slots)
    if not together:
        return
    request_id = work.make_id()
    asked = [Asked(request_id, own.post_id, own.version_id, own.slot, epochs)]
    for post_id in together:
        post = asking[post_id]
        planned = post.status is Status.SCHEDULED
        its = rows.epochs_for(post.version.body.accounts) if planned else None
        asked.append(Asked(request_id, post_id, post.version.id, slots[post_id], its))
    go_requests.add(work.db, request_id, work.now, asked)
    cards.add(work.db, CardType.GO_REQUEST, request_id, work.policy.review_channel, work.now)
