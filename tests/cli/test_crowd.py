"""A thousand connections that say nothing, and people who want to pause: `byhand run` in HTTP mode, few descriptors."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot import descriptors
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.cli.conftest import Desk, real_now
from tests.ports import find_free_port

CROWD = 1000
DESCRIPTORS = 512  # of the bot
PATIENCE = 30.0
SLACKS_SECONDS = 3.0  # how fast it is, `make bench` says
SAYS = (b"", b"POST /slack/events HTTP/1.1\r\nHost: x\r\n", b"GET /healthz HTTP/1.1\r\n")


@pytest.fixture
def port(desk: Desk, slack: SlackServer) -> Iterator[int]:
    """Of a bot in HTTP mode with few descriptors."""
    port = find_free_port()
    desk.set(BYHAND_PORT=str(port), SLACK_APP_TOKEN=None, SLACK_SIGNING_SECRET=slack.signing_secret)
    few = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({DESCRIPTORS}, {DESCRIPTORS}))"
    bot = subprocess.Popen(
        [sys.executable, "-c", f"{few}; from bot.cli import app; app(['run'])"], cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert slack.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), PATIENCE)
    slack.deliver_over_http(f"http://127.0.0.1:{port}/slack/events")
    yield port
    bot.terminate()
    log = bot.communicate(timeout=PATIENCE)[1]
    assert len(log) < 20_000, log[:4000]
    assert b"Traceback" not in log, log


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def crowd(port: int) -> Iterator[None]:
    descriptors.raise_limit()  # the crowd is in this process
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft < CROWD + 200:
        pytest.skip(f"{soft} descriptors are too few for the crowd")
    with ExitStack() as stack:
        for number in range(CROWD):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            one.sendall(SAYS[number % len(SAYS)])
        yield


def in_time(what: Callable[[], object]) -> None:
    began = time.monotonic()
    assert what()
    assert time.monotonic() - began < SLACKS_SECONDS


def test_a_pause_a_click_and_a_post_beside_a_thousand_idle_connections(
    desk: Desk, slack: SlackServer, port: int, mastodon: MastodonServer
) -> None:
    slot = real_now() + timedelta(seconds=20)
    desk.plan(f"{slot.isoformat()},bakery,Bread for a crowd,,,")
    assert desk.byhand("import", "plan.csv").exit_code == 0
    card = slack.wait_for("C0SOCIAL", "Bread for a crowd")
    with crowd(port):
        in_time(lambda: slack.people.click("U0TOM", card.channel, card.ts, text="Approve").ok)
        in_time(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    with crowd(port):
        assert slack.wait_until(lambda: any(each.text == "Bread for a crowd" for each in mastodon.ledger), 60)
    with crowd(port):
        in_time(lambda: desk.byhand("pause", "bakery", "recall").exit_code == 0)
    with crowd(port):
        in_time(lambda: slack.people.command("U0MAYA", "C0SOCIAL", "/social", "pause recall").ok)
        with Store.open(desk.url, now=real_now, owner=False) as store:
            rows = store.read(lambda db: gate.read(db).rows)
        assert [rows[scope].paused for scope in ("all", "bakery")] == [True, True]
