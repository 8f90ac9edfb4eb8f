"""A pause on the worst day: a thousand deliveries due, every sender busy, the writer's queue full. Thirty times each.

The answer is in hand when the verb returns. What begins after it is counted in the database, a moment later.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, select, update

from bot.domain.gate import ALL
from bot.domain.hours import parse_hours
from bot.domain.policy import AccountPolicy, Policy
from bot.domain.posts import Seen
from bot.networks.protocol import AccountSettings
from bot.networks.registry import connect
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault
from bot.services.pause import pause
from bot.services.posts import create, review
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import deliveries as delivery_store
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store
from bot.store.pause import gate
from bot.store.tables.core import accounts, approvals, attempts, deliveries, pauses, posts
from bot.store.tables.core import gate as gate_rows
from bot.workers.worker import SENDERS, Worker
from tests.backend import NoVault
from tests.bench.burst import TOM
from tests.bench.byhand import RealClock
from tests.bench.decisions import MAYA
from tests.bench.figures import Figure, cannot_run, exactly, percentile, under
from tests.postgres import PostgresServer

LIMIT = 500  # ms
DUE = 1000
QUEUED = 300  # writes that wait when the pause comes
SLOW = 0.15  # seconds of a call, so that every sender is busy
AFTER = 0.3  # seconds in which something might still begin


class PushedClock(RealClock):
    """Real time, pushed once all posts are approved: begin sends nothing before its slot."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Scene:
    """Services whose deliveries are all due, and their worker."""

    services: Services
    names: list[str]
    took: list[float]
    begun_after: int = 0
    number: int = 0


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    due, times = (50, 3) if quick else (DUE, 30)
    yield from _figures("SQLite", f"sqlite:///{folder / 'pausing.db'}", due, times)
    place = Path(tempfile.mkdtemp(prefix="pg-"))  # its socket's path must be short
    try:
        server = PostgresServer(place)
    except (ImportError, OSError, RuntimeError) as error:
        yield cannot_run("pause on PostgreSQL", str(error))
        return
    try:
        yield from _figures("PostgreSQL", server.new_database("pausing"), due, times)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _figures(name: str, url: str, due: int, times: int) -> Iterator[Figure]:
    clock = PushedClock()
    network = MastodonServer(clock.now, accounts=())
    network.slow_seconds = SLOW
    network.faults.order(Fault.SLOW, None)
    network.start()
    migrate(url, now=clock.now)
    try:
        with Store.open(url, now=clock.now, purpose="bench") as store:
            scene = _scene(store, network, clock, due)
            for _ in range(times):
                _once(scene)
    finally:
        network.stop()
    what = f"pause with {due:,} due, all senders busy, {name}"
    yield under(f"{what}: largest of {times}", max(scene.took), LIMIT, "ms")
    yield Figure(f"{what}: median", f"{percentile(scene.took, 50):,.0f} ms")
    yield exactly(f"{what}: sends begun after the answer", scene.begun_after, 0)


def _scene(store: Store, network: MastodonServer, clock: PushedClock, due: int) -> Scene:
    names = [f"account{number}" for number in range(due)]
    zone = ZoneInfo("Europe/Berlin")
    policy = Policy(
        zone, parse_hours("Mon-Sat 08:00-18:00", zone), {name: AccountPolicy(name, "mastodon", name) for name in names},
        (TOM.id,), review_channel="C0SOCIAL",
    )  # fmt: skip
    tokens = {name: network.add_account(name) for name in names}
    connections = {
        name: connect(
            AccountSettings(name, "mastodon", network.url, secrets={"TOKEN": tokens[name]}), NoVault()
        )
        for name in names
    }
    services = Services(store, clock, policy, connections, lambda what: None)
    store.write(lambda db: gate.make_rows(db, names))
    for start in range(0, due, 100):
        services.do(_approved, names[start : start + 100])
    clock.ahead = timedelta(minutes=21)
    return Scene(services, names, [])


def _approved(work: UnitOfWork, names: list[str]) -> None:
    slot = work.now + timedelta(minutes=20)
    for name in names:
        wanted = create.NewPost((name,), f"Fresh bread of {name}", slot)
        post = create.add_post(work, MAYA, wanted, created_by=MAYA.id)
        review.approve(work, TOM, Seen(post.id, 1), f"key-{name}")


def _all_due(work: UnitOfWork) -> None:
    """As before, and due now: open, approved under the present epochs, nothing begun."""
    db, epochs = work.db, {scope: row.epoch for scope, row in gate.read(work.db).rows.items()}
    db.execute(update(gate_rows).values(paused=False))
    db.execute(update(pauses).where(pauses.c.ended_at.is_(None)).values(ended_at=work.now, remind_at=None))
    db.execute(delete(attempts))
    db.execute(update(accounts).values(last_begin_at=None))
    db.execute(update(posts).values(status="approved", due_at=None))
    _renew_approvals(db, epochs)
    db.execute(
        update(deliveries).values(
            state="ready", due_at=work.now, latest_at=work.now + timedelta(minutes=10), lease_until=None,
            prepared={"media": []}, tries=0, next_check_at=None,
        )
    )  # fmt: skip


def _renew_approvals(db: Connection, epochs: dict[str, int]) -> None:
    """`epochs` of every approval are those of now; of accounts they have never changed."""
    old, new = f'"all":{epochs[ALL] - 1}' + "}", f'"all":{epochs[ALL]}' + "}"
    db.execute(update(approvals).values(epochs=func.replace(approvals.c.epochs, old, new)))


def _once(scene: Scene) -> None:
    """One round: everything due, all senders busy, the queue full; then somebody pauses."""
    services = scene.services
    services.do(_all_due)
    worker = Worker(services, name=f"bench-{scene.number}", wake=lambda: None)
    stopping = threading.Event()
    turning = threading.Thread(target=_turn, args=(worker, stopping), daemon=True)
    turning.start()
    _until_busy(services, worker)
    queue = [services.store.submit(delivery_store.find_next_moments) for _ in range(QUEUED)]
    began = time.perf_counter()
    services.do_first(pause.pause, MAYA, ALL, "recall", f"pause-{scene.number}")
    scene.took.append((time.perf_counter() - began) * 1000)
    known = _attempts(services)
    time.sleep(AFTER)
    scene.begun_after += len(_attempts(services) - known)
    scene.number += 1
    for waiting in queue:
        waiting.result()
    stopping.set()
    turning.join()
    worker.stop(timedelta(seconds=10))


def _turn(worker: Worker, stopping: threading.Event) -> None:
    while not stopping.is_set():
        worker.turn()
        stopping.wait(0.01)


def _until_busy(services: Services, worker: Worker) -> None:
    until = time.monotonic() + 30
    while len(_attempts(services)) < SENDERS:
        assert time.monotonic() < until, "the senders never were busy"
        time.sleep(0.005)
    assert worker.busy()


def _attempts(services: Services) -> set[str]:
    return services.look(lambda work: set(work.db.execute(select(attempts.c.id)).scalars()))
