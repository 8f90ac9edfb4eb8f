"""From what a customer does on a network to its conversation, through the real adapter and the poller."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.conversations import Stage, Via
from bot.sandbox.networks.server import Fault
from bot.workers.poller import Poller
from tests.backend import Backend
from tests.inbox_messages import Inbox


class Watched:
    """A backend whose accounts are polled."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.inbox = Inbox(backend)
        self.server = backend.network
        self.poller = Poller(backend.services, name="poller-1")
        self.turn()

    def turn(self, **by: float) -> None:
        self.backend.clock.push(timedelta(**by))
        until = time.monotonic() + 30
        while self.poller.turn():
            while self.poller.busy():
                assert time.monotonic() < until, "the poller did not come to rest"
                time.sleep(0.002)

    def post(self) -> str:
        """A published post of the bakery's; its id on the network."""
        seen = self.backend.approved("Winter drive")
        self.backend.to_slot(seen)
        return str(self.server.ledger[-1].remote_id)


@pytest.fixture
def watched(sqlite_backend: Backend) -> Iterator[Watched]:
    built = Watched(sqlite_backend)
    yield built
    assert built.poller.stop(timedelta(seconds=10))


def test_a_customer_writes_edits_and_deletes(watched: Watched) -> None:
    server, inbox = watched.server, watched.inbox
    root = watched.post()
    wrote = server.customer_writes("Lena K.", "Arrived broken!", to="bakery", reply_to=root)
    watched.turn(minutes=1)
    assert inbox.conversation.post_id is not None
    assert inbox.conversation.thread == root
    assert "broken" in inbox.texts()[0]
    server.customer_edits(wrote, "Arrived whole!")
    watched.turn(minutes=11)
    assert "whole" in inbox.texts()[0]
    server.customer_deletes(wrote)
    watched.turn(minutes=11)
    assert inbox.texts() == [""]


def test_an_answer_in_the_app_and_a_follow_up(watched: Watched) -> None:
    server, inbox = watched.server, watched.inbox
    wrote = server.customer_writes("Lena K.", "Are you open?", to="bakery")
    server.we_answer_in_app(wrote, "Until six!")
    watched.turn(minutes=1)
    assert inbox.stages() == [Stage.ANSWERED]
    assert [one.via for one in inbox.messages()] == [Via.CUSTOMER, Via.APP]
    watched.backend.clock.push(timedelta(seconds=30))
    server.customer_writes("Lena K.", "Great, thanks", to="bakery", reply_to=wrote)
    watched.turn(minutes=1)
    assert inbox.stages() == [Stage.OPEN]
    assert len(inbox.texts()) == 3


def test_private_messages(watched: Watched) -> None:
    watched.server.customer_writes("Lena K.", "My address is …", to="bakery", private=True)
    watched.turn(minutes=1)
    assert watched.inbox.conversation.private


def test_what_the_feed_leaves_out_is_found_in_the_thread(watched: Watched) -> None:
    root = watched.post()
    watched.turn(minutes=1)
    watched.server.faults.order(Fault.FEED_SKIPS)
    watched.server.customer_writes("Lena K.", "Nobody tells you", to="bakery", reply_to=root)
    watched.turn(minutes=1)
    assert watched.inbox.conversations() == []
    watched.turn(minutes=11)
    assert len(watched.inbox.texts()) == 1


def test_three_hundred_at_once_through_faults(watched: Watched) -> None:
    server = watched.server
    for fault in (Fault.READ_ERROR, Fault.PAGES_REPEATED, Fault.PAGES_REORDERED, Fault.READ_CUT):
        server.faults.order(fault, times=2)
    for number in range(300):
        server.customer_writes(f"Customer {number % 40}", f"Message {number}", to="bakery")
        watched.backend.clock.push(timedelta(milliseconds=100))
    for _ in range(12):
        watched.turn(minutes=2)
    found = [
        text for conversation in watched.inbox.conversations() for text in watched.inbox.texts(conversation)
    ]
    assert len(found) == len(set(found)) == 300


def test_the_first_sync_of_an_account_with_a_past(sqlite_backend: Backend) -> None:
    for number in range(5):
        sqlite_backend.network.customer_writes(f"Customer {number}", f"Old {number}", to="bakery")
    sqlite_backend.clock.push(timedelta(hours=2))
    sqlite_backend.network.customer_writes("Lena K.", "New", to="bakery")
    watched = Watched(sqlite_backend)
    assert watched.inbox.stages() == [Stage.OFFERED] * 5 + [Stage.OPEN]
    assert len(watched.inbox.cards("offer")) == 1
    watched.poller.stop(timedelta(seconds=10))


def test_a_sign_in_that_ended_and_came_back(watched: Watched) -> None:
    watched.server.faults.order(Fault.READ_THROTTLED, times=3)
    watched.server.customer_writes("Lena K.", "Hello?", to="bakery")
    for _ in range(20):
        watched.turn(minutes=1)
    assert len(watched.inbox.texts()) == 1


def test_both_accounts_are_polled(watched: Watched) -> None:
    watched.server.customer_writes("Lena K.", "Hello bakery", to="bakery")
    watched.server.customer_writes("Lena K.", "Hello cafe", to="cafe")
    watched.turn(minutes=1)
    assert sorted(conversation.account for conversation in watched.inbox.conversations()) == [
        "bakery",
        "cafe",
    ]


@pytest.mark.parametrize("late", [timedelta(seconds=40), timedelta(minutes=8)])
def test_what_appears_behind_the_mark_comes_too(watched: Watched, late: timedelta) -> None:
    server = watched.server
    for number in range(60):
        if number % 8 == 3:
            server.faults.order(Fault.APPEARS_LATE)
        server.customer_writes(f"Customer {number}", f"Message {number}", to="bakery")
        watched.turn(seconds=late.total_seconds() / 60)
    server.show_late()
    watched.turn(minutes=1)
    texts = [text for one in watched.inbox.conversations() for text in watched.inbox.texts(one)]
    assert sorted(texts) == sorted(f"Message {number}" for number in range(60))


def test_the_sweep_reads_the_newest_page_again(watched: Watched) -> None:
    """What appears later than any overlap reaches back."""
    server = watched.server
    server.faults.order(Fault.APPEARS_LATE)
    server.customer_writes("Lena K.", "Very late", to="bakery")
    for number in range(35):
        server.customer_writes(f"Customer {number}", f"Message {number}", to="bakery")
        watched.turn(minutes=1)
    server.show_late()
    watched.turn(minutes=1)
    assert len(watched.inbox.conversations()) == 35, "the overlap does not reach so far"
    watched.turn(minutes=11)
    assert len(watched.inbox.conversations()) == 36
    watched.turn(minutes=11)
    assert len(watched.inbox.conversations()) == 36
