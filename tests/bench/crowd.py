"""A pause beside a thousand connections that say nothing: from the command typed to its answer, in HTTP mode."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from bot import descriptors
from bot.sandbox.slack.server import SlackServer
from tests.bench.byhand import AUTHOR, Byhand
from tests.bench.figures import Figure, cannot_run, under

CROWD = 1000
LIMIT = 1000  # ms
SAYS = (b"", b"POST /slack/events HTTP/1.1\r\nHost: x\r\n", b"GET /healthz HTTP/1.1\r\n")
WHAT = f"pause beside {CROWD:,} idle connections"


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    descriptors.raise_limit()  # the crowd is in this process
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < CROWD + 200:
        yield cannot_run(WHAT, "too few file descriptors")
        return
    times = 3 if quick else 10
    byhand = Byhand(folder / "crowd", slack, network="http://127.0.0.1:9", accounts={"bakery": "token"})
    byhand.open_services().store.close()
    try:
        byhand.start()
        slack.deliver_over_http(f"http://127.0.0.1:{byhand.port}/slack/events")
        took = []
        for _ in range(times):
            with ExitStack() as crowd:
                _come(crowd, byhand.port)
                took.append(_pause(slack))
    finally:
        byhand.stop()
    yield under(f"{WHAT}: largest of {times}", max(took), LIMIT, "ms")


def _come(crowd: ExitStack, port: int) -> None:
    for number in range(CROWD):
        one = crowd.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=5)))
        one.sendall(SAYS[number % len(SAYS)])


def _pause(slack: SlackServer) -> float:
    began = time.perf_counter()
    act = slack.people.command(AUTHOR, "C0SOCIAL", "/social", "pause recall")
    took = (time.perf_counter() - began) * 1000
    assert act.ok, act.error
    assert "aused" in str(act.response)
    return took
