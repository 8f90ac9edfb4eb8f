"""X's refresh tokens work once: of two processes one asks X, and both go on with what came. A process that dies with
the new pair in its hands leaves an account that only a person can sign in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.facts import FactKind
from bot.domain.outcomes import Sent
from bot.domain.sign_ins.renewal import LEASE, Renewal
from bot.networks.protocol import AccountClient, Content
from bot.networks.x import sign_in as x_sign_in
from bot.networks.x.client import NETWORK
from bot.sandbox.networks.x.oauth import CLIENT_ID, TOKEN_LIVES
from bot.sandbox.networks.x.server import XServer
from bot.services.accounts import endings, sign_ins
from bot.services.accounts.connections import Connections
from bot.services.accounts.health import judge
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.load import load_settings
from bot.store import record, sign_in_notices
from bot.store import sign_ins as rows
from bot.store.engine.store import Store
from bot.store.engine.vault import KeyRing, open_keys
from bot.store.pause import gate
from bot.workers.renewer import Renewer
from tests.backend import ManualClock

SETTINGS = """
[slack]
review_channel = "C0SOCIAL"
[accounts.dock]
network = "x"
server = "{url}"
client_id = "{app}"
"""
WHO, DUE = "cli:maya@desk", TOKEN_LIVES / 2


class Died(BaseException):
    """The process is gone: nothing of ours catches it."""


class Process:
    """One running bot with a store of its own, and what it knows of the account in its memory."""

    def __init__(self, store: Store, desk: Desk, name: str, **environ: str) -> None:
        self.store = store
        settings = load_settings(desk.file, environ, networks={"x": NETWORK}, need_slack=False)
        self.connections = Connections(settings, store, desk.keys)
        clients: dict[str, AccountClient] = self.connections.clients
        self.services = Services(store, desk.clock, settings.policy(), clients, lambda _whom: None)
        self.renewer = Renewer(self.services, desk.keys, name=name, refresh=self.connections.refresh)

    def publishes(self, text: str) -> bool:
        client, now = self.connections.clients["dock"], self.services.clock.now()
        payload = client.render(Content(text), {}, "handle", now)
        return isinstance(client.publish(payload, "handle", lambda: True), Sent)

    def kept(self) -> rows.KeptSignIn:
        found = self.store.read(lambda db: rows.load(db, "dock"))
        assert found is not None
        return found


class Desk:
    """An account that was signed in on X's page just now."""

    def __init__(self, store: Store, folder: Path, clock: ManualClock, server: XServer) -> None:
        self.clock, self.server = clock, server
        self.file = folder / "byhand.toml"
        self.file.write_text(SETTINGS.format(url=server.url, app=CLIENT_ID), encoding="utf-8")
        self.keys: KeyRing = open_keys(None, folder / "byhand.key")
        store.write(lambda db: gate.make_rows(db, ["dock"]))
        self.sign_in(Process(store, self, "first", BYHAND_DOCK_TOKEN="only-to-begin-with"))

    def sign_in(self, process: Process) -> None:
        us = self.server.account("dockbakery")
        pair = self.server.oauth.sign_in(us)
        secrets = {"TOKEN": pair.access, "REFRESH_TOKEN": str(pair.refresh), "CLIENT_ID": CLIENT_ID}
        proof = Proof(us.id, "@dockbakery", (), pair.ends)
        seen = process.services.look(sign_ins.find_seen, "dock")
        process.services.do(sign_ins.sign_in, self.keys, WHO, "dock", secrets, {}, proof, seen)


@pytest.fixture
def x(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    """On the test's clock, as is what reckons from it until when a token lives."""
    reckons = type("Reckons", (), {"now": staticmethod(lambda _zone: clock.now())})
    monkeypatch.setattr(x_sign_in, "datetime", reckons)
    server = XServer(clock.now, accounts=("dockbakery",))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def two(
    postgres_url: str, tmp_path: Path, clock: ManualClock, x: XServer
) -> Iterator[tuple[Process, Process]]:
    """Two processes on one PostgreSQL, each with a store of its own."""
    with Store.open(postgres_url, now=clock.now) as one, Store.open(postgres_url, now=clock.now) as other:
        desk = Desk(one, tmp_path, clock, x)
        yield Process(one, desk, "one"), Process(other, desk, "other")


def test_of_two_processes_one_asks_and_both_go_on(
    two: tuple[Process, Process], x: XServer, clock: ManualClock
) -> None:
    """Ten times, for they meet in another way each time. A token that is offered twice would end here, as on X."""
    for number in range(10):
        clock.push(DUE)
        both, made = threading.Barrier(2), list[int]()

        def renew(process: Process, both: threading.Barrier = both, made: list[int] = made) -> None:
            both.wait(10)
            made.append(process.renewer.step())

        threads = [threading.Thread(target=renew, args=(process,)) for process in two]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(made) == [0, 1]
        for process in two:
            process.connections.refresh()  # as it does every few seconds
            assert process.publishes(f"Rye {number} {process.renewer._name}")
    assert len(x.oauth.offered) == len(set(x.oauth.offered)) == 10
    assert len(x.ledger) == 20
    failed = two[0].store.read(
        lambda db: record.list_of_kinds(db, "account:dock", FactKind.NOT_RENEWED.value)
    )
    assert failed == [], "nor does one say of the other's call that nobody knows what came of it"


@pytest.fixture
def desk(store: Store, tmp_path: Path, clock: ManualClock, x: XServer) -> Desk:
    return Desk(store, tmp_path, clock, x)


@pytest.mark.parametrize("death", ["the answer is lost", "it dies with the answer", "it is halted with it"])
def test_a_pair_that_came_and_was_not_kept(
    desk: Desk, store: Store, x: XServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    """X has ended the former pair, and nobody has the new one: people read that, and sign in again. One that was only
    halted still has it."""
    process, other = (Process(store, desk, name) for name in ("one", "other"))
    clock.push(DUE)
    lose(process, other, x, clock, monkeypatch, death)
    clock.push(LEASE)
    other.renewer.step()
    assert len(x.oauth.offered) == 1, "never offered twice"
    if death == "it is halted with it":
        other.connections.refresh()
        assert (other.kept().renewal, other.publishes("Rye")) == (None, True)
        return
    other.services.do(endings.tell)
    assert other.kept().renewal == Renewal.UNKNOWN
    told = store.read(lambda db: sign_in_notices.list_told(db, ("dock",)))["dock"]
    notice = other.services.look(endings.load_notice, told[-1].id)
    assert notice is not None
    assert "nobody knows whether there is a new token" in notice.why
    assert "byhand connect x dock" in notice.mend
    assert "Byhand stopped before the answer came" in notice.why or "502" in notice.why
    clock.push(TOKEN_LIVES)
    (blocked,) = other.services.look(judge, ["dock"]).signed_out or ("",)
    assert "byhand connect x dock" in blocked
    desk.sign_in(other)
    other.connections.refresh()
    assert other.publishes("Rye again")
    clock.push(DUE)
    assert other.renewer.step() == 1


def lose(
    process: Process,
    other: Process,
    x: XServer,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    death: str,
) -> None:
    if death == "the answer is lost":
        x.oauth.loses_answers = 1
        process.renewer.step()
        return
    keep: Callable[..., Any] = process.renewer._keep

    def late(*given: Any) -> None:
        if death == "it dies with the answer":
            raise Died
        clock.push(LEASE)
        other.renewer.step()
        assert other.kept().renewal == Renewal.UNKNOWN
        keep(*given)

    monkeypatch.setattr(process.renewer, "_keep", late)
    if death == "it dies with the answer":
        with pytest.raises(Died):
            process.renewer.step()
    else:
        process.renewer.step()
