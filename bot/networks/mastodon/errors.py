"""What Mastodon's answers mean when they are no success, and what their headers leave us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.outcomes import Later, NeedsLogin, Outcome, Refused
from bot.networks import http_outcomes
from bot.networks.http import Answer, Result
from bot.networks.receiving import Rate, Trouble

FINAL = frozenset({400, 403, 404, 422})  # with a parsed body; 401 asks for a new token


@dataclass(frozen=True)
class Owner:
    """Whose token it is, as `verify_credentials` says."""

    id: str
    username: str
    url: str


def judge(result: Result) -> Outcome:
    """The outcome of anything but a success: final only with a status on the list and the vendor's body."""
    if isinstance(result, Answer) and "error" in result.fields():
        if result.status == 401:
            return NeedsLogin(http_outcomes.read_words(result), 401)
        if result.status in FINAL:
            return Refused(http_outcomes.read_words(result), http_status=result.status)
    return http_outcomes.judge_failure(result, _later(result))


def is_gone(result: Result) -> bool:
    """The server says that there is no such status, or none that we may see."""
    return isinstance(result, Answer) and http_outcomes.says_gone(result) and "error" in result.fields()


def read_rate(result: Result) -> Rate | None:
    if not isinstance(result, Answer):
        return None
    resets_at = http_outcomes.parse_iso_moment(result.headers.get("x-ratelimit-reset"))
    try:
        remaining = int(result.headers["x-ratelimit-remaining"])
        limit = int(result.headers["x-ratelimit-limit"])
    except (KeyError, ValueError):
        return None
    return Rate(remaining, limit, resets_at) if resets_at and remaining >= 0 and limit > 0 else None


def to_trouble(outcome: Outcome, renew: str) -> Trouble:
    """A question that was not answered, in words. `renew`: how a new token is given, a sentence."""
    said = http_outcomes.describe(outcome)
    match outcome:
        case NeedsLogin(mend=mend):
            return Trouble(f"The server refuses the token ({said}). {mend or renew}", needs_login=True)
        case Later(_, at):
            return Trouble(f"The server asks us to wait: {said}", at)
        case Refused(_, _, 403):
            return Trouble(
                f"The server does not let us read what customers write ({said}). "
                "The token needs the scopes read:notifications, read:statuses and read:follows."
            )
        case _:
            return Trouble(f"The server did not answer as expected: {said}")


def _later(result: Result) -> datetime | None:
    if not isinstance(result, Answer):
        return None
    return http_outcomes.parse_iso_moment(
        result.headers.get("x-ratelimit-reset")
    ) or http_outcomes.read_retry_after(result)
