"""Words made safe for Slack: cut, escaped, and the tokens Slack fills in itself (people, moments).

`*`, `_`, `~` and backticks cannot be escaped in Slack's mrkdwn, so what others wrote is never put in mrkdwn inside
blocks: it goes into rich_text (`blocks.py`), which is literal. Only the notification text, which is always mrkdwn,
takes their words, and there `spoken` drops those four characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.people import name_outside_slack
from bot.domain.quoting.cutting import cut as cut
from bot.domain.quoting.cutting import length as length
from bot.domain.quoting.cutting import one_line as one_line
from bot.domain.quoting.cutting import pieces as pieces
from bot.domain.quoting.first_words import SLACK_MARKS
from bot.domain.quoting.visible import between_marks as between_marks
from bot.domain.quoting.visible import literal as literal
from bot.domain.shown.moments import name_moment
from bot.domain.shown.state_words import join_names

CUT_HERE = "… (cut here; Preview shows all)"
# Links to what is on a network; each stays on one line.
VIEW_MESSAGE, VIEW_REPLY = "view\u00a0the\u00a0message", "view\u00a0the\u00a0reply"
MOST_NAMES = 10  # people named in one line; the others are counted


@dataclass(frozen=True)
class Place:
    """Where a screen is shown: the team's zone, for clients that cannot fill in dates, and the workspace."""

    zone: tzinfo = UTC
    workspace: str = "https://slack.com"  # `url` of auth.test


NOWHERE = Place()


# --- cutting and escaping ----------------------------------------------------------------------------


def escaped(text: str, limit: int) -> str:
    """Cut and escaped, at most `limit` units long after both."""
    room = limit
    while length(safe := escape(cut(text, room))) > limit:
        room -= max((length(safe) - limit) // 5, 1)
    return safe


def escape(text: str) -> str:
    """The three characters Slack reads as its own; `&` first."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_MARKS = re.compile(r"[*_~`]")


def spoken(text: str, limit: int = 150) -> str:
    """Others' words for a notification: one line, short, nothing in it means anything to Slack."""
    return escape(cut(" ".join(_MARKS.sub("", text).split()), limit))


def list_and(names: Sequence[str]) -> str:
    """ "Mastodon, Bluesky and X"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def heard(words: str, limit: int = 150) -> str:
    """Customers' words for a notification."""
    return spoken(literal(words), limit)


_SAFE_URL = re.compile(r"https?://[^\s<>|\"\x00-\x1f]{1,2900}", re.ASCII)


def safe_url(url: str | None) -> str | None:
    """An address a person may be sent to, or None: networks answer all sorts of things."""
    return url if url and _SAFE_URL.fullmatch(url) else None


def permalink(where: tuple[str, str], place: Place) -> str:
    """The address of a message, as Slack writes it: …/archives/C123/p1596530385000100."""
    channel, ts = where
    return f"{place.workspace.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


# --- people ------------------------------------------------------------------------------------------

_USER = re.compile(r"[UW][A-Z0-9_]{1,40}", re.ASCII)
_GROUP = re.compile(r"S[A-Z0-9_]{1,40}", re.ASCII)


def is_user(person: str) -> bool:
    """A Slack user's id, and not "cli:maya@desk"."""
    return bool(_USER.fullmatch(person))


def mention(person: str) -> str:
    """mrkdwn: a person or a user group by id; "cli:maya@desk" becomes plain words."""
    if is_user(person):
        return f"<@{person}>"
    if _GROUP.fullmatch(person):
        return f"<!subteam^{person}>"
    return escape(_MARKS.sub("", name_plainly(person)))


def name_plainly(person: str) -> str:
    """Somebody who is no Slack user: "maya (on Byhand's server)". Not escaped: for rich_text."""
    if person.startswith("cli:"):
        return name_outside_slack(one_line(person[4:].partition("@")[0], 40))
    return one_line(person, 40)


def mentions(people: Iterable[str], most: int = MOST_NAMES) -> str:
    """ "@Maya, @Tom and 2 more"; "" for nobody."""
    everyone = list(dict.fromkeys(people))
    shown = [mention(person) for person in everyone[:most]]
    left = len(everyone) - len(shown)
    return listing([*shown, f"{left} more"] if left else shown)


def mentions_or(people: Iterable[str]) -> str:
    """ "@Maya, @Tom or 2 more": any of them will do."""
    everyone = list(dict.fromkeys(people))
    shown, left = [mention(person) for person in everyone[:MOST_NAMES]], len(everyone) - MOST_NAMES
    *others, last = [*shown, f"{left} more"] if left > 0 else shown
    return f"{', '.join(others)} or {last}" if others else last


def listing(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return join_names(words)


def count(number: int, one: str, many: str | None = None) -> str:
    """ "1 post", "3 posts"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


_OURS = re.compile(
    r"(<@[UW][A-Z0-9_]{1,40}>|<!subteam\^S[A-Z0-9_]{1,40}>|<!date\^\d{1,12}\^[^<>|^]*\|[^<>|]*>)", re.ASCII
)


def sentence(text: str) -> str:
    """A sentence of ours that may hold tokens of people and moments; all else is escaped, marks dropped."""
    parts = _OURS.split(text)
    return "".join(
        part if index % 2 else escape(SLACK_MARKS.sub("", part)) for index, part in enumerate(parts)
    )


def end(words: str) -> str:
    """With a full stop at its end, and never two: reasons of networks and people end as they like."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


# --- moments -----------------------------------------------------------------------------------------

DAY_AND_TIME = "{date_short_pretty} at {time}"
DEADLINE = "{time} {date_short_pretty}"  # after "by": "by 09:00 today"
TIME = "{time}"
SECONDS = "{time_secs}"
AGO = "{ago}"
WEEK_DAYS = 7  # from then on nobody counts hours


def token(moment: datetime, pattern: str, place: Place, fallback: str = "") -> str:
    """mrkdwn: the moment in the reader's own zone; `fallback` is for clients that cannot."""
    return f"<!date^{int(moment.timestamp())}^{pattern}|{fallback or in_words(moment, pattern, place)}>"


def when(moment: datetime, place: Place) -> str:
    """mrkdwn: "today at 09:00". Never the bare time: a card is still read next week."""
    return token(moment, DAY_AND_TIME, place)


def until(moment: datetime, place: Place) -> str:
    """mrkdwn: "09:00 today", after "by"."""
    return token(moment, DEADLINE, place)


def in_words(moment: datetime, pattern: str, place: Place) -> str:
    """ "Tue 24 Nov 2026 at 09:00 CET": in the team's zone, and says so."""
    if pattern in (DAY_AND_TIME, DEADLINE):
        return escape(name_moment(moment.replace(second=0, microsecond=0), place.zone))
    local = moment.astimezone(place.zone)
    clock = f"{local:%H:%M:%S}" if pattern == SECONDS else f"{local:%H:%M}"
    return f"{clock} {escape(local.tzname() or 'UTC')}"


def countdown(moment: datetime, now: datetime) -> str:
    """ "in 46 min", "in less than a minute", "now" for the minute from then on, "1 h 10 min ago"."""
    away = moment - now
    if away > timedelta(0):
        return f"in {span(away)}"
    return "now" if -away < timedelta(minutes=1) else f"{span(-away)} ago"


def span(length_of: timedelta) -> str:
    """ "less than a minute", "46 min", "8 h 58 min", "1 day 12 h", "9 days": what is over, never rounded up. The demo's
    page says it in the same words (`relative` in time.js)."""
    minutes = int(length_of.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return " ".join([count(days, "day"), *([f"{hours} h"] if hours and days < WEEK_DAYS else [])])
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])
