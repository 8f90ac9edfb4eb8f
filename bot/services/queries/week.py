"""The days ahead, each by how its posts stand; and the posts of one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.people import Person, Right
from bot.domain.posts import Post, Status
from bot.domain.preflight.week import Stand, WeekDay, find_full_days, list_week
from bot.domain.shown.home_page import DayPage
from bot.domain.shown.post_screens import UpcomingRow
from bot.domain.shown.state_words import STOPPED_BY_PAUSES
from bot.services.queries.posts import choose_of, make_rows, went_out_otherwise
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts

WEEK = 7  # days, today among them
GOES_OUT = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED, Status.PUBLISHING, Status.PUBLISHED)


def start_of(day: date, zone: tzinfo) -> datetime:
    """When this day begins in a zone, in UTC."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def list_days(work: UnitOfWork) -> list[date]:
    """Seven, by the team's clock; the first is today."""
    today = work.now.astimezone(work.policy.zone).date()
    return [today + timedelta(days=ahead) for ahead in range(WEEK)]


def load_week(work: UnitOfWork, days: Sequence[date], accounts: Collection[str] = ()) -> tuple[WeekDay, ...]:
    """Each of these days, which follow one another; only posts for these accounts, where any are named."""
    found = _list_going_out(work, days[0], days[-1], accounts)
    hours, only = work.policy.hours, set(accounts)
    planned = [
        (name, post.slot)
        for post in found
        for name in post.version.body.accounts
        if post.slot is not None and (not only or name in only)
    ]
    full = find_full_days(days, planned, hours, work.policy.posts_a_day)
    titled = [replace(one, account=work.policy.title_of(one.account)) for one in full]
    stands = [(row.slot, _find_stand(row)) for row in make_rows(work, found) if row.slot is not None]
    return list_week(days, stands, titled, hours)


def load_day(work: UnitOfWork, day: date, person: Person | None = None) -> DayPage:
    """What goes out on it, by slot."""
    found = _list_going_out(work, day, day)
    (about,) = load_week(work, [day])
    return DayPage(about, make_rows(work, found, person), person is None or not person.may(Right.TEAM))


def _list_going_out(work: UnitOfWork, first: date, last: date, accounts: Collection[str] = ()) -> list[Post]:
    zone = work.policy.zone
    end = start_of(last + timedelta(days=1), zone)
    found = posts.list_with_slot_between(work.db, start_of(first, zone), end)
    going_out = [post for post in found if post.status in GOES_OUT and not went_out_otherwise(post)]
    return choose_of(going_out, accounts)


def _find_stand(row: UpcomingRow) -> Stand:
    if row.gate is not None and row.status in STOPPED_BY_PAUSES:
        return Stand.PAUSED
    if row.fix:
        return Stand.TO_FIX
    if row.status is Status.SCHEDULED:
        return Stand.WORDS if row.has_words else Stand.WORDS_MISSING
    waits = Stand.ASKS_GO if row.asks_go else Stand.WAITS
    return {Status.REVIEW: waits, Status.APPROVED: Stand.APPROVED}.get(row.status, Stand.OUT)
