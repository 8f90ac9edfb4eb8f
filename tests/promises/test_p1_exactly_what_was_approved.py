"""P1: a post is sent only with valid approvals of exactly this version."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

import pytest
from sqlalchemy import text

from bot.domain.deliveries import AttemptState
from bot.domain.people import Person
from bot.domain.posts import Body, Image, Seen, Status
from bot.domain.refusals import Outdated
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.posts import approvals
from tests.backend import ANNA, MAYA, MORNING, TOM, Backend, key, team

BODY = Body(
    accounts=("bakery",), text="400 loaves", slot=MORNING, variants={"bakery": "four hundred"},
    images=(Image("a" * 64, "a loaf"),), visibility={"bakery": "public"}, language={"bakery": "en"},
)  # fmt: skip


class BodyChanges(TypedDict, total=False):
    accounts: tuple[str, ...]
    text: str
    slot: datetime
    variants: Mapping[str, str]
    images: tuple[Image, ...]
    visibility: Mapping[str, str]
    language: Mapping[str, str]
    warning: str
    identities: Mapping[str, str]


@pytest.mark.parametrize(
    "change",
    [
        {"accounts": ("bakery", "cafe")},
        {"text": "420 loaves"},
        {"variants": {}},
        {"images": (Image("b" * 64, "a loaf"),)},
        {"images": (Image("a" * 64, "two loaves"),)},
        {"slot": MORNING + timedelta(minutes=1)},
        {"visibility": {"bakery": "unlisted"}},
        {"language": {"bakery": "de"}},
        {"warning": "food"},
        {"identities": {"bakery": "1@bakery.example"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_that_is_approved_is_in_the_fingerprint(change: BodyChanges) -> None:
    assert replace(BODY, **change).fingerprint() != BODY.fingerprint()


def test_the_order_of_accounts_is_no_change() -> None:
    one, two = (replace(BODY, accounts=order) for order in (("a", "b"), ("b", "a")))
    assert one.fingerprint() == two.fingerprint()


def test_what_was_approved_goes_out(backend: Backend) -> None:
    seen = backend.approved("400 loaves")
    backend.to_slot(seen)
    assert backend.published == ["400 loaves"]
    assert backend.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("what", ["text", "slot"])
def test_an_edit_ends_the_approval(backend: Backend, what: str) -> None:
    seen = backend.approved("400 loaves")
    slot = backend.post(seen).slot
    assert slot
    changes = (
        Changes("420 loaves", slot) if what == "text" else Changes("400 loaves", slot + timedelta(minutes=5))
    )
    backend.services.do(edit.save_edit, MAYA, seen, changes, key())
    backend.push(minutes=40)
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED


def test_an_edit_after_the_claim_still_ends_it(backend: Backend) -> None:
    """The worker holds the delivery already; begin asks again, under lock."""
    seen = backend.approved("400 loaves")
    slot = backend.post(seen).slot
    assert slot
    backend.push(minutes=19.7)
    assert backend.states(seen) == {"bakery": "claimed"}
    backend.services.do(edit.save_edit, MAYA, seen, Changes("420 loaves", slot), key())
    backend.push(minutes=1)
    assert backend.published == []


def test_a_new_approval_sends_the_new_words(backend: Backend) -> None:
    seen = backend.approved("400 loaves")
    slot = backend.post(seen).slot
    backend.services.do(edit.save_edit, MAYA, seen, Changes("420 loaves", slot), key())
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert backend.published == ["420 loaves"]


def test_approving_an_old_card_approves_nothing(backend: Backend) -> None:
    seen = backend.in_review("400 loaves")
    backend.services.do(edit.save_edit, MAYA, seen, Changes("420 loaves", backend.post(seen).slot), key())
    with pytest.raises(Outdated, match=r"Maya|Somebody|approver|changed"):
        backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.REVIEW


@pytest.mark.parametrize("verb", [review.hold, review.kill])
def test_hold_and_kill_end_approvals(
    backend: Backend, verb: Callable[[UnitOfWork, Person, Seen, str], None]
) -> None:
    seen = backend.approved()
    backend.services.do(verb, MAYA, seen, key())
    backend.push(minutes=40)
    assert backend.published == []
    given = backend.services.look(
        lambda work: approvals.list_of_version(work.db, backend.post(seen).version.id)
    )
    assert all(one.revoked_at for one in given)


def test_a_killed_post_that_is_brought_back_needs_a_new_approval(backend: Backend) -> None:
    seen = backend.approved()
    backend.services.do(review.kill, MAYA, seen, key())
    backend.services.do(review.bring_back, MAYA, seen, key())
    assert backend.status(seen) is Status.REVIEW
    backend.push(minutes=40)
    assert backend.published == []


def test_two_approvals_are_two_people(backend: Backend) -> None:
    backend = Backend(backend.store, backend.network, backend.clock, team(approvals=2), "worker-2")
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.REVIEW
    with pytest.raises(Exception, match="approved this version already"):
        backend.services.do(review.approve, TOM, seen, key())
    backend.services.do(review.approve, ANNA, seen, key())
    assert backend.status(seen) is Status.APPROVED


def test_tampered_words_are_not_sent(backend: Backend) -> None:
    """Somebody changes a version's text in the database: the fingerprint no longer matches the approval."""
    seen = backend.approved("400 loaves")
    backend.store.write(lambda db: db.execute(text("UPDATE versions SET text = 'evil'")))
    backend.to_slot(seen)
    assert backend.published == []


@pytest.mark.parametrize("status", ["held", "killed", "draft", "review"])
def test_what_does_not_stand_as_approved_is_not_sent(backend: Backend, status: str) -> None:
    """Whatever its approvals say, and whatever is armed: somebody changes its status in the database."""
    seen = backend.approved("400 loaves")
    backend.push(minutes=19.7)
    assert backend.states(seen) == {"bakery": "claimed"}
    change = text("UPDATE posts SET status = :status, due_at = NULL")
    backend.store.write(lambda db: db.execute(change, {"status": status}))
    backend.push(minutes=1)
    assert backend.published == []


def test_an_account_that_was_not_approved_gets_nothing(backend: Backend) -> None:
    """Somebody hands its send to another account in the database."""
    seen = backend.approved("400 loaves")
    backend.store.write(lambda db: db.execute(text("UPDATE deliveries SET account = 'cafe'")))
    backend.to_slot(seen)
    assert backend.published == []


def test_what_is_stored_before_is_what_is_sent(backend: Backend) -> None:
    seen = backend.approved("400 loaves")
    backend.to_slot(seen)
    last = backend.services.look(
        lambda work: deliveries.find_last_attempt(work.db, backend.delivery_id(seen))
    )
    assert last is not None
    assert b"400 loaves" in last.payload
    assert last.state is AttemptState.SENT
