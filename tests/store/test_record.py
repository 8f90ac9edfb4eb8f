"""The record: chained, verifiable with and without the database, and what tampering looks like."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, delete, insert, select, update
from sqlalchemy.pool import NullPool

from bot.domain.facts import Source
from bot.domain.ids import make_id
from bot.store.engine.store import Store
from bot.store.record import (
    SEALER_LEASE,
    START,
    Fact,
    Head,
    Verdict,
    append,
    compute_chain_hash,
    count_unsealed,
    export,
    find_oldest_unsealed,
    list_to_seal,
    load_head,
    seal,
    seal_these,
    verify,
    verify_export,
)
from bot.store.tables.core import facts, seals
from bot.store.tables.system import leases
from tests.stores import NOW


def fact(number: int, **changes: Any) -> Fact:
    at = changes.pop("at", NOW + timedelta(milliseconds=number))
    data = {"number": number, "words": "ölförderung \ud83d 🛑\n", "share": 0.1, "nested": {"b": 1, "a": None}}
    return Fact(
        id=changes.pop("id", make_id(at)), at=at, what="post.approved", via=Source.SLACK, who="U1",
        subject=f"post:{number}", data=changes.pop("data", data), **changes,
    )  # fmt: skip


def fill(store: Store, count: int) -> list[Fact]:
    made = [fact(number) for number in range(count)]
    store.write(lambda conn: append(conn, *made))
    return made


def seal_all(store: Store, by: str = "a", after: timedelta = timedelta(0), **options: Any) -> int:
    return store.write(lambda conn: seal(conn, by=by, now=NOW + after, **options))


def lines(store: Store) -> list[dict[str, Any]]:
    return store.read(lambda conn: [json.loads(json.dumps(line)) for line in export(conn)])


def test_an_empty_record_is_whole(store: Store) -> None:
    assert store.read(verify) == Verdict(Head(0, START), 0)
    assert store.read(verify).ok
    store.write(lambda conn: append(conn))
    assert seal_all(store) == 0
    assert store.read(lambda conn: conn.execute(select(leases)).all()) == []  # it wrote nothing


def test_facts_are_sealed_oldest_first_and_the_tail_is_reported(store: Store) -> None:
    made = fill(store, 7)
    assert store.read(verify) == Verdict(Head(0, START), 7)
    assert seal_all(store, limit=5) == 5
    verdict = store.read(verify)
    assert (verdict.ok, verdict.head.seq, verdict.unsealed) == (True, 5, 2)
    assert verdict.head == store.read(load_head)
    assert store.read(lambda db: count_unsealed(db, NOW)) == 2
    assert seal_all(store) == 2
    assert seal_all(store) == 0
    assert [line["fact"]["id"] for line in lines(store)] == [one.id for one in made]
    assert store.read(verify).unsealed == 0


def test_an_export_verifies_without_the_database(store: Store) -> None:
    fill(store, 5)
    seal_all(store, limit=4)
    exported = lines(store)
    assert verify_export(exported) == store.read(verify)
    assert [line["seq"] for line in exported] == [1, 2, 3, 4, None]
    assert exported[0]["fact"]["at"] == "2026-11-24T09:30:00.000000+00:00"
    assert exported[0]["fact"]["data"]["nested"] == {"a": None, "b": 1}


def test_a_fact_rolled_back_with_its_cause_was_never_there(store: Store) -> None:
    def fail(conn: Connection) -> None:
        append(conn, fact(1))
        raise LookupError

    with pytest.raises(LookupError):
        store.write(fail)
    assert lines(store) == []


def test_a_late_commit_is_sealed_after_younger_ones(store: Store) -> None:
    """Its transaction took long; its place in the chain is the sealer's, not the clock's."""
    late = fact(0, at=NOW - timedelta(minutes=1))
    fill(store, 3)
    seal_all(store)
    store.write(lambda conn: append(conn, late))
    assert seal_all(store) == 1
    assert lines(store)[-1]["fact"]["id"] == late.id
    assert store.read(verify).ok


def test_a_clock_set_back(store: Store) -> None:
    """While the sealer runs it follows the clock; what it missed, a thorough look finds."""
    hour = timedelta(hours=1)
    fill(store, 3)
    seal_all(store)
    store.write(lambda conn: append(conn, fact(0, at=NOW - hour)))
    assert seal_all(store, after=-hour) == 1
    seal_all(store, by="a", after=hour)
    store.write(lambda conn: append(conn, fact(9, at=NOW + hour)))
    assert seal_all(store, after=hour) == 1
    store.write(lambda conn: append(conn, fact(0, at=NOW - hour)))
    assert seal_all(store, after=hour) == 0
    assert store.read(verify).unsealed == 1
    oldest = store.read(find_oldest_unsealed)
    assert oldest == NOW - hour
    assert seal_all(store, after=hour, oldest=oldest) == 1
    assert store.read(verify).unsealed == 0
    assert store.read(find_oldest_unsealed) is None


def test_one_sealer_at_a_time(store: Store) -> None:
    fill(store, 3)
    assert seal_all(store, by="a", limit=1) == 1
    assert seal_all(store, by="b") == 0
    assert seal_all(store, by="b", after=SEALER_LEASE) == 2


def test_many_writers_and_sealers_make_one_chain(store: Store) -> None:
    def write(number: int) -> None:
        store.write(lambda conn: append(conn, fact(number)))
        if number % 5 == 0:
            seal_all(store, by=f"sealer{number % 3}", after=number * SEALER_LEASE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))
    seal_all(store, by="last", after=1000 * SEALER_LEASE, oldest=store.read(find_oldest_unsealed))
    verdict = store.read(verify)
    assert (verdict.ok, verdict.head.seq, verdict.unsealed) == (True, 100, 0)


def unlock(conn: Connection) -> None:
    """What someone with the database in their hands can do."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no foreign keys


def fact_at(conn: Connection, seq: int) -> str:
    return str(conn.execute(select(seals.c.fact_id).where(seals.c.seq == seq)).scalar_one())


def change_who(conn: Connection) -> None:
    conn.execute(update(facts).where(facts.c.id == fact_at(conn, 3)).values(who="U2"))


def change_data(conn: Connection) -> None:
    conn.execute(update(facts).where(facts.c.id == fact_at(conn, 3)).values(data={"number": 2}))


def change_the_moment_of_sealing(conn: Connection) -> None:
    conn.execute(update(seals).where(seals.c.seq == 3).values(at=NOW + timedelta(seconds=1)))


def drop_a_seal(conn: Connection) -> None:
    conn.execute(delete(seals).where(seals.c.seq == 3))


def drop_a_fact(conn: Connection) -> None:
    conn.execute(delete(facts).where(facts.c.id == fact_at(conn, 3)))


def swap_two(conn: Connection) -> None:
    third, fourth = fact_at(conn, 3), fact_at(conn, 4)
    for seq, id_ in ((3, "aside"), (4, third), (3, fourth)):
        conn.execute(update(seals).where(seals.c.seq == seq).values(fact_id=id_))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (change_who, "was changed"), (change_data, "was changed"), (swap_two, "was changed"),
        (change_the_moment_of_sealing, "was changed"), (drop_a_seal, "Seal 3 is missing"),
        (drop_a_fact, "fact of seal 3 was deleted"),
    ],
)  # fmt: skip
def test_tampering_is_found_at_its_place(
    store_url: str, tamper: Callable[[Connection], None], said: str
) -> None:
    with Store.open(store_url, now=lambda: NOW) as store:
        fill(store, 6)
        seal_all(store)
        assert store.read(verify).ok
    engine = create_engine(store_url, poolclass=NullPool)  # on SQLite without foreign keys
    with engine.begin() as conn:
        unlock(conn)
        tamper(conn)
    with Store.open(store_url, now=lambda: NOW) as store:
        verdict = store.read(verify)
        assert (verdict.ok, verdict.broken_at, verdict.head.seq) == (False, 3, 2)
        assert said in str(verdict.problem)


def cut_off(conn: Connection) -> None:
    gone = [fact_at(conn, 5), fact_at(conn, 6)]
    conn.execute(delete(seals).where(seals.c.seq > 4))
    conn.execute(delete(facts).where(facts.c.id.in_(gone)))


def write_anew(conn: Connection) -> None:
    conn.execute(delete(seals))
    conn.execute(update(facts).values(who="nobody"))
    seal(conn, by="a", now=NOW)


def test_a_cut_end_and_a_new_chain_are_caught_by_a_known_head(store: Store) -> None:
    """A bare chain cannot tell; the head, kept elsewhere, can."""
    fill(store, 6)
    seal_all(store)
    known = store.read(load_head)
    assert store.read(lambda conn: verify(conn, known)).ok
    store.write(cut_off)
    assert store.read(verify).ok
    verdict = store.read(lambda conn: verify(conn, known))
    assert "its end was cut off" in str(verdict.problem)
    known = store.read(load_head)
    store.write(write_anew)
    assert store.read(verify).ok
    verdict = store.read(lambda conn: verify(conn, known))
    assert "written again" in str(verdict.problem)


def test_a_grown_record_still_holds_a_known_head(store: Store) -> None:
    fill(store, 3)
    seal_all(store)
    known = store.read(load_head)
    store.write(lambda conn: append(conn, fact(50)))
    seal_all(store)
    assert store.read(lambda conn: verify(conn, known)).ok


def test_the_same_fact_twice_is_refused(store: Store) -> None:
    one = fact(1)
    store.write(lambda conn: append(conn, one))
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        store.write(lambda conn: append(conn, one))
    seal_all(store)
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        store.write(lambda conn: conn.execute(insert(seals).values(seq=2, fact_id=one.id, hash="", at=NOW)))


def test_exported_lines_that_were_tampered_with(store: Store) -> None:
    fill(store, 5)
    seal_all(store, limit=4)
    good = lines(store)
    reordered = [good[0], good[2], good[1], *good[3:]]
    moved_tail = [*good[:2], good[4], *good[2:4]]
    assert verify_export(good).ok
    assert "missing" in str(verify_export(reordered).problem)
    assert "missing" in str(verify_export(good[1:]).problem)
    assert "not sealed" in str(verify_export(moved_tail).problem)
    assert "cut off" in str(verify_export(good[:3], known=store.read(load_head)).problem)


def test_a_changed_fact_with_a_new_hash_breaks_the_next_seal(store: Store) -> None:
    fill(store, 5)
    seal_all(store)
    forged = lines(store)
    third = forged[2]
    third["fact"]["who"] = "U2"
    third["hash"] = compute_chain_hash(3, forged[1]["hash"], third["sealed_at"], third["fact"])
    verdict = verify_export(forged)
    assert (verdict.ok, verdict.broken_at) == (False, 4)


def test_what_another_sealed_since_it_was_found_is_not_sealed_again(store: Store) -> None:
    """Facts are looked for on a reader, and sealed later: by then one may have its seal."""

    def put(name: str) -> None:
        store.write(lambda conn: append(conn, Fact(name, NOW, "post.approved", Source.SLACK)))

    for name in ("a", "b", "c"):
        put(name)
    found = store.read(lambda conn: list_to_seal(conn, now=NOW, limit=2))
    assert found == ["a", "b"]
    assert store.write(lambda conn: seal_these(conn, ["a"], by="me", now=NOW)) == 1
    assert store.write(lambda conn: seal_these(conn, found, by="another", now=NOW)) == 0  # I have the lease
    assert store.write(lambda conn: seal_these(conn, found, by="me", now=NOW)) == 1
    assert store.write(lambda conn: seal_these(conn, found, by="me", now=NOW)) == 0
    verdict = store.read(verify)
    assert (verdict.ok, verdict.head.seq, verdict.unsealed) == (True, 2, 1)
