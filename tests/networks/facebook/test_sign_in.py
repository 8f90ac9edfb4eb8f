"""What a token may do is asked of Facebook; ending it, only a person can."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.facebook.client import NETWORK
from bot.networks.facebook.sign_in import SIGN_IN
from bot.networks.meta.sign_in import BY_HAND
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Forgetful, Revoked, Rights, find_sign_in
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.facebook.state import SCOPES


@pytest.fixture
def server() -> Iterator[FacebookServer]:
    started = FacebookServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


def account(server: FacebookServer, token: str = "") -> AccountSettings:
    secrets = {"TOKEN": token or server.tokens["dockbakery"]}
    return AccountSettings("dock-facebook", "facebook", server.url, secrets=secrets)


def test_it_is_the_networks_own() -> None:
    found = find_sign_in(NETWORK)
    assert found is not None
    assert (found.prompt, found.by_hand) == (SIGN_IN.prompt, SIGN_IN.by_hand)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1400000000000001|aBcDeF", "the app's own token"),
        ("", "no token"),
        ("EAA b", "no token"),
        ("EAA\u00e9", "no token"),
        ("EAABsbCS1iHgBO", None),
    ],
)
def test_what_is_plainly_no_pages_token_is_refused(typed: str, words: str | None) -> None:
    said = SIGN_IN.find_wrong_kind(typed)
    assert (said is None) is (words is None)
    assert words is None or (said is not None and words in said and (not typed or typed not in said))


def test_the_rights_are_facebooks_own_list(server: FacebookServer) -> None:
    assert SIGN_IN.ask_rights(account(server)) == Rights(tuple(sorted(SCOPES)))
    server.page("dockbakery").scopes.discard("pages_messaging")
    server.reads.ends_at = 1_800_000_000
    found = SIGN_IN.ask_rights(account(server))
    assert [sentence.partition(":")[0] for sentence in found.lacks] == ["The token lacks pages_messaging"]
    assert (found.too_few, found.until) == ("", datetime.fromtimestamp(1_800_000_000, UTC))
    server.page("dockbakery").scopes.discard("pages_manage_posts")
    assert "nothing can be published" in SIGN_IN.ask_rights(account(server)).too_few


def test_a_persons_token_is_of_no_use(server: FacebookServer) -> None:
    found = SIGN_IN.ask_rights(account(server, server.page("dockbakery").user_token))
    assert found.too_few.startswith("This is a person's token, and not the Page's own.")


def test_a_server_that_does_not_say_tells_no_rights(server: FacebookServer) -> None:
    server.stop()
    assert SIGN_IN.ask_rights(account(server)) == Rights()


def test_only_a_person_can_end_it(server: FacebookServer) -> None:
    assert SIGN_IN.revoke(account(server), Forgetful()) == Revoked(False, BY_HAND)
