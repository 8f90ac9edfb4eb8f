"""Collisions: what happened since somebody began is told at Send, their words are kept, and nothing goes out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.domain.conversations import Happened, SeenConversation, Stage
from bot.domain.inbox_screens import DraftView
from bot.domain.refusals import (
    AlreadySentReply,
    DraftOutdated,
    NothingToAnswer,
)
from bot.services.inbox import replies
from tests.houses import MAYA, TOM, key
from tests.shops import WORDS, Shop

MOMENT = timedelta(minutes=1)


def happened(view: DraftView | None) -> list[Happened]:
    assert view is not None, "it was sent"
    return [one.what for one in view.meanwhile]


def test_the_customer_wrote_again(shop: Shop) -> None:
    asked = shop.writes()
    draft = shop.drafted()
    shop.writes("Hello? Anybody?", reply_to=asked)
    view = shop.send(draft)
    assert happened(view) == [Happened.WROTE]
    assert view is not None
    assert view.meanwhile[0].text.endswith("Hello? Anybody?")
    assert view.preview == draft.preview
    shop.run()
    assert shop.got(asked) == []
    assert [fact.who for fact in shop.facts("not sent: something happened meanwhile")] == [MAYA.id]


def test_a_collision_is_not_clicked_away(stall: Shop) -> None:
    """Whoever double-clicks the old Send is asked again; only "Send mine as well" sends."""
    asked = stall.writes()
    draft = stall.drafted()
    stall.writes("Hello?", reply_to=asked)
    assert happened(stall.send(draft)) == [Happened.WROTE]
    assert happened(stall.send(draft)) == [Happened.WROTE]
    assert stall.send(draft, in_spite=True) is None
    stall.run()
    assert len(stall.got(asked)) == 1


def test_send_mine_as_well_is_judged_from_what_was_shown(stall: Shop) -> None:
    asked = stall.writes()
    draft = stall.drafted()
    assert stall.send(draft, in_spite=True) is None, "nothing had happened"
    stall.run()
    again = stall.drafted("One more thing.")
    stall.writes("Hello?", reply_to=asked)
    assert happened(stall.send(again, in_spite=True)) == [Happened.WROTE], "it was never shown"
    stall.writes("And now?", reply_to=asked)
    assert happened(stall.send(again, in_spite=True)) == [Happened.WROTE], "the last one was not shown"
    assert stall.send(again, in_spite=True) is None


def test_the_customer_edited_and_deleted(stall: Shop) -> None:
    first = stall.writes()
    second = stall.writes("It was the rye.", reply_to=first)
    draft = stall.drafted()
    stall.edits(second, "It was the wheat.")
    stall.deletes(first)
    view = stall.send(draft)
    assert sorted(one.name for one in happened(view)) == ["DELETED", "EDITED"]
    assert stall.send(draft, in_spite=True) is None


def test_what_it_answers_was_deleted(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted()
    stall.deletes(stall.network.latest("Lena K."))
    with pytest.raises(NothingToAnswer, match="Lena K"):
        stall.send(draft)
    with pytest.raises(NothingToAnswer):
        stall.drafted()


def test_what_it_answers_was_deleted_but_not_all(shop: Shop) -> None:
    """Then it answers what is still there, under a digest of its own: the old Send does not send that."""
    first = shop.writes()
    shop.clock.push(MOMENT)
    second = shop.writes("It was the rye.", reply_to=first)
    draft = shop.drafted()
    shop.deletes(second)
    view = shop.send(draft)
    assert happened(view) == [Happened.DELETED]
    assert view is not None
    assert view.digest != draft.digest
    with pytest.raises(DraftOutdated):
        shop.send(draft, in_spite=True)
    assert shop.send(view, in_spite=True) is None
    shop.run()
    assert shop.network.ledger[-1].reply_to == first


def test_a_colleague_answered(shop: Shop) -> None:
    asked = shop.writes()
    mine, theirs = shop.drafted(), shop.drafted("We are on it.", by=TOM)
    assert shop.send(theirs, by=TOM) is None
    view = shop.send(mine)  # still on its way
    assert happened(view) == [Happened.ANSWERED]
    assert view is not None
    assert (view.meanwhile[0].by, view.meanwhile[0].text) == (TOM.id, "We are on it.")
    shop.run()
    assert happened(shop.send(mine)) == [Happened.ANSWERED]
    assert len(shop.got(asked)) == 1


def test_two_people_press_send_at_the_same_moment(shop: Shop) -> None:
    """Whoever comes second is shown the first one's words, whichever of them that is."""
    asked = shop.writes()
    mine, theirs = shop.drafted(), shop.drafted("We are on it.", by=TOM)
    with ThreadPoolExecutor(2) as pool:
        pressed = [pool.submit(shop.send, mine, by=MAYA), pool.submit(shop.send, theirs, by=TOM)]
        views = [one.result() for one in pressed]
    assert views.count(None) == 1
    shop.run()
    assert len(shop.got(asked)) == 1


def test_one_send_pressed_on_two_devices_at_the_same_moment(shop: Shop) -> None:
    asked = shop.writes()
    draft = shop.drafted()
    with ThreadPoolExecutor(4) as pool:
        pressed = [pool.submit(shop.send, draft) for _ in range(4)]
        failed = [one.exception() for one in pressed]
    assert [type(each) for each in failed].count(AlreadySentReply) == 3
    shop.run()
    assert len(shop.got(asked)) == 1


def test_a_colleagues_answer_that_was_shown_on_its_way_is_not_shown_again(stall: Shop) -> None:
    asked = stall.writes()
    mine = stall.drafted()
    stall.sent("We are on it.", by=TOM)
    assert happened(stall.send(mine)) == [Happened.ANSWERED]
    stall.run()
    assert stall.send(mine, in_spite=True) is None
    stall.run()
    assert len(stall.got(asked)) == 2


def test_a_colleague_is_answering_while_one_begins(stall: Shop) -> None:
    """Begun after their Send, but nobody could know yet whether it would arrive."""
    stall.writes()
    stall.sent(by=TOM)
    mine = stall.drafted()
    assert happened(stall.send(mine)) == [Happened.ANSWERED]
    stall.run()
    assert happened(stall.send(mine)) == [Happened.ANSWERED]


def test_two_messages_of_ones_own_follow_each_other(stall: Shop) -> None:
    """One's own answer collides only if it was sent after the other was begun."""
    asked = stall.writes()
    both = stall.drafted("And begun before.")
    stall.sent("Sorry, Lena!")
    second = stall.drafted("We send a new one.")
    stall.run()
    assert stall.send(second) is None
    assert happened(stall.send(both)) == [Happened.ANSWERED, Happened.ANSWERED]
    stall.run()
    assert len(stall.got(asked)) == 2


def test_a_colleague_answered_in_the_networks_app(stall: Shop) -> None:
    asked = stall.writes()
    draft = stall.drafted()
    stall.network.we_answer_in_app(asked, "Looking into it!")
    stall.poll()
    view = stall.send(draft)
    assert happened(view) == [Happened.ANSWERED]
    assert view is not None
    assert view.meanwhile[0].by is None


def test_a_collision_in_the_dialog_keeps_its_words(shop: Shop) -> None:
    asked = shop.writes()
    seen = SeenConversation(shop.conversation.id, shop.conversation.seq)
    shop.writes("Hello?", reply_to=asked)
    view = shop.services.do(replies.send_reply, MAYA, seen, WORDS, None, key())
    assert happened(view) == [Happened.WROTE]
    assert view is not None
    assert shop.send(view, in_spite=True) is None
    shop.run()
    assert shop.got(asked) == [view.preview]


def test_what_the_customer_writes_while_an_answer_is_on_its_way_still_waits(shop: Shop) -> None:
    asked = shop.writes()
    shop.sent()
    shop.clock.push(MOMENT)
    shop.writes("Hello?", reply_to=asked)
    shop.run()
    assert (shop.conversation.stage, shop.conversation.waiting_since) == (Stage.OPEN, shop.clock.now())
    assert shop.conversation.due_at is not None
