"""A pause that stops answers too: cards and lists of customers say so, and the answers it keeps back are counted."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.conversations import Closing, Stage
from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.refusals import Outdated
from bot.services.inbox import held_back, triage
from bot.services.pause import pause, resume
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.services.queries import status as status_queries
from bot.services.queries.pause import load_banner, load_resume_form
from bot.slack.views.inbox.card import draw_conversation_card
from bot.store.pause import gate, pauses
from bot.store.tables.core import facts
from bot.store.tables.slack import cards
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import InboxBackend

MOMENT = timedelta(minutes=1)
AROUND = "Bakery"  # the account's title


def stop(inbox: InboxBackend, scope: str = ALL) -> str:
    """Returns the pause's id."""
    done = inbox.services.do_first(pause.pause, TOM, scope, "", key())
    inbox.services.do(pause.stop_replies, TOM, done.pause_id, key())
    inbox.clock.push(MOMENT)
    return done.pause_id


def go_on(inbox: InboxBackend, scope: str = ALL) -> None:
    form = inbox.services.look(load_resume_form, scope)
    assert form is not None
    inbox.services.do(resume.resume, TOM, scope, form.epoch, {}, key())


def wanted(inbox: InboxBackend, kind: str = "talk") -> dict[str, int]:
    """{subject: which drawing of its card is wanted}."""
    query = select(cards.c.subject, cards.c.wanted).where(cards.c.kind == kind)
    return {row.subject: row.wanted for row in inbox.store.read(lambda db: db.execute(query).all())}


def answered(inbox: InboxBackend) -> str:
    inbox.writes()
    inbox.sent()
    inbox.run()
    assert inbox.conversation.stage is Stage.ANSWERED
    return inbox.conversation.id


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_cards_that_were_answered_are_drawn_too_and_say_so(inbox_backend: InboxBackend, scope: str) -> None:
    """Seen: they went on offering [Reply again], and said nothing of the pause."""
    card, at = answered(inbox_backend), inbox_backend.clock.now()
    inbox_backend.services.do_first(pause.pause, TOM, scope, "", key())
    assert inbox_backend.card().replies_stopped is None, "a pause alone stops no conversation"
    before = wanted(inbox_backend)[card]
    stop(inbox_backend, scope)
    assert wanted(inbox_backend)[card] == before + 1
    shut = inbox_backend.card().replies_stopped
    assert shut is not None
    assert (shut.by, shut.at, shut.title) == (TOM.id, at, None if scope == ALL else AROUND)
    go_on(inbox_backend, scope)
    assert wanted(inbox_backend)[card] == before + 2
    assert inbox_backend.card().replies_stopped is None


def test_what_was_answered_long_ago_is_left_alone(inbox_backend: InboxBackend) -> None:
    card = answered(inbox_backend)
    inbox_backend.clock.push(pause.OFFERED + MOMENT)
    before = wanted(inbox_backend)[card]
    stop(inbox_backend)
    assert wanted(inbox_backend)[card] == before


def test_what_was_closed_during_the_pause_is_drawn_anew_after_it(inbox_backend: InboxBackend) -> None:
    """Seen: a closed card said for ever that replies are stopped, without [Reply]."""
    inbox_backend.writes()
    stop(inbox_backend)
    card = inbox_backend.conversation.id
    inbox_backend.services.do(triage.close, MAYA, card, Closing.SPAM, key())
    before = wanted(inbox_backend)[card]
    assert "Replies stopped by" in str(draw_conversation_card(inbox_backend.card()).blocks)
    go_on(inbox_backend)
    assert "Replies stopped by" not in str(draw_conversation_card(inbox_backend.card()).blocks)
    assert wanted(inbox_backend)[card] == before + 1


@pytest.mark.parametrize("first", [ALL, "bakery"])
def test_what_was_answered_long_ago_and_closed_during_a_pause_is_drawn_anew_after_the_last(
    inbox_backend: InboxBackend, first: str
) -> None:
    """Closed while one pause was on, and drawn at its end because of the other, which ends last."""
    card = answered(inbox_backend)
    inbox_backend.clock.push(pause.OFFERED + MOMENT)
    stop(inbox_backend, first)
    inbox_backend.services.do(triage.close, MAYA, card, Closing.NO_ANSWER, key())
    inbox_backend.clock.push(MOMENT)
    second = "bakery" if first == ALL else ALL
    stop(inbox_backend, second)
    for scope in (first, second):
        before = wanted(inbox_backend)[card]
        go_on(inbox_backend, scope)
        assert wanted(inbox_backend)[card] == before + 1, scope


def test_what_was_closed_before_the_pause_is_left_alone_after_it(inbox_backend: InboxBackend) -> None:
    card = answered(inbox_backend)
    inbox_backend.services.do(triage.close, MAYA, card, Closing.SPAM, key())
    inbox_backend.clock.push(MOMENT)
    before = wanted(inbox_backend)[card]
    stop(inbox_backend)
    go_on(inbox_backend)
    assert wanted(inbox_backend)[card] == before


def test_a_pile_and_the_lists_say_so(inbox_backend: InboxBackend) -> None:
    for number in range(7):
        inbox_backend.writes("Earn $500 a day from home!", name=f"Bot {number}")
    ((pile, before),) = wanted(inbox_backend, "pile").items()
    stop(inbox_backend, "bakery")
    assert wanted(inbox_backend, "pile")[pile] == before + 1
    card = inbox_backend.services.look(pile_queries.load_pile_card, pile)
    assert card is not None
    assert card.replies_stopped is not None
    page = inbox_backend.services.look(inbox_queries.load_inbox, TOM)
    home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert page.stopped == home.stopped == (card.replies_stopped,)
    stop(inbox_backend)
    page = inbox_backend.services.look(inbox_queries.load_inbox, TOM)
    assert [shut.title for shut in page.stopped] == [None], "one of everything stands for all"


def test_answers_that_are_kept_back_are_counted_where_people_look(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    assert inbox_backend.services.look(status_queries.load_status).held_back == 0
    stop(inbox_backend)
    inbox_backend.drafted()
    inbox_backend.drafted("Mine as well", by=TOM)
    home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert (home.held_back, home.held_back_mine) == (2, 1)
    assert inbox_backend.services.look(inbox_queries.load_home_inbox, MAYA).held_back_mine == 1
    assert inbox_backend.services.look(status_queries.load_status).held_back == 2


def answers_told(inbox: InboxBackend, pause_id: str) -> int:
    banner = inbox.services.look(load_banner, pause_id)
    assert banner is not None
    return banner.answers


def test_resume_counts_those_that_it_frees(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    pause_id = stop(inbox_backend)
    inbox_backend.drafted()
    assert inbox_backend.services.look(held_back.count_freed, "bakery") == 0
    form = inbox_backend.services.look(load_resume_form, ALL)
    assert form is not None
    assert form.held_back == 1
    assert answers_told(inbox_backend, pause_id) == 0
    other = stop(inbox_backend, "bakery")
    assert inbox_backend.services.look(held_back.count_freed, ALL) == 0, "the account stays paused"
    go_on(inbox_backend)
    assert answers_told(inbox_backend, pause_id) == 0
    assert inbox_backend.services.look(held_back.count_freed, "bakery") == 1
    go_on(inbox_backend, "bakery")
    assert answers_told(inbox_backend, other) == 1, "the line in the channel tells it, once resumed"
    banner = inbox_backend.services.look(load_banner, other)
    assert banner is not None
    assert dict(banner.summary) == {"moved": 0, "kept": 0, "killed": 0}


def test_stop_replies_that_waits_for_a_resume_stops_nothing_later(
    postgres_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[Stop replies too] reads the pause, then waits for the gate behind a resume: an open gate is marked, and the next
    pause stops replies although nobody asked for it."""
    backend = postgres_inbox_backend
    backend.writes()
    done = backend.services.do_first(pause.pause, TOM, ALL, "", key())
    read, over = threading.Event(), threading.Event()
    real = pauses.load

    def load(db: Any, pause_id: str, **more: Any) -> Any:
        found = real(db, pause_id, **more)
        if threading.current_thread().name == "stopping":
            read.set()
            over.wait(10)
        return found

    monkeypatch.setattr(pauses, "load", load)
    failed: list[BaseException] = []

    def press() -> None:
        try:
            backend.services.do(pause.stop_replies, MAYA, done.pause_id, key())
        except Exception as error:
            failed.append(error)

    stopping = threading.Thread(target=press, name="stopping")
    stopping.start()
    assert read.wait(10)
    go_on(backend)
    over.set()
    stopping.join(20)
    row = backend.services.look(lambda work: gate.read(work.db)).rows[ALL]
    assert (row.paused, row.stops_replies) == (False, False), failed
    assert failed, "whoever pressed is told that the pause is over"
    backend.services.do_first(pause.pause, TOM, ALL, "", key())
    assert backend.services.look(lambda work: gate.read(work.db)).replies_stopped_for(("bakery",)) is None


def test_two_who_press_stop_replies_at_once_are_one_fact(inbox_backend: InboxBackend) -> None:
    """The second press stops nothing: "a click on an outdated card changes nothing"."""
    backend = inbox_backend
    done = backend.services.do_first(pause.pause, TOM, ALL, "", key())
    backend.services.do(pause.stop_replies, MAYA, done.pause_id, key())
    with pytest.raises(Outdated):
        backend.services.do(pause.stop_replies, TOM, done.pause_id, key())
    told = select(func.count()).select_from(facts).where(facts.c.what == FactKind.REPLIES_STOPPED.value)
    assert backend.store.read(lambda db: db.execute(told).scalar_one()) == 1
