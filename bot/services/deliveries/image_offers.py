"""Opening a public address for an image, for as long as a network's `prepare` needs it.

Only for a claim that is still held, while nothing keeps what it belongs to back: asked under the same locks as a begin,
so a pause either finds the address and shuts it, or has come before, and none is opened.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection as Database
from sqlalchemy.exc import DBAPIError

from bot.domain.deliveries import State
from bot.domain.facts import FactKind
from bot.domain.outcomes import NotSent
from bot.networks.protocol import NoPublicImages, Picture, PrepareFailed, PublicImages
from bot.services.deliveries.kinds import KINDS
from bot.services.deliveries.public_images import FOLDER, shut_one, to_address_id
from bot.services.deliveries.types import DeliveryRef, read_mark
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, public_images
from bot.store.engine.errors import StoreError
from bot.store.engine.store import Store
from bot.store.public_images import Address

OPEN_FOR = timedelta(minutes=10)  # at the latest; `prepare` ends sooner
TOKEN_BYTES = 32
OVER = "it is not to go out there any more"

log = logging.getLogger(__name__)


class NotOpened(Exception):
    """Why there is no address: a sentence without its full stop."""


@dataclass(frozen=True, eq=False)
class ImageOffers:
    """A `PublicImages` whose addresses stand in the store: every process, and the next one, serves the same."""

    store: Store
    work: Callable[[Database], UnitOfWork]
    public_url: str
    available = True

    def offer(self, picture: Picture) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            self.store.write(lambda db: open_address(self.work(db), picture, to_address_id(token)))
        except NotOpened as why:
            raise PrepareFailed(NotSent(str(why))) from why
        return f"{self.public_url}{FOLDER}/{token}"

    def close(self, url: str) -> None:
        token = url.removeprefix(f"{self.public_url}{FOLDER}/")
        try:
            self.store.write(lambda db: shut_one(self.work(db), to_address_id(token)))
        except (StoreError, DBAPIError):  # it ends by itself
            log.exception("the address of an image could not be shut")


def make_image_offers(store: Store, work: Callable[[Database], UnitOfWork], public_url: str) -> PublicImages:
    return ImageOffers(store, work, public_url) if public_url else NoPublicImages()


def open_address(work: UnitOfWork, picture: Picture, address_id: str) -> None:
    """Raises NotOpened."""
    mark = read_mark(picture.claim)
    glimpse = deliveries.load(work.db, mark[0]) if mark else None
    if mark is None or glimpse is None:
        raise NotOpened("the image is not of anything that is to go out")
    kind = KINDS[glimpse.kind]
    subject = kind.lock(work, DeliveryRef(glimpse.id, glimpse.post_id, glimpse.account, glimpse.kind))
    delivery = deliveries.load(work.db, glimpse.id, lock=True)
    if delivery is None or (delivery.state, delivery.fence) != (State.CLAIMED, mark[1]):
        raise NotOpened(OVER)
    if (why := kind.find_shut(work, subject, delivery)) is not None:
        raise NotOpened(why)
    until = work.now + OPEN_FOR
    public_images.add(
        work.db, Address(address_id, delivery.id, delivery.fence, picture.sha256, work.now, until)
    )
    data = {"image": picture.sha256, "until": until.isoformat()}
    kind.note(work, subject, FactKind.IMAGE_OPENED, delivery, data)
