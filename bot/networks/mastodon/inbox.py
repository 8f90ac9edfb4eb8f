"""Reading what customers write to a Mastodon account.

Both streams are walked with `min_id`, which leaves no gap where `since_id` does, from some way behind what was seen
(`marks.py`): servers give ids before they show what has them. The root of a thread is found by
walking up one status at a time, not by fetching the thread's whole context: most comments are directly below a post of
ours, so one request serves ten thousand of them, while a context would hold them all.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.domain.outcomes import Outcome, Refused, Unknown
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.http import Answer, Http, Result
from bot.networks.marks import Mark, Seen
from bot.networks.mastodon import messages as mastodon_messages
from bot.networks.mastodon.control import Control
from bot.networks.mastodon.errors import Owner, judge, read_rate, to_trouble
from bot.networks.mastodon.relations import Relations
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import LOOK_AT_ONCE, OWN, TARGET_GONE, Gone, Inbound, Older, Page, Trouble

NOTICES_AT_ONCE = 80  # the API's largest page
STATUSES_AT_ONCE = 40
BEFORE_ALL = "0"  # a cursor older than every id
MAX_DEPTH = 40  # steps up a thread before its root is given up for what is there
MAX_TRIES = 3  # to ask for a status that the server fails to show; the rest of the feed must not wait for it
MAX_ROOTS = 20_000  # statuses whose root is remembered
MAX_THREAD = 24 * 1024 * 1024  # bytes; Mastodon shows at most 4096 answers, of about 4 kB
# Kinds of notifications that say something to us; of one nobody knows yet, its status tells. SILENT ones are not asked
# for, and passed over where a server sends them all the same.
SPEAK = frozenset({"mention", "quote"})
SILENT = (
    "follow", "follow_request", "favourite", "reblog", "poll", "status", "update", "quoted_update", "move",
    "severed_relationships", "moderation_warning", "annual_report", "admin.sign_up", "admin.report",
    "pleroma:emoji_reaction", "pleroma:report", "reaction",
)  # fmt: skip
Root = tuple[str, bool]  # remote id of a thread's root, and whether it is ours


class _Stopped(Exception):
    """A question on the way was not answered."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


class MastodonInbox:
    """`whose` says whose token it is; `domain` is the part of our handle after the second @; `learn` is told what the
    account's own list shows."""

    def __init__(
        self,
        renew: str,
        http: Http,
        auth: Mapping[str, str],
        whose: Callable[[], Owner | Outcome],
        domain: Callable[[], str],
        control: Control,
        learn: Callable[[list[dict[str, Any]], Owner], None],
    ) -> None:
        self._renew = renew
        self._http = http
        self._large = http.to(max_answer=MAX_THREAD)
        self._auth = auth
        self._whose = whose
        self._domain = domain
        self._control = control
        self._learn = learn
        self._relations = Relations(self._ask_relations, lambda result: _Stopped(self._unknown(result)))
        self._roots: OrderedDict[str, Root] = OrderedDict()
        self._failed: Counter[str] = Counter()  # statuses the server failed to show
        self._lock = threading.Lock()

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        us = self._whose()
        if not isinstance(us, Owner):
            return self._trouble(us)
        try:
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(stream, us, cursor, direct)
            return self._on(stream, us, cursor, direct)
        except _Stopped as stopped:
            return stopped.trouble

    def _back(self, stream: str, us: Owner, cursor: str | None, direct: bool) -> Page:
        """The newest page, or the one before another; all of it, or nothing."""
        asked = {"max_id": cursor.removeprefix(marks.BACK)} if cursor else {}
        items, result = self._ask(stream, us, asked)
        seen = [_seen(item) for item in items]
        messages = [self._read(status, us, self._root(status, us), at)
                    for status, at in _list_wanted(stream, items, us, direct)]  # fmt: skip
        self._relations.note(message.remote_id for message in messages)
        mark = Mark(seen[0].id if seen else BEFORE_ALL).add(seen, now=_date(result))
        older = Older(marks.BACK + seen[0].id, seen[0].at) if seen else None
        return Page(
            tuple(messages), None if cursor else mark.write(), rate=read_rate(result), older=older,
            posts=self._read_posts(items, us, stream),
        )  # fmt: skip

    def _on(self, stream: str, us: Owner, cursor: str, direct: bool) -> Page:
        mark = Mark.read(cursor) or Mark(cursor)  # earlier versions kept the newest id alone
        result: Result | None = None

        def ask(after: str) -> marks.Slice[dict[str, Any]]:
            nonlocal result
            items, result = self._ask(stream, us, {"min_id": after})
            most = STATUSES_AT_ONCE if stream == OWN else NOTICES_AT_ONCE
            full = len(items) >= most // 2
            return marks.Slice([(_seen(item), item) for item in items], full, _date(result))

        walked = marks.walk(mark, ask)
        rate = read_rate(result) if result else None
        messages: list[Inbound] = []
        try:
            for status, at in _list_wanted(stream, walked.new, us, direct):
                messages.append(self._read(status, us, self._root(status, us), at))
        except _Stopped:
            # What is known is handed over, and comes again: the cursor stays, and the roots are remembered.
            if not messages:
                raise
            return Page(tuple(messages), None, rate=rate)
        self._relations.note(message.remote_id for message in messages)
        posts = self._read_posts(walked.new, us, stream)
        mark_after = walked.mark.write() if walked.mark else None
        return Page(tuple(messages), mark_after, walked.more, rate, posts=posts)

    def _read_posts(self, items: Sequence[Mapping[str, Any]], us: Owner, stream: str) -> tuple[Inbound, ...]:
        return tuple(self._read(one, us, self._root(one, us)) for one in _list_posts(items, us, stream))

    def _ask(self, stream: str, us: Owner, more: Mapping[str, str]) -> tuple[list[dict[str, Any]], Result]:
        """A page, the oldest first."""
        path, params = _question(stream, us)
        result = self._http.call("GET", path, headers=self._auth, params={**params, **more})
        items = _items(result)
        if items is None:
            raise _Stopped(self._trouble(self._control.judge(result)))
        if stream == OWN:
            self._learn(items, us)
        return sorted(items, key=_age), result

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        """Direct messages below a post are left out here: they come by the notifications, or not at all."""
        us = self._whose()
        if not isinstance(us, Owner):
            return self._trouble(us)
        result = self._large.call("GET", f"{_path(remote_id)}/context", headers=self._auth)
        if self._control.is_gone(result):
            return Gone()
        below = _fields(result).get("descendants")
        if not isinstance(below, list):
            return self._failed_alone(result) or self._trouble(self._control.judge(result))
        root = (remote_id, True)
        statuses = [
            one for one in below if mastodon_messages.is_whole(one) and not mastodon_messages.is_direct(one)
        ]
        try:
            found = [self._read(one, us, root) for one in self._relations.leave_out(statuses, us.id)]
        except _Stopped as stopped:
            return stopped.trouble
        ids = [message.remote_id for message in found]
        self._remember(ids, root)
        self._relations.note(ids)
        return tuple(sorted(found, key=lambda message: message.at))

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        """Threads are not asked for again: a message's `thread` may be only what it answers."""
        us = self._whose()
        if not isinstance(us, Owner):
            return self._trouble(us)
        found: dict[str, Inbound | Gone] = {}
        alone: Trouble | None = None
        for remote_id in remote_ids[:LOOK_AT_ONCE]:
            result = self._http.call("GET", _path(remote_id), headers=self._auth)
            if self._control.is_gone(result):
                found[remote_id] = Gone()
            elif mastodon_messages.is_whole(status := _fields(result)):
                found[remote_id] = self._read(status, us, self._known_root(status, us))
            elif failed := self._failed_alone(result):
                alone = failed
            elif not found:
                return self._trouble(self._control.judge(result))
            else:
                break
        return found or alone or {}

    def must_be_there(self, remote_id: str) -> None:
        """Is a message still there to be answered? Raises `PrepareFailed` if not, and if nobody says."""
        result = self._http.call("GET", _path(remote_id), headers=self._auth)
        if self._control.is_gone(result):
            raise PrepareFailed(TARGET_GONE)
        if not mastodon_messages.is_whole(_fields(result)):
            raise http_outcomes.to_unasked(self._control.judge(result))

    def _ask_relations(self, ids: Sequence[str]) -> Result:
        return self._http.call(
            "GET", "/api/v1/accounts/relationships", headers=self._auth, params={"id[]": ids}
        )

    def _unknown(self, result: Result) -> Trouble:
        return self._failed_alone(result) or self._trouble(self._control.judge(result))

    def _failed_alone(self, result: Result) -> Trouble | None:
        """The server fails to show one thing, and is well otherwise: no reason to stop asking for others."""
        outcome = judge(result)
        answered = isinstance(result, Answer) and isinstance(outcome, Refused | Unknown)
        if answered and self._control.knows_us():
            return replace(self._trouble(outcome), alone=True)
        return None

    def _read(self, status: Mapping[str, Any], us: Owner, root: Root, at: object = None) -> Inbound:
        return mastodon_messages.read(status, us, self._domain(), root, at)

    def _root(self, status: Mapping[str, Any], us: Owner) -> Root:
        """The top of a status's thread; a part that cannot be seen any more is the top of what is below it."""
        if mastodon_messages.is_direct(status):
            return (mastodon_messages.PRIVATE, False)
        way = [str(sanitize.identity(status["id"]))]
        while len(way) <= MAX_DEPTH:
            above = mastodon_messages.read_parent_id(status)
            if above is None or above in way:
                return self._remember(way, (way[-1], mastodon_messages.read_author_id(status) == us.id))
            if known := self._roots.get(above):
                return self._remember(way, known)
            result = self._http.call("GET", _path(above), headers=self._auth)
            if not mastodon_messages.is_whole(higher := _fields(result)):
                if self._given_up(above, result):
                    return self._remember(way, (above, _answers_us(status, us)))
                raise _Stopped(self._trouble(self._control.judge(result)))
            way.append(above)
            status = higher
        return self._remember(way, (way[-1], mastodon_messages.read_author_id(status) == us.id))

    def _given_up(self, remote_id: str, result: Result) -> bool:
        """Whether a status will not be shown: it is gone, kept from us, or fails every time."""
        outcome = judge(result)
        if isinstance(outcome, Refused) or self._control.is_gone(result):
            return True
        if not isinstance(result, Answer) or not isinstance(outcome, Unknown):
            return False
        with self._lock:
            self._failed[remote_id] += 1
            return self._failed[remote_id] >= MAX_TRIES

    def _known_root(self, status: Mapping[str, Any], us: Owner) -> Root:
        own_id = str(sanitize.identity(status["id"]))
        guess = (mastodon_messages.read_parent_id(status) or own_id, _answers_us(status, us))
        return self._roots.get(own_id, guess)

    def _remember(self, ids: Sequence[str], root: Root) -> Root:
        with self._lock:
            self._roots.update(dict.fromkeys(ids, root))
            while len(self._roots) > MAX_ROOTS:
                self._roots.popitem(last=False)
        return root

    def _trouble(self, outcome: Outcome) -> Trouble:
        return to_trouble(outcome, self._renew)


def _question(stream: str, us: Owner) -> tuple[str, dict[str, str | Sequence[str]]]:
    """A stream's path and its query."""
    if stream == OWN:
        path = f"/api/v1/accounts/{quote(us.id, safe='')}/statuses"
        return path, {"limit": str(STATUSES_AT_ONCE), "exclude_reblogs": "true"}
    query = {"exclude_types[]": SILENT, "limit": str(NOTICES_AT_ONCE), "include_filtered": "true"}
    return "/api/v1/notifications", query


def _items(result: Result) -> list[dict[str, Any]] | None:
    """The page's items that have an id; None if the answer is no page."""
    page = result.json() if isinstance(result, Answer) and result.status == 200 else None
    if not isinstance(page, list):
        return None
    return [item for item in page if isinstance(item, dict) and sanitize.identity(item.get("id"))]


def _age(item: Mapping[str, Any]) -> tuple[Any, int, str]:
    """Ids are opaque: they only part what is of one moment."""
    remote_id = str(sanitize.identity(item.get("id")))
    return sanitize.moment(item.get("created_at")), len(remote_id), remote_id


def _seen(item: Mapping[str, Any]) -> Seen:
    return Seen(str(sanitize.identity(item.get("id"))), sanitize.moment(item.get("created_at")))


def _date(result: Result | None) -> datetime | None:
    return result.date() if isinstance(result, Answer) else None


def _list_wanted(
    stream: str, items: Sequence[Mapping[str, Any]], us: Owner, direct: bool
) -> list[tuple[Mapping[str, Any], object]]:
    found = (_status(stream, item, us) for item in items)
    return [pair for pair in found if pair is not None and _wanted(stream, pair[0], us, direct)]


def _list_posts(items: Sequence[Mapping[str, Any]], us: Owner, stream: str) -> list[Mapping[str, Any]]:
    """Of the account's own list, what is no answer and everybody may see."""
    return [
        one
        for one in items
        if stream == OWN
        and mastodon_messages.is_whole(one)
        and mastodon_messages.read_author_id(one) == us.id
        and not (one.get("reblog") or mastodon_messages.is_direct(one))
        and mastodon_messages.read_parent_id(one) is None
    ]


def _status(stream: str, item: Mapping[str, Any], us: Owner) -> tuple[Mapping[str, Any], object] | None:
    """The status in an item of a page that says something to us, and when we were told of it."""
    status = item if stream == OWN else item.get("status")
    if not isinstance(status, dict) or not mastodon_messages.is_whole(status):
        return None
    kind = item.get("type")
    if (
        stream != OWN
        and kind not in SPEAK
        and (kind in SILENT or not mastodon_messages.speaks_to(status, us))
    ):
        return None
    return status, item.get("created_at")


def _wanted(stream: str, status: Mapping[str, Any], us: Owner, direct: bool) -> bool:
    ours = mastodon_messages.read_author_id(status) == us.id
    if mastodon_messages.is_direct(status) and not direct:
        return False
    if stream == OWN:
        return ours and not status.get("reblog") and mastodon_messages.read_parent_id(status) is not None
    return not ours


def _answers_us(status: Mapping[str, Any], us: Owner) -> bool:
    return sanitize.identity(status.get("in_reply_to_account_id")) == us.id


def _path(remote_id: str) -> str:
    return f"/api/v1/statuses/{quote(remote_id, safe='')}"


def _fields(result: Result) -> dict[str, Any]:
    return result.fields() if isinstance(result, Answer) and result.status == 200 else {}
