"""A pause and a reply's begin at the same moment. Only on PostgreSQL: SQLite's one writer does one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.gate import ALL
from bot.services.deliveries import machine
from bot.services.pause import pause
from bot.store.inbox import conversations, sends
from tests.backend import MAYA, key
from tests.inbox_backend import InboxBackend
from tests.services.pause.test_pause_at_once import wait_until_it_waits

AT_ONCE = 1.0  # seconds


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2, "other") as executor:
        yield executor


def test_no_pause_waits_for_a_reply_that_waits_for_its_conversation(
    postgres_inbox_backend: InboxBackend, others: ThreadPoolExecutor
) -> None:
    """Seen: somebody works on the conversation, the reply's begin waited for that with the gate in its hand, and the
    pause waited for both."""
    backend = postgres_inbox_backend
    backend.writes()
    backend.sent()
    (claim,) = backend.services.do(machine.claim, "worker-2")
    begun: list[Future[object]] = []

    def work_on_it(db: Connection) -> float:
        conversations.load(db, backend.conversation.id, lock=True)
        begun.append(others.submit(backend.services.do, machine.begin, claim))
        wait_until_it_waits(backend.store)
        asked = time.monotonic()
        others.submit(backend.services.do_first, pause.pause, MAYA, ALL, "recall news", key()).result(5)
        return time.monotonic() - asked

    assert backend.store.write(work_on_it) < AT_ONCE
    assert begun[0].result(5) is not None, "a pause stops broadcast, not conversation"


def test_the_conversation_is_let_go_before_the_gate_is_taken(
    postgres_inbox_backend: InboxBackend, others: ThreadPoolExecutor
) -> None:
    """Whoever waits for the gate holds nothing."""
    backend = postgres_inbox_backend
    backend.writes()

    def look(db: Connection) -> None:
        sends.wait_for_conversation(db, backend.conversation.id)
        locked = others.submit(
            backend.store.write, lambda db: conversations.load(db, backend.conversation.id, lock=True)
        )
        assert locked.result(timedelta(seconds=3).total_seconds()) is not None

    backend.store.write(look)
