"""Answers that a pause kept from being sent: their writers are asked again after it, whoever resumed and how."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.gate import ALL
from bot.domain.inbox_refusals import CannotReply
from bot.sandbox.slack.find import controls, labels, words
from bot.sandbox.slack.state import Message
from bot.services.inbox import held_back, replies
from bot.services.pause import pause, resume
from bot.services.queries.pause import load_resume_form
from bot.services.unit_of_work import UnitOfWork
from bot.slack.inbox.held_back import (
    AFTER_REFUSAL,
    AFTER_TROUBLE,
    CARD_COMES_WITHIN,
    LEASE,
    NAME,
    HeldBackAnswers,
)
from bot.slack.payloads import Where
from bot.slack.transport.calls import Answered, Heard, SaidNo, Unknown
from bot.slack.views.blocks import Message as Drawn
from bot.store.engine.leases import take_lease
from bot.store.inbox import drafts
from bot.store.slack import cards
from tests.backend import MAYA as HERSELF
from tests.backend import TOM as BAKER
from tests.backend import key
from tests.inbox_backend import ASKED, INBOX, WORDS
from tests.slack.inbox.test_not_sent import AS_WELL, OTHER, in_the_thread
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
    counter.preview(MAYA, FASTER)
    (hers,) = [each for each in counter.services.store.read(drafts.list_held) if each.by == MAYA]
    counter.services.do(replies.keep_internal, HERSELF, hers.id)
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
    """Seen: one raised, and no writer after it was asked."""
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.clock.push(1)
    counter.say(MAYA, card, f"@Byhand {FASTER}")
    counter.preview(MAYA, FASTER)
    (first,) = [each.id for each in counter.services.store.read(drafts.list_held)]
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
    answers, heard = counter.slack_app._answers, list[Heard]()

    def try_to_show(there: Where, message: Drawn) -> Heard:
        heard.append(Answered({}) if heard else Unknown("timeout"))
        return heard[-1]

    monkeypatch.setattr(answers, "try_to_show", try_to_show)
    go_on(counter)
    counter.until(lambda: len(heard) == 1)
    counter.clock.push(AFTER_TROUBLE)
    counter.slack_app._held_back.wake()
    counter.until(lambda: not counter.services.look(held_back.list_held_back))
    assert len(heard) == 2


def told_directly(counter: InboxTeam, user: str) -> list[Message]:
    there = counter.server.workspace.im(user)
    return [each for each in counter.server.workspace.messages(there.id) if each.ts > counter.since]


def test_where_slack_refuses_to_show_it_the_writer_gets_their_words_directly(counter: InboxTeam) -> None:
    """Seen: Slack's no counted as shown, and whoever had left the channel never heard of their answer again."""
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, "Replies are stopped too")
    counter.server.workspace.leave(INBOX, TOM)
    try:
        go_on(counter)
        counter.until(lambda: told_directly(counter, TOM))
    finally:
        counter.server.workspace.join(INBOX, TOM)
    (told,) = told_directly(counter, TOM)
    assert "can be sent again. Your answer was not sent" in words(told)
    assert WORDS in words(told)
    assert ASKED not in words(told), "what a customer wrote stays in its channel"
    assert controls(told.blocks) == []
    counter.until(lambda: not counter.services.look(held_back.list_held_back))


def test_refused_there_too_it_waits_and_is_not_counted_as_shown(
    counter: InboxTeam, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, "Replies are stopped too")
    tried = list[str]()

    def refuse(user: str, message: Drawn) -> Heard:
        tried.append(user)
        return SaidNo("account_inactive")

    answers = counter.slack_app._answers
    monkeypatch.setattr(answers, "try_to_show", lambda there, message: SaidNo("user_not_in_channel"))
    monkeypatch.setattr(answers, "send_directly", refuse)
    go_on(counter)
    counter.until(lambda: tried)
    monkeypatch.undo()
    assert len(counter.services.look(held_back.list_held_back)) == 1
    counter.clock.push(AFTER_REFUSAL)
    counter.slack_app._held_back.wake()
    counter.preview(TOM, AGAIN)
    assert tried == [TOM]


def test_an_account_that_left_the_settings_gives_the_words_back_once(
    counter: InboxTeam, caplog: pytest.LogCaptureFixture
) -> None:
    """Seen: a traceback in the log every minute, for ever, and not a word to whoever wrote the answer."""
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, "Replies are stopped too")
    gone = counter.backend.accounts.pop("bakery")
    try:
        go_on(counter)
        assert WORDS in counter.told(TOM, "is not in the settings any more")
        counter.until(lambda: not counter.services.look(held_back.list_held_back))
    finally:
        counter.backend.accounts["bakery"] = gone
    assert "Traceback" not in caplog.text
    counter.clock.push(AFTER_TROUBLE)
    counter.slack_app._held_back._turn()
    there = counter.server.workspace.replies(card.channel, card.ts)
    told = [each for each in counter.server.workspace.messages(INBOX) if "in the settings" in words(each)]
    assert [(each.seen_by, each.thread_ts, controls(each.blocks)) for each in told] == [(TOM, card.ts, [])]
    assert not any("in the settings" in words(each) for each in there if not each.seen_by)


# --- every way of sending ----------------------------------------------------------------------------


@pytest.fixture
def resumed(counter: InboxTeam) -> Iterator[None]:
    """No pause is left to the next test."""
    yield
    if counter.services.look(load_resume_form, ALL) is not None:
        go_on(counter)


def count_held(counter: InboxTeam) -> int:
    return counter.services.look(held_back.count_all)


@pytest.mark.usefixtures("resumed")
def test_send_mine_as_well_during_a_pause_is_kept_for_its_writer(counter: InboxTeam) -> None:
    """Seen: refused, and never given back; only a plain Send was."""
    lena, collision = in_the_thread(counter)
    stop(counter)
    counter.clock.push(1)
    counter.click(TOM, collision, AS_WELL)
    counter.told(TOM, "stopped")
    assert count_held(counter) == 1
    go_on(counter)
    assert WORDS in words(counter.preview(TOM, AGAIN))
    assert got(counter, lena) == [FASTER]


@pytest.mark.usefixtures("resumed")
def test_send_mine_as_well_in_its_dialog_during_a_pause_keeps_the_words_as_they_stand_there(
    counter: InboxTeam,
) -> None:
    """The dialog was opened before the pause."""
    lena, collision = in_the_thread(counter)
    counter.click(TOM, collision, "Change it…")
    view = counter.server.modal(TOM)
    stop(counter)
    counter.clock.push(1)
    values = {"text": {"value": {"type": "plain_text_input", "value": OTHER}}}
    assert counter.people.click_view(TOM, view.id, text=AS_WELL, values=values).ok
    counter.until(lambda: "Kept until Resume" in str(counter.server.workspace.modals.get(TOM)))
    assert labels(counter.server.modal(TOM)) == []
    counter.server.workspace.set_stack(TOM)
    assert count_held(counter) == 1
    go_on(counter)
    assert OTHER in words(counter.preview(TOM, AGAIN))
    assert got(counter, lena) == [FASTER]


@pytest.mark.usefixtures("resumed")
def test_the_reply_dialog_sent_off_during_a_pause_keeps_the_words(counter: InboxTeam) -> None:
    """Seen: an error under the field, and the words were lost with the dialog. Reply offers them no second time."""
    lena = counter.backend.writes()
    counter.click(TOM, counter.shown(ASKED), "Reply")
    counter.server.modal(TOM)
    stop(counter)
    counter.clock.push(1)
    assert counter.people.fill(TOM, {"Your reply": WORDS}).ok
    told = str(counter.server.modal(TOM).blocks)
    assert ("Kept until Resume" in told, WORDS in told) == (True, True)
    counter.server.workspace.set_stack(TOM)
    go_on(counter)
    asked = counter.preview(TOM, AGAIN)
    counter.click(TOM, asked, "Send")
    counter.deliver()
    assert got(counter, lena) == [WORDS]
    counter.click(TOM, counter.shown("Answered"), "Reply again")
    drawn = counter.server.modal(TOM).blocks
    assert WORDS not in str([each for each in drawn if each["type"] == "input"])


@pytest.mark.usefixtures("resumed")
def test_the_dialog_of_a_collision_offers_no_send_while_replies_are_stopped(counter: InboxTeam) -> None:
    """Seen: it offered Send, and a field for other words; it is refused whatever stands there."""
    _, collision = in_the_thread(counter)
    stop(counter)
    counter.clock.push(1)
    counter.click(TOM, collision, "Change it…")
    view = counter.server.modal(TOM)
    assert labels(view) == []
    assert ("Cannot be sent now" in str(view.blocks), WORDS in str(view.blocks)) == (True, True)
    counter.people.close(TOM, view.id)
    go_on(counter)
    assert counter.preview(TOM, AGAIN)


@pytest.mark.usefixtures("resumed")
def test_one_whose_card_is_not_up_is_waited_for_a_little_and_then_given_back_directly(
    counter: InboxTeam, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: tried every minute for ever, and its writer heard nothing."""
    counter.backend.writes()
    card = counter.shown(ASKED)
    stop(counter)
    counter.say(TOM, card, f"@Byhand {WORDS}")
    counter.preview(TOM, "Replies are stopped too")
    app = counter.slack_app
    monkeypatch.setattr(app._held_back, "_turn", lambda: None)
    monkeypatch.setattr(cards, "find_place", lambda db, kind, subject: None)
    go_on(counter)
    asking = HeldBackAnswers(counter.services, app._answers, app._place, name="a")
    asking._turn()
    counter.clock.push(AFTER_TROUBLE)
    asking._turn()
    assert told_directly(counter, TOM) == [], "it may come"
    counter.clock.push(CARD_COMES_WITHIN)
    asking._turn()
    (told,) = told_directly(counter, TOM)
    assert WORDS in words(told)
    assert count_held(counter) == 0
