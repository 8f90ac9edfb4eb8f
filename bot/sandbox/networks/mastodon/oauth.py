"""How the pretend Mastodon signs people in: applications, consent, codes that work once, tokens, and their end.

A browser that opens the page of consent is answered at once, as the person that `signed_in` names would; `denies` says
no. Words and codes of the refusals are Mastodon's (Doorkeeper's).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.mastodon.reads import signed_out
from bot.sandbox.networks.mastodon.state import Account

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_LIVES = timedelta(minutes=10)
EVERYTHING = frozenset({"read", "write"})


@dataclass(frozen=True)
class App:
    client_id: str
    client_secret: str = field(repr=False)
    redirects: tuple[str, ...] = ()
    scopes: frozenset[str] = EVERYTHING


@dataclass(frozen=True)
class Code:
    app: App
    redirect: str
    scopes: frozenset[str]
    challenge: str
    username: str
    at: datetime


class OAuth:
    def __init__(self, ours: MutableMapping[str, Account], now: Callable[[], datetime]) -> None:
        """`ours`: {token: account}, which it adds to and takes from."""
        self._ours = ours
        self._now = now
        self.apps: dict[str, App] = {}
        self.signed_in: str | None = None  # in the browser; None: whoever comes first
        self.denies = False
        self.gives: frozenset[str] | None = None  # only these rights, whatever was asked for
        self.tells_scopes = True  # of an application: from 4.3 on
        self.scopes: dict[str, frozenset[str]] = {}  # by token; one made by hand has all
        self._codes: dict[str, Code] = {}
        self._app_of: dict[str, str] = {}  # {token: client id}

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/v1/apps", self._register, methods=["POST"]),
            Route("/api/v1/apps/verify_credentials", self._which_app),
            Route("/oauth/authorize", self._authorize),
            Route("/oauth/token", self._give_token, methods=["POST"]),
            Route("/oauth/revoke", self._revoke, methods=["POST"]),
        ]

    async def _register(self, request: Request) -> Response:
        said = await _read(request)
        if not said.get("client_name") or not said.get("redirect_uris"):
            return JSONResponse({"error": "Validation failed: Application name can't be blank"}, 422)
        given = said["redirect_uris"]
        redirects = tuple(given) if isinstance(given, list) else tuple(str(given).split())
        scopes = frozenset(str(said.get("scopes") or "read").split())
        app = App(secrets.token_urlsafe(16), secrets.token_urlsafe(16), redirects, scopes)
        self.apps[app.client_id] = app
        return JSONResponse(
            {
                "id": str(len(self.apps)),
                "name": said["client_name"],
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_uri": "\n".join(redirects),
                "scopes": sorted(scopes),
            }
        )

    async def _which_app(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._ours:
            return signed_out()
        said: dict[str, object] = {"name": "Byhand"}
        if self.tells_scopes:
            said["scopes"] = sorted(self.scopes.get(token, EVERYTHING))
        return JSONResponse(said)

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        app, redirect = self.apps.get(asked.get("client_id", "")), asked.get("redirect_uri", "")
        if app is None or redirect not in app.redirects or asked.get("response_type") != "code":
            return HTMLResponse(
                "<!doctype html><title>Error</title><p>Client authentication failed due to unknown client, or the "
                "redirect URI included is not valid.",
                400,
            )
        state = {"state": asked["state"]} if "state" in asked else {}
        if self.denies:
            words = "The resource owner or authorization server denied the request."
            return _back(redirect, {"error": "access_denied", "error_description": words, **state})
        scopes = frozenset(asked.get("scope", "read").split())
        if not scopes <= app.scopes:
            words = "The requested scope is invalid, unknown, or malformed."
            return _back(redirect, {"error": "invalid_scope", "error_description": words, **state})
        username = self.signed_in or next(iter(self._ours.values())).username
        code = secrets.token_urlsafe(24)
        challenge = asked.get("code_challenge", "")
        self._codes[code] = Code(app, redirect, scopes, challenge, username, self._now())
        if redirect == OUT_OF_BAND:
            return HTMLResponse(f"<!doctype html><title>Authorization code</title><code>{code}</code>")
        return _back(redirect, {"code": code, **state})

    async def _give_token(self, request: Request) -> Response:
        said = await _read(request)
        app = self._check_app(said)
        if app is None:
            words = "Client authentication failed due to unknown client, no client authentication included."
            return JSONResponse({"error": "invalid_client", "error_description": words}, 401)
        code = self._codes.pop(str(said.get("code")), None)  # whatever comes of it: it works once
        fits = (
            code is not None
            and code.app == app
            and code.redirect == said.get("redirect_uri")
            and self._now() - code.at < CODE_LIVES
            and _challenge(str(said.get("code_verifier", ""))) == code.challenge
        )
        if code is None or not fits or said.get("grant_type") != "authorization_code":
            words = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI."
            return JSONResponse({"error": "invalid_grant", "error_description": words}, 400)
        token, scopes = secrets.token_urlsafe(32), self.gives or code.scopes
        self._ours[token] = next(one for one in self._ours.values() if one.username == code.username)
        self.scopes[token], self._app_of[token] = scopes, app.client_id
        made = int(self._now().timestamp())
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "scope": " ".join(sorted(scopes)),
                "created_at": made,
            }
        )

    async def _revoke(self, request: Request) -> Response:
        said = await _read(request)
        app, token = self._check_app(said), str(said.get("token"))
        if app is None or self._app_of.get(token) != app.client_id:
            words = "You are not authorized to revoke this token"
            return JSONResponse({"error": "unauthorized_client", "error_description": words}, 403)
        self._ours.pop(token, None)
        return JSONResponse({})

    def _check_app(self, said: dict[str, object]) -> App | None:
        app = self.apps.get(str(said.get("client_id")))
        return app if app is not None and app.client_secret == said.get("client_secret") else None


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _back(redirect: str, said: dict[str, str]) -> Response:
    return RedirectResponse(f"{redirect}?{urlencode(said)}", 302)


async def _read(request: Request) -> dict[str, object]:
    """JSON or a form."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            said = json.loads(body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}
    return dict(parse_qsl(body.decode(errors="replace")))
