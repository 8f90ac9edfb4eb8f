"""Byhand with one guard taken away each: what the judge of the histories has to notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain import deliveries as delivery_rules
from bot.domain.outcomes import NotSent, Unknown
from bot.services.inbox import relay, replies
from bot.services.unit_of_work import UnitOfWork
from bot.slack.outbox.reconciler import Reconciler
from bot.slack.views.inbox import card as conversation_card
from bot.store.inbox import cursors
from bot.store.slack import card_messages
from bot.workers.visit import Visitor
from tests.backend import key


def with_the_cursor_first(patch: pytest.MonkeyPatch) -> None:
    """The cursor moves in a transaction of its own, before what it stands behind is stored; and nothing reads the
    newest page again, which would bring most of it back."""
    honest: Any = Visitor._store

    def move(work: UnitOfWork, account: str, stream: str, cursor: str | None, version: int) -> None:
        cursors.lock(work.db, account, stream, work.now)
        cursors.advance(work.db, account, stream, cursor, version)

    def hasty(self: Visitor, stream: str, page: Any, stands: Any, came: Any) -> bool:
        if stands.synced and page.messages:
            self.services.do(move, self.account, stream, page.cursor, stands.version)
            page, stands = replace(page, cursor=None), replace(stands, version=stands.version + 1)
        return bool(honest(self, stream, page, stands, came))

    patch.setattr(Visitor, "_store", hasty)
    patch.setattr(Visitor, "_take_newest", lambda *_: None)


def posting_again_without_looking(patch: pytest.MonkeyPatch) -> None:
    """A lost answer is taken for proof that nothing was posted."""

    def blind(self: Reconciler, item: Any, _asked_at: Any) -> float:
        self._write(card_messages.mark_not_posted, item, None)
        return 0.0

    patch.setattr(Reconciler, "_look_for", blind)


def with_previews_that_send(patch: pytest.MonkeyPatch) -> None:
    """Nobody is asked."""
    honest: Any = replies.draft_reply

    def eager(work: UnitOfWork, person: Any, *about: Any, **more: Any) -> Any:
        draft = honest(work, person, *about, **more)
        replies.send_draft(work, person, draft.draft_id, draft.digest, key())
        return draft

    patch.setattr(replies, "draft_reply", eager)


def with_errors_as_retries(patch: pytest.MonkeyPatch) -> None:
    """An unknown outcome is taken for a failure and tried again."""
    honest = delivery_rules.judge_outcome

    def hasty(outcome: Any, **about: Any) -> Any:
        return honest(NotSent("failed") if isinstance(outcome, Unknown) else outcome, **about)

    patch.setattr(delivery_rules, "judge_outcome", hasty)


def with_one_channel_for_all(patch: pytest.MonkeyPatch) -> None:
    """Private messages stand beside public ones."""
    patch.setattr(relay, "choose_channel", lambda work, _conversation: work.policy.inbox_channel)


def with_words_in_notifications(patch: pytest.MonkeyPatch) -> None:
    """A private card's `text`, which phones show, is as a public one's."""
    honest: Any = conversation_card._text
    patch.setattr(conversation_card, "_text", lambda card: honest(replace(card, private=False)))
