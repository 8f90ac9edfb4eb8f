"""Keys by hand: what is plainly something else is refused before X is asked."""

from __future__ import annotations

import pytest

from bot.networks.protocol import AccountSettings
from bot.networks.signin.signatures import Keys
from bot.networks.x.sign_in import SIGN_IN, read_keys
from tests.backend import NoVault


def test_four_keys() -> None:
    assert SIGN_IN.find_wrong_kind("app:secret:1-token:more") is None
    assert read_keys("app:secret:1-token:more") == Keys("app", "secret", "1-token", "more")


@pytest.mark.parametrize("typed", ["", "app", "a:b:c", "a:b:c:d:e", "a:b::d", "a:b:c d:e\n", "ä:b:c:d"])
def test_no_four_keys(typed: str) -> None:
    assert read_keys(typed) is None
    said = SIGN_IN.find_wrong_kind(typed)
    assert said is not None
    assert "console.x.com" in said


def test_the_apps_own_token_opens_no_account() -> None:
    said = SIGN_IN.find_wrong_kind("AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid")
    assert said is not None
    assert said.startswith("This is the app's Bearer token")


def test_where_it_is_ended() -> None:
    account = AccountSettings("dock-x", "x", "", secrets={"TOKEN": "a:b:c:d"})
    assert SIGN_IN.ask_rights(account).lacks == ()
    ended = SIGN_IN.revoke(account, NoVault())
    assert not ended.done
    assert "Apps and sessions" in ended.sentence
