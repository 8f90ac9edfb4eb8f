"""The week's figures in Home: late counts whenever the slot was missed, gone only where nothing is left."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.gate import ALL
from bot.services.deliveries import post_twins, take_down
from bot.services.pause import deleted, pause
from bot.services.posts import review
from bot.services.queries import home as home_queries
from bot.services.queries import status as status_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.posts import posts
from tests.backend import BERLIN, MAYA, TOM, Backend, key


def test_what_missed_its_slot_last_week_and_was_published_this_week_is_late(sqlite_backend: Backend) -> None:
    """Seen: only slots missed since Monday were looked at."""
    backend = sqlite_backend
    seen = backend.in_review("Missed on Friday")
    backend.to_slot(seen)
    backend.push(minutes=30)
    assert backend.status(seen).key == "missed"
    backend.clock.set(datetime(2026, 11, 30, 9, 0, tzinfo=BERLIN))  # the Monday after
    assert backend.services.look(home_queries.load_home, TOM).this_week.published == 0
    backend.services.do(
        review.move, MAYA, backend.now_seen(seen), backend.clock.now() + timedelta(minutes=20), key()
    )
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    backend.to_slot(seen)
    week = backend.services.look(home_queries.load_home, TOM).this_week
    assert (week.published, week.late) == (1, 1)


def test_of_two_copies_one_taken_down_is_not_gone(sqlite_backend: Backend) -> None:
    """Seen: counted as taken down, while the other copy was out and cards said so."""
    backend = sqlite_backend
    seen = backend.approved()
    backend.to_slot(seen)
    which = backend.delivery_id(seen)

    def twin(work: UnitOfWork) -> None:
        post, delivery = posts.load(work.db, seen.post_id), deliveries.load(work.db, which)
        assert post is not None
        assert delivery is not None
        post_twins.tell(work, post, delivery, "99999", "https://network.example/99999", "twice")

    backend.services.do(twin)
    backend.services.do(take_down.take_down, TOM, which, key())
    backend.run()
    found = backend.services.look(lambda work: deliveries.load(work.db, which))
    assert found is not None
    assert found.remote_id == "99999", "it stays with the other"
    assert backend.services.look(home_queries.load_home, TOM).this_week.gone == 0


def test_what_was_deleted_by_hand_is_gone_in_the_weeks_figures_too(sqlite_backend: Backend) -> None:
    """Seen: customers' cards said that it is not there any more, and Home counted it as out."""
    backend = sqlite_backend
    seen = backend.approved()
    backend.to_slot(seen)
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    backend.services.do(deleted.mark_deleted_by_hand, MAYA, done.pause_id, backend.delivery_id(seen), key())
    assert backend.services.look(home_queries.load_home, TOM).this_week.gone == 1


def test_one_accounts_figures_count_what_is_gone_from_it(sqlite_backend: Backend) -> None:
    """Seen: the status of everything said "taken down", that of the account alone did not."""
    backend = sqlite_backend
    seen = backend.approved()
    backend.to_slot(seen)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    backend.run()
    for only in ((), ("bakery",)):
        today = backend.services.look(status_queries.load_status, only).today
        assert (today.published, today.gone) == (1, 1), only
