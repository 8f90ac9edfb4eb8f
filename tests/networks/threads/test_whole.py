"""A Threads account under the real services and the real worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.conversations import Stage
from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.threads.client import NETWORK
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.threads.server import ThreadsServer
from bot.store.engine.store import Store
from tests.backend import ManualClock, NoVault, team
from tests.inbox_backend import INBOX, InboxBackend


class ThreadsBackend(InboxBackend):
    def connect_anew(self, name: str) -> AccountClient:
        token = self.network.tokens[name]
        account = AccountSettings(name, "threads", self.network.url, secrets={"TOKEN": token})
        return NETWORK.open(account, NoVault())


ASKED = "Is it vegan, @bakery?"


@pytest.fixture
def threads(clock: ManualClock) -> Iterator[ThreadsServer]:
    server = ThreadsServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()
    assert server.in_addresses == []


@pytest.fixture
def bot(sqlite_store: Store, threads: ThreadsServer, clock: ManualClock) -> Iterator[ThreadsBackend]:
    built = ThreadsBackend(sqlite_store, cast(Any, threads), clock, team(inbox_channel=INBOX))
    built.poll()  # the first sync
    clock.push(timedelta(minutes=1))
    yield built
    built.worker.stop(timedelta(seconds=5))


def test_a_post_goes_out_once(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    seen = bot.approved("Rye: https://dock.example/rye")
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}
    assert [post["text"] for post in threads.timeline()] == ["Rye: https://dock.example/rye"]


def test_too_early_is_tried_again_and_goes_out_once(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    seen = bot.approved()
    threads.containers.too_early = 2
    bot.to_slot(seen)
    assert threads.ledger == ()
    for _ in range(3):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(threads.ledger) == 1


def test_after_as_many_as_a_day_takes_a_post_is_missed_in_words(
    bot: ThreadsBackend, threads: ThreadsServer
) -> None:
    threads.account("bakery").posts_a_day = 1
    threads.state.add_post(threads.account("bakery"), "One is out")
    seen = bot.approved()
    bot.to_slot(seen)
    for _ in range(15):
        bot.push(minutes=1)
    assert threads.ledger == ()
    delivery = bot.delivery(bot.delivery_id(seen))
    assert delivery.reason is not None
    assert "Threads takes 1 posts in 24 hours" in delivery.reason


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_a_lost_answer_is_found_or_asked_about_and_never_sent_again(
    bot: ThreadsBackend, threads: ThreadsServer, fault: Fault
) -> None:
    seen = bot.approved()
    threads.faults.order(fault)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    for _ in range(40):
        bot.push(minutes=1)
    found = fault is Fault.LOST_ANSWER
    assert bot.states(seen) == {"bakery": "sent" if found else "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person is not found
    assert len(threads.ledger) == (1 if found else 0)


def test_a_container_that_takes_long_is_waited_for(
    bot: ThreadsBackend, threads: ThreadsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several tries the same one."""
    monkeypatch.setattr("bot.networks.meta.containers.PATIENCE", 0.0)
    threads.state.unfinished = 4
    seen = bot.approved()
    bot.to_slot(seen)
    assert threads.ledger == ()
    for _ in range(6):
        bot.push(seconds=20)
    assert bot.states(seen) == {"bakery": "sent"}
    assert (len(threads.state.containers), len(threads.ledger)) == (1, 1)


# --- what people write -----------------------------------------------------------------------------


def test_a_mention_comes_in_and_is_answered(bot: ThreadsBackend) -> None:
    mention = bot.writes(ASKED)
    card = bot.card()
    assert (card.first.text, card.how, card.us) == (ASKED, "mention", "@bakery")
    bot.sent("It is!")
    bot.run()
    assert bot.got(mention) == ["It is!"]
    assert bot.conversation.stage is Stage.ANSWERED
    bot.clock.push(timedelta(minutes=1))
    bot.poll()
    assert bot.ours() == ["It is!"], "our own answer, read back, is no second one"


def test_a_reply_below_our_post_comes_in_and_is_answered(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    seen = bot.approved("Fresh rye")
    bot.to_slot(seen)
    (line,) = threads.ledger
    reply = bot.writes("Vegan?", reply_to=line.remote_id)
    assert bot.card().how == "public comment"
    bot.sent("It is!")
    bot.run()
    assert bot.got(reply) == ["Fresh rye", "It is!"]
    assert bot.conversation.stage is Stage.ANSWERED


def test_an_answer_in_the_app_counts(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    mention = bot.writes(ASKED)
    threads.we_answer_in_app(mention, "It is!")
    bot.poll()
    assert (bot.conversation.stage, bot.conversation.answered_by) == (Stage.ANSWERED, None)


def test_what_was_changed_since_send_is_not_answered(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    """Threads dates no edits."""
    mention = bot.writes(ASKED)
    reply = bot.sent("It is!")
    threads.customer_edits(mention, "Is it poisonous, @bakery?")
    bot.run()
    assert bot.got(mention) == []
    assert bot.state(reply) == "dropped"
    assert bot.card().first.text == "Is it poisonous, @bakery?"


def test_what_was_deleted_is_not_answered(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    mention = bot.writes(ASKED)
    reply = bot.sent("It is!")
    threads.customer_deletes(mention)
    bot.run()
    assert bot.state(reply) in {"refused", "dropped"}
    assert threads.ledger == ()


def test_a_lost_answer_is_found(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    mention = bot.writes(ASKED)
    reply = bot.sent("It is!")
    threads.faults.order(Fault.LOST_ANSWER)
    bot.run()
    assert bot.state(reply) == "unknown"
    for _ in range(3):
        bot.push(minutes=1)
    assert bot.state(reply) == "sent"
    assert bot.got(mention) == ["It is!"]


def test_an_answer_that_is_not_ready_yet_goes_out_once(bot: ThreadsBackend, threads: ThreadsServer) -> None:
    mention = bot.writes(ASKED)
    reply = bot.sent("It is!")
    threads.containers.too_early = 2
    bot.run()
    for _ in range(4):
        bot.push(seconds=10)
    assert bot.state(reply) == "sent"
    assert bot.got(mention) == ["It is!"]
    assert len(threads.state.containers) == 1
