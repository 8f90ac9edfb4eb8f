"""What runs after a COMMIT, and only then: waking the reconciler and the scheduler.

They are kept in `Connection.info`, because the connection is the one thing that a write function, the SQLite writer and
the PostgreSQL pool all have; so a write stays a plain function of a connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

_KEY = "after_commit"
Hook = Callable[[], None]

log = logging.getLogger(__name__)


def after_commit(conn: Connection, callback: Hook) -> None:
    """Run `callback` once the unit of work on `conn` is committed; never, if it is not.

    Callbacks are cheap (set an event) and run on the committing thread, before the writer's caller hears of
    the commit; the same callback runs once for units that share a COMMIT. An exception of theirs is logged.
    """
    if _KEY not in conn.info:
        raise RuntimeError("after_commit is for the connection of a write")
    conn.info[_KEY].append(callback)


class Hooks:
    """The store's side of `after_commit`."""

    @staticmethod
    @contextmanager
    def collected(conn: Connection) -> Iterator[list[Hook]]:
        """The callbacks of the one unit that runs on `conn` meanwhile."""
        info, hooks = conn.info, list[Hook]()
        info[_KEY] = hooks
        try:
            yield hooks
        finally:
            info.pop(_KEY, None)

    @staticmethod
    def run(hooks: Iterable[Hook]) -> None:
        for hook in dict.fromkeys(hooks):
            try:
                hook()
            except Exception:  # a boundary: the commit stands, whatever its listeners do
                log.exception("a callback after the commit failed")
