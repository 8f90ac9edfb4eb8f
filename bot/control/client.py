"""Who does a writing command: this process, if the database is free, else the bot that holds it.

    with writer_or_bot(url, now=clock.now, purpose="pause") as hand:
        if isinstance(hand, Bot):
            answer = hand.ask("pause", {"reason": reason})
        else:
            answer = pausing.pause(hand, ...)

It waits a moment for the lock, because a bot that starts or stops holds it briefly without listening; a command that
comes just then should neither fail nor write beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.control.socket import ask, is_listening, to_control_folder
from bot.services import in_time
from bot.store.engine.lock import Locked
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store

WAIT = 10.0  # seconds for a bot that starts or stops


@dataclass(frozen=True)
class Bot:
    """The running bot, at the other end of its control socket."""

    folder: Path

    def ask(self, command: str, arguments: dict[str, Any], timeout: float = 30.0) -> dict[str, Any]:
        return ask(self.folder, command, arguments, timeout)


@contextmanager
def open_writer_or_bot(
    url: str,
    *,
    now: Callable[[], datetime],
    purpose: str,
    wait: float = WAIT,
    close_within: float | None = None,
) -> Iterator[Store | Bot]:
    """The store, opened for writing, or the `Bot`. Raises `Locked` if who holds the lock does not listen.

    `close_within`: seconds for its closing, which waits for whatever the database has not answered; None: as long as
    it takes."""
    hand = _open_or_find(url, now, purpose, time.monotonic() + wait)
    try:
        yield hand
    finally:
        if isinstance(hand, Store):
            _close(hand, close_within)


def _close(store: Store, within: float | None) -> None:
    if within is None:
        store.close()
        return
    with suppress(TimeoutError):  # the process ends anyway
        in_time.wait_for(store.close, within, "close")


def _open_or_find(url: str, now: Callable[[], datetime], purpose: str, give_up: float) -> Store | Bot:
    while True:
        try:
            return Store.open(url, now=now, purpose=purpose)
        except Locked:
            folder = to_control_folder(to_database_path(url))
            if is_listening(folder):
                return Bot(folder)
            if time.monotonic() > give_up:
                raise
        time.sleep(0.05)
