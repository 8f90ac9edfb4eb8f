"""What must not slip through between a yes to the words, days ahead, and a Go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Unpack

import pytest
from sqlalchemy import select

from bot.domain.gate import ALL
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person
from bot.domain.posts import AndThen, Seen, Status
from bot.domain.refusals import Blocked, NoSuchPost, NotFrom
from bot.domain.shown.approval_requests import ToRead
from bot.domain.shown.post_screens import PostCard
from bot.services import approval_requests, settings_changes
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.posts import drafts, edit, review, rights
from bot.services.posts.edit import Changes
from bot.services.queries.approval_requests import find_to_read, load_request
from bot.services.queries.pause import load_resume_form
from bot.services.queries.posts import load_card, make_rows
from bot.store.pause import pause_effects
from bot.store.posts import approvals, posts
from bot.store.slack import cards
from bot.store.tables.slack import cards as card_rows
from tests.backend import ANNA, MAYA, TOM, Backend, key, team
from tests.policy_changes import PolicyChanges

DAY = 24 * 60


@pytest.fixture
def backend(sqlite_backend: Backend) -> Backend:
    return sqlite_backend


@pytest.fixture
def planned(backend: Backend) -> Seen:
    """Maya's post of tomorrow, whose words Tom has approved."""
    seen = backend.plan(minutes=DAY)
    backend.services.do(review.approve, TOM, seen, key())
    return seen


def restart(backend: Backend, **changes: Unpack[PolicyChanges]) -> None:
    """With other settings."""
    backend.services = replace(backend.services, policy=replace(backend.services.policy, **changes))
    backend.worker = backend.new_worker("again", backend.services)
    backend.services.do(settings_changes.adopt_settings)
    rights.end_lost_approvals(backend.services)


def save(
    backend: Backend, person: Person, seen: Seen, slot: datetime | None, and_then: AndThen = AndThen.SAVE,
    text: str = "",
) -> None:  # fmt: skip
    changes = Changes(text or backend.post(seen).version.body.text, slot)
    backend.services.do(edit.save_edit, person, backend.now_seen(seen), changes, key(), and_then=and_then)


def go(backend: Backend, person: Person, seen: Seen) -> None:
    backend.services.do(review.go, person, backend.now_seen(seen), key())


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(load_card, seen.post_id)
    assert found is not None
    return found


def write_on(backend: Backend, seen: Seen, text: str) -> None:
    version = backend.post(seen).version
    wanted = replace(drafts.read_version(version), text=text)
    backend.services.do(drafts.save_draft, TOM, wanted, key(), version.seen)


def pause_and_resume(backend: Backend) -> None:
    backend.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    form = backend.services.look(load_resume_form, ALL)
    assert form is not None
    backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())


def test_a_draft_that_its_approver_writes_on_needs_a_new_approval(backend: Backend, planned: Seen) -> None:
    text = backend.post(planned).version.body.text
    save(backend, MAYA, planned, None)
    assert backend.status(planned) is Status.DRAFT
    write_on(backend, planned, "Other words")
    write_on(backend, planned, text)
    assert card(backend, planned).approvals == ()


def test_a_draft_that_was_deleted_and_brought_back_needs_a_new_approval(
    backend: Backend, planned: Seen
) -> None:
    save(backend, MAYA, planned, None)
    backend.services.do(drafts.delete_draft, MAYA, backend.now_seen(planned), key())
    backend.services.do(review.bring_back, MAYA, backend.now_seen(planned), key())
    assert card(backend, planned).approvals == ()


@pytest.mark.parametrize("status", [Status.HELD, Status.MISSED, Status.DRAFT], ids=lambda each: each.key)
def test_whoever_is_an_approver_again_has_to_approve_again(
    backend: Backend, planned: Seen, status: Status
) -> None:
    if status is Status.HELD:
        backend.services.do(review.hold, MAYA, planned, key())
    elif status is Status.MISSED:
        backend.push(minutes=DAY + 1)
    else:
        save(backend, MAYA, planned, None)
    assert backend.status(planned) is status
    policy = replace(backend.services.policy, approvers=(ANNA.id,))
    rights.end_lost_approvals(replace(backend.services, policy=policy))
    assert card(backend, planned).approvals == ()


def test_of_a_scheduled_post_only_words_are_approved_whatever_the_time(backend: Backend) -> None:
    """Its lead has begun, and the clock has not come round yet."""
    seen = backend.plan(minutes=DAY)
    backend.clock.push(timedelta(minutes=DAY - 20))
    backend.services.do(review.approve, TOM, seen, key())
    backend.run()
    assert backend.status(seen) is Status.REVIEW
    go(backend, MAYA, seen)
    assert backend.status(seen) is Status.APPROVED


def test_whoever_reads_the_words_says_nothing_of_the_moment(backend: Backend) -> None:
    """Its review opened while they read."""
    seen = backend.in_review()
    backend.services.do(review.approve_words, TOM, seen, key())
    assert backend.status(seen) is Status.REVIEW
    assert card(backend, seen).asks_go


@pytest.fixture
def early(backend: Backend) -> Seen:
    """In review since the lead of then, three days."""
    restart(backend)
    seen = backend.plan(minutes=5 * DAY)
    restart(backend, lead=timedelta(days=3))
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=2 * DAY + 5)
    return seen


def test_nobody_says_go_before_the_lead_of_now(backend: Backend, early: Seen) -> None:
    restart(backend, lead=timedelta(minutes=30))
    with pytest.raises(NotFrom, match="It is too early: Go counts from"):
        go(backend, MAYA, early)
    backend.push(minutes=3 * DAY - 25)
    go(backend, MAYA, early)
    backend.to_slot(early)
    assert len(backend.published) == 1


@pytest.mark.parametrize("in_full", [True, False])
def test_what_was_said_before_the_lead_of_now_is_asked_again(
    backend: Backend, early: Seen, *, in_full: bool
) -> None:
    if in_full:
        backend.services.do(review.approve, ANNA, early, key())
    else:
        go(backend, MAYA, early)
    assert backend.status(early) is Status.APPROVED
    restart(backend, lead=timedelta(minutes=30))
    assert (backend.status(early), card(backend, early).asks_go) == (Status.REVIEW, True)
    assert backend.post(early).reason == settings_changes.LATER
    backend.to_slot(early)
    assert backend.published == []


def test_where_more_approvals_are_needed_people_hear_of_it_at_once(backend: Backend) -> None:
    seen = backend.approved()
    restart(backend, approvals=2)
    assert (backend.status(seen), backend.post(seen).reason) == (Status.REVIEW, settings_changes.MORE)


def test_a_reason_for_the_words_does_not_cover_a_copy(backend: Backend) -> None:
    """It may have been published since: somebody has to look."""
    seen = backend.with_image(minutes=DAY, alt="")
    backend.services.do(lambda work: review.approve(work, TOM, seen, key(), anyway="A painting"))
    backend.do(lambda work: posts.doubt_all(work.db, work.now))
    backend.push(minutes=DAY - 20)
    with pytest.raises(Blocked):
        go(backend, MAYA, seen)


def test_why_somebody_whose_words_stand_approves_anyway_is_kept(backend: Backend, planned: Seen) -> None:
    backend.do(lambda work: posts.doubt_all(work.db, work.now))
    backend.push(minutes=DAY - 20)
    seen = backend.now_seen(planned)
    backend.services.do(lambda work: review.approve(work, TOM, seen, key(), anyway="Not there"))
    assert backend.status(planned) is Status.APPROVED
    version = backend.post(planned).version.id
    given = backend.services.look(lambda work: approvals.list_of_version(work.db, version))
    assert [one.waived for one in given] == [None, "Not there"]


def test_a_miss_after_a_go_was_taken_back_says_so(backend: Backend, planned: Seen) -> None:
    backend.push(minutes=DAY - 20)
    go(backend, MAYA, planned)
    backend.services.do(review.undo, MAYA, backend.now_seen(planned), key())
    backend.to_slot(planned)
    told = "it was approved, but a colleague took the Go back, and nobody said Go again"
    assert backend.post(planned).reason == told


def test_a_card_from_before_a_shorter_lead_offers_no_go_until_it_counts(
    backend: Backend, planned: Seen
) -> None:
    """Seen: it showed Go, which was refused as too early, and nobody was asked when it would have counted."""
    backend.push(minutes=DAY - 20)
    restart(backend, lead=timedelta(minutes=10))
    slot = backend.post(planned).slot
    assert slot is not None
    shown = card(backend, planned)
    assert shown.go_from == slot - timedelta(minutes=10)
    (row,) = backend.services.look(make_rows, [backend.post(planned)], MAYA)
    assert not row.waiting_for_me
    before = backend.store.read(lambda db: cards.find_current(db, CardType.POST, planned.post_id))
    backend.push(minutes=10)
    after = backend.store.read(lambda db: cards.find_current(db, CardType.POST, planned.post_id))
    assert before is not None
    assert after is not None
    assert after.id != before.id, "a new card asks"
    assert card(backend, planned).go_from is None
    go(backend, MAYA, planned)
    backend.to_slot(planned)
    assert len(backend.published) == 1


def test_what_waits_to_be_read_is_found_behind_any_number_of_approved_posts(backend: Backend) -> None:
    """Seen: only the 200 soonest posts were looked at, so Home said that nothing was to be read."""
    for number in range(approval_requests.PAGE + 5):
        seen = backend.plan(f"Bread {number}", minutes=DAY + number)
        backend.services.do(review.approve, TOM, seen, key())
    late = backend.post(backend.plan("Cake", minutes=9 * DAY))
    request = backend.services.do(approval_requests.ask, MAYA, [late], key())
    for policy in (team(), team(labels={"Winter drive": (ANNA.id,)})):
        backend.services = replace(backend.services, policy=policy)
        assert backend.services.look(find_to_read, TOM) == (1, ToRead(request.id, 1))


def test_a_request_says_what_has_to_be_fixed_first(backend: Backend) -> None:
    seen = backend.with_image(minutes=DAY, alt="")
    request = backend.services.do(approval_requests.ask, MAYA, [backend.post(seen)], key())
    view = backend.services.look(load_request, request.id)
    assert view is not None
    assert [row.post.fix for row in view.rows] == [("The image has no alt text",)]
    words = Changes("Fresh bread at nine", backend.post(seen).slot, alts={"a" * 64: "A loaf"})
    backend.services.do(edit.save_edit, MAYA, backend.now_seen(seen), words, key())
    view = backend.services.look(load_request, request.id)
    assert view is not None
    assert [row.post.fix for row in view.rows] == [()]


def test_a_resume_counts_a_post_whose_words_alone_were_approved(backend: Backend, planned: Seen) -> None:
    """Its words stand, but the team alone cannot say Go any more."""
    backend.plan("Nobody has approved this", minutes=DAY)

    def count() -> int:
        return backend.services.look(lambda work: pause_effects.count_approved(work.db, ALL, work.now))

    assert count() == 1
    words = Changes("Other words", backend.post(planned).slot)
    backend.services.do(edit.save_edit, MAYA, backend.now_seen(planned), words, key())
    assert count() == 0


def test_a_change_is_asked_of_the_posts_of_the_request_only(backend: Backend, planned: Seen) -> None:
    other = backend.plan("Other", minutes=2 * DAY)
    request = backend.services.do(approval_requests.ask, MAYA, [backend.post(other)], key())
    for request_id, seen in ((request.id, planned), ("none", other)):
        at = backend.now_seen(seen)
        with pytest.raises(NoSuchPost):
            backend.services.do(approval_requests.ask_for_change, TOM, request_id, at, "Shorter", key())


@pytest.mark.parametrize("person", [TOM, ANNA])
def test_a_new_time_is_saved_and_approved_days_ahead(backend: Backend, planned: Seen, person: Person) -> None:
    """Also by whoever had approved the words."""
    slot = backend.post(planned).slot
    assert slot is not None
    save(backend, person, planned, slot + timedelta(days=1), AndThen.APPROVE)
    assert (backend.status(planned), backend.post(planned).slot) == (
        Status.SCHEDULED,
        slot + timedelta(days=1),
    )
    assert person.id in [one.by for one in card(backend, planned).approvals]


def test_a_go_after_a_pause_counts_while_its_person_is_an_approver(backend: Backend, planned: Seen) -> None:
    backend.push(minutes=DAY - 20)
    pause_and_resume(backend)
    go(backend, ANNA, planned)
    restart(backend, approvers=(TOM.id,))
    assert backend.status(planned) is Status.REVIEW
    backend.to_slot(planned)
    assert backend.published == []


def test_what_authors_approved_ends_where_they_may_not_any_more(backend: Backend) -> None:
    restart(backend, author_may_approve=True)
    seen = backend.plan(minutes=DAY)
    save(backend, TOM, seen, backend.post(seen).slot, text="Tom's words")
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    restart(backend, author_may_approve=False)
    assert card(backend, seen).approvals == ()


def test_the_last_reminder_of_a_go_mentions_every_approver(backend: Backend) -> None:
    """Those too whose own words it has: a Go is theirs to say."""
    seen = backend.plan(minutes=DAY)
    save(backend, TOM, seen, backend.post(seen).slot, text="Tom's words")
    backend.services.do(review.approve, ANNA, backend.now_seen(seen), key())
    backend.push(minutes=DAY - 20)
    backend.push(minutes=16)
    said = backend.services.look(
        lambda work: cards.list_said(work.db, CardType.POST, seen.post_id, LineType.REMINDER)
    )
    assert [one["mention"] for one in said][-1] == [TOM.id, ANNA.id]


def test_a_pause_and_its_end_are_drawn_into_what_asks_for_approval(backend: Backend) -> None:
    asked = [backend.post(backend.plan(minutes=DAY))]
    request = backend.services.do(approval_requests.ask, MAYA, asked, key())
    query = select(card_rows.c.wanted).where(card_rows.c.subject == request.id)
    before = backend.services.look(lambda work: work.db.execute(query).scalar_one())
    pause_and_resume(backend)
    assert backend.services.look(lambda work: work.db.execute(query).scalar_one()) == before + 2
