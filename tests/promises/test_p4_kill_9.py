"""P4 with real processes and kill -9: none twice, none lost, none said to be out that is not.

Everything else is real as well: the network loses answers, answers 500 after publishing, hangs up. The
control, a bot to which an error means retry, publishes twice. Half of the kills are aimed, and all of the control's:
they fall where it hurts most, when something has been published whose answer is not out.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, text
from starlette.requests import Request
from starlette.responses import Response

from bot.domain.posts import Seen
from bot.networks.protocol import AccountSettings
from bot.networks.registry import connect
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault
from bot.services.posts import create, review
from bot.services.unit_of_work import Services
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import MAYA, TOM, NoVault, how_many, key, team
from tests.promises.fork_server import FastClock

ACCOUNTS = tuple(f"shop{n}" for n in range(20))
ROUNDS = 3  # posts of each account
KILLS, PROOF = 8, 16
FAULTS = (
    Fault.LOST_ANSWER, Fault.ERROR_AFTER, Fault.ERROR_BEFORE, Fault.CUT_BEFORE, Fault.NONSENSE, Fault.SLOW,
)  # fmt: skip
OPEN = ("ready", "claimed", "sending")
HELD = (
    0.5  # seconds an answer is held while somebody aims: enough to kill its caller, too short to matter to it
)


class AimedStand(MastodonServer):
    """Holds the answer to something just published, for a kill to come first."""

    def __init__(self, now: Callable[[], Any]) -> None:
        super().__init__(now, accounts=ACCOUNTS)
        self.honours_keys = False
        self.slow_seconds = 0.3
        self._aiming, self._held = threading.Event(), threading.Event()

    async def publishing(
        self, request: Request, publish: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        async def hold(request: Request) -> Response:
            answer = await publish(request)
            if answer.status_code < 400 and self._aiming.is_set():
                self._aiming.clear()
                self._held.set()
                await asyncio.sleep(HELD)
            return answer

        return await super().publishing(request, hold)

    def aim(self, seconds: float) -> bool:
        """Wait until something is published and its answer held. False: nothing was in that time."""
        self._held.clear()
        self._aiming.set()
        hit = self._held.wait(seconds)
        self._aiming.clear()
        return hit


@dataclass
class Slaughter:
    """Bots are started and killed; the network's ledger and the database are what remains."""

    url: str
    network: AimedStand
    clock: FastClock
    zygote: subprocess.Popen[str]
    chance: random.Random
    hasty: bool = False
    pids: list[int] = field(default_factory=list)
    born: int = 0

    def plan(self) -> None:
        """60 deliveries, approved, their slots within the next five fast minutes."""
        with Store.open(self.url, now=self.clock.now) as store:
            accounts = {
                name: connect(
                    AccountSettings(name, "mastodon", self.network.url, secrets={"TOKEN": token}), NoVault()
                )
                for name, token in self.network.tokens.items()
            }
            store.write(lambda db: gate.make_rows(db, accounts))
            services = Services(store, self.clock, team(), accounts, lambda _what: None)
            for round_ in range(ROUNDS):
                for name in ACCOUNTS:
                    services.do(self._approved, name, round_)

    def _approved(self, work: Any, name: str, round_: int) -> None:
        words = " ".join("".join(self.chance.choices("abcdefghiklmnoprstuw", k=6)) for _ in range(7))
        slot = self.clock.now() + timedelta(seconds=70 + round_ * 70 + self.chance.uniform(0, 60))
        post = create.add_post(work, MAYA, create.NewPost((name,), words, slot), created_by=MAYA.id)
        review.approve(work, TOM, Seen(post.id, 1), key())

    def bear(self) -> None:
        self.born += 1
        order = {
            "url": self.url, "network": self.network.url, "tokens": self.network.tokens, "began": self.clock.began,
            "name": f"life-{self.born}", "hasty": self.hasty,
        }  # fmt: skip
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(json.dumps(order) + "\n")
        self.zygote.stdin.flush()
        self.pids.append(int(self.zygote.stdout.readline()))

    def kill_one(self) -> None:
        os.kill(self.pids.pop(self.chance.randrange(len(self.pids))), signal.SIGKILL)

    def rage(self, kills: int, *, patience: float = 0.0) -> None:
        """`patience`: seconds a life has at least to publish something, before it is killed for nothing."""
        for _ in range(kills):
            self.network.faults.order(self.chance.choice(FAULTS), self.chance.choice((1, 2, 3)))
            if patience or self.chance.random() < 0.5:
                self.network.aim(max(patience, self.chance.uniform(0.2, 0.6)))
            else:
                time.sleep(self.chance.uniform(0.2, 0.6))  # anywhere else: a life may also die of nothing
            self.kill_one()
            self.bear()

    def calm(self, reader: Store, seconds: float) -> None:
        """Faults are lifted; wait until nothing is left to be done."""
        self.network.faults.lift()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            rows = reader.read(self.rows)
            if all(row.state not in OPEN or row.status == "missed" for row in rows) and not any(
                row.state == "unknown" and row.next_check_at for row in rows
            ):
                return
            time.sleep(0.1)

    @staticmethod
    def rows(db: Connection) -> list[Row[Any]]:
        query = text(
            "SELECT d.account, d.state, d.reason, d.next_check_at, p.status, p.reason AS why, v.text AS words"
            " FROM deliveries d JOIN posts p ON p.id = d.post_id JOIN versions v ON v.id = p.version_id"
        )
        return list(db.execute(query))

    def published(self) -> Counter[tuple[str, str]]:
        return Counter((line.account, line.text) for line in self.network.ledger)


@pytest.fixture
def slaughter() -> Iterator[Slaughter]:
    clock = FastClock(time.time())
    network = AimedStand(clock.now)
    for name in network.tokens:
        network.add_past(name)
    network.start()
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.promises.fork_server"]
    with subprocess.Popen(
        command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True, cwd=root
    ) as zygote:
        made = Slaughter("", network, clock, zygote, random.Random(9))
        yield made
        for pid in made.pids:
            os.kill(pid, signal.SIGKILL)
        assert zygote.stdin is not None
        zygote.stdin.close()
    network.stop()


def judge(slaughter: Slaughter, rows: list[Row[Any]]) -> None:
    there = slaughter.published()
    assert len(rows) == len(ACCOUNTS) * ROUNDS
    assert [post for post, times in there.items() if times > 1] == []
    for row in rows:
        out = there[(row.account, row.words)]
        if row.state == "sent":
            assert out == 1, f"said to be out, and is not: {row}"
        elif row.state == "unknown":
            assert row.next_check_at is None, f"neither looked at nor asked: {row}"
        elif row.state == "dropped":
            assert out == 0, f"is out, and nobody knows: {row}"
            assert row.reason
        else:
            assert (out, row.state, row.status) == (0, "ready", "missed"), row
            assert row.why
    sent = sum(row.state == "sent" for row in rows)
    assert sent >= len(rows) * 0.7, Counter((row.state, row.reason) for row in rows)


@pytest.mark.parametrize("processes", [1, 2], ids=["sqlite", "postgresql"])
def test_killed_again_and_again(request: pytest.FixtureRequest, slaughter: Slaughter, processes: int) -> None:
    """SQLite with one bot; PostgreSQL with two at once."""
    slaughter.url = request.getfixturevalue("sqlite_url" if processes == 1 else "postgres_url")
    slaughter.plan()
    for _ in range(processes):
        slaughter.bear()
    time.sleep(1.5)  # a life in which something is claimed, before the first death
    slaughter.rage(how_many(request.config, KILLS, PROOF))
    with Store.open(slaughter.url, now=slaughter.clock.now, owner=False) as reader:
        slaughter.calm(reader, 25)
        rows = reader.read(Slaughter.rows)
    judge(slaughter, rows)


def test_a_bot_that_retries_on_errors_publishes_twice(sqlite_url: str, slaughter: Slaughter) -> None:
    """Control: the same treatment finds the fault in a bot that has it. However busy the machine, a life is killed
    only when it has published something: most are too short for it then, and none would be sent twice."""
    slaughter.url, slaughter.hasty = sqlite_url, True
    slaughter.plan()
    slaughter.bear()
    for _ in range(6 * KILLS):
        slaughter.rage(1, patience=20)
        if max(slaughter.published().values(), default=0) > 1:
            return
    pytest.fail("nothing was published twice: this treatment proves nothing")
