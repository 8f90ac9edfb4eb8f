"""The first sync: back to the hour's edge and some way further, in bounded steps, once however often it begins."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from bot.domain.conversations import OFFERED_AT_MOST, OFFERED_SINCE, Stage
from bot.networks.receiving import NOTICES, OWN, RELAYED, Inbound, Older, Page, Rate, Trouble
from bot.services.inbox import ingest
from bot.services.queries.inbox import load_offer_card
from bot.slack.views.inbox.cards_of_many import draw_offer_card
from bot.workers import first_sync
from bot.workers.first_sync import FirstSync
from tests.backend import Backend
from tests.inbox_messages import Inbox
from tests.workers.test_polling import Watched

PAGE = 10


class Past:
    """A stream with a past: pages of ten, the newest first, one a minute."""

    def __init__(self, inbox: Inbox, many: int, *, left: int = 1000) -> None:
        self.now = inbox.now
        self.messages = [inbox.write(f"{n}", ago=many - n) for n in range(many)]
        self.left = left
        self.asked: list[str | None] = []

    def ask(self, cursor: str | None) -> Page | Trouble:
        self.asked.append(cursor)
        self.left -= 1
        end = len(self.messages) if cursor is None else int(cursor)
        begin = max(0, end - PAGE)
        page = self.messages[begin:end]
        older = Older(str(begin), page[0].at) if begin else None
        rate = Rate(max(self.left, 0), 1000, self.now + timedelta(minutes=5))
        return Page(tuple(page), None if cursor else "stands", rate=rate, older=older)

    def read(self, sync: FirstSync | None = None) -> Page | Trouble:
        sync = sync or FirstSync.begin("bakery", NOTICES, self.now)
        return sync.go_on(self.ask, self.now, lambda: False)


@pytest.fixture
def inbox(sqlite_backend: Backend) -> Inbox:
    return Inbox(sqlite_backend)


def newer(messages: tuple[Inbound, ...], than: datetime) -> int:
    return sum(one.at >= than for one in messages)


def test_the_whole_hour_and_a_bounded_part_of_what_is_older(inbox: Inbox) -> None:
    past = Past(inbox, 2000)
    page = past.read()
    assert isinstance(page, Page)
    assert (page.cursor, page.older) == ("stands", None)
    assert newer(page.messages, past.now - RELAYED) == 60
    assert OFFERED_AT_MOST <= len(page.messages) - 60 < OFFERED_AT_MOST + PAGE
    assert list(page.messages) == past.messages[-len(page.messages) :], "the oldest first"


def test_not_further_than_a_week(inbox: Inbox) -> None:
    past = Past(inbox, 100)
    past.messages = [inbox.write(f"{n}", ago=60 * 24 * (50 - n)) for n in range(50)]
    page = past.read()
    assert isinstance(page, Page)
    assert page.messages[0].at < past.now - OFFERED_SINCE, "whole pages are read"
    assert len(past.asked) == 1


def test_an_hour_without_end_has_one(inbox: Inbox) -> None:
    past = Past(inbox, 10)
    never = Page((), None, older=None)
    asked: list[str | None] = []

    def ask(cursor: str | None) -> Page:
        asked.append(cursor)
        return Page((), "stands", older=Older(str(len(asked)), past.now))

    page = FirstSync.begin("bakery", NOTICES, past.now).go_on(ask, past.now, lambda: False)
    assert isinstance(page, Page)
    assert (len(asked), never.older) == (first_sync.MOST_PAGES, None)
    assert page.cut_at == past.now, "people are told from when on it was read"


def test_a_page_that_leads_to_itself_is_the_last(inbox: Inbox) -> None:
    asked: list[str | None] = []

    def ask(cursor: str | None) -> Page:
        asked.append(cursor)
        return Page((), "stands", older=Older("same", inbox.now))

    FirstSync.begin("bakery", NOTICES, inbox.now).go_on(ask, inbox.now, lambda: False)
    assert asked == [None, "same"]


def test_it_leaves_a_part_of_the_allowance_and_goes_on_where_it_was(inbox: Inbox) -> None:
    past = Past(inbox, 2000, left=203)
    sync = FirstSync.begin("bakery", NOTICES, past.now)
    wait = past.read(sync)
    assert isinstance(wait, Trouble)
    assert wait.at == past.now + timedelta(minutes=5)
    asked = len(past.asked)
    assert asked == 3
    past.left = 1000
    page = past.read(sync)
    assert isinstance(page, Page)
    assert len(set(past.asked)) == len(past.asked), "nothing was asked for twice"
    assert newer(page.messages, past.now - RELAYED) == 60


def test_trouble_on_the_way_stores_nothing_and_begins_nothing_again(inbox: Inbox) -> None:
    past = Past(inbox, 500)
    sync = FirstSync.begin("bakery", NOTICES, past.now)
    honest = past.ask
    past.ask = lambda cursor: Trouble("away") if len(past.asked) == 4 else honest(cursor)  # type: ignore[method-assign]  # a fault
    assert isinstance(past.read(sync), Trouble)
    past.ask = honest  # type: ignore[method-assign]  # and its end
    page = past.read(sync)
    assert isinstance(page, Page)
    assert past.asked.count(None) == 1


def test_people_are_told_that_more_came_in_than_was_read(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood in the log only; the rest of the hour was neither relayed nor offered."""
    monkeypatch.setattr(first_sync, "MOST_PAGES", 1)
    for number in range(120):
        sqlite_backend.network.customer_writes(f"Guest {number}", f"Number {number}", to="bakery")
        sqlite_backend.clock.push(timedelta(seconds=10))
    watched = Watched(sqlite_backend)
    stages = Counter(watched.inbox.stages())
    assert 0 < stages[Stage.OPEN] < 120
    assert len(watched.inbox.cards("offer")) == 1
    card = sqlite_backend.services.look(load_offer_card, "bakery")
    assert (card.count, card.by) == (0, None)
    assert card.unread_before is not None
    drawn = str(draw_offer_card(card).blocks)
    assert "Please look on Bakery: more came in than Byhand reads when it starts there" in drawn
    assert "Byhand has read nothing on Bakery from before" in drawn
    watched.turn(minutes=1)
    assert len(watched.inbox.cards("offer")) == 1, "once"
    watched.poller.stop(timedelta(seconds=10))


def test_a_sync_that_reaches_the_hours_edge_is_not_cut(inbox: Inbox) -> None:
    page = Past(inbox, 2000).read()
    assert isinstance(page, Page)
    assert page.cut_at is None


# --- through the real adapter ---------------------------------------------------------------------------


def test_all_of_the_last_hour_is_relayed_and_older_ones_are_offered(sqlite_backend: Backend) -> None:
    for number in range(90):
        sqlite_backend.network.customer_writes(f"Old {number}", f"Old {number}", to="bakery")
        sqlite_backend.clock.push(timedelta(seconds=60))
    sqlite_backend.clock.push(timedelta(hours=2))
    for number in range(171):
        sqlite_backend.network.customer_writes(f"New {number}", f"New {number}", to="bakery")
        sqlite_backend.clock.push(timedelta(seconds=15))
    watched = Watched(sqlite_backend)
    assert Counter(watched.inbox.stages()) == {Stage.OPEN: 171, Stage.OFFERED: 90}
    assert len(watched.inbox.cards("offer")) == 1
    watched.turn(minutes=1)
    watched.turn(minutes=11)
    watched.turn(minutes=11)
    assert len(watched.inbox.stages()) == 261
    watched.poller.stop(timedelta(seconds=10))


def test_our_answers_are_read_as_far_back(sqlite_backend: Backend) -> None:
    network = sqlite_backend.network
    wrote = [network.customer_writes(f"Guest {n}", f"Number {n}", to="bakery") for n in range(90)]
    for remote_id in wrote:
        network.we_answer_in_app(remote_id, "Yes")
        sqlite_backend.clock.push(timedelta(seconds=10))
    watched = Watched(sqlite_backend)
    assert Counter(watched.inbox.stages()) == {Stage.ANSWERED: 90}
    watched.poller.stop(timedelta(seconds=10))


def test_a_crash_in_the_middle_begins_again_without_doubles(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(120):
        sqlite_backend.network.customer_writes(f"Guest {number}", f"Number {number}", to="bakery")
        sqlite_backend.clock.push(timedelta(seconds=10))
    honest, parts = ingest.store_page, []

    def dies(work: object, *rest: object) -> int:
        parts.append(rest)
        if len(parts) == 5:
            raise MemoryError
        return honest(work, *rest)  # type: ignore[arg-type]  # handed on as it came

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "store_page", dies)
        first = Watched(sqlite_backend)
        assert 0 < len(first.inbox.stages()) < 120
        first.poller.stop(timedelta(seconds=10))
    again = Watched(sqlite_backend)
    assert Counter(again.inbox.stages()) == {Stage.OPEN: 120}
    assert (again.inbox.version(NOTICES), again.inbox.version(OWN)) == (1, 1)
    again.turn(minutes=1)
    assert len(again.inbox.stages()) == 120
    again.poller.stop(timedelta(seconds=10))
