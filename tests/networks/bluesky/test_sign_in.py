"""Signing out of Bluesky ends the session, and asks nobody whom the settings do not allow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.networks.bluesky.client import NETWORK
from bot.networks.bluesky.sign_in import SIGN_IN
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Forgetful
from bot.sandbox.networks.bluesky.server import BlueskyServer

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
