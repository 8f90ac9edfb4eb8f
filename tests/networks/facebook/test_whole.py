"""A Facebook Page under the real services and the real worker: what is published, comes in and is answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.conversations import Stage
from bot.domain.inbox_refusals import AnswerTooLate
from bot.networks.facebook.client import NETWORK
from bot.networks.protocol import AccountClient, AccountSettings
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.server import Fault
from bot.services.queries import conversations as conversation_queries
from bot.store.engine.store import Store
from tests.backend import MAYA, ManualClock, NoVault, team
from tests.inbox_backend import INBOX, PRIVATE, InboxBackend

ASKED = "Is it vegan?"
MAYA_INSIDE = replace(MAYA, in_private_channel=True)


class PageBackend(InboxBackend):
    def connect_anew(self, name: str) -> AccountClient:
        token = self.network.tokens[name]
        account = AccountSettings(name, "facebook", self.network.url, secrets={"TOKEN": token})
        return NETWORK.open(account, NoVault())


@pytest.fixture
def page(clock: ManualClock) -> Iterator[FacebookServer]:
    server = FacebookServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()
    assert server.in_addresses == []
    assert server.state.overwritten == []


@pytest.fixture
def bot(sqlite_store: Store, page: FacebookServer, clock: ManualClock) -> Iterator[PageBackend]:
    network = cast(Any, page)
    built = PageBackend(sqlite_store, network, clock, team(inbox_channel=INBOX, private_channel=PRIVATE))
    built.poll()  # the first sync
    clock.push(timedelta(minutes=1))
    yield built
    built.worker.stop(timedelta(seconds=5))


def test_a_post_goes_out_once(bot: PageBackend, page: FacebookServer) -> None:
    seen = bot.approved("Rye: https://dock.example/rye")
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}
    (shown,) = page.timeline()
    assert (shown["text"], shown["link"]) == ("Rye: https://dock.example/rye", "https://dock.example/rye")


def test_the_first_post_is_to_be_looked_at_signed_out(bot: PageBackend) -> None:
    """And no later one."""
    said = []
    for words in ("First", "Second"):
        bot.to_slot(bot.approved(words))
        bot.push(minutes=2)
        said.append(bot.line("published").get("look"))
    why = "Until the app is “Live”, only people with a role in it see what is published."
    assert said == [[["Bakery", why]], None]


def test_an_answer_is_no_first_post(bot: PageBackend, page: FacebookServer) -> None:
    page.state.add_post(page.page("bakery"), "By hand")
    bot.writes(ASKED)
    bot.sent("It is!")
    bot.run()
    bot.to_slot(bot.approved())
    assert bot.line("published").get("look")


def test_a_lost_answer_that_the_list_shows_is_found(bot: PageBackend, page: FacebookServer) -> None:
    seen = bot.approved()
    page.faults.order(Fault.LOST_ANSWER)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.push(minutes=2)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(page.ledger) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_what_the_list_does_not_show_is_asked_about_and_never_sent_again(
    bot: PageBackend, page: FacebookServer, fault: Fault
) -> None:
    """Whether it is there or not: the list is silent in both cases."""
    seen = bot.approved()
    page.faults.order(fault)
    bot.to_slot(seen)
    page.state.omits |= {line.remote_id for line in page.ledger}
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert len(page.ledger) == (1 if fault is Fault.LOST_ANSWER else 0)


def test_a_comment_comes_in_and_is_answered(bot: PageBackend) -> None:
    comment = bot.writes(ASKED)
    card = bot.card()
    assert (card.first.text, card.how, card.us, card.answers_end) == (
        ASKED,
        "public comment",
        "@bakery",
        None,
    )
    bot.sent("It is!")
    bot.run()
    assert bot.got(comment)[1:] == ["It is!"]  # after the post itself
    assert bot.conversation.stage is Stage.ANSWERED
    bot.clock.push(timedelta(minutes=1))
    bot.poll()
    assert bot.ours() == ["It is!"], "our own answer, read back, is no second one"


def test_an_answer_in_the_app_counts(bot: PageBackend, page: FacebookServer) -> None:
    comment = bot.writes(ASKED)
    page.we_answer_in_app(comment, "It is!")
    bot.poll()
    assert (bot.conversation.stage, bot.conversation.answered_by) == (Stage.ANSWERED, None)


def test_what_was_changed_since_send_is_not_answered(bot: PageBackend, page: FacebookServer) -> None:
    """Facebook dates no edits."""
    comment = bot.writes(ASKED)
    reply = bot.sent("It is!")
    page.customer_edits(comment, "Is it poisonous?")
    bot.run()
    assert bot.got(comment)[1:] == []  # after the post itself
    assert bot.state(reply) == "dropped"
    assert bot.card().first.text == "Is it poisonous?"


def test_a_comment_that_was_deleted_is_not_answered(bot: PageBackend, page: FacebookServer) -> None:
    comment = bot.writes(ASKED)
    reply = bot.sent("It is!")
    page.customer_deletes(comment)
    bot.run()
    assert bot.state(reply) in {"refused", "dropped"}
    assert page.ledger == ()


def test_a_private_message_is_answered_while_it_can_be(bot: PageBackend, page: FacebookServer) -> None:
    secret = bot.writes("1 Quay Road", private=True)
    card = bot.card()
    assert (card.private, card.answers_end) == (True, card.waiting_since + timedelta(hours=24))
    bot.sent("Thank you", by=MAYA_INSIDE)
    bot.run()
    assert bot.got(secret) == ["Thank you"]
    bot.clock.push(timedelta(hours=24))
    with pytest.raises(AnswerTooLate):
        bot.services.look(conversation_queries.load_reply_form, MAYA_INSIDE, bot.conversation.id)
    bot.writes("Hello?", private=True)
    bot.sent("Hello!", by=MAYA_INSIDE)
    bot.run()
    assert bot.got(secret) == ["Thank you", "Hello!"]
