"""P1, at random: an account is given another profile now and then, also while a post is being sent there. The judge
notes which profile it was when somebody said yes, and holds each line of the network's ledger against that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.people import Person
from bot.domain.posts import Status
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Published
from bot.services.accounts import profiles as profile_rules
from bot.services.accounts.replacing import Replacing
from bot.services.deliveries import posts, statements
from bot.store.engine.store import Store
from bot.workers import worker as workers
from bot.workers.worker import Worker
from tests.backend import Backend, ManualClock, how_many, team
from tests.promises.profiles import OTHER, Profiles
from tests.promises.simulation import Judgement, Noted, Simulation, Yes

STEPS, PROOF = 200, 4000
BEGUN = (Status.PUBLISHING, Status.PUBLISHED)


@dataclass(frozen=True)
class YesFor(Yes):
    profile: str  # which the bakery was then


class ProfileSimulation(Simulation):
    """The bakery is one of two profiles."""

    def __init__(self, backend: Backend, seed: int, folder: Path) -> None:
        self.profiles = Profiles(backend, folder)
        self.profiles.connection.check()
        self.mid_send = random.Random(seed)
        self.asked_for: str | None = None  # by the line that is judged
        super().__init__(backend, seed, releases=0)
        self._actions.append((3, self.replace))

    def replace(self) -> str:
        name = OTHER if self.profiles.is_now == "bakery" else "bakery"
        self.profiles.replace(name)
        for noted in self.notes:
            if "bakery" in noted.accounts and self.backend.status(noted.seen) not in BEGUN:
                self._end(noted, words=True)
        return name

    def _born(self, bomb: Any = None) -> Worker:
        worker = super()._born(bomb)
        honest: Any = worker._call

        def call(begun: Any, deadline: float) -> Any:
            if self.mid_send.random() < 0.1:
                self.log.append(f"         …{self.replace()} while it is sent")
            return honest(begun, deadline)

        worker._call = call  # type: ignore[method-assign]
        return worker

    # --- what people do ------------------------------------------------------------------------------

    def _say(self, noted: Noted, what: str, person: Person) -> None:
        yes = YesFor(what, person.id, self._epochs(noted), noted.slot, self.profiles.is_now)
        noted.said.append(yes)

    def _try(self, noted: Noted, account: str, person: Person, delivery: str, state: str) -> None:
        if state == "unknown" and self._ledger(noted, account):
            return  # whoever looks sees it there
        super()._try(noted, account, person, delivery, state)

    # --- the judge -----------------------------------------------------------------------------------

    def _standing(self, noted: Noted) -> list[Yes]:
        counting = super()._standing(noted)
        whose = self.asked_for
        return [
            one for one in counting if whose is None or not isinstance(one, YesFor) or one.profile == whose
        ]

    def _judge_one(self, line: Published, before: tuple[Published, ...]) -> None:
        self.asked_for = line.account if line.account in ("bakery", OTHER) else None
        try:
            super()._judge_one(_of_account(line), tuple(map(_of_account, before)))
        finally:
            self.asked_for = None

    def _ledger(self, noted: Noted, account: str) -> list[Published]:
        ledger = map(_of_account, self.backend.network.ledger)
        return [one for one in ledger if (one.text, one.account) == (noted.text, account)]


def _of_account(line: Published) -> Published:
    """As whichever profile it went out."""
    return replace(line, account="bakery") if line.account == OTHER else line


@pytest.fixture
def simulate(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, tmp_path: Path
) -> Iterator[Any]:
    made: list[Simulation] = []

    def make(seed: int) -> ProfileSimulation:
        backend = Backend(sqlite_store, network, clock, team(), "unused")
        made.append(ProfileSimulation(backend, seed, tmp_path))
        return made[-1]  # type: ignore[return-value]

    yield make
    for one in made:
        for worker in one.workers:
            worker.stop(timedelta(seconds=5))


@pytest.mark.parametrize("seed", range(2))
def test_what_was_approved_for_one_profile_goes_out_there(
    simulate: Any, network: MastodonServer, seed: int, request: pytest.FixtureRequest
) -> None:
    steps = how_many(request.config, STEPS, PROOF)
    simulation = simulate(seed)
    simulation.live(steps)
    assert len(network.ledger) > steps / 60, simulation.done
    assert {"bakery", OTHER} <= {line.account for line in network.ledger}


def with_calls_as_whoever_it_is(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks between the begin and the call whose account it is."""
    patch.setattr(workers, "as_whose", lambda client, _whose, _learn: client)


def with_a_yes_to_any_profile(patch: pytest.MonkeyPatch) -> None:
    """The identity is no part of what is approved."""
    patch.setattr(Replacing, "_ask_anew", lambda _self, _case: None)
    for kind in (posts, statements):
        patch.setattr(kind, "explain_another", lambda _work, _case, _delivery: None)
    patch.setattr(profile_rules, "find_identity", lambda _work, _account, _body=None: None)


@pytest.mark.parametrize("takes_away", [with_calls_as_whoever_it_is, with_a_yes_to_any_profile])
def test_the_judge_notices_whose_profile(
    simulate: Any, monkeypatch: pytest.MonkeyPatch, takes_away: Any
) -> None:
    """Control: with the binding gone the judge speaks."""
    takes_away(monkeypatch)
    with pytest.raises(Judgement, match="P1"):
        simulate(3).live(3000)
