"""The written order of locks is kept: a long story on PostgreSQL, with an eye on what each transaction locks and when.

Deadlocks are rare, and a test that waits for one proves little; a wrong order shows every time. Looked at is when a
transaction first locks rows of a kind. INSERTs are left out: nobody else can want a row that is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from bot.domain.gate import ALL
from bot.domain.outcomes import Refused
from bot.domain.posts import Fate
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault
from bot.services import settings_changes
from bot.services.deliveries import overrides, take_down
from bot.services.pause import deleted, drill, pause
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import pause as pause_queries
from bot.store.engine.store import Store
from bot.store.slack import card_messages, cards
from tests.backend import ANNA, MAYA, TOM, Backend, ManualClock, key
from tests.failing_client import make_failing
from tests.services.pause.rehearsal import Rehearsal

ORDER = {  # as in bot/store/engine/row_locks.py; a post's row stands for all of it, so 2 to 5 are one
    "gate": 1,
    **dict.fromkeys(("posts", "approvals", "deliveries", "attempts", "accounts"), 2),
    **dict.fromkeys(("pauses", "drills"), 3),
    "cards": 4,  # banners among them
    "lines": 5,
}
_LOCKING = (r"^SELECT pg_(advisory_xact)_lock", r"^UPDATE (\w+)", r"(?s)\bFROM (\w+).* FOR (?:UPDATE|SHARE)")


def locked(statement: str) -> str | None:
    """What a statement locks: a table, "cards in order" for those of a whole transaction, None for nothing."""
    found = next((match for match in (re.search(each, statement) for each in _LOCKING) if match), None)
    if found is None:
        return None
    if "in_order" in statement:
        return "cards in order"
    return "gate" if found[1] == "advisory_xact" else found[1]


class Watch:
    """Each committed transaction's kinds of rows, in the order in which they were first locked; and `unordered`, what
    was asked where several cards were changed without being locked in one order first."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, ...]] = set()
        self.unordered: list[list[str]] = []

    def begin(self, conn: Connection) -> None:
        conn.info["locked"], conn.info["changed"] = {}, []

    def execute(self, conn: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        kind = locked(statement)
        if kind is None:
            return
        if kind.startswith("cards") and "SET shown=" not in statement:
            conn.info.setdefault("changed", []).append(statement)
        conn.info.setdefault("locked", {})[kind.removesuffix(" in order")] = None

    def commit(self, conn: Connection) -> None:
        self.seen.add(tuple(conn.info.get("locked", {})))
        changed = conn.info.get("changed", [])
        many = len(changed) > 1 or any("IN (SELECT" in one and "FOR UPDATE" not in one for one in changed)
        if many and locked(changed[0]) != "cards in order":
            self.unordered.append(changed)


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    heard = (("begin", watch.begin), ("before_cursor_execute", watch.execute), ("commit", watch.commit))
    for name, hear in heard:
        event.listen(Engine, name, hear)
    yield watch
    for name, hear in heard:
        event.remove(Engine, name, hear)


@pytest.fixture
def backend(postgres_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    built = Backend(postgres_store, network, clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


def reviewed(backend: Backend) -> None:
    """What people do to posts before their slots."""
    one, two = backend.in_review("One"), backend.approved("Something else", accounts=("bakery", "cafe"))
    backend.services.do(edit.save_edit, MAYA, one, Changes("One, better", backend.post(one).slot), key())
    backend.services.do(review.hold, MAYA, backend.now_seen(one), key())
    backend.services.do(review.undo, TOM, two, key())
    backend.services.do(edit.publish_without, MAYA, two, "cafe", key())
    backend.services.do(review.kill, MAYA, backend.now_seen(two), key())


def sent(backend: Backend) -> str:
    """What goes out, is looked for, is tried again; → a delivery that was sent"""
    lost = backend.approved("Where is it", accounts=("bakery", "cafe"))
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(lost)
    for _ in range(4):
        backend.push(minutes=1)
    refused = backend.approved("They do not like it", accounts=("cafe",))
    stubborn = make_failing(backend, "cafe")
    stubborn.answers["publish"] = Refused("no")
    backend.to_slot(refused)
    del stubborn.answers["publish"]
    backend.services.do(overrides.try_again, TOM, backend.delivery_id(refused, "cafe"), key())
    backend.push(minutes=2)
    return backend.delivery_id(lost)


def paused(backend: Backend, out: str) -> None:
    """A pause of everything and one of an account, all that is done meanwhile, and the way out."""
    missed, stays = backend.in_review("Will be missed"), backend.approved("Stays")
    done = backend.services.do_first(pause.pause, MAYA, ALL, "recall news", key())
    backend.services.do_first(pause.pause, MAYA, "cafe", "", key())
    backend.services.do_first(pause.pause, ANNA, ALL, "again", key())
    backend.services.do(take_down.take_down, MAYA, out, key())
    backend.push(minutes=61)
    backend.services.do(pause.mark_done_elsewhere, MAYA, done.pause_id, pause.NATIVE, key())
    backend.services.do(deleted.mark_deleted_by_hand, MAYA, done.pause_id, out, key())
    backend.services.do(pause.stop_replies, MAYA, done.pause_id, key())
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    choices = {missed: Choice(Fate.MOVE, backend.clock.now() + timedelta(hours=2)), stays: Choice(Fate.KILL)}
    backend.services.do(resuming.resume, TOM, ALL, form.epoch, choices, key())


def rehearsed(backend: Backend) -> None:
    """Drills that go the whole way, one that ends by itself, and one that a real pause ends."""

    def everything_drawn(db: Connection) -> None:
        for one in cards.list_dirty(db, backend.clock.now()):
            card_messages.mark_drawn(db, one, one.wanted)

    cafe = backend.services.look(pause_queries.load_resume_form, "cafe")
    assert cafe is not None
    backend.services.do(resuming.resume, TOM, "cafe", cafe.epoch, {}, key())
    for _ in range(2):
        rehearsal = Rehearsal(backend)
        rehearsal.start()
        pause_id = rehearsal.pause()
        backend.store.write(everything_drawn)
        rehearsal.step()
        rehearsal.take_down()
        rehearsal.tick_off(pause_id, MAYA, TOM)
        rehearsal.step()
        missed = rehearsal.posts()[1]
        rehearsal.resume(TOM, {missed: Choice(Fate.MOVE, backend.clock.now() + timedelta(hours=2))})
    backend.services.do(drill.start, MAYA, key())
    backend.push(minutes=31)
    backend.services.do(drill.step)
    backend.services.do(drill.start, MAYA, key())
    backend.services.do_first(pause.pause, MAYA, ALL, "the real thing", key())


def test_every_transaction_keeps_the_order(backend: Backend, watch: Watch) -> None:
    reviewed(backend)
    paused(backend, sent(backend))
    rehearsed(backend)
    backend.services.do(settings_changes.adopt_settings)
    for kinds in watch.seen:
        ranks = [ORDER[kind] for kind in kinds if kind in ORDER]
        assert ranks == sorted(ranks), f"locked in this order: {', '.join(kinds)}"
    assert watch.unordered == []
    assert {kind for kinds in watch.seen for kind in kinds} >= ORDER.keys() - {"lines"}
    assert any(
        kinds[0] == "gate" and kinds[-1] in ("cards", "lines") and len(kinds) > 5 for kinds in watch.seen
    )


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT pg_advisory_xact_lock_shared(1)", "gate"),
        ("SELECT posts.id \nFROM posts \nWHERE posts.id = %(which)s FOR UPDATE", "posts"),
        ("SELECT posts.id \nFROM posts", None),
        ("UPDATE cards SET wanted=1 WHERE cards.kind = %(kind_1)s", "cards"),
        ("SELECT count(*) FROM (SELECT cards.id FROM cards ORDER BY id FOR UPDATE) AS in_order", "cards in order"),
        ("INSERT INTO cards (id) VALUES (1)", None),
    ],
)  # fmt: skip
def test_what_a_statement_locks(statement: str, kind: str | None) -> None:
    assert locked(statement) == kind
