"""What customers write: how soon it is in Slack, what asking for it costs, and what a flood of it takes.

The real `byhand run`, the network in a process of its own, Slack in this one; CPU and memory are the bot's alone. The
first figure is asked for every 5 s instead of every minute, so that one does not wait for an hour; it is held to that.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message
from tests.bench.byhand import Byhand
from tests.bench.children import Child
from tests.bench.figures import Figure, exactly
from tests.bench.swift import POSTS_A_SECOND

INBOX = "C0CUSTOMERS"
OFTEN = 5.0  # seconds between two questions, where what is measured is the way from the network to Slack
ACCOUNTS, AWAY, EVERY = 200, 0.2, 60.0  # of the second figure; seconds
FLOOD = 10_000
SHARE, MEMORY, CORE = 0.9, 250.0, 0.1  # the limits: of Slack's limit, MB, of one core
PATIENCE = 600.0  # seconds
NUMBER = re.compile(r"number (\d+)")


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    yield _soon(folder, slack, 2 if quick else 20)
    yield _cost(folder, slack, *((40, 15.0, 1) if quick else (ACCOUNTS, EVERY, 2)))
    yield from _flood(folder, slack, FLOOD // 20 if quick else FLOOD)


@contextmanager
def _scene(
    folder: Path, slack: SlackServer, accounts: int, away: float, every: float, module: str = "bot"
) -> Iterator[tuple[Byhand, Child]]:
    """A bot that has asked every account once, and the network."""
    folder.mkdir(parents=True)
    with Child("tests.bench.customers", str(accounts), str(away), log=folder / "network.log") as network:
        known = network.hear()
        byhand = Byhand(
            folder, slack, network=known["url"], accounts=known["tokens"], socket_mode=True,
            inbox={"poll_every": f"{every:g}s"}, module=module,
        )  # fmt: skip
        byhand.start()
        try:
            _until(lambda: network.ask()["asked"] >= 2 * accounts)  # its own answers, and the customers'
            time.sleep(2.0)
            yield byhand, network
        finally:
            byhand.stop()


# --- how soon ----------------------------------------------------------------------------------------


def _shows_more_than(slack: SlackServer, number: int) -> bool:
    return len(_shown(slack)) > number


def _soon(folder: Path, slack: SlackServer, times: int) -> Figure:
    chance, took = random.Random(7), []
    with _scene(folder / "soon", slack, 1, 0.0, OFTEN) as (_, network):
        for number in range(times):
            time.sleep(chance.uniform(0.0, OFTEN))
            began = network.ask(write=1, account="account0")["began"]
            _until(partial(_shows_more_than, slack, number))
            took.append(time.time() - began)
    limit = OFTEN + 1.0
    return Figure(
        f"message on the network to its card, asked every {OFTEN:g} s, median", f"{median(took):.2f} s",
        limit=f"≤ {limit:g} s", met=median(took) <= limit,
    )  # fmt: skip


# --- what asking costs -------------------------------------------------------------------------------


def _cost(folder: Path, slack: SlackServer, accounts: int, every: float, intervals: int) -> Figure:
    with _scene(folder / "cost", slack, accounts, AWAY, every) as (byhand, network):
        assert byhand.child is not None
        asked, used, began = network.ask()["asked"], byhand.child.cpu(), time.monotonic()
        time.sleep(intervals * every)
        seconds = time.monotonic() - began
        share = (byhand.child.cpu() - used) / seconds
        questions = network.ask()["asked"] - asked
    assert questions >= 2 * accounts * intervals * 0.9, f"only {questions} questions were asked"
    return Figure(
        f"{accounts} accounts asked every {every:g} s, {AWAY:g} s a call: CPU", f"{share:.1%} of a core",
        limit=f"< {CORE:.0%}", met=share < CORE,
    )  # fmt: skip


# --- a flood -----------------------------------------------------------------------------------------


def _flood(folder: Path, slack: SlackServer, count: int) -> Iterator[Figure]:
    before = len(_shown(slack))
    slack.limits.on, slack.limits.posts_a_second = True, POSTS_A_SECOND
    with _scene(folder / "flood", slack, 1, 0.0, EVERY / 12, "tests.bench.swift") as (byhand, network):
        network.ask(write=count, account="account0")
        _until(lambda: len(_shown(slack)) - before >= count, PATIENCE, look=1.0)
        assert byhand.child is not None
        peak = byhand.child.peak()
    slack.limits.on = False
    cards = _shown(slack)[before:]
    numbers = [int(found[1]) for card in cards if (found := NUMBER.search(card.text))]
    seconds = float(cards[-1].ts) - float(cards[0].ts)
    rate, least = (len(cards) - 1) / seconds, SHARE * POSTS_A_SECOND
    what = f"{count:,} messages at once"
    yield Figure(
        f"{what}, at Slack's limit set to {POSTS_A_SECOND:g}/s: relayed", f"{rate:.1f}/s",
        f"{POSTS_A_SECOND:g}/s", f"{rate / POSTS_A_SECOND:.1%}", f"≥ {SHARE:.0%}", rate >= least,
    )  # fmt: skip
    yield exactly(f"{what}: relayed in order, once each", numbers == list(range(count)), wanted=True)
    yield Figure(f"{what}: peak memory", f"{peak:,.0f} MB", limit=f"< {MEMORY:g} MB", met=peak < MEMORY)


def _shown(slack: SlackServer) -> list[Message]:
    """The cards of customers, in the order in which they came."""
    return [each for each in slack.workspace.messages(INBOX) if each.by_app and not each.is_reply]


def _until(true: Callable[[], bool], patience: float = 60.0, *, look: float = 0.05) -> None:
    """`look`: seconds between two looks, which take their time from whoever answers."""
    limit = time.monotonic() + patience
    while not true():
        assert time.monotonic() < limit, "it did not come in time"
        time.sleep(look)
