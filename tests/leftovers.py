"""What a test starts ends with it: a thread or a child process that stays is that test's error, by name.

Whoever stays goes on in the middle of other tests and touches what the process shares, and the blame falls on them.
A fixture that outlives a test may keep something running only if it is in `SHARED`, and that is idle between
tests. Threads know who began the thread that began them; so a test is not blamed for what another's thread starts.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import pytest

GRACE = 5.0  # seconds for what is on its way out
SWEEP = 0.5  # seconds, after which garbage is collected
ROOT = Path(__file__).parent.parent
PROCESSES = Path("/proc/self/task")  # on other systems only threads are looked for
# Fixtures of a session or a file, and the names of threads that they begin only when a test first needs them.
SHARED: Mapping[str, tuple[str, ...]] = {
    "postgres_server": (),
    "running": (),  # the browser of the page tests, and the stage it looks at
    "mastodon": (),  # the network of the command line's tests
    "shared_counter": ("sender", "recorder", "answers"),  # a team and its bot, of a file in tests/slack
    "slack_url": (),
    "shared": (),  # the web server of test_web.py
}
# Python's own two: started by the first who needs them, idle from then on.
PYTHONS = ("multiprocessing.forkserver", "multiprocessing.resource_tracker")


@dataclass(frozen=True)
class Origin:
    """Who began a thread: a test's id, or the name of a fixture that outlives it; and where in our code."""

    owner: str
    place: str


@dataclass(eq=False)
class Leftovers:
    """The plugin. It wraps `Thread.start`, so that each thread has an origin."""

    now: str = "between tests"
    origins: WeakKeyDictionary[threading.Thread, Origin] = field(default_factory=WeakKeyDictionary)
    children: dict[int, str] = field(default_factory=dict)  # of shared fixtures: pid → fixture
    alive: set[str] = field(default_factory=set)  # shared fixtures
    blamed: set[object] = field(default_factory=set)  # each thread and process is told of once

    def begin(self) -> Callable[[], None]:
        """From now on. → a function that ends it"""
        self.blamed |= {*threading.enumerate(), *children()}
        start = threading.Thread.start
        leftovers = self

        def start_and_note(self: threading.Thread) -> None:
            parent = leftovers.origins.get(threading.current_thread())
            leftovers.origins[self] = Origin(
                parent.owner if parent else leftovers.now, ours(sys._getframe(1))
            )
            start(self)

        threading.Thread.start = start_and_note  # type: ignore[method-assign]  # for libraries' threads, too

        def end() -> None:
            threading.Thread.start = start  # type: ignore[method-assign]  # as it was

        return end

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        if fixturedef.scope == "function":
            return (yield)
        before, self.now, known = self.now, fixturedef.argname, children()
        try:
            return (yield)
        finally:
            self.now = before
            if fixturedef.argname in SHARED:
                self.alive.add(fixturedef.argname)
                self.children |= dict.fromkeys(children() - known, fixturedef.argname)

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        if fixturedef.scope != "function":  # a test's own fixture may have the name of a shared one
            self.alive.discard(fixturedef.argname)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        self.now = item.nodeid
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        try:
            yield
        finally:
            left = self.wait()
            self.now = "between tests"
        if left:
            pytest.fail(f"It left running: {', '.join(left)}.", pytrace=False)

    def wait(self) -> list[str]:
        """What still runs after a grace, each in words; nobody is told of it again."""
        if not self._comes_to_rest(SWEEP):
            sweep()
            self._comes_to_rest(GRACE)
        left = self.left()
        self.blamed |= left.keys()
        return list(left.values())

    def _comes_to_rest(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self.left():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def left(self) -> dict[object, str]:
        threads = {each: self._thread(each) for each in threading.enumerate() if not self._may_stay(each)}
        return threads | {
            pid: f"process {pid} ({command(pid)})" for pid in children() if not self._child_may_stay(pid)
        }

    def _may_stay(self, thread: threading.Thread) -> bool:
        if thread in self.blamed or thread not in self.origins:
            return True
        owner, later = self.origins[thread].owner, [name for each in self.alive for name in SHARED[each]]
        of_another_test = "::" in owner and owner != self.now  # which was blamed for what began this one
        return of_another_test or owner in self.alive or thread.name.startswith(tuple(later))

    def _child_may_stay(self, pid: int) -> bool:
        if pid in self.blamed or self.children.get(pid) in self.alive:
            return True
        return any(each in command(pid) for each in PYTHONS)

    def _thread(self, thread: threading.Thread) -> str:
        origin = self.origins[thread]
        whose = "" if origin.owner == self.now else f" of {origin.owner}"
        return f"thread {thread.name!r}{whose}, started at {origin.place}"


def sweep() -> None:
    """Collect garbage: a pool that nobody holds any more lets its threads go."""
    gc.collect()


def ours(frame: FrameType | None) -> str:
    """The innermost line of our own code on this stack."""
    while frame is not None:
        if file := inside(frame.f_code.co_filename):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return "a library"


@cache
def inside(file: str) -> str | None:
    """Its path from the root, if it is ours. Kept, for a thread is begun very often."""
    path = Path(file)
    is_ours = path.is_relative_to(ROOT) and "site-packages" not in path.parts
    return str(path.relative_to(ROOT)) if is_ours else None


def children() -> set[int]:
    """The processes that this one has begun and that still run."""
    found: set[int] = set()
    for task in PROCESSES.iterdir() if PROCESSES.exists() else ():
        found |= {int(pid) for pid in read(f"{task}/children").split()}
    return {pid for pid in found if not is_dead(pid)}


def is_dead(pid: int) -> bool:
    """Gone, or only waiting to be asked how it ended."""
    state = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return not state or state[0] == "Z"


def command(pid: int) -> str:
    """What it was called with."""
    return read(f"/proc/{pid}/cmdline").replace("\0", " ").strip()


def read(path: str) -> str:
    """Empty once the process is gone."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def pytest_configure(config: pytest.Config) -> None:
    plugin = Leftovers()
    config.pluginmanager.register(plugin, "leftovers")
    config.add_cleanup(plugin.begin())
