"""What the daily digest shows. Never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.duty import Turn
from bot.domain.posts import Status
from bot.domain.shown.digest import DigestView
from bot.domain.shown.post_screens import Ahead, UpcomingRow
from bot.services import duty
from bot.services.queries.posts import APART, list_missed, list_shut_gates, make_rows
from bot.services.queries.upcoming import Wanted, judge_week
from bot.services.queries.week import start_of
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations
from bot.store.posts import posts
from bot.store.slack import people

MOST = 50  # posts of one day


def load_digest(work: UnitOfWork, day: date) -> DigestView | None:
    """None: nothing is planned on it any more, or it is over."""
    zone = work.policy.zone
    start, end = start_of(day, zone), start_of(day + timedelta(days=1), zone)
    if end <= work.now:
        return None
    found = [
        post
        for post in posts.list_with_slot_between(work.db, start, end, limit=MOST)
        if post.status not in (*APART, Status.KILLED)
    ]
    if not found:
        return None
    customers, nobodys = conversations.count_open(work.db)
    turns = duty.list_turns(work, max(start, work.now), end)
    names = people.load_names(work.db, {turn.person for turn in turns})
    waiting = conversations.list_waiting(work.db, limit=1)
    rows = [replace(row, asked=_list_asked(row, turns, names)) for row in make_rows(work, found)]
    return DigestView(
        now=work.now, day=day, posts=tuple(rows), week=judge_week(work, Wanted(Ahead.WEEK)),
        gates=list_shut_gates(work), to_fix=sum(bool(row.fix) for row in rows), missed=len(list_missed(work)),
        shifts=tuple((names.get(turn.person, turn.person), turn.start, turn.end) for turn in turns),
        nameless=any(turn.person not in names for turn in turns),
        has_rota=bool(work.policy.rota or turns), customers=customers, nobodys=nobodys,
        oldest=waiting[0].waiting_since if waiting else None,
    )  # fmt: skip


def _list_asked(row: UpcomingRow, turns: Sequence[Turn], names: Mapping[str, str]) -> tuple[str, ...]:
    """Who is on shift when its card asks for a Go."""
    if row.asks_at is None:
        return ()
    at = row.asks_at
    return tuple(names.get(turn.person, turn.person) for turn in turns if turn.start <= at < turn.end)
