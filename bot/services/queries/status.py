"""`/social status` and `byhand status`: how everything stands, or how some accounts stand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.posts import Status
from bot.domain.preflight.due import find_deadline
from bot.domain.shown.status_screen import StatusPage
from bot.domain.shown.tally import Tally
from bot.services import looks
from bot.services.accounts.health import list_account_health
from bot.services.inbox import held_back
from bot.services.post_states import load_gone
from bot.services.queries.posts import (
    LOOKED_BACK,
    OPEN,
    choose_of,
    list_missed,
    list_shut_gates,
    make_rows,
    make_tally,
)
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.inbox import conversations
from bot.store.pause import gate
from bot.store.posts import posts


def load_status(work: UnitOfWork, only: Collection[str] = ()) -> StatusPage:
    """`only`: accounts whose sign-ins, posts and customers are asked for."""
    shut = gate.read(work.db)
    in_review = choose_of(posts.list_with_status(work.db, (Status.REVIEW,)), only)
    paused = [post for post in in_review if shut.closed_for(post.version.body.accounts) is not None]
    deadlines = [by for post in paused if (by := find_deadline(post, work.policy)) is not None]
    following = choose_of(posts.list_with_status(work.db, OPEN, limit=None if only else 1), only)[:1]
    failed = posts.list_with_status(work.db, (Status.FAILED,), since=work.now - LOOKED_BACK)
    local = work.now.astimezone(work.policy.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    customers, nobodys = conversations.count_open(work.db, only)
    return StatusPage(
        now=work.now,
        gate=list_shut_gates(work),
        waiting=len(in_review) - len(paused), paused=len(paused), decide_by=min(deadlines, default=None),
        to_fix=sum(bool(row.fix) for row in make_rows(work, in_review)),
        held=len(choose_of(posts.list_with_status(work.db, (Status.HELD,)), only)),
        next_row=next(iter(make_rows(work, following)), None),
        being_sent=deliveries.count(work.db, State.SENDING, only),
        unknown=deliveries.count(work.db, State.UNKNOWN, only),
        accounts=list_account_health(work, only), unsealed=record.count_unsealed(work.db, work.now),
        today=_tally_of(work, midnight, only) if only else make_tally(work, midnight),
        held_back=held_back.count_all(work, only),
        missed=len(choose_of(list_missed(work), only)), failed=len(choose_of(failed, only)),
        customers=customers, nobodys=nobodys, titles=tuple(work.policy.title_of(name) for name in only),
        unwatched=looks.list_unwatched(work, only),
    )  # fmt: skip


def _tally_of(work: UnitOfWork, since: datetime, only: Collection[str]) -> Tally:
    """What was published on these accounts since then, and how much of that is on none of them any more."""
    ended = posts.list_ended_as(work.db, Status.PUBLISHED, since)
    if not ended:
        return Tally(0, 0)
    out = [
        one
        for one in deliveries.list_of_posts(work.db, ended)
        if one.state is State.SENT and one.account in only
    ]
    gone = load_gone(work, ended)
    still = {one.post_id for one in out if gone.find(one) is None}
    published = {one.post_id for one in out}
    return Tally(len(published), 0, gone=len(published - still))
