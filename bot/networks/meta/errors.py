"""What Meta's error bodies mean, and what its headers say of the throttle.

    {"error": {"message", "type", "code", "error_subcode", "is_transient", "fbtrace_id"}}

mostly with status 400, so the class goes by the code. `is_transient` is not believed: 1 and 2 come with it, and the
post may be there. What is on no list is unknown, and so is an error inside a 200.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import observability
from bot.domain.outcomes import Later, NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.receiving import Rate, Trouble

# Codes and subcodes are looked for in the same lists: Meta writes some of them in the one place or the other.
# Of Instagram: it is not ready yet, and as many are out as it takes in a day.
NOT_YET = frozenset({2207027, 2207042})
LATER = frozenset({4, 17, 32, 341, 613, *range(80001, 80007), 1390008, *NOT_YET})
LOGIN = frozenset({102, 190})
RIGHTS = frozenset({10, *range(200, 300)})
BLOCKED = frozenset({368, 1404112})
PROVE = frozenset({1404078, 4854002})
# Of Instagram: an image too large, of another kind or other sides, a caption too long, an account that is restricted,
# and a container that is not there any more. Nothing comes of any of them.
NOT_TAKEN = frozenset({2207004, 2207005, 2207009, 2207010, 2207050, 2207006, 2207008, 2207020})
FINAL = frozenset({100, 1346003, 1366046, *RIGHTS, *BLOCKED, *PROVE, *NOT_TAKEN})
# It says that the very same is there already: of this delivery, or of another.
THERE_ALREADY = frozenset({506, 1366051})
# Seen with what was sent in place: Instagram's limit of calls, and a comment made with `?fields=`.
DONE_ALL_THE_SAME = frozenset({2207051, 1772107})
_WHOLE_SUBCODE = 1_000_000  # from here on a subcode is one of a kind
GONE = (100, 33)  # "does not exist, cannot be loaded due to missing permissions, or …"
NO_SUCH_FIELD = "nonexisting field"

_SIGN_IN_THERE = "Sign in at facebook.com as the person who made the token, and do what it asks."
_MENDS = {  # of a refused token, by subcode: where a new token is not what helps first
    459: _SIGN_IN_THERE,
    464: _SIGN_IN_THERE,
    490: _SIGN_IN_THERE,
    492: "The person who made the token lost their role: give it back, or take the token of somebody who has one.",
}
_LACKS_RIGHT = (
    "The token lacks a right, or one was withdrawn after 90 days without use: `byhand check` says which."
)
_BLOCKED = "Wait until it is lifted: trying again makes it longer."
_PROVE = "The Page has to prove who it is first, in its settings on the network."
_TOO_LATE = (10, 2018278)  # a private message after the time in which an answer is taken
_TOO_LATE_MEND = "They can be answered again as soon as they have written again."
_WINDOW = timedelta(hours=1)  # in which use is counted
_CALLS = 10  # that stand for one per cent of what may be used: how many they are, Meta does not say
_LONGEST = timedelta(days=7)  # a throttle that claims to last longer is not believed


@dataclass(frozen=True)
class GraphError:
    code: int
    subcode: int
    words: str

    def is_in(self, codes: frozenset[int]) -> bool:
        """Short subcodes mean something only beside their code."""
        return self.code in codes or (self.subcode >= _WHOLE_SUBCODE and self.subcode in codes)


def read_error(result: Result) -> GraphError | None:
    """Meta's own error body, whatever the status."""
    return read_error_body(result.fields()) if isinstance(result, Answer) else None


def read_error_body(body: dict[str, Any]) -> GraphError | None:
    found = body.get("error")
    if not isinstance(found, dict) or not isinstance(found.get("code"), int):
        return None
    code, subcode = found["code"], found.get("error_subcode", found.get("subcode"))
    said = sanitize.words(found.get("error_user_msg"), 3000) or sanitize.words(found.get("message"), 3000)
    said = observability.hide(" ".join(said.split()))[:300]  # "Malformed access token …" repeats it
    return GraphError(code, subcode if isinstance(subcode, int) else 0, said)


def judge(result: Result) -> Outcome:
    """The outcome of anything but a success."""
    error = read_error(result)
    if error is None or not isinstance(result, Answer):
        return http_outcomes.judge_failure(result, read_regain(result))
    words = error.words or f"error {error.code}"
    if not 400 <= result.status < 500:
        return Unknown(f"The server answered {result.status} with an error: {words}", result.status)
    if error.is_in(DONE_ALL_THE_SAME):
        return Unknown(words, result.status)
    if error.is_in(THERE_ALREADY):
        return Unknown(f"It says that the same post is there already: {words}", result.status)
    if error.is_in(LATER) and not error.is_in(BLOCKED):
        return Later(words, read_regain(result), result.status)
    if error.code in LOGIN:
        return NeedsLogin(words, result.status, _MENDS.get(error.subcode))
    if error.is_in(FINAL):
        return Refused(_add_mend(error, words), str(error.code), result.status)
    return Unknown(f"The server answered {result.status}: {words}", result.status)


def to_trouble(outcome: Outcome, who: str) -> Trouble:
    """A question that was not answered, in words."""
    said = http_outcomes.describe(outcome)
    match outcome:
        case NeedsLogin(mend=mend):
            return Trouble(f"{who} refuses the token ({said}). {mend or ''}".rstrip(), needs_login=True)
        case Later(_, at):
            return Trouble(f"{who} asks us to wait: {said}", at)
        case Refused():
            return Trouble(f"{who} does not let us read what customers write ({said}).")
        case _:
            return Trouble(f"{who} did not answer as expected: {said}")


def read_rate(answer: Answer) -> Rate | None:
    """What the headers leave us. They tell only per cents, of an hour that moves along."""
    made = answer.date()
    shares = [
        use.get(name) for use in _list_uses(answer) for name in ("call_count", "total_cputime", "total_time")
    ]
    known = [one for one in shares if isinstance(one, int) and one >= 0]
    if made is None or not known:
        return None
    left = max(0, 100 - max(known)) * _CALLS
    return Rate(left, 100 * _CALLS, read_regain(answer) or made + _WINDOW)


def lacks_right(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and (outcome.code or "") in {str(code) for code in RIGHTS}


def find_mend(subcode: int) -> str | None:
    return _MENDS.get(subcode)


def says_gone(result: Result) -> bool:
    """Gone, or not for us to see: to be believed only once the server has said whose token it is."""
    error = read_error(result)
    is_client = isinstance(result, Answer) and 400 <= result.status < 500
    return is_client and error is not None and (error.code, error.subcode) == GONE


def read_regain(result: Result) -> datetime | None:
    """Until when a throttle lasts, by the server's own clock: the longest of what the header says."""
    made = result.date() if isinstance(result, Answer) else None
    if made is None or not isinstance(result, Answer):
        return None
    minutes = [use.get("estimated_time_to_regain_access") for use in _list_uses(result)]
    known = [one for one in minutes if isinstance(one, int) and one > 0]
    if known and max(known) <= _LONGEST / timedelta(minutes=1):
        return made + timedelta(minutes=max(known))
    return http_outcomes.read_retry_after(result)


def _list_uses(answer: Answer) -> list[dict[str, Any]]:
    """`X-Business-Use-Case-Usage` is {"<id>": [{"type", "call_count", …}]}, `X-App-Usage` such a part alone."""
    said = _read_header(answer, "x-business-use-case-usage")
    uses = [use for part in said.values() if isinstance(part, list) for use in part if isinstance(use, dict)]
    return [*uses, _read_header(answer, "x-app-usage")]


def _read_header(answer: Answer, name: str) -> dict[str, Any]:
    try:
        said = json.loads(answer.headers.get(name, "{}"))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _add_mend(error: GraphError, words: str) -> str:
    if (error.code, error.subcode) == _TOO_LATE:
        return f"{sanitize.end_sentence(words)} {_TOO_LATE_MEND}"
    for codes, mend in ((BLOCKED, _BLOCKED), (PROVE, _PROVE), (RIGHTS, _LACKS_RIGHT)):
        if error.is_in(codes):
            return f"{sanitize.end_sentence(words)} {mend}"
    return words
