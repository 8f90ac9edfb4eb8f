"""`byhand pause` where the database or the bot falls silent: what is said is what is known, and it is said in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.cli import app
from bot.control import commands
from bot.control.socket import ControlServer, to_control_folder
from bot.services.pause import pause as pause_service
from bot.shell import database_access, pausing
from bot.store.engine.errors import CommitUnknown, Unreachable
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.cli.conftest import Desk, real_now
from tests.cli.silent_proxy import SilentProxy
from tests.cli.test_pause import gate_row

assert app
IN_TIME = 15.0  # seconds, on a busy machine; what hangs here hangs for a minute


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long enough for what does not hang to be done, also on a busy machine."""
    monkeypatch.setattr(pause_service, "PATIENCE_SECONDS", 3.0)
    monkeypatch.setattr(database_access, "SILENT_SECONDS", 20.0)


def come_to_an_end() -> None:
    for each in threading.enumerate():
        if each.name.startswith(("pause", "database", "close", "store-")):
            each.join(20)


def is_paused(url: str) -> bool:
    with Store.open(url, now=real_now, owner=False) as store:
        return store.read(lambda db: gate.read(db).rows["all"].paused)


def test_a_database_that_falls_silent_at_the_gate_is_told_and_the_pause_does_not_come_later(
    desk: Desk, postgres_url: str
) -> None:
    """Its connections were waited for at the end: whoever typed it saw nothing at all."""
    with SilentProxy(postgres_url, b"pg_advisory_xact_lock(") as proxy:
        desk.set(BYHAND_DATABASE_URL=proxy.url)
        began = time.monotonic()
        told = desk.byhand("pause", "recall")
        took = time.monotonic() - began
        assert proxy.silent.is_set()
    come_to_an_end()
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.startswith("NOT paused: Byhand cannot reach its database."), told.stderr
    assert took < IN_TIME
    assert not is_paused(postgres_url)


def test_a_commit_whose_answer_never_comes_is_told_as_what_nobody_knows(
    desk: Desk, postgres_url: str
) -> None:
    """It said that it was not paused, and it was."""
    with SilentProxy(postgres_url, b"pg_advisory_xact_lock(", b"COMMIT", passes=True) as proxy:
        desk.set(BYHAND_DATABASE_URL=proxy.url)
        began = time.monotonic()
        told = desk.byhand("pause", "recall")
        took = time.monotonic() - began
    come_to_an_end()
    assert (told.exit_code, told.stdout, told.stderr) == (1, "", f"{pausing.MAYBE}\n")
    assert took < IN_TIME
    assert is_paused(postgres_url)


def test_a_commit_whose_answer_is_lost_and_then_the_database(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.byhand("migrate")
    write, urgent_ones = Store.write, list[object]()

    def lost(store: Store, fn: Callable[[Connection], Any], **how: Any) -> Any:
        if not how.get("urgent"):
            return write(store, fn, **how)
        urgent_ones.append(fn)
        if len(urgent_ones) > 1:
            raise Unreachable
        write(store, fn, **how)
        raise CommitUnknown

    with monkeypatch.context() as away:
        away.setattr(Store, "write", lost)
        told = desk.byhand("pause", "recall")
    assert (told.exit_code, told.stderr) == (1, f"{pausing.MAYBE}\n")
    assert gate_row(desk).paused


@pytest.mark.parametrize("hangs", [False, True], ids=["fails", "hangs"])
def test_a_pause_that_holds_says_so_although_nothing_more_can_be_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    """What it stopped is read after it: that this failed was told as "NOT paused"."""
    desk.byhand("migrate")
    speaks = threading.Event()

    def read(_store: Store, _fn: object, *, urgent: bool = False) -> object:
        assert urgent, "whatever a pause asks, it asks on the connection kept for it"
        if hangs:
            speaks.wait(60)
        raise Unreachable

    def describe(services: Any, arguments: Any) -> dict[str, Any]:
        with monkeypatch.context() as silent:
            silent.setattr(Store, "read", read)
            return pause(services, arguments)

    pause = commands.COMMANDS["pause"]
    monkeypatch.setattr(commands, "COMMANDS", {"pause": describe})
    began = time.monotonic()
    done = desk.byhand("pause", "recall")
    took = time.monotonic() - began
    speaks.set()
    come_to_an_end()
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "Publishing is paused.",
        "Reason: recall",
        "What that stops could not be read just now: byhand status says more.",
    ]
    assert took < IN_TIME
    assert gate_row(desk).paused


@pytest.mark.parametrize("how", ["silent", "failing"])
def test_a_bot_that_took_it_and_says_nothing_may_have_paused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    desk.byhand("migrate")
    monkeypatch.setattr(pausing, "AT_ONCE", 0.3 if how == "silent" else 20.0)
    free = threading.Event()

    def do(_command: str, _arguments: dict[str, Any]) -> dict[str, Any]:
        if how == "silent":
            free.wait(20)
        raise ZeroDivisionError

    with Store.open(desk.url, now=real_now, purpose="run"):
        server = ControlServer(to_control_folder(desk.folder / "byhand.db"), do)
        server.start()
        told = desk.byhand("pause", "recall")
        free.set()
        server.stop()
    assert (told.exit_code, told.stderr) == (1, f"{pausing.MAYBE}\n")


def test_whatever_keeps_it_from_pausing_comes_after_that_it_is_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.byhand("migrate")
    monkeypatch.setattr(pausing, "STARTING", 0.1)
    with Store.open(desk.url, now=real_now, purpose="import"):
        told = desk.byhand("pause", "recall")
    assert told.stderr.startswith("NOT paused: "), told.stderr
    assert "is in use by byhand import" in told.stderr
    desk.settings.write_text("[slack", encoding="utf-8")
    told = desk.byhand("pause", "recall")
    assert told.exit_code == 1
    assert told.stderr.startswith("NOT paused: "), told.stderr
