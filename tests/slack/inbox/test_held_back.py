"""Answers that a pause kept from being sent: their writers are asked again after it, whoever resumed and how."""

from __future__ import annotations

import pytest

from bot.domain.gate import ALL
from bot.domain.refusals import CannotReply
from bot.sandbox.slack.find import controls, labels, words
from bot.sandbox.slack.state import Message
from bot.services.inbox import held_back
from bot.services.pause import pause, resume
from bot.services.queries.pause import load_resume_form
from bot.services.unit_of_work import UnitOfWork
from bot.slack.ids import parse_draft
from bot.slack.inbox.held_back import AFTER_TROUBLE, LEASE, NAME, HeldBackAnswers
from bot.slack.payloads import Where
from bot.slack.views.blocks import Message as Drawn
from bot.store.engine.leases import take_lease
from tests.backend import TOM as BAKER
from tests.backend import key
from tests.inbox_backend import ASKED, INBOX, WORDS
from tests.slack.inbox_team import InboxTeam

MAYA, TOM = "U0MAYA", "U0TOM"
FASTER = "Maya was faster."
AGAIN = "Replies can be sent again"


def got(counter: InboxTeam, remote_id: str) -> list[str]:
    return [text.partition(" ")[2] for text in counter.backend.got(remote_id)]


def stop(counter: InboxTeam) -> None:
    paused = counter.services.do_first(pause.pause, BAKER, ALL, "", key())
    counter.services.do(pause.stop_replies, BAKER, paused.pause_id, key())


def go_on(counter: InboxTeam) -> None:
    """Resume, not from Slack."""
    form = counter.services.look(load_resume_form, ALL)
    assert form is not None
    counter.services.do(resume.resume, BAKER, ALL, form.epoch, {}, key())


def draft_of(preview: Message) -> str:
    return parse_draft(next(each for each in controls(preview.blocks)).element["value"])[0]


def asked_again(counter: InboxTeam, user: str) -> list[Message]:
    return [each for each in counter.previews(user) if AGAIN in words(each)]


def test_after_resume_whoever_wrote_an_answer_is_asked_by_itself(counter: InboxTeam) -> None:
    """Seen: nobody was told that replies could be sent again; the answer waited for a press of [Ask me again]."""
    lena = counter.backend.writes()
    card = counter.shown(ASKED)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    before = counter.preview(TOM, WORDS)
    stop(counter)
    counter.click(TOM, before, "Send")
    counter.preview(TOM, "Replies are stopped too")
    counter.clock.push(1)
    counter.say(MAYA, card, f"@Byhand {FASTER}")
    kept = counter.preview(MAYA, FASTER)
    counter.click(MAYA, kept, "Keep internal")
    assert counter.people.command(TOM, INBOX, "/social", "resume").ok
    assert counter.people.fill(TOM, {}).ok
    asked = counter.preview(TOM, AGAIN)
    assert labels(asked) == ["Send", "Keep internal"]
    assert (asked.thread_ts, WORDS in words(asked)) == (card.ts, True)
    assert AGAIN not in counter.whole(), "its writer alone sees it"
    assert not asked_again(counter, MAYA), "kept internal is kept"
    assert got(counter, lena) == []
    counter.click(TOM, asked, "Send")
    counter.deliver()
    assert got(counter, lena) == [WORDS]


def test_one_that_cannot_be_shown_again_does_not_silence_the_others(
    counter: InboxTeam, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As of an account that left the settings: one raised, and no writer after it was asked."""
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.clock.push(1)
    counter.say(MAYA, card, f"@Byhand {FASTER}")
    first = draft_of(counter.preview(MAYA, FASTER))
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, WORDS)
    load = held_back.load_held_back

    def broken(work: UnitOfWork, draft_id: str) -> held_back.HeldBack | None:
        if draft_id == first:
            raise CannotReply(account="Bakery")
        return load(work, draft_id)

    monkeypatch.setattr(held_back, "load_held_back", broken)
    go_on(counter)
    counter.preview(TOM, AGAIN)
    assert f"draft {first} was not shown again" in caplog.text
    monkeypatch.undo()
    counter.clock.push(AFTER_TROUBLE)
    counter.slack_app._held_back.wake()
    counter.preview(MAYA, AGAIN)
    counter.until(lambda: not counter.services.look(held_back.list_held_back))


def test_what_ended_before_it_had_shown_them_leaves_them_to_the_next_and_two_show_each_once(
    counter: InboxTeam, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: resumed in a shell, or by a process that ended right after it, and nobody was asked."""
    lena = counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, "Replies are stopped too")
    app = counter.slack_app
    monkeypatch.setattr(app._held_back, "_turn", lambda: None)
    go_on(counter)
    assert len(counter.services.look(held_back.list_held_back)) == 1
    one, other = (HeldBackAnswers(counter.services, app._answers, app._place, name=name) for name in "ab")
    now = counter.clock.now()
    counter.services.store.write(lambda db: take_lease(db, NAME, "b", now, now + LEASE))
    one._turn()
    assert asked_again(counter, TOM) == [], "another process is at it"
    other._turn()
    one._turn()
    other._turn()
    asked = asked_again(counter, TOM)
    assert [labels(each) for each in asked] == [["Send", "Keep internal"]]
    assert got(counter, lena) == []


def test_what_nobody_knows_to_be_shown_is_shown_once_more(
    counter: InboxTeam, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, "Replies are stopped too")
    answers, shown = counter.slack_app._answers, list[bool]()

    def show(there: Where, message: Drawn) -> bool:
        shown.append(len(shown) > 0)
        return shown[-1]

    monkeypatch.setattr(answers, "show", show)
    go_on(counter)
    counter.until(lambda: len(shown) == 1)
    counter.clock.push(AFTER_TROUBLE)
    counter.slack_app._held_back.wake()
    counter.until(lambda: not counter.services.look(held_back.list_held_back))
    assert shown == [False, True]
