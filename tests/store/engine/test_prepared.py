"""A prepared statement does what SQLAlchemy would have done with it, on both databases: values, rows and errors."""

from __future__ import annotations

import ast
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

import bot.store as store_package
from bot.domain.facts import Source
from bot.services.deliveries import machine
from bot.services.posts import review
from bot.store.engine.prepared import Prepared
from bot.store.engine.store import Store
from bot.store.record import Fact, append
from bot.store.tables.core import facts, gate
from bot.store.tables.slack import cards
from bot.store.tables.system import counters
from tests.backend import TOM, Backend, key
from tests.store.engine.units import add, names
from tests.stores import NOW

BY_ID = select(facts).where(facts.c.id == bindparam("which"))
FACT = {"id": "f1", "at": NOW, "what": "post.approved", "who": None, "via": "slack", "subject": "post:p1"}
DATA = {"words": "Brötchen 🥐", "list": [1, None], "more": {"deep": True}}


def test_rows_are_those_of_sqlalchemy_with_every_type(store: Store) -> None:
    store.write(lambda db: Prepared(insert(facts))(db, **FACT, version_id="v1", data=DATA))
    store.write(lambda db: db.execute(insert(gate).values(scope="all", paused=True, at=NOW)))

    def read(db: Connection) -> None:
        (ours,), theirs = Prepared(BY_ID)(db, which="f1"), db.execute(BY_ID, {"which": "f1"}).one()
        assert ours._asdict() == theirs._asdict()
        assert (ours.at, ours.who, ours.data) == (NOW, None, DATA)
        (row,) = Prepared(select(gate))(db)
        assert (row.paused, row.at) == (True, NOW)
        assert Prepared(BY_ID)(db, which="another") == []

    store.read(read)


def test_an_update_keeps_the_values_that_stand_in_it_and_takes_any_columns(store: Store) -> None:
    change = Prepared(update(counters).where(counters.c.name == bindparam("which")))
    raise_it = Prepared(
        update(counters)
        .where(counters.c.name == bindparam("which"))
        .values(value=counters.c.value + 7)
        .returning(counters.c.value)
    )
    store.write(add("a", 1))
    store.write(add("b", 1))
    assert store.write(lambda db: [row.value for row in raise_it(db, which="a")]) == [8]
    assert store.write(lambda db: change(db, which="b", value=5)) == []
    assert store.write(lambda db: change(db, which="b", name="c")) == []
    values = select(counters.c.name, counters.c.value).order_by(counters.c.name)
    assert store.read(lambda db: [tuple(row) for row in db.execute(values)]) == [("a", 8), ("c", 5)]


def test_what_the_schema_refuses_is_refused_in_the_same_words(store: Store) -> None:
    """Code above tells errors of the database by SQLAlchemy's classes, whoever ran the statement."""
    new = Prepared(insert(counters))
    store.write(lambda db: new(db, name="a", value=1))
    with pytest.raises(IntegrityError):
        store.write(lambda db: new(db, name="a", value=2))
    with pytest.raises((ValueError, StatementError), match="naive"):
        store.write(lambda db: Prepared(insert(facts))(db, **{**FACT, "at": NOW.replace(tzinfo=None)}))


def test_two_facts_of_one_unit_are_in_the_record_together_or_not_at_all(store: Store) -> None:
    """The savepoint of a unit holds what went round SQLAlchemy, as all else."""

    def unit(db: Connection, second: str) -> None:
        append(
            db, Fact("1" + second, NOW, "post.approved", Source.SLACK), Fact(second, NOW, "all", Source.SLACK)
        )

    store.write(lambda db: unit(db, "x"))
    with pytest.raises(IntegrityError):  # its second fact is there already; its first must not stay
        store.write(
            lambda db: append(db, Fact("new", NOW, "a", Source.SLACK), Fact("x", NOW, "b", Source.SLACK))
        )
    assert store.read(lambda db: sorted(db.execute(select(facts.c.id)).scalars())) == ["1x", "x"]


def test_a_read_stays_on_the_snapshot_it_began_with(store: Store) -> None:
    """Also where a prepared statement is its first: then nobody but it could have begun the transaction."""
    if store.dialect != "sqlite":
        pytest.skip("on PostgreSQL SQLAlchemy runs it")
    count = Prepared(select(counters.c.name))

    def read(db: Connection) -> tuple[int, int]:
        before = len(count(db))
        store.write(add("a"))
        return before, len(count(db))

    assert store.read(read) == (0, 0)
    assert store.read(names) == ["a"]


def test_what_it_could_not_do_right_it_refuses(store: Store) -> None:
    if store.dialect != "sqlite":
        pytest.skip("on PostgreSQL SQLAlchemy runs it")
    card = {"id": "c", "kind": "post", "subject": "p", "channel": "C", "created_at": NOW + timedelta(1)}
    with pytest.raises(ValueError, match="default"):
        store.write(lambda db: Prepared(insert(cards))(db, **card))
    with pytest.raises(ValueError, match="not take"):
        store.read(lambda db: Prepared(BY_ID)(db, which="f1", what="post.approved"))


STORE = Path(store_package.__file__).parent
A_CLICK = "a person's click waits for it"
A_BEGIN = "a thousand sends may be due at one instant, and each begins with it"
PREPARED = {
    "slack.slack_events._NOTE": A_CLICK,
    "posts.posts._BY_ID": A_CLICK,
    "posts.posts._SAVE": A_CLICK,
    "pause.gate._shared": A_CLICK,
    "posts.approval_requests._OF_POST": A_CLICK,
    "posts.go_requests._OF_POST": A_CLICK,
    "posts.approvals._OF_VERSION": A_CLICK,
    "accounts._SIGN_IN": A_CLICK,
    "sign_ins._ONE": A_CLICK,
    "slack.people._ROLE": A_CLICK,
    "posts.approvals._ADD": A_CLICK,
    "deliveries._OF_POST_LOCKED": A_CLICK,
    "deliveries._ADD": A_CLICK,
    "slack.cards._TOUCH": A_CLICK,
    "record._APPEND": A_CLICK,
    "deliveries._BY_ID_LOCKED": A_BEGIN,
    "deliveries._BEGIN_NOW": A_BEGIN,
    "deliveries._ADD_ATTEMPT": A_BEGIN,
    "deliveries._CHANGE": A_BEGIN,
}


def made_in(file: Path) -> set[str]:
    """The names, or functions, of a file that stand for a prepared statement."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
        if any(isinstance(called, ast.Name) and called.id == "Prepared" for called in calls):
            names = node.targets if isinstance(node, ast.Assign) else [node]
            found |= {str(getattr(name, "id", None) or getattr(name, "name", "?")) for name in names}
    return found


def test_these_are_prepared_and_no_others() -> None:
    """SQLAlchemy runs everything else. Going round it pays where people wait, and costs a reader everywhere."""
    found = {
        f"{'.'.join(file.relative_to(STORE).with_suffix('').parts)}.{name}"
        for file in STORE.rglob("*.py")
        for name in made_in(file)
    }
    assert found == set(PREPARED)
    assert set(PREPARED.values()) == {A_CLICK, A_BEGIN}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Prepared]:
    """The prepared statements that were run, in their order."""
    noted: list[Prepared] = []
    call = Prepared.__call__

    def note(prepared: Prepared, db: Connection, /, **values: Any) -> list[Any]:
        noted.append(prepared)
        return call(prepared, db, **values)

    monkeypatch.setattr(Prepared, "__call__", note)
    return noted


def names_of(ran: list[Prepared]) -> set[str]:
    """Those of PREPARED that are among them."""
    return {name for name in PREPARED if any(each in ran for each in known_as(name))}


def known_as(name: str) -> list[Prepared]:
    file, attribute = name.rsplit(".", 1)
    found = getattr(import_module(f"{store_package.__name__}.{file}"), attribute)
    if isinstance(found, Prepared):
        return [found]
    if isinstance(found, dict):  # one for each database
        return list(found.values())
    return [found(2)]  # the gate's, for two scopes: everything, and one account


def test_an_approval_waits_for_each_that_is_prepared_for_a_click(
    sqlite_backend: Backend, ran: list[Prepared]
) -> None:
    seen = sqlite_backend.in_review()
    ran.clear()
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert names_of(ran) == {name for name, why in PREPARED.items() if why == A_CLICK}


def test_a_begin_waits_for_each_that_is_prepared_for_it(sqlite_backend: Backend, ran: list[Prepared]) -> None:
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    assert slot is not None
    sqlite_backend.clock.set(slot - timedelta(seconds=30))
    (claim,) = sqlite_backend.services.do(machine.claim, "worker")
    sqlite_backend.clock.set(slot)
    ran.clear()
    assert sqlite_backend.services.do(machine.begin, claim) is not None
    assert names_of(ran) >= {name for name, why in PREPARED.items() if why == A_BEGIN}


def test_a_click_runs_nothing_else(sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each statement beside these costs a click half a millisecond on the thread that writes."""
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(review.approve, TOM, sqlite_backend.in_review("warm"), key())
    others: list[str] = []
    execute = Connection.execute

    def noted(db: Connection, statement: Any, *values: Any, **more: Any) -> Any:
        others.append(str(statement))
        return execute(db, statement, *values, **more)

    monkeypatch.setattr(Connection, "execute", noted)
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert others == []
