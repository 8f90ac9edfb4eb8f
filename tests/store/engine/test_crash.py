"""`kill -9` in the middle of many writes: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store.engine.lock import Locked
from bot.store.engine.store import Store
from bot.store.tables.system import counters
from tests.stores import NOW


@contextmanager
def writing_child(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is already writing; killed at the end, if it still lives."""
    script = Path(__file__).with_name("writing_child.py")
    with subprocess.Popen([sys.executable, str(script), url], stdout=subprocess.PIPE) as child:
        try:
            yield child
        finally:
            child.kill()


def acknowledged(child: subprocess.Popen[bytes], at_least: int) -> set[str]:
    """Let it write that much, kill it, and return what it was told is committed."""
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(at_least)]
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    return {line.decode().strip() for line in lines if line.endswith(b"\n")}


def test_every_acknowledged_write_outlives_a_kill(store_url: str) -> None:
    said: set[str] = set()
    for round_ in range(3):
        with writing_child(store_url) as child:
            said = acknowledged(child, 50 * (round_ + 1))
        with Store.open(store_url, now=lambda: NOW) as store:
            rows = set(store.read(lambda conn: conn.execute(select(counters.c.name)).scalars().all()))
            store.write(lambda conn: conn.execute(counters.delete()))
        assert len(said) >= 50
        assert {f"{name}-{half}" for name in said for half in "ab"} <= rows
        assert {row[:-1] + "a" for row in rows} == {row[:-1] + "a" for row in rows if row.endswith("b")}


def test_a_second_process_is_refused_and_told_who_is_first(sqlite_url: str) -> None:
    with writing_child(sqlite_url) as child:
        said = f"in use by byhand run .process {child.pid}"
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(Locked, match=said) as refusal:
            Store.open(sqlite_url, now=lambda: NOW)
        assert (refusal.value.pid, refusal.value.purpose) == (child.pid, "run")
        with Store.open(sqlite_url, now=lambda: NOW, owner=False) as reader:
            assert reader.read(lambda conn: conn.execute(select(counters.c.name)).first())
        acknowledged(child, 1)
    with Store.open(sqlite_url, now=lambda: NOW):
        pass  # the lock of a killed process is free
