"""Recognises a status of ours among an account's own statuses.

Wrongly absent means a second post, wrongly found a lost one; so whatever is neither surely ours nor surely
another is CannotTell, and a person looks. The server's clock may be a little off, hence the two margins.

The list is no proof by itself. Servers leave kinds of statuses out, cut pages short, repeat them, put old ones
between, or answer with an empty list. Absent only where this server has shown us one of our own of the very same
kind (`shown.py`), and the list, in order of time, reaches back to before the attempt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import Absent, CannotTell, Found, Look
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Result
from bot.networks.mastodon.errors import Owner
from bot.networks.mastodon.shown import Shown, is_own, name_kind
from bot.networks.protocol import Attempt

SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
DOUBT = timedelta(minutes=15)  # older by this much, with the same words: a person looks
RESEMBLES = 0.6  # likeness from which a status may be ours, changed by the server
PAGE = 40  # statuses, the API's largest page
PAGES = 5


@dataclass(frozen=True)
class Own:
    """The account's own list: how it is asked (`ask` takes the query), whose it is, and what it was seen to hold."""

    ask: Callable[[dict[str, str]], Result]
    us: Owner
    shown: Shown
    title: str


def find(own: Own, attempt: Attempt, settle_after: timedelta) -> Look:
    """Walks back through the account's statuses until all of a page is older than the attempt."""
    try:
        wanted = {"status": "", **json.loads(attempt.payload)}
    except (ValueError, TypeError):
        return CannotTell("What was sent cannot be read any more.")
    params = {"limit": str(PAGE), "exclude_reblogs": "true"}
    way: _Way | None = None
    doubt: CannotTell | None = None
    for _ in range(PAGES):
        result = own.ask(params)
        page = _statuses(result)
        if page is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(http_outcomes.judge_failure(result)))
        own.shown.learn(page, own.us)
        way = way or _Way(http_outcomes.find_begin(result, attempt), attempt.fast)
        for status in page:
            look = _compare(wanted, status, way)
            if isinstance(look, Found):
                return look
            doubt = doubt or look
        if way.ends_with(page, own.us):
            return (
                doubt
                or http_outcomes.check_too_early(result, attempt, settle_after)
                or _judge_absence(own, wanted, way)
            )
        params["max_id"] = str(page[-1].get("id"))
    return doubt or CannotTell("The account has too many newer posts to look through.")


def _judge_absence(own: Own, wanted: Mapping[str, Any], way: _Way) -> Look:
    """It is not in the list. What that proves."""
    kind = name_kind(wanted)
    if kind is None or not own.shown.has(kind, own.us):
        what = _with_article(kind or "post of this kind")
        return CannotTell(
            f"{own.title} has never shown Byhand {what} in this account's own list, so this one may be there unseen. "
            "Sign in there and look among your own posts before it is sent again."
        )
    if way.trouble:
        return CannotTell(
            f"{own.title} did not list this account's posts back to before this one ({way.trouble}), so its list "
            "proves nothing. Sign in there and look before it is sent again."
        )
    return Absent(
        rests_on=f"{own.title}'s own list, which goes back to before the attempt, and in which the "
        f"server has shown {_with_article(kind)} of this account"
    )


class _Way:
    """How far back a walk through the list has come, and whether that can be trusted."""

    def __init__(self, started: datetime, fast: timedelta) -> None:
        self.ours = started - SKEW  # from here on it is ours
        self.before = started - fast - DOUBT  # and before that, none of it
        self._seen: set[str] = set()
        self._oldest: datetime | None = None  # of ours so far
        self._in_order = True

    def ends_with(self, page: list[dict[str, Any]], us: Owner) -> bool:
        """Is this page the last to ask for? An empty one, one that repeats the last, or one older than the attempt
        as a whole: a single old status among newer ones says nothing of what comes after it."""
        ids = {str(status.get("id")) for status in page}
        if ids <= self._seen:
            return True
        self._seen |= ids
        newest: datetime | None = None
        for status in page:
            made = http_outcomes.parse_iso_moment(status.get("created_at"))
            if made is None or not is_own(status, us):
                continue
            self._in_order &= self._oldest is None or made <= self._oldest + SKEW
            self._oldest = made if self._oldest is None else min(made, self._oldest)
            newest = made if newest is None else max(made, newest)
        return newest is not None and newest < self.before

    @property
    def trouble(self) -> str | None:
        """Why the list may not hold everything since the attempt."""
        if self._oldest is None:
            return "it showed none of them"
        if not self._in_order:
            return "they are not in order of time"
        if self._oldest >= self.before:
            return "it ended too soon"
        return None


def find_correction(
    result: Result, words: str, attempt: Attempt, settle_after: timedelta, *, gone: bool
) -> Look:
    """Whether a status of ours has the words a correction gave it. One that is gone has not: sending the correction
    again meets the server's refusal and harms nothing."""
    if gone and isinstance(result, Answer):
        absent = Absent(
            rests_on="the server says that what it corrects is gone; a correction never makes a second post"
        )
        return http_outcomes.check_too_early(result, attempt, settle_after) or absent
    status = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    if not isinstance(result, Answer) or not status.get("id"):
        return CannotTell(http_outcomes.describe(http_outcomes.judge_failure(result)))
    if text.has_same_words(words, text.read_html(str(status.get("content") or ""))):
        return Found(str(status["id"]), read_link(status))
    absent = Absent(rests_on="the very answer it corrects, which the server shows with other words")
    return http_outcomes.check_too_early(result, attempt, settle_after) or absent


def read_link(status: Mapping[str, Any]) -> str | None:
    """Where a browser finds the status."""
    for name in ("url", "uri"):
        if isinstance(status.get(name), str) and status[name].startswith("http"):
            return str(status[name])
    return None


def _statuses(result: Result) -> list[dict[str, Any]] | None:
    """The page of statuses, or None if the answer is none."""
    page = result.json() if isinstance(result, Answer) and result.status == 200 else None
    if not isinstance(page, list) or not all(isinstance(status, dict) for status in page):
        return None
    return page


def _compare(wanted: Mapping[str, Any], status: Mapping[str, Any], way: _Way) -> Found | CannotTell | None:
    if status.get("reblog"):
        return None
    if _reply_to(wanted) != _reply_to(status):
        return None if _reply_to(status) else _orphan(wanted, status, way)
    found = Found(str(status.get("id")), read_link(status))
    media = [str(item.get("id")) for item in status.get("media_attachments") or []]
    ours = [str(media_id) for media_id in wanted.get("media_ids", [])]
    if ours and ours == media:
        return found
    made = http_outcomes.parse_iso_moment(status.get("created_at"))
    if made is not None and made < way.before:
        return None
    shown = text.read_html(str(status.get("content") or ""))
    if text.has_same_words(wanted["status"], shown) and len(media) == len(ours):
        if made is not None and made >= way.ours:
            return found
        return CannotTell(f"A post with the same words is there, but from another moment: {found.url}")
    if text.measure_likeness(wanted["status"], shown) >= RESEMBLES and (made is None or made >= way.ours):
        return CannotTell(f"A post that resembles it is there: {found.url}")
    return None


def _orphan(wanted: Mapping[str, Any], status: Mapping[str, Any], way: _Way) -> CannotTell | None:
    """An answer whose customer has deleted their message answers nothing any more, and is still there."""
    made = http_outcomes.parse_iso_moment(status.get("created_at"))
    recent = made is None or made >= way.ours
    if recent and text.has_same_words(wanted["status"], text.read_html(str(status.get("content") or ""))):
        return CannotTell(f"A post with the same words, which answers nobody, is there: {read_link(status)}")
    return None


def _reply_to(status: Mapping[str, Any]) -> str:
    return str(status.get("in_reply_to_id") or "")


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
