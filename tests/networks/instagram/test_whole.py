"""An Instagram account under the real services and the real worker: what is published, comes in and is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.conversations import Stage
from bot.domain.posts import Image, Seen, Status
from bot.domain.preflight.objections import ObjectionType
from bot.domain.refusals import CannotTakeDown
from bot.networks.http import Http
from bot.networks.instagram.client import InstagramClient
from bot.networks.protocol import AccountClient, AccountSettings, Picture
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.public_images import PretendPublicImages
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import by_hand, public_images, take_down
from bot.services.deliveries.image_offers import ImageOffers
from bot.services.images.image_checks import StoredImage
from bot.services.posts import create, preflight
from bot.store.engine.store import Store
from tests.backend import MAYA, TOM, ManualClock, key, team
from tests.inbox_backend import INBOX, InboxBackend

ASKED = "Is it vegan?"
LOAF = make_picture("A loaf")


class AccountBackend(InboxBackend):
    """Every post of it has an image."""

    images: PretendPublicImages

    def connect_anew(self, name: str) -> AccountClient:
        token = self.network.tokens[name]
        account = AccountSettings(
            name, "instagram", self.network.url, secrets={"TOKEN": token}, images=self.images
        )
        http = Http(self.network.url, from_settings=True)
        return InstagramClient(account, http, token, wait=lambda _seconds: None)

    def plan(
        self,
        text: str = "Fresh bread at nine",
        *,
        minutes: float = 60,
        accounts: tuple[str, ...] = ("bakery",),
    ) -> Seen:
        data = LOAF.load()
        self.services.do(create.keep_image, StoredImage(LOAF.sha256, "image/jpeg", 8, 6, len(data), data))
        slot = self.clock.now() + timedelta(minutes=minutes)
        wanted = create.NewPost(accounts, text, slot, images=(Image(LOAF.sha256, "A loaf"),))
        post = self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        return Seen(post.id, 1)


class RealImages(PretendPublicImages):
    """Byhand's own, behind a web server of the test's."""

    def __init__(self, bot: AccountBackend) -> None:
        super().__init__()
        self._bot = bot

    def _offers(self) -> ImageOffers:
        return ImageOffers(self._bot.store, self._bot.services.work, self._place)

    def offer(self, picture: Picture) -> str:
        return self._offers().offer(picture)

    def close(self, url: str) -> None:
        self._offers().close(url)

    def find(self, path: str) -> Picture | None:
        found = public_images.fetch(self._bot.services, path.rpartition("/")[2])
        return replace(LOAF, load=lambda: found.content) if found else None


@pytest.fixture
def account(clock: ManualClock) -> Iterator[InstagramServer]:
    server = InstagramServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()
    assert server.in_addresses == []


@pytest.fixture
def bot(sqlite_store: Store, account: InstagramServer, clock: ManualClock) -> Iterator[AccountBackend]:
    with PretendPublicImages().serve() as images:
        AccountBackend.images = images
        built = AccountBackend(sqlite_store, cast(Any, account), clock, team(inbox_channel=INBOX))
        built.poll()  # the first sync
        clock.push(timedelta(minutes=1))
        yield built
        built.worker.stop(timedelta(seconds=5))
        assert images.open == []


def test_a_post_goes_out_once(bot: AccountBackend, account: InstagramServer) -> None:
    seen = bot.approved("Fresh rye")
    slot = bot.post(seen).slot
    assert slot is not None
    bot.clock.set(slot - timedelta(seconds=30))
    bot.run()
    (container,) = account.state.containers
    assert bot.delivery(bot.delivery_id(seen)).prepared["container"] == container, "stored before the begin"
    assert account.ledger == ()
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}
    (shown,) = account.timeline()
    assert (shown["text"], [one["alt"] for one in shown["media"]]) == ("Fresh rye", ["A loaf"])
    assert len(account.state.containers) == 1


def test_instagram_fetches_from_byhand_until_it_has_the_image(
    bot: AccountBackend, account: InstagramServer
) -> None:
    """By Byhand's own addresses, as the web server answers them."""
    real = RealImages(bot)
    with real.serve():
        AccountBackend.images = real
        bot.accounts["bakery"] = bot.connect_anew("bakery")
        seen = bot.approved()
        bot.to_slot(seen)
        assert bot.states(seen) == {"bakery": "sent"}
        (url,) = account.containers.fetched
        assert public_images.fetch(bot.services, url.rpartition("/")[2]) is None, "shut"
    (media,) = [one for one in account.state.media.values() if not one.past]
    assert media.images[0].data == LOAF.load()


def test_the_first_post_is_to_be_looked_at_signed_out(bot: AccountBackend) -> None:
    bot.to_slot(bot.approved())
    why = "Until the app is “Live”, only people with a role in it see what is published."
    assert bot.line("published").get("look") == [["Bakery", why]]


def test_a_lost_answer_is_found(bot: AccountBackend, account: InstagramServer) -> None:
    seen = bot.approved()
    account.faults.order(Fault.LOST_ANSWER)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.push(minutes=2)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(account.ledger) == 1


def test_restricted_with_the_post_in_place_is_found(bot: AccountBackend, account: InstagramServer) -> None:
    seen = bot.approved()
    account.containers.restricts = 1
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.push(minutes=2)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(account.ledger) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_what_no_list_shows_is_asked_about_and_never_sent_again(
    bot: AccountBackend, account: InstagramServer, fault: Fault
) -> None:
    seen = bot.approved()
    account.faults.order(fault)
    account.faults.order(Fault.APPEARS_LATE)
    bot.to_slot(seen)
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert len(account.ledger) == (1 if fault is Fault.LOST_ANSWER else 0)


def test_a_container_that_takes_long_is_waited_for(
    bot: AccountBackend, account: InstagramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several tries the same one: what a try has come to is kept."""
    monkeypatch.setattr("bot.networks.meta.containers.PATIENCE", 0.0)
    account.state.unfinished = 4
    seen = bot.approved()
    bot.to_slot(seen)
    (container,) = account.state.containers
    assert bot.delivery(bot.delivery_id(seen)).prepared["container"] == container
    assert account.ledger == ()
    for _ in range(6):
        bot.push(seconds=20)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(account.state.containers) == 1
    assert len(account.ledger) == 1


def test_a_container_that_failed_is_made_again(bot: AccountBackend, account: InstagramServer) -> None:
    account.containers.fails = ["Error: 2207053"]
    seen = bot.approved()
    bot.to_slot(seen)
    for _ in range(3):
        bot.push(seconds=20)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(account.ledger) == 1


def test_one_too_many_says_so_before_it_is_approved(bot: AccountBackend, account: InstagramServer) -> None:
    """As many as Instagram said of this account."""
    account.account("bakery").posts_a_day = 2
    bot.accounts["bakery"].check()
    first, second, third = (bot.plan(f"Post {n}", minutes=60 + 5 * n) for n in range(3))
    kinds = [
        [one.kind for one in bot.services.look(preflight.list_blocks, bot.post(seen))]
        for seen in (first, second, third)
    ]
    assert kinds == [[], [], [ObjectionType.ALLOWANCE]]
    account.account("bakery").posts_a_day = 100
    bot.accounts["bakery"].check()
    assert bot.services.look(preflight.list_blocks, bot.post(third)) == ()


def test_as_many_as_a_day_takes_miss_the_next(bot: AccountBackend, account: InstagramServer) -> None:
    """Said with the reason, and nothing goes out late by surprise."""
    account.account("bakery").posts_a_day = 0
    seen = bot.approved()
    bot.to_slot(seen)
    for _ in range(12):
        bot.push(minutes=1)
    assert bot.status(seen) is Status.MISSED
    assert "and that many are out); it was too late at" in (bot.post(seen).reason or "")
    assert account.ledger == ()


def test_without_a_public_address_somebody_posts_it(bot: AccountBackend, account: InstagramServer) -> None:
    bot.images.available, bot.images.refuses = False, True
    seen = bot.approved()
    bot.to_slot(seen)
    assert bot.line("by_hand")["title"] == "Bakery"
    assert account.state.containers == {}
    bot.services.do(by_hand.begin, TOM, bot.now_seen(seen), "bakery", key())
    bot.run()
    bot.services.do(by_hand.say_up, TOM, bot.delivery_id(seen), "https://www.instagram.com/p/1/", key())
    assert bot.states(seen) == {"bakery": "sent"}
    assert account.ledger == ()
    bot.images.available, bot.images.refuses = True, False
    up = bot.delivery_id(seen)
    assert bot.services.look(lambda work: take_down.is_left_to_people(work, bot.delivery(up)))
    with pytest.raises(CannotTakeDown):
        bot.services.do(take_down.take_down, TOM, up, key())
    bot.services.do(take_down.say_deleted, TOM, up, key())


def test_without_the_right_somebody_deletes_it_there(bot: AccountBackend, account: InstagramServer) -> None:
    seen = bot.approved()
    bot.to_slot(seen)
    account.account("bakery").scopes.discard("instagram_manage_contents")
    bot.accounts["bakery"].check()
    with pytest.raises(CannotTakeDown):
        bot.services.do(take_down.take_down, TOM, bot.delivery_id(seen), key())
    bot.services.do(take_down.say_deleted, TOM, bot.delivery_id(seen), key())


def test_a_post_is_taken_down(bot: AccountBackend, account: InstagramServer) -> None:
    seen = bot.approved()
    bot.to_slot(seen)
    bot.services.do(take_down.take_down, TOM, bot.delivery_id(seen), key())
    bot.run()
    assert [one["deleted"] for one in account.timeline()] == [True]


def test_nobody_took_what_has_to_be_posted_by_hand(bot: AccountBackend, account: InstagramServer) -> None:
    bot.images.available, bot.images.refuses = False, True
    seen = bot.approved()
    bot.to_slot(seen)
    for _ in range(3):
        bot.push(hours=1)
    assert bot.status(seen) is Status.MISSED
    assert account.ledger == ()


def test_a_comment_comes_in_and_is_answered(bot: AccountBackend, account: InstagramServer) -> None:
    comment = bot.writes(ASKED)
    card = bot.card()
    assert (card.first.text, card.how, card.us) == (ASKED, "public comment", "@bakery")
    bot.sent("It is!")
    bot.run()
    assert [one["text"] for one in account.conversation(comment)][1:] == [ASKED, "It is!"]
    assert bot.conversation.stage is Stage.ANSWERED
    bot.clock.push(timedelta(minutes=1))
    bot.poll()
    assert bot.ours() == ["It is!"], "our own answer, read back, is no second one"


def test_an_answer_in_the_app_counts(bot: AccountBackend, account: InstagramServer) -> None:
    comment = bot.writes(ASKED)
    account.we_answer_in_app(comment, "It is!")
    bot.clock.push(timedelta(minutes=1))
    bot.poll()
    assert (bot.conversation.stage, bot.conversation.answered_by) == (Stage.ANSWERED, None)


def test_a_comment_that_was_deleted_is_not_answered(bot: AccountBackend, account: InstagramServer) -> None:
    comment = bot.writes(ASKED)
    reply = bot.sent("It is!")
    account.customer_deletes(comment)
    bot.run()
    assert bot.state(reply) in {"refused", "dropped"}
    assert account.ledger == ()
