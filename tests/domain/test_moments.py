"""Moments as they are told where Slack does not fill in the reader's own zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.shown.moments import name_moment, name_time, shorten_moment, tell_moment

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = datetime(2026, 12, 1, 2, 59, tzinfo=UTC)


def test_a_sentence_reads_as_one_would_say_it() -> None:
    """Seen: "at Tue 01 Dec 03:59"."""
    assert tell_moment(NIGHT, BERLIN, NIGHT) == "on Tue 1 Dec at 03:59 CET"
    assert tell_moment(NIGHT, UTC, NIGHT) == "on Tue 1 Dec at 02:59 UTC"
    assert shorten_moment(NIGHT, BERLIN, NIGHT) == "Tue 1 Dec at 03:59"


def test_after_at_the_day_is_named_where_it_is_not_today() -> None:
    assert name_time(NIGHT, BERLIN, NIGHT) == "03:59"
    assert name_time(NIGHT, BERLIN, datetime(2026, 12, 2, tzinfo=UTC)) == "03:59 on Tue 1 Dec"
    assert name_time(NIGHT, BERLIN, datetime(2027, 1, 1, tzinfo=UTC)) == "03:59 on Tue 1 Dec 2026"


@pytest.mark.parametrize("now", [None, datetime(2027, 1, 1, tzinfo=UTC)])
def test_the_year_is_named_where_it_is_another(now: datetime | None) -> None:
    assert name_moment(NIGHT, BERLIN, now) == "Tue 1 Dec 2026 at 03:59 CET"


def test_seconds_are_told_where_there_are_any() -> None:
    assert name_moment(NIGHT.replace(second=5), BERLIN, NIGHT) == "Tue 1 Dec at 03:59:05 CET"
