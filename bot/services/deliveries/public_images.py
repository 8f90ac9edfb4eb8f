"""The public addresses of images: fetching one, and shutting them.

Whatever ends a claim shuts its addresses by itself (`store/public_images.py`). Here is what shuts them sooner: a pause,
which leaves the claim of what is being published already to its begin; and `prepare`, once the network has the image.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, GateRow
from bot.domain.kinds import DeliveryType
from bot.services.deliveries.types import Claim
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import deliveries, public_images
from bot.store.inbox import sends
from bot.store.posts import posts
from bot.store.public_images import Address, OpenAddress

FOLDER = "/media"
_OF_A_POST = (DeliveryType.POST, DeliveryType.STATEMENT)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenImage:
    """What is served: these bytes, as this type."""

    media_type: str
    content: bytes


def to_address_id(token: str) -> str:
    """What the database knows an address by. It is looked up by this, so how long that takes tells nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- fetching ----------------------------------------------------------------------------------------


def fetch(services: Services, token: str) -> OpenImage | None:
    """The image, if the address is open. That it was fetched is kept, for the record."""
    address_id = to_address_id(token)
    found = services.look(lambda work: public_images.find(work.db, address_id, work.now))
    if found is None:
        return None
    if hashlib.sha256(found.content).hexdigest() != found.address.sha256:
        log.error("image %s is not what was stored: it is not served", found.address.sha256[:12])
        return None
    if found.address.fetched_at is None:
        services.do(_note_fetched, address_id)
    return OpenImage(found.media_type, found.content)


def _note_fetched(work: UnitOfWork, address_id: str) -> None:
    public_images.mark_fetched(work.db, address_id, work.now)


# --- shutting ----------------------------------------------------------------------------------------


def shut_paused(work: UnitOfWork, by: str, rows: Iterable[GateRow]) -> None:
    """In the transaction of a pause, which holds the gate: nobody opens one meanwhile. Answers are stopped by some."""
    found = public_images.list_open(work.db, work.now)
    stopped = {one.address.id: one for one in found if any(_is_stopped(work, one, row) for row in rows)}
    if stopped:
        shut = public_images.shut(work.db, sorted(stopped), work.now, "publishing was paused")
        _note(work, by, shut, "publishing was paused")


def _is_stopped(work: UnitOfWork, one: OpenAddress, row: GateRow) -> bool:
    if one.kind not in _OF_A_POST:
        return row.stops_replies and row.scope in (ALL, one.account)
    post = posts.load(work.db, one.post_id or "")
    return row.scope == ALL or (post is not None and row.scope in post.version.body.accounts)


def shut_prepared(work: UnitOfWork, held: Claim) -> None:
    """Its `prepare` has ended, and whatever earlier ones of the delivery left."""
    left = public_images.list_of_claim(work.db, held.delivery_id, held.fence)
    if left:
        why = "the network is done with it"
        _note(work, None, public_images.shut(work.db, [one.id for one in left], work.now, why), why)


def shut_one(work: UnitOfWork, address_id: str) -> None:
    """The network says that it has the image."""
    why = "the network has it"
    _note(work, None, public_images.shut(work.db, [address_id], work.now, why), why)


def _note(work: UnitOfWork, by: str | None, shut: Iterable[Address], why: str) -> None:
    for one in shut:
        delivery = deliveries.load(work.db, one.delivery_id)
        post = posts.load(work.db, delivery.post_id) if delivery and delivery.post_id else None
        sent = sends.find_of_delivery(work.db, one.delivery_id) if post is None else None
        fetched = one.fetched_at.isoformat() if one.fetched_at else None
        work.note(
            FactKind.IMAGE_SHUT, by, post, subject=f"conversation:{sent.conversation_id}" if sent else None,
            account=delivery.account if delivery else None, image=one.sha256, why=why, fetched=fetched,
        )  # fmt: skip
