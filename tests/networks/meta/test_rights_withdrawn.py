"""A right or a sign-in that goes between approval and send: nothing is out, and people hear why; then it is out once.

Before the post is prepared, and just before it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.deliveries import Delivery
from bot.domain.posts import Seen, Status
from bot.services.deliveries import overrides
from bot.store import deliveries
from bot.store.engine.store import Store
from tests.backend import TOM, ManualClock, key
from tests.promises.meta import SERVERS, MetaBackend, open_meta

SCOPES = {
    "facebook": "pages_manage_posts",
    "instagram": "instagram_content_publish",
    "threads": "threads_content_publish",
}
CHECK = "The token lacks a right, or one was withdrawn after 90 days without use: `byhand check` says which."


@pytest.fixture(params=sorted(SERVERS))
def bot(request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock) -> Iterator[MetaBackend]:
    with open_meta(request.param, sqlite_store, clock) as backend:
        yield backend


def find_account(bot: MetaBackend) -> Any:
    network: Any = bot.network
    return network.page("bakery") if bot.kind == "facebook" else network.account("bakery")


def find_delivery(bot: MetaBackend, seen: Seen) -> Delivery:
    found = bot.services.look(lambda work: deliveries.load(work.db, bot.delivery_id(seen)))
    assert found is not None
    return found


def to_preparing(bot: MetaBackend, seen: Seen) -> None:
    slot = bot.post(seen).slot
    assert slot is not None
    bot.clock.set(slot - timedelta(seconds=30))
    bot.run()


@pytest.mark.parametrize("prepared", [False, True])
def test_a_right_that_was_withdrawn(bot: MetaBackend, prepared: bool) -> None:
    """It is not tried again by itself; once the right is back, a person's Try again sends it once."""
    seen, account = bot.approved(), find_account(bot)
    if prepared:
        to_preparing(bot, seen)
    account.scopes.discard(SCOPES[bot.kind])
    bot.to_slot(seen)
    assert bot.status(seen) is Status.FAILED
    reason = find_delivery(bot, seen).reason or ""
    assert reason.endswith(f". {CHECK}"), reason
    account.scopes.add(SCOPES[bot.kind])
    for _ in range(3):
        bot.push(minutes=1)
    assert bot.published == []
    bot.services.do(overrides.try_again, TOM, bot.delivery_id(seen), key())
    bot.run()
    assert bot.published == ["Fresh bread at nine"]
    assert bot.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("subcode", [460, 463, 464, 490, 492])
def test_a_token_that_does_not_hold_any_more(bot: MetaBackend, prepared: bool, subcode: int) -> None:
    """It holds again in time, by whatever a person did: then it goes out by itself, once."""
    seen, account = bot.approved(), find_account(bot)
    if prepared:
        to_preparing(bot, seen)
    cast(Any, bot.network).revoke("bakery", subcode)
    bot.to_slot(seen)
    bot.push(minutes=2)
    assert bot.published == []
    assert "Bakery refused the sign-in at" in (find_delivery(bot, seen).reason or "")
    account.lost = None
    for _ in range(3):
        bot.push(minutes=1)
    assert bot.published == ["Fresh bread at nine"]
    assert bot.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("prepared", [False, True])
def test_a_token_that_holds_again_too_late(bot: MetaBackend, prepared: bool) -> None:
    seen, account = bot.approved(), find_account(bot)
    if prepared:
        to_preparing(bot, seen)
    cast(Any, bot.network).revoke("bakery", 492)
    bot.to_slot(seen)
    for _ in range(12):
        bot.push(minutes=1)
    account.lost = None
    for _ in range(5):
        bot.push(minutes=1)
    assert bot.published == []
    assert bot.status(seen) is Status.MISSED
    assert "Bakery refused the sign-in at" in (bot.post(seen).reason or "")
