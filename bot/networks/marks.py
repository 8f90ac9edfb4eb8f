"""Where a stream stands: how far back it is read again each time, and what was seen there.

Networks give ids before they show what has them, and some show it out of order: a mark that only moves on loses what
appears behind it. So each poll reads again everything of the last `OVERLAP`, and at least the last `AT_LEAST` items
before that; what was seen there is in the mark, is not handed over again and costs no write. A flood ends the overlap
at `AT_MOST` items.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

OVERLAP = timedelta(minutes=10)
AT_LEAST = 15  # items
AT_MOST = 1000
PAGES = 30  # of one poll that hold nothing new
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
BACK = "<"  # in front of a network's own cursor: from there back

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """One item of a stream, handed over or not."""

    id: str
    at: datetime  # as the network dates it; BEGINNING where it does not


@dataclass(frozen=True)
class Mark:
    """`after` and `floor` say the same: the overlap begins behind this id, or at this moment."""

    after: str = ""
    floor: datetime = BEGINNING
    seen: tuple[Seen, ...] = ()  # the oldest first
    goes_on: str | None = None  # there is more right behind this id; the overlap comes again after that

    @classmethod
    def read(cls, cursor: str) -> Mark | None:
        """None: it is not one of these; from an earlier version, say."""
        try:
            found = json.loads(cursor)
            seen = tuple(Seen(str(name), _moment(at)) for name, at in found["items"])
            goes_on = found.get("goes_on")
            return cls(str(found["after"]), _moment(found["floor"]), seen, goes_on and str(goes_on))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            return None

    def write(self) -> str:
        found: dict[str, Any] = {"after": self.after, "floor": _number(self.floor)}
        found["items"] = [[one.id, _number(one.at)] for one in self.seen]
        return json.dumps(found | ({"goes_on": self.goes_on} if self.goes_on else {}), separators=(",", ":"))

    def list_new(self, items: Iterable[Seen]) -> list[Seen]:
        known = {one.id for one in self.seen}
        return [one for one in items if one.id not in known]

    def add(self, found: Sequence[Seen], *, now: datetime | None = None) -> Mark:
        """With these seen as well. `now`: what is dated later does not move the overlap."""
        by_id = {one.id: one for one in (*self.seen, *found)}
        seen = sorted(by_id.values(), key=lambda one: (one.at, len(one.id), one.id))
        if len(seen) <= AT_LEAST:
            return replace(self, seen=tuple(seen))
        newest = seen[-1].at if now is None else min(seen[-1].at, now)
        since = min(seen[-AT_LEAST].at, newest - OVERLAP)
        kept = [one for one in seen if one.at >= since][-AT_MOST:]
        left = seen[: len(seen) - len(kept)]
        if not left:
            return replace(self, seen=tuple(kept))
        return replace(self, after=left[-1].id, floor=kept[0].at, seen=tuple(kept))


@dataclass(frozen=True)
class Slice(Generic[T]):
    """What a stream has behind an id, the oldest first. `full`: there may be more."""

    items: Sequence[tuple[Seen, T]]
    full: bool
    now: datetime | None = None  # by the network's clock


@dataclass(frozen=True)
class Walked(Generic[T]):
    """What is new in it, and the mark that stands then; None: as it was."""

    new: list[T]
    mark: Mark | None
    more: bool


def walk(mark: Mark, ask: Callable[[str], Slice[T]]) -> Walked[T]:
    """Forward from the mark to the first slice that has something new; `ask` takes the id to begin behind."""
    position, full = mark.goes_on or mark.after, False
    for _ in range(PAGES):
        found = ask(position)
        ids = [seen for seen, _ in found.items]
        new = {one.id for one in mark.list_new(ids)}
        last = ids[-1].id if ids else position
        full = found.full and last != position
        if new:
            stands = mark.add([one for one in ids if one.id in new], now=found.now)
            stands = replace(stands, goes_on=last if full else None)
            return Walked([item for seen, item in found.items if seen.id in new], stands, full)
        if not full:
            return Walked([], replace(mark, goes_on=None) if mark.goes_on else None, False)
        position = last
    return Walked([], replace(mark, goes_on=position), True)


def _number(moment: datetime) -> int:
    return (moment - BEGINNING) // MILLISECOND


def _moment(number: int) -> datetime:
    return BEGINNING + int(number) * MILLISECOND
