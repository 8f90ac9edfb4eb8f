"""The conformance suite of the optional half: what a network that hands over customers' words promises.

    class TestMine(ReceivingContract, ArrivingContract, AnsweringContract):  # the others: arriving.py, answering.py
        @pytest.fixture
        def bench(self) -> Iterator[ReceivingBench]: ...

The bench plays the customers. Pages may come twice and in any order, because that is what networks do; a test asks only
that nothing is missing and that every message is recognised by its id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import partial
from typing import Protocol

import pytest

from bot.domain.conversations import Kind
from bot.domain.outcomes import Sent
from bot.networks.protocol import AccountClient, Attempt, Content
from bot.networks.receiving import (
    CHAT,
    NOTICES,
    OWN,
    Gone,
    Inbound,
    Page,
    Receiving,
    Trouble,
    as_receiving,
    is_another_version,
)
from bot.networks.testing.publishing import Bench, deliver, fill_up

NASTY = {
    "markup": "<b>bold</b> &amp; *stars* <!channel> <@U123> <https://evil.example|bank.example>",
    "script": "<script>alert(1)</script><!-- --> ]]> {{7*7}}",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff end",
    "combining": "Z" + "\u0351\u0489" * 60 + "algo",
    "emoji": "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "long": "bread " * 1666 + "end.",
    "lines": "one\n\ntwo\nthree",
}
NAMES = ("<b>Lena</b>", "\u202eanel\u202c", "@channel", "a" * 500, "\u200b\u2060", "Робот & Söhne 🥐")
MANY = 230  # messages: several pages of every network
ROUNDS = 40  # polls after which a walk that does not end is a failure


class ReadFault(Enum):
    """What a bench is asked to make the server do with the next question."""

    READ_ERROR = auto()  # 5xx
    READ_THROTTLED = auto()
    READ_CUT = auto()
    READ_NONSENSE = auto()  # a 200 that is no answer
    PAGES_REPEATED = auto()
    PAGES_REORDERED = auto()
    FEED_SKIPS = auto()  # the next message is missing from the feed
    APPEARS_LATE = auto()  # the next message has its id and its time, but no list shows it before `show_late`


@dataclass(frozen=True)
class Answered:
    """An answer of ours as the server has it."""

    remote_id: str
    text: str  # as a reader sees it
    reply_to: str | None  # of a private conversation: any message of it
    private: bool


class ReceivingBench(Bench, Protocol):
    direct_stream: str  # where private messages come
    knows_mentions: (
        bool  # can they write to us elsewhere than below our posts? If not, `customer_writes` does not
    )
    tells_followers: bool  # does the network say how many somebody has?
    tells_names: bool  # do people have another name than their handle?
    tells_images: bool  # does a comment come with its images?
    nests: bool  # does an answer stand only inside what it answers, and is not shown without it?

    def customer_writes(
        self,
        name: str,
        text: str,
        *,
        reply_to: str | None = None,
        private: bool = False,
        images: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Remote id of the message."""

    def customer_edits(self, remote_id: str, text: str) -> None:
        """Calls `pytest.skip` where nobody can."""

    def customer_deletes(self, remote_id: str) -> None: ...

    def we_answer_in_app(self, remote_id: str, text: str) -> str: ...

    def sign_out(self) -> None:
        """The secret no longer holds."""

    def read_fault(self, fault: ReadFault) -> None: ...

    def mute(self, name: str) -> None:
        """We mute a customer in the network's app: no notification tells of them any more."""

    def block(self, name: str) -> None: ...

    def show_late(self) -> None:
        """What `APPEARS_LATE` held back is in its place from now on, before what came after it."""

    def answers(self) -> list[Answered]:
        """Everything that was published through the API, the oldest first."""


def open_half(bench: Bench) -> tuple[AccountClient, Receiving]:
    connection = bench.connect()
    half = as_receiving(connection)
    assert half is not None, "it offers the whole half, or none of it"
    return connection, half


def must_be_page(found: Page | Trouble) -> Page:
    assert isinstance(found, Page), found
    return found


def start(half: Receiving, stream: str = NOTICES) -> str:
    """The first sync's cursor."""
    cursor = must_be_page(half.poll(stream, None, direct=True)).cursor
    assert cursor is not None, "a first sync always stands somewhere"
    return cursor


def walk(half: Receiving, stream: str, cursor: str, *, direct: bool = True) -> tuple[list[Inbound], str]:
    """Everything since `cursor`, as the services ask for it."""
    found: list[Inbound] = []
    for _ in range(ROUNDS):
        page = must_be_page(half.poll(stream, cursor, direct=direct))
        found += page.messages
        cursor = cursor if page.cursor is None else page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("It says that there is more, for ever.")


def list_ids(messages: Sequence[Inbound]) -> list[str]:
    return [message.remote_id for message in messages]


def publish_post(bench: Bench, connection: AccountClient) -> str:
    """A post of ours."""
    now, content = bench.now(), fill_up(connection, Content("Fresh rye from six o'clock."))
    handle = connection.new_handle(now)
    payload = connection.render(content, connection.prepare(content, {}, now), handle, now)
    outcome = deliver(connection, Attempt(handle, payload, now))
    assert isinstance(outcome, Sent), outcome
    return outcome.remote_id


def hear(half: Receiving, write: Callable[[], str], stream: str = NOTICES) -> Inbound:
    """What a customer writes, as it is handed over."""
    cursor = start(half, stream)
    remote_id = write()
    messages, _ = walk(half, stream, cursor)
    (message,) = [one for one in messages if one.remote_id == remote_id]
    return message


class ReceivingContract:
    """Every test of it holds for every network that hands over what customers write."""

    def test_the_first_sync_shows_the_newest_and_stands_there(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        written = [bench.customer_writes("Lena K.", f"Message {n}") for n in range(3)]
        page = must_be_page(half.poll(NOTICES, None, direct=True))
        assert list_ids(page.messages) == written
        assert page.cursor is not None
        assert must_be_page(half.poll(NOTICES, page.cursor, direct=True)).messages == ()

    def test_what_was_not_stored_comes_again(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        cursor = start(half)
        written = [bench.customer_writes("Lena K.", f"Message {n}") for n in range(3)]
        assert list_ids(walk(half, NOTICES, cursor)[0]) == written
        assert list_ids(walk(open_half(bench)[1], NOTICES, cursor)[0]) == written, "also after a restart"

    def test_walks_without_a_gap(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        cursor = start(half)
        root = publish_post(bench, connection)
        written = [bench.customer_writes(f"Guest {n}", f"Message {n}", reply_to=root) for n in range(MANY)]
        messages, cursor = walk(half, NOTICES, cursor)
        assert list_ids(messages) == written, "each once, the oldest first"
        last = bench.customer_writes("Lena K.", "One more")
        assert list_ids(walk(half, NOTICES, cursor)[0]) == [last]

    @pytest.mark.parametrize("fault", [ReadFault.PAGES_REPEATED, ReadFault.PAGES_REORDERED])
    def test_repeated_and_shuffled_pages_lose_nothing(self, bench: ReceivingBench, fault: ReadFault) -> None:
        _, half = open_half(bench)
        written = [bench.customer_writes("Lena K.", "Before")]
        page = must_be_page(half.poll(NOTICES, None, direct=True))
        known, cursor = set(list_ids(page.messages)), str(page.cursor)
        for n in range(12):
            written.append(bench.customer_writes("Lena K.", f"Message {n}"))
            if n % 3 == 0:
                bench.read_fault(fault)
                messages, cursor = walk(half, NOTICES, cursor)
                known.update(list_ids(messages))
        messages, _ = walk(half, NOTICES, cursor)
        assert known | set(list_ids(messages)) == set(written)

    def test_the_thread_shows_what_the_feed_left_out(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        cursor = start(half)
        root = publish_post(bench, connection)
        bench.read_fault(ReadFault.FEED_SKIPS)
        missed = bench.customer_writes("Lena K.", "Hello?", reply_to=root)
        nested = bench.customer_writes("Bo", "Yes, hello?", reply_to=missed)
        assert list_ids(walk(half, NOTICES, cursor)[0]) == ([] if bench.nests else [nested])
        thread = half.thread(root)
        assert isinstance(thread, tuple), thread
        assert [(one.remote_id, one.thread, one.kind) for one in thread] == [
            (missed, root, Kind.COMMENT),
            (nested, root, Kind.COMMENT),
        ]

    def test_a_thread_that_is_gone(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        root = publish_post(bench, connection)
        connection.delete(root)
        assert isinstance(half.thread(root), Gone)

    def test_comments_and_mentions(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        cursor = start(half)
        root = publish_post(bench, connection)
        comment = bench.customer_writes("Lena K.", "Is it vegan?", reply_to=root)
        bench.customer_writes("Bo", "I wonder, too.", reply_to=comment)
        bench.customer_writes("Lena K.", "Nice shop!", images=[("https://pictures.example/1.jpg", "A loaf")])
        first, second, third = walk(half, NOTICES, cursor)[0]
        assert (first.kind, first.thread, first.parent_id, first.root_is_ours) == (
            Kind.COMMENT,
            root,
            root,
            True,
        )
        assert (second.thread, second.parent_id) == (root, comment)
        elsewhere = (Kind.MENTION, False, third.remote_id)
        expected = elsewhere if bench.knows_mentions else (Kind.COMMENT, True, root)
        assert (third.kind, third.root_is_ours, third.thread) == expected
        assert first.author.handle or bench.tells_names
        name = "Lena K." if bench.tells_names else first.author.handle.removeprefix("@")
        assert (first.author.name, first.own, first.text) == (name, False, "Is it vegan?")
        assert first.author.remote_id == third.author.remote_id != second.author.remote_id
        assert first.author.followers == (12 if bench.tells_followers else None)
        images = [("https://pictures.example/1.jpg", "A loaf")] if bench.tells_images else []
        assert [(one.url, one.alt) for one in third.attachments] == images

    def test_our_own_posts_never_come_in(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        cursor, own = start(half), start(half, OWN)
        root = publish_post(bench, connection)
        comment = bench.customer_writes("Lena K.", "Is it vegan?", reply_to=root)
        answer = bench.we_answer_in_app(comment, "It is!")
        assert list_ids(walk(half, NOTICES, cursor)[0]) == [comment]
        (found,) = walk(half, OWN, own)[0]
        assert (found.remote_id, found.own, found.thread, found.parent_id) == (answer, True, root, comment)
        assert isinstance(half.thread(root), tuple)

    def test_private_messages(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        stream = bench.direct_stream
        cursor = start(half, stream)
        root = publish_post(bench, connection)
        public = bench.customer_writes("Lena K.", "In public", reply_to=root)
        secret = bench.customer_writes("Lena K.", "My address is 1 Quay Road", private=True)
        assert secret not in list_ids(walk(half, stream, cursor, direct=False)[0]), "not asked for, not taken"
        (message,) = [one for one in walk(half, stream, cursor)[0] if one.remote_id == secret]
        assert (message.kind, message.private, message.root_is_ours) == (Kind.DIRECT, True, False)
        assert message.thread not in {public, root, secret}
        answer = bench.we_answer_in_app(secret, "Thank you")
        own = walk(half, OWN if stream == NOTICES else CHAT, cursor)[0]
        (ours,) = [one for one in own if one.own and one.remote_id == answer]
        assert (ours.remote_id, ours.to, ours.thread) == (answer, message.author.remote_id, message.thread)

    def test_looks_again(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        kept, gone = (bench.customer_writes("Lena K.", words) for words in ("Kept", "Gone"))
        bench.customer_deletes(gone)
        found = half.look(NOTICES, [kept, gone])
        assert isinstance(found, dict), found
        assert isinstance(found[gone], Gone)
        assert found[kept].text == "Kept"

    def test_sees_an_edit(self, bench: ReceivingBench) -> None:
        """By its moment; where the network tells none, by a reference of another version."""
        _, half = open_half(bench)
        before = hear(half, lambda: bench.customer_writes("Lena K.", "Opne on Sunday?"))
        bench.customer_edits(before.remote_id, "Open on Sunday?")
        found = half.look(NOTICES, [before.remote_id])
        assert isinstance(found, dict), found
        message = found[before.remote_id]
        assert isinstance(message, Inbound)
        assert message.text == "Open on Sunday?"
        assert message.edited_at is not None or is_another_version(before.reference, message.reference)
        unchanged = half.look(NOTICES, [before.remote_id])
        assert isinstance(unchanged, dict), unchanged
        assert not is_another_version(message.reference, unchanged[before.remote_id].reference)

    @pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())
    def test_words_come_as_they_were_written(self, bench: ReceivingBench, words: str) -> None:
        _, half = open_half(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", words))
        assert message.text == words

    @pytest.mark.parametrize("name", NAMES)
    def test_names_are_words_too(self, bench: ReceivingBench, name: str) -> None:
        _, half = open_half(bench)
        author = hear(half, lambda: bench.customer_writes(name, "Hello")).author
        assert 0 < len(author.name) <= 200
        assert author.name in (name[:200].strip(), author.handle.removeprefix("@"))

    def test_pages_tell_what_the_network_leaves_us(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        for stream in half.streams:
            rate = must_be_page(half.poll(stream, None, direct=True)).rate
            assert rate is not None
            assert 0 <= rate.remaining <= rate.limit
            assert timedelta(0) < rate.resets_at - bench.now() < timedelta(days=1)

    def test_throttled_says_when(self, bench: ReceivingBench) -> None:
        connection, half = open_half(bench)
        connection.check()
        bench.read_fault(ReadFault.READ_THROTTLED)
        found = half.poll(NOTICES, None, direct=True)
        assert isinstance(found, Trouble), found
        assert found.at is not None
        assert timedelta(0) < found.at - bench.now() < timedelta(days=1)

    @pytest.mark.parametrize("fault", [ReadFault.READ_ERROR, ReadFault.READ_CUT, ReadFault.READ_NONSENSE])
    def test_no_answer_is_no_news(self, bench: ReceivingBench, fault: ReadFault) -> None:
        connection, half = open_half(bench)
        connection.check()
        root = publish_post(bench, connection)
        remote_id = bench.customer_writes("Lena K.", "Hello?", reply_to=root)
        questions: tuple[Callable[[], object], ...] = (
            *(partial(half.poll, stream, None, direct=True) for stream in half.streams),
            partial(half.thread, root),
            partial(half.look, NOTICES, [remote_id]),
        )
        for ask in questions:
            bench.read_fault(fault)
            found = ask()
            assert isinstance(found, Trouble), found
            assert found.sentence
        assert list_ids(must_be_page(half.poll(NOTICES, None, direct=True)).messages) == [remote_id]

    def test_nothing_raises_while_the_server_is_away(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        bench.stop()
        for stream in half.streams:
            assert isinstance(half.poll(stream, None, direct=True), Trouble)
            assert isinstance(half.look(stream, ["1"]), Trouble)
        assert isinstance(half.thread("1"), Trouble)

    def test_a_secret_that_no_longer_holds_asks_for_a_person(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        start(half)
        bench.sign_out()
        found = half.poll(NOTICES, None, direct=True)
        assert isinstance(found, Trouble), found
        assert found.needs_login

    def test_asking_sends_nothing(self, bench: ReceivingBench) -> None:
        _, half = open_half(bench)
        message = hear(half, lambda: bench.customer_writes("Lena K.", "Hello?"))
        half.thread(message.remote_id)
        half.look(NOTICES, [message.remote_id])
        assert bench.answers() == []
