"""Signing out of Bluesky ends the session, and asks nobody whom the settings do not allow."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.networks.bluesky.client import NETWORK
from bot.networks.bluesky.sign_in import SIGN_IN
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Forgetful
from bot.sandbox.networks.bluesky.server import BlueskyServer
from tests.networks.raw_server import after_reading, serving

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HANDLE = "dockbakery.test"


@pytest.mark.parametrize("named", [True, False])
def test_a_session_ends_where_the_settings_allow_its_server(named: bool) -> None:
    """A server says where a session is from; it may not send us to an address that is not public."""
    server = BlueskyServer(lambda: NOW, accounts=(HANDLE,))
    server.start()
    try:
        vault = Forgetful()
        secrets = {"PASSWORD": server.passwords[HANDLE]}
        account = AccountSettings("loft", "bluesky", server.url, HANDLE, secrets=secrets)
        assert NETWORK.open(account, vault).check().ok
        asked = account if named else AccountSettings("loft", "bluesky", "https://bsky.example", HANDLE)
        assert SIGN_IN.revoke(asked, vault).done is named
    finally:
        server.stop()


@pytest.mark.parametrize("status", [200, 201, 500])
def test_an_answer_that_holds_a_session_is_never_shown(status: int) -> None:
    """It cannot be read as one: its words go to cards, the record and the terminal."""
    body = json.dumps({"accessJwt": "a-token", "did": 7, "message": "a-token"}).encode()
    head = f"HTTP/1.1 {status} Said\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with serving(after_reading(head + body)) as server:
        account = AccountSettings("loft", "bluesky", server.url, HANDLE, secrets={"PASSWORD": "abcd"})
        health = NETWORK.open(account, Forgetful()).check()
    assert not health.ok
    assert f"The server answered {status} with JSON that is not what was asked for" in health.sentence
    assert "a-token" not in health.sentence
