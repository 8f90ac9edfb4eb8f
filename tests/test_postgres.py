"""One PostgreSQL for all workers of a run: nobody takes it away from the others."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.postgres import SHARED, PostgresServer

DYING = """
import os, signal, sys
from pathlib import Path
from tests.postgres import PostgresServer
print(PostgresServer(Path(sys.argv[1]), f"dying{os.getpid()}").lend(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_that_dies_leaves_the_others_theirs(
    postgres_server: PostgresServer, request: pytest.FixtureRequest
) -> None:
    """It used the same server, had databases of its own, and closed nothing."""
    command = [sys.executable, "-c", DYING, str(request.config.stash[SHARED])]
    died = subprocess.run(
        command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    url = postgres_server.lend()
    assert url.split("?")[1] == died.stdout.strip().split("?")[1]
    assert url != died.stdout.strip()
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM posts").fetchone() == (0,)
    postgres_server.take_back(url)


def test_what_is_lent_again_is_empty(postgres_server: PostgresServer) -> None:
    url = postgres_server.lend()
    with psycopg.connect(url) as conn:
        conn.execute("INSERT INTO counters (name, value) VALUES ('left', 1)")
    postgres_server.take_back(url)
    assert postgres_server.lend() == url
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM counters").fetchone() == (0,)
    postgres_server.take_back(url)


def test_a_database_whose_tables_changed_is_not_lent_again(postgres_server: PostgresServer) -> None:
    url = postgres_server.lend()
    with psycopg.connect(url) as conn:
        conn.execute("DROP TABLE counters")
    postgres_server.take_back(url)
    again = postgres_server.lend()
    assert again != url
    postgres_server.take_back(again)


def test_only_our_own_circles_are_told(postgres_server: PostgresServer) -> None:
    """The log is everybody's: another worker's circle is no finding of this one's tests."""
    postgres_server.deadlocks()
    with postgres_server._log.open("a") as log:
        log.write("byhand_another_0 ERROR:  deadlock detected\n")
        log.write(f"{postgres_server._named('0')} ERROR:  deadlock detected\nmore of it\n")
    (told,) = postgres_server.deadlocks()
    assert told.endswith("more of it")
