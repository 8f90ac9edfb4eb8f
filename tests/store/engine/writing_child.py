"""A process that writes from eight threads until it is killed, and says aloud what was acknowledged."""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import Connection, insert

from bot.store.engine.store import Store
from bot.store.tables.system import counters


def write_for_ever(store: Store, thread: int) -> None:
    for number in count():

        def two_rows(conn: Connection, number: int = number) -> None:
            for half in "ab":
                conn.execute(insert(counters).values(name=f"{thread}-{number}-{half}", value=thread))

        store.write(two_rows)
        os.write(1, f"{thread}-{number}\n".encode())


if __name__ == "__main__":
    opened = Store.open(sys.argv[1], now=lambda: datetime.now(UTC), purpose="run")
    for index in range(8):
        threading.Thread(target=write_for_ever, args=(opened, index)).start()
