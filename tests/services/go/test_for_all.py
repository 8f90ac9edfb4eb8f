"""Go for several posts at once: for all that were opened, as they were opened, or for none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.go_requests import Opened
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.domain.refusals import GoNotSaid, OnlyMembersOrAsk, Repeated
from bot.domain.shown.approval_requests import GoPage
from bot.observability import Metrics
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.go.for_all import say_go_to_each
from bot.services.posts import edit, review
from bot.services.posts.decisions import note_decision
from bot.services.posts.edit import Changes
from bot.services.queries.approval_requests import find_first_to_go, find_next_to_go, load_go_page
from bot.store.engine.store import Store
from tests.backend import ANNA, GIL, MAYA, TOM, Backend, ManualClock, key
from tests.services.go.test_together import LEAD, messages, pause_and_resume, plan, push_to
from tests.services.posts.test_go_at_once import at_once


@pytest.fixture
def planned(sqlite_backend: Backend) -> list[Seen]:
    """Three of the same minute that ask for a Go."""
    return open_three(sqlite_backend)


def open_three(backend: Backend) -> list[Seen]:
    planned = plan(backend, 0, 0, 0)
    push_to(backend, LEAD)
    return planned


def look(
    backend: Backend, person: Person, seen: Seen | None, opened: Sequence[Opened] = (), which: int = 0
) -> GoPage:
    request = messages(backend)[which].id
    return backend.services.look(load_go_page, person, request, seen.post_id if seen else None, opened)


def open_all(backend: Backend, person: Person, planned: Sequence[Seen]) -> tuple[Opened, ...]:
    """What the dialog carries once every page was shown."""
    opened: tuple[Opened, ...] = ()
    for seen in planned:
        opened = look(backend, person, seen, opened).opened
    return opened


def say(backend: Backend, person: Person, opened: Sequence[Opened]) -> None:
    backend.services.do(say_go_to_each, person, opened, key())


def statuses(backend: Backend, planned: Sequence[Seen]) -> list[Status]:
    return [backend.status(seen) for seen in planned]


def test_all_that_were_opened_get_their_go(sqlite_backend: Backend, planned: list[Seen]) -> None:
    backend = sqlite_backend
    opened = open_all(backend, MAYA, planned)
    last = look(backend, MAYA, None, opened)
    assert (len(last.asking), last.unopened, last.why_not) == (3, (), None)
    say(backend, MAYA, last.opened)
    assert statuses(backend, planned) == [Status.APPROVED] * 3
    assert look(backend, MAYA, None, opened).asking == ()


def test_what_was_not_opened_is_named(sqlite_backend: Backend, planned: list[Seen]) -> None:
    opened = open_all(sqlite_backend, MAYA, planned[:2])
    last = look(sqlite_backend, MAYA, None, opened)
    assert [row.card.seen.post_id for row in last.unopened] == [planned[2].post_id]


def test_a_click_counts_once(sqlite_backend: Backend, planned: list[Seen]) -> None:
    opened, click = open_all(sqlite_backend, MAYA, planned), key()
    sqlite_backend.services.do(say_go_to_each, MAYA, opened, click)
    with pytest.raises(Repeated):
        sqlite_backend.services.do(say_go_to_each, MAYA, opened, click)


def test_a_guest_says_none(sqlite_backend: Backend, planned: list[Seen]) -> None:
    opened = open_all(sqlite_backend, GIL, planned)
    assert "Only full members" in str(look(sqlite_backend, GIL, planned[0]).why_not)
    with pytest.raises(OnlyMembersOrAsk):
        say(sqlite_backend, GIL, opened)


def edited(backend: Backend, seen: Seen) -> None:
    changes = Changes("Other bread", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, changes, key())


CHANGES: dict[str, tuple[Callable[[Backend, Seen], object], str]] = {
    "edit": (edited, "“Bread 1” has changed since you opened it."),
    "hold": (
        lambda backend, seen: backend.services.do(review.hold, TOM, seen, key()),
        "No Go was said. “Bread 1” was put on hold by a colleague at 08:30.",
    ),
    "kill": (
        lambda backend, seen: backend.services.do(review.kill, TOM, seen, key()),
        "No Go was said. “Bread 1” was killed by a colleague at 08:30.",
    ),
    "new slot": (
        lambda backend, seen: backend.services.do(
            review.move, TOM, seen, backend.clock.now() + timedelta(minutes=20), key()
        ),
        "“Bread 1” has changed since you opened it.",
    ),
    "pause": (lambda backend, _seen: pause_and_resume(backend), "“Bread 0” was paused after you opened it."),
    "slot passed": (
        lambda backend, _seen: backend.clock.push(timedelta(minutes=LEAD)),
        "No Go was said, because of “Bread 0”. That slot has passed.",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_named_and_none_gets_a_go(
    sqlite_backend: Backend, planned: list[Seen], what: str
) -> None:
    backend = sqlite_backend
    opened = open_all(backend, ANNA, planned)
    change, told = CHANGES[what]
    change(backend, planned[1])
    with pytest.raises(GoNotSaid) as refused:
        say(backend, ANNA, opened)
    assert told in refused.value.sentence
    assert Status.APPROVED not in statuses(backend, planned)
    left = look(backend, ANNA, None, opened)
    still = {"new slot": [0, 1, 2], "pause": [0, 1, 2], "slot passed": []}.get(what, [0, 2])
    assert {row.card.seen.post_id for row in left.asking} == {planned[each].post_id for each in still}
    changed = {"new slot": [1], "pause": [0, 1, 2]}.get(what, [])
    assert {row.card.seen.post_id for row in left.unopened} == {planned[each].post_id for each in changed}


def test_one_that_has_its_go_by_now_is_no_reason_to_refuse(
    sqlite_backend: Backend, planned: list[Seen]
) -> None:
    opened = open_all(sqlite_backend, MAYA, planned)
    sqlite_backend.services.do(review.go, TOM, planned[0], key())
    say(sqlite_backend, MAYA, opened)
    assert statuses(sqlite_backend, planned) == [Status.APPROVED] * 3


@pytest.mark.parametrize("said_before", [0, 1])
def test_dashboards_count_each_posts_go(
    sqlite_backend: Backend, planned: list[Seen], said_before: int
) -> None:
    """One press of *Go for all 3* was one decision."""
    metrics = Metrics()
    sqlite_backend.services = replace(sqlite_backend.services, done=partial(note_decision, metrics))
    opened = open_all(sqlite_backend, MAYA, planned)
    for seen in planned[:said_before]:
        sqlite_backend.services.do(review.go, TOM, seen, key())
    say(sqlite_backend, MAYA, opened)
    assert b'byhand_decisions_total{verb="go"} 3.0' in metrics.text()


def test_where_all_have_it_somebody_was_faster(sqlite_backend: Backend, planned: list[Seen]) -> None:
    opened = open_all(sqlite_backend, MAYA, planned)
    say(sqlite_backend, TOM, opened)
    with pytest.raises(GoNotSaid, match="Somebody else has said Go"):
        say(sqlite_backend, MAYA, opened)


def test_after_a_pause_only_an_approver_says_it(sqlite_backend: Backend, planned: list[Seen]) -> None:
    backend = sqlite_backend
    pause_and_resume(backend)
    opened = open_all(backend, MAYA, planned)
    told = str(look(backend, MAYA, None, opened).why_not)
    assert told.startswith(
        "You cannot say Go because of “Bread 0”. There was a pause since its words were approved"
    )
    with pytest.raises(GoNotSaid, match="Only approvers can say Go"):
        say(backend, MAYA, opened)
    assert Status.APPROVED not in statuses(backend, planned)
    say(backend, ANNA, open_all(backend, ANNA, planned))
    assert statuses(backend, planned) == [Status.APPROVED] * 3


def test_one_goes_on_at_the_first_that_waits_for_a_go(sqlite_backend: Backend, planned: list[Seen]) -> None:
    backend, request = sqlite_backend, messages(sqlite_backend)[0].id
    backend.services.do(review.go, TOM, planned[0], key())
    assert backend.services.look(find_first_to_go, MAYA, request) == planned[1].post_id
    assert backend.services.look(find_next_to_go, request, planned[1].post_id) == planned[2].post_id
    assert backend.services.look(find_next_to_go, request, planned[2].post_id) is None


# --- at once, where they really are --------------------------------------------------------------------


@pytest.fixture
def postgres(postgres_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    backend = Backend(postgres_store, network, clock)
    yield backend
    backend.worker.stop(timedelta(seconds=5))


def test_two_say_go_for_all(postgres: Backend) -> None:
    """In whatever order they opened them."""
    planned = open_three(postgres)
    opened = open_all(postgres, MAYA, planned)
    do = postgres.services.do
    refused = at_once(
        partial(do, say_go_to_each, MAYA, opened, key()),
        partial(do, say_go_to_each, ANNA, opened[::-1], key()),
    )
    assert refused == ["GoNotSaid"]
    assert statuses(postgres, planned) == [Status.APPROVED] * 3
