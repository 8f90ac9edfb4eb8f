"""There are 100 calls a day, for all that Byhand does with one token."""

from __future__ import annotations

import time
from collections import Counter
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
from bot.workers.poller import Poller
from tests.backend import ManualClock, team
from tests.inbox_backend import INBOX, PRIVATE
from tests.networks.linkedin.test_whole import LinkedInBackend

DAY = timedelta(days=1)


@pytest.fixture
def page(clock: ManualClock) -> Iterator[LinkedInServer]:
    server = LinkedInServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bot(sqlite_store: Store, page: LinkedInServer, clock: ManualClock) -> Iterator[LinkedInBackend]:
    one = {"bakery": AccountPolicy("bakery", "linkedin", "Bakery", None)}
    policy = replace(team(inbox_channel=INBOX, private_channel=PRIVATE), accounts=one)
    built = LinkedInBackend(sqlite_store, cast(Any, page), clock, policy)
    yield built
    built.worker.stop(timedelta(seconds=5))


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


def test_a_day_leaves_calls_for_posts(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """Everything that Byhand asks by itself, with comments coming in and posts whose threads are looked through."""
    for words in ("First", "Second", "Third"):
        bot.to_slot(bot.approved(words))
        bot.push(minutes=31)
    bot.clock.set((bot.clock.now() + DAY).replace(hour=0, minute=0, second=30))
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    poller = Poller(bot.services, name="poller-1")
    for minute in range(24 * 60 - 1):
        if minute % 90 == 0:
            page.customer_writes("Lena K.", "Is it vegan?", reply_to=page.ledger[minute // 90 % 3].remote_id)
        if minute % 5 == 0:
            chores._watch_accounts()
        poller.turn()
        while poller.busy():
            time.sleep(0.001)
        bot.clock.push(timedelta(minutes=1))
    poller.stop(timedelta(seconds=5))
    assert len(bot.conversations()) == 3
    asked = Counter(seen.path for seen in page.requests)
    assert 40 < asked["/rest/organizationalEntityNotifications"] < 60
    assert page.count_calls("bakery") <= 65, "of 100: a post with an image takes seven"
