"""Reading what customers write to a Bluesky account in public: notifications, our own answers, threads.

Notifications come newest first and can only be walked backwards, so a poll walks back to where it stood before. A long
walk is not handed over all at once: the oldest pages come first, and the cursors of the newer ones are remembered. If
those are lost, only the walk is repeated, no message is.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.domain.outcomes import Outcome
from bot.networks import http_outcomes, sanitize
from bot.networks.bluesky import messages
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky.questions import QuestionAnswer, Questions, Stopped
from bot.networks.bluesky.session import Session
from bot.networks.receiving import LOOK_AT_ONCE, OWN, Gone, Inbound, Page, Rate, Trouble

AT_ONCE = 100  # notifications or records, the API's largest page
HANDED_OVER = 10  # pages of one poll
WAY_BACK = 500  # pages, the longest way walked back in one poll
OVERLAP = timedelta(seconds=60)  # so far behind the newest, notifications may still appear
RECORD_OVERLAP = timedelta(minutes=10)  # so far behind ours, a colleague's clock may be
AHEAD = timedelta(minutes=1)  # so far ahead of the server's, a colleague's clock may be
MAX_SEEN = 1000
DEPTH = 20  # of a thread
MAX_THREAD = 24 * 1024 * 1024  # bytes
NOT_FOUND = "app.bsky.feed.defs#notFoundPost"
REASONS = ("reply", "mention", "quote")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE_ALL = "2222222222222"  # a record key older than all
EXACTLY = "="  # in front of a record key: go on right behind it


@dataclass(frozen=True)
class Mark:
    """Where a walk back ends: at what is older than `at`, or was seen. `seen` holds digests."""

    at: datetime
    seen: frozenset[str] = frozenset()

    @classmethod
    def read(cls, cursor: str) -> Mark:
        try:
            found = json.loads(cursor)
            at = http_outcomes.parse_iso_moment(found["at"])
            return cls(at or BEGINNING, frozenset(map(str, found["seen"])))
        except (ValueError, TypeError, KeyError):
            return cls(BEGINNING)

    def after(self, notices: Sequence[Mapping[str, Any]]) -> Mark:
        at = max([self.at, *map(_indexed, notices)])
        recent = [_digest(notice) for notice in notices if _indexed(notice) >= at - OVERLAP]
        older = self.seen if self.at >= at - OVERLAP else frozenset()
        return Mark(at, frozenset([*recent, *older][:MAX_SEEN]))

    def write(self) -> str:
        return json.dumps({"at": self.at.isoformat(), "seen": sorted(self.seen)})

    def new(self, notice: Mapping[str, Any]) -> bool:
        return _indexed(notice) >= self.at - OVERLAP and _digest(notice) not in self.seen


class BlueskyInbox:
    """`signed_in` gives the session, or why there is none."""

    def __init__(self, questions: Questions, signed_in: Callable[[], Session | Outcome], handle: str) -> None:
        self._questions = questions
        self._signed_in = signed_in
        self._handle = handle
        self._ways: dict[str, list[str | None]] = {}  # by the cursor they go on from: pages not handed over
        self._lock = threading.Lock()

    def poll(self, stream: str, cursor: str | None) -> Page | Trouble:
        us = self._signed_in()
        if not isinstance(us, Session):
            return self._questions.trouble(us)
        try:
            if stream == OWN:
                return self._own(us, cursor)
            return self._notices(us, cursor) if cursor is not None else self._newest(us)
        except Stopped as stopped:
            return stopped.trouble

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        us = self._signed_in()
        if not isinstance(us, Session):
            return self._questions.trouble(us)
        params = {"uri": remote_id, "depth": str(DEPTH), "parentHeight": "0"}
        try:
            said = self._questions.ask("app.bsky.feed.getPostThread", params, "thread", max_answer=MAX_THREAD)
        except Stopped as stopped:
            if stopped.code == "NotFound":
                return Gone()
            return self._questions.failed_alone(stopped, us.did) or stopped.trouble
        root = messages.read_part(said.fields, "thread")
        if root.get("$type") == NOT_FOUND:
            return Gone()
        found = self._read(_below(root), us)
        return tuple(sorted(found, key=lambda message: message.at))

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        us = self._signed_in()
        if not isinstance(us, Session):
            return self._questions.trouble(us)
        wanted = list(remote_ids[:LOOK_AT_ONCE])
        try:
            views = self._views(wanted, us)
        except Stopped as stopped:
            return self._questions.failed_alone(stopped, us.did) or stopped.trouble
        there = {message.remote_id: message for message in self._read(filter(None, views.values()), us)}
        gone: dict[str, Inbound | Gone] = {uri: Gone() for uri, view in views.items() if view is None}
        return gone | there

    def _views(self, wanted: Sequence[str], us: Session) -> dict[str, Mapping[str, Any] | None]:
        """Each post's view, None if it is not there. If the server dislikes one of them, each is asked for by itself,
        and whatever it does not like is left out. Raises `Stopped`."""
        if not wanted:
            return {}
        try:
            views = self._questions.posts(wanted)
            return {uri: views.get(uri) for uri in wanted}
        except Stopped as stopped:
            if len(wanted) == 1 or self._questions.failed_alone(stopped, us.did) is None:
                raise
        found: dict[str, Mapping[str, Any] | None] = {}
        for uri in wanted:
            try:
                found |= self._views([uri], us)
            except Stopped as stopped:
                if not stopped.answered:
                    raise
        return found

    def _newest(self, us: Session) -> Page:
        said = self._page(None)
        notices = said.items("notifications")
        return self._handed_over(us, notices, Mark(BEGINNING).after(notices).write(), False, said.rate)

    def _notices(self, us: Session, cursor: str) -> Page:
        mark = Mark.read(cursor)
        with self._lock:
            way = self._ways.get(cursor)
        pages, left = self._along(way) if way else self._back_to(mark)
        notices = [notice for page in pages for notice in page.items("notifications") if mark.new(notice)]
        stands_at = mark.after(notices).write()
        with self._lock:
            self._ways = {stands_at: left} if left else {}
        rate = pages[-1].rate if pages else None
        return self._handed_over(us, notices, stands_at if notices else None, bool(left), rate)

    def _back_to(self, mark: Mark) -> tuple[list[QuestionAnswer], list[str | None]]:
        """The deepest pages of the way back to the mark, newest first, and where the others begin."""
        way: list[str | None] = []
        pages: deque[QuestionAnswer] = deque(maxlen=HANDED_OVER)
        start: str | None = None
        while len(way) < WAY_BACK:
            said = self._page(start)
            notices = said.items("notifications")
            if way and not any(map(mark.new, notices)) and notices:
                break
            way.append(start)
            pages.append(said)
            start = said.cursor()
            if start is None or start in way or not all(map(mark.new, notices)):
                break
        return list(pages), way[: -len(pages)]

    def _along(self, way: list[str | None]) -> tuple[list[QuestionAnswer], list[str | None]]:
        return [self._page(start) for start in way[-HANDED_OVER:]], way[:-HANDED_OVER]

    def _page(self, start: str | None) -> QuestionAnswer:
        params: dict[str, str | Sequence[str]] = {"reasons": REASONS, "limit": str(AT_ONCE)}
        if start is not None:
            params["cursor"] = start
        return self._questions.ask("app.bsky.notification.listNotifications", params, "notifications")

    def _handed_over(
        self,
        us: Session,
        notices: Sequence[Mapping[str, Any]],
        cursor: str | None,
        more: bool,
        rate: Rate | None,
    ) -> Page:
        """The oldest first; what is not by a customer, or not of a kind we asked for, left out."""
        oldest_first = list(reversed(notices))
        oldest_first.sort(key=_indexed)
        wanted = [
            notice
            for notice in oldest_first
            if notice.get("reason") in REASONS and messages.read_part(notice, "author").get("did") != us.did
        ]
        return Page(tuple(self._read(self._with_pictures(wanted), us)), cursor, more, rate)

    def _with_pictures(self, notices: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """A notification does not say where its pictures are; the view of the post does."""
        uris = [str(one.get("uri")) for one in notices if messages.read_part(one, "record").get("embed")]
        try:
            views = self._questions.posts(uris)
        except Stopped:
            views = {}
        return [{"embed": views.get(str(one.get("uri")), {}).get("embed"), **one} for one in notices]

    def _own(self, us: Session, cursor: str | None) -> Page:
        """Our answers, with whatever they were written. Record keys are made of the writer's clock."""
        params = {"repo": us.did, "collection": bluesky_record.COLLECTION, "limit": str(AT_ONCE)}
        if cursor is not None:
            params |= {"reverse": "true", "cursor": _behind(cursor)}
        said = self._questions.ask("com.atproto.repo.listRecords", params, "records")
        records = sorted(said.items("records"), key=lambda record: str(record.get("uri")))
        author = {"did": us.did, "handle": self._handle}
        views = [{**one, "author": author, "record": one.get("value")} for one in records]
        answered = [view for view in views if messages.read_part(view, "record", "reply")]
        more = cursor is not None and len(records) >= AT_ONCE
        known = cursor.removeprefix(EXACTLY) if cursor is not None else BEFORE_ALL
        newest = max([known, *(str(one.get("uri")).rpartition("/")[2] for one in records)])
        if more:
            return Page(tuple(self._read(answered, us)), f"{EXACTLY}{newest}", newest != known, said.rate)
        if said.at is not None:  # a key from the future would hide what comes before it
            newest = min(newest, max(known, bluesky_record.make_first_key(said.at + AHEAD)))
        return Page(tuple(self._read(answered, us)), newest, rate=said.rate)

    def _read(self, views: Any, us: Session) -> list[Inbound]:
        posts = [view for view in views if messages.is_whole(view)]
        others = {str(view["author"]["did"]) for view in posts} - {us.did}
        followers = self._questions.followers(others)
        return [messages.read_post(view, us.did, self._handle, followers) for view in posts]


def _below(root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every post below the root of a thread; hidden and deleted ones have no `post`."""
    found: list[Mapping[str, Any]] = []
    waiting = messages.read_items(root.get("replies"))
    while waiting:
        node = waiting.pop()
        if view := messages.read_part(node, "post"):
            found.append(view)
        waiting += messages.read_items(node.get("replies"))
    return found


def _behind(cursor: str) -> str:
    """Some way behind the newest key we know, unless there is more right behind it."""
    if cursor.startswith(EXACTLY):
        return cursor.removeprefix(EXACTLY)
    return bluesky_record.move_key_back(cursor, RECORD_OVERLAP)


def _indexed(notice: Mapping[str, Any]) -> datetime:
    return http_outcomes.parse_iso_moment(sanitize.words(notice.get("indexedAt"), 40)) or BEGINNING


def _digest(notice: Mapping[str, Any]) -> str:
    return sha256(str(notice.get("uri")).encode(errors="replace")).hexdigest()[:12]
