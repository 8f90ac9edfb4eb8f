"""Many lists read as one: nothing twice, nothing left out, and no question more than is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.networks.marks import Mark, Seen
from bot.networks.meta import feed
from bot.networks.meta.feed import Feed, Item, Lists, Root

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Below = Mapping[str, list[tuple[str, int]]]  # {root: [(id, seconds after the start)]}


class World:
    """Posts with comments, and how often each was asked for a page."""

    def __init__(self, below: Below, *, ordered: bool = False, tells: bool = True) -> None:
        self.below = {name: list(items) for name, items in below.items()}
        self.asked: list[str] = []
        self.ordered, self.tells = ordered, tells

    def lists(self, wanted: Callable[[Item], bool] = lambda _: True) -> Lists:
        roots = [self._root(name) for name in self.below]
        if self.ordered:
            roots.sort(key=lambda root: root.updated or START, reverse=True)
        return Lists(roots, self._pages, wanted, ordered=self.ordered)

    def _root(self, name: str) -> Root:
        items = self.below[name]
        updated = START + max((second for _, second in items), default=0) * SECOND
        return Root(name, updated if self.tells else None, len(items) if self.tells else None, {})

    def _pages(self, root: Root) -> Iterator[list[Item]]:
        newest_first = sorted(self.below[root.id], key=lambda item: (item[1], item[0]), reverse=True)
        for page in (newest_first[n : n + 10] for n in range(0, len(newest_first), 10)):
            self.asked.append(root.id)
            yield [Item(Seen(name, START + second * SECOND), root, {}) for name, second in page]


def names(items: list[Item]) -> list[str]:
    return [item.seen.id for item in items]


def test_one_page_is_the_newest_of_all_lists_together() -> None:
    world = World(
        {"a": [(f"a{n:03}", 2 * n) for n in range(150)], "b": [(f"b{n:03}", 2 * n + 1) for n in range(150)]}
    )
    expected = [f"{'ab'[n % 2]}{n // 2:03}" for n in range(300)]
    found: list[str] = []
    cursor = None
    for _ in range(3):
        items = feed.read_back(cursor, world.lists())
        found = [*names(items), *found]
        cursor = feed.write_back(items)
    assert found == expected
    assert feed.read_back(cursor, world.lists()) == []


def test_what_is_of_one_second_is_parted_by_id() -> None:
    world = World({"a": [(f"a{n:03}", 0) for n in range(230)]})
    found: list[str] = []
    cursor = None
    while items := feed.read_back(cursor, world.lists()):
        found += names(items)
        cursor = feed.write_back(items)
    assert sorted(found) == [f"a{n:03}" for n in range(230)]


def test_a_list_that_is_older_than_the_page_is_not_asked_for() -> None:
    world = World({"new": [(f"n{n:03}", 1000 + n) for n in range(100)], "old": [("o", 1)], "none": []})
    feed.read_back(None, world.lists())
    assert set(world.asked) == {"new"}


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("ordered", [True, False])
def test_what_is_new_comes_once_and_the_oldest_first(ordered: bool, tells: bool) -> None:
    world = World({"a": [("a1", 1)], "b": [("b1", 2)], "c": []}, ordered=ordered, tells=tells)
    reader = Feed()
    cursor = feed.begin_mark(feed.read_back(None, world.lists()), START)
    world.below["b"].append(("b2", 5))
    world.below["a"].append(("a2", 4))
    world.below["c"].append(("c1", 6))
    come = reader.since(cursor, world.lists(), None)
    assert (names(come.items), come.more) == (["a2", "b2", "c1"], False)
    assert come.cursor is not None
    again = reader.since(come.cursor, world.lists(), None)
    assert (again.items, again.cursor) == ([], None)
    assert names(Feed().since(cursor, world.lists(), None).items) == ["a2", "b2", "c1"], (
        "also after a restart"
    )


def test_what_did_not_change_is_not_asked_for_again() -> None:
    world = World({name: [(f"{name}1", 1)] for name in "abc"})
    reader = Feed()
    cursor = feed.begin_mark(feed.read_back(None, world.lists()), START)
    reader.since(cursor, world.lists(), None)
    world.asked.clear()
    reader.since(cursor, world.lists(), None)
    assert world.asked == []
    world.below["b"].append(("b2", 5))
    come = reader.since(cursor, world.lists(), None)
    assert world.asked == ["b"]
    world.asked.clear()
    assert come.cursor is not None
    reader.since(come.cursor, world.lists(), None)
    assert world.asked == []


def test_a_page_that_was_not_stored_comes_again() -> None:
    """What was remembered belongs to a cursor that nobody kept."""
    world = World({"a": [("a1", 1)]})
    reader = Feed()
    cursor = feed.begin_mark(feed.read_back(None, world.lists()), START)
    world.below["a"].append(("a2", 4))
    assert names(reader.since(cursor, world.lists(), None).items) == ["a2"]
    assert names(reader.since(cursor, world.lists(), None).items) == ["a2"]


def test_after_a_restart_only_what_is_young_is_asked_for() -> None:
    old = {f"old{n}": [(f"o{n}", n)] for n in range(50)}
    world = World(old | {"new": [(f"n{n:02}", 100_000 + n) for n in range(20)]})
    cursor = feed.begin_mark(feed.read_back(None, world.lists()), START + 200_000 * SECOND)
    world.asked.clear()
    Feed().since(cursor, world.lists(), START + 200_000 * SECOND)
    assert set(world.asked) == {"new"}


def test_a_flood_is_handed_over_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "HANDED_OVER", 30)
    world = World({"a": [("a000", 0)], "b": [("b000", 0)]})
    reader = Feed()
    cursor = feed.begin_mark(feed.read_back(None, world.lists()), START)
    for n in range(1, 101):
        world.below["ab"[n % 2]].append((f"{'ab'[n % 2]}{n:03}", n))
    found: list[str] = []
    more = True
    while more:
        come = reader.since(cursor, world.lists(), None)
        found += names(come.items)
        cursor, more = come.cursor or cursor, come.more
    assert [name[1:] for name in found] == [f"{n:03}" for n in range(1, 101)]


def test_what_appears_late_comes_too() -> None:
    world = World({"a": [(f"a{n}", n) for n in range(5)]})
    reader = Feed()
    cursor = feed.begin_mark(feed.read_back(None, world.lists()), START)
    assert reader.since(cursor, world.lists(), None).items == []
    world.below["a"].append(("late", 2))
    assert names(reader.since(cursor, world.lists(), None).items) == ["late"]


@pytest.mark.parametrize("cursor", ["", "x", "<", "<x", "<[1]", '<["x", 1]', '<[1e400, "x"]', "{}"])
def test_a_cursor_that_cannot_be_read_begins_anew(cursor: str) -> None:
    world = World({"a": [("a1", 1)]})
    read: Any = feed.read_back(cursor, world.lists()) if cursor.startswith("<") else None
    assert names(read if read is not None else Feed().since(cursor, world.lists(), None).items) == ["a1"]


def test_what_is_not_wanted_is_not_counted() -> None:
    world = World({"a": [(f"a{n:03}", n) for n in range(250)]})
    items = feed.read_back(None, world.lists(lambda item: int(item.seen.id[1:]) % 2 == 0))
    assert len(items) == feed.PAGE
    assert {int(name[1:]) % 2 for name in names(items)} == {0}
    assert Mark.read(feed.begin_mark(items, START)) is not None
