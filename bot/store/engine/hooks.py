"""What runs after a COMMIT, and only then: waking the reconciler and the scheduler; and what is done last before it.

They are kept in `Connection.info`, because the connection is the one thing that a write function, the SQLite writer and
the PostgreSQL pool all have; so a write stays a plain function of a connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection

_KEY, _LAST = "after_commit", "before_commit"
Hook = Callable[[], None]


class Last(Protocol):
    """What a unit gathers, to be done once at its end. Called with the connection."""

    def __call__(self, conn: Connection, /) -> None: ...


L = TypeVar("L", bound=Last)

log = logging.getLogger(__name__)


def after_commit(conn: Connection, callback: Hook) -> None:
    """Run `callback` once the unit of work on `conn` is committed; never, if it is not.

    Callbacks are cheap (set an event) and run on the committing thread, before the writer's caller hears of
    the commit; the same callback runs once for units that share a COMMIT. An exception of theirs is logged.
    """
    if _KEY not in conn.info:
        raise RuntimeError("after_commit is for the connection of a write")
    conn.info[_KEY].append(callback)


def find_last(conn: Connection, kind: type[L]) -> L | None:
    """The one object of this kind that the unit on `conn` gathers in, made where there was none; None: no unit of the
    store's runs there, so nothing can be put off. An exception of its call undoes the unit."""
    if _LAST not in conn.info:
        return None
    return cast("L", conn.info[_LAST].setdefault(kind, kind()))


def do_last(conn: Connection) -> None:
    """Do now what was gathered: at the end of each unit, and before it by whoever must know that nothing is left."""
    gathered: dict[Any, Last] = conn.info.get(_LAST, {})
    while gathered:
        gathered.pop(next(iter(gathered)))(conn)


class Hooks:
    """The store's side of `after_commit`."""

    @staticmethod
    @contextmanager
    def collected(conn: Connection) -> Iterator[list[Hook]]:
        """The callbacks of the one unit that runs on `conn` meanwhile; what it gathered is done at its end."""
        info, hooks = conn.info, list[Hook]()
        info[_KEY], info[_LAST] = hooks, {}
        try:
            yield hooks
            do_last(conn)
        finally:
            info.pop(_KEY, None)
            info.pop(_LAST, None)

    @staticmethod
    def run(hooks: Iterable[Hook]) -> None:
        for hook in dict.fromkeys(hooks):
            try:
                hook()
            except Exception:  # a boundary: the commit stands, whatever its listeners do
                log.exception("a callback after the commit failed")
