"""What somebody has begun to type: the latest key counts, however they arrive, and none once it was sent off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.store.engine.store import Store
from bot.store.slack import begun
from bot.store.slack.begun import Begun
from tests.stores import NOW

SECOND = timedelta(seconds=1)
ROW = Begun("U0MAYA", "reply:c1:", "V1", "c1:3:-:-:C1", {"text": {"value": {"value": "Sor"}}}, NOW, NOW, "c1")


def typed(store: Store, words: str, after: int, **more: Any) -> None:
    values = {"text": {"value": {"value": words}}}
    row = replace(ROW, typed=values, typed_at=NOW + after * SECOND, **more)
    store.write(lambda db: begun.keep(db, row))


def held(store: Store, person: str = "U0MAYA") -> str | None:
    row = store.read(lambda db: begun.load(db, person, ROW.about))
    return row.typed["text"]["value"]["value"] if row else None


def test_what_was_kept_comes_back(store: Store) -> None:
    assert held(store) is None
    store.write(lambda db: begun.keep(db, ROW))
    assert store.read(lambda db: begun.load(db, ROW.person, ROW.about)) == ROW
    assert held(store, "U0TOM") is None, "it is its person's alone"


def test_the_latest_key_counts(store: Store) -> None:
    typed(store, "Sorry, L", 2)
    typed(store, "Sorry", 1)
    assert held(store) == "Sorry, L"
    typed(store, "Sorry, Lena", 3)
    assert held(store) == "Sorry, Lena"


def test_a_refused_dialog_holds_what_it_was_sent_off_with(store: Store) -> None:
    typed(store, "Sorry, Len", 2)
    store.write(
        lambda db: begun.keep(
            db, replace(ROW, typed={"text": {"value": {"value": "Sorry, Lena"}}}, typed_at=None)
        )
    )
    assert held(store) == "Sorry, Lena"
    typed(store, "Sorry", 1)
    assert held(store) == "Sorry, Lena", "an older key that comes later"
    typed(store, "Sorry, Lena!", 3)
    assert held(store) == "Sorry, Lena!"


def test_a_key_that_comes_after_it_was_sent_off_brings_nothing_back(store: Store) -> None:
    typed(store, "Sorry", 1)
    store.write(lambda db: begun.close(db, ROW.person, ROW.about, "V1", NOW))
    assert held(store) is None
    typed(store, "Sorry, Lena", 2)
    assert held(store) is None
    store.write(lambda db: begun.keep(db, replace(ROW, typed_at=None)))
    assert held(store) is None
    typed(store, "And one more thing", 3, view_id="V2")
    assert held(store) == "And one more thing"


def test_nothing_begun_can_be_closed(store: Store) -> None:
    store.write(lambda db: begun.close(db, ROW.person, ROW.about, "V1", NOW))
    typed(store, "late", 1)
    assert held(store) is None


def test_erased_and_forgotten(store: Store) -> None:
    typed(store, "Sorry", 1)
    typed(store, "Other", 1, about="reply:c2:", conversation_id="c2")
    store.write(lambda db: begun.erase(db, "c1"))
    assert held(store) is None
    assert store.read(lambda db: begun.load(db, ROW.person, "reply:c2:")) is not None
    store.write(lambda db: begun.forget_old(db, NOW + SECOND))
    assert store.read(lambda db: begun.load(db, ROW.person, "reply:c2:")) is None
