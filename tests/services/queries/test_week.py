"""What `/social upcoming week` says of its days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.domain.gate import ALL
from bot.domain.posts import Status
from bot.domain.preflight.week import FullDay, Stand, describe_day
from bot.domain.shown.post_screens import Ahead
from bot.services.pause import pause
from bot.services.posts import drafts, review
from bot.services.posts.create import NewPost
from bot.services.queries.digest import load_digest
from bot.services.queries.home import load_home
from bot.services.queries.status import load_status
from bot.services.queries.upcoming import Wanted, judge_week, list_wanted
from bot.services.queries.week import list_days, load_day, load_week
from bot.slack.views.posts.rows import name_row
from tests.backend import GIL, MAYA, TOM, Backend, key

DAY = 24 * 60  # minutes; the clock stands on a Tuesday morning


def test_gaps_and_full_days(sqlite_backend: Backend) -> None:
    """What was killed, and drafts with a proposed time, go out on no day; today is no gap."""
    for hour in range(6):
        sqlite_backend.plan(f"Post {hour}", minutes=DAY + 60 * hour)
    killed = sqlite_backend.plan("Killed", minutes=2 * DAY)
    sqlite_backend.services.do(review.kill, MAYA, killed, key())
    proposed = NewPost(("bakery",), "A draft", sqlite_backend.clock.now() + timedelta(days=3))
    sqlite_backend.services.do(drafts.save_draft, MAYA, proposed, key())
    sqlite_backend.plan("Saturday", minutes=4 * DAY, accounts=("cafe",))
    look = sqlite_backend.services.look
    week = look(judge_week, Wanted())
    assert [(day.day.day, len(day.posts), day.open) for day in week] == [
        (24, 0, True), (25, 6, True), (26, 0, True), (27, 0, True), (28, 1, True), (29, 0, False), (30, 0, True),
    ]  # fmt: skip
    assert [day.full for day in week if day.full] == [(FullDay(date(2026, 11, 25), "Bakery", 6),)]
    of_cafe = look(judge_week, Wanted(accounts=("cafe",)))
    assert [len(day.posts) for day in of_cafe] == [0, 0, 0, 0, 1, 0, 0]
    assert look(judge_week, Wanted(Ahead.TODAY)) == ()
    assert look(judge_week, Wanted(other="Christmas")) == ()


def test_home_has_the_same_days(sqlite_backend: Backend) -> None:
    """Today stands above them, and a day a week from now is not among them."""
    for minutes in (60, DAY + 60, DAY, 4 * DAY, 7 * DAY):
        sqlite_backend.plan(f"In {minutes} minutes", minutes=minutes)
    killed = sqlite_backend.plan("Killed", minutes=2 * DAY)
    sqlite_backend.services.do(review.kill, MAYA, killed, key())
    home = sqlite_backend.services.look(load_home, MAYA)
    assert [(day.day.day, len(day.posts)) for day in home.ahead] == [
        (25, 2), (26, 0), (27, 0), (28, 1), (29, 0), (30, 0),
    ]  # fmt: skip


def test_how_the_posts_of_a_day_stand(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    words = [backend.plan(text, minutes=DAY + 60 * nth) for nth, text in enumerate(("Bread", "Rolls"))]
    backend.services.do(review.approve, TOM, words[0], key())
    backend.in_review("Cake")
    backend.approved("Rye")
    today, tomorrow = backend.services.look(lambda work: load_week(work, list_days(work)[:2]))
    assert sorted(one.name for one in today.posts) == ["APPROVED", "WAITS"]
    assert tomorrow.posts == (Stand.WORDS, Stand.WORDS_MISSING)


def test_a_day_says_of_a_post_what_its_own_line_says(sqlite_backend: Backend) -> None:
    """Seen: "Needs an approval" in the list, "Waiting" an hour later, and "is up for a decision" in the week."""
    backend = sqlite_backend

    def tell() -> str:
        today = backend.clock.now().date()
        (day,) = backend.services.look(lambda work: load_week(work, [today]))
        (row,) = backend.services.look(load_day, today, MAYA).posts
        told = name_row(row)
        assert describe_day(day) == f"{told[:1].lower()}{told[1:]}"
        return told

    seen = backend.plan("Bread", minutes=60)
    told = [tell()]
    backend.push(minutes=30)
    told.append(tell())
    backend.services.do(review.approve, TOM, seen, key())
    told.append(tell())
    backend.services.do(review.kill, MAYA, seen, key())
    early = backend.plan("Rolls", minutes=60)
    backend.services.do(review.approve, TOM, early, key())
    told.append(tell())
    backend.push(minutes=30)
    told.append(tell())
    backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    told.append(tell())
    assert told == [
        "Needs approval",
        "Waiting for a decision",
        "Approved",
        "Words approved",
        "Waiting for a Go",
        "Paused",
    ]


def test_a_day_is_opened_with_its_posts(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    seen = backend.plan("Bread", minutes=DAY)
    backend.plan("The day after", minutes=2 * DAY)
    page = backend.services.look(load_day, date(2026, 11, 25), MAYA)
    assert [(row.post_id, row.has_words) for row in page.posts] == [(seen.post_id, False)]
    assert page.posts[0].asks_at == backend.clock.now() + timedelta(minutes=DAY - 30)
    assert not page.reader
    assert backend.services.look(load_day, date(2026, 11, 25), GIL).reader


def test_a_days_rows_are_its_readers_and_today_is_the_teams(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review("Cake")
    today, *_ = sqlite_backend.services.look(list_days)
    rows = {one.name: sqlite_backend.services.look(load_day, today, one).posts for one in (TOM, GIL)}
    assert [(row.post_id, row.waiting_for_me) for row in rows["Tom"]] == [(seen.post_id, True)]
    assert [row.waiting_for_me for row in rows["Gil"]] == [False]
    sqlite_backend.clock.set(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert sqlite_backend.services.look(list_days)[0] == date(2026, 11, 25)


def test_of_one_account_another_ones_full_day_is_not_told(sqlite_backend: Backend) -> None:
    for hour in range(6):
        sqlite_backend.plan(f"Post {hour}", minutes=DAY + 60 * hour, accounts=("bakery", "cafe"))
    of_cafe = sqlite_backend.services.look(judge_week, Wanted(accounts=("cafe",)))
    assert [day.full for day in of_cafe if day.full] == [(FullDay(date(2026, 11, 25), "Cafe", 6),)]


def test_what_has_to_be_fixed_says_so_in_every_list(sqlite_backend: Backend) -> None:
    """Seen: "Needs approval" in `/social upcoming`, the week and Home, where the digest said "please fix first"."""
    backend, look = sqlite_backend, sqlite_backend.services.look
    seen = backend.with_image(minutes=60, alt="")
    backend.plan("Rolls", minutes=90)
    today = backend.clock.now().date()

    def tell() -> set[str]:
        (of_day,) = [row for row in look(load_day, today, TOM).posts if row.post_id == seen.post_id]
        (of_list,) = [row for row in look(list_wanted, "", TOM)[0] if row.post_id == seen.post_id]  # type: ignore[index]
        home, told_today = look(load_home, TOM), look(load_digest, today)
        (of_home,) = {row for row in (*home.needs_me, *home.today) if row.post_id == seen.post_id}
        assert told_today is not None
        of_digest = next(row for row in told_today.posts if row.post_id == seen.post_id)
        assert (told_today.to_fix, look(load_status).to_fix) == (
            1,
            int(backend.status(seen) is Status.REVIEW),
        )
        return {name_row(row) for row in (of_day, of_list, of_home, of_digest)}

    told = [tell()]
    (day,) = look(lambda work: load_week(work, [today]))
    assert describe_day(day) == "1 needs fixing first, 1 needs approval"
    backend.push(minutes=31)
    told.append(tell())
    assert told == [{"Please fix first: The image has no alt text"}] * 2
    backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    assert tell() == {"Paused"}


def test_what_was_approved_anyway_has_nothing_to_be_fixed(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.with_image(minutes=60, alt="")
    sqlite_backend.services.do(review.approve, TOM, seen, key(), anyway="It is the logo")
    for told in ("Words approved", "Waiting for a Go"):
        (row,) = sqlite_backend.services.look(load_day, date(2026, 11, 24), MAYA).posts
        assert name_row(row) == told
        assert row.fix == ()
        sqlite_backend.push(minutes=31)
