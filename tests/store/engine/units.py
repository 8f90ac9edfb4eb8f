"""Units of work for the store's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import Connection, insert, select

from bot.store.engine.store import Store
from bot.store.tables.system import counters

PATIENCE = 10  # seconds


def add(name: str, value: int = 0) -> Callable[[Connection], None]:
    def unit(conn: Connection) -> None:
        conn.execute(insert(counters).values(name=name, value=value))

    return unit


def names(conn: Connection) -> list[str]:
    return list(conn.execute(select(counters.c.name).order_by(counters.c.name)).scalars())


class Plug:
    """A unit of work that stays open until it is pulled, so that others queue up behind it."""

    def __init__(self, store: Store) -> None:
        self.running = threading.Event()
        self.pulled = threading.Event()
        self.future = store.submit(self._wait)
        assert self.running.wait(PATIENCE)

    def _wait(self, _conn: Connection) -> None:
        self.running.set()
        assert self.pulled.wait(PATIENCE)

    def pull(self) -> None:
        self.pulled.set()
        self.future.result(PATIENCE)
