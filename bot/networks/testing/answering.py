"""The conformance suite of answering: what a network promises of an answer to a customer, as tests to subclass beside
`ReceivingContract`. A private answer that was lost is looked up but never called absent, because a network may have no
key that makes sending it again harmless."""

from __future__ import annotations

import json

import pytest

from bot.domain.outcomes import (
    Absent,
    CannotTell,
    Found,
    Later,
    NeedsLogin,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Unknown,
)
from bot.networks.protocol import AccountClient, Attempt, Content, PrepareFailed
from bot.networks.receiving import NOTICES, TARGET_GONE, Answering, Inbound, as_answering
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import Fault, deliver, make_settled
from bot.networks.testing.receiving import ReadFault, ReceivingBench, hear


def open_both(bench: ReceivingBench) -> tuple[AccountClient, Answering]:
    connection = bench.connect()
    half = as_answering(connection)
    assert half is not None, "it offers the whole protocol"
    return connection, half


def begin_reply(bench: ReceivingBench, to: Inbound, content: Content) -> tuple[AccountClient, Attempt]:
    """Everything up to the point of no return, through JSON as the database keeps it."""
    connection, half = open_both(bench)
    now = bench.now()
    handle = connection.new_handle(now)
    stored = json.loads(json.dumps(to.reference))
    prepared = json.loads(json.dumps(half.prepare_reply(stored, content, {}, now)))
    return connection, Attempt(handle, half.render_reply(stored, content, prepared, handle, now), now)


def try_reply(bench: ReceivingBench, to: Inbound, content: Content) -> Outcome:
    """The whole of it. Where a network judges the words before they are published, its no comes from preparing."""
    try:
        connection, attempt = begin_reply(bench, to, content)
    except PrepareFailed as failed:
        return failed.outcome
    return deliver(connection, attempt)


class AnsweringContract:
    """Every test of it holds for every network whose customers can be answered."""

    def test_preparing_an_answer_sends_nothing(self, bench: ReceivingBench) -> None:
        _, half = open_both(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Hello?"))
        half.prepare_reply(message.reference, Content("Hello!"), {}, bench.now())
        assert bench.answers() == []

    @pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
    def test_an_answer_arrives_as_it_was_shown(self, bench: ReceivingBench, private: bool) -> None:
        _, half = open_both(bench)
        stream = bench.direct_stream if private else NOTICES
        message = hear(
            half, lambda: bench.customer_writes("Lena K.", "Is it vegan?", private=private), stream
        )
        content = Content("It is! See https://dock.example/rye?a=1&b=2 👩‍🍳 <3", visibility="public")
        connection, attempt = begin_reply(bench, message, content)
        outcome = deliver(connection, attempt)
        assert isinstance(outcome, Sent), outcome
        (answer,) = bench.answers()
        assert answer.remote_id == outcome.remote_id
        assert answer.text == half.preview_reply(message.reference, content)
        assert (answer.reply_to, answer.private) == (message.remote_id, private), (
            "never wider than the question"
        )
        assert isinstance(connection.find(attempt), Found)

    @pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
    def test_a_lost_answer_is_looked_for(self, bench: ReceivingBench, private: bool) -> None:
        _, half = open_both(bench)
        stream = bench.direct_stream if private else NOTICES
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?", private=private), stream)
        connection, attempt = begin_reply(bench, message, Content("It is!"))
        bench.fault(Fault.LOST_ANSWER)
        assert isinstance(deliver(connection, attempt), Unknown)
        look = connection.find(attempt)
        assert isinstance(look, Found), look
        assert [answer.remote_id for answer in bench.answers()] == [look.remote_id]

    @pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
    def test_an_answer_that_never_arrived_is_not_found(self, bench: ReceivingBench, private: bool) -> None:
        _, half = open_both(bench)
        stream = bench.direct_stream if private else NOTICES
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?", private=private), stream)
        connection, attempt = begin_reply(bench, message, Content("It is!"))
        bench.fault(Fault.CUT_BEFORE)
        assert isinstance(deliver(connection, attempt), Unknown)
        assert not isinstance(connection.find(attempt), Found | Absent), "too early to say"
        assert not isinstance(connection.find(make_settled(attempt, connection)), Found)
        assert bench.answers() == []

    def test_a_server_that_hides_private_answers_never_proves_absence(self, bench: ReceivingBench) -> None:
        bench.hide_narrower()
        _, half = open_both(bench)
        message = hear(
            half, lambda: bench.customer_writes("Lena K.", "Vegan?", private=True), bench.direct_stream
        )
        for fault in (Fault.LOST_ANSWER, Fault.CUT_BEFORE):
            connection, attempt = begin_reply(bench, message, Content(f"It is! ({fault.name})"))
            bench.fault(fault)
            assert isinstance(deliver(connection, attempt), Unknown)
            look = connection.find(make_settled(attempt, connection))
            assert isinstance(look, CannotTell), look

    def test_nobody_answers_what_is_gone(self, bench: ReceivingBench) -> None:
        _, half = open_both(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Never mind"))
        bench.customer_deletes(message.remote_id)
        outcome = try_reply(bench, message, Content("It is!"))
        assert isinstance(outcome, Refused), outcome
        assert bench.answers() == []

    def test_what_went_after_the_first_try_is_asked_for_again(self, bench: ReceivingBench) -> None:
        """`prepare_reply` is called before each try: what an earlier one has uploaded does not stand for the target."""
        _, half = open_both(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Never mind"))
        content = Content("It is!", (make_picture("A loaf"),))
        prepared = half.prepare_reply(message.reference, content, {}, bench.now())
        bench.customer_deletes(message.remote_id)
        with pytest.raises(PrepareFailed) as failed:
            half.prepare_reply(message.reference, content, prepared, bench.now())
        assert failed.value.outcome == TARGET_GONE
        assert bench.answers() == []

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (ReadFault.READ_ERROR, NotSent),
            (ReadFault.READ_CUT, NotSent),
            (ReadFault.READ_NONSENSE, NotSent),
            (ReadFault.READ_THROTTLED, Later),
        ],
    )
    def test_a_target_that_cannot_be_asked_for_is_not_answered(
        self, bench: ReceivingBench, fault: ReadFault, expected: type
    ) -> None:
        connection, half = open_both(bench)
        connection.check()
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?"))
        bench.read_fault(fault)
        with pytest.raises(PrepareFailed) as failed:
            half.prepare_reply(message.reference, Content("It is!"), {}, bench.now())
        assert isinstance(failed.value.outcome, expected), failed.value.outcome

    def test_a_secret_that_no_longer_holds_is_told_before_the_answer(self, bench: ReceivingBench) -> None:
        _, half = open_both(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?"))
        bench.sign_out()
        with pytest.raises(PrepareFailed) as failed:
            half.prepare_reply(message.reference, Content("It is!"), {}, bench.now())
        assert isinstance(failed.value.outcome, NeedsLogin), failed.value.outcome

    def test_preparing_an_answer_without_a_server(self, bench: ReceivingBench) -> None:
        _, half = open_both(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?"))
        content, now = Content("Look", (make_picture("A loaf"),)), bench.now()
        prepared = half.prepare_reply(message.reference, content, {}, now)
        bench.stop()
        first = half.render_reply(message.reference, content, prepared, "3kabcdefghij2", now)
        assert half.render_reply(message.reference, content, prepared, "3kabcdefghij2", now) == first
        with pytest.raises(PrepareFailed) as failed:
            half.prepare_reply(message.reference, content, {}, now)
        assert isinstance(failed.value.outcome, NotSent)

    @pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
    def test_measures_what_is_really_sent(self, bench: ReceivingBench, private: bool) -> None:
        connection, half = open_both(bench)
        connection.check()
        stream = bench.direct_stream if private else NOTICES
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?", private=private), stream)
        limit = half.measure_reply(message.reference, Content("x")).limit
        fits = next(
            n
            for n in range(limit, 0, -1)
            if not half.measure_reply(message.reference, Content("é" * n)).problem
        )
        assert half.measure_reply(message.reference, Content(" ")).problem, "a name alone is no answer"
        assert isinstance(try_reply(bench, message, Content("é" * (fits + 1))), Refused)
        assert isinstance(try_reply(bench, message, Content("é" * fits)), Sent)

    def test_a_correction(self, bench: ReceivingBench) -> None:
        _, half = open_both(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Vegan?"))
        if not half.can_correct(message.reference):
            pytest.skip("this network knows no corrections")
        connection, attempt = begin_reply(bench, message, Content("It si!"))
        outcome = deliver(connection, attempt)
        assert isinstance(outcome, Sent), outcome
        content = Content("It is!")
        payload = half.render_correction(message.reference, outcome.remote_id, content, {})
        mend = Attempt("correction", payload, bench.now())
        assert isinstance(connection.find(make_settled(mend, connection)), Absent)
        bench.fault(Fault.LOST_ANSWER)
        assert isinstance(deliver(connection, mend), Unknown)
        assert connection.find(mend) == Found(outcome.remote_id, outcome.url)
        again = deliver(connection, mend)
        assert isinstance(again, Sent), again
        (answer,) = bench.answers()
        assert answer.text == half.preview_reply(message.reference, content)
        assert answer.reply_to == message.remote_id
