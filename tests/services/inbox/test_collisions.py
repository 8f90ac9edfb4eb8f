"""Collisions: what happened since somebody began is told at Send, their words are kept, and nothing goes out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.domain.conversations import Happened, SeenConversation, Stage
from bot.domain.inbox_refusals import AlreadySentReply, DraftOutdated, NothingToAnswer
from bot.domain.shown.inbox_screens import DraftView
from bot.services.inbox import replies
from bot.services.queries.conversations import load_conversation_card
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import WORDS, InboxBackend

MOMENT = timedelta(minutes=1)


def happened(view: DraftView | None) -> list[Happened]:
    assert view is not None, "it was sent"
    return [one.what for one in view.meanwhile]


def test_the_customer_wrote_again(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    draft = inbox_backend.drafted()
    inbox_backend.writes("Hello? Anybody?", reply_to=asked)
    view = inbox_backend.send(draft)
    assert happened(view) == [Happened.WROTE]
    assert view is not None
    assert view.meanwhile[0].text.endswith("Hello? Anybody?")
    assert view.preview == draft.preview
    inbox_backend.run()
    assert inbox_backend.got(asked) == []
    assert [fact.who for fact in inbox_backend.facts("not sent: something happened meanwhile")] == [MAYA.id]


def test_a_collision_is_not_clicked_away(sqlite_inbox_backend: InboxBackend) -> None:
    """Whoever double-clicks the old Send is asked again; only "Send mine as well" sends."""
    asked = sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.writes("Hello?", reply_to=asked)
    assert happened(sqlite_inbox_backend.send(draft)) == [Happened.WROTE]
    assert happened(sqlite_inbox_backend.send(draft)) == [Happened.WROTE]
    assert sqlite_inbox_backend.send(draft, in_spite=True) is None
    sqlite_inbox_backend.run()
    assert len(sqlite_inbox_backend.got(asked)) == 1


def test_send_mine_as_well_is_judged_from_what_was_shown(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    assert sqlite_inbox_backend.send(draft, in_spite=True) is None, "nothing had happened"
    sqlite_inbox_backend.run()
    again = sqlite_inbox_backend.drafted("One more thing.")
    sqlite_inbox_backend.writes("Hello?", reply_to=asked)
    assert happened(sqlite_inbox_backend.send(again, in_spite=True)) == [Happened.WROTE], "it was never shown"
    sqlite_inbox_backend.writes("And now?", reply_to=asked)
    assert happened(sqlite_inbox_backend.send(again, in_spite=True)) == [Happened.WROTE], (
        "the last one was not shown"
    )
    assert sqlite_inbox_backend.send(again, in_spite=True) is None


def test_the_customer_edited_and_deleted(sqlite_inbox_backend: InboxBackend) -> None:
    first = sqlite_inbox_backend.writes()
    second = sqlite_inbox_backend.writes("It was the rye.", reply_to=first)
    draft = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.edits(second, "It was the wheat.")
    sqlite_inbox_backend.deletes(first)
    view = sqlite_inbox_backend.send(draft)
    assert sorted(one.name for one in happened(view)) == ["DELETED", "EDITED"]
    assert sqlite_inbox_backend.send(draft, in_spite=True) is None


def test_what_it_answers_was_deleted(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.deletes(sqlite_inbox_backend.network.latest("Lena K."))
    with pytest.raises(NothingToAnswer, match="Lena K"):
        sqlite_inbox_backend.send(draft)
    with pytest.raises(NothingToAnswer):
        sqlite_inbox_backend.drafted()
    (conversation,) = sqlite_inbox_backend.conversations()
    card = sqlite_inbox_backend.services.look(load_conversation_card, conversation.id)
    assert card is not None
    assert card.nothing_left


def test_what_it_answers_was_deleted_but_not_all(inbox_backend: InboxBackend) -> None:
    """Then it answers what is still there, under a digest of its own: the old Send does not send that."""
    first = inbox_backend.writes()
    inbox_backend.clock.push(MOMENT)
    second = inbox_backend.writes("It was the rye.", reply_to=first)
    draft = inbox_backend.drafted()
    inbox_backend.deletes(second)
    view = inbox_backend.send(draft)
    assert happened(view) == [Happened.DELETED]
    assert view is not None
    assert view.digest != draft.digest
    with pytest.raises(DraftOutdated):
        inbox_backend.send(draft, in_spite=True)
    assert inbox_backend.send(view, in_spite=True) is None
    inbox_backend.run()
    assert inbox_backend.network.ledger[-1].reply_to == first


def test_a_colleague_answered(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    mine, theirs = inbox_backend.drafted(), inbox_backend.drafted("We are on it.", by=TOM)
    assert inbox_backend.send(theirs, by=TOM) is None
    view = inbox_backend.send(mine)  # still on its way
    assert happened(view) == [Happened.ANSWERED]
    assert view is not None
    assert (view.meanwhile[0].by, view.meanwhile[0].text) == (TOM.id, "We are on it.")
    inbox_backend.run()
    assert happened(inbox_backend.send(mine)) == [Happened.ANSWERED]
    assert len(inbox_backend.got(asked)) == 1


def test_two_people_press_send_at_the_same_moment(inbox_backend: InboxBackend) -> None:
    """Whoever comes second is shown the first one's words, whichever of them that is."""
    asked = inbox_backend.writes()
    mine, theirs = inbox_backend.drafted(), inbox_backend.drafted("We are on it.", by=TOM)
    with ThreadPoolExecutor(2) as pool:
        pressed = [
            pool.submit(inbox_backend.send, mine, by=MAYA),
            pool.submit(inbox_backend.send, theirs, by=TOM),
        ]
        views = [one.result() for one in pressed]
    assert views.count(None) == 1
    inbox_backend.run()
    assert len(inbox_backend.got(asked)) == 1


def test_one_send_pressed_on_two_devices_at_the_same_moment(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    draft = inbox_backend.drafted()
    with ThreadPoolExecutor(4) as pool:
        pressed = [pool.submit(inbox_backend.send, draft) for _ in range(4)]
        failed = [one.exception() for one in pressed]
    assert [type(each) for each in failed].count(AlreadySentReply) == 3
    inbox_backend.run()
    assert len(inbox_backend.got(asked)) == 1


def test_a_colleagues_answer_that_was_shown_on_its_way_is_not_shown_again(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    asked = sqlite_inbox_backend.writes()
    mine = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.sent("We are on it.", by=TOM)
    assert happened(sqlite_inbox_backend.send(mine)) == [Happened.ANSWERED]
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.send(mine, in_spite=True) is None
    sqlite_inbox_backend.run()
    assert len(sqlite_inbox_backend.got(asked)) == 2


def test_a_colleague_is_answering_while_one_begins(sqlite_inbox_backend: InboxBackend) -> None:
    """Begun after their Send, but nobody could know yet whether it would arrive."""
    sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent(by=TOM)
    mine = sqlite_inbox_backend.drafted()
    assert happened(sqlite_inbox_backend.send(mine)) == [Happened.ANSWERED]
    sqlite_inbox_backend.run()
    assert happened(sqlite_inbox_backend.send(mine)) == [Happened.ANSWERED]


def test_two_messages_of_ones_own_follow_each_other(sqlite_inbox_backend: InboxBackend) -> None:
    """One's own answer collides only if it was sent after the other was begun."""
    asked = sqlite_inbox_backend.writes()
    both = sqlite_inbox_backend.drafted("And begun before.")
    sqlite_inbox_backend.sent("Sorry, Lena!")
    second = sqlite_inbox_backend.drafted("We send a new one.")
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.send(second) is None
    assert happened(sqlite_inbox_backend.send(both)) == [Happened.ANSWERED, Happened.ANSWERED]
    sqlite_inbox_backend.run()
    assert len(sqlite_inbox_backend.got(asked)) == 2


def test_a_colleague_answered_in_the_networks_app(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.network.we_answer_in_app(asked, "Looking into it!")
    sqlite_inbox_backend.poll()
    view = sqlite_inbox_backend.send(draft)
    assert happened(view) == [Happened.ANSWERED]
    assert view is not None
    assert view.meanwhile[0].by is None


def test_a_collision_in_the_dialog_keeps_its_words(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    seen = SeenConversation(inbox_backend.conversation.id, inbox_backend.conversation.seq)
    inbox_backend.writes("Hello?", reply_to=asked)
    view = inbox_backend.services.do(replies.send_reply, MAYA, seen, WORDS, None, key())
    assert happened(view) == [Happened.WROTE]
    assert view is not None
    assert inbox_backend.send(view, in_spite=True) is None
    inbox_backend.run()
    assert inbox_backend.got(asked) == [view.preview]


def test_what_the_customer_writes_while_an_answer_is_on_its_way_still_waits(
    inbox_backend: InboxBackend,
) -> None:
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.clock.push(MOMENT)
    inbox_backend.writes("Hello?", reply_to=asked)
    inbox_backend.run()
    assert (inbox_backend.conversation.stage, inbox_backend.conversation.waiting_since) == (
        Stage.OPEN,
        inbox_backend.clock.now(),
    )
    assert inbox_backend.conversation.due_at is not None
