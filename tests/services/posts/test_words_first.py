"""Two questions: are these the right words, asked any time; is this the right moment, asked inside the lead alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.kinds import ApprovalType
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.domain.refusals import (
    AlreadyApproved,
    AuthorMayNotApprove,
    NotFrom,
    OnlyApprovers,
    OnlyMembersOrAsk,
    Paused,
)
from bot.domain.shown.post_screens import PostCard
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.queries.pause import load_resume_form
from bot.services.queries.posts import load_card
from bot.store import record
from bot.store.posts import approvals
from tests.backend import ANNA, GIL, MAYA, TOM, Backend, key

DAY = 24 * 60


@pytest.fixture
def planned(backend: Backend) -> Seen:
    """Maya's post of tomorrow, whose words Tom has approved."""
    seen = backend.plan(minutes=DAY)
    backend.services.do(review.approve, TOM, seen, key())
    return seen


def to_lead(backend: Backend, seen: Seen) -> None:
    backend.push(minutes=DAY - 20)
    assert backend.status(seen) is Status.REVIEW


def go(backend: Backend, person: Person, seen: Seen) -> None:
    backend.services.do(review.go, person, backend.now_seen(seen), key())


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(load_card, seen.post_id)
    assert found is not None
    return found


def save(backend: Backend, person: Person, seen: Seen, text: str, label: str = "") -> None:
    changes = Changes(text, backend.post(seen).slot, label=label)
    backend.services.do(edit.save_edit, person, backend.now_seen(seen), changes, key())


def move(backend: Backend, seen: Seen) -> None:
    slot = backend.post(seen).slot
    assert slot is not None
    backend.services.do(review.move, MAYA, backend.now_seen(seen), slot + timedelta(hours=2), key())


def test_a_yes_to_the_words_alone_publishes_nothing(backend: Backend, planned: Seen) -> None:
    assert backend.status(planned) is Status.SCHEDULED
    to_lead(backend, planned)
    backend.to_slot(planned)
    assert backend.status(planned) is Status.MISSED
    assert backend.post(planned).reason == "its words were approved, but nobody said Go"
    assert backend.published == []


@pytest.mark.parametrize("person", [MAYA, TOM, ANNA])
def test_with_a_go_of_any_member_it_goes_out(backend: Backend, planned: Seen, person: Person) -> None:
    to_lead(backend, planned)
    assert card(backend, planned).asks_go
    go(backend, person, planned)
    assert backend.status(planned) is Status.APPROVED
    backend.to_slot(planned)
    assert len(backend.published) == 1
    facts = backend.services.look(
        lambda work: record.list_of_kind(work.db, [f"post:{planned.post_id}"], FactKind.GO.value)
    )
    assert [fact.who for fact in facts] == [person.id]


def test_a_guest_says_no_go(backend: Backend, planned: Seen) -> None:
    to_lead(backend, planned)
    with pytest.raises(OnlyMembersOrAsk):
        go(backend, GIL, planned)


def test_before_the_words_are_approved_nobody_says_go(backend: Backend) -> None:
    with pytest.raises(NotFrom):
        go(backend, TOM, backend.in_review())


def test_the_moment_is_not_asked_before_the_review_is_open(backend: Backend, planned: Seen) -> None:
    with pytest.raises(NotFrom):
        go(backend, TOM, planned)


def test_the_author_rule_holds_for_the_words(backend: Backend) -> None:
    seen = backend.plan(minutes=DAY)
    save(backend, TOM, seen, "Better words")
    with pytest.raises(AuthorMayNotApprove):
        backend.services.do(review.approve, TOM, backend.now_seen(seen), key())


def test_nobody_approves_the_words_twice(backend: Backend, planned: Seen) -> None:
    with pytest.raises(AlreadyApproved):
        backend.services.do(review.approve, TOM, planned, key())


def test_a_new_slot_leaves_the_words_approved(backend: Backend, planned: Seen) -> None:
    """And asks for the moment again, also where somebody had said Go for the old one."""
    to_lead(backend, planned)
    go(backend, MAYA, planned)
    move(backend, planned)
    assert backend.status(planned) is Status.SCHEDULED
    backend.push(minutes=120)
    now = card(backend, planned)
    assert (now.status, now.asks_go, now.go) == (Status.REVIEW, True, None)
    backend.to_slot(planned)
    assert backend.status(planned) is Status.MISSED
    assert backend.published == []


def test_a_hold_ends_the_go_and_not_the_words(backend: Backend, planned: Seen) -> None:
    to_lead(backend, planned)
    go(backend, MAYA, planned)
    backend.services.do(review.hold, ANNA, backend.now_seen(planned), key())
    move(backend, planned)
    backend.push(minutes=120)
    assert card(backend, planned).asks_go


def test_a_miss_leaves_the_words_approved(backend: Backend, planned: Seen) -> None:
    to_lead(backend, planned)
    backend.to_slot(planned)
    move(backend, planned)
    backend.push(minutes=120)
    assert card(backend, planned).asks_go


@pytest.mark.parametrize("before", [True, False], ids=["Go, then a pause", "a pause, then the card"])
def test_after_a_pause_only_an_approver_says_go(backend: Backend, planned: Seen, *, before: bool) -> None:
    if before:
        to_lead(backend, planned)
        go(backend, MAYA, planned)
    backend.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    if not before:
        to_lead(backend, planned)
    with pytest.raises(Paused):
        go(backend, TOM, planned)
    form = backend.services.look(load_resume_form, ALL)
    assert form is not None
    backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())
    assert backend.status(planned) is Status.REVIEW
    with pytest.raises(OnlyApprovers):
        go(backend, MAYA, planned)
    go(backend, ANNA, planned)
    backend.to_slot(planned)
    assert len(backend.published) == 1


def test_changed_words_need_a_new_approval(backend: Backend, planned: Seen) -> None:
    save(backend, MAYA, planned, "Other words")
    to_lead(backend, planned)
    with pytest.raises(NotFrom):
        go(backend, TOM, planned)


def test_a_label_leaves_the_words_approved(backend: Backend, planned: Seen) -> None:
    save(backend, MAYA, planned, backend.post(planned).version.body.text, label="Rye")
    to_lead(backend, planned)
    go(backend, MAYA, planned)
    backend.to_slot(planned)
    assert len(backend.published) == 1


def test_words_changed_and_changed_back_need_a_new_approval(backend: Backend, planned: Seen) -> None:
    """An approval that ended has ended."""
    text = backend.post(planned).version.body.text
    save(backend, MAYA, planned, "Other words")
    save(backend, MAYA, planned, text)
    to_lead(backend, planned)
    with pytest.raises(NotFrom):
        go(backend, TOM, planned)


def test_whoever_approved_the_words_takes_that_back_before_the_card(backend: Backend, planned: Seen) -> None:
    backend.services.do(review.undo, TOM, planned, key())
    assert backend.status(planned) is Status.SCHEDULED
    to_lead(backend, planned)
    with pytest.raises(NotFrom):
        go(backend, TOM, planned)


def test_whoever_approved_the_words_takes_that_back_after_the_go(backend: Backend, planned: Seen) -> None:
    to_lead(backend, planned)
    go(backend, MAYA, planned)
    backend.services.do(review.undo, TOM, backend.now_seen(planned), key())
    assert backend.status(planned) is Status.REVIEW
    backend.to_slot(planned)
    assert backend.published == []


def test_a_go_is_taken_back_and_the_words_stay(backend: Backend, planned: Seen) -> None:
    to_lead(backend, planned)
    go(backend, MAYA, planned)
    backend.services.do(review.undo, MAYA, backend.now_seen(planned), key())
    now = card(backend, planned)
    assert (now.status, now.asks_go, len(now.approvals)) == (Status.REVIEW, True, 1)


def test_whoever_approved_the_words_may_press_approve_for_the_moment(backend: Backend, planned: Seen) -> None:
    """In an Edit dialog that offers it, say: what is missing is the moment."""
    to_lead(backend, planned)
    backend.services.do(review.approve, TOM, backend.now_seen(planned), key())
    assert backend.status(planned) is Status.APPROVED
    version = backend.post(planned).version.id
    given = backend.services.look(lambda work: approvals.list_of_version(work.db, version))
    assert [one.kind for one in given] == [ApprovalType.APPROVE, ApprovalType.GO]


def test_a_kill_ends_the_words_too(backend: Backend, planned: Seen) -> None:
    backend.services.do(review.kill, MAYA, planned, key())
    backend.services.do(review.bring_back, MAYA, backend.now_seen(planned), key())
    to_lead(backend, planned)
    with pytest.raises(NotFrom):
        go(backend, TOM, planned)


def test_a_longer_lead_makes_no_early_yes_a_go(backend: Backend, planned: Seen) -> None:
    """Neither is worked out later from settings."""
    longer = replace(backend.services, policy=replace(backend.policy, lead=timedelta(days=3)))
    found = longer.look(load_card, planned.post_id)
    assert found is not None
    assert (found.asks_go, found.go) == (True, None)


def test_of_two_approvals_one_may_be_early(backend: Backend) -> None:
    backend.services = replace(backend.services, policy=replace(backend.policy, approvals=2))
    backend.worker = backend.new_worker("two", backend.services)
    seen = backend.plan(minutes=DAY)
    backend.services.do(review.approve, TOM, seen, key())
    move(backend, seen)
    backend.push(minutes=DAY + 100)
    with pytest.raises(NotFrom):
        go(backend, MAYA, seen)
    backend.services.do(review.approve, ANNA, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert len(backend.published) == 1
