"""Being signed in to Bluesky with an app password, and staying so.

The session is kept in the Vault because `createSession` is limited to 300 a day: it is asked only when there
is no session or the refresh token is no longer taken. One refresher at a time for each account: whoever
waited takes what the other one got. Whether a token is expired is said by the body's code, not by the status.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeGuard

from bot.domain.outcomes import NeedsLogin, NotSent, Outcome, Refused, Unknown
from bot.networks import http_outcomes
from bot.networks.http import Answer, Http, Result, clean_server, is_loopback
from bot.networks.protocol import Vault

LONGEST_NAME = 40  # characters of a secret's name
PATIENCE = 5.0  # seconds; the control question is asked within the lease of a send
EXPIRED = frozenset({"ExpiredToken", "InvalidToken"})
CLOSED = frozenset({"AccountTakedown", "AccountDeactivated"})  # a new app password does not help
SIGNED_OUT = EXPIRED | CLOSED | {"AuthMissing", "AuthenticationRequired", "AuthFactorTokenRequired"}
# refused for good, where something is written, or one record or name is asked for
FINAL = frozenset(
    {
        "InvalidRequest",
        "InvalidRecord",
        "BlobNotFound",
        "BlobTooLarge",
        "InvalidMimeType",
        "PayloadTooLarge",
        "RecordNotFound",
        "HandleNotFound",
        "RepoNotFound",
        "RepoDeactivated",
        "RepoTakendown",
        "Forbidden",
        "InvalidConvo",
    }
)


@dataclass(frozen=True)
class Session:
    did: str
    handle: str
    access: str = field(repr=False)  # lives 2 hours
    refresh: str = field(repr=False)  # lives 90 days
    pds: str  # the account's own server, where everything is sent

    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access}"}


class Sessions:
    """The session of one account. `lock` is shared by all connections of the account."""

    def __init__(
        self, home: Http, identifier: str, password: str, vault: Vault, lock: threading.Lock
    ) -> None:
        self._home = home
        self._identifier = identifier
        self._password = password
        self._vault = vault
        self._lock = lock
        self._name = to_session_name(identifier)
        self._session: Session | None = None

    def known(self) -> Session | None:
        """The session we have, without any call; it may have expired."""
        if self._session is None:
            self._session = self._stored()
        return self._session

    def current(self) -> Session | Outcome:
        """A session; signs in if there is none. No outcome of it says that something was published."""
        if session := self.known():
            return session
        with self._lock:
            return self.known() or self._sign_in()

    def renewed(self, stale: Session) -> Session | Outcome:
        """Another session than `stale`, which the server no longer takes."""
        with self._lock:
            self._session = self._stored() or self._session
            if self._session and self._session.access != stale.access:
                return self._session
            bearer = {"authorization": f"Bearer {stale.refresh}"}
            server = self._home.to(stale.pds)
            result = server.call("POST", "/xrpc/com.atproto.server.refreshSession", headers=bearer)
            if read_error_code(result) in SIGNED_OUT or is_wordless_no(result):
                return self._sign_in()
            return self._keep(result, stale.pds)

    def _sign_in(self) -> Session | Outcome:
        body = {"identifier": self._identifier, "password": self._password}
        result = self._home.call(
            "POST",
            "/xrpc/com.atproto.server.createSession",
            headers={"content-type": "application/json"},
            content=json.dumps(body).encode(),
        )
        if is_wordless_no(result) and self._is_itself():
            return NeedsLogin(http_outcomes.read_words(result), result.status)
        return self._keep(result, self._home.server)

    def refuses(self, session: Session) -> Session | Outcome | None:
        """The control question after a "no" without the vendor's body: does the server still take our token? None: it
        does, or nobody knows. Else another session, or why there is none."""
        result = self._home.to(session.pds, whole_call=PATIENCE).call(
            "GET", "/xrpc/com.atproto.server.getSession", headers=session.bearer()
        )
        if (read_error_code(result) in EXPIRED and not is_denied(result)) or is_wordless_no(result):
            return self.renewed(session)
        outcome = judge(result)
        return outcome if isinstance(outcome, NeedsLogin) else None

    def _is_itself(self) -> bool:
        """Is it the server that answers, and no proxy or sign-in page in between?"""
        result = self._home.call("GET", "/xrpc/com.atproto.server.describeServer")
        return isinstance(result, Answer) and result.status == 200 and "did" in result.fields()

    def _keep(self, result: Result, server: str) -> Session | Outcome:
        if isinstance(result, Answer) and result.status == 200:
            try:
                session = _read(result.fields(), server)
            except (KeyError, TypeError, ValueError):
                return NotSent(f"The sign-in cannot be read. {http_outcomes.describe_kind(result)}.")
            if self._session is not None and session.did != self._session.did:
                return NeedsLogin(
                    f"It signs in as another account now: {session.did}, not {self._session.did}"
                )
            self._vault.save(self._name, json.dumps(asdict(session)))
            self._session = session
            return session
        outcome = judge(result)
        if not isinstance(outcome, Unknown):
            return outcome
        words = outcome.evidence if read_error_code(result) else http_outcomes.describe_kind(result)
        return NotSent(f"Signing in failed: {words}")

    def _stored(self) -> Session | None:
        return self.read(self._vault.load(self._name))

    @staticmethod
    def read(kept: str | None) -> Session | None:
        """A session as the vault keeps it."""
        try:
            return Session(**json.loads(kept or "null"))
        except (TypeError, ValueError):
            return None


def to_session_name(identifier: str) -> str:
    """What the vault calls it, in at most 40 characters."""
    name = f"bluesky-session:{identifier}"
    return (
        name
        if len(name) <= LONGEST_NAME
        else f"bluesky-session:{sha256(identifier.encode()).hexdigest()[:24]}"
    )


def read_error_code(result: Result) -> str | None:
    """The error code in an answer's body."""
    found = result.fields().get("error") if isinstance(result, Answer) and result.status >= 400 else None
    return found if isinstance(found, str) else None


def is_wordless_no(result: Result) -> TypeGuard[Answer]:
    """A "no" that may be about the token, in HTML or plain text: the server's own, or of something in between."""
    return isinstance(result, Answer) and result.status in {400, 401} and read_error_code(result) is None


def is_denied(result: Result) -> bool:
    """This app password does not open what was asked for (direct messages, mostly); a new token would not help.
    The server says `Bad token scope` or `Bad token method`, under the code of an expired one."""
    return (
        read_error_code(result) == "InvalidToken"
        and isinstance(result, Answer)
        and http_outcomes.read_words(result).startswith("Bad token")
    )


def judge(result: Result, final: frozenset[str] = frozenset()) -> Outcome:
    """The outcome of anything but a success; `final` holds the codes of the calls' definite refusals."""
    found = read_error_code(result)
    if isinstance(result, Answer) and found and 400 <= result.status < 500:
        if found in SIGNED_OUT:
            mend = "Put the account itself in order on Bluesky." if found in CLOSED else None
            return NeedsLogin(http_outcomes.read_words(result), result.status, mend)
        if found in final:
            return Refused(http_outcomes.read_words(result), found, result.status)
    return http_outcomes.judge_failure(result, _later(result))


def _later(result: Result) -> datetime | None:
    if not isinstance(result, Answer):
        return None
    return http_outcomes.parse_epoch_moment(
        result.headers.get("ratelimit-reset")
    ) or http_outcomes.read_retry_after(result)


def _read(body: Mapping[str, Any], server: str) -> Session:
    pds = _own_server(body.get("didDoc"), server) or server
    return Session(
        str(body["did"]), str(body["handle"]), _token(body, "accessJwt"), _token(body, "refreshJwt"), pds
    )


def _token(body: Mapping[str, Any], name: str) -> str:
    token = body[name]
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise ValueError(name)
    return token


def _own_server(document: Any, home: str) -> str | None:
    """The account's own server by its DID document, which may be absent. No server elsewhere may send us, and
    the token, to one on this machine."""
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            try:
                server = clean_server(str(service.get("serviceEndpoint")))
            except ValueError:
                return None
            return server if is_loopback(home) or not is_loopback(server) else None
    return None
