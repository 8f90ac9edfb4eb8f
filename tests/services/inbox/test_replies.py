"""Answering: only what a person pressed Send on goes out, exactly as they saw it, once, to whom it was for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversations import SeenConversation, Stage
from bot.domain.gate import ALL
from bot.domain.inbox_refusals import (
    AlreadySentReply,
    CannotReply,
    DraftOutdated,
    Erased,
    NotYours,
    ReplyTooLong,
)
from bot.domain.refusals import FieldErrors, NothingIn, OnlyMembers, Repeated, WhoAreYou
from bot.domain.shown.inbox_screens import SourceChange
from bot.networks.drill import DrillClient
from bot.services.inbox import erasure, replies, source_changes
from bot.services.pause import pause
from bot.services.queries import conversations as conversation_queries
from bot.services.queries.conversations import load_reply_form, load_undescribed
from bot.store.inbox import drafts
from tests.backend import GIL, MAYA, STRANGER, TOM, key
from tests.inbox_backend import INBOX, WORDS, InboxBackend

SOURCE = (INBOX, "171.1")
MOMENT = timedelta(minutes=1)


# --- the plain way -----------------------------------------------------------------------------------


def test_the_customer_gets_exactly_what_the_preview_showed(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    preview = inbox_backend.drafted()
    assert inbox_backend.got(asked) == []
    assert inbox_backend.send(preview) is None
    inbox_backend.run()
    assert inbox_backend.got(asked) == [preview.preview]
    assert inbox_backend.network.ledger[-1].reply_to == asked
    assert inbox_backend.ours() == [WORDS]


def test_who_answers_has_it_and_the_thread_says_so(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    assert (
        sqlite_inbox_backend.conversation.stage,
        sqlite_inbox_backend.conversation.owner,
        sqlite_inbox_backend.conversation.answered_by,
    ) == (
        Stage.ANSWERED,
        MAYA.id,
        MAYA.id,
    )
    assert sqlite_inbox_backend.conversation.waiting_since is None
    assert sqlite_inbox_backend.line("replied") == {"delivery": reply}
    view = sqlite_inbox_backend.card().last_reply
    assert (view.text, view.by, view.can_delete, view.can_correct) == (WORDS, MAYA.id, True, True)
    (fact,) = sqlite_inbox_backend.facts("send pressed")
    assert fact.who == MAYA.id
    assert WORDS not in str(fact.data)


def test_a_private_message_is_answered_privately(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes("Where is my parcel?", private=True)
    assert sqlite_inbox_backend.drafted().private
    sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.network.ledger[-1].visibility == "direct"


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ("public", ()),
        ("unlisted", ()),
        ("private", ("Not everybody sees this reply: only they and your followers.",)),
    ],
)
def test_an_answer_that_not_everybody_sees_says_so_before_send(
    sqlite_inbox_backend: InboxBackend, theirs: str, told: tuple[str, ...]
) -> None:
    """It was shown as a public reply, and went out to followers."""
    sqlite_inbox_backend.writes(visibility=theirs)
    conversation = sqlite_inbox_backend.conversation
    form = sqlite_inbox_backend.services.look(load_reply_form, MAYA, conversation.id)
    assert (form.notes, sqlite_inbox_backend.drafted().notes) == (told, told)


def test_an_image_goes_along_with_its_text(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted(image=(sqlite_inbox_backend.picture(), "A new loaf"))
    assert (draft.image_alt, draft.problem) == ("A new loaf", None)
    assert sqlite_inbox_backend.send(draft) is None
    sqlite_inbox_backend.run()
    (status,) = [
        one
        for one in sqlite_inbox_backend.network.timeline()
        if one["id"] == sqlite_inbox_backend.delivery().remote_id
    ]
    assert [media["alt"] for media in status["media"]] == ["A new loaf"]
    assert len(sqlite_inbox_backend.got(asked)) == 1


def test_an_image_without_its_text_waits_for_it(sqlite_inbox_backend: InboxBackend) -> None:
    """It is asked for by itself, and sends nothing: the same words are shown anew, with the image and its text."""
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted(image=(sqlite_inbox_backend.picture(), None))
    assert (draft.image_alt, draft.problem) == ("", "The image needs a text that says what it shows.")
    with pytest.raises(ReplyTooLong, match="needs a text"):
        sqlite_inbox_backend.send(draft)
    services = sqlite_inbox_backend.services
    assert services.look(load_undescribed, MAYA, draft.draft_id) == draft
    for person, refused in ((TOM, NotYours), (GIL, OnlyMembers)):
        with pytest.raises(refused):
            services.look(load_undescribed, person, draft.draft_id)
        with pytest.raises(refused):
            services.do(replies.describe_image, person, draft.draft_id, "A new loaf", key())
    for nothing in ("", " \u200b", "Caf\ufffd"):
        with pytest.raises(FieldErrors) as wrong:
            services.do(replies.describe_image, MAYA, draft.draft_id, nothing, key())
        assert set(wrong.value.fields) == {"alt"}, "the error stands where it is mended"
    with pytest.raises(FieldErrors) as wrong:
        services.do(replies.describe_image, MAYA, draft.draft_id, "word " * 2000, key())
    assert set(wrong.value.fields) == {"alt"}
    described = services.do(replies.describe_image, MAYA, draft.draft_id, "A new loaf", key())
    assert (described.image_alt, described.problem) == ("A new loaf", None)
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.send(draft)
    assert sqlite_inbox_backend.send(described) is None
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.state() == "sent"
    with pytest.raises(AlreadySentReply):
        services.do(replies.describe_image, MAYA, draft.draft_id, "Another loaf", key())


def test_what_is_too_long_is_not_sent(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted("a" * 600)
    assert draft.length > draft.limit
    with pytest.raises(ReplyTooLong, match="500"):
        sqlite_inbox_backend.send(draft)
    with pytest.raises(NothingIn):
        sqlite_inbox_backend.drafted("  \n")


def test_only_the_team_answers(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    with pytest.raises(OnlyMembers):
        sqlite_inbox_backend.drafted(by=GIL)
    with pytest.raises(WhoAreYou):
        sqlite_inbox_backend.drafted(by=STRANGER)


def test_where_a_network_takes_no_answers_that_is_said(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.services = replace(
        sqlite_inbox_backend.services,
        accounts={**sqlite_inbox_backend.services.accounts, "bakery": DrillClient()},
    )
    with pytest.raises(CannotReply, match="Bakery"):
        sqlite_inbox_backend.send(draft)
    with pytest.raises(CannotReply):
        sqlite_inbox_backend.drafted()


# --- once --------------------------------------------------------------------------------------------


def test_send_pressed_twice(inbox_backend: InboxBackend) -> None:
    asked = inbox_backend.writes()
    draft, click = inbox_backend.drafted(), key()
    assert inbox_backend.send(draft, click=click) is None
    with pytest.raises(Repeated):
        inbox_backend.send(draft, click=click)
    with pytest.raises(AlreadySentReply):
        inbox_backend.send(draft)
    inbox_backend.run()
    with pytest.raises(AlreadySentReply):
        inbox_backend.send(draft)
    assert len(inbox_backend.got(asked)) == 1


def test_the_same_message_is_one_draft_and_is_sent_once(inbox_backend: InboxBackend) -> None:
    """Slack tells of a message again: there is one preview, and after Send none."""
    inbox_backend.writes()
    first, again = inbox_backend.drafted(source=SOURCE), inbox_backend.drafted(source=SOURCE)
    assert first == again
    inbox_backend.send(first)
    with pytest.raises(AlreadySentReply):
        inbox_backend.drafted(source=SOURCE)
    with pytest.raises(AlreadySentReply):
        inbox_backend.drafted(source=SOURCE, by=TOM)


def test_the_dialog_with_one_key_sends_once(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    seen, click = (
        SeenConversation(sqlite_inbox_backend.conversation.id, sqlite_inbox_backend.conversation.seq),
        key(),
    )
    assert sqlite_inbox_backend.services.do(replies.send_reply, MAYA, seen, WORDS, None, click) is None
    with pytest.raises(Repeated):
        sqlite_inbox_backend.services.do(replies.send_reply, MAYA, seen, WORDS, None, click)
    sqlite_inbox_backend.run()
    assert len(sqlite_inbox_backend.got(asked)) == 1


def test_an_old_preview_sends_nothing(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    old = sqlite_inbox_backend.drafted("Sorry, Lenna!", source=SOURCE)
    new = sqlite_inbox_backend.drafted("Sorry, Lena!", source=SOURCE)
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.send(old)
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.services.do(replies.send_draft, MAYA, new.draft_id, old.digest[:16], key())
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.services.do(replies.send_draft, MAYA, new.draft_id, "", key())
    assert sqlite_inbox_backend.send(new) is None
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.got(asked) == ["@lena_k Sorry, Lena!"]


def test_nobody_sends_a_colleagues_words(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    with pytest.raises(NotYours):
        sqlite_inbox_backend.send(draft, by=TOM)
    with pytest.raises(NotYours):
        sqlite_inbox_backend.services.do(replies.keep_internal, TOM, draft.draft_id)


def test_kept_internal_it_can_still_be_sent_on_a_persons_word(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted(source=SOURCE)
    sqlite_inbox_backend.services.do(replies.keep_internal, MAYA, draft.draft_id)
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.network.ledger == ()
    assert sqlite_inbox_backend.drafted(source=SOURCE).draft_id == draft.draft_id
    assert sqlite_inbox_backend.send(draft) is None


# --- what stands in its way --------------------------------------------------------------------------


def test_after_the_erasure_nothing_is_sent(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted()
    sqlite_inbox_backend.services.do(erasure.erase, MAYA, sqlite_inbox_backend.conversation.id, key())
    with pytest.raises(Erased):
        sqlite_inbox_backend.send(draft)
    with pytest.raises(Erased):
        sqlite_inbox_backend.drafted()


def test_a_pause_that_stops_replies_stops_send(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    draft = inbox_backend.drafted()
    paused = inbox_backend.services.do_first(pause.pause, TOM, ALL, "", key())
    assert inbox_backend.send(inbox_backend.drafted("Still answering.")) is None, (
        "a pause alone stops no conversation"
    )
    inbox_backend.run()
    inbox_backend.services.do(pause.stop_replies, TOM, paused.pause_id, key())
    kept = inbox_backend.send(draft, in_spite=True)
    assert kept is not None
    assert kept.stopped
    assert inbox_backend.drafted("Not now.").stopped, "the preview says so before anybody presses Send"
    assert inbox_backend.card().replies_stopped


# --- the Slack message changes -----------------------------------------------------------------------


def changed(inbox_backend: InboxBackend, text: str | None, by: str = MAYA.id) -> SourceChange | None:
    return inbox_backend.services.do(source_changes.notice_source_change, *SOURCE, by, text)


def test_an_edited_message_is_asked_again(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted(source=SOURCE)
    assert changed(sqlite_inbox_backend, WORDS) is None, "a link's preview came; the words are the same"
    assert changed(sqlite_inbox_backend, "Sorry!", TOM.id) is None
    change = changed(sqlite_inbox_backend, "Sorry!")
    assert change is not None
    assert (change.gone, change.delivery_id) == (False, None)
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.send(draft)


def test_a_deleted_message_cannot_be_sent(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    draft = sqlite_inbox_backend.drafted(source=SOURCE)
    assert changed(sqlite_inbox_backend, None) == SourceChange(gone=True, title="Bakery")
    with pytest.raises(DraftOutdated):
        sqlite_inbox_backend.send(draft)
    assert changed(sqlite_inbox_backend, None) is None


def test_after_sending_it_says_what_can_be_done(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent(source=SOURCE)
    before = changed(sqlite_inbox_backend, "Sorry!")
    assert before is not None
    assert (before.delivery_id, before.can_delete, before.can_correct) == (reply, False, False)
    sqlite_inbox_backend.run()
    change = changed(sqlite_inbox_backend, None)
    assert change is not None
    assert (change.gone, change.delivery_id, change.can_delete, change.can_correct) == (
        True,
        reply,
        True,
        True,
    )
    assert len(sqlite_inbox_backend.got(asked)) == 1, "nothing changes outside by that"


def test_drafts_are_of_one_source(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    sqlite_inbox_backend.drafted(source=SOURCE)
    sqlite_inbox_backend.drafted(source=(INBOX, "172.1"))
    states = sqlite_inbox_backend.store.read(
        lambda db: [one.state for one in drafts.list_of_source(db, *SOURCE)]
    )
    assert states == ["offered"]


def test_the_form_shows_the_customers_last_words(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    sqlite_inbox_backend.clock.push(MOMENT)
    sqlite_inbox_backend.writes("Hello?", reply_to=asked)
    form = sqlite_inbox_backend.services.look(
        conversation_queries.load_reply_form, MAYA, sqlite_inbox_backend.conversation.id
    )
    assert form.last.text.endswith("Hello?")
    assert (form.customer.name, form.limit, form.text, form.ours) == ("Lena K.", 500, "", None)


def test_the_form_shows_that_and_how_it_was_answered(sqlite_inbox_backend: InboxBackend) -> None:
    """Reply again showed the customer's words alone: Tom answered what Maya had answered a minute before."""
    sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent(WORDS)
    sqlite_inbox_backend.run()
    conversation_id = sqlite_inbox_backend.conversation.id
    form = sqlite_inbox_backend.services.look(conversation_queries.load_reply_form, TOM, conversation_id)
    assert form.ours is not None
    assert (form.ours.by, form.ours.text) == (MAYA.id, WORDS)
