"""Watches the database: is it still the file that was opened, and can it be written?

Nothing is sent while it is not: every send writes before it begins, and the writer refuses (`store/engine/place.py`).
This is so that people hear of it: on /healthz, and by one direct message to the approvers, for which nothing is read.
A thread of its own, because a chore that waits for the database would keep it from saying that the database hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from bot.observability import get_logger
from bot.store.engine.errors import CommitUnknown, StoreClosed, StoreError, WriteTimeout
from bot.store.engine.store import Store

LOOK_EVERY = 3.0  # seconds; a look at the file's name
PROBE_EVERY = 15.0  # seconds between two writes; each costs the disk one flush
PATIENCE = 5.0  # seconds for a write
AGAIN_AFTER = 600.0  # seconds of health, after which a new trouble is told anew
SURE = 2  # looks: one write that comes late is no trouble yet

log = get_logger("database")


class DatabaseWatch:
    """`tell`: says a sentence to the approvers; False: somebody has not heard it yet."""

    def __init__(self, store: Store, elapsed: Callable[[], float], tell: Callable[[str], bool]) -> None:
        self._store = store
        self._elapsed = elapsed
        self._tell = tell
        self._trouble: str | None = None
        self._failed = 0
        self._told = False
        self._well_since = elapsed()
        self._probed_at = float("-inf")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="database-watch", daemon=True)

    @property
    def trouble(self) -> str | None:
        """What is wrong, in a sentence; None: what is clicked now can be kept."""
        return self._store.find_trouble() or self._trouble

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2 * PATIENCE)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                self.look()
            except Exception:  # a boundary: the next look is the remedy
                log.exception("the database could not be looked at")

    def look(self) -> None:
        """One look; a write only now and then, or while something is wrong."""
        there = self._store.find_trouble()
        self._trouble = there or self._probe()
        if self._trouble is None:
            self._note_well()
            return
        self._failed += 1
        self._well_since = self._elapsed()
        if not self._told and (there or self._failed >= SURE):
            log.error(self._trouble)
            self._told = self._tell(self._trouble)

    def _note_well(self) -> None:
        if self._failed:
            log.info("The database can be written again")
        self._failed = 0
        if self._elapsed() - self._well_since >= AGAIN_AFTER:
            self._told = False

    def _probe(self) -> str | None:
        if self._trouble is None and self._elapsed() - self._probed_at < PROBE_EVERY:
            return None
        self._probed_at = self._elapsed()
        try:
            self._store.count_on(timeout=PATIENCE)
        except StoreClosed:
            return None
        except (StoreError, DBAPIError, OSError) as error:
            if isinstance(error, WriteTimeout | CommitUnknown) and error.__cause__ is None:
                return self._say(f"it took no write for {PATIENCE:.0f} s; does another program hold it?")
            cause = error.__cause__ or error
            return self._say(" ".join(str(getattr(cause, "orig", None) or cause).split()))
        return None

    def _say(self, why: str) -> str:
        return (
            f"The database cannot be written to ({why}). Until it can, nothing is sent, and no click is kept."
        )
