"""Whose request it is: a bearer token, or a signature of OAuth 1.0a, made anew here (RFC 5849, 3.4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request

from bot.sandbox.networks.x.state import Keys

_PART = re.compile(r'(\w+)="([^"]*)"')


def read_signed(request: Request) -> dict[str, str]:
    """What the header says; {}: it is none of OAuth 1.0a."""
    header = request.headers.get("authorization", "")
    if not header.startswith("OAuth "):
        return {}
    return {name: unquote(value) for name, value in _PART.findall(header)}


def is_signed_by(keys: Keys, request: Request, said: dict[str, str]) -> bool:
    if (said.get("oauth_consumer_key"), said.get("oauth_token")) != (keys.app, keys.token):
        return False
    asked = parse_qsl(request.url.query, keep_blank_values=True)
    pairs = [
        *asked,
        *((name, value) for name, value in said.items() if name not in {"oauth_signature", "realm"}),
    ]
    encoded = sorted((_encode(name), _encode(value)) for name, value in pairs)
    parameters = "&".join(f"{name}={value}" for name, value in encoded)
    url = f"{request.url.scheme}://{request.url.netloc}{request.scope['raw_path'].decode('ascii')}"
    base = "&".join((request.method, _encode(url), _encode(parameters)))
    key = f"{_encode(keys.app_secret)}&{_encode(keys.token_secret)}"
    made = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(made, said.get("oauth_signature", ""))


def _encode(value: str) -> str:
    return quote(value, safe="~")
