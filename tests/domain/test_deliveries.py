"""The machine of one send: what each outcome and each look makes of it, at the edges of its limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.deliveries import (
    ASK_AFTER,
    BACK_OFF,
    AttemptState,
    Delivery,
    Next,
    State,
    back_off,
    find_end_of_looking,
    find_final_status,
    judge_look,
    judge_outcome,
)
from bot.domain.kinds import DeliveryType
from bot.domain.outcomes import (
    Absent,
    CannotTell,
    Found,
    Later,
    NeedsLogin,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Unknown,
)
from bot.domain.posts import Status

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SETTLE = timedelta(seconds=60)


def test_looking_has_an_end_that_people_are_told() -> None:
    begun = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    looking = Delivery(
        id="d1", post_id="p1", kind=DeliveryType.POST, account="bakery", state=State.UNKNOWN, handle="h",
        next_check_at=begun + timedelta(minutes=1),
    )  # fmt: skip
    assert find_end_of_looking(looking, begun) == begun + timedelta(minutes=15)
    asked = judge_look(CannotTell("x"), started_at=begun, now=begun + timedelta(minutes=14, seconds=30))
    assert asked.next_check_at is None, "the same end"
    assert find_end_of_looking(replace(looking, next_check_at=None), begun) is None
    assert find_end_of_looking(replace(looking, state=State.SENT), begun) is None


def after(outcome: Outcome, *, tries: int = 1, left: timedelta = timedelta(minutes=10)) -> Next:
    return judge_outcome(outcome, tries=tries, latest_at=NOW + left, now=NOW, settle_after=SETTLE)


@pytest.mark.parametrize(
    ("outcome", "state", "attempt"),
    [
        (Sent("1"), State.SENT, AttemptState.SENT),
        (Refused("no"), State.REFUSED, AttemptState.REFUSED),
        (NotSent("no route"), State.READY, AttemptState.NOT_SENT),
        (Later("slow down"), State.READY, AttemptState.NOT_SENT),
        (NeedsLogin("expired"), State.READY, AttemptState.NOT_SENT),
        (Unknown("500"), State.UNKNOWN, AttemptState.UNKNOWN),
    ],
)
def test_each_outcome(outcome: Outcome, state: State, attempt: AttemptState) -> None:
    assert (after(outcome).state, after(outcome).attempt) == (state, attempt)


@given(st.sampled_from([NotSent("x"), Later("x"), NeedsLogin("x")]), st.integers(0, 12), st.integers(0, 700))
def test_never_ready_past_the_limit_and_never_at_once(outcome: Outcome, tries: int, left: int) -> None:
    done = after(outcome, tries=tries, left=left * SECOND)
    if done.state is State.READY:
        assert done.due_at
        assert NOW + 2 * SECOND <= done.due_at <= NOW + left * SECOND
    else:
        assert (done.state, done.attempt) == (State.DROPPED, AttemptState.NOT_SENT)


@given(st.sampled_from([Unknown("x"), Sent("1"), Refused("x")]), st.integers(-9, 700))
def test_only_proof_that_nothing_happened_leads_back_to_ready(outcome: Outcome, left: int) -> None:
    assert after(outcome, left=left * SECOND).state is not State.READY


def test_a_throttle_is_waited_for_and_beyond_the_limit_it_drops_at_once() -> None:
    assert after(Later("", NOW + 600 * SECOND)).due_at == NOW + 600 * SECOND
    assert after(Later("", NOW + 601 * SECOND)).state is State.DROPPED
    assert after(Later("", NOW - 5 * SECOND)).due_at == NOW + 2 * SECOND


def test_back_off_rises_to_a_minute() -> None:
    assert [back_off(tries).total_seconds() for tries in range(1, 7)] == [*BACK_OFF, 60]
    assert back_off(0) == back_off(1)


def test_an_unknown_outcome_is_looked_at_after_the_settle_time() -> None:
    assert after(Unknown("500")).next_check_at == NOW + SETTLE


def test_looking() -> None:
    def look(what: Found | Absent | CannotTell, ago: timedelta = SETTLE) -> Next:
        return judge_look(what, started_at=NOW - ago, now=NOW)

    assert look(Found("1", "u")).state is State.SENT
    absent = look(Absent(rests_on="the test says so"))
    assert (absent.state, absent.attempt) == (State.READY, AttemptState.ABSENT)
    assert look(CannotTell("?")).next_check_at == NOW + 60 * SECOND
    assert look(CannotTell("?"), ASK_AFTER - 60 * SECOND).next_check_at is not None
    assert look(CannotTell("?"), ASK_AFTER - 59 * SECOND).next_check_at is None
    assert look(CannotTell("?"), ASK_AFTER).state is State.UNKNOWN


@given(st.lists(st.sampled_from(list(State)), min_size=1, max_size=5))
def test_what_deliveries_make_of_a_post(states: list[State]) -> None:
    status = find_final_status(states)
    if any(state in (State.READY, State.CLAIMED, State.SENDING, State.UNKNOWN) for state in states):
        assert status is None
    elif State.SENT in states:
        assert status is Status.PUBLISHED
    else:
        assert status is (Status.FAILED if State.REFUSED in states else Status.MISSED)


def test_states_are_found_by_their_keys() -> None:
    assert all(State.of(state.key) is state for state in State)
