"""The poller: every account in its turn, none delayed by another, nothing lost and nothing asked for nothing."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Unpack

import pytest
from sqlalchemy import event

from bot.domain.conversations import Stage
from bot.domain.policy import AccountPolicy
from bot.networks.mastodon.limits import DOCUMENTED
from bot.networks.protocol import Capabilities
from bot.networks.receiving import (
    CHAT,
    NOTICES,
    OWN,
    Gone,
    Inbound,
    Page,
    Rate,
    Trouble,
)
from bot.observability import Metrics
from bot.services.accounts.profiles import keep_of
from bot.store.engine.sqlite import SqliteStore
from bot.workers.pacing import (
    When,
    delay_after_answer,
    delay_after_more,
    delay_after_trouble,
    find_interval,
    find_sweep_interval,
)
from bot.workers.poller import FAST, Poller
from tests.backend import Backend, ManualClock
from tests.inbox_messages import Inbox, inbox_team
from tests.policy_changes import PolicyChanges

MINUTE = timedelta(minutes=1)
Answer = Page | Trouble | Callable[[], Page | Trouble]


@dataclass
class Feed:
    """A network's receiving half: what it answers is written down beforehand; what it was asked is in `asked`."""

    streams: tuple[str, ...] = (NOTICES, OWN)
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    below: dict[str, tuple[Inbound, ...] | Gone | Trouble] = field(default_factory=dict)
    now: dict[str, Inbound | Gone] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    direct: list[bool] = field(default_factory=list)
    look_trouble: Trouble | None = None
    capabilities: Capabilities = DOCUMENTED.capabilities

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        self.asked.append((stream, cursor))
        self.direct.append(direct)
        answer = self.answers[stream].pop(0) if self.answers[stream] else Page((), cursor)
        return answer() if callable(answer) else answer

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        self.asked.append(("thread", remote_id))
        return self.below.get(remote_id, ())

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        self.asked.append(("look", tuple(remote_ids)))
        return self.look_trouble or {one: self.now[one] for one in remote_ids if one in self.now}

    def polls(self) -> list[str]:
        return [stream for stream, _ in self.asked if stream not in ("thread", "look")]

    def notices(self) -> int:
        return self.polls().count(NOTICES)

    def prepare_reply(self, *_: Any) -> Any: ...
    def measure_reply(self, *_: Any) -> Any: ...
    def preview_reply(self, *_: Any) -> Any: ...
    def render_reply(self, *_: Any) -> Any: ...
    def can_correct(self, *_: Any) -> Any: ...
    def render_correction(self, *_: Any) -> Any: ...


class Polled:
    """A poller over scripted networks, on the test's clock."""

    def __init__(self, backend: Backend, *names: str, **policy: Unpack[PolicyChanges]) -> None:
        self.backend = backend
        self.feeds = {name: Feed() for name in names or ("bakery",)}
        accounts = {name: AccountPolicy(name, "scripted", name) for name in self.feeds}
        backend.services = replace(
            backend.services,
            policy=replace(inbox_team(**policy), accounts=accounts),
            accounts=self.feeds,  # type: ignore[arg-type]  # a poller uses the receiving half alone
        )
        self.metrics = Metrics()
        self.poller = Poller(backend.services, name="poller-1", metrics=self.metrics)

    @property
    def feed(self) -> Feed:
        return self.feeds["bakery"]

    def turn(self, *, to_rest: bool = True) -> None:
        """Everything that is due, and what follows from it."""
        until = time.monotonic() + 20
        while self.poller.turn() and to_rest:
            while self.poller.busy():
                assert time.monotonic() < until, "the poller did not come to rest"
                time.sleep(0.001)

    def push(self, by: timedelta = MINUTE) -> None:
        self.backend.clock.push(by)
        self.turn()

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def polled(sqlite_backend: Backend) -> Iterator[Polled]:
    built = Polled(sqlite_backend)
    yield built
    assert built.poller.stop(timedelta(seconds=5))


@pytest.fixture
def inbox(polled: Polled) -> Inbox:
    """What was stored. (It keeps the services the poller has.)"""
    services = polled.backend.services
    made = Inbox(polled.backend)
    polled.backend.services = services
    return made


def test_what_a_network_says_is_stored(polled: Polled, inbox: Inbox) -> None:
    polled.turn()
    wrote = inbox.write("Hello")
    polled.feed.answers[NOTICES] = [Page((wrote,), "c1")]
    polled.push()
    polled.push()
    assert inbox.texts() == ["Hello"]
    assert [cursor for stream, cursor in polled.feed.asked if stream == NOTICES] == [None, None, "c1"]
    assert polled.count("byhand_inbound_total", network="scripted") == 1
    assert polled.count("byhand_polls_total", network="scripted", outcome="answer") == 3


def test_it_is_asked_once_an_interval(polled: Polled) -> None:
    for _ in range(6):
        polled.push(timedelta(seconds=20))
    assert polled.feed.notices() == 2


def test_direct_messages_are_asked_for_only_with_a_channel(sqlite_backend: Backend) -> None:
    with_channel, without = Polled(sqlite_backend), Polled(sqlite_backend, private_channel="")
    for polled in (with_channel, without):
        polled.feed.streams = (NOTICES, OWN, CHAT)
        polled.turn()
        polled.poller.stop(timedelta(seconds=5))
    assert {stream for stream, _ in with_channel.feed.asked} == {NOTICES, OWN, CHAT}
    assert set(with_channel.feed.direct) == {True}
    assert {stream for stream, _ in without.feed.asked} == {NOTICES, OWN}
    assert set(without.feed.direct) == {False}


def test_nothing_is_written_when_nothing_came(polled: Polled) -> None:
    polled.turn()
    written: list[str] = []
    on_disk = polled.backend.store._backend
    assert isinstance(on_disk, SqliteStore)
    event.listen(on_disk._writing, "before_cursor_execute", lambda *call: written.append(call[2]))
    polled.push()
    polled.push()
    assert polled.feed.notices() == 3
    assert written == []


def test_more_is_asked_for_at_once(polled: Polled, inbox: Inbox) -> None:
    polled.turn()
    pages = [
        Page((inbox.write(f"{number}", ago=9 - number),), f"c{number}", more=number < 4)
        for number in range(5)
    ]
    polled.feed.answers[NOTICES] = list(pages)
    polled.push()
    assert inbox.texts() == ["0", "1", "2", "3", "4"]


def test_a_network_that_says_more_for_ever_is_not_asked_for_ever(polled: Polled) -> None:
    polled.turn()
    polled.feed.answers[NOTICES] = [Page((), "same", more=True)] * 50
    polled.push()
    assert polled.feed.notices() <= 4


def test_a_flood_of_one_account_delays_no_other(sqlite_backend: Backend) -> None:
    polled = Polled(sqlite_backend, "bakery", "cafe")
    polled.turn()
    order: list[str] = []

    def page(name: str, number: int, more: bool) -> Callable[[], Page]:
        def answer() -> Page:
            order.append(name)
            return Page((), f"{name}{number}", more=more)

        return answer

    polled.feed.answers[NOTICES] = [page("bakery", number, True) for number in range(20)]
    polled.feeds["cafe"].answers[NOTICES] = [page("cafe", 1, False)]
    polled.push()
    assert order.index("cafe") <= 2
    polled.poller.stop(timedelta(seconds=5))


def test_a_long_page_is_stored_in_small_transactions(polled: Polled, inbox: Inbox) -> None:
    polled.turn()
    done: list[Callable[..., object]] = []
    polled.poller.services = replace(polled.poller.services, done=lambda verb, _answer: done.append(verb))
    for line in polled.poller._lines.values():
        line.visitor.services = polled.poller.services
    polled.feed.answers[NOTICES] = [Page(tuple(inbox.write(f"{n}") for n in range(70)), "c1")]
    polled.push()
    assert done.count(keep_of) == 7
    assert len(inbox.texts()) == 70
    assert inbox.version() == 2


# --- trouble --------------------------------------------------------------------------------------------


def test_trouble_is_waited_out_longer_each_time(polled: Polled) -> None:
    polled.feed.answers[NOTICES] = [Trouble("away")] * 50
    times = []
    for second in range(0, 3600, 15):
        before = polled.feed.notices()
        polled.turn()
        times += [second] * (polled.feed.notices() - before)
        polled.backend.clock.push(timedelta(seconds=15))
    assert [later - sooner for sooner, later in pairwise(times)][:6] == [
        60, 120, 240, 480, 600, 600,
    ]  # fmt: skip
    assert polled.count("byhand_polls_total", network="scripted", outcome="trouble") == len(times)


def test_the_time_a_network_names_is_kept(polled: Polled) -> None:
    at = polled.backend.clock.now() + timedelta(minutes=5)
    polled.feed.answers[NOTICES] = [Trouble("too many", at=at)]
    polled.turn()
    for _ in range(4):
        polled.push()
    asked_before = polled.feed.notices()
    polled.push()
    assert (asked_before, polled.feed.notices()) == (1, 2)


def test_an_adapter_that_raises_stops_nobody(sqlite_backend: Backend) -> None:
    polled = Polled(sqlite_backend, "bakery", "cafe")

    def raise_() -> Page:
        raise ZeroDivisionError

    polled.feed.answers[NOTICES] = [raise_, raise_]
    polled.push()
    polled.push()
    assert polled.feeds["cafe"].notices() == 2
    polled.poller.stop(timedelta(seconds=5))


def test_those_that_hang_delay_nobody(sqlite_backend: Backend) -> None:
    """All that fits the fast lane hangs; two seconds later others are asked."""
    hanging = [f"a{number}" for number in range(FAST)]
    polled = Polled(sqlite_backend, *hanging, "bakery")
    let_go = threading.Event()

    def hang() -> Page | Trouble:
        let_go.wait(20)
        return Trouble("timed out")

    for name in hanging:
        polled.feeds[name].answers[NOTICES] = [hang] * 9
    polled.turn(to_rest=False)
    deadline = time.monotonic() + 10
    while sum(polled.feeds[name].notices() for name in hanging) < FAST:
        assert time.monotonic() < deadline
    assert polled.feed.notices() == 0
    sqlite_backend.clock.push(timedelta(seconds=3))
    polled.poller.turn()
    while polled.feed.notices() == 0:
        assert time.monotonic() < deadline, "an account waits behind those that hang"
    let_go.set()
    while polled.poller.busy():
        assert time.monotonic() < deadline
    assert sum(line.slow for line in polled.poller._lines.values()) == FAST
    assert polled.poller.stop(timedelta(seconds=5))


def test_stopping_does_not_wait_for_who_hangs(polled: Polled) -> None:
    let_go, asked = threading.Event(), threading.Event()

    def hang() -> Trouble:
        asked.set()
        let_go.wait(20)
        return Trouble("timed out")

    polled.feed.answers[NOTICES] = [hang]
    polled.turn(to_rest=False)
    assert asked.wait(10)
    assert not polled.poller.stop(timedelta(milliseconds=50))
    let_go.set()


def test_a_page_is_not_stored_while_stopping(polled: Polled, inbox: Inbox) -> None:
    polled.turn()

    def stop_meanwhile() -> Page:
        polled.poller._stopping = True
        return Page((inbox.write(),), "c1")

    polled.feed.answers[NOTICES] = [stop_meanwhile]
    polled.push()
    assert (inbox.conversations(), inbox.version()) == ([], 1)


# --- ours -----------------------------------------------------------------------------------------------


def test_our_own_answers_are_asked_for_first_and_stored_last(polled: Polled, inbox: Inbox) -> None:
    polled.turn()
    wrote = inbox.write()
    polled.feed.answers[NOTICES] = [Page((wrote,), "c1")]
    polled.feed.answers[OWN] = [Page((inbox.answer(wrote),), "o1")]
    polled.push()
    assert polled.feed.polls()[-2:] == [OWN, NOTICES]
    assert inbox.conversation.stage is Stage.ANSWERED


def test_our_own_answers_wait_while_notices_fail(polled: Polled, inbox: Inbox) -> None:
    polled.turn()
    wrote = inbox.write()
    answer = inbox.answer(wrote)
    polled.feed.answers[NOTICES] = [Trouble("away"), Page((wrote,), "c1")]
    polled.feed.answers[OWN] = [Page((answer,), "o1"), Page((answer,), "o1")]
    polled.push()
    assert inbox.version(OWN) == 1
    polled.push(timedelta(minutes=3))
    assert inbox.conversation.stage is Stage.ANSWERED


def test_older_ones_are_offered_although_our_answers_cannot_be_read(polled: Polled, inbox: Inbox) -> None:
    polled.feed.answers[NOTICES] = [Page((inbox.write(ago=90),), "c1")]
    polled.feed.answers[OWN] = [Trouble("away")] * 9
    polled.turn()
    polled.push(timedelta(minutes=10))
    assert len(inbox.cards("offer")) == 1


# --- the sweep --------------------------------------------------------------------------------------------


def test_the_sweep_reads_threads_and_looks_at_messages(polled: Polled, inbox: Inbox) -> None:
    wrote, missed = inbox.write("One"), inbox.write("Missed", by="ben")
    polled.feed.answers[NOTICES] = [Page((wrote,), "c1")]
    polled.turn()
    posted(polled)
    polled.feed.below["root-1"] = (wrote, missed)
    polled.feed.now[wrote.remote_id] = Gone()
    polled.push(timedelta(minutes=11))
    assert ("thread", "root-1") in polled.feed.asked
    assert ("look", (wrote.remote_id,)) in polled.feed.asked
    assert [inbox.texts(conversation) for conversation in inbox.conversations()] == [[""], ["Missed"]]
    asked = len(polled.feed.asked)
    polled.push()
    assert len(polled.feed.asked) == asked + 2  # the sweep is over: notices and own


def test_a_root_that_was_deleted_is_swept_without_harm(polled: Polled, inbox: Inbox) -> None:
    polled.feed.answers[NOTICES] = [Page((inbox.write(),), "c1")]
    polled.turn()
    posted(polled)
    polled.feed.below["root-1"] = Gone()
    polled.push(timedelta(minutes=11))
    assert ("thread", "root-1") in polled.feed.asked
    assert inbox.conversation.stage is Stage.OPEN


def test_a_post_of_ours_that_is_gone_is_asked_for_once_an_hour(polled: Polled, inbox: Inbox) -> None:
    """After a take-down it was asked for at every sweep, for three days."""
    polled.feed.answers[NOTICES] = [Page((inbox.write(),), "c1")]
    polled.turn()
    posted(polled)
    polled.feed.below["root-1"] = Gone()
    for _ in range(4):
        polled.push(timedelta(minutes=11))
    assert polled.feed.asked.count(("thread", "root-1")) == 1
    polled.feed.below["root-1"] = (inbox.write("It was there all the time", by="ben"),)
    for _ in range(3):
        polled.push(timedelta(minutes=11))
    assert len(inbox.conversations()) == 2


@pytest.mark.parametrize(("alone", "looks"), [(True, 2), (False, 1)])
def test_one_thing_that_is_not_shown_does_not_end_the_sweep(
    polled: Polled, inbox: Inbox, alone: bool, looks: int
) -> None:
    polled.feed.answers[NOTICES] = [Page(tuple(inbox.write(f"{n}") for n in range(6)), "c1")]
    polled.turn()
    posted(polled)
    polled.feed.below["root-1"] = Trouble("500", alone=True)
    polled.feed.look_trouble = Trouble("500", alone=alone)
    polled.push(timedelta(minutes=11))
    assert ("thread", "root-1") in polled.feed.asked
    assert len([ids for what, ids in polled.feed.asked if what == "look"]) == looks


def test_looking_goes_on_where_the_last_sweep_ended(polled: Polled, inbox: Inbox) -> None:
    polled.feed.answers[NOTICES] = [Page(tuple(inbox.write(f"{n}") for n in range(30)), "c1")]
    polled.turn()
    for _ in range(3):
        polled.push(timedelta(minutes=11))
    looks = [ids for what, ids in polled.feed.asked if what == "look"]
    assert sum(map(len, looks[:5])) == 25
    assert len(set().union(*looks)) == 30


def posted(polled: Polled) -> None:
    """A post of ours that is root-1 on the network."""
    from bot.store.tables.core import deliveries

    row = {
        "id": "d1", "kind": "post", "account": "bakery", "state": "sent", "fence": 0, "tries": 1,
        "idem_key": "d1", "handle": "h", "prepared": {}, "remote_id": "root-1",
        "changed_at": polled.backend.clock.now(),
    }  # fmt: skip
    polled.backend.store.write(lambda db: db.execute(deliveries.insert().values(**row)))


# --- clocks -----------------------------------------------------------------------------------------------


def test_a_clock_set_back_stops_no_polling(polled: Polled, clock: ManualClock) -> None:
    polled.turn()
    clock.put_wrong(-timedelta(hours=1))
    polled.push()
    assert polled.feed.notices() == 2


def test_a_clock_pushed_forward_asks_at_once(polled: Polled, clock: ManualClock) -> None:
    polled.turn()
    clock.put_wrong(timedelta(minutes=5))
    polled.turn()
    assert polled.feed.notices() == 2


def test_arithmetic() -> None:
    clock = ManualClock()
    now, hour = clock.now(), timedelta(hours=1)
    assert delay_after_answer(MINUTE, None, 2, now) == MINUTE
    assert delay_after_answer(MINUTE, Rate(298, 300, now + 5 * MINUTE), 2, now) == MINUTE
    assert delay_after_answer(MINUTE, Rate(4, 300, now + 5 * MINUTE), 2, now) == 2.5 * MINUTE
    assert delay_after_answer(MINUTE, Rate(1, 300, now + 5 * MINUTE), 2, now) == 5 * MINUTE
    assert delay_after_answer(MINUTE, Rate(0, 300, now - MINUTE), 2, now) == MINUTE
    assert delay_after_answer(MINUTE, Rate(0, 300, now + 9 * hour), 2, now) == hour
    assert delay_after_more(Rate(200, 300, now + MINUTE), now) == timedelta()
    assert delay_after_more(None, now, 8) == timedelta()
    assert timedelta(seconds=0.1) < delay_after_more(None, now, 40) < timedelta(seconds=0.5)
    assert delay_after_more(Rate(30, 300, now + MINUTE), now) == timedelta(seconds=2)
    assert delay_after_trouble(MINUTE, Trouble("x"), 4, now) == 8 * MINUTE
    assert delay_after_trouble(MINUTE, Trouble("x", at=now + 9 * hour), 1, now) == hour
    assert When.in_(clock, MINUTE).has_come(clock) is False


# --- several workers --------------------------------------------------------------------------------------


def test_two_workers_store_everything_once(backend: Backend) -> None:
    """Both ask with the same cursor at the same time: the version of the cursor lets one of them store."""
    first, second = Polled(backend), Polled(backend)
    inbox = Inbox(backend)
    first.turn()
    second.poller._holds, second.poller._lease_until = True, When.in_(backend.clock, 9 * MINUTE)
    both = threading.Barrier(2, timeout=10)
    found = tuple(inbox.write(f"{number}", by=f"c{number}", thread=f"t{number}") for number in range(30))

    def together() -> Page:
        both.wait()
        return Page(found, "c1")

    for polled in (first, second):
        polled.feed.answers[NOTICES] = [together]
    backend.clock.push(MINUTE)
    first.turn(to_rest=False)
    second.turn(to_rest=False)
    deadline = time.monotonic() + 20
    while first.poller.busy() or second.poller.busy():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert len(inbox.conversations()) == 30
    assert len(inbox.cards()) == 30
    assert inbox.version() == 2
    for polled in (first, second):
        polled.poller.stop(timedelta(seconds=5))


def test_one_process_asks_where_there_are_several(backend: Backend) -> None:
    if backend.store.dialect == "sqlite":
        pytest.skip("its owner is alone")
    first, second = Polled(backend), Polled(backend)
    second.poller.name = "poller-2"
    first.turn()
    second.turn()
    assert (first.feed.notices(), second.feed.notices()) == (1, 0)
    first.poller.stop(timedelta(seconds=5))
    backend.clock.push(MINUTE)
    second.turn()
    assert second.feed.notices() == 1
    second.poller.stop(timedelta(seconds=5))


FIVE = 5 * MINUTE
SELDOM = replace(DOCUMENTED.capabilities, poll_every=FIVE)


def test_a_network_with_a_small_allowance_is_asked_as_seldom_as_it_says(sqlite_backend: Backend) -> None:
    """And swept that much more seldom; beside it the others go on as wanted."""
    polled = Polled(sqlite_backend, "bakery", "cafe")
    polled.feed.capabilities = SELDOM
    for _ in range(31):
        polled.push(MINUTE)
    assert polled.feed.notices() == 7, "and its newest page is not read again by a sweep"
    assert polled.feeds["cafe"].notices() > 31
    assert polled.poller.stop(timedelta(seconds=5))


def test_what_somebody_wrote_for_the_account_goes_before_what_its_network_says(
    sqlite_backend: Backend,
) -> None:
    polled = Polled(sqlite_backend)
    polled.feed.capabilities = SELDOM
    policy = polled.poller.services.policy
    own = {"bakery": replace(policy.accounts["bakery"], poll_every=timedelta(seconds=30))}
    polled.poller.services = replace(polled.poller.services, policy=replace(policy, accounts=own))
    for _ in range(4):
        polled.push(timedelta(seconds=30))
    assert polled.feed.notices() == 4
    assert polled.poller.stop(timedelta(seconds=5))


def test_failures_of_one_that_is_asked_seldom_wait_an_hour_at_most() -> None:
    trouble, now = Trouble("away"), ManualClock().now()
    assert delay_after_trouble(MINUTE, trouble, 20, now) == 10 * MINUTE
    assert delay_after_trouble(20 * MINUTE, trouble, 20, now) == 60 * MINUTE
    assert delay_after_trouble(90 * MINUTE, trouble, 20, now) == 90 * MINUTE


@pytest.mark.parametrize(
    ("own", "least", "minutes"), [(None, None, 1), (None, 5, 5), (None, 0.5, 1), (2, 5, 2), (9, 5, 9)]
)
def test_between_two_questions(own: float | None, least: float | None, minutes: float) -> None:
    given = [None if each is None else each * MINUTE for each in (own, least)]
    assert find_interval(MINUTE, *given) == minutes * MINUTE


def test_between_two_sweeps() -> None:
    assert find_sweep_interval(10 * MINUTE, MINUTE, MINUTE) == 10 * MINUTE
    assert find_sweep_interval(10 * MINUTE, MINUTE, 5 * MINUTE) == 50 * MINUTE
    assert find_sweep_interval(10 * MINUTE, MINUTE, timedelta(seconds=1)) == 10 * MINUTE


def test_a_running_poller_asks_by_itself(sqlite_backend: Backend) -> None:
    polled = Polled(sqlite_backend, poll_every=timedelta(seconds=1))
    polled.poller.start()
    deadline = time.monotonic() + 10
    while polled.feed.notices() < 3:
        sqlite_backend.clock.push(timedelta(seconds=1))
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert polled.poller.stop(timedelta(seconds=5))
    asked = polled.feed.notices()
    sqlite_backend.clock.push(MINUTE)
    assert polled.feed.notices() == asked


def test_without_a_channel_nobody_is_asked(sqlite_backend: Backend) -> None:
    polled = Polled(sqlite_backend)
    polled.poller.services = replace(
        sqlite_backend.services,
        policy=replace(sqlite_backend.services.policy, inbox_channel="", private_channel=""),
    )
    polled.poller.start()
    assert polled.poller._thread is None
