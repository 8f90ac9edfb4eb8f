"""Many lists read as one, by time: the comments below each of an account's posts, or the messages of each conversation.

Meta tells nobody what is new. It lists the posts with the moment and the number of their last comments; so one question
shows which of them have to be read, and those are read back to where the overlap begins (`marks.py`). What a list said
when it was last read is remembered for the cursor that stands then: without it, as after a restart, more is read again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.networks import marks
from bot.networks.marks import BEGINNING, MILLISECOND, Mark, Seen

PAGE = 100  # items of one page that goes back
HANDED_OVER = 2000  # items of one poll
Key = tuple[datetime, int, str]
State = tuple[datetime | None, int | None]


@dataclass(frozen=True)
class Root:
    """A post, or a private conversation."""

    id: str
    updated: datetime | None  # when something was last written there; None: it does not say
    count: int | None  # how many there are; None: it does not say
    raw: Mapping[str, Any]

    @property
    def state(self) -> State:
        return self.updated, self.count


@dataclass(frozen=True)
class Item:
    seen: Seen
    root: Root
    raw: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """In one second much can be written: the id parts it, the same way each time."""
        return self.seen.at, len(self.seen.id), self.seen.id


@dataclass(frozen=True)
class Lists:
    """What there is to read. `below` gives the pages of one root, the newest first; `beside` are items of no list."""

    roots: Iterable[Root]  # read once
    below: Callable[[Root], Iterator[list[Item]]]
    wanted: Callable[[Item], bool]
    beside: Sequence[Item] = ()
    ordered: bool = False  # the roots come as they were last written in, the newest first


@dataclass(frozen=True)
class Come:
    """The oldest first. `cursor`: where it stands then; None: as it was."""

    items: list[Item]
    cursor: str | None
    more: bool = False


class Feed:
    """Where one stream's lists stood. Used from many threads at once."""

    def __init__(self) -> None:
        self._stood: tuple[str, dict[str, State]] = ("", {})  # a cursor, and the lists as they were then
        self._lock = threading.Lock()

    def since(self, cursor: str, lists: Lists, now: datetime | None) -> Come:
        mark = Mark.read(cursor) or Mark()
        stood = self._recall(cursor)
        states: dict[str, State] = {}
        found = {item.seen.id: item for item in self._read_on(mark, stood, lists, states)}
        new = {one.id for one in mark.list_new(item.seen for item in found.values())}
        items = sorted((found[one] for one in new), key=lambda item: item.key)
        if not items:
            self._remember(cursor, states)
            return Come([], None)
        handed, more = items[:HANDED_OVER], len(items) > HANDED_OVER
        stands_at = mark.add([item.seen for item in handed], now=now).write()
        self._remember(stands_at, {} if more else states)
        return Come(handed, stands_at, more)

    @staticmethod
    def _read_on(
        mark: Mark, stood: Mapping[str, State], lists: Lists, states: dict[str, State]
    ) -> Iterator[Item]:
        """`states` becomes what the lists say now."""

        def is_ours(item: Item) -> bool:
            return item.seen.at >= mark.floor and lists.wanted(item)

        yield from filter(is_ours, lists.beside)
        for root in lists.roots:
            old = root.updated is not None and root.updated < mark.floor
            if old and lists.ordered:
                break
            states[root.id] = root.state
            same = stood.get(root.id) == root.state != (None, None)  # what tells nothing may have changed
            if root.count == 0 or same or (old and root.id not in stood):
                continue
            for page in lists.below(root):
                yield from filter(is_ours, page)
                if all(item.seen.at < mark.floor for item in page):
                    break

    def _recall(self, cursor: str) -> dict[str, State]:
        with self._lock:
            known, states = self._stood
            return dict(states) if known == cursor else {}

    def _remember(self, cursor: str, states: dict[str, State]) -> None:
        with self._lock:
            self._stood = (cursor, states)


def read_back(cursor: str | None, lists: Lists) -> list[Item]:
    """The newest page, or the one before another, the oldest first: the newest `PAGE` of all lists together."""
    before = _read_key(cursor)
    found: dict[str, Item] = {}

    def take(page: Iterable[Item]) -> datetime | None:
        """How far back the page reaches once it is full."""
        found.update(
            (item.seen.id, item)
            for item in page
            if lists.wanted(item) and (before is None or item.key < before)
        )
        for item in sorted(found.values(), key=lambda item: item.key)[:-PAGE]:
            del found[item.seen.id]
        return min(item.seen.at for item in found.values()) if len(found) >= PAGE else None

    full = take(lists.beside)
    roots = lists.roots if lists.ordered else sorted(lists.roots, key=_last_first)
    for root in roots:
        if root.count == 0:
            continue
        if full is not None and root.updated is not None and root.updated < full:
            break
        for page in lists.below(root):
            full = take(page)
            if full is not None and all(item.seen.at < full for item in page):
                break
    return sorted(found.values(), key=lambda item: item.key)


def begin_mark(items: Sequence[Item], now: datetime | None) -> str:
    """The cursor of a first sync that has read these."""
    floor = items[0].seen.at if len(items) >= PAGE else BEGINNING
    return Mark(floor=floor).add([item.seen for item in items], now=now).write()


def write_back(items: Sequence[Item]) -> str:
    """A cursor to the page before this one."""
    first = items[0].seen
    return marks.BACK + json.dumps([(first.at - BEGINNING) // MILLISECOND, first.id])


def _last_first(root: Root) -> float:
    """What does not say when it was written in comes first."""
    return -root.updated.timestamp() if root.updated else float("-inf")


def _read_key(cursor: str | None) -> Key | None:
    try:
        number, remote_id = json.loads((cursor or "").removeprefix(marks.BACK))
        return BEGINNING + int(number) * MILLISECOND, len(remote_id), str(remote_id)
    except (ValueError, TypeError, OverflowError):
        return None
