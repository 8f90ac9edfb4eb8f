"""Reading what people write on one of Meta's networks: how it is asked for, remembered and handed over.

What there is to read, and where, is the network's own: `Inbox` is subclassed. `meta/feed.py` makes one feed of it.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from bot.domain.outcomes import NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.http import Answer, Result
from bot.networks.marks import BEGINNING, Seen
from bot.networks.meta import errors, feed, messages
from bot.networks.meta.control import Control, Profile
from bot.networks.meta.feed import Feed, Item, Lists, Root
from bot.networks.meta.graph import Graph, read_after, read_id, read_list
from bot.networks.receiving import LOOK_AT_ONCE, NOTICES, OWN, Gone, Inbound, Older, Page, Trouble

FRESH = 20.0  # seconds: what was told for one stream is good for the other
MAX_ROOTS = 20_000  # messages whose post is remembered
MOST_PAGES = 50  # of one list


class Stopped(Exception):
    """A question on the way was not answered. `heard`: the network did say something."""

    def __init__(self, outcome: Outcome, *, heard: bool = True) -> None:
        super().__init__(http_outcomes.describe(outcome))
        self.outcome = outcome
        self.heard = heard

    @classmethod
    def by(cls, result: Result) -> Stopped:
        return cls(errors.judge(result), heard=isinstance(result, Answer))


class NotThere(Exception):
    """What is asked about is gone."""


@dataclass
class Told:
    """The account's newest posts as they were told, and whatever was read below them since."""

    answer: Answer
    at: float
    served: set[str]  # streams
    below: dict[str, list[Item]] = field(default_factory=dict)

    def serves(self, stream: str) -> bool:
        return stream not in self.served and time.monotonic() - self.at < FRESH

    @property
    def posts(self) -> list[dict[str, Any]]:
        return with_id(read_list(self.answer) or [])


class Inbox(ABC):
    """`whose` says whose token it is; `renew` how a new one is given."""

    network: ClassVar[str]  # "Instagram"
    edge: ClassVar[str]  # where the account's posts are listed: "media"
    posts: ClassVar[str]  # what is asked of each of them
    watched: ClassVar[str]  # how many, the newest ones
    moment: ClassVar[str] = "timestamp"  # the field that says when something was written
    streams: ClassVar[tuple[str, ...]] = (NOTICES, OWN)

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Profile | Outcome], renew: str
    ) -> None:
        self._graph = graph
        self._control = control
        self._whose = whose
        self._renew = renew
        self._feeds = {stream: Feed() for stream in self.streams}
        self._roots: OrderedDict[str, str] = OrderedDict()  # message -> what it stands below
        self._told: Told | None = None
        self._lock = threading.Lock()

    # --- the network's own -----------------------------------------------------------------------------

    @abstractmethod
    def must_be_there(self, reference: Mapping[str, Any]) -> None:
        """Can what is answered still be answered? Raises `PrepareFailed` if not, and if nobody says."""

    @abstractmethod
    def _list(self, stream: str, us: Profile, *, everything: bool) -> tuple[Lists, Answer]:
        """What a stream is made of; without `everything`, what was read a moment ago may be left out. Raises
        `Stopped`."""

    @abstractmethod
    def _list_thread(self, remote_id: str) -> Iterable[Mapping[str, Any]]:
        """Everything below a post. Raises `Stopped` and `NotThere`."""

    @abstractmethod
    def _is_hidden(self, raw: Mapping[str, Any]) -> bool: ...

    @abstractmethod
    def _read(self, stream: str, raw: Mapping[str, Any], us: Profile, root: str) -> Inbound: ...

    @abstractmethod
    def _read_post(self, raw: Mapping[str, Any], us: Profile) -> Inbound: ...

    @abstractmethod
    def _ask_one(self, stream: str, remote_id: str) -> Result: ...

    @abstractmethod
    def _read_asked(self, stream: str, raw: Mapping[str, Any], us: Profile) -> Inbound:
        """One that was asked for by its id."""

    def _find_gone(self, remote_ids: Sequence[str], us: Profile) -> Mapping[str, Inbound | Gone]:  # noqa: ARG002
        """Of what is said not to be there. Raises `Stopped`."""
        return dict.fromkeys(remote_ids, Gone())

    def _has_address(self, remote_id: str) -> bool:  # noqa: ARG002
        """Can it be asked for by its id?"""
        return True

    def _stop(self, stream: str, outcome: Outcome) -> Page | Trouble:  # noqa: ARG002
        """A stream could not be read."""
        return self._trouble(outcome)

    # --- what receiving asks ---------------------------------------------------------------------------

    def poll(self, stream: str, cursor: str | None) -> Page | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        try:
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(stream, us, cursor)
            lists, answer = self._list(stream, us, everything=False)
            come = self._feeds[stream].since(cursor, lists, answer.date())
            return self._hand_over(stream, us, come.items, answer, cursor=come.cursor, more=come.more)
        except Stopped as stopped:
            return self._stop(stream, stopped.outcome)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        found: dict[str, Inbound] = {}
        try:
            for raw in self._list_thread(remote_id):
                if not self._is_hidden(raw):
                    found[str(raw["id"])] = self._read(NOTICES, raw, us, remote_id)
        except NotThere:
            return Gone()
        except Stopped as stopped:
            return self._failed_alone(stopped) or self._trouble(stopped.outcome)
        self._remember(found, remote_id)
        return tuple(sorted(found.values(), key=lambda message: message.at))

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        found: dict[str, Inbound | Gone] = {}
        unseen: list[str] = []  # it is said that they are not there
        alone: Trouble | None = None
        for remote_id in filter(self._has_address, remote_ids[:LOOK_AT_ONCE]):
            result = self._ask_one(stream, remote_id)
            if read_id(result) == remote_id and isinstance(result, Answer):
                found[remote_id] = self._read_asked(stream, result.fields(), us)
            elif self._control.is_gone(result):
                unseen.append(remote_id)
            elif failed := self._failed_alone(Stopped.by(result)):
                alone = failed
            elif not found and not unseen:
                return self._trouble(errors.judge(result))
            else:
                break
        try:
            return {**found, **self._find_gone(unseen, us)} or alone or {}
        except Stopped as stopped:
            return found or self._trouble(stopped.outcome)

    # --- lists -----------------------------------------------------------------------------------------

    def _ask_posts(self, stream: str, us: Profile) -> Told:
        """One answer serves both streams of a visit, each of them once. Raises `Stopped`."""
        with self._lock:
            told = self._told
            if told is not None and told.serves(stream):
                told.served.add(stream)
                return told
        result = self._graph.get(us.id, self.edge, fields=self.posts, limit=self.watched)
        if read_list(result) is None or not isinstance(result, Answer):
            raise Stopped.by(result)
        told = Told(result, time.monotonic(), {stream})
        with self._lock:
            self._told = told
        return told

    def _walk(self, pages: Iterable[Result], *, whole: bool = False) -> Iterator[list[dict[str, Any]]]:
        """What each page of a list holds. Raises `Stopped` and `NotThere`; with `whole`, also where there is no end."""
        goes_on = False
        for result in pages:
            found = read_list(result)
            if found is None and self._control.is_gone(result):
                raise NotThere
            if found is None:
                raise Stopped.by(result)
            yield with_id(found)
            goes_on = read_after(result) is not None
        if whole and goes_on:
            raise Stopped(Unknown("The list has no end."))

    def _walk_below(self, pages: Iterable[Result], root: Root, before: str = "") -> Iterator[list[Item]]:
        """What is gone between two questions has nothing below it. Raises `Stopped`."""
        try:
            for found in self._walk(pages):
                yield [self._item(one, root, before) for one in found]
        except NotThere:
            return

    def _item(self, raw: Mapping[str, Any], root: Root, before: str = "") -> Item:
        return Item(Seen(f"{before}{sanitize.identity(raw.get('id'))}", self._date(raw)), root, raw)

    def _date(self, raw: Mapping[str, Any]) -> datetime:
        return messages.read_moment(raw, self.moment) or BEGINNING

    # --- messages --------------------------------------------------------------------------------------

    def _back(self, stream: str, us: Profile, cursor: str | None) -> Page:
        lists, answer = self._list(stream, us, everything=True)
        items = feed.read_back(cursor, lists)
        mark = None if cursor else feed.begin_mark(items, answer.date())
        older = Older(feed.write_back(items), items[0].seen.at) if items else None
        return replace(self._hand_over(stream, us, items, answer, cursor=mark), older=older)

    def _hand_over(
        self,
        stream: str,
        us: Profile,
        items: Sequence[Item],
        answer: Answer,
        *,
        cursor: str | None,
        more: bool = False,
    ) -> Page:
        below = [item for item in items if item.raw is not item.root.raw]
        for item in below:
            self._remember([item.seen.id], item.root.id)
        said = tuple(self._read(stream, item.raw, us, item.root.id) for item in below)
        posts = tuple(self._read_post(item.raw, us) for item in items if item.raw is item.root.raw)
        return Page(said, cursor, more, errors.read_rate(answer), posts=posts)

    def _remember(self, remote_ids: Sequence[str] | Mapping[str, Any], root: str) -> None:
        with self._lock:
            self._roots.update(dict.fromkeys(remote_ids, root))
            while len(self._roots) > MAX_ROOTS:
                self._roots.popitem(last=False)

    def _failed_alone(self, stopped: Stopped) -> Trouble | None:
        """The network fails to show one thing, and is well otherwise: no reason to stop asking for others."""
        answered = stopped.heard and isinstance(stopped.outcome, Refused | Unknown)
        if answered and isinstance(self._control.who(), Profile):
            return replace(self._trouble(stopped.outcome), alone=True)
        return None

    def _trouble(self, outcome: Outcome) -> Trouble:
        if isinstance(outcome, NeedsLogin) and outcome.mend is None:
            outcome = replace(outcome, mend=self._renew)
        return errors.to_trouble(outcome, self.network)


def with_id(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in found if sanitize.identity(one.get("id"))]
