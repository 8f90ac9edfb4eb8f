"""The conformance suite of the optional half, continued: in which order things arrive, and how far back one page leads.

Used with `ReceivingContract`, on the same bench.
"""

from __future__ import annotations

import pytest

from bot.networks.receiving import NOTICES, OWN
from bot.networks.testing.receiving import (
    MANY,
    ROUNDS,
    ReadFault,
    ReceivingBench,
    list_ids,
    must_be_page,
    open_half,
    publish_post,
    start,
    walk,
)


class ArrivingContract:
    """Every test of it holds for every network that hands over what customers write."""

    @pytest.mark.parametrize("what", ["public", "private", "ours"])
    def test_what_appears_late_behind_the_newest_comes_too(self, bench: ReceivingBench, what: str) -> None:
        """Servers give ids before they show what has them."""
        _, half = open_half(bench)
        first = bench.customer_writes("Lena K.", "Open today?", private=what == "private")
        stream = {"public": NOTICES, "private": bench.direct_stream, "ours": OWN}[what]
        cursor = start(half, stream)
        found: list[str] = []
        written: list[str] = []
        for n in range(60):
            if n % 7 == 3:
                bench.read_fault(ReadFault.APPEARS_LATE)
            if what == "ours":
                written.append(bench.we_answer_in_app(first, f"Answer {n}"))
            else:
                written.append(bench.customer_writes("Lena K.", f"Message {n}", private=what == "private"))
            if n % 20 == 19:
                bench.show_late()
            if n % 4 == 0:
                messages, cursor = walk(half, stream, cursor)
                found += list_ids(messages)
        bench.show_late()
        messages, cursor = walk(half, stream, cursor)
        found += list_ids(messages)
        assert sorted(found) == sorted(written), "each once"
        again = must_be_page(half.poll(stream, cursor, direct=True))
        assert (again.messages, again.cursor, again.more) == ((), None, False), "nothing to write down"

    @pytest.mark.parametrize("what", ["public", "private", "ours"])
    def test_older_pages_lead_back_to_the_first(self, bench: ReceivingBench, what: str) -> None:
        """For the first sync: page by page, none left out."""
        _, half = open_half(bench)
        private = what == "private"
        written = [bench.customer_writes(f"Guest {n}", "Hello", private=private) for n in range(MANY)]
        first = written[0]
        if what == "ours":
            written = [bench.we_answer_in_app(one, "Hello back") for one in written]
        stream = {"public": NOTICES, "private": bench.direct_stream, "ours": OWN}[what]
        page, pages = must_be_page(half.poll(stream, None, direct=True)), 1
        cursor, found = str(page.cursor), list(page.messages)
        older = page.older
        while older is not None and pages < ROUNDS:
            page, pages = must_be_page(half.poll(stream, older.cursor, direct=True)), pages + 1
            assert page.cursor is None, "the stream stands where it stood"
            assert page.older is None or page.older.at <= older.at
            older, found = page.older, [*page.messages, *found]
        assert 1 < pages < ROUNDS
        ids = list_ids(found)
        assert len(set(ids)) == len(ids), "each once"
        assert set(ids) >= set(written)
        last = bench.we_answer_in_app(first, "Once more") if what == "ours" else ""
        last = last or bench.customer_writes("Lena K.", "One more", private=private)
        assert last in list_ids(walk(half, stream, cursor)[0])

    @pytest.mark.parametrize("how", ["mute", "block"])
    def test_whom_we_muted_or_blocked_the_thread_leaves_out(self, bench: ReceivingBench, how: str) -> None:
        """As the feed does. Whoever answers them is shown."""
        connection, half = open_half(bench)
        cursor, root = start(half), publish_post(bench, connection)
        leave_out = bench.mute if how == "mute" else bench.block
        leave_out("Bo")
        theirs = bench.customer_writes("Bo", "Buy my watches", reply_to=root)
        bench.read_fault(ReadFault.FEED_SKIPS)
        missed = bench.customer_writes("Lena K.", "Hello?", reply_to=root)
        below = bench.customer_writes("Mia", "No, thanks", reply_to=theirs)
        shown = [] if bench.nests else [below]
        assert list_ids(walk(half, NOTICES, cursor)[0]) == shown
        for _ in range(2):
            thread = half.thread(root)
            assert isinstance(thread, tuple), thread
            assert sorted(list_ids(thread)) == sorted([missed, *shown])
        leave_out("Mia")
        late = bench.customer_writes("Mia", "And another thing", reply_to=root)
        thread = half.thread(root)
        assert isinstance(thread, tuple), thread
        assert late not in list_ids(thread), "known from before, and left out from now on"
