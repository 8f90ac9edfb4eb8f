"""A pause on a PostgreSQL that has no connection left: it has its own, or says quickly that it does not hold."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from bot.domain.gate import ALL
from bot.domain.hours import parse_hours
from bot.domain.policy import Policy
from bot.domain.refusals import NotPausedAtAll
from bot.services.pause import pause
from bot.services.unit_of_work import Services
from bot.store.engine.migrate import migrate
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.bench.burst import TOM
from tests.bench.byhand import RealClock
from tests.bench.decisions import MAYA
from tests.bench.figures import Figure, cannot_run, under
from tests.postgres import PostgresServer

PAUSED, REFUSED = 1000, 2000  # ms
MOST = 1000  # connections; the server has fewer


def measure(*, quick: bool) -> Iterator[Figure]:
    place = Path(tempfile.mkdtemp(prefix="pg-"))  # its socket's path must be short
    try:
        server = PostgresServer(place)
    except (ImportError, OSError, RuntimeError) as error:
        yield cannot_run("pause on a PostgreSQL without connections", str(error))
        return
    try:
        yield from _figures(server.new_database("starved"), 3 if quick else 30)
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


def _figures(url: str, times: int) -> Iterator[Figure]:
    migrate(url, now=RealClock().now)
    what = "pause with every PostgreSQL connection taken"
    with Store.open(url, now=RealClock().now) as store, ExitStack() as taken:
        services = _services(store)
        services.store.write(lambda db: gate.make_rows(db, ()), urgent=True)
        _take_all(url, taken)
        took = [_pause(services, f"first-{number}") for number in range(times)]
        yield under(f"{what}: largest of {times}", max(took), PAUSED, "ms")
        with Store.open(url, now=RealClock().now) as late:
            refused = _refused(_services(late))
    yield under(f'{what}, its own too: "NOT paused"', refused, REFUSED, "ms")


def _take_all(url: str, taken: ExitStack) -> None:
    """Until the server says that it has none left."""
    for _ in range(MOST):
        try:
            taken.enter_context(closing(psycopg.connect(url)))
        except psycopg.OperationalError:
            return
    raise AssertionError("the server never ran out of connections")


def _pause(services: Services, key: str) -> float:
    began = time.perf_counter()
    pause.pause_at_once(services, MAYA, ALL, "recall", key)
    return (time.perf_counter() - began) * 1000


def _refused(services: Services) -> float:
    began = time.perf_counter()
    try:
        pause.pause_at_once(services, MAYA, ALL, "recall", "too late")
    except NotPausedAtAll:
        return (time.perf_counter() - began) * 1000
    raise AssertionError("it was paused without a connection")


def _services(store: Store) -> Services:
    zone = ZoneInfo("Europe/Berlin")
    policy = Policy(zone, parse_hours("Mon-Sat 08:00-18:00", zone), {}, (TOM.id,), review_channel="C0SOCIAL")
    return Services(store, RealClock(), policy, {}, lambda _what: None)
