"""Drafts: what somebody was shown before Send. Nothing leaves from here; a Send copies one (`sends.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Connection, Row, Select, insert, select, update

from bot.store.tables.inbox import conversations, drafts

OFFERED, SENT, KEPT, REPLACED = "offered", "sent", "kept", "replaced"  # states


@dataclass(frozen=True)
class Draft:
    """What a person wants to say, and what they had seen."""

    id: str
    conversation_id: str
    message_id: str  # the inbound one it answers
    by_user: str
    text: str  # as the network takes it
    image_sha256: str | None
    alt: str | None
    seen_seq: int
    shown_seq: int | None  # a collision was shown, up to here: "Send mine as well" is judged from it
    digest: str  # of text, image, alt, whom it answers, and from which account
    channel: str | None  # the Slack message it was taken from; None: a dialog
    ts: str | None
    corrects: str | None  # the delivery whose words it is to replace
    at: datetime
    state: str = OFFERED
    held_at: datetime | None = (
        None  # a pause kept it from being sent; to be shown again, once, when it can be
    )

    lost: tuple[str, ...] = ()  # sentences: what means something in Slack, and cannot be seen outside

    @property
    def source(self) -> tuple[str, str] | None:
        """(channel, ts) of the Slack message it was taken from."""
        return (self.channel, self.ts) if self.channel and self.ts else None


def add(db: Connection, draft: Draft) -> None:
    db.execute(insert(drafts).values(**asdict(draft) | {"lost": list(draft.lost) or None}))


def load(db: Connection, draft_id: str, *, lock: bool = False) -> Draft | None:
    query = select(drafts).where(drafts.c.id == draft_id)
    row = db.execute(query.with_for_update() if lock else query).one_or_none()
    return _draft(row) if row else None


def list_of_source(db: Connection, channel: str, ts: str) -> list[Draft]:
    """All that were made from one Slack message, the newest last."""
    query = select(drafts).where(drafts.c.channel == channel, drafts.c.ts == ts)
    return [_draft(row) for row in db.execute(query.order_by(drafts.c.id))]


@dataclass(frozen=True)
class Held:
    """A draft that a pause kept from being sent."""

    id: str
    account: str
    by: str


def list_held(db: Connection) -> list[Held]:
    """In the order they were offered in."""
    query = select(drafts.c.id, conversations.c.account, drafts.c.by_user).join(
        conversations, conversations.c.id == drafts.c.conversation_id
    )
    held = query.where(drafts.c.held_at.is_not(None), drafts.c.state == OFFERED)
    return [Held(*row) for row in db.execute(held.order_by(drafts.c.held_at, drafts.c.id))]


def offer(db: Connection, draft_id: str, *, held_at: datetime | None) -> None:
    """It is shown for sending. `held_at`: it cannot be sent now, and is to be shown again."""
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(state=OFFERED, held_at=held_at))


def mark_held(db: Connection, account: str | None, since: datetime, held_at: datetime) -> None:
    """Those of this account (None: of every account) that were offered since then, and are not marked yet."""
    its = select(conversations.c.id) if account is None else _of_account(account)
    offered = (drafts.c.state == OFFERED) & drafts.c.held_at.is_(None) & (drafts.c.at >= since)
    db.execute(update(drafts).where(offered, drafts.c.conversation_id.in_(its)).values(held_at=held_at))


def _of_account(account: str) -> Select[Any]:
    return select(conversations.c.id).where(conversations.c.account == account)


def mark_shown_again(db: Connection, draft_id: str, held_at: datetime) -> None:
    """Unless it was held back anew meanwhile."""
    shown = update(drafts).where(drafts.c.id == draft_id, drafts.c.held_at == held_at)
    db.execute(shown.values(held_at=None))


def mark_given_back(db: Connection, draft_id: str, held_at: datetime) -> None:
    """It cannot be sent, and its writer has the words: kept internal, unless it was held back anew meanwhile."""
    its = update(drafts).where(drafts.c.id == draft_id, drafts.c.held_at == held_at)
    db.execute(its.values(state=KEPT, held_at=None))


def set_state(db: Connection, draft_id: str, state: str) -> None:
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(state=state, held_at=None))


class Shown(TypedDict):
    """What a collision shows: up to where, and which message the draft answers now."""

    shown_seq: int
    message_id: str
    digest: str


def show_collision(db: Connection, draft_id: str, shown: Shown, *, held_at: datetime | None) -> None:
    """Its person has seen what happened up to `shown_seq`. `held_at`: as for `offer`."""
    changed = update(drafts).where(drafts.c.id == draft_id)
    db.execute(changed.values(**shown, held_at=held_at))


def describe(db: Connection, draft_id: str, *, alt: str, digest: str) -> None:
    """Its image has this text now; it is offered with it."""
    changed = update(drafts).where(drafts.c.id == draft_id)
    db.execute(changed.values(alt=alt, digest=digest, state=OFFERED))


def rewrite(db: Connection, draft_id: str, *, text: str, digest: str) -> None:
    """Its person has changed its words in a dialog; it is offered with these."""
    changed = update(drafts).where(drafts.c.id == draft_id)
    db.execute(changed.values(text=text, digest=digest, state=OFFERED, lost=None))


def set_lost(db: Connection, draft_id: str, lost: Sequence[str]) -> None:
    """Of the same words: what is lost of them now."""
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(lost=list(lost) or None))


def replace_open(db: Connection, channel: str, ts: str) -> int:
    """The Slack message says something else now: what it was shown as before cannot be sent. Returns how many."""
    older = (drafts.c.channel == channel) & (drafts.c.ts == ts) & drafts.c.state.in_([OFFERED, KEPT])
    return db.execute(update(drafts).where(older).values(state=REPLACED, held_at=None)).rowcount


def replace_all_open(db: Connection) -> None:
    """No preview that anybody was shown can be sent any more."""
    db.execute(update(drafts).where(drafts.c.state.in_([OFFERED, KEPT])).values(state=REPLACED, held_at=None))


def erase(db: Connection, conversation_id: str) -> None:
    """Words go, and what was only offered can never be sent."""
    its = drafts.c.conversation_id == conversation_id
    db.execute(update(drafts).where(its, drafts.c.state == OFFERED).values(state=REPLACED, held_at=None))
    db.execute(update(drafts).where(its).values(text="", alt=None, image_sha256=None, lost=None))


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        id=row.id, conversation_id=row.conversation_id, message_id=row.message_id, by_user=row.by_user,
        text=row.text, image_sha256=row.image_sha256, alt=row.alt, seen_seq=row.seen_seq,
        shown_seq=row.shown_seq, digest=row.digest, channel=row.channel, ts=row.ts, corrects=row.corrects,
        at=row.at, state=row.state, held_at=row.held_at,
        lost=tuple(row.lost or ()),
    )  # fmt: skip
