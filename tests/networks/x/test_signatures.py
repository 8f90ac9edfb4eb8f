"""OAuth 1.0a: what is in a request, and what is not. The pretend server checks each signature by its own reckoning."""

from __future__ import annotations

import re

import pytest

from bot.networks.signin.signatures import Keys, sign

KEYS = Keys(
    "xvz1evFS4wEEPTGEFPHBog",
    "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "370773112-GmHxMAg",
    "LswwdoUaIvS8",
)


def test_each_request_is_signed_anew() -> None:
    first, second = (sign(KEYS, "GET", "https://api.x.com/2/users/me") for _ in range(2))
    assert first != second
    assert first.startswith("OAuth ")
    names = set(re.findall(r'(\w+)="', first))
    assert names == {
        "oauth_nonce", "oauth_timestamp", "oauth_version", "oauth_signature_method",
        "oauth_consumer_key", "oauth_token", "oauth_signature",
    }  # fmt: skip


def test_no_secret_is_sent_or_shown() -> None:
    for shown in (sign(KEYS, "POST", "https://api.x.com/2/tweets"), repr(KEYS)):
        assert KEYS.app_secret not in shown
        assert KEYS.token_secret not in shown


def test_what_is_asked_for_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same nonce and moment, another page has another signature."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "0" * 32)
    monkeypatch.setattr("oauthlib.oauth1.rfc5849.generate_timestamp", lambda: "1800000000")
    signed = {
        sign(KEYS, "GET", f"https://api.x.com/2/users/1/tweets?max_results={most}") for most in (5, 6, 6)
    }
    assert len(signed) == 2
