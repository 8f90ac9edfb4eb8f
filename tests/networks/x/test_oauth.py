"""Signing in by a page of X's: codes that end within seconds, and tokens that buy the next pair once."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.outcomes import Later, NeedsLogin, NotSent, Unknown
from bot.networks.http import Http
from bot.networks.protocol import AccountSettings
from bot.networks.signin import oauth
from bot.networks.signin.listener import PATH
from bot.networks.signin.protocol import (
    Asking,
    BrowserSignIn,
    Granted,
    NotGranted,
    Renewed,
    find_renewing,
    find_sign_in,
)
from bot.networks.testing.publishing import is_open
from bot.networks.x.client import NETWORK, XClient
from bot.networks.x.sign_in import REDIRECT, SCOPES, SIGN_IN
from bot.observability import hide
from bot.sandbox.networks.x.oauth import CLIENT_ID
from bot.sandbox.networks.x.server import XServer
from tests.backend import NoVault
from tests.networks.x.scripted import Scripted


@pytest.fixture
def server() -> Iterator[XServer]:
    started = XServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


def account(url: str, **secrets: str) -> AccountSettings:
    return AccountSettings("dock-x", "x", url, "dockbakery", secrets=secrets, client_id=CLIENT_ID)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def say_yes(asking: Asking) -> str:
    """What a browser is sent back with."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    with pytest.raises(urllib.error.HTTPError) as error:
        opener.open(asking.link, timeout=5)
    with error.value as answer:
        place = answer.headers.get("location", "")
    assert place.startswith(f"{asking.redirect}?"), place
    return urlsplit(place).query


def sign_in(server: XServer) -> Granted:
    asking = SIGN_IN.ask(account(server.url), REDIRECT)
    return SIGN_IN.exchange(account(server.url), asking, oauth.read_code(asking, say_yes(asking)))


def test_it_is_the_networks_own() -> None:
    assert isinstance(find_sign_in(NETWORK), BrowserSignIn)
    way = find_renewing(NETWORK)
    assert way is not None
    assert way.single_use


def test_a_yes_brings_a_pair_for_two_hours(server: XServer) -> None:
    granted = sign_in(server)
    (pair,) = server.oauth.pairs
    assert granted.secrets == {"TOKEN": pair.access, "REFRESH_TOKEN": pair.refresh, "CLIENT_ID": CLIENT_ID}
    assert granted.rights is not None
    assert (granted.rights.has, granted.rights.lacks) == (tuple(sorted(SCOPES)), ())
    assert granted.rights.until is not None
    assert abs(granted.rights.until - datetime.now(UTC) - timedelta(hours=2)) < timedelta(seconds=20)
    client = NETWORK.open(account(server.url, **granted.secrets), NoVault())
    assert client.check().ok
    for secret in (pair.access, str(pair.refresh)):
        assert secret not in hide(f"a log line with {secret}")


def test_the_link_goes_to_xs_own_page_and_asks_for_no_more_than_is_needed() -> None:
    link = SIGN_IN.ask(account(""), REDIRECT).link
    assert link.startswith("https://x.com/i/oauth2/authorize?")
    asked = {name: each for name, (each,) in parse_qs(urlsplit(link).query).items()}
    assert set(asked.pop("scope").split()) == set(SCOPES)
    assert asked.pop("state")
    assert asked.pop("code_challenge")
    assert asked == {
        "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": REDIRECT, "code_challenge_method": "S256",
    }  # fmt: skip
    assert f"http://127.0.0.1:8413{PATH}" == REDIRECT


@pytest.mark.parametrize("client_id", ["", "a b", "ä"])
def test_without_a_client_id_it_is_said_how_one_is_made(client_id: str) -> None:
    with pytest.raises(NotGranted) as said:
        SIGN_IN.ask(replace(account(""), client_id=client_id), REDIRECT)
    for words in ("Native App", REDIRECT, 'client_id = "…" in [accounts.dock-x]', "--token"):
        assert words in str(said.value)


def test_a_code_that_comes_too_late(server: XServer) -> None:
    asking = SIGN_IN.ask(account(server.url), REDIRECT)
    code = oauth.read_code(asking, say_yes(asking))
    server.oauth._now = lambda: datetime.now(UTC) + timedelta(seconds=31)
    with pytest.raises(NotGranted, match="A code works once, for a short time"):
        SIGN_IN.exchange(account(server.url), asking, code)
    assert server.oauth.pairs == []


def test_a_code_works_once(server: XServer) -> None:
    asking = SIGN_IN.ask(account(server.url), REDIRECT)
    code = oauth.read_code(asking, say_yes(asking))
    SIGN_IN.exchange(account(server.url), asking, code)
    with pytest.raises(NotGranted, match="works once"):
        SIGN_IN.exchange(account(server.url), asking, code)


def test_a_code_of_another_sign_in_is_worth_nothing(server: XServer) -> None:
    """Another page's link was answered: its `state` is another, and so is its verifier."""
    mine, other = (SIGN_IN.ask(account(server.url), REDIRECT) for _ in range(2))
    answer = say_yes(other)
    with pytest.raises(NotGranted, match="belongs to another sign-in"):
        oauth.read_code(mine, answer)
    (code,) = parse_qs(answer)["code"]
    with pytest.raises(NotGranted):
        SIGN_IN.exchange(account(server.url), mine, code)
    assert server.oauth.pairs == []


def test_a_no_is_said(server: XServer) -> None:
    server.oauth.denies = True
    asking = SIGN_IN.ask(account(server.url), REDIRECT)
    with pytest.raises(NotGranted, match="said no"):
        oauth.read_code(asking, say_yes(asking))


def test_an_address_that_x_was_not_told_of_gets_no_answer(server: XServer) -> None:
    asking = SIGN_IN.ask(account(server.url), "http://127.0.0.1:9999/callback")
    with pytest.raises(AssertionError):
        say_yes(asking)


@pytest.mark.parametrize(
    ("lacks", "too_few"),
    [
        ("tweet.write", "nothing can be published"),
        ("offline.access", "ends after two hours"),
        ("media.write", ""),
    ],
)
def test_what_was_not_allowed(server: XServer, lacks: str, too_few: str) -> None:
    server.oauth.gives = frozenset(SCOPES) - {lacks}
    rights = sign_in(server).rights
    assert rights is not None
    assert too_few in rights.too_few
    assert bool(rights.too_few) is bool(too_few)
    assert [one.partition(":")[0] for one in rights.lacks] == (
        [] if too_few else ["The sign-in lacks media.write"]
    )


# --- renewing -----------------------------------------------------------------------------------------


def test_a_pair_buys_the_next_one_once(server: XServer) -> None:
    granted = sign_in(server)
    known = account(server.url, **granted.secrets)
    renewed = SIGN_IN.renew(known, is_open)
    assert isinstance(renewed, Renewed)
    assert set(renewed.secrets) == {"TOKEN", "REFRESH_TOKEN"}
    assert renewed.until is not None
    client = NETWORK.open(account(server.url, **renewed.secrets), NoVault())
    assert client.check().ok
    again = SIGN_IN.renew(known, is_open)
    assert again == NeedsLogin("what Byhand had to renew it with does not hold any more", 400)
    assert isinstance(
        SIGN_IN.renew(account(server.url, CLIENT_ID=CLIENT_ID, **renewed.secrets), is_open), Renewed
    )


def test_a_lost_answer_is_unknown(server: XServer) -> None:
    """The former token may be worth nothing any more."""
    known = account(server.url, **sign_in(server).secrets)
    server.oauth.loses_answers = 1
    assert isinstance(SIGN_IN.renew(known, is_open), Unknown)
    assert len(server.oauth.pairs) == 2


def test_a_window_that_is_over_asks_nothing(server: XServer) -> None:
    known = account(server.url, **sign_in(server).secrets)
    assert isinstance(SIGN_IN.renew(known, lambda: False), NotSent)
    assert server.oauth.offered == []


def test_keys_are_not_renewed() -> None:
    now = datetime.now(UTC)
    assert SIGN_IN.find_due(now, None) is None
    assert SIGN_IN.find_due(now, now + timedelta(hours=2)) == now + timedelta(hours=1)
    assert isinstance(SIGN_IN.renew(account("", TOKEN="a:b:c:d"), is_open), NeedsLogin)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_request", "error_description": "No"}, NeedsLogin),
        (401, {"error": "invalid_client"}, NeedsLogin),
        (429, {"title": "Too Many Requests"}, Later),
        (400, b"<html>", Unknown),
        (500, {"error": "server_error"}, Unknown),
        (200, {"token_type": "bearer"}, Unknown),
        (200, {"access_token": 7, "refresh_token": "x"}, Unknown),
        (200, {"access_token": "a b", "refresh_token": "refresh-token"}, Unknown),
        (200, {"access_token": "access-token", "refresh_token": "a b"}, Unknown),
        (302, b"", Unknown),
    ],
)
def test_each_answer_to_a_renewal(status: int, body: object, kind: type) -> None:
    server = Scripted(status, body)
    outcome = SIGN_IN.renew(account(server.url, TOKEN="t", REFRESH_TOKEN="r", CLIENT_ID="c"), is_open)
    server.end()
    assert isinstance(outcome, kind), outcome
    ((method, path, headers, sent),) = server.asked
    assert (method, path) == ("POST", "/2/oauth2/token")
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.decode()) == {
        "grant_type": ["refresh_token"], "refresh_token": ["r"], "client_id": ["c"],
    }  # fmt: skip


def test_two_at_once_have_one_pair(server: XServer) -> None:
    """As X does it: whoever comes second has nothing. That only one of Byhand's processes asks, is the lease's part."""
    known = account(server.url, **sign_in(server).secrets)
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.append(SIGN_IN.renew(known, is_open))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(type(one).__name__ for one in made) == ["NeedsLogin", "Renewed"]


def test_it_is_revoked(server: XServer) -> None:
    known = account(server.url, **sign_in(server).secrets)
    assert SIGN_IN.revoke(known, NoVault()).done
    assert server.oauth.find_account(known.secrets["TOKEN"]) is None
    assert isinstance(SIGN_IN.renew(known, is_open), NeedsLogin)


def test_what_is_not_revoked_says_where(server: XServer) -> None:
    known = account(server.url, **sign_in(server).secrets)
    server.stop()
    revoked = SIGN_IN.revoke(known, NoVault())
    assert not revoked.done
    assert "Apps and sessions" in revoked.sentence


def test_a_token_that_has_ended_is_said(server: XServer) -> None:
    granted = sign_in(server)
    client = XClient(account(server.url), Http(server.url, from_settings=True), granted.secrets["TOKEN"])
    assert client.check().ok
    server.oauth._now = lambda: datetime.now(UTC) + timedelta(hours=2)
    health = client.check()
    assert (health.ok, health.heard) == (False, True)
