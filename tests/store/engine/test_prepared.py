"""A prepared statement does what SQLAlchemy would have done with it, on both databases: values, rows and errors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from bot.store.engine.prepared import Prepared
from bot.store.engine.store import Store
from bot.store.record import Fact, append
from bot.store.tables.core import cards, facts, gate
from bot.store.tables.system import counters
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
        append(db, Fact("1" + second, NOW, "post.approved", "slack"), Fact(second, NOW, "all", "slack"))

    store.write(lambda db: unit(db, "x"))
    with pytest.raises(IntegrityError):  # its second fact is there already; its first must not stay
        store.write(lambda db: append(db, Fact("new", NOW, "a", "slack"), Fact("x", NOW, "b", "slack")))
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
