"""Durations are read back as they were written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings.schema import format_duration, parse_duration


@given(st.integers(min_value=0, max_value=999_999))
def test_what_is_written_is_read_back(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("4h", 14400), ("10s", 10), ("2d", 172800), ("0s", 0)]
)
def test_each_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert format_duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    "text", ["30", "m", "1h30m", "-5m", "5 m", "5M", "٣m", "1.5h", "9999999s", "", 30, None]
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)
