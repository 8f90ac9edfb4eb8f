"""What all networks read alike in a call's result: nothing sent, lost, throttled, failing, when to come back.

A network's own module says which 4xx are final; this file never calls anything refused by itself.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot import observability
from bot.domain.outcomes import CannotTell, Later, NeedsLogin, NotSent, Outcome, Refused, Unknown
from bot.networks import text
from bot.networks.http import Answer, Lost, Result, Unsent
from bot.networks.protocol import Attempt, PrepareFailed

GONE = frozenset({404, 410})
_WORDS = 300  # characters of somebody else's answer worth keeping
_NO_WORDS = re.compile(r"<![^>]*>|<(script|style)\b.*?(</\1|$)", re.IGNORECASE | re.DOTALL)
_PAGE = 4000  # bytes of a page in which they are looked for


def judge_failure(result: Result, later_at: datetime | None = None) -> Outcome:
    """The outcome of what is no success and not on the network's final list. `later_at` belongs to a 429."""
    match result:
        case Unsent(why):
            return NotSent(why)
        case Lost(why, status):
            return Unknown(why, status)
        case Answer(429):
            return Later(read_words(result) or "Too many calls.", later_at, 429)
        case Answer(status) if 300 <= status < 400:
            place = result.headers.get("location", "somewhere else")
            return Unknown(f"The server points to {place}: is `server` right?", status)
        case Answer(status) if 200 <= status < 300:
            return Unknown(f"The answer cannot be read: {read_words(result)}", status)
        case Answer(status):
            return Unknown(f"The server answered {status}: {read_words(result)}", status)


def says_gone(result: Result) -> bool:
    """404 or 410, whatever the body. Of an address that names one thing only, and only if the answer is sure to be
    the server's own: its body says so, or a control question right after."""
    return isinstance(result, Answer) and result.status in GONE


def to_unasked(outcome: Outcome) -> PrepareFailed:
    """The exception for an answer whose target could not be asked for: nothing is sent, and it is tried again."""
    if isinstance(outcome, Later | NeedsLogin):
        return PrepareFailed(outcome)
    said = describe(outcome)
    return PrepareFailed(
        NotSent(f"Byhand could not check whether the message it answers is still there: {said}")
    )


def read_words(answer: Answer) -> str:
    """The vendor's own words: `message`, `error_description` or `error` of the body, else its beginning."""
    return observability.hide(_find_words(answer))[:_WORDS]  # a server may repeat the token it was handed


def _find_words(answer: Answer) -> str:
    body = answer.fields()
    for key in ("message", "error_description", "error"):
        if isinstance(body.get(key), str) and body[key]:
            return str(body[key])
    said = answer.body[:_PAGE].decode(errors="replace")
    if "html" in answer.headers.get("content-type", "") or said.lstrip()[:1] == "<":
        said = text.read_html(_NO_WORDS.sub(" ", said))
    return " ".join(said.split())


def describe_kind(result: Result) -> str:
    """What kind of answer it was, and nothing of what is in it: of calls that are answered with a secret."""
    match result:
        case Unsent(why) | Lost(why):
            return why
        case Answer(status) if 300 <= status < 400:
            return "The server points to another address: is `server` right?"
    return f"The server answered {result.status} with {_name_kind(result)}"


def _name_kind(answer: Answer) -> str:
    if not answer.body.strip():
        return "nothing in it"
    if answer.json() is not None:
        return "JSON that is not what was asked for"
    media_type = answer.headers.get("content-type", "")
    return (
        "a page" if "html" in media_type or answer.body.lstrip()[:1] == b"<" else "something that is no JSON"
    )


def describe(outcome: object) -> str:
    """An outcome's words, for a sentence about a server that could not be asked."""
    match outcome:
        case Refused(reason):
            return reason
        case Unknown(evidence):
            return evidence
        case NotSent(why) | NeedsLogin(why) | Later(why):
            return why
        case _:
            return "It answered, but not with what was asked for."


def to_prepare_failed(outcome: Outcome) -> PrepareFailed:
    """The exception for an upload's outcome. A lost upload published nothing and may simply be repeated."""
    if isinstance(outcome, Unknown):
        return PrepareFailed(NotSent(f"The upload did not work: {outcome.evidence}"))
    return PrepareFailed(outcome)


def parse_iso_moment(value: str | None) -> datetime | None:
    """An aware ISO 8601 moment, else None."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def parse_epoch_moment(value: str | None) -> datetime | None:
    """Seconds since 1970 as a moment, else None."""
    try:
        return datetime.fromtimestamp(int(value or ""), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_retry_after(answer: Answer) -> datetime | None:
    """`Retry-After` in seconds, counted from the server's own `Date`."""
    made = answer.date()
    try:
        return made + timedelta(seconds=int(answer.headers["retry-after"])) if made else None
    except (KeyError, ValueError, OverflowError):
        return None


def find_begin(answer: Answer, attempt: Attempt) -> datetime:
    """When it began, by the server's clock, or before that. What our clock said then may have been too late; its age
    has passed whatever the clocks say."""
    made = answer.date()
    if made is None or attempt.age is None:
        return attempt.started_at
    return min(attempt.started_at, made - attempt.age)


def check_too_early(answer: Answer, attempt: Attempt, settle_after: timedelta) -> CannotTell | None:
    """Why an empty look-up proves nothing yet, or None if it does.

    A slow request may still land while the server itself has not given up on it. The answer's own Date is a judge: a
    cached answer carries the moment at which it was made. But it is compared with what our clock said at the begin;
    if that was slow, only the attempt's age knows. `early`: by its age, which grows whatever the clocks say.
    """
    made = answer.date()
    if made is None:
        return CannotTell("The server does not say when it looked.")
    young = attempt.age is not None and attempt.age < settle_after
    if young or made < attempt.started_at + settle_after:
        return CannotTell("It is too early to say that it is not there.", early=young)
    return None
