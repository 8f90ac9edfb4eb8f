"""An account has left the settings while everything is under way on it: each loop comes to an end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.services.inbox import replies
from bot.slack.outbox.render import CardRenderer
from bot.slack.views.text import NOWHERE
from bot.store.slack import cards
from bot.store.tables.slack import lines
from bot.workers.due import collect_due
from tests.backend import MAYA, key
from tests.inbox_backend import InboxBackend

PUSH = timedelta(minutes=15)


def busy(inbox: InboxBackend) -> None:
    """Customers who wait, some in a pile; answers that are sent, ordered and taken down; posts in each state."""
    for number in range(8):
        inbox.writes(f"Hello {number}, my order is broken", name=f"Customer {number}")
    one, other, *_ = inbox.conversations()
    inbox.sent()
    inbox.run()
    inbox.services.do(replies.delete_reply, MAYA, inbox.last_delivery, key())
    for conversation in (one, other):
        inbox.sent(f"Another, to {conversation.number}", conversation=conversation)
    inbox.approved()
    inbox.in_review("Another post")
    inbox.plan("A third", minutes=90)


def test_nothing_is_tried_for_ever(
    sqlite_inbox_backend: InboxBackend, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = sqlite_inbox_backend
    busy(inbox)
    del inbox.accounts["bakery"]
    for _ in range(40):
        inbox.clock.push(PUSH)
        inbox.run()
    due = inbox.services.look(collect_due)
    assert (due.posts, due.conversations, due.claim, due.look) == ((), (), False, False)
    assert [one for one in caplog.records if one.levelname in ("WARNING", "ERROR")] == []
    artist = CardRenderer(lambda: NOWHERE, lambda sha256, post_id: None)
    inbox.store.write(lambda db: db.execute(update(lines).values(retry_at=None)))
    now = inbox.clock.now()
    dirty = inbox.store.read(lambda db: cards.list_dirty(db, now))
    said = inbox.store.read(lambda db: cards.list_unsaid(db, now))
    assert len({one.kind for one in dirty}) > 3
    for card in dirty:
        assert inbox.services.look(artist.card, card) is not None
    for line in said:
        assert inbox.services.look(artist.line, line) is not None
