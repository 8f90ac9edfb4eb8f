"""Cards that stand in one person's direct messages. Until Slack has said which conversation that is, their channel is
"@U0MAYA"."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import CardType
from bot.store.slack import cards

_TO = "@"


def add(db: Connection, kind: CardType, subject: str, person: str, now: datetime) -> str:
    """Returns the card's id."""
    return cards.add(db, kind, subject, f"{_TO}{person}", now)


def find_person(channel: str) -> str | None:
    """Whose conversation with Byhand is meant; None: it is a channel, or that conversation already."""
    return channel.removeprefix(_TO) if channel.startswith(_TO) else None
