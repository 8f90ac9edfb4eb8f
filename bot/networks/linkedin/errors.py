"""What LinkedIn's error bodies mean.

    {"status", "code", "message", "serviceErrorCode"}

What is on no list is unknown, and so is whatever comes without such a body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot import observability
from bot.domain.outcomes import Later, NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.linkedin.api import VERSION, read_urn
from bot.networks.receiving import Trouble

FINAL = frozenset({400, 403, 404, 422})
OUTDATED = (
    f"LinkedIn does not take version {VERSION} of its API any more, and this Byhand speaks no other. Nothing can be "
    "published there, or taken down, before Byhand is updated."
)
_LACKS_RIGHT = (
    "Either the token lacks a right, or whoever made it has no role on the Page that allows it: `byhand check` says "
    "which role they have."
)
_DUPLICATE = "DUPLICATE_POST"
_SHARE = re.compile(r"urn:li:(?:share|ugcPost|activity):[0-9]+")


@dataclass(frozen=True)
class LinkedInError:
    status: int
    code: str  # "REVOKED_ACCESS_TOKEN"; "" where there is only a number
    words: str
    duplicate_of: str | None = None  # the post that it says is the same; "": it does not say which


def read_error(result: Result) -> LinkedInError | None:
    """LinkedIn's own error body: it says the status that it comes with."""
    body = result.fields() if isinstance(result, Answer) else {}
    if not isinstance(result, Answer) or body.get("status") != result.status:
        return None
    whole = sanitize.words(body.get("message"), 3000)
    said = observability.hide(" ".join(whole.split()))[:300]
    duplicate = _find_duplicate(whole) if _is_duplicate(body, whole) else None
    return LinkedInError(result.status, sanitize.words(body.get("code"), 100), said, duplicate)


def judge(result: Result) -> Outcome:
    """The outcome of anything but a success."""
    error = read_error(result)
    if error is None or not isinstance(result, Answer):
        return http_outcomes.judge_failure(result, find_midnight(result))
    words = error.words or f"error {error.code or error.status}"
    if error.duplicate_of is not None:
        return Unknown(f"LinkedIn says that the same post is there already: {words}", error.status)
    match error.status:
        case 429:
            return Later(words, find_midnight(result), 429)
        case 426:
            return Refused(OUTDATED, error.code or None, 426)
        case 401:
            return NeedsLogin(words, 401)
        case 403:
            return Refused(f"{sanitize.end_sentence(words)} {_LACKS_RIGHT}", error.code or None, 403)
        case status if status in FINAL:
            return Refused(words, error.code or None, status)
        case status:
            return Unknown(f"The server answered {status}: {words}", status)


def says_gone(result: Result) -> bool:
    """Not there, or not for us to see: to be believed only once LinkedIn has said whose token it is."""
    error = read_error(result)
    return error is not None and error.status == 404


def to_trouble(outcome: Outcome, renew: str) -> Trouble:
    """A question that was not answered, in words. `renew`: how a new token is given."""
    said = http_outcomes.describe(outcome)
    match outcome:
        case NeedsLogin(mend=mend):
            return Trouble(f"LinkedIn refuses the token ({said}). {mend or renew}", needs_login=True)
        case Later(_, at):
            return Trouble(f"LinkedIn asks us to wait: {said}", at)
        case Refused():
            return Trouble(f"LinkedIn does not tell us who wrote something ({said}).")
        case _:
            return Trouble(f"LinkedIn did not answer as expected: {said}")


def find_midnight(result: Result) -> datetime | None:
    """When LinkedIn counts anew, by its own clock: what may be called in a day begins at midnight, UTC."""
    made = result.date() if isinstance(result, Answer) else None
    if made is None:
        return None
    return datetime.combine(made.date(), time(), UTC) + timedelta(days=1)


def _is_duplicate(body: dict[str, Any], words: str) -> bool:
    details = body.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    codes = [one.get("code") for one in inputs if isinstance(one, dict)] if isinstance(inputs, list) else []
    return _DUPLICATE in (*codes, body.get("code")) or "is a duplicate of" in words


def _find_duplicate(words: str) -> str:
    found = _SHARE.search(words)
    return (read_urn(found.group()) or "") if found else ""
