"""Committed decisions over signed HTTP against an empty Bolt listener: the same requests, turn and turn about.

A decision is the approval of a post that nobody approved before. Both servers get the very same bytes: block_actions
with the whole card inside, as Slack sends them.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from bot.domain.people import Person, Role
from bot.domain.posts import Seen
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.transport.http_mode import FORM_TYPE, signed
from bot.services.posts import create
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import Services, UnitOfWork
from bot.slack.ids import Act, format_seen
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.text import Place
from bot.store.tables.core import approvals
from tests.bench.byhand import APPROVER, AUTHOR, Byhand, put_cards_up
from tests.bench.children import Child, Json
from tests.bench.figures import Figure, at_least, at_most, exactly, percentile

MAYA = Person(AUTHOR, "Maya", Role.MEMBER)
MANY = 16  # connections
ACCOUNTS = 20
WORDS = (Path(__file__).parents[2] / "LICENSE").read_text().split()
WARM_UP = 200


@dataclass
class Turns:
    """What one server did: of every turn its requests a second, and how long each took (ms)."""

    rates: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)

    def add(self, fired: Json) -> None:
        if fired["bad_count"]:
            raise AssertionError(f"{fired['bad_count']} refused, such as {fired['bad'][0]}")
        took = [seconds * 1000 for seconds in fired["took"]]
        self.rates.append(len(took) / fired["seconds"])
        self.medians.append(median(took))
        self.p99s.append(percentile(took, 99))


class Clicks:
    """Requests that approve one post after the other, signed when they are about to be sent."""

    def __init__(self, posts: Sequence[str], card: Json, secret: str) -> None:
        self._posts = iter(posts)
        self._number = 0
        self._card = card
        self._secret = secret

    def write(self, file: Path, count: int) -> None:
        file.write_bytes(b"\n".join(base64.b64encode(self._request()) for _ in range(count)))

    def _request(self) -> bytes:
        self._number += 1
        payload = self._payload(next(self._posts), f"{1_800_000_000 + self._number}.000100")
        body = urlencode({"payload": json.dumps(payload)}).encode()
        headers = {
            "Host": "byhand.example",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "Content-Type": FORM_TYPE,
            "Content-Length": str(len(body)),
            **signed(self._secret, body),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /slack/events HTTP/1.1\r\n{lines}\r\n".encode() + body

    def _payload(self, post_id: str, ts: str) -> Json:
        button = {"type": "button", "action_id": Act.APPROVE.value, "block_id": "actions", "action_ts": ts}
        return {
            "type": "block_actions",
            "user": {"id": APPROVER, "username": "tom", "name": "tom", "team_id": "T0BYHAND"},
            "api_app_id": "A0BYHAND",
            "token": "unused",
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": "C0SOCIAL",
                "is_ephemeral": False,
            },
            "trigger_id": f"{self._number}.1.0123456789abcdef",
            "team": {"id": "T0BYHAND", "domain": "dock-bakery"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": "C0SOCIAL", "name": "social"},
            "message": {"type": "message", "ts": ts, "user": "U0BOT", "bot_id": "B0BOT", **self._card},
            "state": {"values": {}},
            "response_url": "https://slack.example/actions/T0BYHAND/1/abc",
            "actions": [{**button, "value": format_seen(Seen(post_id, 1))}],
        }


def seed(services: Services, slack: SlackServer, count: int) -> tuple[list[str], Json]:
    """So many posts in review whose cards are up. Returns their ids, and what a card holds."""
    slot = datetime.now(UTC) + timedelta(minutes=28)
    ids: list[str] = []
    for start in range(0, count, 500):
        numbers = range(start, min(start + 500, count))
        ids += services.do(_posts, numbers, slot)
    put_cards_up(services, slack)
    values = services.look(post_queries.load_card, ids[0])
    assert values is not None
    message = draw_post_card(values, Place(services.policy.zone, "https://slack.example"))
    return ids, {"text": message.text, "blocks": list(message.blocks)}


def _posts(work: UnitOfWork, numbers: range, slot: datetime) -> list[str]:
    return [_post(work, number, slot) for number in numbers]


def _post(work: UnitOfWork, number: int, slot: datetime) -> str:
    text = f"No. {number}: " + " ".join(random.Random(number).choices(WORDS, k=14))
    return create.add_post(
        work, MAYA, create.NewPost((f"bakery{number % ACCOUNTS}",), text, slot), created_by=MAYA.id
    ).id


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    turns, count, alone = (1, 100, 30) if quick else (5, 1000, 300)
    byhand = Byhand(
        folder / "decisions",
        slack,
        network="http://127.0.0.1:9",
        accounts={f"bakery{number}": "token" for number in range(ACCOUNTS)},
    )
    services = byhand.open_services()
    wanted = turns * (count + alone) + WARM_UP
    ids, card = seed(services, slack, wanted)
    services.store.close()
    try:
        byhand.start()
        ours, bare = _turn_about(folder, byhand, Clicks(ids, card, slack.signing_secret), turns, count, alone)
    finally:
        byhand.stop()
    services = byhand.open_services()
    committed = services.look(
        lambda work: work.db.execute(select(func.count()).select_from(approvals)).scalar()
    )
    services.store.close()
    yield at_least(
        f"decisions/s at {MANY} connections", median(ours[MANY].rates), median(bare[MANY].rates), 0.25, "/s"
    )
    yield at_most(
        "decision, median at 1 connection", median(ours[1].medians), median(bare[1].medians), 6, "ms"
    )
    yield at_most(
        f"decision, p99 at {MANY} connections", median(ours[MANY].p99s), median(bare[MANY].p99s), 4, "ms"
    )
    yield exactly("decisions committed of those answered", committed, wanted)


def _turn_about(
    folder: Path, byhand: Byhand, clicks: Clicks, turns: int, count: int, alone: int
) -> tuple[dict[int, Turns], dict[int, Turns]]:
    """Ours, theirs, ours, …: so that a busy neighbour of this machine slows both."""
    ours, bare = {1: Turns(), MANY: Turns()}, {1: Turns(), MANY: Turns()}
    file = folder / "requests"
    log = folder / "bare.log"
    with (
        Child("tests.bench.bare_bolt", log=log, environment=byhand.environment) as peer,
        Child("tests.bench.load", log=folder / "load.log") as load,
    ):
        ports: tuple[tuple[dict[int, Turns], int], ...] = (
            (ours, byhand.port),
            (bare, int(peer.hear()["port"])),
        )
        load.hear()
        clicks.write(file, WARM_UP)
        for _, port in ports:
            _fire(load, file, port, MANY)
        for _ in range(turns):
            for connections, number in ((MANY, count), (1, alone)):
                clicks.write(file, number)
                for server, port in ports:
                    server[connections].add(_fire(load, file, port, connections))
    return ours, bare


def _fire(load: Child, file: Path, port: int, connections: int) -> dict[str, Any]:
    return load.ask(host="127.0.0.1", port=port, file=str(file), connections=connections)
