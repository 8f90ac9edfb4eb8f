"""The drill: the same pause on a row and an account of its own; real posts untouched, a real pause ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.gate import ALL, DRILL
from bot.domain.outcomes import Unknown
from bot.domain.posts import Seen, Status
from bot.domain.refusals import DrillNow, NoDrill, OnlyMembers, Paused
from bot.domain.shown.post_screens import Ahead
from bot.networks import registry
from bot.networks.drill import DrillClient
from bot.services.pause import drill as drilling
from bot.services.pause import pause
from bot.services.posts import review
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from bot.store.posts import posts
from bot.store.tables.core import drills as drill_rows
from bot.store.tables.core import facts
from bot.store.tables.slack import cards
from tests.backend import GIL, MAYA, TOM, Backend, key
from tests.failing_client import make_failing


@pytest.fixture
def real(backend: Backend) -> Seen:
    return backend.approved()


@pytest.fixture
def drilled(backend: Backend, real: Seen) -> Backend:
    """A team with the drill's account, as `bot/app.py` builds it, and one real approved post."""
    backend.accounts[DRILL] = DrillClient()
    backend.services.do(drilling.start, MAYA, key())
    return backend


def of_the_drill(backend: Backend) -> list[Seen]:
    def ask(work: UnitOfWork) -> list[Seen]:
        row = work.db.execute(select(drill_rows)).one()
        return [Seen(post_id, 1) for post_id in row.posts]

    return backend.services.look(ask)


def all_drawn(backend: Backend) -> None:
    """What the reconciler does."""
    backend.store.write(lambda db: db.execute(update(cards).values(shown=cards.c.wanted, ts=cards.c.id)))


def times(backend: Backend) -> tuple[float | None, ...]:
    row = backend.services.look(lambda work: work.db.execute(select(drill_rows)).one())
    return tuple(
        (at - row.at).total_seconds() if at else None for at in (row.seen_at, row.paused_at, row.changed_at)
    )


def test_its_end_kills_what_is_being_sent_too(drilled: Backend) -> None:
    make_failing(drilled, DRILL).answers["publish"] = Unknown("nobody knows")
    seen = of_the_drill(drilled)[0]
    drilled.services.do(review.approve, TOM, seen, key())
    drilled.to_slot(seen)
    assert drilled.status(seen) is Status.PUBLISHING
    drilled.services.do(drilling.stop, MAYA, key())
    assert drilled.status(seen) is Status.KILLED


def test_three_posts_with_cards_and_nothing_real(drilled: Backend) -> None:
    for seen in of_the_drill(drilled):
        post = drilled.post(seen)
        assert post.status is Status.REVIEW
        assert post.version.body.text.startswith("DRILL")
        assert post.version.body.accounts == (DRILL,)
    assert DRILL not in registry.list_names()


def test_its_pause_leaves_real_posts_alone_and_ends_with_the_times(drilled: Backend, real: Seen) -> None:
    drilled.clock.push(timedelta(seconds=20))
    drilled.services.do(review.approve, TOM, of_the_drill(drilled)[0], key())
    drilled.clock.push(timedelta(seconds=25))
    done = drilled.services.do_first(drilling.pause, MAYA, "practice", key())
    assert done.scope == DRILL
    with pytest.raises(Paused):
        drilled.services.do(review.approve, TOM, of_the_drill(drilled)[1], key())
    assert drilled.status(real) is Status.APPROVED
    drilled.services.do(drilling.step)
    assert drilled.services.look(drilling.is_running), "not every card has changed yet"
    drilled.clock.push(timedelta(seconds=3))
    all_drawn(drilled)
    drilled.services.do(drilling.step)
    assert not drilled.services.look(drilling.is_running)
    assert times(drilled) == (20, 45, 48)
    assert {drilled.status(seen) for seen in of_the_drill(drilled)} == {Status.KILLED}
    rows = drilled.services.look(lambda work: gate.read(work.db).rows)
    assert not rows[DRILL].paused
    assert not rows[ALL].paused


def test_a_real_pause_ends_it(drilled: Backend) -> None:
    """And counts only what is real."""
    done = drilled.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    assert not drilled.services.look(drilling.is_running)
    banner = drilled.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert banner.stopped == 1
    with pytest.raises(NoDrill):
        drilled.services.do(drilling.pause, MAYA, "", key())
    with pytest.raises(Paused):
        drilled.services.do(drilling.start, MAYA, key())


def test_after_half_an_hour_it_is_over(drilled: Backend) -> None:
    drilled.clock.push(timedelta(minutes=29))
    drilled.services.do(drilling.step)
    assert drilled.services.look(drilling.is_running)
    drilled.clock.push(timedelta(minutes=1))
    drilled.services.do(drilling.step)
    assert times(drilled) == (None, None, None)


def test_it_can_be_approved_and_goes_nowhere(drilled: Backend) -> None:
    """The whole way to Sent, with no request to any network; and no real banner lists it."""
    (first, *_) = of_the_drill(drilled)
    drilled.services.do(review.approve, TOM, first, key())
    drilled.to_slot(first)
    assert drilled.status(first) is Status.PUBLISHED
    assert drilled.published == []
    done = drilled.services.do_first(pause.pause, MAYA, ALL, "", key())
    banner = drilled.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert (banner.went_out, banner.newest, banner.under_way) == ((), (), ())


def test_it_is_in_no_list_and_no_number(drilled: Backend, real: Seen) -> None:
    number = drilled.post(real).number
    rows = drilled.services.look(post_queries.list_upcoming, Ahead.ALL, MAYA)
    assert [row.number for row in rows] == [number]
    found = drilled.services.look(lambda work: posts.list_with_status(work.db, (Status.REVIEW,)))
    assert found == []
    drilled.services.do(drilling.stop, MAYA, key())
    now = drilled.clock.now() - timedelta(days=1)
    assert drilled.services.look(lambda work: posts.count_since(work.db, Status.KILLED, now)) == 0


def test_its_facts_are_marked(drilled: Backend) -> None:
    drilled.services.do(review.kill, MAYA, of_the_drill(drilled)[0], key())
    marked = drilled.services.look(lambda work: work.db.execute(select(facts.c.what, facts.c.data)).all())
    drill = {what for what, data in marked if data.get("drill")}
    assert {"drill begun", "review opened", "killed"} <= drill
    assert not any(data.get("drill") for what, data in marked if what == "approved")


def test_who_may_and_when(drilled: Backend) -> None:
    with pytest.raises(DrillNow):
        drilled.services.do(drilling.start, MAYA, key())
    with pytest.raises(OnlyMembers):
        drilled.services.do(drilling.start, GIL, key())
    with pytest.raises(OnlyMembers):
        drilled.services.do(drilling.pause, GIL, "", key())
    drilled.services.do(drilling.stop, MAYA, key())
    with pytest.raises(NoDrill):
        drilled.services.do(drilling.stop, MAYA, key())
