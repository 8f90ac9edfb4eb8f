"""There are 100 calls a day, for all that Byhand does with one token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.policy import AccountPolicy
from bot.housekeeping import WATCH_EVERY, Housekeeping
from bot.observability import Metrics
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.store.engine.store import Store
from tests.backend import ManualClock, team
from tests.networks.linkedin.test_whole import LinkedInBackend

DAY = timedelta(days=1)


@pytest.fixture
def page(clock: ManualClock) -> Iterator[LinkedInServer]:
    server = LinkedInServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bot(sqlite_store: Store, page: LinkedInServer, clock: ManualClock) -> LinkedInBackend:
    one = {"bakery": AccountPolicy("bakery", "linkedin", "Bakery", None)}
    return LinkedInBackend(sqlite_store, cast(Any, page), clock, replace(team(), accounts=one))


def watch(bot: LinkedInBackend, how_long: timedelta) -> Housekeeping:
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    for _ in range(int(how_long.total_seconds() / WATCH_EVERY)):
        chores._watch_accounts()
        bot.clock.push(timedelta(seconds=WATCH_EVERY))
    return chores


def test_a_sign_in_that_is_well_is_looked_at_seldom(bot: LinkedInBackend, page: LinkedInServer) -> None:
    watch(bot, DAY)
    asked = [seen.path for seen in page.requests]
    assert asked == ["/rest/organizations", "/rest/organizationAcls"] * 4


def test_one_that_is_not_well_is_looked_at_each_time(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """So that it is noticed at once when somebody has mended it."""
    chores = watch(bot, timedelta(hours=1))
    before = len(page.requests)
    page.revoke("bakery")
    bot.clock.push(timedelta(hours=6))
    for _ in range(3):
        chores._watch_accounts()
    assert len(page.requests) == before + 3
    page.member("bakery").lost = None
    chores._watch_accounts()
    chores._watch_accounts()
    assert len(page.requests) == before + 5


def test_other_secrets_are_looked_at_at_once(bot: LinkedInBackend, page: LinkedInServer) -> None:
    chores = watch(bot, timedelta(hours=1))
    before = len(page.requests)
    chores._watch_accounts()
    assert len(page.requests) == before
    chores._well = {name: ((bot.clock.now(), None), at) for name, (_, at) in chores._well.items()}
    chores._watch_accounts()
    assert len(page.requests) == before + 2
