"""Recognises a status of ours among an account's own statuses.

Wrongly absent means a second post, wrongly found a lost one; so whatever is neither surely ours nor surely
another is CannotTell, and a person looks. The server's clock may be a little off, hence the two margins.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.outcomes import Absent, CannotTell, Found, Look
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Result
from bot.networks.protocol import Attempt

SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
DOUBT = timedelta(minutes=15)  # older by this much, with the same words: a person looks
RESEMBLES = 0.6  # likeness from which a status may be ours, changed by the server
PAGE = 40  # statuses, the API's largest page
PAGES = 5


def find(ask: Callable[[dict[str, str]], Result], attempt: Attempt, settle_after: timedelta) -> Look:
    """Walks back through the account's statuses until older than the attempt; `ask` takes the query."""
    try:
        wanted = {"status": "", **json.loads(attempt.payload)}
    except (ValueError, TypeError):
        return CannotTell("What was sent cannot be read any more.")
    params = {"limit": str(PAGE), "exclude_reblogs": "true"}
    doubt: CannotTell | None = None
    for _ in range(PAGES):
        result = ask(params)
        page = _statuses(result)
        if page is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(http_outcomes.judge_failure(result)))
        for status in page:
            look = _compare(wanted, status, attempt.started_at)
            if isinstance(look, Found):
                return look
            doubt = doubt or look
        if not page or _oldest(page) < attempt.started_at - DOUBT:
            return doubt or http_outcomes.check_too_early(result, attempt, settle_after) or Absent()
        params["max_id"] = str(page[-1].get("id"))
    return doubt or CannotTell("The account has too many newer posts to look through.")


def find_correction(
    result: Result, words: str, attempt: Attempt, settle_after: timedelta, *, gone: bool
) -> Look:
    """Whether a status of ours has the words a correction gave it. One that is gone has not: sending the correction
    again meets the server's refusal and harms nothing."""
    if gone and isinstance(result, Answer):
        return http_outcomes.check_too_early(result, attempt, settle_after) or Absent()
    status = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    if not isinstance(result, Answer) or not status.get("id"):
        return CannotTell(http_outcomes.describe(http_outcomes.judge_failure(result)))
    if text.has_same_words(words, text.read_html(str(status.get("content") or ""))):
        return Found(str(status["id"]), read_link(status))
    return http_outcomes.check_too_early(result, attempt, settle_after) or Absent()


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


def _compare(
    wanted: Mapping[str, Any], status: Mapping[str, Any], started: datetime
) -> Found | CannotTell | None:
    if status.get("reblog"):
        return None
    if _reply_to(wanted) != _reply_to(status):
        return None if _reply_to(status) else _orphan(wanted, status, started)
    found = Found(str(status.get("id")), read_link(status))
    media = [str(item.get("id")) for item in status.get("media_attachments") or []]
    ours = [str(media_id) for media_id in wanted.get("media_ids", [])]
    if ours and ours == media:
        return found
    made = http_outcomes.parse_iso_moment(status.get("created_at"))
    if made is not None and made < started - DOUBT:
        return None
    shown = text.read_html(str(status.get("content") or ""))
    if text.has_same_words(wanted["status"], shown) and len(media) == len(ours):
        if made is not None and made >= started - SKEW:
            return found
        return CannotTell(f"A post with the same words is there, but from another moment: {found.url}")
    if text.measure_likeness(wanted["status"], shown) >= RESEMBLES and (
        made is None or made >= started - SKEW
    ):
        return CannotTell(f"A post that resembles it is there: {found.url}")
    return None


def _orphan(wanted: Mapping[str, Any], status: Mapping[str, Any], started: datetime) -> CannotTell | None:
    """An answer whose customer has deleted their message answers nothing any more, and is still there."""
    made = http_outcomes.parse_iso_moment(status.get("created_at"))
    recent = made is None or made >= started - SKEW
    if recent and text.has_same_words(wanted["status"], text.read_html(str(status.get("content") or ""))):
        return CannotTell(f"A post with the same words, which answers nobody, is there: {read_link(status)}")
    return None


def _reply_to(status: Mapping[str, Any]) -> str:
    return str(status.get("in_reply_to_id") or "")


def _oldest(page: list[dict[str, Any]]) -> datetime:
    made = [http_outcomes.parse_iso_moment(status.get("created_at")) for status in page]
    return min((moment for moment in made if moment), default=datetime.max.replace(tzinfo=UTC))
