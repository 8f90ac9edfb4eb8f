"""P1: what was approved goes out to the profile it was approved for, and is looked for there alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.deliveries import AttemptState
from bot.domain.posts import Status
from bot.domain.refusals import NotFrom
from bot.sandbox.networks.server import Fault
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.store import deliveries, sign_ins
from bot.store.sign_ins import KeptSignIn
from bot.workers.worker import Worker
from tests.backend import MAYA, TOM, Backend, key
from tests.promises.profiles import OTHER, Profiles, last_attempt, where


@pytest.fixture
def profiles(backend: Backend, tmp_path: Path) -> Profiles:
    return Profiles(backend, tmp_path)


def become_other(profiles: Profiles) -> None:
    """As whoever holds the database would find it, had nothing ended when another profile was put in its place."""
    health, now = profiles.clients[OTHER].check(), profiles.backend.clock.now()
    kept = KeptSignIn("bakery", now, health.account_id, health.identity)
    profiles.backend.store.write(lambda db: sign_ins.save(db, kept))
    profiles.exchange()


def test_a_version_and_each_attempt_name_the_profile(backend: Backend, profiles: Profiles) -> None:
    profiles.connection.check()
    seen = backend.approved()
    assert backend.post(seen).version.body.identities == {"bakery": profiles.known()}
    backend.to_slot(seen)
    assert where(backend) == ["bakery"]
    assert last_attempt(backend, seen).identity == profiles.known() is not None


def test_what_was_approved_before_anybody_knew_whose_it_is_goes_out(
    backend: Backend, profiles: Profiles
) -> None:
    """As in a database of before: the first profile heard is taken, and no approval ends."""
    seen = backend.approved()
    assert backend.post(seen).version.body.identities is None
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED
    assert last_attempt(backend, seen).identity == profiles.known() is not None


def test_words_that_were_approved_before_it_was_known_stay_approved_when_they_are_moved(
    backend: Backend, profiles: Profiles
) -> None:
    seen = backend.plan(minutes=90)
    backend.services.do(review.approve, TOM, seen, key())
    profiles.connection.check()
    backend.services.do(review.move, MAYA, seen, backend.clock.now() + timedelta(minutes=20), key())
    assert backend.post(seen).version.body.identities is None
    backend.services.do(review.go, MAYA, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert where(backend) == ["bakery"]


def test_new_words_are_approved_for_the_profile_known_by_then(backend: Backend, profiles: Profiles) -> None:
    seen = backend.in_review()
    profiles.connection.check()
    slot = backend.post(seen).slot
    backend.services.do(edit.save_edit, MAYA, seen, Changes("Other words", slot), key())
    assert backend.post(seen).version.body.identities == {"bakery": profiles.known()}


def test_as_another_profile_nothing_of_it_begins(backend: Backend, profiles: Profiles) -> None:
    profiles.connection.check()
    seen = backend.approved()
    become_other(profiles)
    backend.to_slot(seen)
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED
    said = "it was approved for another profile (Bakery is signed in as @other@"
    assert said in (backend.post(seen).reason or "")


def test_a_yes_to_the_words_for_one_profile_is_none_for_another(backend: Backend, profiles: Profiles) -> None:
    """A new time keeps a yes to the words: not where its account is another profile by then."""
    profiles.connection.check()
    seen = backend.plan(minutes=90)
    backend.services.do(review.approve, TOM, seen, key())
    become_other(profiles)
    backend.services.do(review.move, MAYA, seen, backend.clock.now() + timedelta(minutes=20), key())
    assert backend.post(seen).version.body.identities == {"bakery": profiles.known()}
    with pytest.raises(NotFrom, match="Its words have to be approved first"):
        backend.services.do(review.go, MAYA, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert backend.published == []


def test_exchanged_between_the_begin_and_the_call_nothing_goes_out(
    backend: Backend, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt is written for one profile; the call that follows finds another one."""
    profiles.connection.check()
    seen = backend.approved()
    honest = Worker._call

    def call(self: Worker, begun: Any, deadline: float) -> Any:
        become_other(profiles)
        return honest(self, begun, deadline)

    monkeypatch.setattr(Worker, "_call", call)
    backend.to_slot(seen)
    assert last_attempt(backend, seen).state is AttemptState.NOT_SENT
    backend.push(seconds=30)
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED
    reason = backend.post(seen).reason or ""
    assert "Bakery was signed in as another profile at" in reason
    assert "it was approved for another profile" in reason


def test_what_nobody_knows_is_not_looked_for_on_another_profile(backend: Backend, profiles: Profiles) -> None:
    """There it would be absent for certain, and sent a second time."""
    profiles.connection.check()
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER, 1)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "unknown"}
    become_other(profiles)
    for _ in range(20):
        backend.push(minutes=1)
    assert where(backend) == ["bakery"], "and never again"
    found = backend.store.read(lambda db: deliveries.load(db, backend.delivery_id(seen)))
    assert found is not None
    assert found.asks_a_person
    assert "another profile" in (found.reason or "")
