"""The conformance suite: what every network promises, as tests to subclass.

    class TestMine(NetworkContract):
        @pytest.fixture
        def bench(self) -> Iterator[Bench]: ...

The bench is a server to test against that keeps its own list of what was published; what the client reports is compared
with that. The class is not in `tests/`, because packages with networks of their own import it. It needs pytest; nothing
else of Byhand imports it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

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
from bot.networks.protocol import AccountClient, Attempt, Content, Network, PrepareFailed
from bot.networks.testing.pictures import list_too_large, make_picture

TEXTS = {
    "plain": "Fresh rye from six o'clock.",
    "line breaks": "One\nTwo\n\nThree",
    "emoji family": "Family 👨‍👩‍👧‍👦 flag 🏴󠁧󠁢󠁳󠁣󠁴󠁿 thumb 👍🏽",
    "right to left": "שלום לכולם, مرحبا بالجميع",
    "combining": "Zoe\u0308 cafe\u0301 ต้ม",
    "markup": "a < b && c > d \"quoted\" 'single' &amp; *stars* _under_",
    "links": "See https://dock.example/rye?a=1&b=2#now, and (https://dock.example/x_(y)).",
    "long link": "All of it: https://www.dock.example/" + "a" * 80,
    "mention": "Thanks @nobody.at.all.test for the flour!",
}


NARROWER = frozenset({"private", "direct"})


class Fault(Enum):
    """What a bench is asked to make the server do with the next publication."""

    LOST_ANSWER = auto()  # publish, then hang up
    CUT_BEFORE = auto()  # hang up, publish nothing
    ERROR_AFTER = auto()  # publish, then 5xx
    ERROR_BEFORE = auto()  # 5xx, publish nothing
    NONSENSE = auto()  # publish, then a 200 that is no answer
    NO_ID = auto()  # publish, then a 200 that names nothing
    THROTTLED = auto()
    SIGNED_OUT = auto()  # the secret no longer holds, from now on


@dataclass(frozen=True)
class Posted:
    """One publication as the server itself has it."""

    remote_id: str
    text: str  # as a reader sees it
    alts: tuple[str, ...]
    deleted: bool = False


class Bench(Protocol):
    """A server under the test's control."""

    network: Network
    same_handle_is_one: bool  # does a second publish with one handle leave one publication?

    def connect(self) -> AccountClient:
        """An account that may post, not yet used by us; it has older posts, and answers, of each visibility."""

    def stop(self) -> None:
        """Connections are refused from now on."""

    def fault(self, fault: Fault) -> None:
        """For the next publication. Calls `pytest.skip` for what this server cannot be made to do."""

    def hide_narrower(self) -> None:
        """From now on an account's own list leaves out whatever not everybody may see, the older ones too. Calls
        `pytest.skip` where the network has no visibilities."""

    def ledger(self) -> list[Posted]:
        """Everything that ever was published, oldest first."""

    def now(self) -> datetime:
        """The server's time."""


def is_open() -> bool:
    """A send window that is open."""
    return True


def make_settled(attempt: Attempt, connection: AccountClient) -> Attempt:
    """The same attempt, long enough ago for absence to mean something."""
    wait = connection.capabilities.settle_after + timedelta(seconds=5)
    return replace(attempt, started_at=attempt.started_at - wait)


def deliver(connection: AccountClient, attempt: Attempt, window: Callable[[], bool] = is_open) -> Outcome:
    """The one call."""
    return connection.publish(attempt.payload, attempt.handle, window)


def fill_up(connection: AccountClient, content: Content) -> Content:
    """With an image, where the network takes no post without one."""
    lacking = connection.capabilities.min_pictures - len(content.pictures)
    more = tuple(make_picture(f"Image {place}") for place in range(lacking))
    return replace(content, pictures=(*content.pictures, *more))


class NetworkContract:
    """Every test of it holds for every network."""

    def begin(self, bench: Bench, connection: AccountClient, content: Content) -> Attempt:
        """Everything up to the point of no return."""
        now, content = bench.now(), fill_up(connection, content)
        handle = connection.new_handle(now)
        prepared = connection.prepare(content, {}, now)
        return Attempt(handle, connection.render(content, prepared, handle, now), now)

    def send(
        self,
        bench: Bench,
        connection: AccountClient,
        content: Content,
        window: Callable[[], bool] = is_open,
    ) -> tuple[Attempt, Outcome]:
        """Where a network judges the words before they are published, its no comes from `prepare`."""
        try:
            attempt = self.begin(bench, connection, content)
        except PrepareFailed as failed:
            return Attempt("", b"", bench.now()), failed.outcome
        return attempt, deliver(connection, attempt, window)

    def sent(self, bench: Bench, connection: AccountClient, content: Content) -> tuple[Attempt, Sent]:
        attempt, outcome = self.send(bench, connection, content)
        assert isinstance(outcome, Sent), outcome
        return attempt, outcome

    def test_publishes_once_and_names_it(self, bench: Bench) -> None:
        _, outcome = self.sent(bench, bench.connect(), Content("Fresh rye from six o'clock."))
        assert outcome.url is not None
        assert outcome.url.startswith("http")
        assert [post.remote_id for post in bench.ledger()] == [outcome.remote_id]

    def test_the_same_handle_twice(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt, first = self.sent(bench, connection, Content("Once, please."))
        again = connection.publish(attempt.payload, attempt.handle, is_open)
        if bench.same_handle_is_one:
            assert isinstance(again, Sent)
            assert again.remote_id == first.remote_id
        assert len(bench.ledger()) == (1 if bench.same_handle_is_one else 2)

    @pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.ERROR_AFTER, Fault.NONSENSE, Fault.NO_ID])
    def test_published_but_untold_is_unknown_and_found(self, bench: Bench, fault: Fault) -> None:
        connection = bench.connect()
        attempt = self.begin(
            bench, connection, Content("Did it arrive? https://dock.example/a-rather-long-way")
        )
        bench.fault(fault)
        outcome = connection.publish(attempt.payload, attempt.handle, is_open)
        assert isinstance(outcome, Unknown), outcome
        (post,) = bench.ledger()
        look = connection.find(attempt)
        assert isinstance(look, Found), look
        assert look.remote_id == post.remote_id

    def test_a_picture_post_is_found_too(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt = self.begin(bench, connection, Content("", (make_picture("A loaf"),)))
        bench.fault(Fault.LOST_ANSWER)
        assert isinstance(connection.publish(attempt.payload, attempt.handle, is_open), Unknown)
        assert isinstance(connection.find(attempt), Found)

    @pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.ERROR_BEFORE])
    def test_unpublished_but_untold_is_unknown_and_absent_once_settled(
        self, bench: Bench, fault: Fault
    ) -> None:
        connection = bench.connect()
        attempt = self.begin(bench, connection, Content("This one never arrives."))
        bench.fault(fault)
        assert isinstance(connection.publish(attempt.payload, attempt.handle, is_open), Unknown)
        assert bench.ledger() == []
        assert isinstance(connection.find(attempt), CannotTell), "too early to say"
        look = connection.find(make_settled(attempt, connection))
        expected = Absent if connection.capabilities.find_is_authoritative else CannotTell
        assert isinstance(look, expected), look
        if isinstance(look, Absent):
            assert look.rests_on

    def test_a_server_that_hides_narrower_posts_never_proves_absence(self, bench: Bench) -> None:
        """Whether it arrived or not: where none of its kind was ever shown, a person is asked, and told what to do."""
        bench.hide_narrower()
        connection = bench.connect()
        for visibility in bench.network.visibilities:
            if visibility not in NARROWER:
                continue
            for fault in (Fault.LOST_ANSWER, Fault.CUT_BEFORE):
                content = Content(f"Only for some: {visibility}, {fault.name}", visibility=visibility)
                attempt = self.begin(bench, connection, content)
                bench.fault(fault)
                assert isinstance(connection.publish(attempt.payload, attempt.handle, is_open), Unknown)
                look = connection.find(make_settled(attempt, connection))
                assert isinstance(look, CannotTell), look
                assert "look" in look.why

    def test_another_post_is_not_taken_for_ours(self, bench: Bench) -> None:
        connection = bench.connect()
        self.sent(bench, connection, Content("Plum cake today, ask for the corner piece."))
        attempt = self.begin(bench, connection, Content("We close at noon on Tuesday."))
        look = connection.find(make_settled(attempt, connection))
        assert not isinstance(look, Found), look

    def test_too_long_is_refused_in_the_networks_words(self, bench: Bench) -> None:
        connection = bench.connect()
        connection.check()
        limit = connection.capabilities.max_length
        _, outcome = self.send(bench, connection, Content("x" * (limit + 1)))
        assert isinstance(outcome, Refused), outcome
        assert str(limit) in outcome.reason
        assert bench.ledger() == []

    def test_throttled_comes_back_at_the_networks_time(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt = self.begin(bench, connection, Content("A busy hour."))
        bench.fault(Fault.THROTTLED)
        outcome = connection.publish(attempt.payload, attempt.handle, is_open)
        assert isinstance(outcome, Later), outcome
        assert outcome.at is not None
        assert timedelta(0) < outcome.at - bench.now() < timedelta(days=1)
        assert bench.ledger() == []

    def test_a_secret_that_no_longer_holds_asks_for_a_person(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt = self.begin(bench, connection, Content("Knock, knock."))
        bench.fault(Fault.SIGNED_OUT)
        outcome = connection.publish(attempt.payload, attempt.handle, is_open)
        assert isinstance(outcome, NeedsLogin), outcome
        assert bench.ledger() == []

    def test_refused_connection_is_not_sent(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt = self.begin(bench, connection, Content("Nobody home."))
        bench.stop()
        outcome = connection.publish(attempt.payload, attempt.handle, is_open)
        assert isinstance(outcome, NotSent), outcome
        assert isinstance(connection.find(attempt), CannotTell)

    def test_nothing_leaves_once_the_send_window_is_over(self, bench: Bench) -> None:
        connection = bench.connect()
        asked: list[int] = []

        def closed() -> bool:
            asked.append(1)
            return False

        _, outcome = self.send(bench, connection, Content("Too late."), closed)
        assert isinstance(outcome, NotSent), outcome
        assert asked == [1]
        assert bench.ledger() == []

    @pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS.keys())
    def test_readers_see_the_preview(self, bench: Bench, words: str) -> None:
        connection = bench.connect()
        content = Content(words)
        attempt, _ = self.sent(bench, connection, content)
        shown = bench.ledger()[-1].text
        assert unicodedata.normalize("NFC", shown) == unicodedata.normalize(
            "NFC", connection.preview(content)
        )
        assert isinstance(connection.find(attempt), Found), "its own words are recognised again"

    def test_render_is_pure_and_repeatable(self, bench: Bench) -> None:
        connection = bench.connect()
        content = Content("The same bytes, please. 👩‍🍳", (make_picture("A baker"),), language="en")
        now = bench.now()
        prepared = connection.prepare(content, {}, now)
        first = connection.render(content, prepared, "3kabcdefghij2", now)
        bench.stop()
        assert connection.render(content, prepared, "3kabcdefghij2", now) == first

    def test_prepare_may_be_repeated_and_publishes_nothing(self, bench: Bench) -> None:
        connection = bench.connect()
        content = Content("Two views.", (make_picture("Front"), make_picture("Back", shade=90)))
        first = connection.prepare(content, {}, bench.now())
        assert connection.prepare(content, first, bench.now()) == first
        swapped = replace(content, pictures=tuple(reversed(content.pictures)))
        assert connection.prepare(swapped, first, bench.now()) != first
        assert bench.ledger() == []

    def test_alt_text_arrives(self, bench: Bench) -> None:
        connection = bench.connect()
        alts = ("Ein Laib „Roggen“ & <Butter>", "第二")
        pictures = (make_picture(alts[0]), make_picture(alts[1], shade=90))
        self.sent(bench, connection, Content("With pictures.", pictures))
        assert bench.ledger()[0].alts == alts

    @pytest.mark.parametrize(
        "unit", ["x", "é", "👨‍👩‍👧‍👦", "https://dock.example/rye ", "@anna@far.example "]
    )
    def test_measures_as_the_server_counts(self, bench: Bench, unit: str) -> None:
        """Whatever fits by our measure is taken, one more is not."""
        connection = bench.connect()
        connection.check()
        fits = _longest(connection, unit)
        assert connection.measure(fill_up(connection, Content(fits))).problem is None
        self.sent(bench, connection, Content(fits))
        over = fill_up(connection, Content(fits + unit))
        assert connection.measure(over).problem
        _, outcome = self.send(bench, connection, over)
        assert isinstance(outcome, Refused), outcome

    def test_measures_pictures(self, bench: Bench) -> None:
        connection = bench.connect()
        limits = connection.capabilities
        large = make_picture("Large", size=limits.max_picture_bytes + 1)
        assert connection.measure(Content("x", (large,))).problem
        many = tuple(make_picture("One") for _ in range(limits.max_pictures + 1))
        assert connection.measure(Content("x", many)).problem
        odd = replace(make_picture("Odd"), media_type="image/tiff")
        assert connection.measure(Content("x", (odd,))).problem
        for picture, part in list_too_large(limits):
            (misfit,) = connection.measure(Content("x", (picture,))).misfits
            assert misfit.part is part, misfit
        moving = replace(make_picture("Moving"), media_type="image/gif", frames=3)
        stands_still = limits.moving_types is not None and "image/gif" not in limits.moving_types
        assert bool(connection.measure(Content("x", (moving,))).notes) is stands_still
        assert connection.measure(Content("")).problem
        assert connection.measure(Content("", (make_picture("Fine"),))).problem is None

    def test_deletes_and_deletes_again(self, bench: Bench) -> None:
        connection = bench.connect()
        attempt, outcome = self.sent(bench, connection, Content("Soon gone."))
        assert isinstance(connection.delete(outcome.remote_id), Sent)
        assert [post.deleted for post in bench.ledger()] == [True]
        assert isinstance(connection.delete(outcome.remote_id), Sent)
        assert not isinstance(connection.find(attempt), Found)

    def test_check_names_the_account(self, bench: Bench) -> None:
        connection = bench.connect()
        health = connection.check()
        assert health.ok, health.sentence
        assert health.identity
        assert health.identity in health.sentence
        assert connection.profile_url().startswith("http")

    def test_nothing_raises_while_the_server_is_away(self, bench: Bench) -> None:
        connection = bench.connect()
        bench.stop()
        assert not connection.check().ok
        assert connection.capabilities == bench.network.documented
        with pytest.raises(PrepareFailed) as failed:
            connection.prepare(Content("x", (make_picture("One"),)), {}, bench.now())
        assert isinstance(failed.value.outcome, NotSent)
        assert isinstance(connection.delete("at://did:plc:x/app.bsky.feed.post/3kabcdefghij2"), NotSent)
        assert connection.profile_url().startswith("http")

    def test_handles_are_never_the_same(self, bench: Bench) -> None:
        connection, now = bench.connect(), bench.now()
        assert len({connection.new_handle(now) for _ in range(2000)}) == 2000


def _longest(connection: AccountClient, unit: str) -> str:
    """The most repetitions of `unit` that measure without a problem."""
    filled = fill_up(connection, Content(""))
    count, step = 1, 1 << max(12, connection.capabilities.max_length.bit_length() - 1)
    while step:
        if connection.measure(replace(filled, text=unit * (count + step))).problem is None:
            count += step
        step >>= 1
    return unit * count
