"""Public holidays of the team's country, by name. The library's data is read when a post is first judged by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

ENGLISH = "en_US"  # as the library calls it; where it has none, the country's own


def find_holiday(country: str, day: date) -> str | None:
    """ "Christmas Day". `country`: "DE", or with a part of it "DE-BY"; "" for none."""
    return _of_year(country, day.year).get(day) if country else None


@lru_cache(maxsize=16)
def _of_year(country: str, year: int) -> Mapping[date, str]:
    import holidays

    code, _, part = country.partition("-")
    found = holidays.country_holidays(code, subdiv=part or None, years=year, language=ENGLISH)
    return {day: name for day, name in found.items() if day.year == year}
