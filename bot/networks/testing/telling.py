"""The conformance suite of a network that only tells that somebody wrote, since it lets neither words nor names be
passed on: `may_relay` is not among what its accounts can do.

    class TestMine(TellingContract):
        @pytest.fixture
        def bench(self) -> Iterator[TellingBench]: ...

What holds for every network that hands over what people write (`receiving.py`) holds here too, but for the words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Protocol

import pytest

from bot.domain.conversations import WITHHELD, Kind
from bot.networks.receiving import NOTICES, Inbound, Page, Trouble, as_answering
from bot.networks.testing.publishing import Bench
from bot.networks.testing.receiving import (
    MANY,
    ReadFault,
    list_ids,
    must_be_page,
    open_half,
    publish_post,
    start,
    walk,
)

NAME, WORDS = "Lena Kowalczyk", "Is the sourdough vegan?"


class TellingBench(Bench, Protocol):
    def customer_writes(self, name: str, text: str, *, reply_to: str | None = None) -> str:
        """Below `reply_to`; else elsewhere, and mentions us. Remote id of the message."""

    def we_write_in_app(self, reply_to: str, text: str) -> None:
        """Below a post of ours, in the network's own app."""

    def sign_out(self) -> None:
        """The secret no longer holds."""

    def read_fault(self, fault: ReadFault) -> None: ...

    def show_late(self) -> None: ...


class TellingContract:
    """Every test of it holds for every such network."""

    def test_it_says_so(self, bench: TellingBench) -> None:
        connection, _ = open_half(bench)
        assert not connection.capabilities.may_relay
        assert as_answering(connection) is None, "who cannot read it here cannot answer it here"

    def test_neither_words_nor_names_are_handed_over(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        bench.customer_writes(NAME, WORDS, reply_to=root)
        bench.customer_writes(NAME, WORDS)
        page = must_be_page(half.poll(NOTICES, cursor, direct=True))
        assert len(page.messages) == 2
        told = json.dumps([asdict(one) for one in page.messages], default=str) + str(page.cursor)
        for secret in (*NAME.split(), *WORDS.split(maxsplit=1)):
            assert secret not in told
        assert {one.author.remote_id for one in page.messages} == {WITHHELD}

    def test_where_somebody_wrote_is_told(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        comment = bench.customer_writes(NAME, WORDS, reply_to=root)
        mention = bench.customer_writes(NAME, WORDS)
        messages, _ = walk(half, NOTICES, cursor)
        found = {one.remote_id: one for one in messages}
        assert set(found) == {comment, mention}
        told = found[comment]
        assert (told.kind, told.thread, told.root_is_ours) == (Kind.COMMENT, root, True)
        assert (found[mention].kind, found[mention].root_is_ours) == (Kind.MENTION, False)
        for one in messages:
            assert (one.url or "").startswith("https://")
            assert not one.own
            assert abs(one.at - bench.now()) < timedelta(minutes=1)

    def test_what_we_write_ourselves_does_not_come_in(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        bench.we_write_in_app(root, "Today until six.")
        assert walk(half, NOTICES, cursor)[0] == []

    def test_the_first_sync_shows_what_there_is_and_stands_there(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        root = publish_post(bench, connection)
        written = [bench.customer_writes(NAME, WORDS, reply_to=root) for _ in range(3)]
        page = must_be_page(half.poll(NOTICES, None, direct=True))
        assert sorted(list_ids(page.messages)) == sorted(written)
        assert page.cursor is not None
        assert must_be_page(half.poll(NOTICES, page.cursor, direct=True)) == Page((), None)

    def test_what_was_not_stored_comes_again(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        written = [bench.customer_writes(NAME, WORDS, reply_to=root) for _ in range(3)]
        assert list_ids(walk(half, NOTICES, cursor)[0]) == written
        assert list_ids(walk(open_half(bench)[1], NOTICES, cursor)[0]) == written, "also after a restart"

    def test_walks_without_a_gap(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        written = [bench.customer_writes(NAME, WORDS, reply_to=root) for _ in range(MANY)]
        messages, cursor = walk(half, NOTICES, cursor)
        assert sorted(list_ids(messages)) == sorted(written), "each once"
        assert [one.at for one in messages] == sorted(one.at for one in messages), "the oldest first"
        last = bench.customer_writes(NAME, WORDS, reply_to=root)
        assert list_ids(walk(half, NOTICES, cursor)[0]) == [last]

    @pytest.mark.parametrize("fault", [ReadFault.PAGES_REPEATED, ReadFault.PAGES_REORDERED])
    def test_repeated_and_shuffled_pages_lose_nothing(self, bench: TellingBench, fault: ReadFault) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        written, known = [], set[str]()
        for n in range(12):
            written.append(bench.customer_writes(NAME, WORDS, reply_to=root))
            if n % 3 == 0:
                bench.read_fault(fault)
                messages, cursor = walk(half, NOTICES, cursor)
                known.update(list_ids(messages))
        messages, _ = walk(half, NOTICES, cursor)
        assert known | set(list_ids(messages)) == set(written)

    def test_what_appears_late_behind_the_newest_comes_too(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        written, found = [], list[str]()
        for n in range(60):
            if n % 7 == 3:
                bench.read_fault(ReadFault.APPEARS_LATE)
            written.append(bench.customer_writes(NAME, WORDS, reply_to=root))
            if n % 20 == 19:
                bench.show_late()
            if n % 4 == 0:
                messages, cursor = walk(half, NOTICES, cursor)
                found += list_ids(messages)
        bench.show_late()
        found += list_ids(walk(half, NOTICES, cursor)[0])
        assert sorted(found) == sorted(written), "each once"

    def test_what_stands_below_a_post_is_not_asked_for(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        root = publish_post(bench, connection)
        comment = bench.customer_writes(NAME, WORDS, reply_to=root)
        bench.stop()
        assert half.thread(root) == ()
        assert half.look(NOTICES, [comment]) == {}

    def test_throttled_says_when(self, bench: TellingBench) -> None:
        connection, half = open_half(bench)
        connection.check()
        bench.read_fault(ReadFault.READ_THROTTLED)
        found = half.poll(NOTICES, None, direct=True)
        assert isinstance(found, Trouble), found
        assert found.at is not None
        assert timedelta(0) < found.at - bench.now() <= timedelta(days=1)

    @pytest.mark.parametrize("fault", [ReadFault.READ_ERROR, ReadFault.READ_CUT, ReadFault.READ_NONSENSE])
    def test_no_answer_is_no_news(self, bench: TellingBench, fault: ReadFault) -> None:
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        comment = bench.customer_writes(NAME, WORDS, reply_to=root)
        asked: tuple[Callable[[], Page | Trouble], ...] = (
            lambda: half.poll(NOTICES, None, direct=True),
            lambda: half.poll(NOTICES, cursor, direct=True),
        )
        for ask in asked:
            bench.read_fault(fault)
            found = ask()
            assert isinstance(found, Trouble), found
            assert found.sentence
        (one,) = walk(half, NOTICES, cursor)[0]
        assert isinstance(one, Inbound)
        assert one.remote_id == comment

    def test_nothing_raises_while_the_server_is_away(self, bench: TellingBench) -> None:
        _, half = open_half(bench)
        bench.stop()
        for stream in half.streams:
            assert isinstance(half.poll(stream, None, direct=True), Trouble)

    def test_a_secret_that_no_longer_holds_asks_for_a_person(self, bench: TellingBench) -> None:
        _, half = open_half(bench)
        start(half)
        bench.sign_out()
        found = half.poll(NOTICES, None, direct=True)
        assert isinstance(found, Trouble), found
        assert found.needs_login
