"""A database that answers nothing, as behind a firewall that drops what it knew: whoever pauses hears of it in time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, GateRow
from bot.domain.kinds import CardType
from bot.domain.people import Role
from bot.domain.refusals import MaybePaused, NotPausedAtAll, OnlyMembers, Outdated, RepliesNotStopped
from bot.services.pause import pause
from bot.services.unit_of_work import Services
from bot.store import record
from bot.store.engine.errors import CommitUnknown, Unreachable
from bot.store.engine.store import Store
from bot.store.pause import gate, pauses
from bot.store.slack import cards
from tests.backend import MAYA, Backend, key


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Writes that are urgent wait until this is set."""
    answers = threading.Event()
    do_first = Services.do_first

    def late(services: Services, *args: Any, **kwargs: Any) -> Any:
        assert answers.wait(20)
        return do_first(services, *args, **kwargs)

    monkeypatch.setattr(Services, "do_first", late)
    monkeypatch.setattr(pause, "PATIENCE_SECONDS", 0.2)
    yield answers
    answers.set()


def test_not_paused_is_said_while_the_database_is_silent(
    sqlite_backend: Backend, silent: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotPausedAtAll):
        pause.pause_at_once(sqlite_backend.services, MAYA, ALL, "recall", key())
    silent.set()
    come_to_an_end()
    monkeypatch.setattr(pause, "PATIENCE_SECONDS", 20.0)  # a busy machine is no silent database
    assert not is_paused(sqlite_backend), "it came later, and perhaps after somebody had resumed"
    assert pause.pause_at_once(sqlite_backend.services, MAYA, ALL, "recall", key()).first


def test_stopping_replies_too_is_told_and_does_not_come_later(
    sqlite_backend: Backend, silent: threading.Event
) -> None:
    """The button of the pause's message waited for as long as the database said nothing."""
    done = sqlite_backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    with pytest.raises(RepliesNotStopped, match="Replies are NOT stopped"):
        pause.stop_replies_at_once(sqlite_backend.services, MAYA, done.pause_id, key())
    silent.set()
    come_to_an_end()
    rows = sqlite_backend.services.look(lambda work: gate.read(work.db).rows)
    assert (rows[ALL].paused, rows[ALL].stops_replies) == (True, False)


def test_one_that_is_given_up_while_it_waits_for_the_gate_is_not_committed(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, lock = threading.Event(), gate.lock_exclusively

    def late(db: Connection, scope: str) -> GateRow:
        assert answers.wait(20)
        return lock(db, scope)

    with monkeypatch.context() as held:
        held.setattr(gate, "lock_exclusively", late)
        held.setattr(pause, "PATIENCE_SECONDS", 0.2)
        with pytest.raises(NotPausedAtAll):
            pause.pause_at_once(sqlite_backend.services, MAYA, ALL, "recall", key())
        answers.set()
        come_to_an_end()
    assert not is_paused(sqlite_backend)


def test_one_whose_commit_got_no_answer_and_that_cannot_be_asked_again_may_hold(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second try found the database gone: "NOT paused" was said, and nobody was to look."""
    write, tries = Store.write, list[bool]()

    def lost(store: Store, fn: Callable[[Connection], Any], *, urgent: bool = False) -> Any:
        tries.append(urgent)
        if len(tries) > 1:
            raise Unreachable
        write(store, fn, urgent=urgent)
        raise CommitUnknown

    with monkeypatch.context() as away:
        away.setattr(Store, "write", lost)
        away.setattr(pause, "PATIENCE_SECONDS", 20.0)
        with pytest.raises(MaybePaused):
            pause.pause_at_once(sqlite_backend.services, MAYA, ALL, "recall", key())
    assert tries == [True, True]
    assert is_paused(sqlite_backend)


def test_one_whose_commit_is_under_way_is_told_as_what_nobody_knows(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be held back any more. Should the database take it, its banner says so."""
    answers, write = threading.Event(), Store.write

    def commits_late(store: Store, fn: Callable[[Connection], Any], **how: Any) -> Any:
        def late(db: Connection) -> Any:
            done = fn(db)
            assert answers.wait(20)
            return done

        return write(store, late, **how)

    with monkeypatch.context() as slow:
        slow.setattr(Store, "write", commits_late)
        slow.setattr(pause, "PATIENCE_SECONDS", 0.2)
        slow.setattr(pause, "AT_COMMIT_SECONDS", 0.05)
        with pytest.raises(MaybePaused) as told:
            pause.pause_at_once(sqlite_backend.services, MAYA, ALL, "recall", key())
        answers.set()
        come_to_an_end()
    assert told.value.sentence.startswith("NOT paused, as far as Byhand knows")
    assert is_paused(sqlite_backend)
    running = sqlite_backend.services.look(lambda work: pauses.find_running(work.db, ALL))
    assert running is not None
    banner = sqlite_backend.services.look(
        lambda work: cards.has_current(work.db, CardType.BANNER, running.id)
    )
    assert banner


def come_to_an_end() -> None:
    for each in [each for each in threading.enumerate() if each.name == "pause"]:
        each.join(20)


def is_paused(backend: Backend) -> bool:
    return backend.services.look(lambda work: gate.read(work.db).rows[ALL].paused)


def test_a_refusal_comes_back_from_the_thread_it_was_raised_in(sqlite_backend: Backend) -> None:
    guest = replace(MAYA, role=Role.GUEST)
    with pytest.raises(OnlyMembers):
        pause.pause_at_once(sqlite_backend.services, guest, ALL, "", key())


def test_where_no_thread_can_be_had_it_pauses_all_the_same(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was answered with "Something went wrong", and nothing was paused."""

    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", none_left)
        assert pause.pause_at_once(sqlite_backend.services, MAYA, ALL, "recall", key()).first
    assert is_paused(sqlite_backend)


def test_replies_stopped_by_a_commit_whose_answer_was_lost_are_stopped_by_that_press(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: "MAYA stopped replies already", said to Maya about her own press."""
    done = sqlite_backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    do_first, tries = Services.do_first, list[str]()

    def loses_the_first(services: Services, *args: Any, **kwargs: Any) -> Any:
        answer = do_first(services, *args, **kwargs)
        tries.append("again")
        if len(tries) == 1:
            raise CommitUnknown
        return answer

    monkeypatch.setattr(Services, "do_first", loses_the_first)
    monkeypatch.setattr(pause, "PATIENCE_SECONDS", 20.0)
    pause.stop_replies_at_once(sqlite_backend.services, MAYA, done.pause_id, key())
    assert len(tries) == 2
    assert sqlite_backend.services.look(lambda work: gate.read(work.db).rows)[ALL].stops_replies
    since = sqlite_backend.clock.now() - timedelta(hours=1)
    kind = FactKind.REPLIES_STOPPED.value
    assert len(sqlite_backend.store.read(lambda db: record.list_of_kind_since(db, kind, since))) == 1
    with pytest.raises(Outdated, match="stopped replies already"):
        pause.stop_replies_at_once(sqlite_backend.services, MAYA, done.pause_id, key())
