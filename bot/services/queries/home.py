"""App Home of one person: what needs them first. Never writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.people import Person, Role
from bot.domain.posts import Post, Status
from bot.domain.shown.authorship import Authorship
from bot.domain.shown.home_page import HomePage
from bot.domain.shown.new_post import DraftsPage
from bot.domain.shown.post_screens import UpcomingRow
from bot.services import duty, looks
from bot.services.accounts.health import list_account_health
from bot.services.posts.drafts import check_writer, is_contributor, list_missing
from bot.services.queries.approval_requests import find_to_read
from bot.services.queries.posts import (
    APART,
    LOOKED_BACK,
    MOST_IN_TROUBLE,
    list_shut_gates,
    make_rows,
    make_tally,
    went_out_otherwise,
)
from bot.services.queries.week import list_days, load_week
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts

TROUBLE = (Status.MISSED, Status.FAILED)
MOST_HELD = 50  # posts
MOST_TODAY = 20  # posts with a slot today
MOST_DRAFTS = 20  # as many as Home shows: each is judged
DRAFTS_A_PAGE = 40  # two blocks each: a dialog has room for a hundred


def load_home(work: UnitOfWork, person: Person) -> HomePage:
    """App Home of one person: what needs them first."""
    midnight = work.now.astimezone(work.policy.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    today = _list_today(work, midnight)
    in_review = posts.list_with_status(work.db, (Status.REVIEW,))
    waiting = make_rows(work, in_review, person)
    reader = person.role in (Role.GUEST, Role.OUTSIDER)
    to_fix = [row for row in waiting if row.fix and not reader]
    contributor = is_contributor(work, person)
    drafts = posts.list_drafts(work.db, person.id if contributor else None, limit=MOST_DRAFTS)
    held = posts.list_with_status(work.db, (Status.HELD,), limit=MOST_HELD)
    trouble = _list_in_trouble(work)
    above = {post.id for post in trouble}
    next_shift, on_shift = duty.find_next(work), duty.list_on_shift(work)
    to_ask, to_read = (0, None) if reader else find_to_read(work, person)
    return HomePage(
        now=work.now, gate=list_shut_gates(work),
        needs_me=tuple(row for row in waiting if row.waiting_for_me),
        to_fix=tuple(row for row in to_fix if not row.waiting_for_me),
        later=tuple(row for row in waiting if row.after_resume and row not in to_fix),
        today=make_rows(work, [one for one in today if one.status not in APART and one.id not in above], person),
        drafts=_make_draft_rows(work, drafts, person), held=make_rows(work, held, person),
        asks=make_rows(work, trouble, person),
        this_week=make_tally(work, monday),
        accounts=list_account_health(work), reader=reader,
        contributor=contributor, ahead=load_week(work, list_days(work)[1:]), on_shift=on_shift, next_shift=next_shift,
        mine_is_on=person.id in [turn.person for turn in on_shift],
        has_rota=bool(work.policy.rota) or next_shift is not None,
        to_read=to_read, to_ask=to_ask, unwatched=looks.list_unwatched(work),
        all_drafts=posts.count_drafts(work.db, person.id if contributor else None),
    )  # fmt: skip


def load_drafts(work: UnitOfWork, person: Person, below: int | None = None) -> DraftsPage:
    """A page of the list of all drafts: a contributor's own. Raises refusals."""
    check_writer(work, person)
    by = person.id if is_contributor(work, person) else None
    found = posts.list_drafts(work.db, by, DRAFTS_A_PAGE + 1, below=below)
    shown = found[:DRAFTS_A_PAGE]
    more = shown[-1].number if len(found) > len(shown) else None
    return DraftsPage(_make_draft_rows(work, shown, person), posts.count_drafts(work.db, by), below, more)


def _make_draft_rows(work: UnitOfWork, found: list[Post], person: Person) -> tuple[UpcomingRow, ...]:
    """With whose they are, and what each needs before it can be approved."""
    rows = make_rows(work, found, person)
    return tuple(
        replace(
            row, fix=list_missing(work, post),
            whose=Authorship(post.written_by, post.changed_by, post.planned_by),
        )
        for row, post in zip(rows, found, strict=True)
    )  # fmt: skip


def _list_today(work: UnitOfWork, midnight: datetime) -> list[Post]:
    """By slot; and by when they went out those that were let go as statements, since their slots do not name today."""
    found = posts.list_with_slot_between(work.db, midnight, midnight + timedelta(days=1), limit=MOST_TODAY)
    out = posts.list_these(work.db, ids=posts.list_ended_as(work.db, Status.PUBLISHED, midnight))
    known = {post.id for post in found}
    found += [post for post in out if post.id not in known and went_out_otherwise(post)]
    return sorted(found, key=_find_time)


def _find_time(post: Post) -> datetime:
    return post.status_at if post.slot is None or went_out_otherwise(post) else post.slot


def _list_in_trouble(work: UnitOfWork) -> list[Post]:
    """Posts somebody must look at: an outcome nobody knows first; then what was refused or missed its slot in the last
    three days, the newest first."""
    recent = work.now - LOOKED_BACK
    in_part = posts.list_sent_in_part(work.db, recent, MOST_IN_TROUBLE)
    left = MOST_IN_TROUBLE - len(in_part)
    over = (
        posts.list_with_status(work.db, TROUBLE, since=recent, limit=left, newest_first=True) if left else []
    )
    return in_part + over
