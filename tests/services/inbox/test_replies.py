"""Answering: only what a person pressed Send on goes out, exactly as they saw it, once, to whom it was for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversations import SeenConversation, Stage
from bot.domain.gate import ALL
from bot.domain.inbox_screens import SourceChange
from bot.domain.refusals import (
    AlreadySentReply,
    CannotReply,
    DraftOutdated,
    Erased,
    NothingIn,
    NotYours,
    OnlyMembers,
    Repeated,
    RepliesStopped,
    ReplyTooLong,
    WhoAreYou,
)
from bot.networks.drill import DrillClient
from bot.services.inbox import erasure, replies
from bot.services.pause import pause
from bot.services.queries import conversations as conversation_queries
from bot.services.queries.conversations import load_reply_form
from bot.store.inbox import drafts
from tests.houses import GIL, MAYA, STRANGER, TOM, key
from tests.shops import INBOX, WORDS, Shop

SOURCE = (INBOX, "171.1")
MOMENT = timedelta(minutes=1)


# --- the plain way -----------------------------------------------------------------------------------


def test_the_customer_gets_exactly_what_the_preview_showed(shop: Shop) -> None:
    asked = shop.writes()
    preview = shop.drafted()
    assert shop.got(asked) == []
    assert shop.send(preview) is None
    shop.run()
    assert shop.got(asked) == [preview.preview]
    assert shop.network.ledger[-1].reply_to == asked
    assert shop.ours() == [WORDS]


def test_who_answers_has_it_and_the_thread_says_so(stall: Shop) -> None:
    stall.writes()
    reply = stall.sent()
    stall.run()
    assert (stall.conversation.stage, stall.conversation.owner, stall.conversation.answered_by) == (
        Stage.ANSWERED,
        MAYA.id,
        MAYA.id,
    )
    assert stall.conversation.waiting_since is None
    assert stall.line("replied") == {"delivery": reply}
    view = stall.card().last_reply
    assert (view.text, view.by, view.can_delete, view.can_correct) == (WORDS, MAYA.id, True, True)
    (fact,) = stall.facts("send pressed")
    assert fact.who == MAYA.id
    assert WORDS not in str(fact.data)


def test_a_private_message_is_answered_privately(stall: Shop) -> None:
    stall.writes("Where is my parcel?", private=True)
    assert stall.drafted().private
    stall.sent()
    stall.run()
    assert stall.network.ledger[-1].visibility == "direct"


def test_an_image_goes_along_with_its_text(stall: Shop) -> None:
    asked = stall.writes()
    draft = stall.drafted(image=(stall.picture(), "A new loaf"))
    assert (draft.image_alt, draft.problem) == ("A new loaf", None)
    assert stall.send(draft) is None
    stall.run()
    (status,) = [one for one in stall.network.timeline() if one["id"] == stall.delivery().remote_id]
    assert [media["alt"] for media in status["media"]] == ["A new loaf"]
    assert len(stall.got(asked)) == 1


def test_an_image_without_its_text_waits_for_it(stall: Shop) -> None:
    """The dialog that asks for the text sends the same words and the same image."""
    stall.writes()
    draft = stall.drafted(image=(stall.picture(), None))
    assert (draft.image_alt, draft.problem) == ("", "The image needs a text that says what it shows.")
    with pytest.raises(ReplyTooLong, match="needs a text"):
        stall.send(draft)
    form = stall.services.look(load_reply_form, MAYA, stall.conversation.id, draft_id=draft.draft_id)
    assert (form.text, form.image_alt) == (WORDS, "")
    seen = SeenConversation(stall.conversation.id, form.seq)
    image = (stall.picture(), "A new loaf")
    assert (
        stall.services.do(replies.send_reply, MAYA, seen, form.text, image, key(), draft_id=draft.draft_id)
        is None
    )
    stall.run()
    assert stall.state() == "sent"
    with pytest.raises(DraftOutdated):
        stall.send(draft)


def test_what_is_too_long_is_not_sent(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted("a" * 600)
    assert draft.length > draft.limit
    with pytest.raises(ReplyTooLong, match="500"):
        stall.send(draft)
    with pytest.raises(NothingIn):
        stall.drafted("  \n")


def test_only_the_team_answers(stall: Shop) -> None:
    stall.writes()
    with pytest.raises(OnlyMembers):
        stall.drafted(by=GIL)
    with pytest.raises(WhoAreYou):
        stall.drafted(by=STRANGER)


def test_where_a_network_takes_no_answers_that_is_said(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted()
    stall.services = replace(stall.services, accounts={**stall.services.accounts, "bakery": DrillClient()})
    with pytest.raises(CannotReply, match="Bakery"):
        stall.send(draft)
    with pytest.raises(CannotReply):
        stall.drafted()


# --- once --------------------------------------------------------------------------------------------


def test_send_pressed_twice(shop: Shop) -> None:
    asked = shop.writes()
    draft, click = shop.drafted(), key()
    assert shop.send(draft, click=click) is None
    with pytest.raises(Repeated):
        shop.send(draft, click=click)
    with pytest.raises(AlreadySentReply):
        shop.send(draft)
    shop.run()
    with pytest.raises(AlreadySentReply):
        shop.send(draft)
    assert len(shop.got(asked)) == 1


def test_the_same_message_is_one_draft_and_is_sent_once(shop: Shop) -> None:
    """Slack tells of a message again: there is one preview, and after Send none."""
    shop.writes()
    first, again = shop.drafted(source=SOURCE), shop.drafted(source=SOURCE)
    assert first == again
    shop.send(first)
    with pytest.raises(AlreadySentReply):
        shop.drafted(source=SOURCE)
    with pytest.raises(AlreadySentReply):
        shop.drafted(source=SOURCE, by=TOM)


def test_the_dialog_with_one_key_sends_once(stall: Shop) -> None:
    asked = stall.writes()
    seen, click = SeenConversation(stall.conversation.id, stall.conversation.seq), key()
    assert stall.services.do(replies.send_reply, MAYA, seen, WORDS, None, click) is None
    with pytest.raises(Repeated):
        stall.services.do(replies.send_reply, MAYA, seen, WORDS, None, click)
    stall.run()
    assert len(stall.got(asked)) == 1


def test_an_old_preview_sends_nothing(stall: Shop) -> None:
    asked = stall.writes()
    old = stall.drafted("Sorry, Lenna!", source=SOURCE)
    new = stall.drafted("Sorry, Lena!", source=SOURCE)
    with pytest.raises(DraftOutdated):
        stall.send(old)
    with pytest.raises(DraftOutdated):
        stall.services.do(replies.send_draft, MAYA, new.draft_id, old.digest[:16], key())
    with pytest.raises(DraftOutdated):
        stall.services.do(replies.send_draft, MAYA, new.draft_id, "", key())
    assert stall.send(new) is None
    stall.run()
    assert stall.got(asked) == ["@lena_k Sorry, Lena!"]


def test_nobody_sends_a_colleagues_words(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted()
    with pytest.raises(NotYours):
        stall.send(draft, by=TOM)
    with pytest.raises(NotYours):
        stall.services.do(replies.keep_internal, TOM, draft.draft_id)


def test_kept_internal_it_can_still_be_sent_on_a_persons_word(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted(source=SOURCE)
    stall.services.do(replies.keep_internal, MAYA, draft.draft_id)
    stall.run()
    assert stall.network.ledger == ()
    assert stall.drafted(source=SOURCE).draft_id == draft.draft_id
    assert stall.send(draft) is None


# --- what stands in its way --------------------------------------------------------------------------


def test_after_the_erasure_nothing_is_sent(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted()
    stall.services.do(erasure.erase, MAYA, stall.conversation.id, key())
    with pytest.raises(Erased):
        stall.send(draft)
    with pytest.raises(Erased):
        stall.drafted()


def test_a_pause_that_stops_replies_stops_send(shop: Shop) -> None:
    shop.writes()
    draft = shop.drafted()
    paused = shop.services.do_first(pause.pause, TOM, ALL, "", key())
    assert shop.send(shop.drafted("Still answering.")) is None, "a pause alone stops no conversation"
    shop.run()
    shop.services.do(pause.stop_replies, TOM, paused.pause_id, key())
    with pytest.raises(RepliesStopped):
        shop.send(draft, in_spite=True)
    assert shop.card().replies_stopped


# --- the Slack message changes -----------------------------------------------------------------------


def changed(shop: Shop, text: str | None, by: str = MAYA.id) -> SourceChange | None:
    return shop.services.do(replies.notice_source_change, *SOURCE, by, text)


def test_an_edited_message_is_asked_again(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted(source=SOURCE)
    assert changed(stall, WORDS) is None, "a link's preview came; the words are the same"
    assert changed(stall, "Sorry!", TOM.id) is None
    change = changed(stall, "Sorry!")
    assert change is not None
    assert (change.gone, change.delivery_id) == (False, None)
    with pytest.raises(DraftOutdated):
        stall.send(draft)


def test_a_deleted_message_cannot_be_sent(stall: Shop) -> None:
    stall.writes()
    draft = stall.drafted(source=SOURCE)
    assert changed(stall, None) == SourceChange(gone=True, title="Bakery")
    with pytest.raises(DraftOutdated):
        stall.send(draft)
    assert changed(stall, None) is None


def test_after_sending_it_says_what_can_be_done(stall: Shop) -> None:
    asked = stall.writes()
    reply = stall.sent(source=SOURCE)
    before = changed(stall, "Sorry!")
    assert before is not None
    assert (before.delivery_id, before.can_delete, before.can_correct) == (reply, False, False)
    stall.run()
    change = changed(stall, None)
    assert change is not None
    assert (change.gone, change.delivery_id, change.can_delete, change.can_correct) == (
        True,
        reply,
        True,
        True,
    )
    assert len(stall.got(asked)) == 1, "nothing changes outside by that"


def test_drafts_are_of_one_source(stall: Shop) -> None:
    stall.writes()
    stall.drafted(source=SOURCE)
    stall.drafted(source=(INBOX, "172.1"))
    states = stall.store.read(lambda db: [one.state for one in drafts.list_of_source(db, *SOURCE)])
    assert states == ["offered"]


def test_the_form_shows_the_customers_last_words(stall: Shop) -> None:
    asked = stall.writes()
    stall.clock.push(MOMENT)
    stall.writes("Hello?", reply_to=asked)
    form = stall.services.look(conversation_queries.load_reply_form, MAYA, stall.conversation.id)
    assert form.last.text.endswith("Hello?")
    assert (form.customer.name, form.limit, form.text) == ("Lena K.", 500, "")
