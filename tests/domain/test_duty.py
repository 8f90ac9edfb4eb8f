"""Who is on shift when."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.duty import Change, DutyChange, Shift, Turn, list_turns, parse_rota

BERLIN = ZoneInfo("Europe/Berlin")
ROTA = parse_rota(["Mon-Fri 08:00-13:00 U0MAYA", "Mon-Fri 13:00-18:00 U0TOM", "Fri 22:00-06:00 U0ANNA"])


def at(clock: str, day: int = 24, month: int = 11) -> datetime:
    """Of 2026; 24 November is a Tuesday."""
    return datetime.fromisoformat(f"2026-{month:02}-{day:02} {clock}").replace(tzinfo=BERLIN).astimezone(UTC)


def turns(start: datetime, end: datetime, *changes: Change) -> list[tuple[str, datetime, datetime]]:
    found = list_turns(ROTA, BERLIN, changes, start, end)
    return [(turn.person, turn.start, turn.end) for turn in found]


def on(person: str, start: datetime, end: datetime) -> Change:
    return Change(DutyChange.ON, Turn(start, end, person))


def away(person: str, start: datetime, end: datetime) -> Change:
    return Change(DutyChange.AWAY, Turn(start, end, person))


def test_a_line_is_a_shift_on_each_of_its_days() -> None:
    assert len(ROTA) == 11
    assert ROTA[0] == Shift(
        0, at("08:00").astimezone(BERLIN).time(), at("13:00").astimezone(BERLIN).time(), "U0MAYA"
    )


@pytest.mark.parametrize(
    "line",
    [
        "", "Mon-Fri 08:00-13:00", "Mon-Fri 08:00-13:00 Maya", "08:00-13:00 U0MAYA", "Mon 08:00-08:00 U0MAYA",
        "Mon 25:00-26:00 U0MAYA", "Mo-Fry 08:00-13:00 U0MAYA", "Mon 08:00-13:00 S0CHIEFS",
    ],
)  # fmt: skip
def test_what_is_no_shift_is_said(line: str) -> None:
    with pytest.raises(ValueError, match=r"is not|ends when"):
        parse_rota([line])


def test_one_after_the_other() -> None:
    assert turns(at("09:00"), at("20:00")) == [
        ("U0MAYA", at("09:00"), at("13:00")), ("U0TOM", at("13:00"), at("18:00")),
    ]  # fmt: skip
    assert turns(at("18:00"), at("20:00")) == []
    assert turns(at("13:00"), at("13:01")) == [("U0TOM", at("13:00"), at("13:01"))], (
        "one ends as the other begins"
    )


def test_a_shift_crosses_midnight() -> None:
    assert turns(at("05:00", 28), at("07:00", 28)) == [("U0ANNA", at("05:00", 28), at("06:00", 28))]
    assert turns(at("05:00", 29), at("07:00", 29)) == []


def test_a_shift_over_a_clock_change_ends_by_the_clock() -> None:
    """On Friday 23 to Saturday 24 October nothing changes; in the night to Sunday 25 it does."""
    night = parse_rota(["Sat 22:00-06:00 U0ANNA"])
    (turn,) = list_turns(night, BERLIN, (), at("20:00", 24, 10), at("12:00", 25, 10))
    assert (turn.end - turn.start).total_seconds() == 9 * 3600


def test_a_day_that_ends_at_midnight() -> None:
    late = parse_rota(["Tue 18:00-24:00 U0TOM"])
    (turn,) = list_turns(late, BERLIN, (), at("17:00"), at("03:00", 25))
    assert (turn.start, turn.end) == (at("18:00"), at("00:00", 25))


def test_the_later_change_counts() -> None:
    until_noon = away("U0MAYA", at("08:00"), at("12:00"))
    assert turns(at("08:00"), at("13:00"), until_noon) == [("U0MAYA", at("12:00"), at("13:00"))]
    back = on("U0MAYA", at("10:00"), at("11:00"))
    assert turns(at("08:00"), at("13:00"), until_noon, back) == [
        ("U0MAYA", at("10:00"), at("11:00")), ("U0MAYA", at("12:00"), at("13:00")),
    ]  # fmt: skip
    assert turns(at("08:00"), at("13:00"), back, until_noon) == [("U0MAYA", at("12:00"), at("13:00"))]


def test_turns_that_touch_are_one() -> None:
    longer = on("U0MAYA", at("13:00"), at("14:00"))
    assert turns(at("08:00"), at("13:30"), longer)[0] == ("U0MAYA", at("08:00"), at("13:30"))


def test_a_middle_that_is_taken_out_leaves_both_ends() -> None:
    gone = away("U0MAYA", at("09:00"), at("10:00"))
    assert turns(at("08:00"), at("12:00"), gone) == [
        ("U0MAYA", at("08:00"), at("09:00")), ("U0MAYA", at("10:00"), at("12:00")),
    ]  # fmt: skip
