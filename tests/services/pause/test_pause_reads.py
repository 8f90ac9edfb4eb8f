"""What a pause reads on PostgreSQL grows with what it stops, whatever the server's figures of its tables say.

They are always from before: a pause makes posts wait again and asks for them in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.gate import ALL
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.store.engine.store import Store
from bot.store.pause import pause_effects
from tests.backend import Backend, ManualClock
from tests.postgres import TEMPLATE, PostgresServer

STOPPED = 60


@pytest.fixture
def backend(
    postgres_server: PostgresServer, network: MastodonServer, clock: ManualClock
) -> Iterator[Backend]:
    """On a database of its own: nobody else's work changes what the server says of it."""
    url = postgres_server.new_database("reads", template=TEMPLATE)
    with Store.open(url, now=clock.now) as store:
        built = Backend(store, network, clock)
        yield built
        built.worker.stop(timedelta(seconds=5))
    postgres_server.drop_database("reads")


def read_so_far(db: Connection) -> int:
    """Rows of posts that this transaction has read."""
    rows = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'posts'"
    return int(db.exec_driver_sql(rows).scalar_one())


# What the server says of posts: its own figures, taken whenever its autovacuum comes by.
NO_ROWS = "UPDATE pg_class SET relpages = 3, reltuples = 0 WHERE relname = 'posts'"


@pytest.mark.parametrize("figures", [None, "ANALYZE posts", NO_ROWS], ids=["never", "just now", "as emptied"])
def test_what_is_disarmed_asks_for_its_own_post(backend: Backend, figures: str | None) -> None:
    for number in range(STOPPED):
        backend.approved(f"Fresh bread, batch {number}")
    if figures is not None:
        backend.store.write(lambda db: db.exec_driver_sql(figures))
    read: list[int] = []

    def stop(db: Connection) -> None:
        db.exec_driver_sql("SET LOCAL enable_seqscan = off")  # as where the tables are large
        now = backend.clock.now()
        assert pause_effects.unapprove(db, ALL, now, 600, "paused") == STOPPED
        before = read_so_far(db)
        pause_effects.disarm(db, ALL, now)
        read.append(read_so_far(db) - before)

    backend.store.write(stop)
    assert backend.services.look(lambda work: armed(work.db)) == 0
    assert read[0] <= 3 * STOPPED


def armed(db: Connection) -> int:
    return int(db.exec_driver_sql("SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL").scalar_one())
