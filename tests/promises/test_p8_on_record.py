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
from bot.services.posts import create, review
from bot.services.posts.review import Changes
from bot.store import record
from bot.store.tables.core import facts
from tests.houses import ANNA, MAYA, TOM, House, key
from tests.stubborn import make_stubborn

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
MINUTE = timedelta(minutes=1)
Fact = tuple[str, str | None, str]


def all_facts(house: House) -> list[Row[Any]]:
    return list(
        house.store.read(lambda db: db.execute(facts.select().order_by(facts.c.at, facts.c.id)).all())
    )


class Since:
    """The facts that something leaves, as (what, who, via), sorted: those of one moment have no order."""

    def __init__(self, house: House) -> None:
        self.house, self.known = house, {row.id for row in all_facts(house)}

    def facts(self) -> list[Fact]:
        return sorted(
            ((row.what, row.who, row.via) for row in all_facts(self.house) if row.id not in self.known),
            key=str,
        )


def by(person: Person, *whats: FactKind) -> list[Fact]:
    return [(what.value, person.id, "cli" if person.id.startswith("cli:") else "slack") for what in whats]


def clock(*whats: FactKind) -> list[Fact]:
    return [(what.value, None, "clock") for what in whats]


def refused_post(house: House) -> Seen:
    seen = house.approved()
    stubborn = make_stubborn(house)
    stubborn.answers["publish"] = Refused("no")
    house.to_slot(seen)
    stubborn.answers.clear()
    return seen


def killed(house: House) -> Seen:
    seen = house.in_review()
    house.services.do(review.kill, MAYA, seen, key())
    return seen


def publishing(house: House) -> Seen:
    seen = house.approved(accounts=("bakery", "cafe"))
    house.push(minutes=19.7)
    house.clock.push(20 * timedelta(seconds=1))
    bakery = next(claim for *_, claim in house.worker._held if claim.account == "bakery")
    assert house.services.do(machine.begin, bakery)
    return seen


VERBS: list[tuple[str, Callable[[House], Seen], Callable[[House, Seen], object], list[Fact]]] = [
    ("approve", House.in_review, lambda house, seen: house.services.do(review.approve, TOM, seen, key()),
     by(TOM, FactKind.APPROVED, FactKind.ALL_APPROVED)),
    ("undo", House.approved, lambda house, seen: house.services.do(review.undo, TOM, seen, key()),
     by(TOM, FactKind.APPROVAL_UNDONE)),
    ("edit", House.approved,
     lambda house, seen: house.services.do(review.edit, MAYA, seen, Changes("New", house.post(seen).slot), key()),
     by(MAYA, FactKind.APPROVALS_ENDED, FactKind.EDITED)),
    ("move", House.approved,
     lambda house, seen: house.services.do(review.move, MAYA, seen, house.clock.now() + 90 * MINUTE, key()),
     by(MAYA, FactKind.APPROVALS_ENDED, FactKind.MOVED)),
    ("hold", House.in_review, lambda house, seen: house.services.do(review.hold, MAYA, seen, key(), reason="rain"),
     by(MAYA, FactKind.HELD)),
    ("kill", House.approved, lambda house, seen: house.services.do(review.kill, MAYA, seen, key()),
     by(MAYA, FactKind.APPROVALS_ENDED, FactKind.KILLED)),
    ("bring back", killed, lambda house, seen: house.services.do(review.bring_back, MAYA, seen, key()),
     by(MAYA, FactKind.BROUGHT_BACK, FactKind.REVIEW_OPENED)),
    ("post now", House.in_review, lambda house, seen: house.services.do(review.post_now, TOM, seen, key()),
     by(TOM, FactKind.ALL_APPROVED, FactKind.APPROVED, FactKind.POST_NOW)),
    ("send", House.approved, lambda house, seen: house.to_slot(seen),
     clock(FactKind.BEGUN, FactKind.FINISHED, FactKind.OUTCOME)),
    ("try again", refused_post,
     lambda house, seen: house.services.do(overrides.try_again, TOM, house.delivery_id(seen), key()),
     by(TOM, FactKind.APPROVED, FactKind.TRIED_AGAIN)),
    ("stop the rest", publishing, lambda house, seen: house.services.do(overrides.stop_rest, MAYA, seen, key()),
     by(MAYA, FactKind.DROPPED, FactKind.STOPPED_REST)),
    ("nobody decides", House.in_review, lambda house, seen: house.push(minutes=20), clock(FactKind.MISSED)),
    ("a reminder", House.in_review, lambda house, seen: house.push(minutes=5), clock(FactKind.REMINDED)),
]  # fmt: skip


@pytest.mark.parametrize(("make", "verb", "left"), [row[1:] for row in VERBS], ids=[row[0] for row in VERBS])
def test_every_verb_leaves_exactly_its_facts(
    home: House, make: Callable[[House], Seen], verb: Callable[[House, Seen], object], left: list[Fact]
) -> None:
    seen = make(home)
    since = Since(home)
    verb(home, seen)
    assert since.facts() == sorted(left, key=str)


@pytest.mark.parametrize("who", [MAYA, TOM])
def test_a_refusal_leaves_nothing(home: House, who: Person) -> None:
    seen = killed(home)
    since = Since(home)
    for verb in (review.approve, review.hold, review.kill, review.undo):
        with pytest.raises(Refusal):
            home.services.do(verb, who, seen, key())
    assert since.facts() == []


def test_a_fact_names_the_moment_the_post_and_the_version(home: House) -> None:
    seen = home.in_review()
    home.clock.push(MINUTE)
    home.services.do(review.approve, TOM, seen, key())
    home.services.do(review.edit, MAYA, seen, Changes("Other", home.post(seen).slot), key())
    version = home.post(seen).version
    approved, edited = (
        next(row for row in all_facts(home) if row.what == what) for what in ("approved", "edited")
    )
    assert approved.at == home.clock.now()
    assert approved.subject == edited.subject == f"post:{seen.post_id}"
    assert edited.version_id == version.id != approved.version_id
    assert (edited.data["seq"], edited.data["sha256"]) == (2, version.sha256)
    assert edited.data["ended"] == [TOM.id]


def test_an_approval_anyway_has_its_reason_on_record(home: House) -> None:
    seen = home.with_image(alt="")
    home.services.do(review.approve, TOM, seen, key(), anyway="a decorative line")
    (fact,) = [row for row in all_facts(home) if row.what == FactKind.APPROVED_ANYWAY.value]
    assert fact.data["because"] == "a decorative line"


def test_a_persons_word_on_an_unknown_outcome(home: House) -> None:
    seen = home.approved()
    stubborn = make_stubborn(home)
    stubborn.answers["publish"] = Unknown("?")
    home.to_slot(seen)
    since = Since(home)
    home.services.do(overrides.confirm_sent, ANNA, home.delivery_id(seen), key())
    assert since.facts() == sorted(clock(FactKind.FINISHED) + by(ANNA, FactKind.SETTLED), key=str)


def test_what_the_command_line_does_says_so(home: House) -> None:
    slot = home.clock.now() + 300 * MINUTE
    wanted = create.NewPost(("bakery",), "From a plan", slot, import_key="k")
    since = Since(home)
    home.services.do(create.import_posts, SHELL, [wanted], "plan.csv")
    assert since.facts() == by(SHELL, FactKind.IMPORTED)


def seal_all(house: House) -> None:
    def seal(db: Connection) -> int:
        return record.seal(db, by="judge", now=house.clock.now())

    while house.store.write(seal):
        pass


def test_a_busy_morning_verifies_and_a_changed_fact_does_not(house: House) -> None:
    """On both databases: sealed in between, as the bot does; then somebody with the database's password meddles."""
    for n in range(6):
        seen = house.approved(f"Post {n} {'x' * n}", accounts=("bakery", "cafe"))
        if n % 2:
            house.services.do(review.undo, TOM, seen, key())
        house.push(minutes=4)
        seal_all(house)
    house.push(minutes=40)
    seal_all(house)
    verdict = house.store.read(record.verify)
    assert verdict.ok
    assert verdict.unsealed == 0
    assert verdict.head.seq == len(all_facts(house)) > 30
    house.store.write(
        lambda db: db.execute(text("UPDATE facts SET who = 'U0NOBODY' WHERE what = 'approval undone'"))
    )
    assert not house.store.read(record.verify).ok


def test_moments_are_the_offices(home: House) -> None:
    """Never the database's clock: a pushed clock is what the record tells."""
    home.clock.push(timedelta(days=400))
    home.approved()
    assert {row.at for row in all_facts(home)} == {home.clock.now()}
    assert all(isinstance(row.at, datetime) and row.at.tzinfo for row in all_facts(home))
