"""What commands print: values in, lines out. Plain text that reads the same on a screen and in a pipe.

Only the last column may be cut, and only on a terminal: whoever pipes gets every word.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from bot.domain.preflight.week import WeekDay, describe_week
from bot.domain.shown.by_hand import Unwatched
from bot.domain.shown.moments import shorten_moment, tell_moment
from bot.domain.shown.post_screens import AccountHealth, Ahead, GateShut, UpcomingRow
from bot.domain.shown.state_words import (
    describe_asked_again,
    describe_to_fix,
    describe_who_paused,
    join_names,
)
from bot.domain.shown.status_screen import StatusPage
from bot.domain.shown.tally import describe_published
from bot.services.queries.upcoming import Wanted
from bot.shell.looking import Presence
from bot.slack.views.posts.rows import name_row
from bot.slack.views.text import one_line

NOTHING = {
    Ahead.TODAY: "Nothing goes out today.",
    Ahead.WEEK: "Nothing is planned for the next seven days. byhand upcoming all shows drafts too.",
    Ahead.ALL: "Nothing is planned. Bring in a plan with byhand import FILE.",
}
NOTHING_THERE = "Nothing is planned there. byhand upcoming shows all accounts."
TEXT = 120  # characters of a post
_GAP = "  "


def measure_width() -> int | None:
    """Columns of the terminal; None: this is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    """Columns as wide as their widest cell; the last one is cut where the terminal ends."""
    lines = [list(header), *([to_plain(cell) for cell in row] for row in rows)]
    sizes = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        *front, last = line
        start = "".join(set_cell_size(cell, size) + _GAP for cell, size in zip(front, sizes, strict=False))
        room = None if width is None else max(10, width - cell_len(start))
        yield (
            start + (last if room is None or cell_len(last) <= room else set_cell_size(last, room - 1) + "…")
        ).rstrip()


def to_plain(text: str) -> str:
    """Without control characters: a post's words must not move the cursor."""
    return "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)


def format_upcoming(
    rows: Sequence[UpcomingRow], shut: Sequence[GateShut], now: datetime, zone: ZoneInfo, wanted: Wanted,
    week: Sequence[WeekDay],
) -> Iterator[str]:  # fmt: skip
    yield from _paused(shut, zone, now)
    if not rows:
        yield NOTHING_THERE if wanted.accounts else NOTHING[wanted.period]
        return
    header = ("Post", "Slot", "Status", "Approvals", "Accounts", "Text")
    cells = [
        (
            str(row.number), shorten_moment(row.slot, zone, now) if row.slot else "no slot", name_row(row, short=True),
            f"{row.approvals} of {row.needed}", row.titles, one_line(row.text, TEXT) or "(no text)",
        )
        for row in rows
    ]  # fmt: skip
    yield from format_table(header, cells, measure_width())
    for row in rows:
        if row.fix and row.gate is None:
            yield to_plain(f"Post {row.number}: {describe_to_fix(row.fix, look=row.look)}.")
    yield f"Times in {zone.key}."
    yield from describe_week(week)


def format_status(page: StatusPage, presence: Presence, zone: ZoneInfo) -> Iterator[str]:
    yield presence.sentence
    yield from (f"  {to_plain(trouble)}" for trouble in presence.troubles)
    yield from _paused(page.gate, zone, page.now) if page.gate else ("Publishing is open.",)
    yield ""
    yield from format_table(
        (f"On {join_names(page.titles)}" if page.titles else "Posts", ""), _posts(page, zone), measure_width()
    )
    if page.accounts:
        yield ""
        said = {True: "ok", False: "trouble", None: "unknown"}
        accounts = [(each.title, said[each.ok], _add_end(each)) for each in page.accounts]
        yield from format_table(("Account", "", ""), accounts, measure_width())
    if page.unwatched:
        yield ""
        looks = [(one.title, _last_look(one, zone, page.now)) for one in page.unwatched]
        yield from format_table(("Not watched", "Last looked"), looks, measure_width())
    yield ""
    yield f"Times in {zone.key}."


def _add_end(account: AccountHealth) -> str:
    more = [one for one in (account.cost, account.ends) if one]
    return ". ".join([account.sentence.rstrip("."), *more]) if more else account.sentence


def _last_look(one: Unwatched, zone: ZoneInfo, now: datetime) -> str:
    if one.at is None:
        return "nobody has said so yet"
    return f"{one.by}, {shorten_moment(one.at, zone, now)}"


def _paused(shut: Sequence[GateShut], zone: ZoneInfo, now: datetime) -> Iterator[str]:
    for gate in shut:
        reason = f": {to_plain(gate.reason)}" if gate.reason else "."
        at = tell_moment(gate.at, zone, now)
        yield f"{describe_who_paused(to_plain(gate.sentence), to_plain(gate.by), at)}{reason}"
        for again in gate.again:
            asked = describe_asked_again(to_plain(again.by), tell_moment(again.at, zone, now))
            yield f"  {asked}: {to_plain(again.reason)}"


def _posts(page: StatusPage, zone: ZoneInfo) -> list[tuple[str, str]]:
    row = page.next_row
    coming = "none"
    if row is not None and row.slot is not None:
        at = shorten_moment(row.slot, zone, page.now)
        coming = f"{at}, {name_row(row)}, {row.titles}: {one_line(row.text, TEXT)}"
    return [
        ("next", coming),
        ("need a decision", str(page.waiting)),
        *([("need one after resume", str(page.paused))] if page.paused else []),
        *([("need fixing first", str(page.to_fix))] if page.to_fix else []),
        ("being sent", str(page.being_sent)),
        ("outcome unknown", str(page.unknown)),
        ("missed their slot", str(page.missed)),
        *([("not published", str(page.failed))] if page.failed else []),
        ("on hold", str(page.held)),
        ("customers waiting", str(page.customers)),
        *([("answers kept by a pause", str(page.held_back))] if page.held_back else []),
        ("today", describe_published(page.today.published, gone=page.today.gone)),
        ("facts not sealed yet", str(page.unsealed)),
    ]
