"""What a pause does to many rows at once: a statement each, however many posts there are.

A pause is answered within seconds with a thousand deliveries due, so nothing here loads a post. The gate's row is held
already; then posts, deliveries and cards, in the order of `row_locks.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    Text,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)

from bot.domain.conversations import Stage
from bot.domain.deliveries import HOLDER, State
from bot.domain.gate import ALL, DRILL
from bot.domain.kinds import CardType, DeliveryType
from bot.domain.posts import MOVES, Status, Verb, choose_target
from bot.domain.urgency import Urgency
from bot.store.deliveries import BY_A_PERSON
from bot.store.engine.indexes import hide_from_index, is_one_of, there_is
from bot.store.engine.row_locks import lock_in_order
from bot.store.posts.posts import has_ended_as
from bot.store.slack.card_changes import redraw_last
from bot.store.tables.core import approvals, deliveries, facts, posts, request_posts, versions
from bot.store.tables.go_requests import go_request_posts
from bot.store.tables.inbox import conversations, spikes
from bot.store.tables.slack import cards

_WAITING = tuple(each.key for each in (Status.SCHEDULED, Status.REVIEW, Status.APPROVED))
_OF_A_POST = deliveries.c.kind == literal_column(
    f"'{DeliveryType.POST}'"
)  # literals: see store/deliveries.py
_ON_THE_WAY = (  # sending first
    (deliveries.c.state.in_([literal_column("'claimed'"), literal_column("'sending'")]),
     deliveries.c.state == literal_column("'sending'")),
    (deliveries.c.state == literal_column("'unknown'"),),
)  # fmt: skip
_ARMED = (  # as their indexes have it
    (deliveries.c.state.in_([literal_column("'claimed'"), literal_column("'sending'")]),
     deliveries.c.state == literal_column("'claimed'"), deliveries.c.due_at.is_not(None)),
    (deliveries.c.state == literal_column("'ready'"), deliveries.c.due_at.is_not(None)),
)  # fmt: skip
_SLOT = (  # of a post
    select(versions.c.slot).where(versions.c.id == posts.c.version_id).correlate(posts).scalar_subquery()
)
_PAUSED = {  # what a pause makes of a status
    before.key: choose_target(before, verb).key for before, verb in MOVES if verb is Verb.PAUSE
}


def unapprove(db: Connection, scope: str, now: datetime, lateness_seconds: int, reason: str) -> int:
    """approved → review, as in MOVES, for display: what ended the approvals is the epoch. The next moment is the
    slot."""
    end = select(
        case(
            (versions.c.immediate, type_coerce(versions.c.slot, BigInteger) + lateness_seconds * 1_000_000),
            else_=type_coerce(versions.c.slot, BigInteger),
        )
    ).where(versions.c.id == posts.c.version_id)
    approved = lock_in_order(db, posts, posts.c.status.in_(list(_PAUSED)), _in_scope(scope))
    done = db.execute(
        update(posts)
        .where(approved)
        .values(
            status=case(_PAUSED, value=posts.c.status),
            status_at=now,
            status_by=None,
            reason=reason,
            due_at=end.scalar_subquery(),
        )
    )
    return int(done.rowcount)


def disarm(db: Connection, scope: str, now: datetime) -> None:
    """Nothing of these posts is to begin by itself. What is publishing already meets the gate at its begin.

    Each delivery asks for the status of its own post, as a value: asked whether there is such a post, PostgreSQL makes
    a join of it, believes its figures from before `unapprove`, and may read every post again for each delivery.
    """
    its_post = select(posts.c.status).where(posts.c.id == deliveries.c.post_id, _in_scope(scope))
    stopped = its_post.correlate(deliveries).scalar_subquery().in_(list(_PAUSED.values()))
    nothing = {"state": State.READY.key, "due_at": None, "latest_at": None, "lease_until": None}
    for armed in _ARMED:
        its = lock_in_order(db, deliveries, _OF_A_POST, *armed, stopped)
        db.execute(update(deliveries).where(its).values(changed_at=now, **nothing))


def redraw(
    db: Connection, scope: str, *, since: datetime | None = None, urgency: Urgency = Urgency.NEWS
) -> None:
    """Every current card of a post in scope that is not over yet, of what asks for it, and of what suggested a pause.
    Of several urgencies the most urgent (0) counts. `since`: of posts that did not go out since then, too; they offer
    to be sent."""
    of_posts = select(posts.c.id).where(
        posts.c.status.in_([*_WAITING, Status.HELD.key, Status.PUBLISHING.key]), _in_scope(scope)
    )
    of_spikes = select(spikes.c.id)
    of_spikes = of_spikes if scope == ALL else of_spikes.where(spikes.c.account == scope)
    asking = select(request_posts.c.request_id).where(is_one_of(db, request_posts.c.post_id, of_posts))
    asking_go = select(go_request_posts.c.request_id).where(
        is_one_of(db, go_request_posts.c.post_id, of_posts)
    )
    wanted = [of_posts] if since is None else [of_posts, *_not_out(scope, since)]
    theirs = union_all(  # apart: asked with an OR, PostgreSQL reads all cards there are
        *(
            select(cards.c.id).where(cards.c.kind == CardType.POST, is_one_of(db, cards.c.subject, each))
            for each in wanted
        ),
        select(cards.c.id).where(cards.c.kind == CardType.SPIKE, is_one_of(db, cards.c.subject, of_spikes)),
        select(cards.c.id).where(cards.c.kind == CardType.REQUEST, is_one_of(db, cards.c.subject, asking)),
        select(cards.c.id).where(
            cards.c.kind == CardType.GO_REQUEST, is_one_of(db, cards.c.subject, asking_go)
        ),
    )
    redraw_last(
        db, select(cards.c.id).where(is_one_of(db, cards.c.id, theirs), cards.c.current), urgency=urgency
    )


def _not_out(scope: str, since: datetime) -> tuple[Select[str], Select[str]]:
    """Posts that were missed or refused everywhere; and on some account only."""
    recent = posts.c.status_at >= since
    ended = [Status.MISSED.key, Status.FAILED.key]
    nowhere = select(posts.c.id).where(posts.c.status.in_(ended), recent, _in_scope(scope))
    left = select(deliveries.c.id).where(
        deliveries.c.post_id == posts.c.id,
        _OF_A_POST,
        hide_from_index(deliveries.c.state).in_([State.REFUSED.key, State.DROPPED.key]),
    )
    in_part = select(posts.c.id).where(
        posts.c.status == Status.PUBLISHED.key, recent, there_is(left.correlate(posts)), _in_scope(scope)
    )
    return nowhere, in_part


def redraw_conversations(
    db: Connection, scope: str, *, since: datetime, drawn_since: datetime | None = None
) -> None:
    """Every card in scope of a conversation that waits, or was answered since then, and of piles: it says whether
    replies are stopped. `drawn_since`: and every other one that was drawn since then, whatever became of it, because
    something of it or of its post is on record. A drill has none."""
    if scope == DRILL:
        return
    waits = conversations.c.stage == Stage.OPEN
    answered = (conversations.c.stage == Stage.ANSWERED, conversations.c.answered_at >= since)
    subjects = [
        (CardType.CONVERSATION, select(conversations.c.id).where(waits)),
        (CardType.CONVERSATION, select(conversations.c.id).where(*answered)),
        (CardType.PILE, select(conversations.c.pile_id).where(waits, conversations.c.pile_id.is_not(None))),
    ]
    if drawn_since is not None:
        subjects += [(CardType.CONVERSATION, each) for each in _on_record(db, drawn_since)]
    of_account = hide_from_index(conversations.c.account) == scope  # its index knows all there ever were
    its = [] if scope == ALL else [of_account]
    theirs = union_all(  # apart, as above
        *(
            select(cards.c.id).where(cards.c.kind == kind, is_one_of(db, cards.c.subject, each.where(*its)))
            for kind, each in subjects
        )
    )
    redraw_last(db, select(cards.c.id).where(is_one_of(db, cards.c.id, theirs), cards.c.current))


def _on_record(db: Connection, since: datetime) -> tuple[Select[str], Select[str]]:
    """Conversations of which something is on record since then; and those about such a post."""

    def subjects(of: str) -> Select[str]:
        named = select(func.substr(facts.c.subject, len(of) + 1))
        # Where text is sorted by bytes (C), the index of subjects answers LIKE, with every post there ever was.
        return named.where(facts.c.at >= since, hide_from_index(facts.c.subject).startswith(of))

    itself = select(conversations.c.id).where(is_one_of(db, conversations.c.id, subjects("conversation:")))
    of_post = select(conversations.c.id).where(is_one_of(db, conversations.c.post_id, subjects("post:")))
    return itself, of_post


def count_stopped(db: Connection, scope: str, now: datetime) -> tuple[int, datetime | None]:
    """How many posts with a slot ahead are stopped, and the soonest slot."""
    waiting = select(_SLOT.label("slot")).where(posts.c.status.in_(_WAITING), _in_scope(scope))
    its = waiting.subquery("waiting")
    count, slot = db.execute(select(func.count(), func.min(its.c.slot)).where(its.c.slot >= now)).one()
    return int(count), slot


def count_approved(db: Connection, scope: str, now: datetime) -> int:
    """How many of these somebody had approved, as they stand, or only their words: then it is an approver who has to
    say Go."""
    counts = approvals.c.revoked_at.is_(None) & or_(
        approvals.c.version_id == posts.c.version_id, approvals.c.words.is_not(None)
    )
    # Not in the WHERE: PostgreSQL without figures goes through the index of all that were not revoked, for each post.
    given = select(func.count().filter(counts)).where(approvals.c.post_id == posts.c.id)
    waiting = posts.c.status.in_(_WAITING), now <= _SLOT, _in_scope(scope)
    query = select(func.count(posts.c.id)).where(*waiting, given.correlate(posts).scalar_subquery() > 0)
    return int(db.execute(query).scalar_one())


def list_missed(db: Connection, scope: str, since: datetime, limit: int) -> list[str]:
    """Ids of posts that missed their slot since then, the soonest first."""
    query = _missed(posts.c.id, scope, since).order_by(_SLOT.is_(None), _SLOT)
    return list(db.execute(query.limit(limit)).scalars())


def count_missed(db: Connection, scope: str, since: datetime) -> int:
    return int(db.execute(_missed(func.count(posts.c.id), scope, since)).scalar_one())


def count_decided_since(db: Connection, scope: str, since: datetime) -> int:
    """Posts that missed their slot since then, and are not missed any more."""
    missed = select(func.substr(facts.c.subject, len("post:") + 1)).where(
        has_ended_as(Status.MISSED), facts.c.at >= since
    )
    query = select(func.count(posts.c.id)).where(
        is_one_of(db, posts.c.id, missed),
        posts.c.status != Status.MISSED.key,
        posts.c.drill.is_(scope == DRILL),
        _in_scope(scope),
    )
    return int(db.execute(query).scalar_one())


def _missed(what: Any, scope: str, since: datetime) -> Select[Any]:
    missed = posts.c.status == Status.MISSED.key
    drills = posts.c.drill.is_(scope == DRILL)
    return select(what).where(missed, posts.c.status_at >= since, drills, _in_scope(scope))


def list_under_way(db: Connection, scope: str) -> list[str]:
    """Deliveries that are being sent, or may have been: what was already on its way.

    For a pause of one account this includes what its posts send to other accounts: a post is stopped as a whole, but
    what is under way can no longer be stopped.
    """
    concerned: Any = deliveries.c.account != DRILL
    if scope != ALL:
        its_post = select(posts.c.id).where(posts.c.id == deliveries.c.post_id, _in_scope(scope))
        concerned = there_is(its_post.correlate(deliveries))
    queries = [select(deliveries.c.id).where(_OF_A_POST, *each, concerned) for each in _ON_THE_WAY]
    return [one for query in queries for one in sorted(db.execute(query).scalars(), reverse=True)]


def list_holders(db: Connection, delivery_ids: Collection[str]) -> list[str]:
    """Who is posting one of these by hand, or has not said how it went."""
    its = deliveries.c.id.in_(list(delivery_ids)), deliveries.c.lease_by == BY_A_PERSON
    kept = db.execute(select(deliveries.c.prepared).where(*its)).scalars()
    return sorted({str(one[HOLDER]) for one in kept if one.get(HOLDER)})


def list_went_out(
    db: Connection, scope: str, since: datetime, until: datetime, limit: int = 500
) -> list[str]:
    """Sent deliveries between two moments, the newest first."""
    query = _sent(scope).where(deliveries.c.changed_at >= since, deliveries.c.changed_at <= until)
    return list(db.execute(query.order_by(deliveries.c.changed_at.desc()).limit(limit)).scalars())


def find_newest(db: Connection, account: str, until: datetime) -> str | None:
    """The account's newest delivery that was sent by then."""
    query = (
        _sent(account)
        .where(deliveries.c.changed_at <= until)
        .order_by(deliveries.c.changed_at.desc())
        .limit(1)
    )
    return db.execute(query).scalar_one_or_none()


def _sent(scope: str) -> Select[str]:
    query = select(deliveries.c.id).where(_OF_A_POST, deliveries.c.state == literal_column("'sent'"))
    return query.where(deliveries.c.account != DRILL if scope == ALL else deliveries.c.account == scope)


def _in_scope(scope: str) -> Any:
    """Of a post: everything, or the accounts of its current version name this one. Asked of each post by itself: a
    list of all versions that name it is as long as all there ever was. As a value, as in `disarm`."""
    if scope == ALL:
        return posts.c.id.is_not(None)
    current = versions.alias("current")
    written = select(cast(current.c.accounts, Text)).where(current.c.id == posts.c.version_id)
    its = written.correlate(posts).scalar_subquery()  # JSON text on both engines: ["bakery", "cafe"]
    return its.contains(f'"{scope}"', autoescape=True)
