"""Who does a writing command: this process or the bot."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot.control.client import Bot, open_writer_or_bot
from bot.control.socket import ControlServer, to_control_folder
from bot.store.engine.lock import Locked
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store
from bot.store.tables.system import counters
from tests.stores import NOW


def echo(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"command": command, **arguments}


def test_a_free_database_is_written_here(store_url: str) -> None:
    with open_writer_or_bot(store_url, now=lambda: NOW, purpose="pause") as hand:
        assert isinstance(hand, Store)
        hand.write(lambda conn: conn.execute(insert(counters).values(name="a", value=1)))
    with Store.open(store_url, now=lambda: NOW):
        pass  # it let go


def test_a_database_that_hangs_is_not_waited_for_at_the_end(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pauses has their answer by then, and it is printed only after that."""
    free, close, began = threading.Event(), Store.close, time.monotonic()

    def hang(store: Store) -> None:
        free.wait(20)
        close(store)

    monkeypatch.setattr(Store, "close", hang)
    with open_writer_or_bot(sqlite_url, now=lambda: NOW, purpose="pause", close_within=0.05):
        pass
    assert time.monotonic() - began < 10
    free.set()


def test_postgres_is_written_beside_the_bot(postgres_url: str) -> None:
    with (
        Store.open(postgres_url, now=lambda: NOW),
        open_writer_or_bot(postgres_url, now=lambda: NOW, purpose="pause") as hand,
    ):
        assert isinstance(hand, Store)


def test_a_running_bot_is_asked(sqlite_url: str) -> None:
    server = ControlServer(to_control_folder(to_database_path(sqlite_url)), echo)
    with Store.open(sqlite_url, now=lambda: NOW):
        server.start()
        with open_writer_or_bot(sqlite_url, now=lambda: NOW, purpose="pause") as hand:
            assert isinstance(hand, Bot)
            assert hand.ask("pause", {"reason": "news"}) == {"command": "pause", "reason": "news"}
        server.stop()


def test_a_bot_that_is_just_starting_is_waited_for(sqlite_url: str) -> None:
    server = ControlServer(to_control_folder(to_database_path(sqlite_url)), echo)
    found: list[Store | Bot] = []

    def look() -> None:
        with open_writer_or_bot(sqlite_url, now=lambda: NOW, purpose="pause") as hand:
            found.append(hand)

    with Store.open(sqlite_url, now=lambda: NOW):
        looking = threading.Thread(target=look)
        looking.start()
        looking.join(0.15)  # it must not have given up
        assert looking.is_alive()
        server.start()
        looking.join()
        server.stop()
    assert isinstance(found[0], Bot)


def test_who_holds_the_lock_and_does_not_listen_is_named(sqlite_url: str, tmp_path: Path) -> None:
    with (
        Store.open(sqlite_url, now=lambda: NOW, purpose="import"),
        pytest.raises(Locked, match="byhand import"),
        open_writer_or_bot(sqlite_url, now=lambda: NOW, purpose="pause", wait=0.1),
    ):
        pass
