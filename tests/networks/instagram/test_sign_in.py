"""Signing in is Facebook's, with the rights that Instagram needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.instagram.client import NETWORK
from bot.networks.instagram.sign_in import SIGN_IN
from bot.networks.meta.sign_in import BY_HAND
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Forgetful, Revoked, Rights, find_sign_in
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.instagram.state import SCOPES


@pytest.fixture
def server() -> Iterator[InstagramServer]:
    started = InstagramServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


def account(server: InstagramServer, token: str = "") -> AccountSettings:
    secrets = {"TOKEN": token or server.tokens["dockbakery"]}
    return AccountSettings("dock-instagram", "instagram", server.url, secrets=secrets)


def test_it_is_the_networks_own() -> None:
    found = find_sign_in(NETWORK)
    assert found is not None
    assert (found.prompt, found.by_hand) == (SIGN_IN.prompt, SIGN_IN.by_hand)


def test_the_rights_are_metas_own_list(server: InstagramServer) -> None:
    assert SIGN_IN.ask_rights(account(server)) == Rights(tuple(sorted(SCOPES)))
    server.account("dockbakery").scopes.discard("instagram_manage_comments")
    server.ends_at = 1_800_000_000
    found = SIGN_IN.ask_rights(account(server))
    assert [one.partition(":")[0] for one in found.lacks] == ["The token lacks instagram_manage_comments"]
    assert (found.too_few, found.until) == ("", datetime.fromtimestamp(1_800_000_000, UTC))
    server.account("dockbakery").scopes.discard("instagram_content_publish")
    assert "nothing can be published" in SIGN_IN.ask_rights(account(server)).too_few


def test_a_persons_token_is_of_no_use(server: InstagramServer) -> None:
    found = SIGN_IN.ask_rights(account(server, server.account("dockbakery").user_token))
    assert found.too_few.startswith("This is a person's token, and not the Page's own.")


def test_only_a_person_can_end_it(server: InstagramServer) -> None:
    assert SIGN_IN.revoke(account(server), Forgetful()) == Revoked(False, BY_HAND)
