"""What X takes for a send stands on the card before, and is counted by month after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen, Status
from bot.domain.preflight.costs import Prices, find_month, format_dollars
from bot.domain.preflight.objections import Level, ObjectionType
from bot.domain.refusals import Blocked
from bot.networks.x import client
from bot.networks.x.client import PRICES
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.x.server import XServer
from bot.services.accounts import costs
from bot.services.accounts.health import list_account_health
from bot.services.deliveries import machine, take_down
from bot.services.deliveries.types import Begun, Claim
from bot.services.posts import review
from bot.services.posts.preflight import check_post
from bot.services.unit_of_work import UnitOfWork
from bot.store.engine.store import Store
from bot.store.posts import posts
from tests.backend import TOM, ManualClock, key, team
from tests.inbox_backend import INBOX, PRIVATE
from tests.networks.x.test_whole import XBackend, post_writes
from tests.services.test_locks import wait_until_it_waits


@pytest.fixture
def x(clock: ManualClock) -> Iterator[XServer]:
    server = XServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bot(sqlite_store: Store, x: XServer, clock: ManualClock) -> Iterator[XBackend]:
    one = {"bakery": AccountPolicy("bakery", "x", "X", None)}
    policy = replace(team(inbox_channel=INBOX, private_channel=PRIVATE), accounts=one)
    built = XBackend(sqlite_store, cast(Any, x), clock, policy)
    yield built
    built.worker.stop(timedelta(seconds=5))


def spent(bot: XBackend) -> int:
    return bot.services.look(costs.count_month, "bakery")


def said(bot: XBackend, seen: Seen) -> list[str]:
    def check(work: Any) -> list[str]:
        post = posts.load(work.db, seen.post_id)
        assert post is not None
        return [one.sentence for one in check_post(work, post) if one.kind is ObjectionType.COST]

    return bot.services.look(check)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Fresh rye", "Costs about $0.015 on X"),
        ("Fresh rye: https://dock.net/rye", "Costs about $0.20 on X"),
        ("Fresh rye: dock.net", "Costs about $0.20 on X"),
        ("Fresh rye.Rolls", "Costs about $0.015 on X"),
    ],
)
def test_the_card_says_what_it_costs(bot: XBackend, text: str, sentence: str) -> None:
    assert said(bot, bot.plan(text)) == [sentence]


def test_an_image_costs_its_alt_text(bot: XBackend) -> None:
    seen = bot.with_image("Fresh rye")
    assert said(bot, seen) == ["Costs about $0.02 on X"]


@pytest.mark.parametrize(("text", "mills"), [("Fresh rye", 15), ("Rye: https://dock.net/rye", 200)])
def test_what_was_sent_is_counted(bot: XBackend, text: str, mills: int) -> None:
    seen = bot.approved(text)
    assert spent(bot) == 0
    bot.to_slot(seen)
    assert spent(bot) == mills
    (health,) = bot.services.look(list_account_health)
    assert health.cost == f"Sending has cost about {format_dollars(mills)} this month"
    bot.services.do(take_down.take_down_all, TOM, (bot.delivery_id(seen),), key())
    bot.run()
    assert spent(bot) == mills + 10


def test_what_x_refuses_is_counted_and_what_did_not_leave_is_not(bot: XBackend, x: XServer) -> None:
    x.state.add_post(x.account("bakery"), "Rye", at=bot.clock.now() - timedelta(days=7))
    refused = bot.approved("Rye")
    bot.to_slot(refused)
    assert bot.states(refused) == {"bakery": "refused"}
    assert spent(bot) == 15
    bot.push(minutes=31)
    seen = bot.approved("Rolls")
    x.no_credits = "depleted"
    bot.to_slot(seen)
    assert post_writes(x) == 2
    assert spent(bot) == 15, "without credits X takes nothing"


def test_what_nobody_knows_is_counted(bot: XBackend, x: XServer) -> None:
    seen = bot.approved("Rye")
    x.faults.order(Fault.CUT_BEFORE)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert spent(bot) == 15


def test_a_month_begins_at_midnight_of_the_team(bot: XBackend) -> None:
    bot.to_slot(bot.approved("Rye"))
    bot.clock.set(datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC))  # 23:59:59 in Berlin
    assert spent(bot) == 15
    bot.clock.set(datetime(2026, 11, 30, 23, 0, tzinfo=UTC))
    assert spent(bot) == 0


@pytest.mark.parametrize(
    ("zone", "now", "start", "end"),
    [
        ("Europe/Berlin", "2026-12-31T23:30", "2026-12-31T23:00", "2027-01-31T23:00"),
        ("Europe/Berlin", "2026-03-28T12:00", "2026-02-28T23:00", "2026-03-31T22:00"),  # summer time begins
        ("Europe/Berlin", "2026-10-31T23:00", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("America/Havana", "2026-11-01T04:30", "2026-11-01T04:00", "2026-12-01T05:00"),
        (
            "America/Havana",
            "2026-11-01T05:30",
            "2026-11-01T04:00",
            "2026-12-01T05:00",
        ),  # its first hour, again
    ],
)
def test_months(zone: str, now: str, start: str, end: str) -> None:
    hours = replace(team().hours, zone=ZoneInfo(zone))
    moments = [datetime.fromisoformat(f"{each}+00:00") for each in (now, start, end)]
    assert find_month(moments[0], hours) == (moments[1], moments[2])


@pytest.mark.parametrize(
    ("mills", "words"), [(15, "$0.015"), (200, "$0.20"), (0, "$0"), (1205, "$1.205"), (20_000, "$20")]
)
def test_dollars(mills: int, words: str) -> None:
    assert format_dollars(mills) == words


def test_prices() -> None:
    prices = Prices(1, 2, 4, 8, 16)
    assert [prices.find_cost(), prices.find_cost(has_link=True), prices.find_cost(has_link=True, is_reply=True)] == [
        1, 2, 4,
    ]  # fmt: skip
    assert prices.find_cost(images=2) == 17
    assert PRICES.take_down == 10


# --- the monthly limit -----------------------------------------------------------------------------------


def limited(bot: XBackend, mills: int) -> XBackend:
    one = {"bakery": replace(bot.policy.accounts["bakery"], monthly_limit=mills)}
    return XBackend(
        bot.store, bot.network, bot.clock, replace(bot.policy, accounts=one), worker_name="limited"
    )


def over(bot: XBackend, seen: Seen) -> list[str]:
    def check(work: Any) -> list[str]:
        post = posts.load(work.db, seen.post_id)
        assert post is not None
        found = [one for one in check_post(work, post) if one.kind is ObjectionType.LIMIT]
        assert all(one.level is Level.BLOCK and not one.waivable for one in found)
        return [one.sentence for one in found]

    return bot.services.look(check)


def test_what_would_go_over_cannot_be_approved(bot: XBackend) -> None:
    bot.to_slot(bot.approved("Fresh rye"))
    tight, wide = limited(bot, 29), limited(bot, 30)
    seen = bot.plan("Rolls")
    assert over(wide, seen) == []
    (sentence,) = over(tight, seen)
    assert sentence == (
        "Over the monthly limit: it would cost about $0.015, and about $0.015 of X's $0.029 for the month is spent. "
        "Give it a time in another month, or ask whoever runs Byhand to raise monthly_limit"
    )
    assert over(tight, bot.plan("Rolls in December", minutes=60 * 24 * 8)) == [], "that is another month"
    (health,) = tight.services.look(list_account_health)
    assert health.cost == "Sending has cost about $0.015 of $0.029 this month"


def test_what_others_used_up_does_not_go_out(bot: XBackend, x: XServer) -> None:
    """Each of two was within the limit when it was approved."""
    tight = limited(bot, 29)
    first, second = tight.approved("Fresh rye"), tight.approved("Rolls")
    tight.to_slot(first)
    for _ in range(12):
        tight.push(minutes=1)
    assert tight.states(first) == {"bakery": "sent"}
    assert [line.text for line in x.ledger] == ["Fresh rye"]
    assert tight.status(second) is Status.MISSED
    assert "it would cost about $0.015" in str(tight.post(second).reason)
    assert post_writes(x) == 1
    assert spent(tight) == 15


def test_the_limit_of_the_month_in_which_it_begins_holds(bot: XBackend, x: XServer) -> None:
    """Approved and due in a month whose money is gone, begun after the team's midnight: the new month's is there."""
    tight = limited(bot, 29)
    tight.to_slot(tight.approved("Fresh rye"))
    tight.clock.set(datetime(2026, 11, 30, 22, 50, tzinfo=UTC))  # 23:50 in Berlin
    seen = tight.in_review("Rolls at midnight")  # at ten past: it counts in December
    tight.services.do(review.approve, TOM, seen, key())
    assert over(tight, tight.plan("Rolls before it", minutes=9)) != []
    tight.to_slot(seen)
    assert [line.text for line in x.ledger] == ["Fresh rye", "Rolls at midnight"]
    assert spent(tight) == 15


def test_the_limit_that_is_reached_is_said_and_may_be_raised(bot: XBackend, x: XServer) -> None:
    """Between approval and slot others used it up: it is missed, the card says why and what mends it, and once the
    limit is raised an approver posts it."""
    tight = limited(bot, 29)
    first, second = tight.approved("Fresh rye"), tight.approved("Rolls")
    tight.to_slot(first)
    tight.push(minutes=1)
    why = "it would cost about $0.015, and about $0.015 of X's $0.029 for the month is spent"
    assert (tight.status(second), tight.post(second).reason) == (Status.MISSED, why)
    assert over(tight, second) == [f"Over the monthly limit: {why}. {costs.MEND}"]
    with pytest.raises(Blocked):
        tight.services.do(review.post_now, TOM, second, key())
    wide = limited(bot, 30)
    wide.services.do(review.post_now, TOM, second, key())
    wide.push(minutes=1)
    assert [line.text for line in x.ledger] == ["Fresh rye", "Rolls"]


def test_what_was_paid_keeps_its_price(bot: XBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """X asks another price in the middle of a month: what went out before cost what it cost then."""
    bot.to_slot(bot.approved("Fresh rye"))
    monkeypatch.setattr(client, "PRICES", replace(PRICES, post=500))
    assert spent(bot) == 15
    assert said(bot, bot.plan("Rolls")) == ["Costs about $0.50 on X"]
    assert over(limited(bot, 514), bot.plan("Rolls")) != []
    assert over(limited(bot, 515), bot.plan("Rolls")) == []


# --- two workers -----------------------------------------------------------------------------------------


@pytest.fixture
def two(postgres_store: Store, x: XServer, clock: ManualClock) -> Iterator[tuple[XBackend, XBackend]]:
    """Two processes on one database; of the month's money one post is left."""
    one = {"bakery": AccountPolicy("bakery", "x", "X", None, monthly_limit=29)}
    policy = replace(team(inbox_channel=INBOX, private_channel=PRIVATE), accounts=one)
    first, second = (
        XBackend(postgres_store, cast(Any, x), clock, policy, worker_name=name) for name in ("one", "other")
    )
    yield first, second
    for each in (first, second):
        each.worker.stop(timedelta(seconds=5))


def claim_both(first: XBackend, second: XBackend) -> tuple[list[Seen], list[Claim]]:
    """A post each, ready to begin at one moment."""
    planned = [first.approved("Fresh rye"), first.approved("Rolls")]
    slot = first.post(planned[0]).slot
    assert slot is not None
    first.clock.set(slot - timedelta(seconds=20))
    claims = [each.services.do(machine.claim, each.worker_name, 1)[0] for each in (first, second)]
    first.clock.set(slot)
    return planned, claims


def test_who_begins_second_waits_for_the_first_and_is_refused(two: tuple[XBackend, XBackend]) -> None:
    """The first has written its attempt and not committed: nobody may count the month before it has."""
    (first, second), done = two, list[Begun | None]()
    planned, claims = claim_both(first, second)
    late = threading.Thread(target=lambda: done.append(second.services.do(machine.begin, claims[1])))

    def begin(work: UnitOfWork) -> Begun | None:
        begun = machine.begin(work, claims[0])
        late.start()
        wait_until_it_waits(first.store)
        return begun

    assert first.services.do(begin) is not None
    late.join(10)
    assert done == [None]
    refused = next(seen for seen in planned if seen.post_id == claims[1].post_id)
    assert "of X's $0.029 for the month is spent" in str(first.post(refused).reason)
    assert spent(first) == 15


def test_of_two_workers_one_has_what_is_left(two: tuple[XBackend, XBackend], x: XServer) -> None:
    """Both turn at once, for as long as the posts may go out."""
    first = two[0]
    planned = [first.approved("Fresh rye"), first.approved("Rolls")]
    slot = first.post(planned[0]).slot
    assert slot is not None
    for minutes in range(-1, 12):
        first.clock.set(slot + timedelta(minutes=minutes))
        start = threading.Barrier(2)

        def turn(one: XBackend, start: threading.Barrier = start) -> None:
            start.wait(10)
            one.run()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(turn, two))
    assert post_writes(x) == len(x.ledger) == 1
    assert {first.status(seen) for seen in planned} == {Status.MISSED, Status.PUBLISHED}
    assert spent(first) == 15


def test_taking_down_is_never_held_back(bot: XBackend) -> None:
    tight = limited(bot, 15)
    seen = tight.approved("Fresh rye")
    tight.to_slot(seen)
    tight.services.do(take_down.take_down_all, TOM, (tight.delivery_id(seen),), key())
    tight.run()
    assert spent(tight) == 25
