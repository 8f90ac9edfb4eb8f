"""A connection whose network fetches images: it opens an address for each in `prepare`, as Instagram's and Threads' do.

`meanwhile` is called while they are open; all else goes over HTTP to the pretend network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.domain.posts import Image, Seen
from bot.networks.protocol import AccountClient, Capabilities, Content, Picture, PublicImages
from bot.services.deliveries import public_images
from bot.services.deliveries.image_offers import ImageOffers
from bot.services.images.image_checks import StoredImage
from bot.services.posts import create, review
from tests.backend import LOAF, MAYA, TOM, Backend, key

PUBLIC_URL = "https://byhand.example"
DIGEST = sha256(LOAF).hexdigest()


class FetchingClient:
    def __init__(self, connection: AccountClient, images: PublicImages) -> None:
        self._connection = connection
        self.images = images
        self.meanwhile: Callable[[], object] = lambda: None
        self.closes = False
        self.urls: list[str] = []
        self.pictures: list[Picture] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._connection.capabilities, needs_public_images=True)

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        self.pictures += content.pictures
        opened = [self.images.offer(picture) for picture in content.pictures]
        self.urls += opened
        self.meanwhile()
        if self.closes:
            for url in opened:
                self.images.close(url)
        return self._connection.prepare(content, prepared, now)

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        return self.prepare(content, prepared, now)


def make_fetching(backend: Backend, account: str = "bakery") -> FetchingClient:
    """Put such a client in the place of an account's own."""
    images = ImageOffers(backend.store, backend.services.work, PUBLIC_URL)
    client = FetchingClient(backend.accounts[account], images)
    backend.accounts[account] = client
    return client


def approved_with_image(backend: Backend, *, accounts: tuple[str, ...] = ("bakery",)) -> Seen:
    """An approved post with a picture, its slot twenty minutes ahead."""
    backend.services.do(create.keep_image, StoredImage(DIGEST, "image/png", 640, 480, len(LOAF), LOAF))
    slot = backend.clock.now() + timedelta(minutes=20)
    wanted = create.NewPost(accounts, "Rye today", slot, images=(Image(DIGEST, "A loaf"),))
    post = backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    seen = Seen(post.id, 1)
    backend.services.do(review.approve, TOM, seen, key())
    return seen


def fetch(backend: Backend, url: str) -> bytes | None:
    """What the network gets there; None: nothing."""
    found = public_images.fetch(backend.services, url.rpartition("/")[2])
    return found.content if found else None
