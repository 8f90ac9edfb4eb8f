"""Days and moments in plain words, in one style, for where no client of Slack's fills in the reader's own zone."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from bot.domain.hours import DAYS

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def name_moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "Tue 1 Dec at 03:59 CET"; with seconds where there are any, and with the year where it is not that of `now`."""
    return f"{shorten_moment(at, zone, now)} {at.astimezone(zone).tzname() or 'UTC'}"


def tell_moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "on Tue 1 Dec at 03:59 CET"."""
    return f"on {name_moment(at, zone, now)}"


def shorten_moment(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "Tue 1 Dec at 03:59", where the zone is named once for all."""
    return f"{name_day(at, zone, now)} at {name_clock(at, zone)}"


def name_time(at: datetime, zone: tzinfo, now: datetime) -> str:
    """ "03:59", or "03:59 on Tue 1 Dec" if that is not today: it stands after "at" and "since"."""
    local = at.astimezone(zone)
    clock = f"{local:%H:%M}"
    return clock if local.date() == now.astimezone(zone).date() else f"{clock} on {name_day(at, zone, now)}"


def name_day(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """ "Tue 1 Dec"; "Tue 1 Dec 2026" where that is not the year of `now`."""
    local = at.astimezone(zone)
    year = "" if now is not None and local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{name_date(local.date())}{year}"


def name_date(day: date) -> str:
    """ "Tue 1 Dec", of a day near today."""
    return f"{DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def name_clock(at: datetime, zone: tzinfo) -> str:
    """ "03:59"; with seconds where there are any."""
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def name_zone(zone: tzinfo | str) -> str:
    """ "Berlin time", of Europe/Berlin; "UTC"."""
    place, slash, city = str(zone).rpartition("/")
    return f"{city.replace('_', ' ')} time" if slash and place != "Etc" else city
