"""One visit to an account: ask it for what is new, or look through one more thread; and have it stored.

Our own answers are fetched *before* the customers' messages and stored after them, so that an answer given in the
network's app always finds the message it answers; fetched the other way round, an answer written between the two
requests would belong to no message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.networks.marks import BEGINNING
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page, Rate, Receiving, Trouble
from bot.observability import get_logger
from bot.services.accounts import profiles
from bot.services.deliveries import comments
from bot.services.inbox import ingest
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store.inbox import cursors, messages
from bot.store.inbox.cursors import Cursor
from bot.workers.first_sync import FirstSync

PART = 10  # messages in one transaction: clicks wait for it
ROOTS = 5  # threads looked through in one sweep
ROOTS_SINCE = timedelta(days=3)
GONE_FOR = 3600.0  # seconds until a post of ours that is gone is asked for again: it may have been a server's mistake
LOOKS = 5  # visits of one sweep that look at messages again; the next sweep goes on behind them
LOOK_BATCH = 5  # messages in one visit, for some networks take a call for each
LOOKS_SINCE = timedelta(days=7)

T = TypeVar("T")
log = get_logger("poller")


@dataclass(frozen=True)
class SweepStep:
    """A part of a sweep: the newest page, one thread, or some messages of one stream."""

    stream: str
    root: str | None = None
    newest: bool = False  # the newest page once more, and of our own answers with the notices
    remote_ids: tuple[str, ...] = ()
    since: datetime | None = None  # the profile whose messages these are is the account's


@dataclass
class VisitResult:
    """What one visit brought."""

    trouble: Trouble | None = None
    rate: Rate | None = None
    calls: int = 0
    new: int = 0
    more: bool = False

    def note(self, answer: Page | Trouble) -> None:
        """What is left of the network's allowance: the least of all answers."""
        if isinstance(answer, Page) and answer.rate is not None:
            tighter = self.rate is None or answer.rate.remaining < self.rate.remaining
            self.rate = answer.rate if tighter else self.rate


@dataclass
class Visitor:
    """Visits one account for one stream; what it remembers may be lost at any moment."""

    services: Services
    account: str
    stream: str
    stopping: Callable[[], bool]
    calling: Callable[[bool], None] = lambda _calling: None  # told around every call: for whom to wait
    asked_from: str | None = None  # the cursor of the last question
    looked_after: str = ""  # id of the last message that was looked at again
    _offered: bool = field(default=False)
    _swept: bool = field(default=False)
    _gone: dict[str, float] = field(default_factory=dict)  # roots that were not there, and when (elapsed)
    _first: dict[str, FirstSync] = field(default_factory=dict)  # by stream, until it is stored
    _since: datetime | None = None  # the account is the profile that is read

    @property
    def direct(self) -> bool:
        """Without a channel for them, direct messages are not asked for."""
        return bool(self.services.policy.private_channel)

    # --- what is new ---------------------------------------------------------------------------------

    def ask(self, connection: Receiving, *, drain: bool = False) -> VisitResult:
        """One page of the stream, stored; with our own answers, unless `drain`: there is more to come."""
        came = VisitResult()
        self._notice_whose()
        self._adopt()
        stands = self.services.look(_cursors, self.account)
        own = None
        if self.stream == NOTICES and OWN in connection.streams and not drain:
            own = self._poll(connection, OWN, stands, came)
        page = self._poll(connection, self.stream, stands, came)
        if isinstance(page, Trouble):
            came.trouble = page
            return came
        cursor = stands.get(self.stream, Cursor(self.stream))
        whole = self._store(self.stream, page, cursor, came)
        came.more = whole and page.more and page.cursor not in (None, self.asked_from)
        self.asked_from = page.cursor
        if own is not None and whole and not came.more:
            self._store_own(own, stands.get(OWN, Cursor(OWN)), came)
        return came

    def _notice_whose(self) -> None:
        """What was read of another profile is of no use any more, to the last id."""
        since = self.services.look(profiles.find_beginning, self.account)
        if since != self._since:
            self._since, self.asked_from, self.looked_after, self._offered = since, None, "", False
            self._first.clear()
            self._gone.clear()

    def _keep(self, store: Callable[..., int | None], *what: Any) -> int:
        """Nothing, where the account has become another profile since it was asked."""
        return self.services.do(profiles.keep_of, self.account, self._since, store, *what) or 0

    def _adopt(self) -> None:
        """Comments that were there before the id of their post was known."""
        if self.stream == NOTICES:
            for root, post_id in self.services.look(comments.find_nameless, self.account):
                self.services.do(comments.adopt, self.account, root, post_id)

    def _poll(
        self, connection: Receiving, stream: str, stands: Mapping[str, Cursor], came: VisitResult
    ) -> Page | Trouble:
        standing = stands.get(stream, Cursor(stream))
        cursor = standing.cursor

        def ask(cursor: str | None) -> Page | Trouble:
            answer = self._call(lambda: connection.poll(stream, cursor, direct=self.direct), came)
            came.note(answer)
            return answer

        if cursor is not None:
            self._first.pop(stream, None)
            return ask(cursor)
        now = self.services.clock.now()
        if stream not in self._first:
            self._first[stream] = FirstSync.begin(self.account, stream, standing.synced_at or now)
        return self._first[stream].go_on(ask, now, self.stopping)

    def _store_own(self, own: Page | Trouble, stands: Cursor, came: VisitResult) -> None:
        if isinstance(own, Page):
            self._store(OWN, own, stands, came)
            return
        came.trouble = own
        if not stands.synced and not self._offered:  # rather offer too many than nobody
            self._offered = True
            self.services.do(ingest.offer, self.account, streams=(NOTICES,))

    def _store(self, stream: str, page: Page, stands: Cursor, came: VisitResult) -> bool:
        """Store it in small transactions; the cursor moves with the last. Nothing is written if nothing came.

        False: Byhand is stopping, and the page will come again."""
        if self._is_known(page, stands):
            self._first.pop(stream, None)
            return True
        for part in _parts(page):
            if self.stopping():
                return False
            came.new += self._keep(ingest.store_page, stream, part, stands.version)
        self._first.pop(stream, None)
        return True

    def _is_known(self, page: Page, stands: Cursor) -> bool:
        if not stands.synced or page.cursor not in (None, stands.cursor):
            return False
        strange = self.services.look(_news, self.account, page.messages) if page.messages else []
        return not strange

    # --- the slower sweep ----------------------------------------------------------------------------

    def sweep(self) -> list[SweepStep]:
        """What is to be looked through: the newest page; of the account, with its notices, also the newest posts'
        threads, and some messages of conversations that go on."""
        self._notice_whose()
        newest = [SweepStep(self.stream, newest=True)] if self._swept else []  # else it was read just now
        self._swept = True
        return newest + self.services.look(self._sweep) if self.stream == NOTICES else newest

    def _sweep(self, work: UnitOfWork) -> list[SweepStep]:
        gone = self._still_gone()
        since = profiles.find_since(work, self.account, work.now - ROOTS_SINCE)
        lately = profiles.find_since(work, self.account, self._looks_since(work))
        batch = self._looks_at_once(work)
        roots = messages.list_recent_roots(work.db, self.account, since, ROOTS, without=gone)
        found = messages.list_to_look_at(
            work.db, self.account, after=self.looked_after, since=lately, limit=LOOKS * batch
        )
        self.looked_after = found[-1][0] if len(found) == LOOKS * batch else ""
        steps = [SweepStep(NOTICES, root=root, since=self._since) for root in roots]
        for stream in dict.fromkeys(stream for _, stream, _ in found):
            ids = [remote_id for _, its, remote_id in found if its == stream]
            steps += [
                SweepStep(stream, remote_ids=tuple(ids[at : at + batch]), since=self._since)
                for at in range(0, len(ids), batch)
            ]
        return steps

    def _looks_at_once(self, work: UnitOfWork) -> int:
        connection = work.accounts.get(self.account)
        return (connection.capabilities.looks_at_once if connection else None) or LOOK_BATCH

    def _looks_since(self, work: UnitOfWork) -> datetime:
        """Where what its author deletes has to go from here, whatever goes on is looked at, however old."""
        connection = work.accounts.get(self.account)
        must_go = connection is not None and connection.capabilities.keeps_ended is not None
        return BEGINNING if must_go else work.now - LOOKS_SINCE

    def _still_gone(self) -> list[str]:
        """Roots that need not be asked for now."""
        now = self.services.clock.elapsed()
        self._gone = {root: at for root, at in self._gone.items() if now - at < GONE_FOR}
        return list(self._gone)

    def take(self, connection: Receiving, step: SweepStep) -> VisitResult:
        """One part of a sweep. A root that is gone says nothing about those who answered it."""
        came = VisitResult()
        self._notice_whose()
        if step.newest:
            self._take_newest(connection, came)
            return came
        if step.since != self._since:  # ids of another profile's
            return came
        if step.root is not None:
            root = step.root
            below = self._call(lambda: connection.thread(root), came)
            if isinstance(below, Trouble):
                came.trouble = self._ends(below)
            elif isinstance(below, tuple):
                self._store_below(below, came)
            else:
                self._gone[root] = self.services.clock.elapsed()
            return came
        found = self._call(lambda: connection.look(step.stream, step.remote_ids), came)
        if isinstance(found, Trouble):
            came.trouble = self._ends(found)
        elif found:
            self._store_look(found)
        return came

    def _ends(self, trouble: Trouble) -> Trouble | None:
        """What ends the sweep. One message that the network fails to show does not: the others are looked at."""
        if not trouble.alone:
            return trouble
        log.info("one message could not be looked at", account=self.account, why=trouble.sentence)
        return None

    def _take_newest(self, connection: Receiving, came: VisitResult) -> None:
        """Whatever the feed's order hid from the cursor. Our own answers are asked for first, and stored last."""
        own = self.stream == NOTICES and OWN in connection.streams
        pages: list[tuple[str, Page]] = []
        for stream in (OWN, self.stream) if own else (self.stream,):
            page = self._newest(connection, stream, came)
            if isinstance(page, Trouble):
                came.trouble = page
                return
            pages.insert(0, (stream, page))
        since = self.services.clock.now() - ROOTS_SINCE
        for stream, page in pages:
            self._store_below(tuple(one for one in page.messages if one.at >= since), came, stream)
            if page.posts:
                self._keep(ingest.notice_posts, page.posts)

    def _newest(self, connection: Receiving, stream: str, came: VisitResult) -> Page | Trouble:
        page = self._call(lambda: connection.poll(stream, None, direct=self.direct), came)
        came.note(page)
        return page

    def _store_below(self, below: tuple[Inbound, ...], came: VisitResult, stream: str = NOTICES) -> None:
        """Mostly all of it is known; then nothing is written."""
        strange = self.services.look(_news, self.account, below)
        for at in range(0, len(strange), PART):
            part = tuple(strange[at : at + PART])
            came.new += self._keep(ingest.store_thread, part, stream)

    def _store_look(self, found: Mapping[str, Inbound | Gone]) -> None:
        changed = self.services.look(_changes, self.account, found)
        if changed:
            self._keep(ingest.store_look, changed)

    # --- calls ---------------------------------------------------------------------------------------

    def _call(self, call: Callable[[], T], came: VisitResult) -> T | Trouble:
        came.calls += 1
        self.calling(True)
        try:
            return call()
        except Exception as error:  # an adapter's bug must not stop the polling of others
            log.exception("an adapter failed while receiving", account=self.account)
            return Trouble(f"{type(error).__name__} in the adapter")
        finally:
            self.calling(False)


def _parts(page: Page) -> Iterator[Page]:
    """The page in small ones, the oldest first; all but the last say that there is more, and move no cursor."""
    found = sorted(page.messages, key=lambda one: (one.at, one.own))
    last = max(len(found) - 1, 0) // PART * PART
    for at in range(0, last, PART):
        yield Page(tuple(found[at : at + PART]), None, more=True)
    yield Page(tuple(found[last:]), page.cursor, more=page.more, posts=page.posts, cut_at=page.cut_at)


def _cursors(work: UnitOfWork, account: str) -> dict[str, Cursor]:
    return cursors.load_of_account(work.db, account)


def _news(work: UnitOfWork, account: str, below: tuple[Inbound, ...]) -> list[Inbound]:
    """What we do not have, or have otherwise."""
    known = messages.find_known(work.db, account, [one.remote_id for one in below])
    return [
        one for one in below if one.remote_id not in known or one.edited_at != known[one.remote_id].edited_at
    ]


def _changes(
    work: UnitOfWork, account: str, found: Mapping[str, Inbound | Gone]
) -> dict[str, Inbound | Gone]:
    """Of what was looked at, all that may have changed."""
    known = messages.find_known(work.db, account, list(found))
    return {
        remote_id: found[remote_id]
        for remote_id, message in known.items()
        if isinstance(now := found[remote_id], Gone)
        or now.edited_at is not None
        or message.deleted_at is not None
    }
