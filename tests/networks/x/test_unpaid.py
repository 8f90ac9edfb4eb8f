"""X is out of credits: people are told once, X is asked nothing more, and an approver has it tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.domain.gate import ALL
from bot.domain.people import Role
from bot.domain.policy import AccountPolicy
from bot.domain.preflight.objections import Level
from bot.domain.refusals import OnlyApprovers, OnlyMembersOrAsk, Repeated, WhoAreYou
from bot.domain.sign_ins.refusals import NothingToTry, NotOutOfCredits, TriedAlready
from bot.housekeeping import WATCH_EVERY, Housekeeping
from bot.networks.protocol import Health
from bot.observability import Metrics
from bot.sandbox.networks.x import answers
from bot.sandbox.networks.x.server import XServer
from bot.services.accounts import endings, health, unpaid
from bot.services.pause import pause as pausing
from bot.services.posts.preflight import check_post
from bot.store import sign_in_notices, sign_ins
from bot.store.engine.store import Store
from bot.store.posts import posts
from bot.store.tables.sign_ins import sign_in_notices as notices
from tests.backend import ANNA, GIL, MAYA, TOM, ManualClock, key, team
from tests.inbox_backend import INBOX, PRIVATE
from tests.networks.x.test_whole import XBackend, post_writes


@pytest.fixture
def x(clock: ManualClock) -> Iterator[XServer]:
    server = XServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bot(sqlite_store: Store, x: XServer, clock: ManualClock) -> Iterator[XBackend]:
    one = {"bakery": AccountPolicy("bakery", "x", "Bakery", None)}
    policy = replace(team(inbox_channel=INBOX, private_channel=PRIVATE), accounts=one)
    built = XBackend(sqlite_store, cast(Any, x), clock, policy)
    yield built
    built.worker.stop(timedelta(seconds=5))


def watch(bot: XBackend, chores: Housekeeping, minutes: int = 60) -> None:
    for _ in range(int(minutes * 60 / WATCH_EVERY)):
        chores._watch_accounts()
        chores._try_accounts()
        bot.services.do(endings.tell)
        bot.clock.push(timedelta(seconds=WATCH_EVERY))


def told(bot: XBackend) -> list[str]:
    found = select(notices).order_by(notices.c.at)
    return [row.kind.value for row in bot.store.read(lambda db: db.execute(found).all())]


def run_out(bot: XBackend, x: XServer, form: str = "depleted") -> str:
    """A post's send finds no credits. Returns what people are told, by its id."""
    seen = bot.approved()
    x.no_credits = form
    bot.to_slot(seen)
    assert bot.services.do(endings.tell) == 1
    found = bot.store.read(lambda db: sign_in_notices.list_told(db, ("bakery",)))
    return found["bakery"][-1].id


def is_unpaid(bot: XBackend) -> bool:
    return bot.services.look(unpaid.is_unpaid, "bakery")


@pytest.mark.parametrize("form", answers.CREDITS)
def test_people_are_told_once_and_nothing_more_is_asked(bot: XBackend, x: XServer, form: str) -> None:
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    watch(bot, chores, 5)
    notice = run_out(bot, x, form)
    view = bot.services.look(endings.load_notice, notice)
    assert view is not None
    assert "has no credits" in view.why
    assert view.why.endswith("Buy credits at console.x.com.")
    assert view.account == "bakery"
    before = len(x.requests)
    watch(bot, chores, 180)
    assert len(x.requests) == before
    assert told(bot) == ["unpaid"]
    assert post_writes(x) == 1


def test_posts_of_the_account_are_blocked_until_it_is_well(bot: XBackend, x: XServer) -> None:
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    run_out(bot, x)
    next_one = bot.plan("Rolls at ten")

    def blocks() -> list[str]:
        def check(work: Any) -> list[str]:
            post = posts.load(work.db, next_one.post_id)
            assert post is not None
            return [one.sentence for one in check_post(work, post) if one.level is Level.BLOCK]

        return bot.services.look(check)

    assert any("has no credits" in one for one in blocks()), blocks()
    x.no_credits = ""
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    chores._try_accounts()
    assert blocks() == []


def test_try_now_asks_once_and_says_how_it_was(bot: XBackend, x: XServer) -> None:
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    notice = run_out(bot, x)
    before = len(x.requests)
    bot.clock.push(timedelta(minutes=40))
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    chores._try_accounts()
    chores._try_accounts()
    assert [line.path for line in x.requests[before:]] == ["/2/users/me"]
    view = bot.services.look(endings.load_notice, notice)
    assert view is not None
    assert view.tried_at == bot.clock.now()
    assert is_unpaid(bot)
    x.no_credits = ""
    bot.clock.push(timedelta(minutes=1))
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    chores._try_accounts()
    assert not is_unpaid(bot)
    view = bot.services.look(endings.load_notice, notice)
    assert view is not None
    assert (view.over, view.account) == ("It works again", "")
    assert told(bot) == ["unpaid"]
    seen = bot.approved("Rolls")
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}


def test_who_may_not_and_what_is_over_is_refused(bot: XBackend, x: XServer) -> None:
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    run_out(bot, x)

    def press(person: Any, click: str | None = None) -> None:
        bot.services.do(unpaid.try_now, person, "bakery", click or key())

    for person, refusal in (
        (GIL, OnlyMembersOrAsk), (MAYA, OnlyApprovers), (replace(TOM, role=Role.UNKNOWN), WhoAreYou),
    ):  # fmt: skip
        with pytest.raises(refusal):
            press(person)
    once = key()
    press(TOM, once)
    with pytest.raises(Repeated):
        press(TOM, once)
    with pytest.raises(TriedAlready, match="pressed Try now at 09:20"):
        press(TOM)
    before = len(x.requests)
    x.no_credits = ""
    chores._try_accounts()
    assert len(x.requests) == before + 1
    with pytest.raises(NothingToTry, match="works again"):
        press(TOM)
    bot.services.do(health.note_health, "bakery", Health(False, "revoked"))
    with pytest.raises(NotOutOfCredits):
        press(TOM)


def test_another_process_goes_on_by_itself(
    bot: XBackend, x: XServer, sqlite_store: Store, clock: ManualClock
) -> None:
    """The send was made by one process, Try now is asked by another: neither stays stopped, and neither asks more than
    once."""
    run_out(bot, x)
    second = XBackend(sqlite_store, cast(Any, x), clock, bot.policy, worker_name="worker-2")
    chores = [Housekeeping(each.services, Metrics(), name=each.worker_name) for each in (bot, second)]
    x.no_credits = ""
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    before = len(x.requests)
    chores[1]._try_accounts()
    assert not is_unpaid(bot)
    assert cast(Any, bot.accounts["bakery"]).stopped is not None
    chores[0]._try_accounts()
    assert cast(Any, bot.accounts["bakery"]).stopped is None
    for each in chores * 2:
        each._try_accounts()
    assert [line.path for line in x.requests[before:]] == ["/2/users/me"] * 2
    second.worker.stop(timedelta(seconds=5))


def test_a_send_that_was_not_made_says_nothing_new(bot: XBackend, x: XServer) -> None:
    """One process heard that the credits are there; another has not asked yet."""
    run_out(bot, x)
    bot.services.do(health.note_health, "bakery", Health(True, "Signed in as @bakery."))
    assert not is_unpaid(bot)
    seen = bot.approved("Rolls")
    bot.to_slot(seen)
    assert bot.states(seen) != {"bakery": "sent"}
    assert not is_unpaid(bot)
    x.no_credits = ""
    Housekeeping(bot.services, Metrics(), name="one process")._try_accounts()
    for _ in range(3):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "sent"}


def test_a_look_that_finds_no_credits_is_told(bot: XBackend, x: XServer) -> None:
    """Nothing was sent: the hourly look at the sign-in meets it."""
    chores = Housekeeping(bot.services, Metrics(), name="one process")
    x.no_credits = "depleted"
    watch(bot, chores, 60)
    assert told(bot) == ["unpaid"]
    assert [line.path for line in x.requests].count("/2/users/me") == 1


def test_what_a_person_renews_is_not_paid_by_that(bot: XBackend, x: XServer) -> None:
    run_out(bot, x)
    now = bot.clock.now()
    bot.store.write(lambda db: sign_ins.note_renewed(db, "bakery", now, None))
    kept = bot.store.read(lambda db: sign_ins.load(db, "bakery"))
    assert kept is not None
    assert kept.refused_at is not None
    assert kept.unpaid_at is not None


# --- a process that dies, two of them, two people ---------------------------------------------------------


class Died(BaseException):
    """The process is gone: nothing of ours catches it."""


@pytest.mark.parametrize("asked", [False, True], ids=["before it asks", "with the answer in its hands"])
def test_a_process_that_dies_while_it_tries_leaves_it_to_another(
    bot: XBackend, x: XServer, sqlite_store: Store, clock: ManualClock, *, asked: bool
) -> None:
    """Once more and no more often, and not before the dead one could have asked."""
    run_out(bot, x)
    other = XBackend(sqlite_store, cast(Any, x), clock, bot.policy, worker_name="worker-2")
    dies, lives = (Housekeeping(each.services, Metrics(), name=each.worker_name) for each in (bot, other))
    x.no_credits = ""
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    before = len(x.requests)

    def die(name: str, client: Any, *_: Any) -> None:
        if asked:
            client.check()
        raise Died

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        patch.setattr(dies, "_ask", die)
        dies._try_accounts()
    with pytest.raises(TriedAlready):
        bot.services.do(unpaid.try_now, ANNA, "bakery", key())
    lives._try_accounts()
    assert is_unpaid(bot)
    clock.push(unpaid.LEASE)
    lives._try_accounts()
    lives._try_accounts()
    assert not is_unpaid(bot)
    assert [line.path for line in x.requests[before:]] == ["/2/users/me"] * (2 if asked else 1)
    assert told(bot) == ["unpaid"]
    other.worker.stop(timedelta(seconds=5))


def test_two_processes_ask_once_between_them(
    bot: XBackend, x: XServer, sqlite_store: Store, clock: ManualClock
) -> None:
    """The other one looks while the first is being answered; and the credits are still not there."""
    run_out(bot, x)
    other = XBackend(sqlite_store, cast(Any, x), clock, bot.policy, worker_name="worker-2")
    first, second = (Housekeeping(each.services, Metrics(), name=each.worker_name) for each in (bot, other))
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    before, ask = len(x.requests), first._ask

    def slowly(*given: Any) -> None:
        second._try_accounts()
        with pytest.raises(TriedAlready):
            bot.services.do(unpaid.try_now, ANNA, "bakery", key())
        ask(*given)
        second._try_accounts()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first, "_ask", slowly)
        first._try_accounts()
    assert [line.path for line in x.requests[before:]] == ["/2/users/me"]
    bot.services.do(unpaid.try_now, ANNA, "bakery", key())  # it was answered: another press is another try
    second._try_accounts()
    assert len(x.requests) == before + 2
    other.worker.stop(timedelta(seconds=5))


def test_an_answer_that_comes_late_does_not_take_a_newer_press(
    bot: XBackend, x: XServer, sqlite_store: Store, clock: ManualClock
) -> None:
    """A process was halted with its answer; another one has asked since, and somebody has pressed anew."""
    run_out(bot, x)
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    (taken,) = bot.services.do(unpaid.take_to_ask, "halted").items()
    clock.push(unpaid.LEASE)
    lives = Housekeeping(bot.services, Metrics(), name="lives")
    lives._try_accounts()
    clock.push(timedelta(seconds=5))
    bot.services.do(unpaid.try_now, ANNA, "bakery", key())
    no = Health(False, "X has no credits.", unpaid=True)
    bot.services.do(unpaid.note_asked, taken[0], no, None, taken[1], "halted")
    before = len(x.requests)
    lives._try_accounts()
    assert len(x.requests) == before + 1


def test_an_answer_to_secrets_that_were_exchanged_meanwhile_is_none(bot: XBackend, x: XServer) -> None:
    run_out(bot, x)
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    (taken,) = bot.services.do(unpaid.take_to_ask, "one").items()
    kept = bot.store.read(lambda db: sign_ins.load(db, "bakery"))
    assert kept is not None
    bot.store.write(lambda db: sign_ins.note_renewed(db, "bakery", bot.clock.now(), None))
    no = Health(False, "X has no credits.", unpaid=True)
    bot.services.do(unpaid.note_asked, taken[0], no, kept.stamp, taken[1], "one")
    assert bot.services.look(unpaid.list_to_ask) == ("bakery",)


def test_it_may_be_tried_while_publishing_is_paused(bot: XBackend, x: XServer) -> None:
    """That asks something, and sends nothing."""
    run_out(bot, x)
    bot.services.do_first(pausing.pause, MAYA, ALL, "", key())
    x.no_credits = ""
    writes = post_writes(x)
    bot.services.do(unpaid.try_now, TOM, "bakery", key())
    Housekeeping(bot.services, Metrics(), name="one process")._try_accounts()
    for _ in range(3):
        bot.push(minutes=1)
    assert not is_unpaid(bot)
    assert (post_writes(x), x.ledger) == (writes, ())
