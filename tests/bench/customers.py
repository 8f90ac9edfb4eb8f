"""The pretend Mastodon whose customers write, in a process of its own.

`python -m tests.bench.customers COUNT SECONDS`: so many accounts, `account0` and on; every question is answered after
so many seconds. Asked {"write": count, "account": name}, so many people write to it, the words of the nth ending in
"number n"; it tells when that began, and how many questions were asked by then.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from string import ascii_lowercase

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.networks.mastodon.server import MastodonServer
from tests.bench.children import Json, serve
from tests.bench.network import account


class FarAway(MastodonServer):
    """A network at a distance."""

    away = 0.0  # seconds
    asked = 0  # questions so far

    async def reading(self, request: Request, read: Callable[[Request], Response]) -> Response:
        self.asked += 1
        await asyncio.sleep(self.away)
        return await super().reading(request, read)


def main() -> None:
    server = FarAway(lambda: datetime.now(UTC), accounts=())
    tokens = {account(number): server.add_account(account(number)) for number in range(int(sys.argv[1]))}
    server.away = float(sys.argv[2])
    server.start()
    written, chance = 0, random.Random(5)

    def answer(asked: Json) -> Json:
        nonlocal written
        began = time.time()
        with server.lock:  # all of it is there at once
            for number in range(written, written + asked.get("write", 0)):
                own = " ".join("".join(chance.choices(ascii_lowercase, k=6)) for _ in range(9))
                words = f"Do you have {own}? number {number}"  # nearly the same words would be a pile
                server.customer_writes(
                    f"Person {number}", words, to=asked["account"], handle=f"p{number}@far.example"
                )
        written += asked.get("write", 0)
        return {"began": began, "asked": server.asked}

    serve(answer, url=server.url, tokens=tokens)
    server.stop()


if __name__ == "__main__":
    main()
