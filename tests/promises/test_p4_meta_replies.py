"""P4 and P6 for answers on Facebook, Instagram and Threads, which prove no absence: a crash at each step of a send."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.conversations import Stage
from bot.store.engine.store import Store
from tests.backend import ManualClock
from tests.promises.crashes import Bomb, Life
from tests.promises.meta import SERVERS, MetaInbox, open_meta_inbox

ASKED, WORDS = "Is it vegan, @bakery?", "It is!"
BEFORE_THE_BEGIN = [
    ("before", "claim"), ("after", "claim"), ("before", "prepare_reply"), ("after", "prepare_reply"),
    ("after", "keep_prepared"), ("before", "begin"),
]  # fmt: skip
NOT_CALLED = [("after", "begin"), ("before", "publish")]
OUT = [("after", "publish"), ("before", "record_outcome"), ("after", "record_outcome")]


@pytest.fixture(params=sorted(SERVERS))
def bot(request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock) -> Iterator[MetaInbox]:
    with open_meta_inbox(request.param, sqlite_store, clock) as backend:
        yield backend


def answer_and_die(bot: MetaInbox, when: str, step: str, minutes: int = 5) -> str:
    """A process that dies there, and the next one, which knows only the database. Returns the comment's id."""
    asked = bot.writes(ASKED)
    bot.sent(WORDS)
    life = Life(bot, Bomb(when, step))
    life.live(life.worker(), timedelta(minutes=3))
    assert life.bomb.gone, "the bomb never went off: the step was renamed?"
    bot.accounts["bakery"] = bot.connect_anew("bakery")
    after = life.reborn()
    bot.live(timedelta(minutes=minutes), after)
    after.stop(timedelta(seconds=5))
    return asked


@pytest.mark.parametrize(("when", "step"), BEFORE_THE_BEGIN)
def test_before_the_begin_the_customer_has_it_once(bot: MetaInbox, when: str, step: str) -> None:
    asked = answer_and_die(bot, when, step)
    assert bot.published == [WORDS]
    assert bot.got(asked).count(WORDS) == 1
    assert bot.state() == "sent", "without having come in with what is new"
    bot.poll()
    assert (bot.state(), bot.conversation.stage, bot.ours()) == ("sent", Stage.ANSWERED, [WORDS])


@pytest.mark.parametrize(("when", "step"), NOT_CALLED)
def test_after_the_begin_a_person_is_asked(bot: MetaInbox, when: str, step: str) -> None:
    answer_and_die(bot, when, step, minutes=40)
    assert bot.published == []
    assert bot.state() == "unknown"
    assert bot.delivery().asks_a_person


@pytest.mark.parametrize(("when", "step"), OUT)
def test_what_the_customer_has_is_found(bot: MetaInbox, when: str, step: str) -> None:
    asked = answer_and_die(bot, when, step, minutes=20)
    assert bot.published == [WORDS]
    assert bot.got(asked).count(WORDS) == 1
    assert bot.state() == "sent", "without having come in with what is new"
    bot.poll()
    assert (bot.state(), bot.conversation.stage, bot.ours()) == ("sent", Stage.ANSWERED, [WORDS])
