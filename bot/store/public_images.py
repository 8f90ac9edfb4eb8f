"""The public addresses of images: each is open for one claim of one delivery, and shut with it.

So whatever ends a claim (an edit, a kill, Stop the rest, a begin, a lease that is over) shuts its addresses in its own
transaction, without knowing of them. A pause leaves what is being published already to its begin: it shuts them here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, delete, insert, literal_column, select, update

from bot.domain.deliveries import State
from bot.domain.kinds import DeliveryType
from bot.store.engine.row_locks import lock_in_order
from bot.store.tables.core import deliveries, images
from bot.store.tables.public_images import public_images

_OPEN = public_images.c.shut_at.is_(None)  # as its index has it
_HELD = (
    deliveries.c.id == public_images.c.delivery_id,
    deliveries.c.fence == public_images.c.fence,
    deliveries.c.state == literal_column(f"'{State.CLAIMED.key}'"),
)


@dataclass(frozen=True)
class Address:
    """A public address of an image."""

    id: str  # SHA-256 of its token
    delivery_id: str
    fence: int
    sha256: str
    opened_at: datetime
    until: datetime
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class OpenAddress:
    """One that can be fetched, and what it belongs to."""

    address: Address
    post_id: str | None  # None: of an answer
    account: str
    kind: DeliveryType


@dataclass(frozen=True)
class Fetched:
    """What somebody who has the address gets."""

    address: Address
    media_type: str
    content: bytes


def add(db: Database, address: Address) -> None:
    db.execute(insert(public_images).values(**vars(address)))


def find(db: Database, address_id: str, now: datetime) -> Fetched | None:
    """The image, if the address is open; None whatever the reason."""
    query = (
        select(public_images, images.c.media_type, images.c.bytes)
        .join(images, images.c.sha256 == public_images.c.sha256)
        .join(deliveries, _HELD[0])
        .where(public_images.c.id == address_id, _OPEN, public_images.c.until > now, *_HELD[1:])
    )
    row = db.execute(query).one_or_none()
    return Fetched(_address(row), row.media_type, bytes(row.bytes)) if row else None


def list_open(db: Database, now: datetime) -> list[OpenAddress]:
    """All there are: seldom any, never many."""
    query = (
        select(public_images, deliveries.c.post_id, deliveries.c.account, deliveries.c.kind)
        .join(deliveries, _HELD[0])
        .where(_OPEN, public_images.c.until > now, *_HELD[1:])
        .order_by(public_images.c.id)
    )
    return [
        OpenAddress(_address(row), row.post_id, row.account, DeliveryType(row.kind))
        for row in db.execute(query)
    ]


def list_of_claim(db: Database, delivery_id: str, fence: int) -> list[Address]:
    """Those that nobody has shut yet, of this claim and of earlier ones of the delivery."""
    query = select(public_images).where(
        public_images.c.delivery_id == delivery_id, public_images.c.fence <= fence, _OPEN
    )
    return [_address(row) for row in db.execute(query.order_by(public_images.c.id))]


def shut(db: Database, address_ids: Sequence[str], now: datetime, why: str) -> list[Address]:
    """Returns those that were open until now."""
    which = lock_in_order(db, public_images, public_images.c.id.in_(address_ids), _OPEN)
    done = update(public_images).where(which).values(shut_at=now, why=why).returning(public_images)
    return sorted(map(_address, db.execute(done)), key=lambda one: one.id)


def mark_fetched(db: Database, address_id: str, now: datetime) -> None:
    """Somebody fetches it, for the first time."""
    first = public_images.c.fetched_at.is_(None)
    db.execute(update(public_images).where(public_images.c.id == address_id, first).values(fetched_at=now))


def forget_ended(db: Database, before: datetime) -> None:
    """The record has what there is to know of them."""
    db.execute(delete(public_images).where(public_images.c.until < before))


def _address(row: Row[Any]) -> Address:
    return Address(row.id, row.delivery_id, row.fence, row.sha256, row.opened_at, row.until, row.fetched_at)
