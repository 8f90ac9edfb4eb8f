"""Settings that changed between two runs: waiting posts get their next moments anew, and nothing approved goes out
by a rule that no longer holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.posts import Seen, Status
from bot.networks.protocol import Health
from bot.services import settings_changes
from bot.services.posts import review
from bot.store.posts import posts
from bot.store.tables.core import accounts
from tests.houses import TOM, House, key, team

MINUTE = timedelta(minutes=1)


def restarted(house: House, **policy: Any) -> House:
    """The next run, under other settings."""
    after = House(house.store, house.network, house.clock, team(**policy), "worker-2")
    after.services.do(settings_changes.adopt_settings)
    after.worker.start()
    return after


def next_due(house: House) -> timedelta | None:
    at = house.store.read(posts.find_next_due)
    return at - house.clock.now() if at else None


def test_a_longer_lead_opens_the_review_earlier(home: House) -> None:
    seen = home.plan(minutes=100)
    assert next_due(home) == 70 * MINUTE
    after = restarted(home, lead=90 * MINUTE)
    assert next_due(after) == 10 * MINUTE
    after.push(minutes=10)
    assert after.status(seen) is Status.REVIEW


def test_a_lead_that_has_begun_already_opens_it_now(home: House) -> None:
    seen = home.plan(minutes=100)
    after = restarted(home, lead=200 * MINUTE)
    after.run()
    assert after.status(seen) is Status.REVIEW


def test_other_reminders_are_not_sent_in_a_loop(home: House) -> None:
    home.plan(minutes=20)
    home.push(minutes=6)
    after = restarted(home, reminders=(13 * MINUTE, 5 * MINUTE, 2 * MINUTE))
    after.run()
    assert next_due(after) == 9 * MINUTE


def test_more_approvals_needed_since(home: House) -> None:
    """Approved by one; two are needed now: begin counts anew."""
    seen = home.approved()
    after = restarted(home, approvals=2)
    after.to_slot(seen)
    assert after.published == []
    assert after.post(seen).reason == "its approval has ended"


def test_a_shorter_lateness_limit(home: House) -> None:
    seen = home.approved()
    after = restarted(home, lateness_limit=MINUTE)
    after.clock.push(22 * MINUTE)
    after.run()
    assert after.published == []
    assert after.status(seen) is Status.MISSED


def test_an_account_that_came_back(home: House) -> None:
    """Gone for one run, and there again before the slot: nothing was deleted, it goes out."""
    seen = home.approved(accounts=("bakery", "cafe"))
    without = {name: one for name, one in team().accounts.items() if name == "bakery"}
    restarted(home, accounts=without).run()
    after = restarted(home)
    after.to_slot(seen)
    assert after.status(seen) is Status.PUBLISHED


def test_a_post_of_an_account_that_is_gone_is_reviewed_with_a_block(home: House) -> None:
    seen = home.plan(minutes=40, accounts=("bakery", "cafe"))
    after = restarted(home, accounts={name: one for name, one in team().accounts.items() if name == "bakery"})
    after.push(minutes=11)
    assert after.status(seen) is Status.REVIEW
    after.push(minutes=30)
    assert after.status(seen) is Status.MISSED


def test_health_is_kept_for_home(home: House) -> None:
    home.services.do(settings_changes.note_health, "bakery", Health(False, "The token is not valid."))
    row = home.store.read(lambda db: db.execute(select(accounts).where(accounts.c.name == "bakery")).one())
    assert (row.healthy, row.health, row.checked_at) == (False, "The token is not valid.", home.clock.now())


def test_a_settings_change_leaves_finished_posts_alone(home: House) -> None:
    seen: list[Seen] = [home.approved()]
    home.to_slot(seen[0])
    killed = home.in_review("Another")
    home.services.do(review.kill, TOM, killed, key())
    restarted(home, lead=200 * MINUTE)
    assert next_due(home) is None
