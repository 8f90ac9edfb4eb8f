"""P1 to P5, P7 and P8 where a person is the sender: the same random life, with accounts that people post to.

As in `test_p4_simulation.py`, each guard taken away is a control; and the process that takes the press dies around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.approvals import Standing
from bot.domain.deliveries import AttemptState, State
from bot.domain.facts import FactKind
from bot.domain.policy import Policy
from bot.domain.posts import Seen, Status
from bot.domain.refusals import NotFrom, SomebodyHasIt
from bot.domain.shown.by_hand import HandView
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import by_hand, outcomes, posts
from bot.services.deliveries.types import Authority, MayBegin
from bot.services.posts import standing
from bot.services.posts.lifecycle import Case
from bot.services.queries import posts as post_queries
from bot.services.queries.by_hand import list_hands
from bot.services.unit_of_work import UnitOfWork
from bot.slack.views.posts import card as cards
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.tables.core import attempts, facts
from tests.backend import ANNA, MAYA, Backend, ManualClock, how_many, key
from tests.promises.crashes import Bomb, Life, press
from tests.promises.simulation import Judgement
from tests.promises.simulation_by_hand import STORY, HandSimulation, hands_team
from tests.promises.test_p4_simulation import (
    recovering_by_resending,
    without_the_gate,
    without_turns,
)

STEPS, PROOF = 120, 5000
CONTROL = 2500  # steps within which the judge speaks


def backend_of(store: Store, network: MastodonServer, clock: ManualClock) -> Backend:
    return Backend(store, network, clock, hands_team(), "unused")


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    return how_many(request.config, STEPS, PROOF)


@pytest.mark.parametrize("seed", [3, 4])
def test_one_worker(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, seed: int, steps: int
) -> None:
    simulation = HandSimulation(backend_of(sqlite_store, network, clock), seed)
    simulation.live(steps)
    assert len(simulation.hands) > steps / 100, simulation.done
    assert simulation.offered > steps / 20, simulation.done


def test_two_workers(postgres_store: Store, network: MastodonServer, clock: ManualClock, steps: int) -> None:
    """PostgreSQL, both at once, in threads."""
    HandSimulation(backend_of(postgres_store, network, clock), 100, workers=2).live(steps // 3)


# --- controls ----------------------------------------------------------------------------------------


def with_a_press_of_anybody_after_a_pause(patch: pytest.MonkeyPatch) -> None:
    """A pause asks for no approver, neither at the press nor where yeses are counted."""
    patch.setattr(standing, "list_lost", lambda *_: [])
    patch.setattr(standing, "may_approve", lambda *_: True)
    patch.setattr(Standing, "paused_since", lambda *_: False)


def with_words_nobody_approved(patch: pytest.MonkeyPatch) -> None:
    """Words that wait for their approval are handed out."""
    patch.setattr(Standing, "asks_go", property(lambda self: self.moment is None))


def beyond_its_window(patch: pytest.MonkeyPatch) -> None:
    """It is offered, and can be taken, for a day."""
    patch.setattr(Policy, "find_window", lambda *_: timedelta(days=1))


def with_a_second_who_takes_it_over(patch: pytest.MonkeyPatch) -> None:
    """Whoever presses has it, whoever had it before; what is up the schema itself keeps from another begin."""
    must_be_free, begin = by_hand._must_be_free, by_hand._begin

    def be_free(work: UnitOfWork, post: Any, account: str) -> None:
        known = by_hand._find(work, post, account)
        if known is None or known.state not in (State.SENDING, State.UNKNOWN):
            must_be_free(work, post, account)

    patch.setattr(by_hand, "_must_be_free", be_free)

    def take_over(work: UnitOfWork, post: Any, person: Any, account: str) -> None:
        which = by_hand._find(work, post, account)
        live = deliveries.find_live_attempt(work.db, which.id) if which else None
        if live is not None:
            deliveries.end_attempt(work.db, live.id, AttemptState.NOT_SENT, work.now)
        begin(work, post, person, account)

    patch.setattr(by_hand, "_begin", take_over)


def with_another_offer_by_itself(patch: pytest.MonkeyPatch) -> None:
    """What somebody did not post is offered to the next."""
    end = outcomes.end

    def offer(work: UnitOfWork, delivery: Any, attempt_id: str, after: Any, **how: Any) -> None:
        if after.state is State.DROPPED and delivery.holder:
            after = replace(after, state=State.READY, due_at=work.now)
        end(work, delivery, attempt_id, after, **how)

    patch.setattr(outcomes, "end", offer)


def with_the_words_left_on_the_card(patch: pytest.MonkeyPatch) -> None:
    """A pause takes the button alone."""
    body = cards._body
    patch.setattr(cards, "_body", lambda card, look, room: body(card, replace(look, bare=False), room))


def with_a_card_that_forgets(patch: pytest.MonkeyPatch) -> None:
    """It does not say who has it."""

    def forget(*args: Any) -> tuple[HandView, ...]:
        return tuple(replace(one, holder=None) for one in list_hands(*args))

    patch.setattr(post_queries, "list_hands", forget)


def with_a_clock_that_begins(patch: pytest.MonkeyPatch) -> None:
    """The worker begins what is a person's to begin."""

    def begin(work: UnitOfWork, case: Case, _delivery: Any) -> MayBegin:
        yes = posts.find_authority(work, case)
        assert yes is not None
        return Authority(case.epochs, case.post.id, case.post.version.id, approval_id=yes.id)

    patch.setattr(posts, "_offer", begin)


def without_a_record(patch: pytest.MonkeyPatch) -> None:
    """A begin by hand is noted as the clock's."""
    note = posts.Posts.note

    def quiet(
        self: posts.Posts, work: UnitOfWork, case: Any, what: FactKind, delivery: Any, data: Any
    ) -> None:
        note(self, work, case, what, replace(delivery, prepared={}), data)

    patch.setattr(posts.Posts, "note", quiet)


@pytest.mark.parametrize(
    ("takes_away", "promise", "seed"),
    [
        (without_the_gate, "P[13]", 3),
        (with_a_press_of_anybody_after_a_pause, "P3", 4),
        (with_words_nobody_approved, "P1", 3),
        (beyond_its_window, "P5: .* (began|is offered)", 3),
        (without_turns, "P5", 3),
        (with_a_second_who_takes_it_over, "P4", 8),
        (with_another_offer_by_itself, "P[48]", 3),
        (recovering_by_resending, "P7", 4),
        (with_the_words_left_on_the_card, "P3", 1),
        (with_a_card_that_forgets, "P[78]", 3),
        (with_a_clock_that_begins, "P8", 3),
        (without_a_record, "P8", 3),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_judge_notices(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch,
    takes_away: Callable[[pytest.MonkeyPatch], None], promise: str, seed: int,
) -> None:  # fmt: skip
    """Control, with a seed that shows it soon: with one guard gone the judge speaks."""
    takes_away(monkeypatch)
    pauses = 12 if promise.startswith("P3") else 0
    simulation = HandSimulation(
        backend_of(sqlite_store, network, clock), seed, releases=0, often=5, pauses=pauses
    )
    at_its_end = takes_away is without_a_record  # that is read then
    try:
        with pytest.raises(Judgement, match=f"seed {seed}: {promise}"):
            simulation.live(STEPS if at_its_end else CONTROL)
    finally:
        for worker in simulation.workers:
            worker.stop(timedelta(seconds=5))


# --- a process dies around a press ------------------------------------------------------------------


@pytest.fixture
def here(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    built = backend_of(sqlite_store, network, clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


def count(backend: Backend, seen: Seen) -> tuple[int, list[str | None]]:
    """(attempts, who began)"""
    of_post = attempts.c.post_id == seen.post_id
    begun = (facts.c.what == FactKind.BEGUN.value, facts.c.subject == f"post:{seen.post_id}")
    return backend.store.read(
        lambda db: (
            len(db.execute(select(attempts.c.id).where(of_post)).all()),
            list(db.execute(select(facts.c.who).where(*begun)).scalars()),
        )
    )


AROUND = [(when, step) for step in ("begin", "say_up", "say_not_up") for when in ("before", "after")]


@pytest.mark.parametrize(("when", "step"), AROUND)
def test_a_press_counts_once_whatever_dies(here: Backend, when: str, step: str) -> None:
    seen, bomb = here.approved(accounts=(STORY,)), Bomb(when, step)
    here.to_slot(seen)
    press(here, bomb if step == "begin" else None, by_hand.begin, MAYA, here.now_seen(seen), STORY, key())
    with pytest.raises(SomebodyHasIt):
        here.services.do(by_hand.begin, ANNA, here.now_seen(seen), STORY, key())
    after = Life(here, bomb).reborn()
    here.push(after, minutes=5)
    assert here.states(seen) == {STORY: "sending"}, "a restart leaves it with whoever has it"
    which = here.delivery_id(seen, STORY)
    if step == "say_not_up":
        press(here, bomb, by_hand.say_not_up, MAYA, which, key())
    else:
        press(here, bomb if step == "say_up" else None, by_hand.say_up, MAYA, which, "", key())
    with pytest.raises(NotFrom):
        here.services.do(by_hand.say_up, ANNA, which, "https://example.com/p/1", key())
    assert bomb.gone
    assert here.status(seen) is (Status.MISSED if step == "say_not_up" else Status.PUBLISHED)
    assert count(here, seen) == (1, [MAYA.id])
    after.stop(timedelta(seconds=5))


WORKING = [
    (when, step) for step in ("claim", "prepare", "keep_prepared", "begin") for when in ("before", "after")
]


@pytest.mark.parametrize(("when", "step"), WORKING)
def test_a_worker_that_dies_leaves_it_to_people(here: Backend, when: str, step: str) -> None:
    """Whatever it had begun to prepare at the slot, it is offered, and a press has it."""
    seen = here.approved(accounts=(STORY,))
    life = Life(here, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=21))
    assert life.bomb.gone
    here.clock.set(here.post(seen).slot or here.clock.now())
    here.services.do(by_hand.begin, MAYA, here.now_seen(seen), STORY, key())
    after = life.reborn()
    for _ in range(20):
        here.push(after, minutes=1)
    assert here.states(seen) == {STORY: "sending"}
    assert count(here, seen) == (1, [MAYA.id])
    here.services.do(by_hand.say_up, MAYA, here.delivery_id(seen, STORY), "", key())
    assert here.status(seen) is Status.PUBLISHED
    after.stop(timedelta(seconds=5))
