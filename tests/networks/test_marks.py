"""A stream's mark against servers whose ids come before what has them: minutes late, out of order, at one moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from bot.networks import marks
from bot.networks.marks import Mark, Seen, Slice

PAGE = 20
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def numbers(n: int) -> str:
    return str(110_000_000_000 + n)


def odd(n: int) -> str:
    return f"N/{n:06d}:{sha256(str(n).encode()).hexdigest()[:5]}"


@dataclass
class Server:
    """It sorts by id, and shows an item `late` after it gave the id."""

    name: Callable[[int], str] = numbers
    now: datetime = START
    items: list[tuple[Seen, datetime]] = field(default_factory=list)  # with when it appears
    calls: int = 0

    def add(self, *, late: timedelta = timedelta(), at: datetime | None = None) -> None:
        self.items.append((Seen(self.name(len(self.items)), at or self.now), self.now + late))

    def ask(self, after: str) -> Slice[str]:
        self.calls += 1
        behind = [one for one, appears in self.items if appears <= self.now and _key(one.id) > _key(after)]
        page = sorted(behind, key=lambda one: _key(one.id))[:PAGE]
        return Slice([(one, one.id) for one in page], len(page) == PAGE, self.now)


def _key(name: str) -> tuple[int, str]:
    return len(name), name


def poll(server: Server, cursor: str) -> tuple[list[str], str]:
    """Everything new, the mark kept as text, as the database keeps it."""
    found: list[str] = []
    for _ in range(200):
        walked = marks.walk(Mark.read(cursor) or Mark(cursor), server.ask)
        found += walked.new
        cursor = walked.mark.write() if walked.mark else cursor
        if not walked.more:
            return found, cursor
    raise AssertionError("It says that there is more, for ever.")


@pytest.mark.parametrize("name", [numbers, odd])
@pytest.mark.parametrize("seed", range(6))
def test_each_comes_once_however_late(name: Callable[[int], str], seed: int) -> None:
    chance = random.Random(seed)
    server, found, cursor = Server(name), [], "0"
    for _ in range(300):
        server.now += timedelta(seconds=chance.choice([0, 0, 1, 5, 20]))
        server.add(late=timedelta(seconds=chance.choice([0, 0, 0, 2, 60, 300])))
        if chance.random() < 0.4:
            new, cursor = poll(server, cursor)
            found += new
    server.now += timedelta(minutes=6)
    new, cursor = poll(server, cursor)
    found += new
    assert sorted(found) == sorted(one.id for one, _ in server.items)


def test_where_little_comes_the_last_few_are_read_again_however_old() -> None:
    server, cursor = Server(), "0"
    for _ in range(marks.AT_LEAST - 2):
        server.now += timedelta(hours=1)
        server.add(late=timedelta(hours=3) if len(server.items) == 4 else timedelta())
        _, cursor = poll(server, cursor)
    assert {one.id for one, _ in server.items} == {one.id for one in (Mark.read(cursor) or Mark()).seen}


def test_equal_moments_are_all_kept() -> None:
    server, cursor = Server(), "0"
    for n in range(70):
        server.add(at=START, late=timedelta(minutes=1) if n == 3 else timedelta())
    found, cursor = poll(server, cursor)
    assert len(found) == 69
    server.now += timedelta(minutes=2)
    assert poll(server, cursor)[0] == [numbers(3)]


def test_nothing_new_is_one_question_and_nothing_to_write() -> None:
    server, cursor = Server(), "0"
    for _ in range(100):
        server.now += timedelta(minutes=1)
        server.add()
    _, cursor = poll(server, cursor)
    server.calls = 0
    assert poll(server, cursor) == ([], cursor)
    assert server.calls == 1
    page = server.ask((Mark.read(cursor) or Mark()).after)
    assert len(page.items) == marks.AT_LEAST


def test_a_mark_of_a_flood_stays_small() -> None:
    server, cursor = Server(), "0"
    for _ in range(3 * marks.AT_MOST):
        server.add()
    found, cursor = poll(server, cursor)
    assert len(found) == 3 * marks.AT_MOST
    kept = Mark.read(cursor)
    assert kept is not None
    assert len(kept.seen) == marks.AT_MOST
    server.now += timedelta(minutes=1)
    server.add()
    assert len(poll(server, cursor)[0]) == 1


def test_an_item_from_the_future_ends_no_overlap() -> None:
    now = START
    items = [Seen(numbers(n), now - timedelta(seconds=n)) for n in range(40)]
    ahead = Seen("999999999999", now + timedelta(days=2))
    assert len(Mark("0").add([*items, ahead], now=now).seen) == 41
    assert len(Mark("0").add([*items, ahead]).seen) == marks.AT_LEAST, "the control"


@pytest.mark.parametrize(
    "cursor", ["", "0", "110000000007", "01JD0000000000000000000000", "null", "[]", '{"at": "x"}',
               '{"after":"1","floor":0,"items":[["1"]]}', '{"after":"1","floor":1e99,"items":[]}'],
)  # fmt: skip
def test_what_is_no_mark_is_told_apart(cursor: str) -> None:
    assert Mark.read(cursor) is None


def test_a_mark_is_read_as_it_was_written() -> None:
    mark = Mark("1", START, (Seen("2", START), Seen("ü/:3", START)), "2")
    assert Mark.read(mark.write()) == mark
    assert Mark.read(replace(mark, goes_on=None).write()) == replace(mark, goes_on=None)
