"""A network fetches a post's image from the running bot, over HTTP, and not any more once somebody has paused."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.limits import DOCUMENTED
from bot.networks.protocol import AccountClient, SentBy
from bot.services.deliveries.image_offers import ImageOffers
from bot.settings.load import load_settings
from tests.fetching_client import PUBLIC_URL, FetchingClient
from tests.stories import bakery as stories
from tests.stories.bakery import MAYA, TOM, Bakery

BREAD = "Fresh bread at nine"


@pytest.fixture
def client(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> FetchingClient:
    """The bakery's account, as of a network that fetches."""
    bakery.stop_bot()

    def load(*how: Any, **more: Any) -> Any:
        return replace(load_settings(*how, **more), public_url=PUBLIC_URL)

    monkeypatch.setattr(stories, "load_settings", load)
    bakery.start_bot()
    assert bakery.bot is not None
    services = bakery.bot.services
    known = services.accounts
    assert isinstance(known, dict)
    accounts: dict[str, AccountClient] = known
    made = FetchingClient(accounts["bakery"], ImageOffers(services.store, services.work, PUBLIC_URL))
    accounts["bakery"] = made
    return made


def ask(bakery: Bakery, url: str) -> tuple[int, bytes, str | None]:
    """As the network does, behind a proxy."""
    assert bakery.bot is not None
    line = http.client.HTTPConnection("127.0.0.1", bakery.bot.web.port, timeout=5)
    try:
        line.request("GET", url.removeprefix(PUBLIC_URL))
        answer = line.getresponse()
        return answer.status, answer.read(), answer.getheader("content-type")
    finally:
        line.close()


def approved_with_image(bakery: Bakery) -> None:
    Image.new("RGB", (64, 48), "brown").save(bakery.folder / "loaf.png")
    bakery.plan((20, "bakery", BREAD), image="loaf.png", alt="A loaf")
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")


def meanwhile(bakery: Bakery, client: FetchingClient, does: Callable[[], object]) -> list[Any]:
    """What the network gets before and after it."""
    got: list[Any] = []

    def look() -> None:
        got.append(ask(bakery, client.urls[-1]))
        does()
        got.append(ask(bakery, client.urls[-1]))

    client.meanwhile = look
    return got


def test_it_fetches_the_approved_bytes_while_the_post_is_prepared(
    bakery: Bakery, client: FetchingClient
) -> None:
    got = meanwhile(bakery, client, lambda: None)
    approved_with_image(bakery)
    bakery.push(21)
    bakery.card(BREAD, "Published")
    assert got[0] == got[1] == (200, client.pictures[0].load(), "image/png")
    assert ask(bakery, client.urls[0]) == (404, b"Not Found", "text/plain; charset=utf-8")


def test_a_pause_in_slack_shuts_it_at_once(bakery: Bakery, client: FetchingClient) -> None:
    got = meanwhile(bakery, client, lambda: bakery.type(MAYA, "pause recall news"))
    approved_with_image(bakery)
    bakery.knows(MAYA)
    bakery.push(21)
    bakery.banner()
    assert [status for status, _, _ in got] == [200, 404]
    assert bakery.published() == []


def test_without_an_address_what_cannot_be_fetched_is_left_to_people_for_two_hours(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    bakery.stop_bot()
    fetches = replace(DOCUMENTED.capabilities, needs_public_images=True, sent_by=SentBy.PERSON)
    monkeypatch.setattr(MastodonClient, "capabilities", fetches)
    bakery.start_bot()
    assert bakery.bot is not None
    assert bakery.bot.services.policy.find_window("bakery") == timedelta(hours=2)
    assert bakery.get(f"/media/{'x' * 43}") == "Not Found"
