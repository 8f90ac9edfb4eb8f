"""Where somebody goes on reading a request for approval."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.domain.refusals import AskedAlready
from bot.domain.shown.approval_requests import ReadThrough
from bot.services import approval_requests
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import approval_requests as queries
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations
from bot.store.posts import posts
from tests.backend import ANNA, MAYA, TOM, Backend, key

DAY = 24 * 60


def test_one_goes_on_at_the_first_that_one_can_approve(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the others no page is made: Slack waits three seconds for a dialog."""
    backend = sqlite_backend
    backend.services = replace(backend.services, policy=replace(backend.policy, approvals=2))
    planned = [backend.plan(f"Bread of day {number}", minutes=number * DAY) for number in range(1, 12)]
    asked = [backend.post(seen) for seen in planned]
    request = backend.services.do(approval_requests.ask, MAYA, asked, key())
    for seen in planned[:9]:
        backend.services.do(review.approve, TOM, seen, key())
    backend.services.do(review.kill, MAYA, planned[9], key())
    pages: list[int] = []
    load = queries.load_read_through

    def counted(work: UnitOfWork, person: Person, request_id: str, place: int) -> ReadThrough:
        pages.append(place)
        return load(work, person, request_id, place)

    monkeypatch.setattr(queries, "load_read_through", counted)
    begun = [backend.services.look(queries.begin_read_through, one, request.id) for one in (TOM, ANNA, MAYA)]
    assert [page.place for page in begun] == [10, 0, 0]
    assert [page.begins for page in begun] == [True, False, False]
    assert pages == [10, 0, 0], "and for Maya, who can approve none, the first"


def test_who_begins_further_on_is_told_how_many_before_it_must_be_fixed(backend: Backend) -> None:
    """Seen: Read through began at "2 of 8" and did not say why; the first post had an image without alt text."""
    bad, good = backend.with_image(minutes=DAY, alt=""), backend.plan("Bread", minutes=2 * DAY)
    asked = [backend.post(seen) for seen in (bad, good)]
    request = backend.services.do(approval_requests.ask, MAYA, asked, key())
    page = backend.services.look(queries.begin_read_through, TOM, request.id)
    assert (page.place, page.begins, page.to_fix) == (1, True, 1)
    turned_to = backend.services.look(queries.load_read_through, TOM, request.id, 1)
    assert (turned_to.begins, turned_to.to_fix) == (False, 0), "whoever leafs there knows"


def test_nobody_is_asked_twice_for_the_same(backend: Backend) -> None:
    """Also in another order: A and B, then A and C, then A and B again, which rang a third time."""
    one, two, three = (backend.plan(f"Bread {number}", minutes=(number + 1) * 24 * 60) for number in range(3))

    def ask(*which: Seen) -> None:
        backend.services.do(approval_requests.ask, MAYA, [backend.post(seen) for seen in which], key())

    ask(one, two)
    ask(one, three)
    with pytest.raises(AskedAlready):
        ask(one, two)
    backend.clock.push(timedelta(minutes=1))
    backend.services.do(edit.save_edit, MAYA, one, Changes("Other bread", backend.post(one).slot), key())
    ask(one, two)


def test_of_two_who_ask_at_once_one_is_told_of_the_other(backend: Backend) -> None:
    planned = backend.post(backend.plan(minutes=24 * 60))
    gate = Barrier(2)

    def ask(person: Person) -> str:
        gate.wait(10)
        try:
            backend.services.do(approval_requests.ask, person, [planned], key())
        except AskedAlready:
            return "told"
        return "asked"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(ask, (MAYA, TOM))) == ["asked", "told"]


def test_posts_are_locked_before_the_hour(sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a review that opens, which holds its post and then takes the hour. A request's rows refer to posts, and
    PostgreSQL locks those for it: the other way round the two wait for each other."""
    planned = sqlite_backend.post(sqlite_backend.plan(minutes=DAY))
    taken: list[str] = []
    monkeypatch.setattr(posts, "lock_these", lambda _db, _ids: taken.append("posts"))
    monkeypatch.setattr(conversations, "lock_hour", lambda _db: taken.append("hour"))
    sqlite_backend.services.do(approval_requests.ask, MAYA, [planned], key())
    assert taken == ["posts", "hour"]
