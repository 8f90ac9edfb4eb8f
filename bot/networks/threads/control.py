"""The control question: whose token is it?"""

from __future__ import annotations

from urllib.parse import quote

from bot.domain.outcomes import Outcome
from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.meta import control, errors
from bot.networks.meta.control import Profile
from bot.networks.meta.graph import read_id

NOT_THERE = 24  # a code: "The requested resource does not exist"


class Control(control.Control):
    def who(self) -> Profile | Outcome:
        result = self._graph.get("me", fields="id,username")
        found = read_id(result)
        if found is None or not isinstance(result, Answer):
            return errors.judge(result)
        username = sanitize.words(result.fields().get("username"), 100).strip()
        return Profile(found, f"@{username or found}", make_profile_url(username), username or found)

    def says_gone(self, result: Result) -> bool:
        return errors.says_gone(result) or says_not_there(result)


def says_not_there(result: Result) -> bool:
    """By a code of Threads' own."""
    error = errors.read_error(result)
    is_client = isinstance(result, Answer) and 400 <= result.status < 500
    return is_client and error is not None and error.code == NOT_THERE


def make_profile_url(username: str) -> str:
    return f"https://www.threads.com/@{quote(username, safe='')}" if username else "https://www.threads.com"
