"""A LinkedIn Page under the real services and the real worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.networks.linkedin.api import VERSION
from bot.networks.linkedin.client import NETWORK
from bot.networks.protocol import AccountClient, AccountSettings
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.linkedin.state import RECRUITING_POSTER
from bot.sandbox.networks.server import Fault
from bot.store.engine.store import Store
from tests.backend import ManualClock, NoVault, team
from tests.inbox_backend import InboxBackend

NASTY = "Rye (fresh) #today @dock_bakery [4,50 €] {new} <now> *really* ~80 % | C:\\loaf"


class LinkedInBackend(InboxBackend):
    def connect_anew(self, name: str) -> AccountClient:
        token = self.network.tokens[name]
        account = AccountSettings(name, "linkedin", self.network.url, name, secrets={"TOKEN": token})
        return NETWORK.open(account, NoVault())


@pytest.fixture
def page(clock: ManualClock) -> Iterator[LinkedInServer]:
    server = LinkedInServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()
    assert server.in_addresses == []


@pytest.fixture
def bot(sqlite_store: Store, page: LinkedInServer, clock: ManualClock) -> Iterator[LinkedInBackend]:
    built = LinkedInBackend(sqlite_store, cast(Any, page), clock, team())
    yield built
    built.worker.stop(timedelta(seconds=5))


def test_a_post_goes_out_once_and_whole(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved(NASTY)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}
    assert [post["text"] for post in page.timeline()] == [NASTY]


def test_a_lost_answer_that_the_list_shows_is_found(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved(NASTY)
    page.faults.order(Fault.LOST_ANSWER)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.push(minutes=2)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(page.ledger) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
@pytest.mark.parametrize("why", ["the list is late", "the list is empty for this role"])
def test_what_the_list_does_not_show_is_asked_about_and_never_sent_again(
    bot: LinkedInBackend, page: LinkedInServer, fault: Fault, why: str
) -> None:
    """Whether it is there or not: the list is silent in both cases."""
    seen = bot.approved()
    page.faults.order(fault)
    bot.to_slot(seen)
    if why == "the list is late":
        page.state.omits |= {line.remote_id for line in page.ledger}
    else:
        page.give_role("bakery", RECRUITING_POSTER)
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert len(page.ledger) == (1 if fault is Fault.LOST_ANSWER else 0)


def test_what_linkedin_calls_a_duplicate_is_asked_about(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """Last week's post has the same words. Nothing was sent, but LinkedIn would say the same of what was."""
    page.state.add_post(page.page("bakery"), "Rye", at=bot.clock.now() - timedelta(days=7))
    seen = bot.approved("Rye")
    bot.to_slot(seen)
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert page.ledger == ()


def test_a_version_that_has_ended_is_a_no(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved()
    page.versions.discard(VERSION)
    bot.to_slot(seen)
    assert bot.states(seen)["bakery"] != "unknown"
    assert page.ledger == ()


def test_no_more_calls_today_waits_and_is_missed(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """The next day is beyond what a post may be late."""
    seen = bot.approved()
    page.calls_a_day = 0
    bot.to_slot(seen)
    for _ in range(20):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "dropped"}
    assert page.ledger == ()
