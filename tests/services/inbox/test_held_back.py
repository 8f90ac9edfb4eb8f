"""Which answers a pause kept from being sent, and that they are told after it, whatever happened in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.gate import ALL
from bot.domain.refusals import CannotReply
from bot.services.inbox import held_back, replies
from bot.services.pause import pause, resume
from bot.services.queries.pause import load_resume_form
from bot.store.slack import cards
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import INBOX, InboxBackend

MOMENT = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every card is up."""
    monkeypatch.setattr(cards, "find_place", lambda db, kind, subject: (INBOX, "1.1"))


def stop(inbox: InboxBackend, scope: str = ALL) -> None:
    done = inbox.services.do_first(pause.pause, TOM, scope, "", key())
    inbox.services.do(pause.stop_replies, TOM, done.pause_id, key())
    inbox.clock.push(MOMENT)


def go_on(inbox: InboxBackend, scope: str = ALL) -> None:
    form = inbox.services.look(load_resume_form, scope)
    assert form is not None
    inbox.services.do(resume.resume, TOM, scope, form.epoch, {}, key())
    inbox.clock.push(MOMENT)


def held(inbox: InboxBackend) -> tuple[str, ...]:
    return inbox.services.look(held_back.list_held_back)


def show(inbox: InboxBackend, draft_id: str) -> held_back.HeldBack:
    found = inbox.services.look(held_back.load_held_back, draft_id)
    assert found is not None
    inbox.services.do(held_back.mark_shown, found)
    return found


def test_two_pauses_overlap(sqlite_inbox_backend: InboxBackend) -> None:
    """Seen: whichever was over last had begun after the answer, and nobody was asked."""
    sqlite_inbox_backend.writes()
    stop(sqlite_inbox_backend)
    view = sqlite_inbox_backend.drafted()
    stop(sqlite_inbox_backend, "bakery")
    go_on(sqlite_inbox_backend)
    assert held(sqlite_inbox_backend) == ()
    assert sqlite_inbox_backend.services.look(held_back.load_held_back, view.draft_id) is None
    go_on(sqlite_inbox_backend, "bakery")
    assert held(sqlite_inbox_backend) == (view.draft_id,)
    found = show(sqlite_inbox_backend, view.draft_id)
    assert (found.by, found.channel, found.view.notes[0]) == (MAYA.id, INBOX, held_back.OVER)
    assert held(sqlite_inbox_backend) == (), "once"
    assert sqlite_inbox_backend.facts("send") == [], "nothing is sent by it"


def test_paused_again_before_it_was_shown(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    stop(sqlite_inbox_backend)
    view = sqlite_inbox_backend.drafted()
    go_on(sqlite_inbox_backend)
    stop(sqlite_inbox_backend)
    assert held(sqlite_inbox_backend) == ()
    go_on(sqlite_inbox_backend)
    assert held(sqlite_inbox_backend) == (view.draft_id,)


def test_held_back_anew_while_it_was_shown(sqlite_inbox_backend: InboxBackend) -> None:
    """Shown with Send, paused and pressed again at once: what was shown does not count for that."""
    sqlite_inbox_backend.writes()
    stop(sqlite_inbox_backend)
    view = sqlite_inbox_backend.drafted()
    go_on(sqlite_inbox_backend)
    found = sqlite_inbox_backend.services.look(held_back.load_held_back, view.draft_id)
    assert found is not None
    stop(sqlite_inbox_backend)
    assert sqlite_inbox_backend.services.do(replies.ask_again, MAYA, view.draft_id).stopped
    sqlite_inbox_backend.services.do(held_back.mark_shown, found)
    go_on(sqlite_inbox_backend)
    assert held(sqlite_inbox_backend) == (view.draft_id,)


def test_kept_internal_it_is_kept_and_asked_again_it_is_held_back(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    stop(sqlite_inbox_backend)
    kept, asked = sqlite_inbox_backend.drafted("One"), sqlite_inbox_backend.drafted("Two")
    for view in (kept, asked):
        sqlite_inbox_backend.services.do(replies.keep_internal, MAYA, view.draft_id)
    assert sqlite_inbox_backend.services.do(replies.ask_again, MAYA, asked.draft_id).stopped
    go_on(sqlite_inbox_backend)
    assert held(sqlite_inbox_backend) == (asked.draft_id,)
    assert sqlite_inbox_backend.services.do(replies.ask_again, MAYA, asked.draft_id).stopped is None
    assert held(sqlite_inbox_backend) == (), "who asked has seen it with Send"


def test_a_clock_that_is_behind_and_more_than_fifty(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    done = sqlite_inbox_backend.services.do_first(pause.pause, TOM, ALL, "", key())
    sqlite_inbox_backend.services.do(pause.stop_replies, TOM, done.pause_id, key())
    sqlite_inbox_backend.clock.push(timedelta(seconds=-3))
    ids = [sqlite_inbox_backend.drafted(f"Answer {number}").draft_id for number in range(55)]
    sqlite_inbox_backend.clock.push(MOMENT)
    go_on(sqlite_inbox_backend)
    assert sorted(held(sqlite_inbox_backend)) == sorted(ids)


def test_words_that_were_replaced_or_met_no_pause_are_not_held_back(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    sqlite_inbox_backend.writes()
    free = sqlite_inbox_backend.drafted("Free")
    stop(sqlite_inbox_backend)
    source = (INBOX, "7.1")
    sqlite_inbox_backend.drafted("Wrong", source=source)
    right = sqlite_inbox_backend.drafted("Right", source=source)
    go_on(sqlite_inbox_backend)
    assert held(sqlite_inbox_backend) == (right.draft_id,)
    assert sqlite_inbox_backend.services.look(held_back.load_held_back, free.draft_id) is None


def test_an_account_that_left_the_settings(sqlite_inbox_backend: InboxBackend) -> None:
    """It raises: whoever shows them goes on with the next (`slack/inbox/held_back.py`)."""
    sqlite_inbox_backend.writes()
    stop(sqlite_inbox_backend)
    view = sqlite_inbox_backend.drafted()
    go_on(sqlite_inbox_backend)
    services = replace(sqlite_inbox_backend.services, accounts={})
    with pytest.raises(CannotReply):
        services.look(held_back.load_held_back, view.draft_id)
