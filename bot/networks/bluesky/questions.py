"""Asking Bluesky: one question, its answer or why there is none, what its headers leave us, who somebody is."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from bot.domain.outcomes import Later, NeedsLogin, Outcome
from bot.networks import http_outcomes, sanitize
from bot.networks.bluesky import messages
from bot.networks.bluesky.session import is_denied, judge, read_error_code
from bot.networks.http import MAX_ANSWER, Answer, Result
from bot.networks.receiving import Rate, Trouble

CHAT_SERVICE = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
NOT_THERE = frozenset({"XRPCNotSupported", "MethodNotImplemented"})  # a server without private messages
AT_ONCE = 25  # posts or profiles a question may name
PROFILE_LIVES = 3600.0  # seconds a follower count is good enough
MAX_PROFILES = 20_000
Params = Mapping[str, str | Sequence[str]]


class Call(Protocol):
    """`BlueskyClient._call`."""

    def __call__(
        self,
        method: str,
        name: str,
        *,
        content: bytes | None = None,
        media_type: str = ...,
        params: Params | None = None,
        service: Mapping[str, str] = ...,
        max_answer: int = ...,
    ) -> Result | Outcome: ...


class Stopped(Exception):
    """A question was not answered."""

    def __init__(
        self,
        outcome: Outcome,
        trouble: Trouble,
        code: str | None = None,
        closed: bool = False,
        answered: bool = False,
    ) -> None:
        super().__init__(trouble.sentence)
        self.outcome = outcome
        self.trouble = trouble
        self.code = code  # the error's name, if the server gave one
        self.answered = answered  # it was the question that was not liked; others may be
        self.closed = closed  # the app password does not open it, or the server has no such thing


@dataclass(frozen=True)
class QuestionAnswer:
    fields: Mapping[str, Any]
    rate: Rate | None
    at: datetime | None  # by the server's clock

    def items(self, name: str) -> list[Mapping[str, Any]]:
        return messages.read_items(self.fields.get(name))

    def cursor(self) -> str | None:
        return sanitize.identity(self.fields.get("cursor"))


class Questions:
    """`renew`: how a new app password is given, a sentence."""

    def __init__(self, call: Call, renew: str) -> None:
        self._call = call
        self._renew = renew
        self._followers: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(
        self, name: str, params: Params, must_have: str, *, chat: bool = False, max_answer: int = MAX_ANSWER
    ) -> QuestionAnswer:
        """The answer, which has a field `must_have`. Raises `Stopped`."""
        service = CHAT_SERVICE if chat else {}
        result = self._call("GET", name, params=params, service=service, max_answer=max_answer)
        if isinstance(result, Answer) and result.status == 200 and must_have in result.fields():
            return QuestionAnswer(result.fields(), _rate(result), result.date())
        if not isinstance(result, Result):
            raise Stopped(result, self.trouble(result))
        closed = chat and (is_denied(result) or read_error_code(result) in NOT_THERE)
        outcome = judge(result)
        answered = isinstance(result, Answer) and not isinstance(outcome, Later | NeedsLogin)
        raise Stopped(outcome, self.trouble(outcome), read_error_code(result), closed, answered)

    def failed_alone(self, stopped: Stopped, us: str) -> Trouble | None:
        """The server fails to show one thing, and is well otherwise: no reason to stop asking for others."""
        if not stopped.answered:
            return None
        try:
            self.ask("app.bsky.actor.getProfiles", {"actors": [us]}, "profiles")
        except Stopped:
            return None
        return replace(stopped.trouble, alone=True)

    def trouble(self, outcome: Outcome) -> Trouble:
        said = http_outcomes.describe(outcome)
        match outcome:
            case NeedsLogin():
                sentence = f"The server refuses the app password ({said}). {outcome.mend or self._renew}"
                return Trouble(sentence, needs_login=True)
            case Later(_, at):
                return Trouble(f"The server asks us to wait: {said}", at)
            case _:
                return Trouble(f"The server did not answer as expected: {said}")

    def posts(self, uris: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """The posts that are there, as the server shows them. Raises `Stopped`."""
        found: dict[str, Mapping[str, Any]] = {}
        for some in _parts(uris):
            said = self.ask("app.bsky.feed.getPosts", {"uris": some}, "posts")
            found |= {str(view.get("uri")): view for view in said.items("posts")}
        return found

    def followers(self, dids: Iterable[str]) -> dict[str, int]:
        """How many follow somebody; who is missing, the server did not tell of. Never a reason to wait."""
        wanted = set(dids)
        now = time.monotonic()
        with self._lock:
            known = {did: self._followers[did] for did in wanted if did in self._followers}
        fresh = {did: count for did, (count, at) in known.items() if now - at < PROFILE_LIVES}
        try:
            for some in _parts(sorted(wanted - fresh.keys())):
                said = self.ask("app.bsky.actor.getProfiles", {"actors": some}, "profiles")
                fresh |= self._keep(said.items("profiles"), now)
        except Stopped:
            pass
        return fresh

    def _keep(self, profiles: Iterable[Mapping[str, Any]], now: float) -> dict[str, int]:
        counts = {
            str(profile["did"]): count
            for profile in profiles
            if sanitize.identity(profile.get("did"))
            and (count := sanitize.number(profile.get("followersCount"))) is not None
        }
        with self._lock:
            self._followers.update({did: (count, now) for did, count in counts.items()})
            while len(self._followers) > MAX_PROFILES:
                self._followers.popitem(last=False)
        return counts


def _parts(wanted: Sequence[str]) -> Iterable[list[str]]:
    return (list(wanted[place : place + AT_ONCE]) for place in range(0, len(wanted), AT_ONCE))


def _rate(answer: Answer) -> Rate | None:
    resets_at = http_outcomes.parse_epoch_moment(answer.headers.get("ratelimit-reset"))
    try:
        remaining, limit = int(answer.headers["ratelimit-remaining"]), int(answer.headers["ratelimit-limit"])
    except (KeyError, ValueError):
        return None
    return Rate(remaining, limit, resets_at) if resets_at and remaining >= 0 and limit > 0 else None
