"""P1 and P3 where a post is prepared before it is out: a pause that comes meanwhile, and what the network does then.

Facebook is given the image; Instagram and Threads fetch it from `/media/…` and work on it for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from bot.domain.gate import ALL
from bot.domain.outcomes import NotSent
from bot.domain.posts import Seen, Status
from bot.networks.protocol import Content, PrepareFailed
from bot.networks.testing.pictures import make_picture
from bot.services.pause import pause
from bot.services.pause.resume import resume
from bot.services.posts import edit, review
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import MAYA, TOM, ManualClock, key
from tests.promises.meta import FETCHING, LOAF, SERVERS, MetaBackend, MetaInbox, open_meta, open_meta_inbox


@pytest.fixture(params=FETCHING)
def fetching(
    request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock
) -> Iterator[MetaBackend]:
    with open_meta(request.param, sqlite_store, clock) as backend:
        yield backend


@pytest.fixture(params=sorted(SERVERS))
def bot(request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock) -> Iterator[MetaBackend]:
    with open_meta(request.param, sqlite_store, clock) as backend:
        yield backend


class OnePause:
    """Somebody pauses, the first time that this is called."""

    def __init__(self, backend: MetaBackend, scope: str) -> None:
        self._backend, self._scope = backend, scope
        self.came = False

    def __call__(self) -> None:
        if not self.came:
            self.came = True
            self._backend.services.do(pause.pause, MAYA, self._scope, "flood", key())


def pass_the_slot(backend: MetaBackend, seen: Seen) -> None:
    """And all the time that is left to it."""
    backend.to_slot(seen)
    for _ in range(15):
        backend.push(minutes=1)


def is_missed(backend: MetaBackend, seen: Seen) -> bool:
    return backend.status(seen) is Status.MISSED and "paused" in (backend.post(seen).reason or "")


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_a_pause_while_an_image_is_on_its_way(fetching: MetaBackend, scope: str) -> None:
    """The network gets all of it, and its container gets ready: it is never published, and the address is shut."""
    seen, paused = fetching.approved(), OnePause(fetching, scope)
    fetching.images.meanwhile = paused
    pass_the_slot(fetching, seen)
    assert paused.came
    assert fetching.published == []
    assert is_missed(fetching, seen)
    (container,) = cast(Any, fetching.network).state.containers.values()
    assert not container.published
    (path,) = fetching.images.served
    assert not fetching.images.is_open(path)


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_a_pause_while_a_container_is_in_progress(fetching: MetaBackend, scope: str) -> None:
    seen, paused = fetching.approved(), OnePause(fetching, scope)
    cast(Any, fetching.network).state.unfinished = 3
    fetching.waits = paused
    pass_the_slot(fetching, seen)
    assert paused.came
    assert fetching.published == []
    assert is_missed(fetching, seen)


def test_a_pause_between_the_images_of_an_album(fetching: MetaBackend) -> None:
    """The first is on its way; the second is not given out any more."""
    fetching.pictures = (LOAF, make_picture("Plums", shade=90))
    seen, paused = fetching.approved(), OnePause(fetching, ALL)
    fetching.images.meanwhile = paused
    pass_the_slot(fetching, seen)
    assert len(fetching.images.served) == 1
    assert fetching.published == []
    assert is_missed(fetching, seen)


def test_a_pause_while_the_rest_of_a_post_is_on_its_way(fetching: MetaBackend) -> None:
    """It is out on one account. Of the other the image was being fetched: what is left is not sent."""
    seen, paused = fetching.approved(accounts=("bakery", "cafe")), OnePause(fetching, ALL)
    slot = fetching.post(seen).slot
    assert slot is not None
    cafe: Any = fetching.accounts["cafe"]
    prepare = cafe.prepare

    def prepare_late(content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        if "sent" not in fetching.states(seen).values():
            raise PrepareFailed(NotSent("not yet"))
        fetching.images.meanwhile = paused
        done: dict[str, Any] = prepare(content, prepared, now)
        return done

    cafe.prepare = prepare_late
    pass_the_slot(fetching, seen)
    assert paused.came
    assert len(fetching.images.served) == 2
    assert len(fetching.published) == 1
    assert fetching.states(seen) == {"bakery": "sent", "cafe": "dropped"}


def hold_back(backend: MetaBackend, meanwhile: Callable[[], object]) -> None:
    """Call it once all is prepared, before that is written down."""
    client = backend.accounts["bakery"]
    prepare = client.prepare

    def prepare_and(*args: Any) -> dict[str, Any]:
        done = prepare(*args)
        meanwhile()
        return done

    cast(Any, client).prepare = prepare_and


def test_a_pause_just_after_all_is_prepared(bot: MetaBackend) -> None:
    seen, paused = bot.approved(), OnePause(bot, ALL)
    hold_back(bot, paused)
    pass_the_slot(bot, seen)
    assert paused.came
    assert bot.published == []
    assert is_missed(bot, seen)


def test_after_the_resume_it_needs_a_new_yes_and_is_out_once(bot: MetaBackend) -> None:
    """What was prepared before the pause may be used or made anew: only what is approved now goes out, once."""
    seen, paused = bot.approved(), OnePause(bot, ALL)
    hold_back(bot, paused)
    slot = bot.post(seen).slot
    assert slot is not None
    bot.clock.set(slot - timedelta(seconds=30))
    bot.run()
    assert paused.came
    epoch = bot.services.look(lambda work: gate.read(work.db)).rows[ALL].epoch
    bot.services.do(resume, TOM, ALL, epoch, {}, key())
    bot.push(seconds=10)
    assert bot.status(seen) is Status.REVIEW, "the yes to the moment has ended"
    bot.services.do(review.approve, TOM, bot.now_seen(seen), key())
    for _ in range(3):
        bot.push(minutes=1)
    assert bot.published == ["Fresh bread at nine"]


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=2)])
def test_words_that_are_changed_while_a_container_is_in_progress(
    fetching: MetaBackend, later: timedelta
) -> None:
    """And approved at once, or planned for another day: what was being prepared is of no use any more."""
    seen = fetching.approved()
    slot = fetching.post(seen).slot
    assert slot is not None
    cast(Any, fetching.network).state.unfinished = 3
    changed: list[Seen] = []

    def change() -> None:
        if not changed:
            changes = edit.Changes("Fresh rolls at nine", slot + later)
            fetching.services.do(edit.save_edit, MAYA, seen, changes, key())
            changed.append(fetching.now_seen(seen))
            fetching.services.do(review.approve, TOM, changed[0], key())

    fetching.waits = change
    fetching.to_slot(seen)
    for _ in range(5):
        fetching.push(minutes=1)
    assert changed
    if later:
        assert fetching.published == []
        fetching.clock.set(slot + later - timedelta(minutes=5))
        fetching.run()
        fetching.services.do(review.go, MAYA, fetching.now_seen(seen), key())
        fetching.to_slot(seen)
        for _ in range(5):
            fetching.push(minutes=1)
    assert fetching.published == ["Fresh rolls at nine"]
    assert fetching.status(seen) is Status.PUBLISHED


@pytest.fixture(params=sorted(SERVERS))
def inbox(request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock) -> Iterator[MetaInbox]:
    with open_meta_inbox(request.param, sqlite_store, clock) as backend:
        yield backend


@pytest.mark.parametrize("stops", [True, False])
def test_a_pause_just_after_an_answer_is_prepared(inbox: MetaInbox, stops: bool) -> None:
    """With Stop replies too it does not go out, then or later by itself; without, people go on answering."""
    inbox.writes("Is it vegan, @bakery?")
    client: Any = inbox.accounts["bakery"]
    prepare_reply = client.prepare_reply
    came: list[pause.PauseResult] = []

    def prepare_and_pause(*args: Any) -> dict[str, Any]:
        done: dict[str, Any] = prepare_reply(*args)
        if not came:
            came.append(inbox.services.do(pause.pause, MAYA, ALL, "flood", key()))
            if stops:
                inbox.services.do(pause.stop_replies, MAYA, came[0].pause_id, key())
        return done

    client.prepare_reply = prepare_and_pause
    inbox.sent("It is!")
    for _ in range(20):
        inbox.push(minutes=1)
    assert came
    assert inbox.published == ([] if stops else ["It is!"])
