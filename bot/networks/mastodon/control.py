"""The control question: is it the server itself that answers, and does it know our token?

Servers of other makers say "not found" in HTML and refuse a token in plain text; so do proxies and sign-in pages in
between. So an answer without the vendor's body counts only once the server has told us, right after it, who we are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.outcomes import NeedsLogin, Outcome
from bot.networks import http_outcomes
from bot.networks.http import Answer, Http, Result
from bot.networks.mastodon import errors
from bot.networks.mastodon.errors import Owner

PATIENCE = 5.0  # seconds; it is asked within the lease of a send
REFUSES_TOKEN = frozenset({400, 401})  # of the control question, whatever the body
MAY_REFUSE_TOKEN = REFUSES_TOKEN | {403}  # of any other call


class Control:
    def __init__(self, http: Http, auth: Mapping[str, str]) -> None:
        self._http = http.to(whole_call=min(PATIENCE, http.whole_call))
        self._auth = auth

    def who(self) -> Owner | Outcome:
        """Whose token it is, asked now."""
        result = self._http.call("GET", "/api/v1/accounts/verify_credentials", headers=self._auth)
        if isinstance(result, Answer) and result.status == 200:
            said = result.fields()
            if (remote_id := read_id(said)) and isinstance(said.get("username"), str):
                url = said.get("url") or f"{self._http.server}/@{said['username']}"
                return Owner(remote_id, said["username"], str(url))
        if isinstance(result, Answer) and result.status in REFUSES_TOKEN:
            return NeedsLogin(http_outcomes.read_words(result), result.status)
        return errors.judge(result)

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own address not there? A body of another maker's is believed once the server
        knows us: a wrong proxy knows nobody."""
        return errors.is_gone(result) or (http_outcomes.says_gone(result) and isinstance(self.who(), Owner))

    def knows_us(self) -> bool:
        return isinstance(self.who(), Owner)

    def judge(self, result: Result, *, publishes: bool = False) -> Outcome:
        """As `errors.judge`; an answer that may be about the token is checked against the control question.
        `publishes`: a 403 without the vendor's body may come from anywhere, so what was published stays unknown."""
        outcome = errors.judge(result)
        if isinstance(outcome, NeedsLogin) or not isinstance(result, Answer):
            return outcome
        if result.status in (REFUSES_TOKEN if publishes else MAY_REFUSE_TOKEN):
            who = self.who()
            return who if isinstance(who, NeedsLogin) else outcome
        return outcome


def read_id(body: Mapping[str, Any]) -> str | None:
    """Ids are opaque strings; a few servers write numbers."""
    found = body.get("id")
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) and found else None
