"""Which posts of the same hour are asked about in one message, and who is rung for them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from bot.domain.duty import parse_rota
from bot.domain.gate import ALL
from bot.domain.go_requests import MOST
from bot.domain.kinds import CardType
from bot.domain.posts import Seen, Status
from bot.domain.shown.approval_requests import GoRequestView
from bot.services import duty, settings_changes
from bot.services.go import together
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.posts import deadlines, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries.approval_requests import is_called_together, load_go_request
from bot.services.queries.pause import load_resume_form
from bot.services.queries.posts import load_card
from bot.store.posts import go_requests
from bot.store.slack import cards
from bot.store.tables.slack import cards as card_rows
from tests.backend import ANNA, MAYA, TOM, Backend, key

DAY = 24 * 60
LEAD = 30  # minutes


def plan(backend: Backend, *slots: float, approved: bool = True) -> list[Seen]:
    """Posts whose words Tom has approved, so many minutes from tomorrow on."""
    planned = [backend.plan(f"Bread {number}", minutes=DAY + at) for number, at in enumerate(slots)]
    for seen in planned if approved else ():
        backend.services.do(review.approve, TOM, seen, key())
    return planned


def push_to(backend: Backend, minutes: float) -> None:
    """To so many minutes before tomorrow's slots begin."""
    backend.push(minutes=DAY - minutes)


def messages(backend: Backend) -> list[GoRequestView]:
    query = card_rows.select().where(card_rows.c.kind == CardType.GO_REQUEST).order_by(card_rows.c.created_at)
    subjects = backend.store.read(lambda db: [row.subject for row in db.execute(query)])
    found = [backend.services.look(load_go_request, one) for one in subjects]
    return [one for one in found if one is not None]


def asked(backend: Backend) -> list[list[tuple[str, bool]]]:
    """Of each message its posts, and whether somebody can say Go."""
    return [
        [(row.card.accounts[0].text.removeprefix("Bread "), row.asks) for row in view.rows]
        for view in messages(backend)
    ]


def list_quiet(backend: Backend, planned: Sequence[Seen]) -> list[bool]:
    """Whether their own cards mention nobody, because the message does."""
    quiet = []
    for seen in planned:
        card = backend.services.look(load_card, seen.post_id)
        assert card is not None
        quiet.append(backend.services.look(is_called_together, card))
    return quiet


def pause_and_resume(backend: Backend) -> None:
    backend.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    form = backend.services.look(load_resume_form, ALL)
    assert form is not None
    backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())


# --- which ---------------------------------------------------------------------------------------------


def test_three_of_the_same_minute_are_one_message(backend: Backend) -> None:
    planned = plan(backend, 0, 0, 0.5)
    push_to(backend, LEAD)
    assert asked(backend) == [[("0", True), ("1", True), ("2", False)]], "the third opens in half a minute"
    (view,) = messages(backend)
    assert [row.soon for row in view.rows] == [False, False, True]
    assert view.called == (TOM.id, ANNA.id)
    backend.push(minutes=1)
    assert asked(backend) == [[("0", True), ("1", True), ("2", True)]]
    assert list_quiet(backend, planned) == [True, True, True]


def test_one_alone_has_its_card(backend: Backend) -> None:
    planned = plan(backend, 0, 61)
    push_to(backend, LEAD)
    backend.push(minutes=61)
    assert asked(backend) == []
    assert list_quiet(backend, planned) == [False, False]


def test_from_the_second_on_they_are_asked_together(sqlite_backend: Backend) -> None:
    """The first has rung by its card; the second rings by the message, the third by its own card."""
    backend = sqlite_backend
    planned = plan(backend, 0, 5, 20)
    push_to(backend, LEAD)
    assert asked(backend) == []
    backend.push(minutes=5)
    assert asked(backend) == [[("0", True), ("1", True)]]
    assert list_quiet(backend, planned) == [False, True, False]
    backend.push(minutes=15)
    assert asked(backend) == [[("0", True), ("1", True), ("2", True)]]
    assert list_quiet(backend, planned) == [False, True, False]


@pytest.mark.parametrize(("last", "together"), [(60, True), (60.1, False)])
def test_the_whole_group_spans_an_hour(sqlite_backend: Backend, last: float, *, together: bool) -> None:
    backend = sqlite_backend
    backend.services = replace(backend.services, policy=replace(backend.policy, lead=timedelta(hours=2)))
    backend.worker = backend.new_worker("again", backend.services)
    plan(backend, 0, 0, last)
    push_to(backend, 120)
    backend.push(minutes=61)
    assert [len(one) for one in asked(backend)] == ([3] if together else [2])


def test_one_that_is_near_to_only_some_of_them_stays_apart(sqlite_backend: Backend) -> None:
    """Forty minutes behind the second, and seventy behind the first."""
    backend = sqlite_backend
    backend.services = replace(backend.services, policy=replace(backend.policy, lead=timedelta(hours=2)))
    backend.worker = backend.new_worker("again", backend.services)
    planned = plan(backend, 0, 30, 70)
    push_to(backend, 120)
    backend.push(minutes=71)
    assert [len(one) for one in asked(backend)] == [2]
    assert list_quiet(backend, planned[2:]) == [False]


def test_no_more_than_ten_are_asked_together(sqlite_backend: Backend) -> None:
    plan(sqlite_backend, *[0] * (MOST + 1))
    push_to(sqlite_backend, LEAD)
    assert [len(one) for one in asked(sqlite_backend)] == [MOST]


def test_of_many_the_nearest_are_asked_together(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand may have nearly the same slot: only so many are looked at."""
    monkeypatch.setattr(together, "LOOKED_AT", 2)
    backend.services = replace(backend.services, policy=replace(backend.policy, lead=timedelta(hours=2)))
    backend.worker = backend.new_worker("again", backend.services)
    planned = plan(backend, 40, 10, 30, 0)
    backend.clock.push(timedelta(minutes=DAY - 70))
    backend.services.do(deadlines.step, planned[3].post_id)
    assert [[text for text, _ in one] for one in asked(backend)] == [["3", "1"]]


def test_what_needs_more_than_a_go_is_not_asked_there(sqlite_backend: Backend) -> None:
    """Words that nobody approved; an account that is paused."""
    backend = sqlite_backend
    plan(backend, 0, approved=False)
    plan(backend, 0)
    paused = backend.plan("Bread 9", minutes=DAY, accounts=("cafe",))
    backend.services.do(review.approve, TOM, paused, key())
    backend.services.do_first(pause.pause, MAYA, "cafe", "", key())
    push_to(backend, LEAD)
    assert asked(backend) == []


def test_one_that_was_killed_before_its_review_is_not_asked_about(sqlite_backend: Backend) -> None:
    planned = plan(sqlite_backend, 0, 0)
    sqlite_backend.services.do(review.kill, MAYA, planned[1], key())
    push_to(sqlite_backend, LEAD)
    assert asked(sqlite_backend) == []


def test_a_message_whose_posts_are_decided_gets_no_new_ones(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    planned = plan(backend, 0, 0, 10)
    push_to(backend, LEAD)
    for seen in planned[:2]:
        backend.services.do(review.go, MAYA, seen, key())
    backend.push(minutes=10)
    assert asked(backend) == [[("0", False), ("1", False)]]
    assert list_quiet(backend, planned[2:]) == [False]


def test_a_post_that_is_moved_into_the_hour_comes_to_the_message(sqlite_backend: Backend) -> None:
    """Its new card rings, as any does that a person puts up; moved out of it, it is asked there no more."""
    backend = sqlite_backend
    first = plan(backend, 0, 0)
    (late,) = plan(backend, 300)
    push_to(backend, LEAD)
    slot = backend.post(first[0]).slot
    assert slot is not None
    backend.services.do(review.move, MAYA, late, slot - timedelta(minutes=5), key())
    assert [len(one) for one in asked(backend)] == [3]
    assert list_quiet(backend, [late]) == [False]
    backend.services.do(review.move, MAYA, first[0], slot - timedelta(minutes=7), key())
    assert list_quiet(backend, first) == [False, True], "it has a new card, which has to ring"
    backend.services.do(review.move, MAYA, backend.now_seen(late), slot + timedelta(hours=4), key())
    assert [sum(asks for _, asks in one) for one in asked(backend)] == [2]
    backend.push(minutes=240)
    assert backend.status(late) is Status.REVIEW
    assert [sum(asks for _, asks in one) for one in asked(backend)] == [0], "its new hour is another one"


# --- who is rung ---------------------------------------------------------------------------------------


def test_the_message_calls_who_is_on_shift(sqlite_backend: Backend) -> None:
    rota = parse_rota(["Mon-Sun 00:00-23:59 U0MAYA"])
    backend = sqlite_backend
    backend.services = replace(backend.services, policy=replace(backend.policy, rota=rota))
    backend.worker = backend.new_worker("again", backend.services)
    plan(backend, 0, 0)
    push_to(backend, LEAD)
    assert [one.called for one in messages(backend)] == [(MAYA.id,)]


def give_shifts(backend: Backend, *shifts: str) -> None:
    backend.services = replace(backend.services, policy=replace(backend.policy, rota=parse_rota(shifts)))
    backend.worker = backend.new_worker("again", backend.services)


@pytest.mark.parametrize("changes", ["by the rota", "by somebody's word", "not at all"])
def test_a_shift_that_changes_before_a_review_opens_rings_whoever_has_it_then(
    sqlite_backend: Backend, changes: str
) -> None:
    """The message, put up half a minute before the second's review opened, had mentioned whoever had gone by then."""
    backend = sqlite_backend
    turns = (
        ("06:00-08:30 U0MAYA", "08:30-18:00 U0ANNA") if changes == "by the rota" else ("06:00-18:00 U0MAYA",)
    )
    give_shifts(backend, *(f"Mon-Sun {turn}" for turn in turns))
    planned = plan(backend, -0.5, 0)
    push_to(backend, LEAD + 0.5)
    assert [one.called for one in messages(backend)] == [(MAYA.id,)]
    backend.push(seconds=10)
    if changes == "by somebody's word":
        backend.services.do(duty.go_away, MAYA, backend.clock.now() + timedelta(hours=1), key())
    backend.push(seconds=20)
    assert list_quiet(backend, planned) == [True, changes == "not at all"]
    assert asked(backend) == [[("0", True), ("1", True)]]


def test_after_a_pause_each_card_calls_for_itself(sqlite_backend: Backend) -> None:
    """It may not be up yet, and the message may have been put up before the pause."""
    planned = plan(sqlite_backend, 0, 0)
    push_to(sqlite_backend, LEAD)
    pause_and_resume(sqlite_backend)
    assert list_quiet(sqlite_backend, planned) == [False, False]
    assert [one.called for one in messages(sqlite_backend)] == [()]
    assert asked(sqlite_backend) == [[("0", True), ("1", True)]]


def test_an_edit_makes_its_card_call_for_itself(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    planned = plan(backend, 0, 0)
    push_to(backend, LEAD)
    changes = Changes("Other bread", backend.post(planned[0]).slot)
    backend.services.do(edit.save_edit, MAYA, planned[0], changes, key())
    assert list_quiet(backend, planned) == [False, True]


def test_a_second_review_calls_for_itself(sqlite_backend: Backend) -> None:
    """With a shorter lead after a restart the moment is asked for again, in a new card."""
    backend = sqlite_backend
    planned = plan(backend, 0, 0)
    push_to(backend, LEAD)
    assert list_quiet(backend, planned) == [True, True]
    policy = replace(backend.policy, lead=timedelta(minutes=10))
    backend.services = replace(backend.services, policy=policy)
    backend.worker = backend.new_worker("again", backend.services)
    backend.services.do(settings_changes.adopt_settings)
    assert asked(backend) == [[("0", False), ("1", False)]], "a Go counts from ten minutes before on"
    backend.push(minutes=20)
    assert list_quiet(backend, planned) == [False, False], "each has a new card, which has to ring"
    assert asked(backend) == [[("0", True), ("1", True)]]


# --- at once -------------------------------------------------------------------------------------------


def test_two_that_open_at_once_make_one_message(backend: Backend) -> None:
    """Two workers, each with its post, at the same moment."""
    planned = plan(backend, 0, 0)
    backend.clock.push(timedelta(minutes=DAY - LEAD))
    gate = Barrier(2)

    def step(seen: Seen) -> None:
        gate.wait(10)
        backend.services.do(deadlines.step, seen.post_id)

    with ThreadPoolExecutor(2) as both:
        list(both.map(step, planned))
    assert [backend.status(seen) for seen in planned] == [Status.REVIEW] * 2
    assert asked(backend) == [[("0", True), ("1", True)]]
    assert list_quiet(backend, planned) == [True, True]


def test_the_message_is_drawn_anew_with_its_posts(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    planned = plan(backend, 0, 0)
    push_to(backend, LEAD)
    (request,) = messages(backend)

    def wanted() -> int:
        card = backend.store.read(lambda db: cards.find_current(db, CardType.GO_REQUEST, request.id))
        assert card is not None
        return card.wanted

    before = wanted()
    backend.services.do(review.go, MAYA, planned[0], key())
    after_go = wanted()
    backend.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    assert before < after_go < wanted()
    assert asked(backend) == [[("0", False), ("1", False)]]


def test_what_a_message_is_about_outlives_a_restart(sqlite_backend: Backend) -> None:
    """The rows are of the transaction that opened the review."""
    planned = plan(sqlite_backend, 0, 0)
    push_to(sqlite_backend, LEAD)
    rows = sqlite_backend.store.read(lambda db: go_requests.list_of_post(db, planned[0].post_id))
    assert [one.slot for one in rows] == [sqlite_backend.post(planned[0]).slot]
