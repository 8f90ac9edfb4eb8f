"""How the pretend X signs people in with a browser: consent, codes of 30 seconds, tokens of two hours, and tokens that
buy the next pair once. Of an app without a secret, whose addresses are known beforehand, to the letter.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.x.state import Account

CLIENT_ID = "Vm5kQnlIYW5kMTIzNDU2"
CODE_LIVES = timedelta(seconds=30)
TOKEN_LIVES = timedelta(hours=2)
_INVALID = "Value passed for the token was invalid."


@dataclass(frozen=True)
class Code:
    redirect: str
    scopes: frozenset[str]
    challenge: str
    account: Account
    at: datetime


@dataclass
class Pair:
    account: Account
    scopes: frozenset[str]
    access: str
    refresh: str | None
    ends: datetime
    revoked: bool = False
    used: bool = False  # its refresh token bought another pair


class OAuth:
    def __init__(self, ours: Mapping[str, Account], now: Callable[[], datetime]) -> None:
        """`ours`: by id."""
        self._ours = ours
        self._now = now
        self.redirects = ["http://127.0.0.1:8413/callback"]  # as at console.x.com
        self.signed_in: str | None = None  # in the browser; None: whoever comes first
        self.denies = False
        self.gives: frozenset[str] | None = None  # only these rights, whatever was asked for
        self.loses_answers = 0  # of requests for a token: done, and not told
        self.offered: list[str] = []  # refresh tokens, as they came
        self.pairs: list[Pair] = []
        self._codes: dict[str, Code] = {}

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/i/oauth2/authorize", self._authorize),
            Route("/2/oauth2/token", self._give_token, methods=["POST"]),
            Route("/2/oauth2/revoke", self._revoke, methods=["POST"]),
        ]

    def sign_in(self, account: Account, scopes: frozenset[str] = frozenset({"offline.access"})) -> Pair:
        """A pair, as after consent."""
        refresh = secrets.token_urlsafe(32) if "offline.access" in scopes else None
        pair = Pair(account, scopes, secrets.token_urlsafe(32), refresh, self._now() + TOKEN_LIVES)
        self.pairs.append(pair)
        return pair

    def find_account(self, token: str) -> Account | None:
        """Whose an access token is that holds."""
        for pair in self.pairs:
            if (
                pair.access == token
                and not pair.revoked
                and not pair.account.lost
                and self._now() < pair.ends
            ):
                return pair.account
        return None

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        redirect = asked.get("redirect_uri", "")
        fits = asked.get("client_id") == CLIENT_ID and redirect in self.redirects
        proven = asked.get("code_challenge") and asked.get("code_challenge_method") == "S256"
        if not fits or not proven or not asked.get("state") or asked.get("response_type") != "code":
            return HTMLResponse("<!doctype html><title>X</title><p>Something went wrong", 400)
        if self.denies:
            return RedirectResponse(
                f"{redirect}?{urlencode({'error': 'access_denied', 'state': asked['state']})}", 302
            )
        account = next(
            one for one in self._ours.values() if self.signed_in is None or one.username == self.signed_in
        )
        code = secrets.token_urlsafe(24)
        scopes = frozenset(asked.get("scope", "").split())
        self._codes[code] = Code(redirect, scopes, asked["code_challenge"], account, self._now())
        return RedirectResponse(f"{redirect}?{urlencode({'state': asked['state'], 'code': code})}", 302)

    async def _give_token(self, request: Request) -> Response:
        said = await _read(request)
        if said.get("client_id") != CLIENT_ID or "client_secret" in said:
            return _no("unauthorized_client", "Missing valid authorization header", 401)
        if said.get("grant_type") == "refresh_token":
            given = self._renew(said.get("refresh_token", ""))
        else:
            given = self._redeem(said)
        if self.loses_answers > 0:
            self.loses_answers -= 1
            return HTMLResponse("<html>Bad gateway</html>", 502)
        return given

    def _redeem(self, said: Mapping[str, str]) -> Response:
        code = self._codes.pop(said.get("code", ""), None)  # whatever comes of it: it works once
        fits = (
            code is not None
            and code.redirect == said.get("redirect_uri")
            and self._now() - code.at < CODE_LIVES
            and _challenge(said.get("code_verifier", "")) == code.challenge
        )
        if code is None or not fits or said.get("grant_type") != "authorization_code":
            return _no("invalid_grant", "Value passed for the authorization code was invalid.")
        return _tell(self.sign_in(code.account, self.gives or code.scopes))

    def _renew(self, refresh: str) -> Response:
        self.offered.append(refresh)
        pair = next((one for one in self.pairs if one.refresh == refresh), None)
        if pair is None or pair.revoked or pair.used or pair.account.lost:
            return _no("invalid_request", _INVALID)
        pair.used = True
        return _tell(self.sign_in(pair.account, pair.scopes))

    async def _revoke(self, request: Request) -> Response:
        said = await _read(request)
        if said.get("client_id") != CLIENT_ID:
            return _no("unauthorized_client", "Missing valid authorization header", 401)
        for pair in self.pairs:
            if said.get("token") in {pair.access, pair.refresh}:
                pair.revoked = True
        return JSONResponse({"revoked": True})


def _tell(pair: Pair) -> Response:
    said: dict[str, object] = {
        "token_type": "bearer",
        "expires_in": int(TOKEN_LIVES.total_seconds()),
        "access_token": pair.access,
        "scope": " ".join(sorted(pair.scopes)),
    }
    return JSONResponse(said | ({"refresh_token": pair.refresh} if pair.refresh else {}))


def _no(error: str, words: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": words}, status)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


async def _read(request: Request) -> dict[str, str]:
    body = (await request.body()).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))
