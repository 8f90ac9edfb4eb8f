"""Threads that change their place: what was said in them is drawn again, or goes on below another card.

A conversation's row whose message was deleted keeps its `ts`, because Slack leaves the thread below it, people go on
writing there, and Byhand has to know whose thread it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection as Database
from sqlalchemy import bindparam, or_, select, update

from bot.domain.kinds import CardType, LineType
from bot.domain.urgency import Urgency
from bot.store.slack import card_messages, cards
from bot.store.slack.card_changes import change_last
from bot.store.slack.cards import Card, Line
from bot.store.tables.slack import cards as table
from bot.store.tables.slack import lines

_NAMES_IT = ("delivery", "take_down_reply", ("take_down", 0))  # the latter alone in lines of older Byhands
LOOK_FIRST = timedelta(seconds=10)  # as long as the reconciler waits before it looks for a message


def redraw_lines_of(db: Database, kind: CardType, subject: str, delivery_id: str, now: datetime) -> None:
    """What became of this delivery has changed: draw its lines again that are up, for what they ask may be over."""
    its = select(table.c.id).where(table.c.kind == kind, table.c.subject == subject)
    said = lines.c["values"]
    about = or_(*(said[key].as_string() == delivery_id for key in _NAMES_IT))
    up = lines.c.card_id.in_(its) & about & lines.c.ts.is_not(None) & lines.c.gone.is_(False)
    again = update(lines).where(up).values(redraw=True, retry_at=now)
    change_last(db, kind, subject, lambda db: db.execute(again))


def list_faded(db: Database, now: datetime, limit: int = 100) -> list[Line]:
    """Lines that are up and no longer say what they should."""
    rows = db.execute(_FADED, {"now": now, "limit": limit})
    return [replace(Line(*row), urgency=Urgency.NOT_URGENT) for row in rows]


# Built once: see posts/posts.py.
_FADED = (
    cards.select_said_lines()
    .where(lines.c.redraw, lines.c.ts.is_not(None), lines.c.gone.is_(False), cards.is_time(lines))
    .order_by(lines.c.id)
    .limit(bindparam("limit"))
)


def has_unsaid(db: Database, item: Card) -> bool:
    waiting = (lines.c.card_id == item.id) & lines.c.ts.is_(None) & lines.c.gone.is_(False)
    return db.execute(select(lines.c.id).where(waiting).limit(1)).first() is not None


def mark_drawn_again(db: Database, item: Line) -> None:
    """The line says what it should; not where somebody has asked for it again since it was read."""
    same = (lines.c.id == item.id) & lines.c.retry_at.is_not_distinct_from(item.retry_at)
    db.execute(update(lines).where(same).values(redraw=False, retry_at=None))


def mark_lost(db: Database, item: Card, now: datetime) -> None:
    """Its message was deleted in Slack: a current card is built anew and says so, an old one is let go."""
    if item.kind in cards.THREADS:
        _lost_thread(db, item, now)
        return
    if not item.current:
        card_messages.give_up(db, item)
        return
    afresh = {"ts": None, "asked_at": None, "retry_at": None, "shown": 0, "wanted": table.c.wanted + 1}
    if db.execute(update(table).where(table.c.id == item.id, table.c.ts == item.ts).values(afresh)).rowcount:
        cards.add_line(db, item.id, LineType.REBUILT, {}, now)


def _lost_thread(db: Database, item: Card, now: datetime) -> None:
    """A conversation's old row keeps its `ts`: people may still write in the thread that Slack left there.

    A line whose answer is missing may be up in that thread. It is looked for there first, or a customer's words would
    stand in both; until then the card stays, to be drawn again, which will fail and lead here once more.
    """
    if _has_asked(db, item):
        later = {"wanted": table.c.wanted + 1, "retry_at": now + LOOK_FIRST}
        db.execute(update(table).where(table.c.id == item.id).values(later))
        return
    here = (table.c.id == item.id) & table.c.gone.is_(False) & (table.c.ts == item.ts)
    if not db.execute(update(table).where(here).values(gone=True, retry_at=None)).rowcount:
        return
    current = cards.find_current_id(db, item.kind, item.subject)
    if current == item.id:
        current = cards.add_at_once(db, item.kind, item.subject, item.channel, now)
        cards.add_line(db, current, LineType.REBUILT, {}, now)
    if current is not None:
        _move_unsaid(db, item.id, current)


def _has_asked(db: Database, item: Card) -> bool:
    asked = (lines.c.card_id == item.id) & lines.c.ts.is_(None) & lines.c.asked_at.is_not(None)
    return db.execute(select(lines.c.id).where(asked, lines.c.gone.is_(False)).limit(1)).first() is not None


def move_on(db: Database, item: Line, now: datetime) -> None:
    """Slack takes no more replies below this line's card: what is unsaid there goes on in a new one."""
    full = cards.load(db, item.card_id)
    if full is None:
        return
    current = cards.find_current_id(db, full.kind, full.subject)
    if current is None or current == full.id:
        current = cards.add_at_once(db, full.kind, full.subject, full.channel, now)
    _move_unsaid(db, full.id, current)


def _move_unsaid(db: Database, old: str, new: str) -> None:
    waiting = (lines.c.card_id == old) & lines.c.ts.is_(None) & lines.c.gone.is_(False)
    ids = db.execute(select(lines.c.id).where(waiting).order_by(lines.c.seq)).scalars().all()
    for seq, line_id in enumerate(ids, cards.load_last_seq(db, new) + 1):
        moved = {"card_id": new, "seq": seq, "asked_at": None, "retry_at": None}
        db.execute(update(lines).where(lines.c.id == line_id).values(moved))
