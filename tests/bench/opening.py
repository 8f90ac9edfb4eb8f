"""A card is in Slack when its review opens: from slot - lead to its message, Slack's limits on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bot.sandbox.slack.server import SlackServer
from bot.services.posts import create
from tests.bench.byhand import Byhand
from tests.bench.decisions import MAYA
from tests.bench.figures import Figure, under

LIMIT = 1000  # ms
EVERY = timedelta(seconds=2)  # between two cards: Slack takes one a second in a channel
LEAD = timedelta(minutes=30)
START = timedelta(seconds=15)  # until the first, for the bot to be there
PATIENCE = timedelta(seconds=20)  # after the last
LOOK = 0.01  # seconds between two looks


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    count = 3 if quick else 15
    byhand = Byhand(folder / "opening", slack, network="http://127.0.0.1:9", accounts={"bakery": "token"})
    services = byhand.open_services()
    first = datetime.now(UTC) + START
    opens = {f"Bread No. {number} of the bench, fresh": first + number * EVERY for number in range(count)}
    for text, at in opens.items():
        services.do(create.add_post, MAYA, create.NewPost(("bakery",), text, at + LEAD), created_by=MAYA.id)
    services.store.close()
    late: dict[str, float] = {}
    try:
        byhand.start()
        end = first + count * EVERY + PATIENCE
        while len(late) < count and datetime.now(UTC) < end:
            _note(slack, opens, late)
            time.sleep(LOOK)
    finally:
        byhand.stop()
    assert len(late) == count, f"{len(late)} of {count} cards came"
    yield under(f"card after slot - lead, median of {count}", median(late.values()) * 1000, LIMIT, "ms")


def _note(slack: SlackServer, opens: dict[str, datetime], late: dict[str, float]) -> None:
    """Seconds from its moment until a card was first seen: Slack's own stamps are whole seconds. The digest names the
    posts as well."""
    now = datetime.now(UTC)
    cards = [
        blocks for one in slack.workspace.messages("C0SOCIAL") if "Decide by" in (blocks := str(one.blocks))
    ]
    for text, at in opens.items():
        if text not in late and any(text in blocks for blocks in cards):
            late[text] = (now - at).total_seconds()
