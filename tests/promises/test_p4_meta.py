"""P4 on networks that take a post in two steps, know no key and prove no absence: Facebook, Instagram, Threads.

A crash leaves a container behind that nobody sees. Whatever a process cannot know after it is looked for, and a person
is asked; nothing is sent a second time by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.deliveries import Delivery
from bot.domain.posts import Seen, Status
from bot.store import deliveries
from bot.store.engine.store import Store
from tests.backend import ManualClock
from tests.promises.crashes import Bomb, Life
from tests.promises.meta import FETCHING, SERVERS, MetaBackend, open_meta

BEFORE_THE_BEGIN = [
    ("before", "claim"), ("after", "claim"), ("before", "prepare"), ("after", "prepare"),
    ("after", "keep_prepared"), ("before", "begin"),
]  # fmt: skip
NOT_CALLED = [("after", "begin"), ("before", "publish")]
OUT = [("after", "publish"), ("before", "record_outcome"), ("after", "record_outcome")]


@pytest.fixture(params=sorted(SERVERS))
def bot(request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock) -> Iterator[MetaBackend]:
    with open_meta(request.param, sqlite_store, clock) as backend:
        yield backend


@pytest.fixture(params=FETCHING)
def fetching(
    request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock
) -> Iterator[MetaBackend]:
    with open_meta(request.param, sqlite_store, clock) as backend:
        yield backend


def live_and_be_reborn(backend: MetaBackend, bomb: Bomb, minutes: int = 7) -> None:
    """A process that dies there, and the next one, which knows only the database."""
    life = Life(backend, bomb)
    life.live(life.worker(), timedelta(minutes=21))
    assert bomb.gone, "the bomb never went off: the step was renamed?"
    backend.accounts["bakery"] = backend.connect_anew("bakery")
    after = life.reborn()
    backend.live(timedelta(minutes=minutes), after)
    after.stop(timedelta(seconds=5))


def find_delivery(backend: MetaBackend, seen: Seen) -> Delivery:
    found = backend.services.look(lambda work: deliveries.load(work.db, backend.delivery_id(seen)))
    assert found is not None
    return found


@pytest.mark.parametrize(("when", "step"), BEFORE_THE_BEGIN)
def test_before_the_begin_nothing_is_out_and_it_goes_out_once(bot: MetaBackend, when: str, step: str) -> None:
    seen = bot.approved()
    live_and_be_reborn(bot, Bomb(when, step))
    assert bot.published == ["Fresh bread at nine"]
    assert bot.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("during", ["while it is fetched", "while it is in progress"])
def test_a_container_that_was_being_made_is_left_behind(fetching: MetaBackend, during: str) -> None:
    """Nobody sees it, it is never named, and it is none of the posts that a day takes; another one is made."""
    seen, bomb = fetching.approved(), Bomb("during", "prepare")
    network = cast(Any, fetching.network)
    network.state.unfinished = 3
    network.account("bakery").posts_a_day = 1

    def die() -> None:
        bomb.gone = True  # whoever fetches lives on

    if during == "while it is fetched":
        fetching.images.meanwhile = die
    else:
        fetching.waits = lambda: bomb.at("during", "prepare")
    live_and_be_reborn(fetching, bomb)
    left, used = fetching.prepared
    assert left != used
    assert find_delivery(fetching, seen).prepared["container"] == used
    assert fetching.published == ["Fresh bread at nine"]
    assert fetching.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize(("when", "step"), NOT_CALLED)
def test_after_the_begin_a_person_is_asked(bot: MetaBackend, when: str, step: str) -> None:
    """The call was never made, which nobody can know: it is not made again by itself."""
    seen = bot.approved()
    live_and_be_reborn(bot, Bomb(when, step), minutes=40)
    assert bot.published == []
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.status(seen) is Status.PUBLISHING
    assert find_delivery(bot, seen).asks_a_person


@pytest.mark.parametrize(("when", "step"), OUT)
def test_what_is_out_is_found(bot: MetaBackend, when: str, step: str) -> None:
    seen = bot.approved()
    live_and_be_reborn(bot, Bomb(when, step), minutes=20)
    assert bot.published == ["Fresh bread at nine"]
    assert bot.states(seen) == {"bakery": "sent"}
