"""The guard itself: a test that leaves something running fails by its name, and nobody else does."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests import leftovers
from tests.leftovers import PROCESSES

PEACE = "a_thread_may_go"  # the inner tests' module of this name


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A run of pytest inside this one, with the guard and little patience."""
    monkeypatch.setattr(leftovers, "GRACE", 0.05)
    monkeypatch.setattr(leftovers, "SWEEP", 0.02)
    monkeypatch.setattr(leftovers, "sweep", lambda: None)  # of this whole run's garbage, which takes its time
    go = threading.Event()
    monkeypatch.setitem(sys.modules, PEACE, SimpleNamespace(go=go))
    yield pytester
    go.set()


def run(inner: pytest.Pytester, source: str) -> pytest.RunResult:
    head = f"import subprocess, sys, threading, time\nimport pytest\nfrom {PEACE} import go\n"
    inner.makepyfile(head + source)
    return inner.runpytest_inprocess("-p", "tests.leftovers", "-p", "no:xdist", "-W", "ignore")


def test_a_thread_that_stays_is_its_tests_error(inner: pytest.Pytester) -> None:
    done = run(inner, """
def test_before(): pass
def test_leaves(): threading.Thread(target=go.wait, name="poller").start()
def test_after(): pass
""")  # fmt: skip
    done.assert_outcomes(passed=3, errors=1)
    done.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_leaves*", "It left running: thread 'poller', started at *"]
    )


def test_so_is_one_that_a_thread_of_its_own_began(inner: pytest.Pytester) -> None:
    """Even where it begins only during the next test."""
    done = run(inner, """
later = threading.Event()
def begin_another():
    later.wait()
    threading.Thread(target=go.wait, name="late").start()
def test_leaves(): threading.Thread(target=begin_another, name="early").start()
def test_after():
    later.set()
    while not any(each.name == "late" for each in threading.enumerate()): time.sleep(0.001)
""")  # fmt: skip
    done.assert_outcomes(passed=2, errors=1)
    done.stdout.fnmatch_lines(["*ERROR at teardown of test_leaves*", "It left running: thread 'early'*"])


def test_a_thread_that_is_on_its_way_out_is_waited_for(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control. A pool that was forgotten ends with the garbage."""
    monkeypatch.setattr(leftovers, "sweep", gc.collect)
    done = run(inner, """
from concurrent.futures import ThreadPoolExecutor
def test_slow(): threading.Thread(target=time.sleep, args=(0.03,)).start()
def test_forgotten():
    pool = ThreadPoolExecutor(1)
    pool.submit(print).result()
    pool.itself = pool
""")  # fmt: skip
    done.assert_outcomes(passed=2)


@pytest.mark.skipif(not PROCESSES.exists(), reason="processes are looked for on Linux only")
def test_a_process_that_stays_is_its_tests_error(inner: pytest.Pytester) -> None:
    done = run(inner, """
import a_thread_may_go
def test_leaves(): a_thread_may_go.child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def test_after(): pass
""")  # fmt: skip
    child = sys.modules[PEACE].child
    child.kill()
    child.wait()
    done.assert_outcomes(passed=2, errors=1)
    line = f"It left running: process {child.pid} (*time.sleep(60))."
    done.stdout.fnmatch_lines(["*ERROR at teardown of test_leaves*", line])


def test_what_files_share_may_stay_until_it_ends(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the fixtures on the list, and their threads that begin later; when they end, they leave nothing either."""
    monkeypatch.setattr(leftovers, "SHARED", {"network": ("sender",), "leaky": ()})
    done = run(inner, """
@pytest.fixture(scope="module")
def network():
    end = threading.Event()
    threading.Thread(target=end.wait, name="server").start()
    yield end
    end.set()
@pytest.fixture(scope="module")
def leaky():
    threading.Thread(target=go.wait, name="deaf").start()
@pytest.fixture(scope="module")
def unlisted():
    threading.Thread(target=go.wait, name="secret").start()
def test_one(network): pass
def test_two(network): threading.Thread(target=network.wait, name="sender_0").start()
def test_three(unlisted): pass
def test_four(leaky): pass
def test_last(): pass
""")  # fmt: skip
    done.assert_outcomes(passed=5, errors=2)
    done.stdout.fnmatch_lines([
        "*ERROR at teardown of test_three*", "It left running: thread 'secret' of unlisted, started at *",
        "*ERROR at teardown of test_last*", "It left running: thread 'deaf' of leaky, started at *",
    ])  # fmt: skip


def test_a_tests_own_fixture_of_the_same_name_ends_without_the_shared_one(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "SHARED", {"network": ()})
    done = run(inner, """
class TestShared:
    @pytest.fixture(scope="session")
    def network(self):
        end = threading.Event()
        threading.Thread(target=end.wait, name="server").start()
        yield end
        end.set()
    def test_one(self, network): pass
class TestOwn:
    @pytest.fixture
    def network(self): return "another"
    def test_two(self, network): pass
    def test_three(self, network): pass
""")  # fmt: skip
    done.assert_outcomes(passed=3)


def test_it_is_at_work_here(request: pytest.FixtureRequest) -> None:
    """Else all of this would show nothing."""
    plugin = request.config.pluginmanager.get_plugin("leftovers")
    assert isinstance(plugin, leftovers.Leftovers)
    assert plugin.now == request.node.nodeid
