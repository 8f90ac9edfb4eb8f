"""P1 to P5 under everything at once: thousands of random steps, judged from the network's ledger.

Each guard taken away is a control: a judge that does not notice that proves nothing. `--steps` makes it longer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, not_, or_, select, update

from bot.domain import approvals as approval_rules
from bot.domain.approvals import Approval
from bot.domain.deliveries import AttemptState, State
from bot.domain.gate import Gate
from bot.domain.kinds import ApprovalType
from bot.domain.pause.statements import Counted, Release, Shut
from bot.domain.people import Named
from bot.domain.policy import Policy
from bot.domain.posts import Version
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import machine, outcomes, posts
from bot.services.posts import deadlines, lifecycle
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.posts import approvals
from bot.store.tables.core import approvals as given
from bot.store.tables.core import versions
from tests.backend import ANNA, TOM, Backend, ManualClock, how_many, team
from tests.promises.simulation import Judgement, Simulation

STEPS, PROOF = 200, 6500


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    return how_many(request.config, STEPS, PROOF)


@pytest.mark.parametrize("seed", range(5))
def test_one_worker(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, seed: int, steps: int
) -> None:
    """SQLite; the last seed needs two approvals."""
    needed = 2 if seed == 4 else 1
    backend = Backend(sqlite_store, network, clock, team(approvals=needed), "unused")
    simulation = Simulation(backend, seed, releases=5 if needed == 1 else 0)
    simulation.live(steps)
    assert len(network.ledger) > steps / (60 if needed == 1 else 200), simulation.done


NAMED = {"cafe": {ANNA.id}, "winter": {TOM.id}}  # an account's, and a label's


def named_team() -> Policy:
    plain = team()
    accounts = {**plain.accounts, "cafe": replace(plain.accounts["cafe"], approvers=(ANNA.id,))}
    return replace(plain, accounts=accounts, labels={"winter": (TOM.id,)})


def test_approvers_by_account_and_label(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, steps: int
) -> None:
    simulation = Simulation(
        Backend(sqlite_store, network, clock, named_team(), "unused"), 5, named=NAMED, releases=0
    )
    simulation.live(steps)
    assert len(network.ledger) > steps / 100, simulation.done


@pytest.mark.parametrize("seed", range(100, 101))
def test_two_workers(
    postgres_store: Store, network: MastodonServer, clock: ManualClock, seed: int, steps: int
) -> None:
    """PostgreSQL, both at once, in threads."""
    simulation = Simulation(Backend(postgres_store, network, clock, team(), "unused"), seed, workers=2)
    simulation.live(steps // 3)


# --- controls ----------------------------------------------------------------------------------------


def without_approvals(patch: pytest.MonkeyPatch) -> None:
    """Begin takes any approval of the version, ended or not."""

    def any_approval(work: UnitOfWork, case: Case) -> approval_rules.Approval | None:
        return next(iter(approvals.list_of_version(work.db, case.post.version.id)), None)

    patch.setattr(posts, "find_authority", any_approval)
    patch.setattr(lifecycle, "disarm", lambda work, post: None)


def without_the_gate(patch: pytest.MonkeyPatch) -> None:
    """The gate is looked at by nobody; neither are epochs."""
    patch.setattr(Gate, "closed_for", lambda self, accounts: None)
    patch.setattr(Gate, "epochs_for", lambda self, accounts: "{}")


def recovering_by_resending(patch: pytest.MonkeyPatch) -> None:
    """A lease that is over is taken for proof that nothing was sent."""

    def trusting(work: UnitOfWork, _kind: Any, _subject: Any, delivery: Any) -> None:
        attempt = deliveries.find_live_attempt(work.db, delivery.id)
        assert attempt is not None
        deliveries.end_attempt(work.db, attempt.id, AttemptState.NOT_SENT, work.now)
        deliveries.change(work.db, delivery.id, work.now, state=State.READY, lease_until=None)

    patch.setattr(machine, "_nobody_knows", trusting)


def without_turns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliveries, "take_turn", lambda db, account, now, not_since: None)


def without_a_limit(patch: pytest.MonkeyPatch) -> None:
    """No lateness, neither in begin nor in the clock's step."""
    honest, step = posts._why_not, deadlines.step

    def careless(work: UnitOfWork, case: Case, delivery: Any, authority: Any) -> str | None:
        why = honest(work, case, delivery, authority)
        return None if why == outcomes.TOO_LATE else why

    def lazy(work: UnitOfWork, post_id: str) -> None:
        if lifecycle.load_case(work, post_id).post.status.key != "approved":
            step(work, post_id)

    patch.setattr(posts, "_why_not", careless)
    patch.setattr(deadlines, "step", lazy)


def with_errors_as_retries(patch: pytest.MonkeyPatch) -> None:
    """An unknown outcome is taken for a failure and tried again."""
    from bot.domain import deliveries as delivery_rules
    from bot.domain.outcomes import NotSent, Unknown

    honest = delivery_rules.judge_outcome

    def hasty(outcome: Any, **about: Any) -> Any:
        return honest(NotSent("failed") if isinstance(outcome, Unknown) else outcome, **about)

    patch.setattr(delivery_rules, "judge_outcome", hasty)


def with_authors_approving(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approval_rules, "is_barred_author", lambda person, post, policy: False)


def _keep(patch: pytest.MonkeyPatch, *kept: Any) -> None:
    """Nothing ends these approvals but whoever takes them back."""

    def end_all(
        db: Connection, post_id: str, *, by: str | None, why: str, now: datetime, but: Any = None
    ) -> list[str]:
        ended = {"revoked_at": now, "revoked_by": by, "revoked_why": why}
        which = (given.c.post_id == post_id) & given.c.revoked_at.is_(None) & not_(or_(*kept))
        return list(
            db.execute(update(given).where(which).values(**ended).returning(given.c.by_user)).scalars()
        )

    def list_of_version(db: Connection, version_id: str) -> list[Approval]:
        its_post = select(versions.c.post_id).where(versions.c.id == version_id).scalar_subquery()
        which = (given.c.version_id == version_id) | ((given.c.post_id == its_post) & or_(*kept))
        return [
            approvals._approval(row) for row in db.execute(select(given).where(which).order_by(given.c.at))
        ]

    patch.setattr(approvals, "end_all", end_all)
    patch.setattr(approvals, "list_of_version", list_of_version)


def _counting(patch: pytest.MonkeyPatch, counts: Callable[[Approval, Version, str], bool]) -> None:
    """`counts` says which count besides those that do, unless they were taken back."""
    honest = Approval.counts_for

    def careless(self: Approval, version: Version, epochs: str) -> bool:
        return honest(self, version, epochs) or (self.revoked_at is None and counts(self, version, epochs))

    patch.setattr(Approval, "counts_for", careless)


def with_a_yes_to_any_words(patch: pytest.MonkeyPatch) -> None:
    """A yes to the words is bound to no digest."""
    _keep(patch, given.c.words.is_not(None))
    _counting(patch, lambda one, _version, _epochs: one.words is not None)


def with_a_go_through_pauses(patch: pytest.MonkeyPatch) -> None:
    """A Go is bound to no epoch."""
    _counting(
        patch, lambda one, version, _epochs: one.kind is ApprovalType.GO and one.sha256 == version.sha256
    )


def with_an_early_yes_for_the_moment(patch: pytest.MonkeyPatch) -> None:
    """A yes to the words counts for the moment once the review is open."""
    honest = approval_rules.count_approvals

    def hasty(*given: Any) -> approval_rules.Standing:
        counted = honest(*given)
        return replace(counted, moment=counted.moment or next(iter(counted.words), None))

    patch.setattr(approval_rules, "count_approvals", hasty)


def with_accounts_that_name_nobody(patch: pytest.MonkeyPatch) -> None:
    """Whoever is the team's approver approves everything."""
    honest = Named.find_rules
    patch.setattr(
        Named, "find_rules", lambda self, accounts, label: honest(replace(self, accounts={}), accounts, label)
    )


def with_labels_that_name_nobody(patch: pytest.MonkeyPatch) -> None:
    honest = Named.find_rules
    patch.setattr(Named, "find_rules", lambda self, accounts, label: honest(self, accounts, ""))


def with_one_approval_for_all_accounts(patch: pytest.MonkeyPatch) -> None:
    """Whoever may approve for one of its accounts does so for all."""
    patch.setattr(approval_rules, "_choose_named", lambda words, rule, rules, known: tuple(words))


@pytest.mark.parametrize(
    "takes_away",
    [
        with_accounts_that_name_nobody,
        with_labels_that_name_nobody,
        with_one_approval_for_all_accounts,
    ],
)
def test_the_judge_notices_who(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch,
    takes_away: Any,
) -> None:  # fmt: skip
    """Control: with one rule gone the judge speaks."""
    takes_away(monkeypatch)
    backend = Backend(sqlite_store, network, clock, named_team(), "unused")
    simulation = Simulation(backend, 3, named=NAMED, releases=0)
    with pytest.raises(Judgement, match="P1"):
        simulation.live(3000)
    for worker in simulation.workers:
        worker.stop(timedelta(seconds=5))


def with_statements_of_any_pause(patch: pytest.MonkeyPatch) -> None:
    """A release is bound to no pause."""
    honest = Release.find_end

    def careless(self: Release, version: Version, shut: Shut, now: datetime) -> str | None:
        return honest(replace(self, shut=shut), version, shut, now)

    patch.setattr(Release, "find_end", careless)


def with_statements_of_two_members(patch: pytest.MonkeyPatch) -> None:
    """Any two people, an approver among them or not."""
    pair = property(lambda self: tuple(self.each[:2]) if len(self.each) > 1 else None)
    patch.setattr(Counted, "pair", pair)


@pytest.mark.parametrize(
    ("takes_away", "promise"),
    [
        (without_approvals, "P[12]"),
        (without_the_gate, "P[13]"),
        (recovering_by_resending, "P4"),
        (with_errors_as_retries, "P4"),
        (without_turns, "P5"),
        (without_a_limit, "P5"),
        (with_authors_approving, "P1"),
        (with_a_yes_to_any_words, "P1"),
        (with_a_go_through_pauses, "P2"),
        (with_an_early_yes_for_the_moment, "P2"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_the_judge_notices(
    sqlite_store: Store, network: MastodonServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch,
    takes_away: Any, promise: str,
) -> None:  # fmt: skip
    """Control: with one guard gone the judge speaks."""
    takes_away(monkeypatch)
    backend = Backend(sqlite_store, network, clock, team(), "unused")
    simulation = Simulation(backend, 3, releases=0)
    with pytest.raises(Judgement, match=promise):
        simulation.live(3000)
    for worker in simulation.workers:
        worker.stop(timedelta(seconds=5))


@pytest.mark.parametrize(
    "takes_away",
    [with_statements_of_any_pause, with_statements_of_two_members],
    ids=lambda value: value.__name__,
)
def test_the_judge_notices_of_a_statement(
    sqlite_store: Store,
    network: MastodonServer,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    takes_away: Any,
) -> None:
    """The same where people release again and again. Of releases of other words the schema lets nothing out."""
    takes_away(monkeypatch)
    simulation = Simulation(Backend(sqlite_store, network, clock, team(), "unused"), 3, releases=60)
    with pytest.raises(Judgement, match="P3"):
        simulation.live(5000)
    for worker in simulation.workers:
        worker.stop(timedelta(seconds=5))


def test_statements_go_out(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> None:
    """Else the judge would have said nothing of them."""
    simulation = Simulation(Backend(sqlite_store, network, clock, team(), "unused"), 11, releases=60)
    simulation.live(600)
    assert simulation.statements > 1
