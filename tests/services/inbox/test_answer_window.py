"""Where a network takes a private answer only for a while after the customer's last message: a capability, asked for by
the verbs, the queries and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.conversations import Stage
from bot.domain.inbox_refusals import AnswerTooLate, ReplyTooLong
from bot.domain.outcomes import Refused
from bot.domain.shown.inbox_screens import ReplyForm
from bot.networks.mastodon.client import MastodonClient
from bot.networks.protocol import Capabilities
from bot.services.inbox import replies
from bot.services.queries import conversations as conversation_queries
from bot.store.tables.slack import cards
from tests.backend import MAYA, key
from tests.failing_client import make_failing
from tests.inbox_backend import InboxBackend

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.fixture
def inbox(sqlite_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch) -> InboxBackend:
    """On a network with such a window."""
    usual: Callable[[MastodonClient], Capabilities] = MastodonClient.capabilities.fget  # type: ignore[attr-defined]
    limited = property(lambda client: replace(usual(client), answer_window=DAY))
    monkeypatch.setattr(MastodonClient, "capabilities", limited)
    return sqlite_inbox_backend


def push_to_the_end(inbox: InboxBackend) -> None:
    end = inbox.card().answers_end
    assert end is not None
    inbox.clock.push(end - inbox.clock.now())


def open_form(inbox: InboxBackend) -> ReplyForm:
    return inbox.services.look(
        conversation_queries.load_reply_form, replace(MAYA, in_private_channel=True), inbox.conversation.id
    )


def test_a_public_comment_can_be_answered_for_good(inbox: InboxBackend) -> None:
    inbox.writes()
    assert inbox.card().answers_end is None
    inbox.clock.push(DAY * 3)
    assert not inbox.card().too_late


def test_without_such_a_window_so_can_a_private_message(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes(private=True)
    assert sqlite_inbox_backend.card().answers_end is None


def test_the_card_says_until_when(inbox: InboxBackend) -> None:
    wrote = inbox.clock.now()
    inbox.writes(private=True)
    assert inbox.card().answers_end == wrote + DAY
    inbox.clock.push(DAY - SECOND)
    assert not inbox.card().too_late
    form = open_form(inbox)
    assert (form.answers_end, form.title) == (wrote + DAY, inbox.card().title)
    inbox.clock.push(SECOND)
    assert inbox.card().too_late
    with pytest.raises(AnswerTooLate) as refused:
        open_form(inbox)
    assert refused.value.sentence.endswith(
        "takes no later answer. Once the customer has written again, it can be answered here."
    )


def test_what_was_written_in_time_and_sent_too_late_is_kept(inbox: InboxBackend) -> None:
    maya = replace(MAYA, in_private_channel=True)
    inbox.writes(private=True)
    draft = inbox.drafted(by=maya)
    assert draft.problem is None
    assert draft.answers_end == inbox.card().answers_end is not None
    push_to_the_end(inbox)
    with pytest.raises(ReplyTooLong, match="takes no later answer"):
        inbox.send(draft, by=maya)
    late = inbox.drafted(by=maya)
    assert "takes no later answer" in str(late.problem)
    assert late.answers_end is None, "it is said once"


def test_a_further_message_begins_it_anew(inbox: InboxBackend) -> None:
    inbox.writes(private=True)
    push_to_the_end(inbox)
    inbox.writes("Hello? Anybody?", private=True)
    assert inbox.card().answers_end == inbox.clock.now() + DAY
    open_form(inbox)


def test_the_card_is_drawn_anew_when_it_ends(inbox: InboxBackend) -> None:
    """Also of a customer for whom the approvers were called already: nothing else is due then."""
    inbox.writes(private=True)
    for _ in range(6):
        inbox.clock.push(timedelta(hours=2))
        inbox.run(inbox.worker)
    end = inbox.card().answers_end
    assert (inbox.conversation.stage, inbox.conversation.due_at) == (Stage.OPEN, end)
    before = drawn(inbox)
    inbox.clock.push(timedelta(hours=1))
    inbox.run(inbox.worker)
    assert drawn(inbox) == before
    push_to_the_end(inbox)
    inbox.run(inbox.worker)
    assert drawn(inbox) == before + 1
    assert inbox.conversation.due_at is None
    inbox.run(inbox.worker)
    assert drawn(inbox) == before + 1, "once"


def test_an_answered_card_is_drawn_anew_as_well(inbox: InboxBackend) -> None:
    """It says until when more can be said."""
    maya = replace(MAYA, in_private_channel=True)
    inbox.writes(private=True)
    inbox.sent(by=maya)
    inbox.run(inbox.worker)
    end = inbox.card().answers_end
    assert (inbox.conversation.stage, inbox.conversation.due_at) == (Stage.ANSWERED, end)
    before = drawn(inbox)
    push_to_the_end(inbox)
    inbox.run(inbox.worker)
    assert drawn(inbox) == before + 1
    assert inbox.conversation.erased_at is None
    assert inbox.conversation.due_at is not None
    assert inbox.conversation.due_at > inbox.clock.now() + timedelta(days=80), "the erasure is next"


def test_what_was_refused_is_not_tried_again_too_late(inbox: InboxBackend) -> None:
    maya = replace(MAYA, in_private_channel=True)
    inbox.writes(private=True)
    stubborn = make_failing(inbox)
    stubborn.answers["publish"] = Refused("no")
    reply = inbox.sent(by=maya)
    inbox.run(inbox.worker)
    stubborn.answers.clear()
    assert inbox.state(reply) == "refused"
    push_to_the_end(inbox)
    with pytest.raises(AnswerTooLate):
        inbox.services.do(replies.try_reply_again, maya, reply, key())


def drawn(inbox: InboxBackend) -> int:
    """How often the conversation's card had to be drawn."""
    query = select(cards.c.wanted).where(cards.c.kind == "talk", cards.c.subject == inbox.conversation.id)
    return int(inbox.store.read(lambda db: db.execute(query).scalar_one()))
