"""Secrets that end are exchanged before: by one process, kept before they are used, and never twice where that would
end them. Every point at which a process may die is played."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.outcomes import Later, NeedsLogin, NotSent, Refused, Sent, Unknown
from bot.domain.sign_ins.renewal import LEASE, Renewal
from bot.networks.mastodon.client import NETWORK
from bot.networks.protocol import AccountClient, Content
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.accounts import endings, health, renewing, sign_ins, sign_outs
from bot.services.accounts.connections import Connections, load_secrets
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.load import load_settings
from bot.store import record
from bot.store import sign_ins as rows
from bot.store.engine.leases import take_lease
from bot.store.engine.store import Store
from bot.store.engine.vault import KeyRing, open_keys
from bot.store.pause import gate
from bot.store.sign_ins import KeptSignIn
from bot.store.tables.sign_ins import sign_in_notices
from bot.store.tables.system import secrets
from bot.workers.renewer import Renewer
from tests.backend import ManualClock
from tests.renewals import LIVES, LOST, YOUNG, FakeRenewing

SETTINGS = '[slack]\nreview_channel = "C0SOCIAL"\n[accounts.dock]\nnetwork = "mastodon"\nserver = "{url}"\n'
WHO, DUE = "cli:maya@desk", LIVES / 2
CONTENT = Content("Fresh rolls", visibility="public")


class Died(BaseException):
    """The process is gone: nothing of ours catches it."""


class Process:
    """One running bot: its own connections and its own renewer, on the database they share."""

    def __init__(self, desk: Desk, name: str) -> None:
        settings = load_settings(desk.file, desk.environ, networks={"mastodon": NETWORK}, need_slack=False)
        self.connections = Connections(settings, desk.store, desk.keys)
        clients: dict[str, AccountClient] = self.connections.clients
        self.services = Services(desk.store, desk.clock, settings.policy(), clients, lambda _whom: None)
        self.renewer = Renewer(self.services, desk.keys, name=name, refresh=self.connections.refresh)

    @property
    def client(self) -> AccountClient:
        return self.connections.clients["dock"]

    def publish(self, clock: ManualClock) -> object:
        handle = self.client.new_handle(clock.now())
        return self.client.publish(self.client.render(CONTENT, {}, handle, clock.now()), handle, lambda: True)


class Desk:
    """An account that was signed in now, at a network whose secrets last for 60 days."""

    def __init__(self, store: Store, folder: Path, clock: ManualClock, server: MastodonServer) -> None:
        self.store, self.clock, self.server = store, clock, server
        self.file = folder / "byhand.toml"
        self.file.write_text(SETTINGS.format(url=server.url), encoding="utf-8")
        self.keys: KeyRing = open_keys(None, folder / "byhand.key")
        self.environ: dict[str, str] = {}
        self.way = FakeRenewing(server, clock.now, single_use=True)
        store.write(lambda db: gate.make_rows(db, ["dock"]))

    def sign_in(self, services: Services, until: timedelta | None = LIVES) -> None:
        account = self.server.state.ours[self.server.tokens["dockbakery"]]
        identity = (
            f"{self.server.state.account_json(account)['id']}@{self.server.url.removeprefix('http://')}"
        )
        proof = Proof(identity, "@dockbakery", (), self.clock.now() + until if until else None)
        first = {"TOKEN": self.server.tokens["dockbakery"], "REFRESH": self.way.refresh}
        seen = services.look(sign_ins.find_seen, "dock")
        services.do(sign_ins.sign_in, self.keys, WHO, "dock", first, {}, proof, seen)

    def kept(self) -> KeptSignIn:
        found = self.store.read(lambda db: rows.load(db, "dock"))
        assert found is not None
        return found

    def secrets(self) -> dict[str, str]:
        return self.store.read(lambda db: load_secrets(db, self.keys, "dock")) or {}

    def facts(self, what: str) -> list[dict[str, Any]]:
        found = self.store.read(lambda db: record.list_of_kinds(db, "account:dock", what))
        return [dict(fact.data or {}) for fact in found]

    def told(self) -> list[str]:
        found = select(sign_in_notices.c.kind).order_by(sign_in_notices.c.at)
        return [kind.value for kind in self.store.read(lambda db: db.execute(found).scalars().all())]


@pytest.fixture
def server(clock: ManualClock) -> Iterator[MastodonServer]:
    started = MastodonServer(clock.now, accounts=("dockbakery",))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def desk(
    store: Store, tmp_path: Path, clock: ManualClock, server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    return make_desk(store, tmp_path, clock, server, monkeypatch)


@pytest.fixture
def sqlite_desk(
    sqlite_store: Store,
    tmp_path: Path,
    clock: ManualClock,
    server: MastodonServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    return make_desk(sqlite_store, tmp_path, clock, server, monkeypatch)


def make_desk(
    store: Store, folder: Path, clock: ManualClock, server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    desk = Desk(store, folder, clock, server)
    monkeypatch.setattr(NETWORK, "sign_in", desk.way, raising=False)
    desk.environ = {"BYHAND_DOCK_TOKEN": "only-to-begin-with"}
    first = Process(desk, "first")
    desk.environ = {}
    desk.sign_in(first.services)
    return desk


def is_usable(desk: Desk, process: Process) -> bool:
    return isinstance(process.publish(desk.clock), Sent)


# --- as it should be ---------------------------------------------------------------------------------


def test_it_is_renewed_in_time_and_a_running_bot_uses_it_at_once(desk: Desk) -> None:
    one, other = Process(desk, "one"), Process(desk, "other")
    assert is_usable(desk, one)
    desk.clock.push(DUE - timedelta(seconds=1))
    assert one.renewer.step() == 0
    desk.clock.push(timedelta(seconds=1))
    assert one.renewer.step() == 1
    assert is_usable(desk, one)
    assert isinstance(other.publish(desk.clock), NeedsLogin), "the former token opens nothing any more"
    other.connections.refresh()
    assert is_usable(desk, other)
    assert [one.renewer.step(), other.renewer.step()] == [0, 0]
    assert desk.way.offered == ["refresh-0"]
    kept = desk.kept()
    assert (kept.until, kept.renewal) == (desk.clock.now() + LIVES, None)
    assert [fact["until"] for fact in desk.facts("sign-in renewed")] == [
        kept.until and kept.until.isoformat()
    ]


def test_what_it_brings_is_kept_encrypted_and_on_record_without_it(desk: Desk) -> None:
    process = Process(desk, "one")
    desk.clock.push(DUE)
    process.renewer.step()
    raw = desk.store.read(lambda db: db.execute(select(secrets.c.value)).scalars().all())
    assert desk.secrets() == {"TOKEN": "token-1", "REFRESH": "refresh-1"}
    assert not any(b"token-1" in value or b"refresh-1" in value for value in raw)
    assert "refresh-1" not in str(desk.facts("sign-in renewed"))


def test_it_goes_on_for_a_year_and_reminds_nobody(sqlite_desk: Desk) -> None:
    process = Process(sqlite_desk, "one")
    for _ in range(365):
        sqlite_desk.clock.push(timedelta(days=1))
        process.renewer.step()
        process.services.do(endings.tell)
    assert (len(sqlite_desk.way.offered), sqlite_desk.told()) == (12, [])
    assert is_usable(sqlite_desk, process)


def live_two_hours(desk: Desk) -> Process:
    desk.way.lives, desk.way.young = timedelta(hours=2), timedelta()
    desk.clock.push(timedelta(seconds=1))
    process = Process(desk, "one")
    desk.sign_in(process.services, timedelta(hours=2))
    process.connections.refresh()
    return process


def test_what_lives_two_hours_is_renewed_after_a_night_off(sqlite_desk: Desk) -> None:
    """The refresh token outlives the access token."""
    process = live_two_hours(sqlite_desk)
    sqlite_desk.clock.push(timedelta(hours=14))
    assert (process.renewer.step(), process.services.do(endings.tell)) == (1, 0)
    assert is_usable(sqlite_desk, process)


def test_what_lives_two_hours_rings_once_before_its_end_and_once_after(sqlite_desk: Desk) -> None:
    process = live_two_hours(sqlite_desk)
    sqlite_desk.way.orders.extend([NotSent("no route")] * 100)
    told = {}
    for minute in range(150):
        process.renewer.step()
        if process.services.do(endings.tell):
            told[minute] = sqlite_desk.told()[-1]
        sqlite_desk.clock.push(timedelta(minutes=1))
    assert told == {90: "renewal", 131: "ended"}


def test_a_token_of_the_environment_is_not_renewed_and_is_reminded_of(sqlite_desk: Desk) -> None:
    sqlite_desk.environ = {"BYHAND_DOCK_TOKEN": sqlite_desk.server.tokens["dockbakery"]}
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(LIVES - timedelta(days=5))
    assert process.renewer.step() == 0
    assert process.services.do(endings.tell) == 1
    assert sqlite_desk.told() == ["week"]


def test_who_signs_in_anew_starts_the_clock_anew(sqlite_desk: Desk) -> None:
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(DUE - timedelta(days=1))
    sqlite_desk.sign_in(process.services)
    process.connections.refresh()
    sqlite_desk.clock.push(timedelta(days=2))
    assert process.renewer.step() == 0


def test_signed_out_nothing_is_renewed(sqlite_desk: Desk) -> None:
    process = Process(sqlite_desk, "one")
    process.services.do(sign_outs.sign_out, sqlite_desk.keys, WHO, "dock")
    sqlite_desk.clock.push(DUE)
    assert (process.renewer.step(), sqlite_desk.way.offered) == (0, [])


# --- two at once -------------------------------------------------------------------------------------


def test_two_processes_renew_once(desk: Desk) -> None:
    processes = [Process(desk, name) for name in ("one", "other")]
    desk.clock.push(DUE)
    both, made = threading.Barrier(2), list[int]()

    def renew(process: Process) -> None:
        both.wait()
        made.append(process.renewer.step())

    threads = [threading.Thread(target=renew, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(made), desk.way.offered) == ([0, 1], ["refresh-0"])


def test_while_one_asks_the_other_waits(desk: Desk) -> None:
    one, other = Process(desk, "one"), Process(desk, "other")
    desk.clock.push(DUE)
    meanwhile: list[int] = []
    desk.way.orders.append(lambda: meanwhile.append(other.renewer.step()))
    assert (one.renewer.step(), meanwhile) == (1, [0])
    assert desk.secrets()["REFRESH"] == "refresh-1"


def test_a_lease_of_another_process_is_respected(desk: Desk) -> None:
    process = Process(desk, "one")
    desk.clock.push(DUE)
    now = desk.clock.now()
    desk.store.write(lambda db: take_lease(db, "renew:dock", "other", now, now + LEASE))
    assert (process.renewer.step(), desk.kept().renewal) == (0, None)
    desk.clock.push(LEASE)
    assert process.renewer.step() == 1


def test_who_signs_in_while_it_is_asked_wins(desk: Desk) -> None:
    """The pair that came is worth nothing beside the one that a person has just made."""
    process = Process(desk, "one")
    desk.clock.push(DUE)

    def sign_in() -> None:
        desk.clock.push(timedelta(seconds=1))
        desk.sign_in(process.services)

    desk.way.orders.append(sign_in)
    process.renewer.step()
    assert desk.kept().renewed_at is None
    assert desk.kept().until == desk.clock.now() + LIVES
    assert desk.facts("sign-in renewed") == []


def test_a_renewal_does_not_refuse_who_signs_in_just_then(desk: Desk) -> None:
    """The person had read what stood there before; nobody was faster than they."""
    process = Process(desk, "one")
    seen = process.services.look(sign_ins.find_seen, "dock")
    desk.clock.push(DUE)
    process.renewer.step()
    kept = desk.kept()
    proof = Proof(str(kept.identity), "@dockbakery")
    process.services.do(sign_ins.sign_in, desk.keys, WHO, "dock", {"TOKEN": "new"}, {}, proof, seen)
    assert desk.secrets() == {"TOKEN": "new"}


# --- lost answers, and processes that die --------------------------------------------------------------


DEATHS = ("before it is written down", "before the call", "in the call", "before it is kept")


@pytest.mark.parametrize("single_use", [True, False])
@pytest.mark.parametrize("death", DEATHS)
def test_wherever_the_process_dies(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, death: str, single_use: bool
) -> None:
    """What works once is offered once; all else is asked for again when the lease is over."""
    desk.way.single_use = single_use
    process = Process(desk, "one")
    desk.clock.push(DUE)
    with monkeypatch.context() as dying:
        kill(desk, process, dying, death)
        with pytest.raises(Died):
            process.renewer.step()
    again = Process(desk, "next")
    asked = len(desk.way.offered)
    if death != DEATHS[0]:
        assert again.renewer.step() == 0, "the lease is another's"
    desk.clock.push(LEASE)
    again.renewer.step()
    again.services.do(endings.tell)
    if death == DEATHS[0] or not single_use:
        assert (is_usable(desk, again), desk.told()) == (True, [])
        assert desk.kept().renewal is None
        return
    assert len(desk.way.offered) == asked, "never offered twice"
    assert (desk.kept().renewal, desk.told()) == (Renewal.UNKNOWN, ["renewal"])
    assert desk.secrets()["REFRESH"] == "refresh-0", "the former pair is kept"
    desk.clock.push(timedelta(days=10))
    assert again.renewer.step() == 0


def kill(desk: Desk, process: Process, dying: pytest.MonkeyPatch, death: str) -> None:
    def die(*_: object) -> None:
        raise Died(death)

    if death == DEATHS[0]:
        dying.setattr(rows, "note_renewal", die)
    elif death == DEATHS[1]:
        dying.setattr(process.renewer, "_ask", die)
    elif death == DEATHS[2]:
        desk.way.orders.append(die)
    else:
        dying.setattr(process.renewer, "_keep", die)


@pytest.mark.parametrize("single_use", [True, False])
def test_a_lost_answer(desk: Desk, single_use: bool) -> None:
    """Single use: nobody knows, so the former pair stays, nothing is asked again, and people are told at once."""
    desk.way.single_use = single_use
    process = Process(desk, "one")
    desk.clock.push(DUE)
    desk.way.orders.append(LOST)
    assert process.renewer.step() == 1
    assert desk.secrets()["REFRESH"] == "refresh-0"
    desk.clock.push(timedelta(hours=1))
    process.renewer.step()
    process.services.do(endings.tell)
    process.services.do(endings.tell)
    if single_use:
        assert (desk.way.offered, desk.told()) == (["refresh-0"], ["renewal"])
        assert "asking twice could end both" in str(desk.kept().renewal_why)
        assert desk.facts("sign-in not renewed")[0]["state"] == "unknown"
    else:
        assert (is_usable(desk, process), desk.told()) == (True, [])


def test_a_person_mends_what_nobody_knows(desk: Desk) -> None:
    process = Process(desk, "one")
    desk.clock.push(DUE)
    desk.way.orders.append(Unknown("the connection broke"))
    process.renewer.step()
    process.services.do(endings.tell)
    desk.clock.push(timedelta(minutes=5))
    desk.sign_in(process.services)
    process.connections.refresh()
    assert desk.kept().renewal is None
    notice = desk.store.read(lambda db: db.execute(select(sign_in_notices.c.over)).scalar_one())
    assert notice == "maya (on Byhand's server) signed it in again"
    desk.clock.push(DUE)
    assert (process.renewer.step(), is_usable(desk, process)) == (1, True)


def test_an_answer_that_comes_after_the_lease_is_kept_all_the_same(desk: Desk) -> None:
    """The process was halted; another one has said meanwhile that nobody knows. Now somebody does."""
    one, other = Process(desk, "one"), Process(desk, "other")
    desk.clock.push(DUE)

    def halted() -> None:
        desk.clock.push(LEASE)
        other.renewer.step()
        assert desk.kept().renewal == Renewal.UNKNOWN

    desk.way.orders.append(halted)
    one.renewer.step()
    assert (desk.kept().renewal, desk.secrets()["REFRESH"]) == (None, "refresh-1")
    assert is_usable(desk, one)


def test_a_process_that_was_halted_before_the_call_does_not_make_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Process(desk, "one")
    desk.clock.push(DUE)
    begin = renewing.begin

    def halts(*given: Any) -> Any:
        task = begin(*given)
        desk.clock.push(timedelta(seconds=6))
        return task

    monkeypatch.setattr(renewing, "begin", halts)
    one.renewer.step()
    assert desk.way.offered == []
    assert desk.kept().renewal == Renewal.LATER


def test_a_database_that_does_not_take_it_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came is in the memory of this process alone, and the former pair is worth nothing any more."""
    process = Process(desk, "one")
    desk.clock.push(DUE)
    end, failed = renewing.end, list[int]()

    def fails_twice(*given: Any) -> bool:
        if len(failed) < 2:
            failed.append(1)
            raise OSError("no space left on the disk")
        return end(*given)

    monkeypatch.setattr(renewing, "end", fails_twice)
    monkeypatch.setattr("bot.workers.renewer.RESTS", (0.0, 0.0, 0.0))
    process.renewer.step()
    assert (len(failed), desk.secrets()["REFRESH"]) == (2, "refresh-1")


def test_a_database_that_is_away_for_long_gets_it_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the process lives: nobody else has what came."""
    process = Process(desk, "one")
    desk.clock.push(DUE)
    end, failed = renewing.end, list[int]()

    def away(*given: Any) -> bool:
        if len(failed) < 40:
            failed.append(1)
            raise OSError("the database is being moved")
        return end(*given)

    monkeypatch.setattr(renewing, "end", away)
    monkeypatch.setattr("bot.workers.renewer.RESTS", (0.0, 0.0))
    process.renewer.step()
    assert (len(failed), desk.secrets()["REFRESH"]) == (40, "refresh-1")


def test_a_process_that_is_stopped_meanwhile_ends(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(DUE)
    failed = list[int]()

    def away(*_: Any) -> bool:
        failed.append(1)
        if len(failed) == 3:
            process.renewer.stop(0.0)
        raise OSError("the database is away")

    monkeypatch.setattr(renewing, "end", away)
    monkeypatch.setattr("bot.workers.renewer.RESTS", (0.0, 0.0))
    process.renewer.step()
    assert len(failed) == 4, "once more, and then no more"


def test_a_commit_of_which_nobody_knows_is_done_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(desk, "one")
    desk.clock.push(DUE)
    do, lost = process.services.do, list[int]()

    def loses_the_answer(verb: Callable[..., Any], *given: Any) -> Any:
        done = do(verb, *given)
        if verb is renewing.end and not lost:
            lost.append(1)
            raise OSError("the server closed the connection")
        return done

    monkeypatch.setattr("bot.workers.renewer.RESTS", (0.0,))
    services = type("S", (), {"do": staticmethod(loses_the_answer), "look": process.services.look})
    services.clock = desk.clock  # type: ignore[attr-defined]
    monkeypatch.setattr(process.renewer, "_services", services)
    process.renewer.step()
    assert (lost, desk.secrets()["REFRESH"], len(desk.facts("sign-in renewed"))) == ([1], "refresh-1", 1)


# --- what the network says -----------------------------------------------------------------------------


@pytest.mark.parametrize("no", [Refused("revoked"), NeedsLogin("expired")])
def test_a_no_is_final_and_told_at_once(sqlite_desk: Desk, no: Any) -> None:
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(DUE)
    sqlite_desk.way.orders.append(no)
    process.renewer.step()
    sqlite_desk.clock.push(timedelta(days=1))
    assert process.renewer.step() == 0
    assert process.services.do(endings.tell) == 1
    assert sqlite_desk.told() == ["renewal"]
    assert is_usable(sqlite_desk, process), "what is left of its time is used"
    go_on_to_its_end(sqlite_desk, process)
    assert sqlite_desk.told() == ["renewal", "week", "day", "ended"]


def go_on_to_its_end(desk: Desk, process: Process) -> None:
    until = desk.kept().until
    assert until is not None
    while desk.clock.now() < until + health.GRACE:
        desk.clock.push(timedelta(hours=4))
        process.renewer.step()
        process.services.do(endings.tell)


@pytest.mark.parametrize("no", [Later("too many calls"), NotSent("no route"), ValueError("a bug")])
def test_what_may_be_repeated_is_with_rests_that_grow(sqlite_desk: Desk, no: Any) -> None:
    sqlite_desk.way.single_use = False
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(DUE)
    sqlite_desk.way.orders.extend([no] * 4)
    made = []
    for _ in range(60):
        made.append(process.renewer.step())
        process.services.do(endings.tell)
        sqlite_desk.clock.push(timedelta(minutes=1))
    assert [minute for minute, calls in enumerate(made) if calls] == [0, 2, 6, 14, 30]
    assert (is_usable(sqlite_desk, process), sqlite_desk.told()) == (True, [])


def test_later_is_not_before_the_network_says(sqlite_desk: Desk) -> None:
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(DUE)
    sqlite_desk.way.orders.append(Later("too many", sqlite_desk.clock.now() + timedelta(hours=3)))
    process.renewer.step()
    sqlite_desk.clock.push(timedelta(hours=3) - timedelta(seconds=1))
    assert process.renewer.step() == 0
    sqlite_desk.clock.push(timedelta(seconds=1))
    assert process.renewer.step() == 1


def test_a_network_that_never_answers_is_told_in_time(sqlite_desk: Desk) -> None:
    """Half of the time is gone in which it could have been done: people have two weeks left."""
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(DUE)
    sqlite_desk.way.orders.extend([NotSent("no route")] * 1000)
    told_at: list[datetime] = []
    until = sqlite_desk.kept().until
    assert until is not None
    while not told_at:
        process.renewer.step()
        if process.services.do(endings.tell):
            told_at.append(sqlite_desk.clock.now())
        sqlite_desk.clock.push(timedelta(hours=1))
    assert until - told_at[0] == DUE / 2
    go_on_to_its_end(sqlite_desk, process)
    assert sqlite_desk.told() == ["renewal", "week", "day", "ended"]
    calls = 1000 - len(sqlite_desk.way.orders)
    assert calls < 4 * 30 + 10, "one in six hours"


def test_what_nothing_renews_is_told_in_time(sqlite_desk: Desk) -> None:
    """Whatever keeps Byhand from it: nobody is left without a word."""
    process = Process(sqlite_desk, "one")
    go_on_without_renewing(sqlite_desk, process)
    assert sqlite_desk.told() == ["week", "day", "ended"]


def go_on_without_renewing(desk: Desk, process: Process) -> None:
    until = desk.kept().until
    assert until is not None
    while desk.clock.now() < until + health.GRACE:
        desk.clock.push(timedelta(hours=4))
        process.services.do(endings.tell)


# --- clocks --------------------------------------------------------------------------------------------


def test_what_is_younger_than_the_network_takes_is_not_offered(sqlite_desk: Desk) -> None:
    """Its end is not known: it is exchanged once it is old enough, and then is."""
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.push(timedelta(seconds=1))
    sqlite_desk.sign_in(process.services, until=None)
    process.connections.refresh()
    sqlite_desk.clock.push(YOUNG - timedelta(seconds=1))
    assert process.renewer.step() == 0
    sqlite_desk.clock.push(timedelta(seconds=1))
    assert process.renewer.step() == 1
    assert sqlite_desk.kept().until == sqlite_desk.clock.now() + LIVES


def test_a_clock_that_was_a_year_ahead_keeps_nothing_from_being_renewed(sqlite_desk: Desk) -> None:
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.put_wrong(timedelta(days=365))
    process.renewer.step()
    sqlite_desk.clock.put_wrong(timedelta(days=-365))
    assert process.renewer.step() == 1
    assert sqlite_desk.kept().renewed_at == sqlite_desk.clock.now()
    assert process.renewer.step() == 0


def test_a_try_that_was_written_down_by_such_a_clock_is_judged(sqlite_desk: Desk) -> None:
    sqlite_desk.way.single_use = False
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.put_wrong(timedelta(days=365))
    sqlite_desk.way.orders.append(NotSent("no route"))
    process.renewer.step()
    sqlite_desk.clock.put_wrong(timedelta(days=-365))
    assert process.renewer.step() == 1


def test_a_process_that_dies_in_such_a_year_does_not_keep_the_next_from_renewing(sqlite_desk: Desk) -> None:
    """What it took for a minute is taken until then."""
    sqlite_desk.way.single_use = False
    process = Process(sqlite_desk, "one")
    sqlite_desk.clock.put_wrong(timedelta(days=365))

    def die() -> None:
        raise Died

    sqlite_desk.way.orders.append(die)
    with pytest.raises(Died):
        process.renewer.step()
    sqlite_desk.clock.put_wrong(timedelta(days=-365))
    sqlite_desk.clock.push(DUE)
    again = Process(sqlite_desk, "next")
    assert (again.renewer.step(), is_usable(sqlite_desk, again)) == (1, True)
