"""Ids go out and come back; garbage is told apart, and never crashes anything."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.posts import Seen
from bot.slack import ids
from bot.slack.values.day import parse_day
from bot.slack.values.description import parse_description
from bot.slack.values.drafts import parse_page

SEEN = st.builds(
    Seen,
    st.from_regex(r"[0-9a-z]{1,32}", fullmatch=True),
    st.integers(0, 10**9 - 1),
    st.just("") | st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
)
PARSERS: tuple[Callable[[str], object], ...] = (
    ids.parse_seen,
    ids.parse_choice,
    ids.parse_delivery,
    ids.parse_post,
    ids.parse_block,
    ids.parse_dialog,
    parse_day,
    parse_description,
)


@given(SEEN)
def test_what_was_seen_comes_back(seen: Seen) -> None:
    assert ids.parse_seen(ids.format_seen(seen)) == seen


@given(SEEN, st.sampled_from(ids.Act))
def test_a_choice_of_the_menu_comes_back_and_fits(seen: Seen, act: ids.Act) -> None:
    value = ids.format_choice(act, seen)
    assert ids.parse_choice(value) == (act, seen)
    assert len(value) <= 75


@given(st.sampled_from(sorted(ids.KEYED)), st.text(min_size=1, max_size=100))
def test_a_field_with_a_key_comes_back(field: ids.Field, key: str) -> None:
    assert ids.parse_block(ids.format_block(field, key)) == (field, key)


@given(st.sampled_from(PARSERS), st.one_of(st.text(max_size=200), st.none()))
def test_garbage_is_malformed_or_read_and_nothing_else(
    parse: Callable[[str | None], object], value: str | None
) -> None:
    if value is None and parse is ids.parse_block:
        return  # a block always has an id
    with contextlib.suppress(ids.Malformed):
        parse(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        ":",
        "abc",
        "abc:",
        ":3",
        "abc:x",
        "abc:3:4",
        "abc:-1",
        "abc:1e3",
        "abc:٣",
        "abc:3\n",
        "ä:3",
        "a b:3",
    ],
)
def test_not_a_post_and_its_version(value: str | None) -> None:
    with pytest.raises(ids.Malformed):
        ids.parse_seen(value)


@pytest.mark.parametrize("value", ["approve", "approve ", "launch abc:3", "approve  abc:3", None])
def test_not_a_choice(value: str | None) -> None:
    with pytest.raises(ids.Malformed):
        ids.parse_choice(value)


@pytest.mark.parametrize("block_id", ["", "alt", "alt:", "text:x", "colour", "variant"])
def test_not_a_field(block_id: str) -> None:
    with pytest.raises(ids.Malformed):
        ids.parse_block(block_id)


@pytest.mark.parametrize("value", [None, "", "a b", "x" * 41, "<!channel>", "d1\n"])
def test_not_a_delivery(value: str | None) -> None:
    with pytest.raises(ids.Malformed):
        ids.parse_delivery(value)


@pytest.mark.parametrize("value", [None, "", "x", "-1", "1e3", "٣", "1\n", "9" * 10])
def test_not_a_page(value: str | None) -> None:
    with pytest.raises(ids.Malformed):
        parse_page(value)


def test_plain_ones() -> None:
    assert ids.parse_delivery("01hzd0000000000000000000m1") == "01hzd0000000000000000000m1"
    assert (parse_page("-"), parse_page("12")) == (None, 12)
    assert ids.parse_post("p1") == "p1"
    assert ids.parse_block("slot") == (ids.Field.SLOT, "")
    assert ids.parse_dialog("edit") is ids.Dialog.EDIT
