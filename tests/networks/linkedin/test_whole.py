"""A LinkedIn Page under the real services and the real worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.domain.conversations import Closing, Stage
from bot.networks.linkedin.api import VERSION
from bot.networks.linkedin.client import NETWORK
from bot.networks.protocol import AccountClient, AccountSettings
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.linkedin.state import RECRUITING_POSTER
from bot.sandbox.networks.server import Fault
from bot.services.inbox import triage
from bot.slack.views.inbox.card import draw_conversation_card
from bot.store.engine.store import Store
from tests.backend import MAYA, ManualClock, NoVault, key, team
from tests.inbox_backend import INBOX, PRIVATE, InboxBackend
from tests.slack.rendering import render_message

NASTY = "Rye (fresh) #today @dock_bakery [4,50 €] {new} <now> *really* ~80 % | C:\\loaf"


class LinkedInBackend(InboxBackend):
    def connect_anew(self, name: str) -> AccountClient:
        token = self.network.tokens[name]
        account = AccountSettings(name, "linkedin", self.network.url, name, secrets={"TOKEN": token})
        return NETWORK.open(account, NoVault())


@pytest.fixture
def page(clock: ManualClock) -> Iterator[LinkedInServer]:
    server = LinkedInServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()
    assert server.in_addresses == []


@pytest.fixture
def bot(sqlite_store: Store, page: LinkedInServer, clock: ManualClock) -> Iterator[LinkedInBackend]:
    policy = team(inbox_channel=INBOX, private_channel=PRIVATE)
    built = LinkedInBackend(sqlite_store, cast(Any, page), clock, policy)
    built.poll()  # the first sync
    clock.push(timedelta(minutes=1))
    yield built
    built.worker.stop(timedelta(seconds=5))


def test_a_post_goes_out_once_and_whole(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved(NASTY)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}
    assert [post["text"] for post in page.timeline()] == [NASTY]


def test_a_lost_answer_that_the_list_shows_is_found(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved(NASTY)
    page.faults.order(Fault.LOST_ANSWER)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.push(minutes=2)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(page.ledger) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
@pytest.mark.parametrize("why", ["the list is late", "the list is empty for this role"])
def test_what_the_list_does_not_show_is_asked_about_and_never_sent_again(
    bot: LinkedInBackend, page: LinkedInServer, fault: Fault, why: str
) -> None:
    """Whether it is there or not: the list is silent in both cases."""
    seen = bot.approved()
    page.faults.order(fault)
    bot.to_slot(seen)
    if why == "the list is late":
        page.state.omits |= {line.remote_id for line in page.ledger}
    else:
        page.give_role("bakery", RECRUITING_POSTER)
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert len(page.ledger) == (1 if fault is Fault.LOST_ANSWER else 0)


def test_what_linkedin_calls_a_duplicate_is_asked_about(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """Last week's post has the same words. Nothing was sent, but LinkedIn would say the same of what was."""
    page.state.add_post(page.page("bakery"), "Rye", at=bot.clock.now() - timedelta(days=7))
    seen = bot.approved("Rye")
    bot.to_slot(seen)
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert page.ledger == ()


def test_a_version_that_has_ended_is_a_no(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved()
    page.versions.discard(VERSION)
    bot.to_slot(seen)
    assert bot.states(seen)["bakery"] != "unknown"
    assert page.ledger == ()


def test_no_more_calls_today_waits_and_is_missed(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """The next day is beyond what a post may be late."""
    seen = bot.approved()
    page.calls_a_day = 0
    bot.to_slot(seen)
    for _ in range(20):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "dropped"}
    assert page.ledger == ()


def test_that_somebody_commented_is_told_with_the_post(bot: LinkedInBackend, page: LinkedInServer) -> None:
    seen = bot.approved("Fresh rye")
    bot.to_slot(seen)
    (post,) = page.ledger
    page.customer_writes("Lena Kowalczyk", "Is it vegan?", reply_to=post.remote_id)
    bot.push(minutes=30)
    bot.poll()
    card = bot.card()
    assert (card.how, card.count, card.takes_answers) == ("public comment", 1, False)
    assert card.post.text == "Fresh rye"
    assert card.first.url == f"https://www.linkedin.com/feed/update/{post.remote_id}/"
    shown = render_message(draw_conversation_card(card))
    assert "Somebody commented on the post “Fresh rye”" in shown
    for secret in ("Lena", "Kowalczyk", "vegan"):
        assert secret not in shown


def test_what_the_page_writes_there_settles_nothing(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """Nobody knows whom of those who wrote it answers: a person says when all of them are."""
    bot.to_slot(bot.approved())
    (post,) = page.ledger
    comment = page.customer_writes("Lena K.", "Is it vegan?", reply_to=post.remote_id)
    bot.poll()
    page.we_answer_in_app(comment, "It is!")
    bot.push(minutes=30)
    bot.poll()
    assert bot.conversation.stage is Stage.OPEN
    assert bot.card().count == 1
    bot.services.do(triage.close, MAYA, bot.conversation.id, Closing.ELSEWHERE, key())
    page.customer_writes("Mia", "And the rolls?", reply_to=post.remote_id)
    bot.push(minutes=30)
    bot.poll()
    assert (bot.conversation.stage, bot.card().count) == (Stage.OPEN, 2)


def test_who_only_may_post_hears_of_nobody(bot: LinkedInBackend, page: LinkedInServer) -> None:
    """The list is empty, and says so to nobody; `check` does."""
    bot.to_slot(bot.approved())
    page.give_role("bakery", RECRUITING_POSTER)
    page.customer_writes("Lena K.", "Is it vegan?", reply_to=page.ledger[0].remote_id)
    bot.poll()
    assert bot.conversations() == []
    assert "nobody hears of comments" in bot.accounts["bakery"].check().lacks[0]
