"""The control question: whose token is it, and does the network itself answer?"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.outcomes import Outcome
from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph, read_id

PATIENCE = 5.0  # seconds; it is asked within the lease of a send
NOT_THERE = 24  # a code: "The requested resource does not exist"


@dataclass(frozen=True)
class Profile:
    id: str
    name: str  # "@dockbakery"
    url: str

    @property
    def username(self) -> str:
        return self.name.removeprefix("@").casefold()


class Control:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph.within(PATIENCE)

    def who(self) -> Profile | Outcome:
        """Whose token it is, asked now."""
        result = self._graph.get("me", fields="id,username")
        found = read_id(result)
        if found is None or not isinstance(result, Answer):
            return errors.judge(result)
        username = sanitize.words(result.fields().get("username"), 100).strip()
        return Profile(found, f"@{username or found}", make_profile_url(username))

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own id not there? It is said alike of what a token may not see, so it is
        believed only of a token that Threads knows just now."""
        return says_gone(result) and isinstance(self.who(), Profile)


def says_gone(result: Result) -> bool:
    return errors.says_gone(result) or says_not_there(result)


def says_not_there(result: Result) -> bool:
    """By a code of Threads' own."""
    error = errors.read_error(result)
    is_client = isinstance(result, Answer) and 400 <= result.status < 500
    return is_client and error is not None and error.code == NOT_THERE


def make_profile_url(username: str) -> str:
    return f"https://www.threads.com/@{quote(username, safe='')}" if username else "https://www.threads.com"
