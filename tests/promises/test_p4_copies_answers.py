"""P4, P6: a restore sends no answer and no correction again; what happened since the copy, only people know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bot.networks.protocol import AccountClient
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault
from bot.services.inbox import replies
from bot.services.restoring import Restored, take_as_copy
from bot.services.unit_of_work import UnitOfWork
from bot.store import copies
from bot.store.engine import generation
from bot.store.engine.generation import Mark
from bot.store.engine.migrate import backup
from bot.store.engine.store import Store
from tests.backend import MAYA, ManualClock, key, team
from tests.inbox_backend import _POLICY, InboxBackend


class Bot(InboxBackend):
    """One run of it; what its clients learnt outlives it."""

    known: ClassVar[dict[str, AccountClient]] = {}

    def _connect(self, name: str) -> AccountClient:
        if name not in self.known:
            self.known[name] = super()._connect(name)
        return self.known[name]


class Place:
    """A database, what was copied of it, and the bots that run on it one after another."""

    def __init__(self, url: str, folder: Path, network: MastodonServer, clock: ManualClock) -> None:
        self.url, self.folder, self.network, self.clock = url, folder, network, clock

    def start(self) -> Bot:
        store = Store.open(self.url, now=self.clock.now)
        store.adopt(f"g{self.clock.now():%H%M%S}")
        bot = Bot(store, self.network, clock=self.clock, policy=team(**_POLICY))
        bot.worker.start()
        return bot

    def stop(self, bot: Bot) -> None:
        bot.worker.stop(timedelta(seconds=5))
        bot.store.close()
        self.network._keys.clear()  # no server keeps its keys for ever

    def copy(self) -> None:
        backup(self.url, self.folder / "copy.db", now=self.clock.now())

    def restored(self) -> Bot:
        """Put back, and a while later."""
        copies.restore_file(self.folder / "byhand.db", self.folder / "copy.db", self._take, self.clock.now)
        bot = self.start()
        for _ in range(40):
            bot.push(seconds=15)
        return bot

    done: Restored  # what the last restore found

    def _take(self, store: Store) -> tuple[Restored, Mark]:
        bot = Bot(store, self.network, clock=self.clock, policy=team(**_POLICY))
        found = store.read(generation.load)
        assert found is not None
        mark, made_at = Mark("restored", found.mark.beat + 1), found.copied_at or found.at
        erased = copies.list_erased_since(self.folder / "byhand.db", made_at)

        def both(work: UnitOfWork, at: datetime) -> Restored:
            done = take_as_copy(work, MAYA, at, key(), erased)
            generation.begin(work.db, mark, work.now)
            return done

        self.done = bot.services.do(both, made_at)
        bot.worker.stop(timedelta(seconds=5))
        return self.done, mark


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path, network: MastodonServer, clock: ManualClock) -> Iterator[Place]:
    Bot.known.clear()
    yield Place(sqlite_url, tmp_path, network, clock)
    Bot.known.clear()


def test_a_reply_that_was_taken_down_since_stays_down(place: Place) -> None:
    bot = place.start()
    bot.poll()
    place.clock.push(timedelta(minutes=1))
    asked = bot.writes()
    bot.sent("First answer")
    bot.run()
    bot.poll()  # the server has shown such an answer
    place.clock.push(timedelta(minutes=2))
    bot.sent("Sorry, the code is 1234")
    place.copy()
    bot.run()
    assert len(bot.got(asked)) == 2
    bot.services.do(replies.delete_reply, MAYA, bot.last_delivery, key())
    bot.run()
    assert len(bot.got(asked)) == 1
    place.clock.push(timedelta(minutes=2))
    place.stop(bot)
    bot = place.restored()
    assert len(bot.got(asked)) == 1
    place.stop(bot)


def test_an_old_correction_does_not_go_over_a_newer_one(place: Place) -> None:
    bot = place.start()
    bot.poll()
    place.clock.push(timedelta(minutes=1))
    asked = bot.writes()
    first = bot.sent("It opens at 8")
    bot.run()
    place.clock.push(timedelta(minutes=2))
    bot.sent("It opens at 9", corrects=first)
    place.copy()
    bot.run()
    place.clock.push(timedelta(minutes=1))
    bot.sent("It opens at 10", corrects=first)
    bot.run()
    before = bot.got(asked)
    place.clock.push(timedelta(minutes=2))
    place.stop(bot)
    bot = place.restored()
    assert bot.got(asked) == before
    place.stop(bot)


def test_a_correction_that_had_not_arrived_is_looked_for_before_it_goes_over_a_newer_one(
    place: Place,
) -> None:
    """Since the copy it was tried again, and corrected once more: the same button, pressed after the restore, put the
    older words over the newer ones."""
    bot = place.start()
    bot.poll()
    place.clock.push(timedelta(minutes=1))
    asked = bot.writes()
    first = bot.sent("It opens at 8")
    bot.run()
    bot.poll()
    older = bot.sent("It opens at 9", corrects=first)
    bot.network.faults.order(Fault.SIGNED_OUT, None)
    for _ in range(25):
        bot.push(seconds=31)
    bot.network.faults.lift()
    assert bot.state() == "dropped"
    place.copy()
    place.clock.push(timedelta(minutes=1))
    bot.sent("It opens at 10", corrects=first)
    bot.run()
    before = bot.got(asked)
    assert "10" in before[-1]
    place.stop(bot)
    bot = place.restored()
    bot.services.do(replies.try_reply_again, MAYA, older, key())
    for _ in range(8):
        bot.push(seconds=20)
    assert bot.got(asked) == before
    place.stop(bot)
