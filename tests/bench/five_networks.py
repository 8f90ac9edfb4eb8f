"""The five pretend networks whose customers could write, in a process of its own, so that CPU and memory are the bot's.

`python -m tests.bench.five_networks COUNT SECONDS`: so many accounts on each; every question is answered after so many
seconds. Ready, it tells {account: {"network", "server", "handle", "secret"}}; asked anything, {network: calls so far}.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import NetworkServer
from bot.sandbox.networks.threads.server import ThreadsServer
from tests.bench.children import serve


class _FarAway(NetworkServer):
    """A network at a distance. Before the class it is mixed into."""

    away = 0.0  # seconds

    async def reading(self, request: Request, read: Callable[[Request], Response]) -> Response:
        await asyncio.sleep(self.away)
        return await super().reading(request, read)


class FarMastodon(_FarAway, MastodonServer): ...


class FarBluesky(_FarAway, BlueskyServer): ...


class FarFacebook(_FarAway, FacebookServer): ...


class FarInstagram(_FarAway, InstagramServer): ...


class FarThreads(_FarAway, ThreadsServer): ...


Far = FarMastodon | FarBluesky | FarFacebook | FarInstagram | FarThreads
SERVERS: dict[str, type[Far]] = {
    "mastodon": FarMastodon,
    "bluesky": FarBluesky,
    "facebook": FarFacebook,
    "instagram": FarInstagram,
    "threads": FarThreads,
}


def main() -> None:
    count, away = int(sys.argv[1]), float(sys.argv[2])
    calls: Counter[str] = Counter()
    started: list[Far] = []
    known: dict[str, dict[str, str]] = {}
    for network, kind in SERVERS.items():
        server = kind(lambda: datetime.now(UTC), accounts=())
        server.away = away
        server.on_request = lambda _seen, network=network: calls.update((network,))
        server.start()
        started.append(server)
        for number in range(count):
            handle = f"dock{number}.test" if network == "bluesky" else f"dock{number}"
            secret = server.add_account(handle)
            known[f"{network}{number}"] = {
                "network": network, "server": server.url, "secret": secret,
                "handle": handle if network == "bluesky" else "",
            }  # fmt: skip
    serve(lambda _asked: dict(calls), accounts=known)
    for server in started:
        server.stop()


if __name__ == "__main__":
    main()
