"""P8: who did what to which version, when, from where; sealed, verifiable, and nothing of it can be changed unseen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, text

from bot.domain.facts import FactKind
from bot.domain.outcomes import Refused, Unknown
from bot.domain.people import Person, Role
from bot.domain.posts import Seen
from bot.domain.refusals import Refusal
from bot.services.deliveries import machine, overrides
from bot.services.posts import create, edit, review
from bot.services.posts.edit import Changes
from bot.store import record
from bot.store.tables.core import facts
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.failing_client import make_failing

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
MINUTE = timedelta(minutes=1)
Fact = tuple[str, str | None, str]


def all_facts(backend: Backend) -> list[Row[Any]]:
    return list(
        backend.store.read(lambda db: db.execute(facts.select().order_by(facts.c.at, facts.c.id)).all())
    )


class Since:
    """The facts that something leaves, as (what, who, via), sorted: those of one moment have no order."""

    def __init__(self, backend: Backend) -> None:
        self.backend, self.known = backend, {row.id for row in all_facts(backend)}

    def facts(self) -> list[Fact]:
        return sorted(
            ((row.what, row.who, row.via) for row in all_facts(self.backend) if row.id not in self.known),
            key=str,
        )


def by(person: Person, *whats: FactKind) -> list[Fact]:
    return [(what.value, person.id, "cli" if person.id.startswith("cli:") else "slack") for what in whats]


def clock(*whats: FactKind) -> list[Fact]:
    return [(what.value, None, "clock") for what in whats]


def refused_post(backend: Backend) -> Seen:
    seen = backend.approved()
    stubborn = make_failing(backend)
    stubborn.answers["publish"] = Refused("no")
    backend.to_slot(seen)
    stubborn.answers.clear()
    return seen


def killed(backend: Backend) -> Seen:
    seen = backend.in_review()
    backend.services.do(review.kill, MAYA, seen, key())
    return seen


def publishing(backend: Backend) -> Seen:
    seen = backend.approved(accounts=("bakery", "cafe"))
    backend.push(minutes=19.7)
    backend.clock.push(20 * timedelta(seconds=1))
    bakery = next(claim for *_, claim in backend.worker._held if claim.account == "bakery")
    assert backend.services.do(machine.begin, bakery)
    return seen


VERBS: list[tuple[str, Callable[[Backend], Seen], Callable[[Backend, Seen], object], list[Fact]]] = [
    (
        "approve",
        Backend.in_review,
        lambda backend, seen: backend.services.do(review.approve, TOM, seen, key()),
        by(TOM, FactKind.APPROVED, FactKind.ALL_APPROVED),
    ),
    (
        "undo",
        Backend.approved,
        lambda backend, seen: backend.services.do(review.undo, TOM, seen, key()),
        by(TOM, FactKind.APPROVAL_UNDONE),
    ),
    (
        "edit",
        Backend.approved,
        lambda backend, seen: backend.services.do(
            edit.save_edit, MAYA, seen, Changes("New", backend.post(seen).slot), key()
        ),
        by(MAYA, FactKind.APPROVALS_ENDED, FactKind.EDITED),
    ),
    (
        "move",
        Backend.approved,
        lambda backend, seen: backend.services.do(
            review.move, MAYA, seen, backend.clock.now() + 90 * MINUTE, key()
        ),
        by(MAYA, FactKind.APPROVALS_ENDED, FactKind.MOVED),
    ),
    (
        "hold",
        Backend.in_review,
        lambda backend, seen: backend.services.do(review.hold, MAYA, seen, key(), reason="rain"),
        by(MAYA, FactKind.HELD),
    ),
    (
        "kill",
        Backend.approved,
        lambda backend, seen: backend.services.do(review.kill, MAYA, seen, key()),
        by(MAYA, FactKind.APPROVALS_ENDED, FactKind.KILLED),
    ),
    (
        "bring back",
        killed,
        lambda backend, seen: backend.services.do(review.bring_back, MAYA, seen, key()),
        by(MAYA, FactKind.BROUGHT_BACK, FactKind.REVIEW_OPENED),
    ),
    (
        "post now",
        Backend.in_review,
        lambda backend, seen: backend.services.do(review.post_now, TOM, seen, key()),
        by(TOM, FactKind.ALL_APPROVED, FactKind.APPROVED, FactKind.POST_NOW),
    ),
    (
        "send",
        Backend.approved,
        lambda backend, seen: backend.to_slot(seen),
        clock(FactKind.BEGUN, FactKind.FINISHED, FactKind.OUTCOME),
    ),
    (
        "try again",
        refused_post,
        lambda backend, seen: backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key()),
        by(TOM, FactKind.APPROVED, FactKind.TRIED_AGAIN),
    ),
    (
        "stop the rest",
        publishing,
        lambda backend, seen: backend.services.do(overrides.stop_rest, MAYA, seen, key()),
        by(MAYA, FactKind.DROPPED, FactKind.STOPPED_REST),
    ),
    (
        "nobody decides",
        Backend.in_review,
        lambda backend, seen: backend.push(minutes=20),
        clock(FactKind.MISSED),
    ),
    (
        "a reminder",
        Backend.in_review,
        lambda backend, seen: backend.push(minutes=5),
        clock(FactKind.REMINDED),
    ),
]


@pytest.mark.parametrize(("make", "verb", "left"), [row[1:] for row in VERBS], ids=[row[0] for row in VERBS])
def test_every_verb_leaves_exactly_its_facts(
    sqlite_backend: Backend,
    make: Callable[[Backend], Seen],
    verb: Callable[[Backend, Seen], object],
    left: list[Fact],
) -> None:
    seen = make(sqlite_backend)
    since = Since(sqlite_backend)
    verb(sqlite_backend, seen)
    assert since.facts() == sorted(left, key=str)


@pytest.mark.parametrize("who", [MAYA, TOM])
def test_a_refusal_leaves_nothing(sqlite_backend: Backend, who: Person) -> None:
    seen = killed(sqlite_backend)
    since = Since(sqlite_backend)
    for verb in (review.approve, review.hold, review.kill, review.undo):
        with pytest.raises(Refusal):
            sqlite_backend.services.do(verb, who, seen, key())
    assert since.facts() == []


def test_a_fact_names_the_moment_the_post_and_the_version(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    sqlite_backend.clock.push(MINUTE)
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    sqlite_backend.services.do(
        edit.save_edit, MAYA, seen, Changes("Other", sqlite_backend.post(seen).slot), key()
    )
    version = sqlite_backend.post(seen).version
    approved, edited = (
        next(row for row in all_facts(sqlite_backend) if row.what == what) for what in ("approved", "edited")
    )
    assert approved.at == sqlite_backend.clock.now()
    assert approved.subject == edited.subject == f"post:{seen.post_id}"
    assert edited.version_id == version.id != approved.version_id
    assert (edited.data["seq"], edited.data["sha256"]) == (2, version.sha256)
    assert edited.data["ended"] == [TOM.id]


def test_an_approval_anyway_has_its_reason_on_record(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.with_image(alt="")
    sqlite_backend.services.do(review.approve, TOM, seen, key(), anyway="a decorative line")
    (fact,) = [row for row in all_facts(sqlite_backend) if row.what == FactKind.APPROVED_ANYWAY.value]
    assert fact.data["because"] == "a decorative line"


def test_a_persons_word_on_an_unknown_outcome(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    stubborn = make_failing(sqlite_backend)
    stubborn.answers["publish"] = Unknown("?")
    sqlite_backend.to_slot(seen)
    since = Since(sqlite_backend)
    sqlite_backend.services.do(overrides.confirm_sent, ANNA, sqlite_backend.delivery_id(seen), key())
    assert since.facts() == sorted(clock(FactKind.FINISHED) + by(ANNA, FactKind.SETTLED), key=str)


def test_what_the_command_line_does_says_so(sqlite_backend: Backend) -> None:
    slot = sqlite_backend.clock.now() + 300 * MINUTE
    wanted = create.NewPost(("bakery",), "From a plan", slot, import_key="k")
    since = Since(sqlite_backend)
    sqlite_backend.services.do(create.import_posts, SHELL, [wanted], "plan.csv")
    assert since.facts() == by(SHELL, FactKind.IMPORTED)


def seal_all(backend: Backend) -> None:
    def seal(db: Connection) -> int:
        return record.seal(db, by="judge", now=backend.clock.now())

    while backend.store.write(seal):
        pass


def test_a_busy_morning_verifies_and_a_changed_fact_does_not(backend: Backend) -> None:
    """On both databases: sealed in between, as the bot does; then somebody with the database's password meddles."""
    for n in range(6):
        seen = backend.approved(f"Post {n} {'x' * n}", accounts=("bakery", "cafe"))
        if n % 2:
            backend.services.do(review.undo, TOM, seen, key())
        backend.push(minutes=4)
        seal_all(backend)
    backend.push(minutes=40)
    seal_all(backend)
    verdict = backend.store.read(record.verify)
    assert verdict.ok
    assert verdict.unsealed == 0
    assert verdict.head.seq == len(all_facts(backend)) > 30
    backend.store.write(
        lambda db: db.execute(text("UPDATE facts SET who = 'U0NOBODY' WHERE what = 'approval undone'"))
    )
    assert not backend.store.read(record.verify).ok


def test_moments_are_told_by_our_clock(sqlite_backend: Backend) -> None:
    """Never the database's clock: a pushed clock is what the record tells."""
    sqlite_backend.clock.push(timedelta(days=400))
    sqlite_backend.approved()
    assert {row.at for row in all_facts(sqlite_backend)} == {sqlite_backend.clock.now()}
    assert all(isinstance(row.at, datetime) and row.at.tzinfo for row in all_facts(sqlite_backend))
