"""Our own answers, read from the network: while a person is asked about one, none of them is lost."""

from __future__ import annotations

from bot.domain.conversations import Stage
from bot.sandbox.networks.server import Fault
from bot.services.inbox import replies
from bot.store import deliveries
from tests.backend import MAYA, key
from tests.inbox_backend import WORDS, InboxBackend


def asked_about(backend: InboxBackend, fault: Fault) -> str:
    """An answer whose outcome looking could not tell. Returns what it answers."""
    asked = backend.writes()
    backend.sent()
    backend.network.faults.order(fault)
    backend.run()
    assert backend.state() == "unknown"
    delivery_id = backend.last_delivery
    backend.services.do(lambda work: deliveries.change(work.db, delivery_id, work.now, next_check_at=None))
    assert backend.delivery().asks_a_person
    return asked


def test_the_one_a_person_is_asked_about_is_settled_by_what_the_network_shows(
    inbox_backend: InboxBackend,
) -> None:
    """It was dropped while the person was asked, and the cursor moved past it."""
    asked = asked_about(inbox_backend, Fault.LOST_ANSWER)
    inbox_backend.poll()
    assert inbox_backend.state() == "sent"
    assert inbox_backend.delivery().remote_id
    assert (inbox_backend.ours(), inbox_backend.conversation.stage) == ([WORDS], Stage.ANSWERED)
    assert inbox_backend.said().count("replied") == 1
    assert "app_answer" not in inbox_backend.said()
    [fact] = inbox_backend.facts("settled")
    assert (fact.who, fact.via) == (None, "network")
    inbox_backend.poll()
    assert len(inbox_backend.ours()) == 1
    inbox_backend.services.do(replies.delete_reply, MAYA, inbox_backend.last_delivery, key())
    inbox_backend.run()
    assert inbox_backend.got(asked) == []


def test_other_words_of_a_colleague_are_shown_and_the_question_stays(inbox_backend: InboxBackend) -> None:
    asked = asked_about(inbox_backend, Fault.CUT_BEFORE)
    inbox_backend.network.we_answer_in_app(asked, "We have called you back.")
    inbox_backend.poll()
    assert inbox_backend.delivery().asks_a_person
    assert inbox_backend.said().count("app_answer") == 1
    assert inbox_backend.ours() == ["@lena_k We have called you back."]


def test_the_same_words_of_long_before_settle_nothing(inbox_backend: InboxBackend) -> None:
    """Found only now, as a sweep finds them."""
    asked = inbox_backend.writes()
    inbox_backend.network.we_answer_in_app(asked, WORDS)
    inbox_backend.clock.push(inbox_backend.policy.lateness_limit * 12)
    inbox_backend.sent()
    inbox_backend.network.faults.order(Fault.CUT_BEFORE)
    inbox_backend.run()
    delivery_id = inbox_backend.last_delivery
    inbox_backend.services.do(
        lambda work: deliveries.change(work.db, delivery_id, work.now, next_check_at=None)
    )
    inbox_backend.poll()
    assert inbox_backend.delivery().asks_a_person
    assert inbox_backend.said().count("app_answer") == 1
