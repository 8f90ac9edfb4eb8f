"""Moments in plain words, in the team's zone, for where no client of Slack's fills in the reader's own."""

from __future__ import annotations

from datetime import datetime, tzinfo


def name_moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "Tue 1 Dec at 03:59 CET"; with seconds where there are any, and with the year where it is not that of `now`."""
    local = at.astimezone(zone)
    return f"{name_day(at, zone, now)} at {_clock(local)} {local.tzname() or 'UTC'}"


def tell_moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "on Tue 1 Dec at 03:59 CET"."""
    return f"on {name_moment(at, zone, now)}"


def shorten_moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "Tue 1 Dec 03:59", for a table that says which zone it is in."""
    return f"{name_day(at, zone, now)} {_clock(at.astimezone(zone))}"


def name_day(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "Tue 1 Dec"; "Tue 1 Dec 2026" where that is not the year of `now`."""
    local = at.astimezone(zone)
    year = "" if now is not None and local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}"


def name_zone(zone: tzinfo | str) -> str:
    """ "Berlin time", of Europe/Berlin; "UTC"."""
    place, slash, city = str(zone).rpartition("/")
    return f"{city.replace('_', ' ')} time" if slash and place != "Etc" else city


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
