"""What X's error bodies mean. There are two, and a 200 may hold one as well:

    {"title", "detail", "type", "status", "errors": [{"message"}]}
    {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}

What is on no list is unknown, and so is whatever comes without such a body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import observability
from bot.domain.outcomes import Later, NeedsCredit, NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result

FINAL = frozenset({400, 403, 404})
CREDITS = frozenset({"credits", "credits-depleted"})
CAPPED = frozenset({"usage-capped"})
GONE = frozenset({"resource-not-found"})
REPLY_RULE = "ReplyRule"  # codes of a `Refused`
DUPLICATE = "Duplicate"
ON_X = "Open it on X, answer there, and press Done."
BUY = "Buy credits at console.x.com."
IN_ORDER = "Put the account itself in order on X."
_LOST = frozenset({32, 89, 99, 135, 215})  # old codes: the token is not taken
_CLOSED = frozenset({64, 326})  # the account is suspended, or locked until its owner signs in
_THROTTLED = frozenset({88, 185})
_GONE = frozenset({17, 34, 144})
_REPLY_RULE = re.compile(
    r"only reply to or quote posts where you are mentioned|have not been mentioned or otherwise engaged",
    re.IGNORECASE,
)
_DUPLICATE = re.compile(r"duplicate content|status is a duplicate", re.IGNORECASE)
_DAYS = ("x-user-limit-24hour", "x-app-limit-24hour")  # limits of a day, beside that of a quarter of an hour


@dataclass(frozen=True)
class XError:
    status: int
    kind: str  # the end of `type`, "resource-not-found"; "" where it says none
    code: int | None  # of the older body
    words: str


def read_error(result: Result) -> XError | None:
    """X's own body; also one that comes with a 200."""
    body = result.fields() if isinstance(result, Answer) else {}
    listed = body.get("errors")
    first = next((one for one in listed if isinstance(one, dict)), {}) if isinstance(listed, list) else {}
    said = body if isinstance(body.get("title"), str) else first
    if not isinstance(result, Answer) or not (said.get("title") or said.get("message")):
        return None
    words = " ".join(filter(None, (_find_words(said), _find_words(first) if said is not first else "")))
    kind = sanitize.words(said.get("type"), 300).rstrip("/").rpartition("/")[2]
    return XError(result.status, kind, sanitize.number(said.get("code")), observability.hide(words)[:300])


def judge(result: Result) -> Outcome:
    """The outcome of anything but a success."""
    error = read_error(result)
    if error is None or not isinstance(result, Answer):
        return http_outcomes.judge_failure(result, find_reset(result))
    if says_no_credits(error):
        return NeedsCredit(error.words, error.status, BUY)
    if 400 <= error.status < 500:
        return _judge_no(error, find_reset(result))
    return Unknown(f"The server answered {error.status}: {error.words}", error.status)


def _judge_no(error: XError, reset: datetime | None) -> Outcome:
    words, status = error.words, error.status
    if error.kind in CAPPED:  # for the whole period that is paid for
        return Refused(words, error.kind, status)
    if status == 429 or error.code in _THROTTLED:
        return Later(words, reset, status)
    if error.code in _CLOSED:
        return NeedsLogin(words, status, IN_ORDER)
    if status == 401 or error.code in _LOST:
        return NeedsLogin(words, status)
    if status not in FINAL:
        return Unknown(f"The server answered {status}: {words}", status)
    if status == 403 and _REPLY_RULE.search(words):
        return Refused(f"{sanitize.end_sentence(words)} {ON_X}", REPLY_RULE, status)
    if status == 403 and _DUPLICATE.search(words):
        return Refused(words, DUPLICATE, status)
    return Refused(words, error.kind or None, status)


def says_no_credits(error: XError) -> bool:
    return error.status == 402 or (error.status >= 400 and error.kind in CREDITS)


def says_gone(result: Result) -> bool:
    """Of what was asked for by its id. It is said with a 200, too."""
    error = read_error(result)
    if error is None or not isinstance(result, Answer) or result.status not in {200, 404}:
        return False
    told = "data" in result.fields()
    return not told and (
        error.kind in GONE or error.code in _GONE or (result.status == 404 and not error.kind)
    )


def list_gone(result: Result) -> set[str]:
    """Those of the ids that were asked for that are not there, by X's own words in a 200."""
    body = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    listed = body.get("errors")
    found = set()
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and sanitize.words(one.get("type"), 300).rpartition("/")[2] in GONE:
            found.add(str(sanitize.identity(one.get("resource_id")) or sanitize.identity(one.get("value"))))
    return found


def find_reset(result: Result) -> datetime | None:
    """When X takes calls again, in seconds since 1970: a day's limit first, where that one is used up."""
    if not isinstance(result, Answer):
        return None
    for name in _DAYS:
        if result.headers.get(f"{name}-remaining") == "0":
            return http_outcomes.parse_epoch_moment(result.headers.get(f"{name}-reset"))
    reset = http_outcomes.parse_epoch_moment(result.headers.get("x-rate-limit-reset"))
    return reset or http_outcomes.read_retry_after(result)


def _find_words(said: Mapping[str, Any]) -> str:
    for name in ("detail", "message", "title"):
        if found := " ".join(sanitize.words(said.get(name), 1000).split()):
            return found
    return ""
