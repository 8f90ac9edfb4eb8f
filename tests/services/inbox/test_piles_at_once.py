"""Two piles that are closed at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bot.domain.conversations import Closing
from bot.services.inbox import triage
from bot.store.slack import cards as card_store
from tests.backend import MAYA, key
from tests.inbox_backend import InboxBackend
from tests.postgres import PostgresServer


def test_two_piles_closed_at_once_are_no_circle(
    postgres_inbox_backend: InboxBackend, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conversations of both stand below the same two posts, in another order: each close touches post after post."""
    backend = postgres_inbox_backend
    roots = []
    for text in ("One", "Two"):
        seen = backend.approved(text)
        backend.to_slot(seen)
        roots.append(str(backend.delivery(backend.delivery_id(seen)).remote_id))
        backend.push(minutes=2)
    one, two = roots
    spam, scam = "Earn $500 a day from home! Click now", "Buy cheap watches here today for free"
    for words, first, second, who in ((spam, one, two, "Bot"), (scam, two, one, "Scam")):
        for number in range(2):
            backend.writes(words, name=f"{who} {number}")
        backend.writes(words, name=f"{who} 3", reply_to=first)
        backend.writes(words, name=f"{who} 4", reply_to=second)
    own = [each for each in backend.conversations() if each.pile_id and each.post_id]
    piled = list(dict.fromkeys(each.pile_id for each in own))
    assert len(piled) == 2, own
    assert len({each.post_id for each in own}) == 2, [
        (each.number, each.pile_id, each.post_id) for each in own
    ]
    shown = {pile: {(each.number, each.seq) for each in own if each.pile_id == pile} for pile in piled}
    assert all(len(each) >= 2 for each in shown.values()), shown
    postgres_server.deadlocks()
    both, real, first_of = threading.Barrier(2), card_store.touch_post, threading.local()

    def touch_post(db: Any, post_id: str, **more: Any) -> None:
        real(db, post_id, **more)
        if threading.current_thread().name == "closing" and not getattr(first_of, "done", False):
            first_of.done = True
            both.wait(10)

    monkeypatch.setattr(card_store, "touch_post", touch_post)

    def close(pile: str) -> None:
        backend.services.do(triage.close_pile, MAYA, pile, Closing.SPAM, shown[pile], key())

    threads = [threading.Thread(target=close, args=(pile,), name="closing") for pile in piled]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert postgres_server.deadlocks() == []
