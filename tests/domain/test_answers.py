"""What a Send is a Send of, and what came in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict, Unpack

import pytest

from bot.domain.answers import Change, Underway, compute_digest, list_meanwhile
from bot.domain.conversations import Happened, Meanwhile, Via

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SAID: dict[str, object] = {
    "text": "Sorry!",
    "image": "a" * 64,
    "alt": "A loaf",
    "message_id": "m1",
    "account": "bakery",
    "private": False,
}
OTHER: dict[str, object] = {
    "text": "Sorry.",
    "image": "b" * 64,
    "alt": "",
    "message_id": "m2",
    "account": "cafe",
    "private": True,
}


def digest(said: dict[str, object]) -> str:
    return compute_digest(**said)  # type: ignore[arg-type]  # the test changes one part after the other, by its name


@pytest.mark.parametrize("what", sorted(SAID))
def test_everything_that_is_sent_is_in_the_digest(what: str) -> None:
    assert digest(SAID) == digest(SAID)
    assert digest(SAID | {what: OTHER[what]}) != digest(SAID)


def test_what_stands_side_by_side_does_not_run_together() -> None:
    one = compute_digest(text="a", image=None, alt="bc", message_id="m", account="x", private=False)
    assert one != compute_digest(text="ab", image=None, alt="c", message_id="m", account="x", private=False)


class More(TypedDict, total=False):
    edited: bool
    deleted: bool
    pressed: int


def theirs(seq: int, **more: Unpack[More]) -> Change:
    return Change(seq, Via.CUSTOMER, None, AT, "Hello?", **more)


def ours(seq: int, by: str | None = "tom", **more: Unpack[More]) -> Change:
    via = Via.BYHAND if by else Via.APP
    return Change(seq, via, by, AT, "We are on it.", **more)


def since(
    *changes: Change,
    under_way: Sequence[Underway] = (),
    seen: int = 3,
    by: str = "maya",
    in_spite: bool = False,
) -> list[Happened]:
    found = list_meanwhile(changes, under_way, seen=seen, by=by, in_spite=in_spite)
    return [one.what for one in found]


def test_only_what_came_after_what_was_seen_counts() -> None:
    assert since(theirs(3), ours(2)) == []
    assert since(theirs(5), theirs(4, edited=True)) == [Happened.EDITED, Happened.WROTE]
    assert since(theirs(4, deleted=True)) == [Happened.DELETED]
    assert since(ours(4), ours(5, None)) == [Happened.ANSWERED, Happened.ANSWERED]


def test_words_that_are_gone_are_not_shown() -> None:
    (gone,) = list_meanwhile([theirs(4, deleted=True)], (), seen=3, by="maya")
    assert gone == Meanwhile(Happened.DELETED, None, AT, "")


def test_an_answer_that_was_deleted_again_stands_in_nobodys_way() -> None:
    assert since(ours(4, deleted=True)) == []


def test_ones_own_answer_counts_from_its_send() -> None:
    """It arrived at 5, but was pressed at 3, before this one was begun: they know of it."""
    assert since(ours(5, "maya", pressed=3)) == []
    assert since(ours(5, "maya", pressed=4)) == [Happened.ANSWERED]
    assert since(ours(5, "tom", pressed=3)) == [Happened.ANSWERED]


@pytest.mark.parametrize("seq", [2, 4])
def test_a_colleagues_answer_on_its_way_always_counts(seq: int) -> None:
    way = (Underway(seq, "tom", AT, "We are on it."),)
    assert since(under_way=way) == [Happened.ANSWERED]
    assert since(under_way=way, by="tom") == ([Happened.ANSWERED] if seq > 3 else [])


def test_in_spite_of_what_was_shown_but_of_nothing_else() -> None:
    way = (Underway(3, "tom", AT, "We are on it."),)
    assert since(under_way=way, in_spite=True) == []
    assert since(ours(5, pressed=3), in_spite=True) == [], "it arrived since it was shown on its way"
    assert since(ours(5, pressed=4), in_spite=True) == [Happened.ANSWERED]
    assert since(theirs(4), in_spite=True) == [Happened.WROTE]
