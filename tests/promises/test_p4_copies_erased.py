"""A restore brings back no customer's words that were erased since its backup, as far as anybody can know which."""

from __future__ import annotations

import shutil

from bot.domain.gate import ALL
from bot.sandbox.networks.server import Fault
from bot.services import restoring
from bot.services.inbox import erasure
from bot.store.pause import pauses
from tests.backend import MAYA, key
from tests.promises.test_p4_copies_answers import Bot, Place, place
from tests.promises.test_p4_copies_states import begun

__all__ = ["place"]


def erased_since(place: Place, bot: Bot) -> None:
    """A copy is made, then somebody asks to be forgotten."""
    place.copy()
    bot.push(minutes=1)
    bot.services.do(erasure.erase, MAYA, bot.conversation.id, key())
    place.stop(bot)


def reason(bot: Bot) -> str:
    running = bot.services.look(lambda work: pauses.find_running(work.db, ALL))
    assert running is not None
    return str(running.reason)


def test_what_the_database_before_knew_of_is_erased_again(place: Place) -> None:
    bot, _ = begun(place)
    erased_since(place, bot)
    bot = place.restored()
    assert bot.conversation.erased_at is not None
    assert bot.ours() == [""]
    assert (place.done.erased, place.done.not_erased, place.done.maybe_erased) == (1, 0, False)
    assert restoring.ERASE_AGAIN not in reason(bot)
    assert len(bot.facts("personal data erased")) == 1
    place.stop(bot)


def test_where_nothing_knows_people_are_told(place: Place) -> None:
    """The database before is gone; so is the knowledge of who asked."""
    bot, _ = begun(place)
    erased_since(place, bot)
    (place.folder / "byhand.db").unlink()
    bot = place.restored()
    assert bot.conversation.erased_at is None
    assert place.done.maybe_erased
    assert reason(bot).endswith(restoring.ERASE_AGAIN)
    place.stop(bot)


def test_a_copy_that_lies_in_its_place_knows_nothing(place: Place) -> None:
    bot, _ = begun(place)
    erased_since(place, bot)
    shutil.copyfile(place.folder / "copy.db", place.folder / "byhand.db")
    bot = place.restored()
    assert place.done.maybe_erased
    place.stop(bot)


def test_words_stay_while_an_answer_is_looked_for(place: Place) -> None:
    """Without the bytes that were sent nobody could find out whether they arrived; then people are told."""
    bot, asked = begun(place)
    bot.sent("Sorry, the code is 1234")
    bot.network.faults.order(Fault.CUT_BEFORE)
    bot.run()
    assert bot.state() == "unknown"
    place.copy()
    for _ in range(12):
        bot.push(seconds=15)
    assert len(bot.got(asked)) == 2
    bot.services.do(erasure.erase, MAYA, bot.conversation.id, key())
    place.stop(bot)
    bot = place.restored()
    assert (place.done.erased, place.done.not_erased) == (0, 1)
    assert bot.conversation.erased_at is None
    assert reason(bot).endswith(restoring.ERASE_AGAIN)
    assert len(bot.got(asked)) == 2
    place.stop(bot)


def test_an_answer_that_had_not_begun_goes_with_its_words(place: Place) -> None:
    """Were it doubted first, it would be looked for, and the words would stay for that."""
    bot, asked = begun(place)
    bot.sent("Sorry, the code is 1234")
    bot.network.faults.order(Fault.THROTTLED)
    bot.run()
    assert bot.state() == "ready"
    erased_since(place, bot)
    before = bot.network.conversation(asked)
    bot = place.restored()
    assert (place.done.erased, place.done.not_erased) == (1, 0)
    assert bot.state() == "dropped"
    assert bot.network.conversation(asked) == before
    place.stop(bot)
