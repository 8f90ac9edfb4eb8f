"""P1, P2 and P3: posts of the same hour are asked about together, and each needs its own Go, inside its own lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.domain.go_requests import Opened, digest_epochs
from bot.domain.posts import Seen, Status
from bot.domain.refusals import GoNotSaid
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.go.for_all import say_go_to_each
from bot.services.pause import pause
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import ANNA, MAYA, TOM, Backend, ManualClock, key
from tests.services.go.test_together import DAY, LEAD, asked, pause_and_resume, plan, push_to
from tests.services.posts.test_go_at_once import at_once


def see(backend: Backend, planned: Sequence[Seen]) -> list[Opened]:
    """As if each were open before somebody now: a dialog can be forged."""
    rows = backend.store.read(gate.read)
    found = [backend.post(seen) for seen in planned]
    return [
        Opened(post.version.seen, digest_epochs(rows.epochs_for(post.version.body.accounts)))
        for post in found
    ]


def say(backend: Backend, opened: Sequence[Opened]) -> None:
    backend.services.do(say_go_to_each, MAYA, opened, key())


def with_leads(backend: Backend) -> list[Seen]:
    """Two of the same slot, one of which opens an hour before it, the other half an hour."""
    accounts = dict(backend.policy.accounts)
    accounts["cafe"] = replace(accounts["cafe"], lead=timedelta(hours=1))
    backend.services = replace(backend.services, policy=replace(backend.policy, accounts=accounts))
    backend.worker = backend.new_worker("again", backend.services)
    planned = [backend.plan(text, minutes=DAY, accounts=(text,)) for text in ("cafe", "bakery")]
    for seen in planned:
        backend.services.do(review.approve, TOM, seen, key())
    return planned


def test_a_go_counts_inside_a_posts_own_lead_only(sqlite_backend: Backend) -> None:
    """Not for the one whose review is not open, though the other's is; and then for none of them."""
    backend = sqlite_backend
    planned = with_leads(backend)
    push_to(backend, 60)
    assert asked(backend) == []
    with pytest.raises(GoNotSaid, match="“bakery” can get its Go once its card is up, at "):
        say(backend, see(backend, planned))
    assert [backend.status(seen) for seen in planned] == [Status.REVIEW, Status.SCHEDULED]
    backend.push(minutes=30)
    assert [len(one) for one in asked(backend)] == [2]
    say(backend, see(backend, planned))
    assert [backend.status(seen) for seen in planned] == [Status.APPROVED] * 2
    backend.push(minutes=LEAD)
    assert sorted(backend.published) == ["bakery", "cafe"]


def test_one_that_is_announced_gets_no_go_before_its_review_opens(sqlite_backend: Backend) -> None:
    """It stands in the message for up to a minute before that."""
    planned = plan(sqlite_backend, 0, 0.5)
    push_to(sqlite_backend, LEAD)
    assert asked(sqlite_backend) == [[("0", True), ("1", False)]]
    with pytest.raises(GoNotSaid, match="“Bread 1” can get its Go once its card is up, at "):
        say(sqlite_backend, see(sqlite_backend, planned))
    assert [sqlite_backend.status(seen) for seen in planned] == [Status.REVIEW, Status.SCHEDULED]


def test_being_asked_together_is_no_go(sqlite_backend: Backend) -> None:
    """A Go for one says nothing of the others."""
    planned = plan(sqlite_backend, 0, 0, 0)
    push_to(sqlite_backend, LEAD)
    sqlite_backend.services.do(review.go, MAYA, planned[0], key())
    sqlite_backend.push(minutes=LEAD)
    assert sqlite_backend.published == ["Bread 0"]
    assert [sqlite_backend.status(seen) for seen in planned[1:]] == [Status.MISSED] * 2


def test_after_a_pause_nobody_but_an_approver_says_go_for_all(sqlite_backend: Backend) -> None:
    planned = plan(sqlite_backend, 0, 0)
    push_to(sqlite_backend, LEAD)
    before = see(sqlite_backend, planned)
    pause_and_resume(sqlite_backend)
    with pytest.raises(GoNotSaid, match="was paused after you opened it"):
        say(sqlite_backend, before)
    with pytest.raises(GoNotSaid, match="Only approvers can say Go"):
        say(sqlite_backend, see(sqlite_backend, planned))
    assert [sqlite_backend.status(seen) for seen in planned] == [Status.REVIEW] * 2


def test_during_a_pause_nobody_says_go_for_all(sqlite_backend: Backend) -> None:
    planned = plan(sqlite_backend, 0, 0)
    push_to(sqlite_backend, LEAD)
    sqlite_backend.services.do_first(pause.pause, MAYA, "bakery", "recall", key())
    with pytest.raises(GoNotSaid, match="is paused"):
        sqlite_backend.services.do(say_go_to_each, ANNA, see(sqlite_backend, planned), key())


# --- in the same second --------------------------------------------------------------------------------


@pytest.fixture
def postgres(postgres_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    backend = Backend(postgres_store, network, clock)
    yield backend
    backend.worker.stop(timedelta(seconds=5))


@pytest.mark.parametrize("what", ["edit", "hold", "pause"])
def test_go_for_all_meets_something_else(postgres: Backend, what: str) -> None:
    """Whoever is first counts; what was changed, held or paused does not go out by it, and neither do the others unless
    the Go came first."""
    planned = plan(postgres, 0, 0, 0)
    push_to(postgres, LEAD)
    do, opened = postgres.services.do, see(postgres, planned)
    changes = Changes("Other bread", postgres.post(planned[0]).slot)
    against = {
        "edit": partial(do, edit.save_edit, TOM, planned[0], changes, key()),
        "hold": partial(do, review.hold, ANNA, planned[0], key()),
        "pause": partial(do, pause.pause, TOM, "bakery", "recall", key()),
    }[what]
    refused = at_once(partial(do, say_go_to_each, MAYA, opened, key()), against)
    stand = [postgres.status(seen) for seen in planned]
    assert stand[0] in (Status.REVIEW, Status.HELD)
    if what == "pause":
        assert stand == [Status.REVIEW] * 3
    elif "GoNotSaid" in refused:
        assert stand[1:] == [Status.REVIEW] * 2
    else:
        assert stand[1:] == [Status.APPROVED] * 2
    postgres.push(minutes=LEAD)
    assert "Bread 0" not in postgres.published
    assert "Other bread" not in postgres.published
