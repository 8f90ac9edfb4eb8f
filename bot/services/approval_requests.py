"""Asking approvers for the words of posts before their reviews open: one message for several posts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bot.domain.facts import FactKind
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person, Right
from bot.domain.posts import Post, Seen, Status, Verb
from bot.domain.refusals import (
    AskedAlready,
    FieldErrors,
    NoSuchPost,
    NothingToAsk,
    OnlyMembersOrAsk,
    Outdated,
)
from bot.services.clicks import count_once
from bot.services.posts import lifecycle, standing
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment, list_names, make_state_sentence, name_approvers
from bot.store.inbox import conversations
from bot.store.pause import gate
from bot.store.posts import approval_requests, approvals, posts
from bot.store.posts.approval_requests import Request
from bot.store.slack import cards

MOST = 40  # posts in one request: the soonest
PAGE = 100  # posts looked at together
ANY_NUMBER = 10**6  # more people than ever approve a post


def list_unapproved(work: UnitOfWork, found: Sequence[Post]) -> list[Post]:
    """Those of these posts whose review is not open yet and whose words need an approval, the soonest first."""
    ahead = [
        post
        for post in found
        if post.status is Status.SCHEDULED and post.slot is not None and post.slot > work.now
    ]
    given = approvals.list_of_versions(work.db, [post.version.id for post in ahead])
    known = standing.load_last_known(work, {one.by for each in given.values() for one in each})
    rows = gate.read(work.db)
    left = [
        post
        for post in ahead
        if not standing.count(
            work,
            post.version,
            rows.epochs_for(post.version.body.accounts),
            given[post.version.id],
            known=known,
        ).has_words
    ]
    return sorted(left, key=lambda post: (post.slot or work.now, post.number))[:MOST]


def list_lacking(work: UnitOfWork, *, asked: bool = False) -> list[Post]:
    """The soonest planned posts whose words need an approval, as many as one request names. `asked`: of those that
    approvers were asked for. Where others than the team's approvers are named, how many people are enough depends on
    the post: then all are looked through, page by page."""
    named = work.policy.named
    fewer_than = ANY_NUMBER if named.list_narrower() else named.needed
    found: list[Post] = []
    for offset in count(0, PAGE):
        ids = approval_requests.list_lacking(
            work.db, fewer_than, work.now, limit=PAGE, offset=offset, asked=asked
        )
        found += list_unapproved(work, posts.list_these(work.db, ids=ids)) if ids else []
        if len(ids) < PAGE or len(found) >= MOST:
            break
    return found[:MOST]


def ask(work: UnitOfWork, person: Person, found: Sequence[Post], key: str) -> Request:
    """Put one message before the approvers, about those of these posts that need it. Raises AskedAlready where a
    message asks for exactly these and nothing has changed since, NothingToAsk, OnlyMembersOrAsk, Repeated."""
    if not person.may(Right.TEAM):
        raise OnlyMembersOrAsk(verb="ask for approvals", approvers=name_approvers(work))
    count_once(work, key)
    posts.lock_these(work.db, [post.id for post in found])  # before the hour, as in `row_locks.py`
    conversations.lock_hour(work.db)  # of two who ask at once, the second is told of the first
    left = list_unapproved(work, found)
    if not left:
        raise NothingToAsk
    _must_be_new(work, left)
    request = Request(work.make_id(), person.id, work.now, tuple(post.id for post in left))
    approval_requests.add(work.db, request)
    cards.add(work.db, CardType.REQUEST, request.id, work.policy.review_channel, work.now)
    for post in left:
        work.note(FactKind.REQUESTED, person.id, post)
    work.wake(Wake.OUTBOX)
    return request


def _must_be_new(work: UnitOfWork, left: Sequence[Post]) -> None:
    """A second message about the same would ring the same people again."""
    newest = approval_requests.find_newest_of(work.db, [post.id for post in left])
    known = {each: approval_requests.load(work.db, each) for each in set(newest.values())}
    asked = [known.get(newest.get(post.id, "")) for post in left]
    before = [one for one, post in zip(asked, left, strict=True) if one and one.at >= post.version.saved_at]
    if len(before) < len(left):
        return
    last = max(before, key=lambda one: one.at)
    raise AskedAlready(who=list_names(work, (last.by,)), at=format_moment(work, last.at))


def ask_for_change(
    work: UnitOfWork, person: Person, request_id: str, seen: Seen, reason: str, key: str
) -> None:
    """Say in the request's thread what should be changed, to the post's authors. Raises FieldErrors, NoSuchPost where
    it is none of the request's, Outdated, and as editing would."""
    lifecycle.check_right(work, person, Verb.EDIT, seen.post_id)
    if not reason.strip():
        raise FieldErrors({"reason": "Please say what should be changed."})
    count_once(work, key)
    request = approval_requests.load(work.db, request_id)
    if request is None or seen.post_id not in request.post_ids:
        raise NoSuchPost
    post = posts.load(work.db, seen.post_id)
    if post is None or not seen.is_still(post.version.seen):
        raise Outdated(state=make_state_sentence(work, seen.post_id))
    work.note(FactKind.CHANGE_WANTED, person.id, post, reason=reason.strip())
    values = {
        "by": person.id, "post": post.number, "text": post.version.body.text[:200], "reason": reason.strip(),
        "mention": _list_to_tell(work, post, request_id, person),
    }  # fmt: skip
    cards.say_on(work.db, CardType.REQUEST, request_id, LineType.CHANGE_WANTED, values, work.now)
    approval_requests.touch(work.db, post.id)
    work.wake(Wake.OUTBOX)


def _list_to_tell(work: UnitOfWork, post: Post, request_id: str, person: Person) -> list[str]:
    """Its authors; of an imported post whoever asked for the approval."""
    if authors := sorted(post.authors - {person.id}):
        return authors
    request = approval_requests.load(work.db, request_id)
    return [request.by] if request is not None and request.by != person.id else []
