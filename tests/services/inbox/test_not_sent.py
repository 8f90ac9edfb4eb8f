"""After a collision: look again, change the words, send them as well, or not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.domain.conversations import Happened
from bot.domain.inbox_refusals import AlreadySentReply, DraftOutdated, NotYours, ReplyTooLong
from bot.domain.people import Person
from bot.domain.refusals import NothingIn, OnlyMembers
from bot.domain.shown.inbox_screens import DraftView
from bot.services.inbox import replies
from bot.services.queries.conversations import load_reply_form
from bot.slack.views.inbox.dialogs import draw_reply_dialog
from bot.slack.views.inbox.draft import draw_draft
from tests.backend import GIL, MAYA, TOM
from tests.inbox_backend import WORDS, InboxBackend

OTHER = "Maya is right, and the courier comes at nine."


def collided(inbox: InboxBackend, text: str = WORDS) -> tuple[str, DraftView]:
    """Tom was faster. Returns what was asked, and what Maya is shown."""
    asked = inbox.writes()
    mine = inbox.drafted(text)
    inbox.sent("We are on it.", by=TOM)
    inbox.run()
    view = inbox.send(mine)
    assert view is not None
    assert [each.what for each in view.meanwhile] == [Happened.ANSWERED]
    return asked, view


def changed(
    inbox: InboxBackend, view: DraftView, text: str, *, by: Person = MAYA, typed: str | None = None,
    seq: int | None = None,
) -> DraftView | None:  # fmt: skip
    now = replies.InDialog(text, text if typed is None else typed, view.seq if seq is None else seq)
    return inbox.send(view, by=by, in_spite=True, now=now)


def again(inbox: InboxBackend, view: DraftView, by: Person = MAYA) -> DraftView:
    return inbox.services.do(replies.show_collision, by, view.draft_id, view.digest[:16])


def test_other_words_are_sent_as_well(inbox_backend: InboxBackend) -> None:
    asked, view = collided(inbox_backend)
    assert changed(inbox_backend, view, OTHER) is None
    inbox_backend.run()
    assert [text.endswith(OTHER) for text in inbox_backend.got(asked)] == [False, True]
    assert len(inbox_backend.got(asked)) == 2


def test_the_same_words_too(sqlite_inbox_backend: InboxBackend) -> None:
    asked, view = collided(sqlite_inbox_backend)
    assert view.text == WORDS
    assert changed(sqlite_inbox_backend, view, WORDS) is None
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.got(asked)[-1].endswith(WORDS)


def test_pressed_twice_they_go_out_once(inbox_backend: InboxBackend) -> None:
    asked, view = collided(inbox_backend)
    with ThreadPoolExecutor(2) as pool:
        pressed = [pool.submit(changed, inbox_backend, view, OTHER) for _ in range(2)]
        failed = [one.exception() for one in pressed]
    assert [type(each) for each in failed if each] == [AlreadySentReply]
    inbox_backend.run()
    assert len(inbox_backend.got(asked)) == 2


def test_the_old_words_cannot_be_sent_besides(sqlite_inbox_backend: InboxBackend) -> None:
    """The private message in the thread still shows them."""
    _, view = collided(sqlite_inbox_backend)
    look = changed(sqlite_inbox_backend, view, OTHER, typed="something else stood there")
    assert look is not None, "what would go out is not what was typed: shown first"
    assert (look.meanwhile, look.text) == ((), OTHER)
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.send(view, in_spite=True)
    assert sqlite_inbox_backend.send(look, in_spite=True) is None
    with pytest.raises(AlreadySentReply):
        sqlite_inbox_backend.send(view, in_spite=True)


def test_what_happened_after_it_was_shown_is_shown_first(inbox_backend: InboxBackend) -> None:
    asked, view = collided(inbox_backend)
    inbox_backend.writes("Never mind, it works!", reply_to=asked)
    more = changed(inbox_backend, view, OTHER)
    assert more is not None
    assert [each.what for each in more.meanwhile] == [Happened.WROTE]
    assert more.text == OTHER, "the new words are kept"
    assert changed(inbox_backend, more, OTHER) is None


def test_an_old_dialog_does_not_know_what_another_place_has_shown(sqlite_inbox_backend: InboxBackend) -> None:
    asked, view = collided(sqlite_inbox_backend)
    sqlite_inbox_backend.writes("Never mind, it works!", reply_to=asked)
    newer = again(sqlite_inbox_backend, view)
    assert [each.what for each in newer.meanwhile] == [Happened.ANSWERED, Happened.WROTE]
    assert newer.seq > view.seq
    shown = changed(sqlite_inbox_backend, newer, OTHER, seq=view.seq)
    assert shown is not None
    assert [each.what for each in shown.meanwhile] == [Happened.WROTE]


def test_refused_words_change_nothing(sqlite_inbox_backend: InboxBackend) -> None:
    _, view = collided(sqlite_inbox_backend)
    for text, refusal in (("x" * 501, ReplyTooLong), (" \u200b", NothingIn)):
        with pytest.raises(refusal):
            changed(sqlite_inbox_backend, view, text)
    assert again(sqlite_inbox_backend, view).text == WORDS
    for person, refused in ((TOM, NotYours), (GIL, OnlyMembers)):
        with pytest.raises(refused):
            changed(sqlite_inbox_backend, view, OTHER, by=person)
        with pytest.raises(refused):
            again(sqlite_inbox_backend, view, by=person)


def test_not_to_send_is_a_choice_and_once_sent_none_any_more(sqlite_inbox_backend: InboxBackend) -> None:
    """Seen: "Kept internal: nothing was sent", of an answer that had gone out from another device."""
    asked, view = collided(sqlite_inbox_backend)
    keep = replies.keep_internal
    sqlite_inbox_backend.services.do(keep, MAYA, view.draft_id)
    sqlite_inbox_backend.run()
    assert len(sqlite_inbox_backend.got(asked)) == 1
    assert changed(sqlite_inbox_backend, view, OTHER) is None, "they have thought better of it"
    with pytest.raises(AlreadySentReply):
        sqlite_inbox_backend.services.do(keep, MAYA, view.draft_id)


# --- what they wrote after the message that is answered ----------------------------------------------


def test_asked_again_it_shows_what_they_wrote_since(sqlite_inbox_backend: InboxBackend) -> None:
    """Seen: an old message stood there as "Their last message", and the newer one was nowhere."""
    lena = sqlite_inbox_backend.writes()
    view = sqlite_inbox_backend.drafted()
    assert "*Their last message,*" in str(draw_draft(view).blocks)
    for text in ("Hello?", "Anybody?", "Forget it.", "It has arrived."):
        sqlite_inbox_backend.clock.push(timedelta(minutes=1))
        sqlite_inbox_backend.writes(text, reply_to=lena)
    asked = sqlite_inbox_backend.services.do(replies.ask_again, MAYA, view.draft_id)
    assert ([each.text for each in asked.since], asked.more_since) == (
        ["Anybody?", "Forget it.", "It has arrived."],
        1,
    )
    drawn = str(draw_draft(asked).blocks)
    assert ("Their last message" in drawn, "*Their message,*" in drawn) == (False, True)
    assert "It has arrived." in drawn
    assert "and 1 more in between" in drawn
    assert sqlite_inbox_backend.send(asked) is not None, "Send looks all the same"
    assert sqlite_inbox_backend.got(lena) == []


def test_a_correction_shows_what_they_wrote_since(sqlite_inbox_backend: InboxBackend) -> None:
    lena = sqlite_inbox_backend.writes()
    sent = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.clock.push(timedelta(minutes=1))
    gone = sqlite_inbox_backend.writes("What?", reply_to=lena)
    sqlite_inbox_backend.writes("That is the wrong name, I am Lea!", reply_to=lena)
    sqlite_inbox_backend.deletes(gone)
    view = sqlite_inbox_backend.drafted("Sorry, Lea!", corrects=sent)
    form = sqlite_inbox_backend.services.look(
        load_reply_form, MAYA, sqlite_inbox_backend.conversation.id, corrects=sent
    )
    for drawn in (str(draw_draft(view).blocks), str(draw_reply_dialog(form))):
        assert "Their last message" not in drawn
        assert "*They wrote again since,*" in drawn
        assert "I am Lea!" in drawn
        assert "What?" not in drawn
