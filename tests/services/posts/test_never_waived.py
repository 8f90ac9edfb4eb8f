"""What a network would refuse is fixed, never waived: of each network every limit that it names, by the real verbs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta

import pytest

from bot.domain.gate import ALL
from bot.domain.policy import AccountPolicy
from bot.domain.posts import Image, Seen
from bot.domain.preflight.objections import Level, Objection, ObjectionType
from bot.domain.refusals import CannotBeWaived
from bot.networks import registry
from bot.networks.protocol import AccountClient, AccountSettings, Capabilities
from bot.networks.registry import load_network
from bot.networks.testing.public_images import PretendPublicImages
from bot.services.images.image_checks import StoredImage
from bot.services.pause import pause as pausing
from bot.services.pause import statements
from bot.services.posts import create, review
from bot.services.posts.preflight import check_post
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store.engine.store import Store
from bot.store.pause import gate
from bot.store.posts import posts
from tests.backend import MAYA, TOM, ManualClock, NoVault, key, team

FAMILY = "👩‍👩‍👧‍👦"  # one character to a reader, 25 bytes
NOTHING_LISTENS = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Picture:
    """An image that fits everywhere, but for what is changed."""

    media_type: str = "image/jpeg"
    width: int = 1000
    height: int = 1000
    size: int = 1000
    alt: str = "A loaf"


@dataclass(frozen=True)
class Draft:
    text: str = "Rye"
    pictures: tuple[Picture, ...] = (Picture(),)


def too_many_pixels(media_type: str, most: int) -> Draft:
    side = int(most**0.5) + 1
    return Draft(pictures=(Picture(media_type, side, side),))


def break_limits(can: Capabilities) -> Iterator[tuple[str, Draft]]:
    """(field of `Capabilities`, a post that goes one beyond it), of each that the network has."""
    yield "max_length", Draft("x" * (can.max_length + 1))
    if can.max_bytes is not None:
        yield "max_bytes", Draft(FAMILY * (can.max_bytes // len(FAMILY.encode()) + 1))
    if can.min_pictures:
        yield "min_pictures", Draft(pictures=(Picture(),) * (can.min_pictures - 1))
    yield "max_pictures", Draft(pictures=(Picture(),) * (can.max_pictures + 1))
    yield "max_picture_bytes", Draft(pictures=(Picture(size=can.max_picture_bytes + 1),))
    yield "picture_types", Draft(pictures=(Picture("image/bmp"),))
    if can.max_alt is not None:
        yield "max_alt", Draft(pictures=(Picture(alt="x" * (can.max_alt + 1)),))
    if can.max_picture_pixels is not None:
        yield "max_picture_pixels", too_many_pixels("image/jpeg", can.max_picture_pixels)
    for media_type, most in can.max_pixels_of.items():
        yield "max_pixels_of", too_many_pixels(media_type, most)
    if can.max_picture_side is not None:
        yield "max_picture_side", Draft(pictures=(Picture(width=can.max_picture_side + 1),))
    if can.picture_ratios is not None:
        least, widest = can.picture_ratios
        yield "picture_ratios", Draft(pictures=(Picture(width=int(1000 * widest) + 10),))
        yield "picture_ratios", Draft(pictures=(Picture(width=int(1000 * least) - 10),))


# What a network has besides.
OF_THEIR_OWN: Mapping[str, Mapping[str, Draft]] = {
    "instagram": {
        "hashtags": Draft(" ".join(f"#rye{n}" for n in range(31))),
        "mentions": Draft(" ".join(f"@rye{n}" for n in range(21))),
    },
    "threads": {"links": Draft(" ".join(f"https://dock.example/{n}" for n in range(6)))},
}
# Of `Capabilities`, what is no limit of one post's.
NO_LIMITS = frozenset(
    {
        "length_unit", "can_delete", "find_is_authoritative", "settle_after", "visibilities", "moving_types", "folds",
        "stated", "sent_by", "seen_by_few", "answer_window", "needs_public_images", "poll_every", "check_every",
        "may_relay", "keeps_ended", "looks_at_once", "prices",
        "posts_a_day",  # planned posts may still be killed: an approver may say that one of them will be
    }
)  # fmt: skip
LIMITS = frozenset(one.name for one in fields(Capabilities)) - NO_LIMITS
NETWORKS = [name for name in registry.list_names() if name != "manual"]
WAYS = [
    pytest.param(name, draft, id=f"{name}: {limit}")
    for name in NETWORKS
    for limit, draft in (
        *break_limits(load_network(name).documented),
        *OF_THEIR_OWN.get(name, {}).items(),
    )
]


@dataclass
class Bot:
    """One account, of whatever network; nothing is asked of it."""

    store: Store
    clock: ManualClock
    images: PretendPublicImages = field(default_factory=PretendPublicImages)

    def open(self, network: str) -> None:
        secrets = dict.fromkeys(load_network(network).secrets, "secret")
        settings = AccountSettings(
            "dock",
            network,
            NOTHING_LISTENS,
            "dock.example",
            secrets=secrets,
            images=self.images,
            title="Dock",
        )
        self.client: AccountClient = load_network(network).open(settings, NoVault())
        clients = {"dock": self.client}
        policy = replace(team(), accounts={"dock": AccountPolicy("dock", network, "Dock")})
        self.services = Services(self.store, self.clock, policy, clients, lambda what: None)
        self.store.write(lambda db: gate.make_rows(db, clients))

    def plan(self, draft: Draft) -> str:
        images: list[Image] = []
        for picture in draft.pictures:
            digest = hashlib.sha256(repr((picture, len(images))).encode()).hexdigest()
            stored = StoredImage(
                digest, picture.media_type, picture.width, picture.height, picture.size, b"x"
            )
            self.services.do(create.keep_image, stored)
            images.append(Image(digest, picture.alt))
        slot = self.clock.now() + timedelta(minutes=20)
        wanted = create.NewPost(("dock",), draft.text, slot, images=tuple(images))
        return self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id).id

    def list_misfits(self, post_id: str) -> list[Objection]:
        def ask(work: UnitOfWork) -> tuple[Objection, ...]:
            post = posts.load(work.db, post_id)
            assert post is not None
            return check_post(work, post)

        return [one for one in self.services.look(ask) if one.kind is ObjectionType.MISFIT]

    def approve_anyway(self, post_id: str) -> None:
        self.services.do(review.approve, TOM, Seen(post_id, 1), key(), anyway="It will do")

    def release_anyway(self, post_id: str) -> None:
        """As a statement, in a pause."""
        pause_id = self.services.do_first(pausing.pause, TOM, ALL, "recall", key()).pause_id
        self.services.do(statements.release, TOM, pause_id, Seen(post_id, 1), key(), anyway="It will do")


@pytest.fixture
def bot(sqlite_store: Store, clock: ManualClock) -> Bot:
    return Bot(sqlite_store, clock)


@pytest.mark.parametrize(("network", "draft"), WAYS)
def test_what_a_network_would_refuse_is_never_waived(bot: Bot, network: str, draft: Draft) -> None:
    bot.open(network)
    must_be_firm(bot, draft)


def test_an_image_that_threads_cannot_fetch_is_never_waived(bot: Bot) -> None:
    bot.images.available = False
    bot.open("threads")
    must_be_firm(bot, Draft())


def must_be_firm(bot: Bot, draft: Draft) -> None:
    post_id = bot.plan(draft)
    found = bot.list_misfits(post_id)
    assert any("Dock" in one.sentence for one in found)
    assert {(one.level, one.waivable) for one in found} == {(Level.BLOCK, False)}
    with pytest.raises(CannotBeWaived):
        bot.approve_anyway(post_id)
    with pytest.raises(CannotBeWaived):
        bot.release_anyway(post_id)


@pytest.mark.parametrize("network", NETWORKS)
def test_what_fits_is_released(bot: Bot, network: str) -> None:
    bot.open(network)
    post_id = bot.plan(Draft())
    assert bot.list_misfits(post_id) == []
    bot.release_anyway(post_id)


@pytest.mark.parametrize("network", NETWORKS)
def test_what_fits_is_approved(bot: Bot, network: str) -> None:
    """So that it is the one limit that was broken."""
    bot.open(network)
    bot.approve_anyway(bot.plan(Draft()))


@pytest.mark.parametrize("network", NETWORKS)
def test_every_limit_of_a_network_has_its_case(network: str) -> None:
    """A new one in `Capabilities` is no limit, or is broken above."""
    can = load_network(network).documented
    has = {name for name in LIMITS if getattr(can, name) not in (None, 0, {})}
    assert {limit for limit, _ in break_limits(can)} == has
