"""Reading what customers write to a Bluesky account in public: notifications, our own answers, threads.

Notifications come newest first and can only be walked backwards, so a poll walks back to some way behind where it stood
before (`marks.py`): some appear late. A long
walk is not handed over all at once: the oldest pages come first, and the cursors of the newer ones are remembered. If
those are lost, only the walk is repeated, no message is.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.domain.outcomes import Outcome
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.bluesky import messages
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky.questions import QuestionAnswer, Questions, Stopped
from bot.networks.bluesky.session import Session
from bot.networks.marks import BEGINNING, Mark, Seen
from bot.networks.receiving import LOOK_AT_ONCE, OWN, Gone, Inbound, Older, Page, Rate, Trouble

AT_ONCE = 100  # notifications or records, the API's largest page
HANDED_OVER = 10  # pages of one poll
WAY_BACK = 500  # pages, the longest way walked back in one poll
OLD_OVERLAP = timedelta(seconds=60)  # of cursors of earlier versions
AHEAD = timedelta(minutes=1)  # so far ahead of the server's, a colleague's clock may be
DEPTH = 20  # of a thread
MAX_THREAD = 24 * 1024 * 1024  # bytes
NOT_FOUND = "app.bsky.feed.defs#notFoundPost"
REASONS = ("reply", "mention", "quote")
BEFORE_ALL = "2222222222222"  # a record key older than all
EXACTLY = "="  # in front of a record key, in cursors of earlier versions: go on right behind it


Way = tuple[
    list[QuestionAnswer], list[str | None], QuestionAnswer
]  # pages, where more begin, the last answer


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
            back = cursor is None or cursor.startswith(marks.BACK)
            if stream == OWN:
                return self._own_back(us, cursor) if back else self._own(us, str(cursor))
            return self._back(us, cursor) if back else self._notices(us, str(cursor))
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
        found = self._read([view for view in _below(root) if not _is_left_out(view)], us)
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

    def _back(self, us: Session, cursor: str | None) -> Page:
        """The newest page, or the one before another."""
        said = self._page(cursor.removeprefix(marks.BACK) if cursor else None)
        notices = said.items("notifications")
        seen = [_seen(notice) for notice in notices]
        reaches = min((one.at for one in seen), default=BEGINNING)
        mark = Mark(floor=reaches if said.cursor() else BEGINNING).add(seen, now=said.at)
        page = self._handed_over(us, notices, None if cursor else mark.write(), False, said.rate)
        return replace(page, older=_older(said, reaches))

    def _notices(self, us: Session, cursor: str) -> Page:
        mark = Mark.read(cursor) or _read_old(cursor)
        with self._lock:
            way = self._ways.get(cursor)
        pages, left, last = self._along(way) if way else self._back_to(mark)
        notices = [notice for page in pages for notice in _list_new(mark, page)]
        stands_at = mark.add([_seen(notice) for notice in notices], now=last.at).write()
        with self._lock:
            self._ways = {stands_at: left} if left else {}
        return self._handed_over(us, notices, stands_at if notices else None, bool(left), last.rate)

    def _back_to(self, mark: Mark) -> Way:
        """Of the way back to where the overlap begins, the deepest pages that have something new, and where the
        others begin."""
        way: list[str | None] = []
        pages: deque[QuestionAnswer] = deque(maxlen=HANDED_OVER)
        start: str | None = None
        asked: set[str | None] = set()
        while True:
            asked.add(start)
            said = self._page(start)
            if _list_new(mark, said):
                way.append(start)
                pages.append(said)
            dates = map(_indexed, said.items("notifications"))
            reached = any(BEGINNING < date < mark.floor for date in dates)
            start = said.cursor()
            if reached or start is None or start in asked or len(asked) >= WAY_BACK:
                return list(pages), way[: len(way) - len(pages)], said

    def _along(self, way: list[str | None]) -> Way:
        pages = [self._page(start) for start in way[-HANDED_OVER:]]
        return pages, way[:-HANDED_OVER], pages[-1]

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

    def _own_back(self, us: Session, cursor: str | None) -> Page:
        said = self._records(us, {"cursor": cursor.removeprefix(marks.BACK)} if cursor else {})
        records = said.items("records")
        seen = sorted(map(_record_seen, records), key=lambda one: one.id)
        late = bluesky_record.make_first_key(said.at - marks.OVERLAP) if said.at else BEFORE_ALL
        after = min(seen[0].id, late) if seen else BEFORE_ALL
        mark = Mark(after).add(seen, now=said.at and said.at + AHEAD)
        older = Older(marks.BACK + seen[0].id, seen[0].at) if seen and said.cursor() else None
        return Page(self._answers(us, records), None if cursor else mark.write(), rate=said.rate, older=older)

    def _own(self, us: Session, cursor: str) -> Page:
        """Our answers, with whatever they were written. Record keys are made of the writer's clock."""
        last: QuestionAnswer | None = None

        def ask(after: str) -> marks.Slice[Mapping[str, Any]]:
            nonlocal last
            last = self._records(us, {"reverse": "true", "cursor": after})
            records = sorted(last.items("records"), key=_key)
            now = last.at and last.at + AHEAD  # a key from the future would hide what comes before it
            found = [(_record_seen(record), record) for record in records]
            return marks.Slice(found, len(records) >= AT_ONCE, now)

        walked = marks.walk(Mark.read(cursor) or Mark(_behind(cursor)), ask)
        stands_at = walked.mark.write() if walked.mark else None
        return Page(self._answers(us, walked.new), stands_at, walked.more, last.rate if last else None)

    def _records(self, us: Session, more: Mapping[str, str]) -> QuestionAnswer:
        params = {"repo": us.did, "collection": bluesky_record.COLLECTION, "limit": str(AT_ONCE)}
        return self._questions.ask("com.atproto.repo.listRecords", {**params, **more}, "records")

    def _answers(self, us: Session, records: Sequence[Mapping[str, Any]]) -> tuple[Inbound, ...]:
        """The oldest first; what answers nobody is left out."""
        author = {"did": us.did, "handle": self._handle}
        views = [{**one, "author": author, "record": one.get("value")} for one in sorted(records, key=_key)]
        return tuple(self._read([one for one in views if messages.read_part(one, "record", "reply")], us))

    def _read(self, views: Any, us: Session) -> list[Inbound]:
        posts = [view for view in views if messages.is_whole(view)]
        others = {str(view["author"]["did"]) for view in posts} - {us.did}
        followers = self._questions.followers(others)
        return [messages.read_post(view, us.did, self._handle, followers) for view in posts]


def _is_left_out(view: Mapping[str, Any]) -> bool:
    """Its author or its thread was muted, or its author blocked."""
    muted = messages.read_part(view, "viewer").get("threadMuted") is True
    return muted or messages.is_left_out(messages.read_part(view, "author"))


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
    """Where the overlap began in earlier versions."""
    if cursor.startswith(EXACTLY):
        return cursor.removeprefix(EXACTLY)
    return bluesky_record.move_key_back(cursor, marks.OVERLAP)


def _read_old(cursor: str) -> Mark:
    """A mark of an earlier version: a moment, and what was seen in the minute before it."""
    try:
        found = json.loads(cursor)
        at = http_outcomes.parse_iso_moment(found["at"])
        seen = tuple(Seen(str(digest), at) for digest in found["seen"]) if at else ()
        return Mark(floor=at - OLD_OVERLAP, seen=seen) if at else Mark()
    except (ValueError, TypeError, KeyError):
        return Mark()


def _older(said: QuestionAnswer, at: datetime) -> Older | None:
    there = said.cursor()
    return Older(marks.BACK + there, at) if there else None


def _list_new(mark: Mark, said: QuestionAnswer) -> list[Mapping[str, Any]]:
    notices = said.items("notifications")
    new = {one.id for one in mark.list_new(map(_seen, notices))}
    return [one for one in notices if _digest(one) in new and _indexed(one) >= mark.floor]


def _seen(notice: Mapping[str, Any]) -> Seen:
    return Seen(_digest(notice), _indexed(notice))


def _record_seen(record: Mapping[str, Any]) -> Seen:
    return Seen(_key(record), bluesky_record.read_key_moment(_key(record)) or BEGINNING)


def _key(record: Mapping[str, Any]) -> str:
    return str(record.get("uri")).rpartition("/")[2]


def _indexed(notice: Mapping[str, Any]) -> datetime:
    return http_outcomes.parse_iso_moment(sanitize.words(notice.get("indexedAt"), 40)) or BEGINNING


def _digest(notice: Mapping[str, Any]) -> str:
    return sha256(str(notice.get("uri")).encode(errors="replace")).hexdigest()[:12]
