"""P3 under everything at once: no request that publishes arrives after a pause's answer, except those it named.

The pretend network's own log is compared with what people were told, and it is shown able to fail: with each of the
guards taken away it notices. `--long` plays fifty times as much; `--seed N` plays one seed (again). Two controls wait
for what chance seldom brings about on a busy machine: `make prove` plays them (`proof`). The same two guards are asked
for, step by step, in `test_pause_at_once.py` and `test_p3_statements.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.sandbox.networks.server import Fault
from tests.postgres import PostgresServer
from tests.promises.rush.people import Editor
from tests.promises.rush.rush import Result, Rush
from tests.promises.rush.weaknesses import BY_NAME

Start = Callable[..., Rush]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Rushes, closed in the end."""
    begun: list[Rush] = []

    def one(database: str, seed: int, weakness: str | None = None) -> Rush:
        begun.append(Rush(database, tmp_path, seed, weakness))
        return begun[-1]

    yield one
    for rush in begun:
        rush.close()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--seed") or random.SystemRandom().randrange(10**6)


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int:
    return 50 if request.config.getoption("--long") else 1


STEPS, KILLS = 1000, 5
REQUESTS = 25  # that publish: fewer prove nothing. A rush goes on until it has them
OF_PROCESSES = 10  # requests: two processes, killed all the time on two cores, take their time over each


def judged(result: Result, requests: int = REQUESTS) -> None:
    print(result)  # noqa: T201 - shown when it fails: with the seed it can be played again
    assert not result.wrong, "\n".join(result.wrong[:5])
    assert not result.troubles, "\n".join(result.troubles[:5])
    assert result.requests >= requests, "hardly anything was sent: this proves nothing"
    assert result.named > 0, "nothing was on its way at any pause: this proves nothing"


@pytest.mark.timeout(900)
def test_threads_on_sqlite(sqlite_url: str, start: Start, seed: int, times: int) -> None:
    """One process: real senders, group commit, pauses while the writer's queue is full, crashes at named steps."""
    rush = start(sqlite_url, seed)
    result = rush.play(steps=STEPS * times, kills=KILLS * times, requests=REQUESTS * max(1, times // 2))
    judged(result)
    assert result.steps >= STEPS * times
    assert result.kills >= KILLS * times


@pytest.mark.timeout(900)
def test_processes_on_postgresql(
    postgres_server: PostgresServer, postgres_url: str, start: Start, seed: int, times: int
) -> None:
    """Two worker processes, killed with SIGKILL again and again. Nobody waits in a circle (`row_locks.py`)."""
    postgres_server.deadlocks()  # of other tests, if any
    rush = start(postgres_url, seed)
    result = rush.play(steps=STEPS * times, kills=KILLS * times, requests=OF_PROCESSES * times)
    judged(result, OF_PROCESSES)
    assert result.steps >= STEPS * times
    assert result.kills >= KILLS * times
    assert not (circles := postgres_server.deadlocks()), "\n\n".join(circles)


@pytest.mark.proof
@pytest.mark.timeout(300)
def test_the_judge_notices_a_gate_without_its_lock(postgres_url: str, start: Start, seed: int) -> None:
    """Control: a begin that has read the gate before, without FOR SHARE, lets sends through: the second account's, as a
    pause locks no post that is being published. So here every post has two accounts.

    Which of the judge's two sentences comes first is chance: the late send may arrive during the pause or just after.
    """
    rush = start(postgres_url, seed, "without the lock")
    for one in rush.people:
        if isinstance(one, Editor):
            one.sizes = (2,)
    result = rush.play(steps=10**6, kills=0, until_wrong=True)
    assert any("into a pause" in one or "from before a pause" in one for one in result.wrong), result


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "weakness",
    [
        "without the check",
        "without epochs",
        "settling by sending",
        pytest.param("releases that last", marks=pytest.mark.proof),
    ],
)
def test_the_judge_notices(
    sqlite_url: str, start: Start, seed: int, monkeypatch: pytest.MonkeyPatch, weakness: str
) -> None:
    """Control: with one guard gone the judge speaks."""
    BY_NAME[weakness](monkeypatch)
    rush = start(sqlite_url, seed)
    if weakness == "settling by sending":
        rush.faults = (Fault.CUT_BEFORE,)  # so that there is much to settle,
        rush.jumps = (150.0, 650.0)  # and soon: absence counts only after ten minutes
    result = rush.play(steps=10**6, kills=0, until_wrong=True)
    assert result.wrong, result
