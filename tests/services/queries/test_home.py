"""What App Home shows whom: the team's day, each post once, and to readers nothing that they cannot do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.posts import Status
from bot.services.pause import pause, statements
from bot.services.posts import drafts
from bot.services.posts.create import NewPost
from bot.services.queries.home import load_drafts, load_home
from tests.backend import ANNA, GIL, MAYA, TOM, Backend, key

NIGHT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # half past midnight on the 25th in Berlin
CONTRIBUTOR = GIL


def use(backend: Backend, **policy: object) -> None:
    backend.policy = replace(backend.policy, **policy)  # type: ignore[arg-type]  # named by each test
    backend.services = replace(backend.services, policy=backend.policy)


def test_today_is_the_teams(sqlite_backend: Backend) -> None:
    sqlite_backend.clock.set(NIGHT)
    soon = sqlite_backend.plan("Early", minutes=60)
    home = sqlite_backend.services.look(load_home, MAYA)
    assert [row.post_id for row in home.today] == [soon.post_id]
    assert home.ahead[0].day.day == 26


def test_what_has_to_be_fixed_is_there_once_and_for_the_team_alone(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.with_image(alt="")
    assert sqlite_backend.status(seen) is Status.REVIEW
    _each_sees_it_once(sqlite_backend, seen.post_id)
    guest = sqlite_backend.services.look(load_home, GIL)
    assert (guest.to_fix, guest.reader, guest.to_ask, guest.to_read) == ((), True, 0, None)
    sqlite_backend.services.do_first(pause.pause, TOM, "all", "recall", key())
    _each_sees_it_once(sqlite_backend, seen.post_id)


def _each_sees_it_once(backend: Backend, post_id: str) -> None:
    team = [backend.services.look(load_home, one) for one in (MAYA, TOM, ANNA)]
    for home in team:
        listed = [*home.needs_me, *home.to_fix, *home.later]
        assert [row.post_id for row in listed] == [post_id]


def test_a_contributor_sees_their_own_drafts(sqlite_backend: Backend) -> None:
    use(sqlite_backend, contributors=(CONTRIBUTOR.id,))
    own = sqlite_backend.services.do(
        drafts.save_draft, CONTRIBUTOR, NewPost(("bakery",), "Mine", None), key()
    )
    sqlite_backend.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Hers", None), key())
    home = sqlite_backend.services.look(load_home, CONTRIBUTOR)
    assert ([row.post_id for row in home.drafts], home.all_drafts, home.contributor) == ([own.id], 1, True)
    page = sqlite_backend.services.look(load_drafts, CONTRIBUTOR)
    assert ([row.post_id for row in page.drafts], page.more_below) == ([own.id], None)
    assert sqlite_backend.services.look(load_home, MAYA).all_drafts == 2


def test_the_list_of_drafts_goes_on_below_its_page(sqlite_backend: Backend) -> None:
    for number in range(42):
        sqlite_backend.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), f"Nr {number}", None), key())
    first = sqlite_backend.services.look(load_drafts, MAYA)
    assert (len(first.drafts), first.more_below) == (40, first.drafts[-1].number)
    rest = sqlite_backend.services.look(load_drafts, MAYA, first.more_below)
    assert (len(rest.drafts), rest.more_below) == (2, None)
    assert {row.post_id for row in rest.drafts}.isdisjoint(row.post_id for row in first.drafts)


def test_trouble_is_that_of_three_days_the_newest_first(sqlite_backend: Backend) -> None:
    old = sqlite_backend.in_review("Old")
    sqlite_backend.push(minutes=60)
    sqlite_backend.clock.push(timedelta(days=4))
    first = sqlite_backend.in_review("First")
    sqlite_backend.push(minutes=60)
    second = sqlite_backend.in_review("Second")
    sqlite_backend.push(minutes=60)
    assert {sqlite_backend.status(one) for one in (old, first, second)} == {Status.MISSED}
    home = sqlite_backend.services.look(load_home, MAYA)
    assert [row.post_id for row in home.asks] == [second.post_id, first.post_id]
    assert not {row.post_id for row in home.today} & {row.post_id for row in home.asks}, "each once"


def test_a_statement_stands_among_todays_posts_at_the_time_it_went_out(sqlite_backend: Backend) -> None:
    """Seen: "This week: 4 published", and three under Today: a statement needs no slot. One picked among the planned
    keeps its slot, and goes out on that day no more."""
    backend = sqlite_backend
    picked = backend.plan("Picked", minutes=24 * 60)
    pause_id = backend.services.do_first(pause.pause, MAYA, "all", "recall", key()).pause_id
    draft = backend.services.do(drafts.save_draft, MAYA, NewPost(("cafe",), "We recall it.", None), key())
    for seen in (picked, draft.version.seen):
        for person in (MAYA, TOM):
            backend.services.do(statements.release, person, pause_id, seen, key())
    backend.push(minutes=2)
    assert {backend.status(one) for one in (picked, draft.version.seen)} == {Status.PUBLISHED}
    home = backend.services.look(load_home, MAYA)
    assert {row.post_id for row in home.today} == {picked.post_id, draft.id}
    now = backend.clock.now()
    assert all(row.acted_at is not None and row.acted_at <= now for row in home.today)
    assert [len(day.posts) for day in home.ahead] == [0] * 6, "not on the day of its slot"
