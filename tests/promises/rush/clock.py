"""Time for many processes: real time plus what was pushed, in a small file they share; and the steps each has taken.

There is a lock, because a call that is on its way takes milliseconds, however far the clock jumps; so a jump waits
until no call is on its way, as the demo's clock does. Small pushes do not wait.
"""

from __future__ import annotations

import fcntl
import mmap
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

BASE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SLOTS = 2000  # processes that count their steps
_TIMES = struct.Struct("dd")  # monotonic seconds at the start, seconds pushed
_SIGNED: Final = "q"
_COUNT = struct.Struct(_SIGNED)


class SharedClock:
    """Every process opens it by its path; one of them pushes."""

    def __init__(self, path: Path, *, slot: int = 0) -> None:
        self.path = path
        self._slot = _TIMES.size + slot * _COUNT.size
        self._lock = threading.Lock()
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    @classmethod
    def make(cls, path: Path) -> SharedClock:
        path.write_bytes(_TIMES.pack(time.monotonic(), 0.0) + bytes(SLOTS * _COUNT.size))
        return cls(path)

    def elapsed(self) -> float:
        start, pushed = _TIMES.unpack_from(self._memory)
        return float(time.monotonic() - start + pushed)

    def now(self) -> datetime:
        return BASE + timedelta(seconds=self.elapsed())

    def push(self, seconds: float) -> None:
        start, pushed = _TIMES.unpack_from(self._memory)
        _TIMES.pack_into(self._memory, 0, start, pushed + seconds)

    def jump(self, seconds: float) -> bool:
        """A push that waits for calls on their way; False if that took too long."""
        until = time.monotonic() + 0.5
        with self.path.open("rb") as file:
            while time.monotonic() < until:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(0.002)
                    continue
                self.push(seconds)
                return True
        return False

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Around a call: no jump meanwhile. A killed process lets go by itself."""
        with self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            yield

    def step(self) -> None:
        """This life has done one more thing."""
        with self._lock:
            (count,) = _COUNT.unpack_from(self._memory, self._slot)
            _COUNT.pack_into(self._memory, self._slot, count + 1)

    @property
    def steps(self) -> int:
        """What all processes have done."""
        with memoryview(self._memory) as memory, memory[_TIMES.size :].cast(_SIGNED) as counts:
            return sum(counts)
