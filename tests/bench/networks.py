"""What asking 200 accounts of five networks costs at the settings as they come, and what the networks take of memory.

The real `byhand run`, the networks in a process of their own, Slack in this one; CPU and memory are the bot's alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType

from bot.sandbox.slack.server import SlackServer
from tests.bench.byhand import Account, Byhand
from tests.bench.children import Child
from tests.bench.figures import Figure
from tests.bench.two_networks import NAMES as TWO

AWAY = 0.2  # seconds a call takes
CORE, MORE = 0.1, 15.0  # the limits: of one core; MB
PATIENCE = 120.0  # seconds
REST = 6.0  # seconds until what the start left behind is done
# What an account may be called an hour: Mastodon's 300 in five minutes; a fortieth of Bluesky's 3,000 in five minutes,
# which are for all accounts of an address; Threads' least. Meta promises a Page or an account that nobody sees nothing.
ALLOWED: Mapping[str, float | None] = {
    "mastodon": 3600, "bluesky": 900, "facebook": None, "instagram": None, "threads": 2000,
}  # fmt: skip


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    yield from _cost(folder, slack, *((2, 8.0, {"poll_every": "5s"}) if quick else (40, 300.0, {})))
    yield _memory(folder, slack, *((1, 0.0) if quick else (5, REST)))


@contextmanager
def _running(
    folder: Path,
    slack: SlackServer,
    count: int,
    away: float,
    only: tuple[str, ...],
    module: str = "bot",
    inbox: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[Byhand, Child]]:
    """A bot that has asked for every account, and the networks."""
    folder.mkdir(parents=True)
    with Child("tests.bench.five_networks", str(count), str(away), log=folder / "networks.log") as networks:
        known = networks.hear()["accounts"]
        others = [Account(name, **known[name]) for name in known if known[name]["network"] in only]
        byhand = Byhand(
            folder,
            slack,
            network="",
            accounts={},
            others=others,
            socket_mode=True,
            inbox=inbox,
            module=module,
        )
        byhand.start()
        try:
            _until(lambda: all(networks.ask().get(network, 0) >= count for network in only))
            yield byhand, networks
        finally:
            byhand.stop()


def _cost(
    folder: Path, slack: SlackServer, count: int, seconds: float, inbox: Mapping[str, str]
) -> Iterator[Figure]:
    with _running(folder / "cost", slack, count, AWAY, tuple(ALLOWED), inbox=inbox) as (byhand, networks):
        assert byhand.child is not None
        time.sleep(REST)
        before, used, began = networks.ask(), byhand.child.cpu(), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        share = (byhand.child.cpu() - used) / took
        calls = {network: number - before[network] for network, number in networks.ask().items()}
    assert any(calls.values()), "nobody was asked"
    yield Figure(
        f"{count * len(ALLOWED)} accounts of five networks, {AWAY:g} s a call: CPU",
        f"{share:.1%} of a core", limit=f"< {CORE:.0%}", met=share < CORE,
    )  # fmt: skip
    for network, allowed in ALLOWED.items():
        hourly = calls[network] / count * 3600 / took
        yield Figure(
            f"calls an hour for an idle account: {network}", f"{hourly:,.0f}",
            limit=f"≤ {allowed:,.0f}" if allowed else "", met=hourly <= allowed if allowed else None,
        )  # fmt: skip


def _memory(folder: Path, slack: SlackServer, times: int, rest: float) -> Figure:
    """Both with one account on each network that is installed."""

    def resident(name: str, only: tuple[str, ...], module: str) -> float:
        with _running(folder / name, slack, 1, 0.0, only, module) as (byhand, _):
            assert byhand.child is not None
            time.sleep(rest)
            return byhand.child.rss()

    two, all_of_them = [], []
    for turn in range(times):
        two.append(resident(f"two{turn}", TWO, "tests.bench.two_networks"))
        all_of_them.append(resident(f"all{turn}", tuple(ALLOWED), "bot"))
    ours, peer = median(all_of_them), median(two)
    return Figure(
        "memory with all networks, beside Mastodon and Bluesky alone", f"{ours:,.0f} MB", f"{peer:,.0f} MB",
        f"+ {ours - peer:.1f} MB", f"+ {MORE:g} MB", ours - peer <= MORE,
    )  # fmt: skip


def _until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < limit, "it did not come in time"
        time.sleep(0.2)
