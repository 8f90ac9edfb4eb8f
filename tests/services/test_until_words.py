"""Until when, in typed words, by the team's clock. Now is Tuesday, 24 November 2026, 09:00 in Berlin."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.services.until_words import read_until
from tests.backend import BERLIN

NOW = datetime(2026, 11, 24, 9, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("until 3 Dec", "2026-12-03 00:00"),
        ("3rd December", "2026-12-03 00:00"),
        ("Until Dec 3, 14:30", "2026-12-03 14:30"),
        ("3. Dec. 2027", "2027-12-03 00:00"),
        ("23 Nov", "2027-11-23 00:00"),
        ("24 nov 18:00", "2026-11-24 18:00"),
        ("Thu 3 Dec at 09:00", "2026-12-03 09:00"),
        ("2026-12-03", "2026-12-03 00:00"),
        ("2026-12-03 09.15", "2026-12-03 09:15"),
        ("Friday", "2026-11-27 00:00"),
        ("fri 13:00", "2026-11-27 13:00"),
        ("Tuesday", "2026-12-01 00:00"),
        ("tomorrow", "2026-11-25 00:00"),
        ("tomorrow at 1 pm", "2026-11-25 13:00"),
        ("18:00", "2026-11-24 18:00"),
        ("today 18:00", "2026-11-24 18:00"),
        ("6pm", "2026-11-24 18:00"),
        ("08:00", "2026-11-25 08:00"),
        ("today 08:00", "2026-11-24 08:00"),
    ],
)
def test_what_is_typed_is_read(typed: str, moment: str) -> None:
    read = read_until(typed, BERLIN, NOW)
    assert read is not None
    assert f"{read.astimezone(BERLIN):%Y-%m-%d %H:%M}" == moment


@pytest.mark.parametrize(
    "typed",
    [
        "", "until", "soon", "31 Feb", "3", "3 Dec banana", "25:00", "13 pm", "mon-fri", "nonday", "Marvin",
        "12/03/2026", "29 Mar 2026 02:30", "25 Oct 2026 02:30", "99999-01-01",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_not_guessed(typed: str) -> None:
    """Nor a time that comes twice or never, on the days on which the clocks change."""
    assert read_until(typed, BERLIN, NOW) is None
