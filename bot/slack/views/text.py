"""Words made safe for Slack: cut, escaped, and the tokens Slack fills in itself (people, moments).

`*`, `_`, `~` and backticks cannot be escaped in Slack's mrkdwn, so what others wrote is never put in mrkdwn inside
blocks: it goes into rich_text (`blocks.py`), which is literal. Only the notification text, which is always mrkdwn,
takes their words, and there `spoken` drops those four characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.hours import DAYS
from bot.domain.people import name_outside_slack
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


def length(text: str) -> int:
    """In UTF-16 units: what Slack counts as a character is not documented, and this is never too few."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, tail: str = "…") -> str:
    """At most `limit` units, whole characters as people see them. Cut before escaping, never after."""
    if length(text) <= limit:
        return text
    return text[: _room_for(text, max(limit - length(tail), 0))].rstrip() + tail


def pieces(text: str, limit: int) -> list[str]:
    """The text in runs of at most `limit` units; joined they are the text again."""
    cuts = []
    while length(text) > limit:
        end = _room_for(text, limit) or limit // 2
        cuts.append(text[:end])
        text = text[end:]
    return [*cuts, text]


def _room_for(text: str, limit: int) -> int:
    """How many code points fit into `limit` units without splitting a character."""
    used = 0
    for end, letter in enumerate(text):
        used += 2 if ord(letter) > 0xFFFF else 1
        if used > limit:
            return _boundary(text, end)
    return len(text)


def _boundary(text: str, end: int) -> int:
    """The nearest place at or before `end` that splits no character; gives up after 40 code points."""
    for place in range(end, max(end - 40, 0), -1):
        if not _joined(text, place):
            return place
    return 0 if end <= 40 else end


def _joined(text: str, place: int) -> bool:
    """Do the code points on both sides of `place` belong to one character? Nearly UAX 29, in a few lines."""
    before, after = text[place - 1], text[place] if place < len(text) else ""
    if not after:
        return False
    if before == "\u200d" or after == "\u200d" or before + after == "\r\n":
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc"):  # accents, variation selectors
        return True
    if (
        "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f"
    ):  # skin, subdivision flags
        return True
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    run = 0
    while run < place and _is_flag_half(text[place - 1 - run]):
        run += 1
    return run % 2 == 1


def _is_flag_half(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


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
_MARKS_OF_OURS = re.compile(
    r"[*~`]|(?<![a-z])_|_(?![a-z])"
)  # within a word one marks nothing: author_may_approve


def spoken(text: str, limit: int = 150) -> str:
    """Others' words for a notification: one line, short, nothing in it means anything to Slack."""
    return escape(cut(" ".join(_MARKS.sub("", text).split()), limit))


def list_and(names: Sequence[str]) -> str:
    """ "Mastodon, Bluesky and X"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def one_line(text: str, limit: int) -> str:
    """The first words, for a list. Not escaped: for rich_text."""
    return cut(" ".join(text.split()), limit)


# --- customers' words --------------------------------------------------------------------------------

MOST_MARKS = 5  # accents on one letter; Vietnamese needs two, Hebrew three, Tibetan four
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_BROKEN = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")  # half a character, or none at all
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"  # Scotland and the like
_HIDDEN = re.compile(
    f"({_FLAG})|["
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the order of letters around
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"  # without width
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # letters that show nothing
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# These two join letters of Arabic, Indic and emoji; anywhere else they only hide.
_JOINER = re.compile(
    r"(?<![^\x00-\x7f\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\s\u200c\u200d])"
)
_GAPS = re.compile(r"\n(?:[^\S\n]*\n){2,}")


def literal(words: str) -> str:
    """Customers' words for rich_text: all of them visible, in the order they are read, without stacked accents.

    Empty if nothing in them can be seen. Slack's own tokens need no care there: text pieces are literal.
    """
    shown = _HIDDEN.sub(r"\1", _BROKEN.sub("\ufffd", _BREAKS.sub("\n", words)))
    shown = _GAPS.sub("\n\n", _calmed(_JOINER.sub("", shown)))
    return shown.strip("\n").rstrip() if any(map(_visible, shown)) else ""


def _visible(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) not in ("Mn", "Me", "Cf")


def _calmed(text: str) -> str:
    """At most MOST_MARKS accents in a row."""
    kept, run = [], 0
    for letter in text:
        run = run + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if run <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def between_marks(words: str, limit: int = 60) -> str:
    """One line of a customer's, such as their name, beside words of ours: "“Lena K.”". Marks inside it are made
    small, so that "Approved by Tom" is seen to be a name. For rich_text. "" if nothing in it can be seen."""
    line = one_line(re.sub('["“”„‟«»]', "'", literal(words)), limit)
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line):
        line = f"\u2068{line}\u2069"  # a name from right to left turns no word of ours around
    return f"“{line}”" if line else ""


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
        part if index % 2 else escape(_MARKS_OF_OURS.sub("", part)) for index, part in enumerate(parts)
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
    """ "Tue 24 Nov 2026 09:00 CET": in the team's zone, and says so."""
    local = moment.astimezone(place.zone)
    clock = f"{local:%H:%M:%S}" if pattern == SECONDS else f"{local:%H:%M}"
    day = f"{DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year} "
    return f"{day if pattern in (DAY_AND_TIME, DEADLINE) else ''}{clock} {escape(local.tzname() or 'UTC')}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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
