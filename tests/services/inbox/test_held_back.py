"""Which answers a pause kept from being sent, and that they are told after it, whatever happened in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.domain.gate import ALL
from bot.services.inbox import held_back, replies
from bot.services.pause import pause, resume
from bot.services.queries.pause import load_resume_form
from bot.store.slack import cards
from bot.store.tables.inbox import drafts
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import INBOX, WORDS, InboxBackend

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


def test_two_pauses_overlap(inbox_backend: InboxBackend) -> None:
    """Seen: whichever was over last had begun after the answer, and nobody was asked."""
    inbox_backend.writes()
    stop(inbox_backend)
    view = inbox_backend.drafted()
    stop(inbox_backend, "bakery")
    go_on(inbox_backend)
    assert held(inbox_backend) == ()
    assert inbox_backend.services.look(held_back.load_held_back, view.draft_id) is None
    go_on(inbox_backend, "bakery")
    assert held(inbox_backend) == (view.draft_id,)
    found = show(inbox_backend, view.draft_id)
    assert found.view is not None
    assert (found.by, found.place, found.view.notes[0]) == (MAYA.id, (INBOX, "1.1"), held_back.OVER)
    assert held(inbox_backend) == (), "once"
    assert inbox_backend.facts("send") == [], "nothing is sent by it"


def test_paused_again_before_it_was_shown(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    stop(inbox_backend)
    view = inbox_backend.drafted()
    go_on(inbox_backend)
    stop(inbox_backend)
    assert held(inbox_backend) == ()
    go_on(inbox_backend)
    assert held(inbox_backend) == (view.draft_id,)


def test_held_back_anew_while_it_was_shown(inbox_backend: InboxBackend) -> None:
    """Shown with Send, paused and pressed again at once: what was shown does not count for that."""
    inbox_backend.writes()
    stop(inbox_backend)
    view = inbox_backend.drafted()
    go_on(inbox_backend)
    found = inbox_backend.services.look(held_back.load_held_back, view.draft_id)
    assert found is not None
    stop(inbox_backend)
    assert inbox_backend.services.do(replies.ask_again, MAYA, view.draft_id).stopped
    inbox_backend.services.do(held_back.mark_shown, found)
    go_on(inbox_backend)
    assert held(inbox_backend) == (view.draft_id,)


def test_kept_internal_it_is_kept_and_asked_again_it_is_held_back(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    stop(inbox_backend)
    kept, asked = inbox_backend.drafted("One"), inbox_backend.drafted("Two")
    for view in (kept, asked):
        inbox_backend.services.do(replies.keep_internal, MAYA, view.draft_id)
    assert inbox_backend.services.do(replies.ask_again, MAYA, asked.draft_id).stopped
    go_on(inbox_backend)
    assert held(inbox_backend) == (asked.draft_id,)
    assert inbox_backend.services.do(replies.ask_again, MAYA, asked.draft_id).stopped is None
    assert held(inbox_backend) == (), "who asked has seen it with Send"


def test_a_clock_that_is_behind_and_more_than_fifty(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    done = inbox_backend.services.do_first(pause.pause, TOM, ALL, "", key())
    inbox_backend.services.do(pause.stop_replies, TOM, done.pause_id, key())
    inbox_backend.clock.push(timedelta(seconds=-3))
    ids = [inbox_backend.drafted(f"Answer {number}").draft_id for number in range(55)]
    inbox_backend.clock.push(MOMENT)
    go_on(inbox_backend)
    assert sorted(held(inbox_backend)) == sorted(ids)


def test_words_that_were_replaced_or_met_no_pause_are_not_held_back(
    inbox_backend: InboxBackend,
) -> None:
    inbox_backend.writes()
    free = inbox_backend.drafted("Free")
    stop(inbox_backend)
    source = (INBOX, "7.1")
    inbox_backend.drafted("Wrong", source=source)
    right = inbox_backend.drafted("Right", source=source)
    go_on(inbox_backend)
    assert held(inbox_backend) == (right.draft_id,)
    assert inbox_backend.services.look(held_back.load_held_back, free.draft_id) is None


@pytest.mark.parametrize("resumed", [True, False])
def test_an_account_that_left_the_settings(inbox_backend: InboxBackend, resumed: bool) -> None:
    """Seen: it was tried again every minute, for ever, and its writer heard nothing. Its pause may be on for ever."""
    inbox_backend.writes()
    stop(inbox_backend, "bakery")
    view = inbox_backend.drafted()
    if resumed:
        go_on(inbox_backend, "bakery")
    else:
        assert held(inbox_backend) == ()
    del inbox_backend.accounts["bakery"]
    assert held(inbox_backend) == (view.draft_id,)
    found = show(inbox_backend, view.draft_id)
    assert found.view is None
    assert (found.by, found.unsent.text, found.unsent.in_settings) == (MAYA.id, WORDS, False)
    assert held(inbox_backend) == (), "once"
    assert inbox_backend.services.look(held_back.count_all) == 0


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_what_an_older_byhand_did_not_mark_is_marked_at_start(
    inbox_backend: InboxBackend, scope: str
) -> None:
    """Before migration 0009 nothing was: only [Ask me again] was left, in a private message that Slack drops."""
    inbox_backend.writes()
    before = inbox_backend.drafted("Before")
    inbox_backend.clock.push(MOMENT)
    stop(inbox_backend, scope)
    view, kept = inbox_backend.drafted(), inbox_backend.drafted("Kept")
    inbox_backend.services.do(replies.keep_internal, MAYA, kept.draft_id)
    inbox_backend.store.write(lambda db: db.execute(update(drafts).values(held_at=None)))
    inbox_backend.services.do(held_back.adopt_unmarked)
    go_on(inbox_backend, scope)
    assert held(inbox_backend) == (view.draft_id,)
    assert before.draft_id not in held(inbox_backend)
    show(inbox_backend, view.draft_id)
    inbox_backend.services.do(held_back.adopt_unmarked)
    assert held(inbox_backend) == (), "nothing is stopped any more"


def test_words_given_back_are_not_given_back_again_at_every_start(inbox_backend: InboxBackend) -> None:
    """Seen: its account left the settings during a pause, and each start marked the answer anew."""
    inbox_backend.writes()
    stop(inbox_backend)
    view = inbox_backend.drafted()
    del inbox_backend.accounts["bakery"]
    assert held(inbox_backend) == (view.draft_id,)
    show(inbox_backend, view.draft_id)
    assert held(inbox_backend) == ()
    inbox_backend.services.do(held_back.adopt_unmarked)
    assert held(inbox_backend) == (), "once"


def test_an_answer_offered_before_replies_were_stopped_is_not_marked_at_start(
    inbox_backend: InboxBackend,
) -> None:
    """Offered during the pause with Send, before anybody stopped replies: no pause kept it back."""
    inbox_backend.writes()
    done = inbox_backend.services.do_first(pause.pause, TOM, ALL, "", key())
    inbox_backend.clock.push(MOMENT)
    assert inbox_backend.drafted().stopped is None
    inbox_backend.clock.push(MOMENT)
    inbox_backend.services.do(pause.stop_replies, TOM, done.pause_id, key())
    inbox_backend.services.do(held_back.adopt_unmarked)
    assert inbox_backend.services.look(held_back.count_all) == 0


def test_a_held_answer_stays_held_when_its_collision_is_looked_at(inbox_backend: InboxBackend) -> None:
    """Seen: [Change it…] on an older copy of it unmarked it. Looked at after Resume, it was seen with Send."""
    inbox_backend.writes()
    stop(inbox_backend)
    view = inbox_backend.drafted()
    inbox_backend.services.do(replies.show_collision, MAYA, view.draft_id, view.digest)
    assert inbox_backend.services.look(held_back.count_all) == 1
    go_on(inbox_backend)
    assert held(inbox_backend) == (view.draft_id,)
    inbox_backend.services.do(replies.show_collision, MAYA, view.draft_id, view.digest)
    assert held(inbox_backend) == ()
