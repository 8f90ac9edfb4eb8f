"""Reading what people write on Threads: replies below our posts, and posts that mention us.

Threads has no list of all replies that are new; of a post it tells only whether it has any. So the replies of each of
the newest posts that has some are read, the newest first: of a young post each time, of an older one every few minutes,
which is well within the overlap (`marks.py`). Mentions, and our own answers, are a list each. What `meta/feed.py` makes
of all that is in order of time. Hidden replies are left out, in the feed and in threads alike.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.outcomes import NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.http import Answer, Result
from bot.networks.marks import BEGINNING, Seen
from bot.networks.meta import errors, feed
from bot.networks.meta.feed import Feed, Item, Lists, Root
from bot.networks.meta.graph import Graph, read_after, read_id, read_list
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import (
    LOOK_AT_ONCE,
    NOTICES,
    OWN,
    TARGET_GONE,
    Gone,
    Inbound,
    Older,
    Trouble,
)
from bot.networks.receiving import Page as Came
from bot.networks.threads import messages
from bot.networks.threads.control import Control, Profile

WATCHED = "25"  # posts, the newest ones
YOUNG = timedelta(days=1)  # of a post: its replies are read each time
REST = 300.0  # seconds between two readings below an older one
AT_ONCE = "100"  # replies, mentions
FRESH = 20.0  # seconds: what was told for one stream is good for the other
MOST_PAGES = 50  # of one list
MAX_ROOTS = 20_000  # messages whose post is remembered
POSTS = "id,text,timestamp,permalink,has_replies"
MENTIONS, ANSWERS = Root("mentions", None, None, {}), Root("answers", None, None, {})


class _Stopped(Exception):
    """A question on the way was not answered."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(http_outcomes.describe(outcome))
        self.outcome = outcome


class _Gone(Exception):
    """What is asked about is not there."""


@dataclass
class _Told:
    """The newest posts as they were told."""

    answer: Answer
    at: float
    served: set[str] = field(default_factory=set)  # streams

    def serves(self, stream: str) -> bool:
        return stream not in self.served and time.monotonic() - self.at < FRESH

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [one for one in read_list(self.answer) or [] if sanitize.identity(one.get("id"))]


class ThreadsInbox:
    """`whose` says whose token it is; `renew` how a new one is given."""

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Profile | Outcome], renew: str
    ) -> None:
        self._graph = graph
        self._control = control
        self._whose = whose
        self._renew = renew
        self._feeds = {stream: Feed() for stream in (NOTICES, OWN)}
        self._roots: OrderedDict[str, str] = OrderedDict()  # message -> post of ours, or "mentions"
        self._read_at: dict[str, float] = {}  # post -> when its replies were read last
        self._told: _Told | None = None
        self._lock = threading.Lock()

    def poll(self, stream: str, cursor: str | None) -> Came | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        try:
            told = self._ask_posts(stream, us)
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(us, cursor, self._list(stream, us, told, all_of_them=True), told.answer)
            come = self._feeds[stream].since(cursor, self._list(stream, us, told), told.answer.date())
            return self._hand_over(us, come.items, told.answer, cursor=come.cursor, more=come.more)
        except _Stopped as stopped:
            return self._trouble(stopped.outcome)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        found: dict[str, Inbound] = {}
        try:
            for raw in self._walk(remote_id, "conversation", messages.REPLY, reverse="false"):
                if not messages.is_hidden(raw):
                    found[str(raw["id"])] = messages.read_reply(raw, us, remote_id)
        except _Gone:
            return Gone()
        except _Stopped as stopped:
            return self._failed_alone(stopped.outcome) or self._trouble(stopped.outcome)
        self._remember(found, remote_id)
        return tuple(sorted(found.values(), key=lambda message: message.at))

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:  # noqa: ARG002
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        found: dict[str, Inbound | Gone] = {}
        unseen: list[str] = []  # Threads says that they are not there, or not for us
        alone: Trouble | None = None
        for remote_id in remote_ids[:LOOK_AT_ONCE]:
            result = self._graph.get(remote_id, fields=messages.REPLY)
            if read_id(result) == remote_id and isinstance(result, Answer):
                found[remote_id] = self._read_looked(result.fields(), us)
            elif self._control.is_gone(result):
                unseen.append(remote_id)
            elif failed := self._failed_alone(errors.judge(result)):
                alone = failed
            elif not found and not unseen:
                return self._trouble(errors.judge(result))
            else:
                break
        try:
            return found | self._look_in_lists(unseen, us) or alone or {}
        except _Stopped as stopped:
            return found or self._trouble(stopped.outcome)

    def must_be_there(self, reference: Mapping[str, Any]) -> None:
        """Is what is answered still there? Raises `PrepareFailed` if not, and if nobody says."""
        remote_id, us = str(reference["post"]), self._whose()
        result = self._graph.get(remote_id, fields="id")
        if read_id(result) == remote_id:
            return
        if not isinstance(us, Profile) or not self._control.is_gone(result):
            raise http_outcomes.to_unasked(errors.judge(result))
        self._remember([remote_id], str(reference.get("root") or MENTIONS.id))
        try:
            if isinstance(self._look_in_lists([remote_id], us).get(remote_id), Gone):
                raise PrepareFailed(TARGET_GONE)
        except _Stopped as stopped:
            raise http_outcomes.to_unasked(stopped.outcome) from stopped

    def _look_in_lists(self, remote_ids: Sequence[str], us: Profile) -> dict[str, Inbound | Gone]:
        """Threads may say "not there" of somebody else's post that it does not show by its id: what a list holds is
        there, and what none of them holds is gone. Raises `_Stopped`."""
        if not remote_ids:
            return {}
        roots = {self._roots.get(one) for one in remote_ids}
        if None in roots:  # from before a restart
            told = self._ask_posts("", us)
            roots |= {MENTIONS.id, *(str(sanitize.identity(one["id"])) for one in told.posts)}
        held: dict[str, Inbound] = {}
        for root in filter(None, roots):
            if root == MENTIONS.id:
                listed = self._walk(us.id, "mentions", messages.MENTION)
            else:
                listed = self._walk(root, "conversation", messages.REPLY, reverse="true")
            try:
                held |= {str(one["id"]): self._read_listed(one, us, root) for one in listed}
            except _Gone:  # the post itself, and with it what stood below
                continue
        return {one: held.get(one) or Gone() for one in remote_ids}

    # --- lists ---------------------------------------------------------------------------------------

    def _ask_posts(self, stream: str, us: Profile) -> _Told:
        """One answer serves both streams of a visit, each of them once. Raises `_Stopped`."""
        with self._lock:
            told = self._told
            if told is not None and told.serves(stream):
                told.served.add(stream)
                return told
        result = self._graph.get(us.id, "threads", fields=POSTS, limit=WATCHED)
        if read_list(result) is None or not isinstance(result, Answer):
            raise _Stopped(errors.judge(result))
        told = _Told(result, time.monotonic(), {stream})
        with self._lock:
            self._told = told
        return told

    def _list(self, stream: str, us: Profile, told: _Told, *, all_of_them: bool = False) -> Lists:
        posts = [_read_root(one) for one in told.posts]
        if stream == OWN:
            beside = [_item(root.raw, root) for root in posts]
            return Lists([ANSWERS], partial(self._below, us), lambda _item: True, beside)
        now = told.answer.date()
        due = [root for root in posts if all_of_them or self._is_due(root, now)]
        ours = frozenset(root.id for root in posts)
        wanted = partial(_is_wanted, us, ours)
        return Lists([*due, MENTIONS], partial(self._below, us), wanted)

    def _is_due(self, root: Root, now: datetime | None) -> bool:
        made = messages.read_moment(root.raw)
        young = now is None or made is None or now - made < YOUNG
        read_at = self._read_at.get(root.id)
        return young or read_at is None or time.monotonic() - read_at >= REST

    def _below(self, us: Profile, root: Root) -> Iterator[list[Item]]:
        if root is MENTIONS:
            yield from self._pages_of(root, us.id, "mentions", messages.MENTION, may_lack=True)
        elif root is ANSWERS:
            yield from self._pages_of(root, us.id, "replies", messages.ANSWER)
        else:
            begun = time.monotonic()
            yield from self._pages_of(root, root.id, "conversation", messages.REPLY, reverse="true")
            self._note_read(root.id, begun)

    def _note_read(self, post_id: str, at: float) -> None:
        with self._lock:
            self._read_at[post_id] = at
            if len(self._read_at) > 4 * int(WATCHED):
                del self._read_at[min(self._read_at, key=lambda one: self._read_at[one])]

    def _pages_of(
        self, root: Root, owner: str, edge: str, fields: str, *, may_lack: bool = False, **asked: str
    ) -> Iterator[list[Item]]:
        """The newest first. What is gone between two questions has nothing below it; `may_lack`: where the right for
        it is not there, the rest comes all the same. Raises `_Stopped`."""
        for result in self._graph.pages(owner, edge, most=MOST_PAGES, fields=fields, limit=AT_ONCE, **asked):
            found = read_list(result)
            if found is None:
                outcome = errors.judge(result)
                if self._control.is_gone(result) or (may_lack and errors.lacks_right(outcome)):
                    return
                raise _Stopped(outcome)
            yield [_item(one, root) for one in found if sanitize.identity(one.get("id"))]

    def _walk(self, owner: str, edge: str, fields: str, **asked: str) -> Iterator[dict[str, Any]]:
        """Everything a list holds. Raises `_Stopped`, also where it has no end, and `_Gone`."""
        result: Result | None = None
        for result in self._graph.pages(owner, edge, most=MOST_PAGES, fields=fields, limit=AT_ONCE, **asked):
            found = read_list(result)
            if found is None and self._control.is_gone(result):
                raise _Gone
            if found is None:
                raise _Stopped(errors.judge(result))
            yield from (one for one in found if sanitize.identity(one.get("id")))
        if result is not None and read_after(result) is not None:
            raise _Stopped(Unknown("The list has no end."))

    # --- messages ------------------------------------------------------------------------------------

    def _back(self, us: Profile, cursor: str | None, lists: Lists, answer: Answer) -> Came:
        items = feed.read_back(cursor, lists)
        mark = None if cursor else feed.begin_mark(items, answer.date())
        older = Older(feed.write_back(items), items[0].seen.at) if items else None
        return replace(self._hand_over(us, items, answer, cursor=mark), older=older)

    def _hand_over(
        self,
        us: Profile,
        items: Sequence[Item],
        answer: Answer,
        *,
        cursor: str | None,
        more: bool = False,
    ) -> Came:
        below = [item for item in items if item.raw is not item.root.raw]
        for item in below:
            self._remember([item.seen.id], item.root.id)
        said = [self._read_listed(item.raw, us, item.root.id) for item in below]
        posts = [messages.read_post(item.raw, us) for item in items if item.raw is item.root.raw]
        return Came(tuple(said), cursor, more, errors.read_rate(answer), posts=tuple(posts))

    def _read_listed(self, raw: Mapping[str, Any], us: Profile, root: str) -> Inbound:
        if root == MENTIONS.id:
            return messages.read_mention(raw, us)
        return messages.read_answer(raw, us) if root == ANSWERS.id else messages.read_reply(raw, us, root)

    def _read_looked(self, raw: Mapping[str, Any], us: Profile) -> Inbound:
        """One that was asked for by its id: below a post of ours, or a mention."""
        known = self._roots.get(str(raw.get("id")))
        if known == MENTIONS.id or (known is None and messages.read_root(raw) is None):
            return messages.read_mention(raw, us)
        return messages.read_reply(raw, us, messages.read_root(raw) or str(known))

    def _remember(self, remote_ids: Sequence[str] | Mapping[str, Any], root: str) -> None:
        if root == ANSWERS.id:
            return
        with self._lock:
            self._roots.update(dict.fromkeys(remote_ids, root))
            while len(self._roots) > MAX_ROOTS:
                self._roots.popitem(last=False)

    def _failed_alone(self, outcome: Outcome) -> Trouble | None:
        """Threads fails to show one thing, and is well otherwise: no reason to stop asking for others."""
        if isinstance(outcome, Refused | Unknown) and isinstance(self._control.who(), Profile):
            return replace(self._trouble(outcome), alone=True)
        return None

    def _trouble(self, outcome: Outcome) -> Trouble:
        if isinstance(outcome, NeedsLogin) and outcome.mend is None:
            outcome = replace(outcome, mend=self._renew)
        return errors.to_trouble(outcome, "Threads")


def _read_root(raw: Mapping[str, Any]) -> Root:
    """A post that says it has no replies is not asked about; more than that none says."""
    none = raw.get("has_replies") is False
    return Root(str(sanitize.identity(raw.get("id"))), None, 0 if none else None, raw)


def _item(raw: Mapping[str, Any], root: Root) -> Item:
    at = messages.read_moment(raw) or BEGINNING
    return Item(Seen(str(sanitize.identity(raw.get("id"))), at), root, raw)


def _is_wanted(us: Profile, ours: frozenset[str], item: Item) -> bool:
    """A reply below one of our newest posts that mentions us is in two lists: it comes as a reply."""
    if messages.is_own(item.raw, us) or messages.is_hidden(item.raw):
        return False
    return item.root is not MENTIONS or messages.read_root(item.raw) not in ours
