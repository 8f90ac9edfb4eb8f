"""A conversation's card shows what is true now: their latest words, our answer with its image, and nothing to press
where nothing can be done any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.conversations import Stage
from bot.domain.kinds import CardType, LineType
from bot.domain.outcomes import CannotTell, Refused, Unknown
from bot.domain.shown.inbox_screens import AnswerView, InboxList, WordsView
from bot.services.inbox import erasure, replies
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.store.slack import card_lines
from bot.store.tables.slack import cards, lines
from tests.backend import MAYA, TOM, key
from tests.failing_client import make_failing
from tests.inbox_backend import WORDS, InboxBackend


def since(backend: InboxBackend) -> list[str]:
    """ "theirs: …", "ours: …", in order."""
    return [
        f"{'theirs' if isinstance(one, WordsView) else 'ours'}: {one.text}" for one in backend.card().since
    ]


def test_the_first_message_alone(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    assert inbox_backend.card().since == ()


def test_their_latest_words_and_our_latest_answer(inbox_backend: InboxBackend) -> None:
    """Seen: the first message for ever, whatever was said after it."""
    asked = inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.run()
    assert since(inbox_backend) == [f"ours: {WORDS}"]
    inbox_backend.clock.push(timedelta(minutes=1))
    inbox_backend.writes("And when?", reply_to=asked)
    inbox_backend.clock.push(timedelta(minutes=1))
    inbox_backend.writes("Hello?", reply_to=asked)
    assert since(inbox_backend) == [f"ours: {WORDS}", "theirs: Hello?"]
    inbox_backend.sent("Tomorrow, Lena.", by=TOM)
    inbox_backend.run()
    assert since(inbox_backend) == ["theirs: Hello?", "ours: Tomorrow, Lena."]
    answer = inbox_backend.card().since[-1]
    assert isinstance(answer, AnswerView)
    assert answer.by == TOM.id


def test_an_answer_with_its_image(inbox_backend: InboxBackend) -> None:
    """Seen: the line "Sent to the customer" without the picture that went along."""
    inbox_backend.writes()
    reply = inbox_backend.sent(image=(inbox_backend.picture(), "A new loaf"))
    inbox_backend.run()
    view = inbox_backend.services.look(conversation_queries.load_reply_view, reply)
    assert view is not None
    assert view.image_alt == "A new loaf"
    assert [one.image_alt for one in inbox_backend.card().since] == ["A new loaf"]


def test_an_answer_that_was_deleted_says_so(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    reply = inbox_backend.sent()
    inbox_backend.run()
    inbox_backend.services.do(replies.delete_reply, TOM, reply, key())
    inbox_backend.run()
    assert [one.deleted for one in inbox_backend.card().since] == [True]


# --- erased ------------------------------------------------------------------------------------------


def test_what_was_erased_does_not_stay_open(inbox_backend: InboxBackend) -> None:
    """Seen: "Open", for ever, on a card without a button."""
    inbox_backend.writes()
    inbox_backend.services.do(erasure.erase, MAYA, inbox_backend.conversation.id, key())
    now = inbox_backend.conversation
    assert (now.stage, now.closed_by, now.closed_at) == (Stage.DONE, MAYA.id, inbox_backend.clock.now())
    page = inbox_backend.services.look(inbox_queries.load_inbox, MAYA, InboxList.ALL)
    assert (page.open, page.rows) == (0, ())


def test_what_was_answered_stays_answered(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.run()
    inbox_backend.services.do(erasure.erase, MAYA, inbox_backend.conversation.id, key())
    assert inbox_backend.conversation.stage is Stage.ANSWERED


# --- lines whose question is over ----------------------------------------------------------------------


def put_up(backend: InboxBackend) -> None:
    """As if Slack showed everything."""

    def up(db: Any) -> None:
        db.execute(update(cards).values(ts="17.1"))
        db.execute(update(lines).values(ts="17.2"))

    backend.store.write(up)


def faded(backend: InboxBackend) -> list[LineType]:
    query = select(lines.c.kind).where(lines.c.redraw).order_by(lines.c.seq)
    return list(backend.store.read(lambda db: db.execute(query).scalars().all()))


def test_a_deleted_answer_can_be_deleted_nowhere_any_more(inbox_backend: InboxBackend) -> None:
    """Seen: [Delete it there] and [Correct…], live below an answer that was gone."""
    inbox_backend.writes()
    reply = inbox_backend.sent()
    inbox_backend.run()
    put_up(inbox_backend)
    assert faded(inbox_backend) == []
    inbox_backend.services.do(replies.delete_reply, TOM, reply, key())
    inbox_backend.run()
    assert faded(inbox_backend) == [LineType.REPLIED]


def test_another_answers_line_stays_as_it_is(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    first = inbox_backend.sent()
    inbox_backend.run()
    inbox_backend.sent("And a voucher.")
    inbox_backend.run()
    put_up(inbox_backend)
    inbox_backend.services.do(replies.delete_reply, TOM, first, key())
    inbox_backend.run()
    assert faded(inbox_backend) == [LineType.REPLIED]


def test_what_is_tried_again_is_not_offered_again(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    stubborn = make_failing(inbox_backend)
    stubborn.answers["publish"] = Refused("no")
    reply = inbox_backend.sent()
    inbox_backend.run()
    put_up(inbox_backend)
    stubborn.answers.clear()
    inbox_backend.services.do(replies.try_reply_again, MAYA, reply, key())
    assert faded(inbox_backend) == [LineType.REPLY_REFUSED]


def test_what_somebody_found_is_not_asked_any_more(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    stubborn = make_failing(inbox_backend)
    stubborn.answers |= {"publish": Unknown("The connection broke"), "find": CannotTell("no list")}
    reply = inbox_backend.sent()
    inbox_backend.run()
    for _ in range(20):
        inbox_backend.push(minutes=1)
    assert inbox_backend.delivery(reply).asks_a_person
    put_up(inbox_backend)
    inbox_backend.services.do(replies.confirm_reply, MAYA, reply, key())
    assert faded(inbox_backend) == [LineType.REPLY_UNKNOWN]


@pytest.mark.parametrize("asked_again", [False, True])
def test_what_changes_while_a_line_is_drawn_is_drawn_once_more(
    inbox_backend: InboxBackend, asked_again: bool
) -> None:
    """The line was read, then its answer was deleted, then "drawn" was written: the older words stood for ever."""
    inbox_backend.writes()
    reply = inbox_backend.sent()
    inbox_backend.run()
    put_up(inbox_backend)
    now = inbox_backend.clock.now()
    which = CardType.CONVERSATION, inbox_backend.conversation.id, reply
    inbox_backend.store.write(lambda db: card_lines.redraw_lines_of(db, *which, now))
    (item,) = inbox_backend.store.read(lambda db: card_lines.list_faded(db, now))
    if asked_again:
        later = now + timedelta(seconds=1)
        inbox_backend.store.write(lambda db: card_lines.redraw_lines_of(db, *which, later))
    inbox_backend.store.write(lambda db: card_lines.mark_drawn_again(db, item))
    assert faded(inbox_backend) == ([LineType.REPLIED] if asked_again else [])
