"""The pretend Mastodon in a process of its own: answers at once, and its ledger is the judge of every burst.

`python -m tests.bench.network COUNT SECONDS`: so many accounts, `account0` and on; answers after so many seconds, 0
for at once. Asked anything, it tells its ledger.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from bot.sandbox.networks.mastodon.server import MastodonStand
from bot.sandbox.networks.server import Fault
from tests.bench.children import Json, serve


def account(number: int) -> str:
    return f"account{number}"


def main() -> None:
    stand = MastodonStand(lambda: datetime.now(UTC), accounts=())
    tokens = {account(number): stand.add_account(account(number)) for number in range(int(sys.argv[1]))}
    stand.slow_seconds = float(sys.argv[2])
    if stand.slow_seconds:
        stand.faults.order(Fault.SLOW, None)
    stand.start()

    def ledger(_asked: Json) -> Json:
        return {"texts": [line.text for line in stand.ledger]}

    serve(ledger, url=stand.url, tokens=tokens)
    stand.stop()


if __name__ == "__main__":
    main()
