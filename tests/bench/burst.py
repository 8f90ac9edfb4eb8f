"""A thousand deliveries of a thousand accounts due at one instant: how late each begins, and what a kill -9 loses.

Begin is the commit of the attempt with us, the first line of the job with APScheduler. Ours and theirs take turns.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import select

from bot.domain.people import Person, Role
from bot.domain.posts import Seen
from bot.sandbox.slack.server import SlackServer
from bot.services.posts import create, review
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from bot.store.tables.core import attempts
from tests.bench.byhand import APPROVER, Byhand, put_cards_up
from tests.bench.children import Child, Json
from tests.bench.decisions import MAYA
from tests.bench.figures import Figure, below, exactly, not_run, percentile

AHEAD = 60.0  # seconds from seeding to the slot: time to start, to sign in everywhere, and to come to rest
SLOW = 0.2  # seconds a call takes where something is killed, as with real networks; else none
LOOK = 0.02  # seconds: the peer's whole burst may be over in one
REST = 3.0  # seconds: between two of its jobs the peer may look idle
LIMIT = 240.0  # seconds for everything to be published; after a kill ours waits, then looks
PATIENCE = 30.0  # seconds after the slot in which the peer is asked nothing: its answer holds up its jobs
TOM = Person(APPROVER, "Tom", Role.MEMBER, approver=True)


@dataclass(frozen=True)
class Ended:
    """One burst. `late`: seconds from the slot to each begin; empty after a kill."""

    late: list[float]
    lost: int
    doubled: int


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    count, rounds, ahead = (100, 1, AHEAD / 4) if quick else (1000, 2, AHEAD)
    turns = [
        (_ours(folder / f"burst{turn}", slack, count, ahead), _theirs(folder / f"burst{turn}", count))
        for turn in range(rounds)
    ]
    what = f"{count:,} due at once"
    for words, pick in (("median", 50), ("p99", 99)):
        ours, theirs = (median(percentile(turn[side].late, pick) for turn in turns) for side in (0, 1))
        yield below(f"{what}: lateness of begin, {words}", ours, theirs, "s")
    mine, peers = [turn[0] for turn in turns], [turn[1] for turn in turns]
    yield exactly(f"{what}: lost, doubled", _told(mine), "0, 0", _told(peers))
    name = "kill -9 in a burst, started again: lost, doubled"
    if quick:
        yield not_run(name, "--quick")
        return
    killed = _told([_ours(folder / "kill", slack, count, kill=True)])
    yield exactly(name, killed, "0, 0", _told([_theirs(folder / "kill", count, kill=True)]))


def _told(bursts: list[Ended]) -> str:
    return f"{sum(burst.lost for burst in bursts)}, {sum(burst.doubled for burst in bursts)}"


def _judged(network: Child, texts: list[str], late: list[float]) -> Ended:
    seen: Counter[str] = Counter(network.ask()["texts"])
    return Ended(late, sum(1 for text in texts if not seen[text]), sum(1 for text in texts if seen[text] > 1))


def _network(folder: Path, count: int, *, seconds: float) -> tuple[Child, Json]:
    folder.mkdir(parents=True, exist_ok=True)
    network = Child("tests.bench.network", str(count), str(seconds), log=folder / "network.log")
    return network, network.hear()


# --- ours --------------------------------------------------------------------------------------------


def _ours(folder: Path, slack: SlackServer, count: int, ahead: float = AHEAD, *, kill: bool = False) -> Ended:
    network, known = _network(folder / "ours", count, seconds=SLOW if kill else 0)
    byhand = Byhand(folder / "ours", slack, network=known["url"], accounts=known["tokens"])
    texts, slot = _seed(byhand, slack, list(known["tokens"]), ahead)
    try:
        byhand.start()
        if kill:
            _until(lambda: len(network.ask()["texts"]) > count / 10)
            byhand.kill()
            byhand.start()
        _until(lambda: len(set(network.ask()["texts"])) >= count)
    finally:
        byhand.stop()
        late = [] if kill else _lateness(byhand, slot)
        with network:
            judged = _judged(network, texts, late)
    return judged


def _seed(byhand: Byhand, slack: SlackServer, names: list[str], ahead: float) -> tuple[list[str], datetime]:
    """One approved post an account, all for one instant; their cards are up."""
    services = byhand.open_services()
    services.store.write(lambda db: gate.make_rows(db, names))
    slot = datetime.now(UTC) + timedelta(seconds=ahead)
    texts = [f"Fresh bread of {name}" for name in names]

    def some(work: UnitOfWork, start: int) -> None:
        for name, text in list(zip(names, texts, strict=True))[start : start + 200]:
            post = create.add_post(work, MAYA, create.NewPost((name,), text, slot), created_by=MAYA.id)
            review.approve(work, TOM, Seen(post.id, 1), f"key-{name}")

    for start in range(0, len(names), 200):
        services.do(some, start)
    put_cards_up(services, slack)
    services.store.close()
    return texts, slot


def _lateness(byhand: Byhand, slot: datetime) -> list[float]:
    services = byhand.open_services()
    began = services.look(lambda work: list(work.db.execute(select(attempts.c.started_at)).scalars()))
    services.store.close()
    return [(at - slot).total_seconds() for at in began]


# --- theirs ------------------------------------------------------------------------------------------


def _theirs(folder: Path, count: int, *, kill: bool = False) -> Ended:
    network, known = _network(folder / "theirs", count, seconds=SLOW if kill else 0)
    store = f"sqlite:///{folder / 'theirs' / 'jobs.db'}"
    log = folder / "theirs" / "scheduler.log"
    posts = [(token, f"Fresh bread of {name}") for name, token in known["tokens"].items()]
    scheduler = Child("tests.bench.scheduler", store, log=log)
    with network:
        scheduler.hear()
        slot = time.time() + max(10.0, count / 25)  # storing its jobs takes a while
        scheduler.ask(do="plan", server=known["url"], posts=posts, slot=slot)
        assert time.time() < slot, "the peer was not ready in time"
        if kill:
            _until(lambda: len(network.ask()["texts"]) > count / 10)
            scheduler.kill()
            scheduler = Child("tests.bench.scheduler", store, log=log)
            scheduler.hear()
        _until(lambda: len(network.ask()["texts"]) >= count, at_most=slot - time.time() + PATIENCE)
        _until(lambda: _at_rest(scheduler, slot))
        time.sleep(REST)
        _until(lambda: _at_rest(scheduler, slot))
        late = [began - slot for began in scheduler.ask(do="begun")["begun"].values()]
        scheduler.stop()
        return _judged(network, [text for _, text in posts], [] if kill else late)


def _at_rest(scheduler: Child, slot: float) -> bool:
    """Nothing left in its store and nothing running."""
    told = scheduler.ask(do="begun")
    return time.time() > slot + 1 and not told["left"] and told["done"] == len(told["begun"])


def _until(done: Callable[[], bool], *, at_most: float = LIMIT) -> None:
    """Wait, at most so many seconds; what is missing then is counted as lost."""
    until = time.monotonic() + at_most
    while time.monotonic() < until and not done():
        time.sleep(LOOK)
