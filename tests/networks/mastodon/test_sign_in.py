"""Signing in to Mastodon, against the stage's server: what it registers, and what a code is good for."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.networks.http import Http
from bot.networks.mastodon.sign_in import SCOPES, SIGN_IN
from bot.networks.protocol import AccountSettings
from bot.networks.signin import oauth
from bot.networks.signin.protocol import Asking, NotGranted
from bot.sandbox.networks.mastodon.server import MastodonServer
from tests.networks.raw_server import after_reading, serving

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    made = MastodonServer(lambda: NOW, accounts=("bakery",))
    made.start()
    yield made
    made.stop()


def settings(server: MastodonServer) -> AccountSettings:
    return AccountSettings("bakery", "mastodon", server.url, secrets={})


def say_yes(asking: Asking) -> str:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(asking.link, timeout=10) as page:
        found = re.search("<code>(.+)</code>", page.read().decode())
    assert found is not None
    return found[1]


def test_it_registers_for_what_it_needs_and_no_more(server: MastodonServer) -> None:
    asking = SIGN_IN.ask(settings(server), SIGN_IN.shows_code)
    (app,) = server.oauth.apps.values()
    assert (app.client_id, app.redirects, app.scopes) == (
        asking.client_id,
        (SIGN_IN.shows_code,),
        frozenset(SCOPES),
    )


def test_a_code_works_once(server: MastodonServer) -> None:
    asking = SIGN_IN.ask(settings(server), SIGN_IN.shows_code)
    code = say_yes(asking)
    granted = SIGN_IN.exchange(settings(server), asking, code)
    assert granted.rights is not None
    assert granted.rights.has == tuple(sorted(SCOPES))
    assert granted.secrets["TOKEN"] not in repr(granted)
    with pytest.raises(NotGranted, match="A code works once"):
        SIGN_IN.exchange(settings(server), asking, code)


def test_a_code_of_another_link_is_worth_nothing(server: MastodonServer) -> None:
    """Also of a link with the same application: the verifier is another one."""
    asking = SIGN_IN.ask(settings(server), SIGN_IN.shows_code)
    theirs = oauth.ask(
        Http(server.url, from_settings=True), "/oauth/authorize", asking.client_id, asking.client_secret,
        redirect=asking.redirect, scopes=SCOPES,
    )  # fmt: skip
    with pytest.raises(NotGranted, match="does not take the code"):
        SIGN_IN.exchange(settings(server), asking, say_yes(theirs))


def test_a_server_whose_address_cannot_be_used() -> None:
    with pytest.raises(NotGranted, match="write https://"):
        SIGN_IN.ask(AccountSettings("bakery", "mastodon", "http://social.example", secrets={}), "x")


@pytest.mark.parametrize(("status", "shown"), [(200, False), (422, True)])
def test_an_answer_that_may_hold_a_secret_is_not_shown(status: int, shown: bool) -> None:
    """A refusal holds none, and says what is wrong."""
    body = b'{"client_id": 7, "client_secret": "a-secret", "error": "Validation failed"}'
    head = f"HTTP/1.1 {status} Said\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with serving(after_reading(head + body)) as server, pytest.raises(NotGranted) as refused:
        SIGN_IN.ask(AccountSettings("bakery", "mastodon", server.url, secrets={}), SIGN_IN.shows_code)
    assert "a-secret" not in str(refused.value)
    assert ("Validation failed" in str(refused.value)) is shown
    assert ("answered 200 with JSON that is not what was asked for" in str(refused.value)) is not shown
