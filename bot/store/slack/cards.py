"""Cards and the lines in their threads: what Slack should show, and what it showed when last asked.

Services raise `wanted` in the transaction of their change; only the reconciler writes the rest. `asked_at` is written
*before* a message is posted and cleared with the answer, so that a message whose answer was lost, or whose process
died, is looked for in Slack before it is posted again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Select, Table, bindparam, case, func, insert, or_, select, update
from sqlalchemy import Connection as Database

from bot.domain.ids import make_id
from bot.domain.kinds import FROM_CUSTOMERS, CardType, LineType
from bot.domain.urgency import Urgency
from bot.store.engine.indexes import hide_from_index
from bot.store.engine.prepared import Prepared
from bot.store.slack.card_changes import change_last, redraw_last
from bot.store.slack.line_urgency import LINE_URGENCY
from bot.store.tables.core import pauses, posts, versions
from bot.store.tables.slack import cards, lines

URGENCIES = {
    **dict.fromkeys((CardType.BANNER, CardType.STOP), Urgency.AT_ONCE),
    **dict.fromkeys(FROM_CUSTOMERS, Urgency.CUSTOMER),
}  # else a DECISION
ONLY_ONES = frozenset(  # a subject never gets a second one
    {
        CardType.BANNER, CardType.STOP, CardType.DRILL, CardType.DRILL_OVER, CardType.DIGEST, CardType.REQUEST,
        CardType.GO_REQUEST, CardType.SIGN_IN, CardType.SIGN_IN_DIRECT,
    }
)  # fmt: skip
THREADS = frozenset({CardType.CONVERSATION, CardType.PILE})  # their thread holds customers' messages
FULL = 900  # lines in such a thread: Slack takes 1000 replies, and people write there too


@dataclass(frozen=True)
class Card:
    """One Slack message that shows a post, a banner, a conversation."""

    id: str
    kind: CardType
    subject: str  # the post's id, the pause's
    current: bool
    channel: str
    ts: str | None
    wanted: int
    shown: int
    urgency: int  # compared only, so that one of a newer version does no harm
    asked_at: datetime | None
    created_at: datetime
    slot: datetime | None = None  # of its post

    @property
    def turn(self) -> tuple[Any, ...]:
        """What is drawn first: the most urgent; of those what has no slot, then the soonest slot; the oldest."""
        return self.urgency, self.slot is not None, self.slot or self.created_at, self.created_at, self.id


@dataclass(frozen=True)
class Line:
    """A line to be said in the thread of a card that is up; or said, and to be drawn again."""

    id: str
    card_id: str
    card_kind: CardType
    subject: str  # of its card
    channel: str
    thread_ts: str
    kind: LineType
    values: Mapping[str, Any]
    ts: str | None
    asked_at: datetime | None
    created_at: datetime
    retry_at: datetime | None = None
    urgency: int = Urgency.LINE

    @property
    def turn(self) -> tuple[Any, ...]:
        """As of a card without a slot."""
        return self.urgency, False, self.created_at, self.created_at, self.id


# --- what services call, inside their own transaction ---------------------------------------------------


def add(db: Database, kind: CardType, subject: str, channel: str, now: datetime) -> str:
    """A new current card; an older one of the same will shrink to a link to it. Returns the card's id.

    On PostgreSQL an older one is locked with all cards that the transaction changes, at its end, and the new one is
    there from then on: `add_at_once` is for whoever needs it before, and changes cards of this subject alone."""
    row = _new_row(kind, subject, channel, now)
    if db.dialect.name != "postgresql" or kind in ONLY_ONES:
        _put_up(db, row)
    elif has_current(db, kind, subject):
        change_last(db, kind, subject, lambda db: _put_up(db, row))
    else:
        db.execute(insert(cards), row)
    return str(row["id"])


def add_at_once(db: Database, kind: CardType, subject: str, channel: str, now: datetime) -> str:
    """The same, and the new card is there when this returns."""
    row = _new_row(kind, subject, channel, now)
    _put_up(db, row)
    return str(row["id"])


def _new_row(kind: CardType, subject: str, channel: str, now: datetime) -> Mapping[str, Any]:
    return {
        "id": make_id(now), "kind": kind, "subject": subject, "channel": channel, "current": True, "wanted": 1,
        "shown": 0, "urgency": URGENCIES.get(kind, Urgency.DECISION), "created_at": now, "gone": False,
    }  # fmt: skip


def _put_up(db: Database, row: Mapping[str, Any]) -> None:
    if row["kind"] not in ONLY_ONES:
        db.execute(_OLDER, {"which": row["kind"], "of": row["subject"]})
    db.execute(insert(cards), row)


def touch(db: Database, kind: CardType, subject: str, *, urgency: Urgency = Urgency.NOT_URGENT) -> None:
    """What a card of this kind shows has changed: redraw it. Of several urgencies the most urgent (0) counts."""

    def redraw(db: Database) -> None:
        _TOUCH(db, which=kind, of=subject, at_least=urgency)

    change_last(db, kind, subject, redraw)


def touch_banners(
    db: Database, scopes: Collection[str], over: Collection[str] = (), *, urgency: Urgency = Urgency.DECISION
) -> None:
    """Something changed that a running pause of these scopes may list: redraw its banner. `over`: ids of pauses that
    have ended and tell of it, too."""
    if not over and db.execute(_RUNNING).first() is None:
        return
    running = pauses.c.ended_at.is_(None) & pauses.c.scope.in_(scopes)
    telling = select(pauses.c.id).where(or_(running, pauses.c.id.in_(over)) if over else running)
    shown = (cards.c.kind == CardType.BANNER) & cards.c.subject.in_(telling)
    redraw_last(db, select(cards.c.id).where(shown), urgency=urgency)


def touch_post(db: Database, post_id: str, *, urgency: Urgency = Urgency.NOT_URGENT) -> None:
    """The post changed: redraw its current card. Of several urgencies the most urgent (0) counts."""
    touch(db, CardType.POST, post_id, urgency=urgency)


def say(db: Database, post_id: str, kind: LineType, values: Mapping[str, Any], now: datetime) -> None:
    """Say a line in the thread of the post's current card; nothing happens if it has none."""
    say_on(db, CardType.POST, post_id, kind, values, now)


def say_on(
    db: Database, card_kind: CardType, subject: str, kind: LineType, values: Mapping[str, Any], now: datetime
) -> None:
    """Say a line in the thread of a card of any kind; nothing happens if there is none.

    Where customers' messages stand, a full thread goes on in a new card.
    """

    def say_it(db: Database) -> None:
        card_id = find_current_id(db, card_kind, subject)
        if card_id is None:
            return
        if card_kind in THREADS and _count(db, card_id) >= FULL:
            card_id = _go_on(db, card_id, now)
        add_line(db, card_id, kind, values, now)

    change_last(db, card_kind, subject, say_it)


def list_said(db: Database, card_kind: CardType, subject: str, kind: LineType) -> list[Mapping[str, Any]]:
    """The values of each line of this kind in the threads of a subject's cards, said or about to be."""
    its = select(cards.c.id).where(cards.c.kind == card_kind, cards.c.subject == subject)
    query = select(lines.c["values"]).where(lines.c.card_id.in_(its), lines.c.kind == kind)
    return list(db.execute(query.order_by(lines.c.seq)).scalars())


def redraw_all(db: Database, kind: CardType, subject: str) -> None:
    """What was said is not to be read any more (erasure): draw every card and line of it again, old ones too.

    Lines on their way are among them: whatever they were drawn from, they are drawn once more.
    """
    its = (cards.c.kind == kind) & (cards.c.subject == subject)
    redraw_last(db, select(cards.c.id).where(its & cards.c.gone.is_(False)))
    said = lines.c.card_id.in_(select(cards.c.id).where(its)) & lines.c.gone.is_(False)
    again = update(lines).where(said).values(redraw=True, retry_at=None)
    change_last(db, kind, subject, lambda db: db.execute(again))


def find_current_id(db: Database, kind: CardType, subject: str) -> str | None:
    """The current card of that subject, locked."""
    return db.execute(_CURRENT_ID, {"which": kind, "of": subject}).scalars().first()


def has_current(db: Database, kind: CardType, subject: str) -> bool:
    """Is there a current card of that subject, up or about to be?"""
    return db.execute(select(cards.c.id).where(_current(kind, subject))).first() is not None


def find_current(db: Database, kind: CardType, subject: str) -> Card | None:
    """The current card of that subject, up or about to be."""
    row = db.execute(_cards().where(_current(kind, subject))).one_or_none()
    return Card(*row) if row else None


def find_place(db: Database, kind: CardType, subject: str) -> tuple[str, str] | None:
    """(channel, ts) of the current card, once it is up."""
    query = select(cards.c.channel, cards.c.ts).where(_current(kind, subject), cards.c.ts.is_not(None))
    row = db.execute(query).one_or_none()
    return (row.channel, row.ts) if row else None


def find_place_before(db: Database, kind: CardType, subject: str) -> tuple[str, str] | None:
    """(channel, ts) of the newest card that is not current any more."""
    old = (cards.c.kind == kind) & (cards.c.subject == subject) & cards.c.current.is_(False)
    query = select(cards.c.channel, cards.c.ts).where(old, cards.c.ts.is_not(None), cards.c.gone.is_(False))
    row = db.execute(query.order_by(cards.c.created_at.desc(), cards.c.id.desc()).limit(1)).one_or_none()
    return (row.channel, row.ts) if row else None


def find_places(
    db: Database, kinds: Collection[CardType], subjects: Collection[str]
) -> dict[str, tuple[str, str]]:
    """{subject: where its current card is}, of those that are up."""
    query = select(cards.c.subject, cards.c.channel, cards.c.ts).where(
        cards.c.kind.in_(kinds), cards.c.subject.in_(subjects), cards.c.current, cards.c.ts.is_not(None)
    )
    return {row.subject: (row.channel, row.ts) for row in db.execute(query)}


def _current(kind: Any, subject: Any) -> Any:
    return (cards.c.kind == kind) & (cards.c.subject == subject) & cards.c.current


# Built once: see posts/posts.py.
_CURRENT_ID = select(cards.c.id).where(_current(bindparam("which"), bindparam("of"))).with_for_update()
_RUNNING = select(pauses.c.id).where(pauses.c.ended_at.is_(None)).limit(1)
_OLDER = (
    update(cards)
    .where(_current(bindparam("which"), bindparam("of")))
    .values(current=False, wanted=cards.c.wanted + 1, retry_at=None)
)
_TOUCH = Prepared(update(cards).where(_current(bindparam("which"), bindparam("of"))).values(
    wanted=cards.c.wanted + 1, retry_at=None,
    urgency=case((cards.c.urgency > bindparam("at_least"), bindparam("at_least")), else_=cards.c.urgency),
))  # fmt: skip

_SEQ = select(func.coalesce(func.max(lines.c.seq), 0).label("seq")).where(lines.c.card_id == bindparam("of"))
_LINE = insert(lines).values(seq=_SEQ.scalar_subquery() + 1)


def add_line(db: Database, card_id: str, kind: LineType, values: Mapping[str, Any], now: datetime) -> None:
    """The next line in the thread of this card."""
    line = {
        "id": make_id(now), "card_id": card_id, "of": card_id, "kind": kind, "values": dict(values),
        "created_at": now, "gone": False, "redraw": False,
    }  # fmt: skip
    db.execute(_LINE, line)


def load_last_seq(db: Database, card_id: str) -> int:
    return int(db.execute(_SEQ, {"of": card_id}).scalar_one())


def _count(db: Database, card_id: str) -> int:
    counted = select(func.count()).select_from(lines).where(lines.c.card_id == card_id)
    return int(db.execute(counted).scalar_one())


def _go_on(db: Database, card_id: str, now: datetime) -> str:
    """The thread of this card is full: say so in it, and go on in a new one. Returns the new card's id."""
    full = load(db, card_id)
    if full is None:
        raise LookupError(card_id)
    add_line(db, card_id, LineType.CONTINUED, {}, now)
    return add_at_once(db, full.kind, full.subject, full.channel, now)


# --- what the reconciler asks ---------------------------------------------------------------------------


def list_dirty(db: Database, now: datetime, limit: int = 50) -> list[Card]:
    """Cards that Slack shows wrongly, the most urgent first, then the soonest slot; not those put off
    beyond `now`.

    `limit`: of each channel, those to be posted and those to be redrawn. Slack limits each by itself, so a flood of
    customers in one channel stands before nothing elsewhere.
    """
    found = [
        Card(*row)
        for channel, new in db.execute(_PLACES, {"now": now}).all()
        for query in (_DIRTY_POSTS, _DIRTY_OTHERS)
        for row in db.execute(query, {"now": now, "limit": limit, "channel": channel, "new": new})
    ]
    return sorted(found, key=lambda card: card.turn)


def list_unsaid(db: Database, now: datetime, limit: int = 100) -> list[Line]:
    """The first unsaid line of each card that is up: it waits for its card and for the lines before it. Of each channel
    so many, news first, as with cards."""
    places, most = list(db.execute(_TALKING).scalars()), {"now": now, "limit": limit}
    found = [Line(*row) for channel in places for row in db.execute(_UNSAID, {**most, "channel": channel})]
    return sorted(found, key=lambda line: line.turn)


def select_said_lines() -> Select[Any]:
    """Lines with their cards, as `Line` takes them."""
    return select(
        lines.c.id, lines.c.card_id, cards.c.kind.label("card_kind"), cards.c.subject, cards.c.channel,
        cards.c.ts.label("thread_ts"), lines.c.kind, lines.c["values"], lines.c.ts, lines.c.asked_at,
        lines.c.created_at, lines.c.retry_at, LINE_URGENCY,
    ).join(cards, cards.c.id == lines.c.card_id)  # fmt: skip


def has_untold(db: Database, now: datetime) -> bool:
    """Whether something new waits to be posted, and was not put off."""
    return db.execute(_NEW, {"now": now}).first() is not None or bool(list_unsaid(db, now, 1))


def count_behind(db: Database) -> int:
    """How many cards Slack shows wrongly."""
    wrong = (cards.c.wanted > cards.c.shown) & cards.c.gone.is_(False)
    return int(db.execute(select(func.count()).select_from(cards).where(wrong)).scalar_one())


def load(db: Database, card_id: str) -> Card | None:
    row = db.execute(_cards().where(cards.c.id == card_id)).one_or_none()
    return Card(*row) if row else None


def find_shown_at(db: Database, channel: str, ts: str) -> Card | None:
    """The card that is this Slack message."""
    row = db.execute(_cards().where(cards.c.channel == channel, cards.c.ts == ts)).one_or_none()
    return Card(*row) if row else None


def has_card_on_its_way(db: Database, channel: str) -> bool:
    """Whether a card there may be up though nobody has written down where."""
    asked = (
        (hide_from_index(cards.c.channel) == channel) & cards.c.asked_at.is_not(None) & cards.c.ts.is_(None)
    )
    query = select(cards.c.id).where(asked, cards.c.wanted > cards.c.shown).limit(1)
    return db.execute(query).first() is not None


def _cards() -> Select[Any]:
    return select(
        cards.c.id, cards.c.kind, cards.c.subject, cards.c.current, cards.c.channel, cards.c.ts,
        cards.c.wanted, cards.c.shown, cards.c.urgency, cards.c.asked_at, cards.c.created_at, versions.c.slot,
    ).select_from(
        cards.outerjoin(posts, (cards.c.kind == CardType.POST) & (posts.c.id == cards.c.subject))
        .outerjoin(versions, versions.c.id == posts.c.version_id)
    )  # fmt: skip


def is_time(table: Table) -> Any:
    """The condition that it was not put off beyond the bound `now`."""
    return or_(table.c.retry_at.is_(None), table.c.retry_at <= bindparam("now"))


# Built once: see posts/posts.py.
_ORDER = (cards.c.urgency, versions.c.slot.is_not(None), versions.c.slot, cards.c.created_at, cards.c.id)
_WRONG = (cards.c.wanted > cards.c.shown, cards.c.gone.is_(False), is_time(cards))
_NEW_ONE = cards.c.ts.is_(None)
_NEW = select(cards.c.id).where(*_WRONG, _NEW_ONE).limit(1)
_PLACES = (
    select(hide_from_index(cards.c.channel).label("channel"), _NEW_ONE.label("new")).distinct().where(*_WRONG)
)
# Queries for each place: of ten thousand, a window over all of them takes ten times as long. Only posts have slots;
# the others come in the order of their index.
_IN_PLACE = (
    *_WRONG,
    hide_from_index(cards.c.channel) == bindparam("channel"),
    bindparam("new", type_=Boolean) == _NEW_ONE,
)
_DIRTY = _cards().where(*_IN_PLACE).limit(bindparam("limit"))
_DIRTY_POSTS = _DIRTY.where(hide_from_index(cards.c.kind) == CardType.POST).order_by(*_ORDER)
_DIRTY_OTHERS = _DIRTY.where(cards.c.kind != CardType.POST).order_by(
    cards.c.urgency, cards.c.created_at, cards.c.id
)
_WAITS = lines.alias()
_FIRST = (  # the number of the first line of each card that nobody has seen
    select(_WAITS.c.card_id, func.min(_WAITS.c.seq).label("seq"))
    .where(_WAITS.c.ts.is_(None), _WAITS.c.gone.is_(False)).group_by(_WAITS.c.card_id).subquery()
)  # fmt: skip
_TALKING = select(cards.c.channel).distinct().join(_FIRST, _FIRST.c.card_id == cards.c.id)
_UNSAID = (
    select_said_lines()
    .join(_FIRST, (_FIRST.c.card_id == lines.c.card_id) & (_FIRST.c.seq == lines.c.seq))
    .where(cards.c.ts.is_not(None), is_time(lines), hide_from_index(cards.c.channel) == bindparam("channel"))
    .order_by(LINE_URGENCY, lines.c.created_at, lines.c.id)
    .limit(bindparam("limit"))
)
