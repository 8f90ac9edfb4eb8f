"""A story that is told in one transaction: its cards change at once, as if each step had one of its own."""

from __future__ import annotations

import pytest

from bot.store.slack import card_changes


@pytest.fixture(autouse=True)
def cards_change_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_changes, "find_last", lambda _db, _kind: None)
