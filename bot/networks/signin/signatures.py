"""OAuth 1.0a: a signature for each request, with keys that do not end by themselves.

oauthlib makes it, of the method, the address and what is asked for in it; the body of JSON or of an upload is in none.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal

from oauthlib.oauth1 import Client


@dataclass(frozen=True)
class Keys:
    """An application's pair, and that of an account which has allowed it something."""

    app: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(repr=False)


def sign(keys: Keys, method: Literal["GET", "POST", "DELETE"], url: str) -> str:
    """The value of the header `authorization`. `url`: whole, with what is asked for, percent-encoded."""
    client = Client(
        keys.app,
        client_secret=keys.app_secret,
        resource_owner_key=keys.token,
        resource_owner_secret=keys.token_secret,
        nonce=secrets.token_hex(16),
    )
    _, headers, _ = client.sign(url, http_method=method)
    return str(headers["Authorization"])
