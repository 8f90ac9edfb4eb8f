"""The pretend Mastodon in a process of its own: answers at once, and its ledger is the judge of every burst.

`python -m tests.bench.network COUNT SECONDS`: so many accounts, `account0` and on; answers after so many seconds, 0
for at once. Asked anything, it tells its ledger.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault
from tests.bench.children import Json, serve


def account(number: int) -> str:
    return f"account{number}"


def main() -> None:
    server = MastodonServer(lambda: datetime.now(UTC), accounts=())
    tokens = {account(number): server.add_account(account(number)) for number in range(int(sys.argv[1]))}
    for name in tokens:
        server.add_past(name)  # nobody's first post: of that one, no list could prove that it is not there
    server.slow_seconds = float(sys.argv[2])
    if server.slow_seconds:
        server.faults.order(Fault.SLOW, None)
    server.start()

    def ledger(_asked: Json) -> Json:
        return {"texts": [line.text for line in server.ledger]}

    serve(ledger, url=server.url, tokens=tokens)
    server.stop()


if __name__ == "__main__":
    main()
