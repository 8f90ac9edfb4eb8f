"""A team whose accounts are on one of Meta's networks. Every post has an image, which some of them fetch.

The image is offered by Byhand's own addresses: what ends them in the store ends them here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from bot.domain.policy import Policy
from bot.domain.posts import Image, Seen
from bot.networks.facebook.client import NETWORK as FACEBOOK
from bot.networks.http import Http
from bot.networks.instagram.client import InstagramClient
from bot.networks.protocol import AccountClient, AccountSettings, Picture
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.public_images import PretendPublicImages
from bot.networks.threads.client import ThreadsClient
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.server import NetworkServer
from bot.sandbox.networks.threads.server import ThreadsServer
from bot.services.deliveries import public_images
from bot.services.deliveries.image_offers import ImageOffers
from bot.services.images.image_checks import StoredImage
from bot.services.posts import create
from bot.store.engine.store import Store
from tests.backend import MAYA, Backend, ManualClock, NoVault, team
from tests.inbox_backend import INBOX, PRIVATE, InboxBackend

LOAF = make_picture("A loaf")
SERVERS: dict[str, Callable[..., NetworkServer]] = {
    "facebook": FacebookServer,
    "instagram": InstagramServer,
    "threads": ThreadsServer,
}
FETCHING = ("instagram", "threads")  # they fetch the image; Facebook is given it


class MetaBackend(Backend):
    def __init__(
        self, kind: str, store: Store, network: Any, clock: ManualClock, policy: Policy | None = None
    ) -> None:
        self.kind = kind
        self.images = RealImages(self)
        self.pictures: tuple[Picture, ...] = (LOAF,)
        self.waits: Callable[[], object] = lambda: None  # called while a container is IN_PROGRESS
        super().__init__(store, network, clock, policy or team())

    def connect_anew(self, name: str) -> AccountClient:
        token, url = self.network.tokens[name], self.network.url
        account = AccountSettings(name, self.kind, url, secrets={"TOKEN": token}, images=self.images)
        if self.kind == "facebook":
            return FACEBOOK.open(account, NoVault())
        client = InstagramClient if self.kind == "instagram" else ThreadsClient
        return client(account, Http(url, from_settings=True), token, wait=self._wait)

    def _wait(self, _seconds: float) -> None:
        self.waits()

    def plan(
        self,
        text: str = "Fresh bread at nine",
        *,
        minutes: float = 60,
        accounts: tuple[str, ...] = ("bakery",),
    ) -> Seen:
        for one in self.pictures:
            data = one.load()
            stored = StoredImage(one.sha256, one.media_type, one.width, one.height, len(data), data)
            self.services.do(create.keep_image, stored)
        images = tuple(Image(one.sha256, one.alt) for one in self.pictures)
        wanted = create.NewPost(accounts, text, self.clock.now() + timedelta(minutes=minutes), images=images)
        post = self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        return Seen(post.id, 1)

    @property
    def prepared(self) -> list[str]:
        """Containers, or unpublished photos: what there is before anything is out. Its id, oldest first."""
        state = cast(Any, self.network).state
        return list(state.photos if self.kind == "facebook" else state.containers)


class MetaInbox(MetaBackend, InboxBackend):
    """And what customers write there."""


class RealImages(PretendPublicImages):
    """Byhand's own addresses, behind a web server of the test's."""

    def __init__(self, bot: MetaBackend) -> None:
        super().__init__()
        self._bot = bot
        self.meanwhile: Callable[[], object] = lambda: None  # called while the bytes are on their way
        self.served: list[str] = []  # addresses at which there was an image

    def _offers(self) -> ImageOffers:
        return ImageOffers(self._bot.store, self._bot.services.work, self._place)

    def offer(self, picture: Picture) -> str:
        return self._offers().offer(picture)

    def close(self, url: str) -> None:
        self._offers().close(url)

    def find(self, path: str) -> Picture | None:
        found = public_images.fetch(self._bot.services, path.rpartition("/")[2])
        if found is None:
            return None
        self.served.append(path)
        self.meanwhile()
        return replace(LOAF, load=lambda: found.content)

    def is_open(self, path: str) -> bool:
        return public_images.fetch(self._bot.services, path.rpartition("/")[2]) is not None


@contextmanager
def open_meta(kind: str, store: Store, clock: ManualClock) -> Iterator[MetaBackend]:
    with _serve(kind, clock) as server:
        backend = MetaBackend(kind, store, server, clock)
        with backend.images.serve():
            yield backend
            backend.worker.stop(timedelta(seconds=5))


@contextmanager
def open_meta_inbox(kind: str, store: Store, clock: ManualClock) -> Iterator[MetaInbox]:
    """After its first sync."""
    with _serve(kind, clock) as server:
        policy = team(inbox_channel=INBOX, private_channel=PRIVATE)
        backend = MetaInbox(kind, store, server, clock, policy)
        backend.poll()
        clock.push(timedelta(minutes=1))
        yield backend
        backend.worker.stop(timedelta(seconds=5))


@contextmanager
def _serve(kind: str, clock: ManualClock) -> Iterator[NetworkServer]:
    server = SERVERS[kind](clock.now, accounts=())
    server.start()
    try:
        yield server
    finally:
        server.stop()
