"""When releases of a statement count: each thing they are bound to, by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.gate import ALL, Gate, GateRow
from bot.domain.ids import PostId, VersionId
from bot.domain.pause.statements import (
    CHANGED,
    LAPSED,
    OPEN_AGAIN,
    PAUSED_AGAIN,
    WINDOW,
    Counted,
    Release,
    Shut,
    count_releases,
    find_lost,
)
from bot.domain.people import LastKnown, Right, Role
from bot.domain.posts import Body, Version

NOW = datetime(2026, 11, 24, 21, 4, tzinfo=UTC)
SHUT = Shut('{"all":3,"bakery":0}', '{"all":3}')
VERSION = Version(VersionId("v1"), PostId("p1"), 1, Body(("bakery",), "We recall the rye bread."), NOW)
MAYA = Release("r1", "pause1", "p1", VERSION.id, VERSION.sha256, SHUT, "U0MAYA", False, NOW)
TOM = replace(MAYA, id="r2", by="U0TOM", approver=True, at=NOW + timedelta(minutes=3))
LATER = NOW + timedelta(minutes=4)


def pair(*given: Release, lost: dict[str, tuple[Right, ...]] | None = None) -> tuple[str, ...]:
    found = count_releases(given, VERSION, SHUT, LATER, lost or {}).pair
    return tuple(one.by for one in found) if found else ()


def test_it_counts() -> None:
    assert MAYA.find_end(VERSION, SHUT, LATER) is None
    assert pair(MAYA, TOM) == pair(TOM, MAYA) == ("U0MAYA", "U0TOM")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"version_id": VersionId("v2")}, CHANGED),
        ({"sha256": "0" * 64}, CHANGED),
        ({"shut": replace(SHUT, epochs='{"all":4,"bakery":0}')}, PAUSED_AGAIN),
        ({"shut": replace(SHUT, pauses='{"all":2}')}, PAUSED_AGAIN),
        ({"shut": replace(SHUT, pauses='{"all":3,"bakery":0}')}, PAUSED_AGAIN),
        ({"at": LATER - WINDOW}, LAPSED),
        ({"ended_at": NOW, "ended_why": "withdrew it"}, "withdrew it"),
    ],
    ids=str,
)
def test_what_ends_it(changed: dict[str, object], why: str) -> None:
    one = Release(**{**vars(MAYA), **changed})
    assert one.find_end(VERSION, SHUT, LATER) == why
    assert pair(one, TOM) == ()


def test_it_counts_until_the_last_moment() -> None:
    assert MAYA.find_end(VERSION, SHUT, NOW + WINDOW - timedelta(microseconds=1)) is None
    assert MAYA.find_end(VERSION, SHUT, NOW + WINDOW) == LAPSED


def test_where_one_account_is_open_nothing_counts() -> None:
    still_open = replace(SHUT, pauses=None)
    assert replace(MAYA, shut=still_open).find_end(VERSION, still_open, LATER) == OPEN_AGAIN


# --- who ---------------------------------------------------------------------------------------------


def test_nobody_is_two_people() -> None:
    again = replace(TOM, id="r3", at=LATER)
    assert count_releases((TOM, again), VERSION, SHUT, LATER, {}) == Counted((TOM,))
    assert Counted((TOM, again)).pair is None


def test_two_members_are_not_enough() -> None:
    ben = replace(MAYA, id="r3", by="U0BEN")
    counted = count_releases((MAYA, ben), VERSION, SHUT, LATER, {})
    assert counted.pair is None
    assert counted.asks_approver
    assert pair(MAYA, ben, TOM) == ("U0MAYA", "U0TOM")


def test_each_rule_has_an_approver_among_them() -> None:
    """Where three accounts name different people, it takes three."""
    ines, anna = (replace(TOM, id=f"r{who}", by=who, at=LATER) for who in ("U0INES", "U0ANNA"))
    named = tuple(frozenset([one.by]) for one in (TOM, ines, anna))

    def found(*given: Release) -> tuple[str, ...]:
        counted = count_releases(given, VERSION, SHUT, LATER, {}, named)
        assert counted.needs_approver is (counted.pair is None)
        return tuple(one.by for one in counted.pair or ())

    assert found(MAYA, TOM, ines) == ()
    assert count_releases((MAYA, ines), VERSION, SHUT, LATER, {}, named).lacking == (0, 2)
    assert found(TOM, ines, anna) == ("U0TOM", "U0INES")


@pytest.mark.parametrize(
    "lost",
    [{"U0TOM": (Right.APPROVE,)}, {"U0TOM": (Right.TEAM, Right.APPROVE)}, {"U0MAYA": (Right.TEAM,)}],
    ids=str,
)
def test_a_lost_right_counts_no_more(lost: dict[str, tuple[Right, ...]]) -> None:
    assert pair(MAYA, TOM, lost=lost) == ()


def test_a_right_that_came_later_does_not_count() -> None:
    """Who was no approver when they released it is none for it."""
    known = LastKnown({"U0MAYA": Role.MEMBER, "U0GIL": Role.GUEST})
    assert find_lost(("U0MAYA",), ("U0MAYA",), known) == {"U0MAYA": ()}
    assert pair(MAYA, replace(MAYA, id="r3", by="U0BEN")) == ()
    assert find_lost(("U0GIL",), ("U0TOM",), known) == {"U0GIL": (Right.TEAM, Right.APPROVE)}


# --- what is shut ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "accounts", "pauses"),
    [
        ([], ("bakery",), None),
        ([GateRow(ALL, True, 3)], ("bakery",), '{"all":3}'),
        ([GateRow(ALL, True, 3)], (), None),
        ([GateRow(ALL, False, 3), GateRow("bakery", True, 1)], ("bakery",), '{"bakery":1}'),
        ([GateRow("bakery", True, 1)], ("bakery", "cafe"), None),
        ([GateRow("bakery", True, 1), GateRow("cafe", True, 2)], ("cafe", "bakery"), '{"bakery":1,"cafe":2}'),
        ([GateRow(ALL, True, 3), GateRow("bakery", True, 1)], ("bakery",), '{"all":3,"bakery":1}'),
        ([GateRow(ALL, True, 3), GateRow("cafe", True, 1)], ("bakery",), '{"all":3}'),
    ],
    ids=str,
)
def test_the_pauses_that_keep_accounts_shut(
    rows: list[GateRow], accounts: tuple[str, ...], pauses: str | None
) -> None:
    assert Gate.of(rows).pauses_for(accounts) == pauses
