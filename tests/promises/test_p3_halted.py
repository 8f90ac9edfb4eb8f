"""P3 and P4 for a process that was halted: what it had begun it does not send when it goes on, later.

Only on PostgreSQL: on SQLite nobody else could have looked, or paused, meanwhile.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.deliveries import CALL_LIMIT, SEND_WINDOW, Delivery, State
from bot.domain.gate import ALL
from bot.domain.outcomes import Absent
from bot.domain.posts import Seen
from bot.services.deliveries import machine
from bot.services.pause import pause
from bot.services.posts import create, review
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.workers.worker import Worker
from tests.backend import MAYA, TOM, key
from tests.promises.rush.rush import Rush
from tests.promises.rush.workers import ACCOUNTS

ROOT = Path(__file__).parents[2]
SECONDS = 20.0  # real ones, for a process to get anywhere


class Halted:
    """A stage with one approved post, and a process that was halted when it had begun to send it."""

    def __init__(self, rush: Rush) -> None:
        self.services, self.clock, self.network = rush.services, rush.clock, rush.network
        self.post_id = self.services.do(self._approved)
        orders = {
            "database": rush.database, "clock": str(rush.clock.path), "network": rush.network.url,
            "tokens": rush.tokens,
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.promises.halted"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(orders) + "\n")
        self.process.stdin.close()

    def begins(self) -> None:
        """Until it stands still."""
        wait_for(self._is_halted)
        assert self.delivery.state is State.SENDING
        assert self.network.arrivals == []

    @staticmethod
    def _approved(work: UnitOfWork) -> str:
        wanted = create.NewPost((ACCOUNTS[0],), "Fresh bread at nine", work.now + timedelta(seconds=1))
        post = create.add_post(work, MAYA, wanted, created_by=MAYA.id)
        review.approve(work, TOM, Seen(post.id, 1), key())
        return post.id

    def _is_halted(self) -> bool:
        pid, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
        assert pid == 0 or os.WIFSTOPPED(status), f"it ended: {status}"
        return pid != 0

    @property
    def delivery(self) -> Delivery:
        (found,) = self.services.look(lambda work: deliveries.list_of_post(work.db, self.post_id))
        return found

    def goes_on(self) -> None:
        """Until it has written down what became of its call."""
        os.kill(self.process.pid, signal.SIGCONT)
        assert self.process.wait(SECONDS) == 0

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.fixture
def halted(postgres_url: str, tmp_path: Path) -> Iterator[Halted]:
    rush = Rush(postgres_url, tmp_path, seed=1)
    made = Halted(rush)
    try:
        made.begins()
        yield made
    finally:
        made.close()
        rush.close()


def test_it_does_not_send_into_a_pause(halted: Halted) -> None:
    """Its lease was over, the network had been asked, it was not there; then everything was paused, and the answer
    named nothing as on its way. A window that opened only after the begin was still open when it went on."""
    halted.clock.push((SEND_WINDOW + CALL_LIMIT).total_seconds() + 120)
    assert halted.services.do(machine.recover, "other") == 1
    halted.clock.push(120)
    (lost,) = halted.services.look(machine.list_to_look_at)
    look = halted.services.accounts[lost.account].find(lost.attempt)
    assert isinstance(look, Absent)
    halted.services.do(machine.settle, lost, look)
    assert halted.delivery.state is State.READY
    done = halted.services.do_first(pause.pause, MAYA, ALL, "recall news", key())
    banner = halted.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert banner.under_way == ()
    halted.goes_on()
    assert halted.network.arrivals == []
    assert halted.delivery.state is State.READY


def test_a_moment_too_long_is_not_sent_late_and_not_lost(halted: Halted) -> None:
    """Nothing left it, which is proof: the post goes out once, by whoever is awake."""
    halted.clock.push(SEND_WINDOW.total_seconds() + 1)
    halted.goes_on()
    assert halted.network.arrivals == []
    assert halted.delivery.state is State.READY
    halted.clock.push(90)  # a minute between two begins of an account
    awake = Worker(halted.services, name="awake", wake=lambda: None)

    def sent() -> bool:
        awake.turn()
        return halted.delivery.state is State.SENT

    wait_for(sent)
    assert awake.stop(timedelta(seconds=5))
    assert len(halted.network.arrivals) == 1
