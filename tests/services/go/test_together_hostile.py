"""What a message that asks for several posts must not do: take in what is practised, keep a card quiet that nobody
else rings for, or say Go of what is posted by hand once its slot has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.go_requests import MOST
from bot.domain.posts import Seen, Status
from bot.domain.refusals import GoNotSaid, YoursToPost
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services import settings_changes
from bot.services.posts import deadlines, review
from bot.services.queries.approval_requests import load_go_page
from bot.slack.views.posts.go_request import draw_go_page, draw_go_request
from bot.slack.views.text import NOWHERE
from bot.store.engine.store import Store
from tests.backend import MAYA, TOM, Backend, ManualClock, key
from tests.services.deliveries.test_by_hand import make
from tests.services.go.test_for_all import look, open_all, open_three, say, statuses
from tests.services.go.test_together import DAY, LEAD, asked, list_quiet, messages, plan, push_to
from tests.services.pause.rehearsal import Rehearsal

METADATA = 3000  # characters that Slack lets a dialog carry


def test_nothing_of_a_drill_stands_beside_real_posts(sqlite_backend: Backend) -> None:
    """Its words approved early, and its time then picked within the hour of two real ones."""
    backend = sqlite_backend
    plan(backend, 0, 1)
    push_to(backend, LEAD - 1)
    drill = Rehearsal(backend)
    drill.start()
    practised = drill.posts()[1]
    later = backend.clock.now() + timedelta(hours=5)
    backend.services.do(review.move, TOM, practised, later, key())
    backend.services.do(review.approve, TOM, backend.now_seen(practised), key())
    soon = backend.clock.now() + timedelta(minutes=20)
    backend.services.do(review.move, TOM, backend.now_seen(practised), soon, key())
    assert backend.status(practised) is Status.REVIEW
    assert asked(backend) == [[("0", True), ("1", True)]]


def with_lead(backend: Backend, minutes: float) -> None:
    """A restart, with another lead in the settings."""
    policy = replace(backend.policy, lead=timedelta(minutes=minutes))
    backend.services = replace(backend.services, policy=policy)
    backend.worker = backend.new_worker("again", backend.services)
    backend.services.do(settings_changes.adopt_settings)


def test_what_opens_long_after_it_was_announced_calls_for_itself(sqlite_backend: Backend) -> None:
    """The lead became shorter in between: whoever the message mentioned has looked, and there was no button."""
    backend = sqlite_backend
    planned = plan(backend, 0, 0.5)
    push_to(backend, LEAD)
    with_lead(backend, 10)
    backend.push(minutes=21)
    assert asked(backend) == [[("0", True), ("1", True)]]
    assert list_quiet(backend, planned) == [False, False]


def test_what_opens_late_because_nothing_ran_calls_for_itself(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    planned = plan(backend, 0, 0.5)
    backend.clock.push(timedelta(minutes=DAY - LEAD))
    backend.services.do(deadlines.step, planned[0].post_id)
    backend.clock.push(timedelta(minutes=10))
    backend.services.do(deadlines.step, planned[1].post_id)
    assert list_quiet(backend, planned) == [True, False]


def test_one_that_was_killed_and_brought_back_calls_for_itself(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    planned = plan(backend, 0, 0)
    push_to(backend, LEAD)
    for verb in (review.kill, review.bring_back, review.approve_words):
        backend.services.do(verb, TOM, planned[1], key())
    assert asked(backend) == [[("0", True), ("1", True)]]
    assert list_quiet(backend, planned) == [True, False]


def test_what_was_taken_back_since_is_no_go_for_all(sqlite_backend: Backend) -> None:
    """Maya says Go for all three and takes one back. Tom, whose dialog has been open since before that, has not seen
    it; once he has, he may."""
    backend = sqlite_backend
    planned = open_three(backend)
    opened = open_all(backend, TOM, planned)
    say(backend, MAYA, opened)
    backend.services.do(review.undo, MAYA, planned[1], key())
    with pytest.raises(GoNotSaid, match="Somebody took back a yes to “Bread 1” after you opened it"):
        say(backend, TOM, opened)
    assert backend.status(planned[1]) is Status.REVIEW
    assert [row.card.seen for row in look(backend, TOM, None, opened).unopened] == [
        backend.now_seen(planned[1])
    ]
    say(backend, TOM, open_all(backend, TOM, planned))
    assert statuses(backend, planned) == [Status.APPROVED] * 3


def test_twelve_of_a_minute_are_rung_for_twice_and_fit_into_a_dialog(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    planned = plan(backend, *[0] * 12)
    push_to(backend, LEAD)
    assert [len(one) for one in asked(backend)] == [MOST, 2]
    assert list_quiet(backend, planned) == [True] * 12
    view = messages(backend)[0]
    opened = open_all(backend, MAYA, planned[:MOST])
    last = draw_go_page(backend.services.look(load_go_page, MAYA, view.id, None, opened))
    assert last["submit"]["text"] == "Go for all 10"
    assert len(last["private_metadata"]) < METADATA
    assert len(draw_go_request(view, NOWHERE).blocks) < 50


# --- where people post themselves ----------------------------------------------------------------------


@pytest.fixture
def by_hand(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    backend = make(sqlite_store, network, clock)
    yield backend
    backend.worker.stop(timedelta(seconds=5))


@pytest.fixture
def mixed(by_hand: Backend) -> list[Seen]:
    """One that people post, and a minute later one that is sent; now is between their slots."""
    places = (("story",), ("bakery",))
    planned = [
        by_hand.plan(f"Bread {at}", minutes=DAY + at, accounts=where) for at, where in enumerate(places)
    ]
    for seen in planned:
        by_hand.services.do(review.approve, TOM, seen, key())
    push_to(by_hand, LEAD - 2)
    return planned


def test_a_go_for_all_is_none_once_the_slot_of_one_has_come(by_hand: Backend, mixed: list[Seen]) -> None:
    """There the press of whoever posts it is the Go. The other one can still get its own."""
    opened = open_all(by_hand, MAYA, mixed)
    by_hand.push(minutes=LEAD - 1.5)
    with pytest.raises(
        GoNotSaid, match=r"because of “Bread 0”\. Its slot has come, and people post it themselves"
    ):
        say(by_hand, MAYA, opened)
    with pytest.raises(YoursToPost):
        by_hand.services.do(review.go, MAYA, mixed[0], key())
    assert statuses(by_hand, mixed) == [Status.REVIEW] * 2
    say(by_hand, MAYA, opened[1:])
    assert statuses(by_hand, mixed) == [Status.REVIEW, Status.APPROVED]


def test_the_message_says_that_it_is_to_be_posted(by_hand: Backend, mixed: list[Seen]) -> None:
    by_hand.push(minutes=LEAD)
    (view,) = messages(by_hand)
    assert "1 to be posted by hand and 1 missed" in draw_go_request(view, NOWHERE).text
    page = by_hand.services.look(load_go_page, MAYA, view.id, mixed[0].post_id, ())
    assert "I'm posting it" in str(page.why_not)
