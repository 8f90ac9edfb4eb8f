"""What a token may do is asked of Threads; ending it, only a person can."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.outcomes import Later, NeedsLogin, NotSent, Unknown
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Forgetful, Renewed, Revoked, Rights, find_renewing, find_sign_in
from bot.networks.testing.publishing import is_open
from bot.networks.threads.client import NETWORK
from bot.networks.threads.sign_in import BY_HAND, SIGN_IN
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.threads.server import ThreadsServer
from bot.sandbox.networks.threads.state import SCOPES


@pytest.fixture
def server() -> Iterator[ThreadsServer]:
    started = ThreadsServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


def account(server: ThreadsServer) -> AccountSettings:
    secrets = {"TOKEN": server.tokens["dockbakery"]}
    return AccountSettings("dock-threads", "threads", server.url, secrets=secrets)


def test_it_is_the_networks_own() -> None:
    found = find_sign_in(NETWORK)
    assert found is not None
    assert (found.prompt, found.by_hand) == (SIGN_IN.prompt, SIGN_IN.by_hand)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("TH|1400000000000001|aBcDeF", "the app's own token"),
        ("EAABsbCS1iHgBO", "a token of Facebook"),
        ("IGAABsbCS1iHgBO", "a token of Instagram"),
        ("", "no token"),
        ("THAA b", "no token"),
        ("THAA\u00e9", "no token"),
        ("THAABsbCS1iHgBO", None),
    ],
)
def test_what_is_plainly_no_token_of_an_account_is_refused(typed: str, words: str | None) -> None:
    said = SIGN_IN.find_wrong_kind(typed)
    assert (said is None) is (words is None)
    assert words is None or (said is not None and words in said and (not typed or typed not in said))


def test_the_rights_are_threads_own_list(server: ThreadsServer) -> None:
    assert SIGN_IN.ask_rights(account(server)) == Rights(tuple(sorted(SCOPES)))
    server.account("dockbakery").scopes.discard("threads_read_replies")
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=60)
    server.ends_at = int(ends.timestamp())
    found = SIGN_IN.ask_rights(account(server))
    assert [one.partition(":")[0] for one in found.lacks] == ["The token lacks threads_read_replies"]
    assert (found.too_few, found.until) == ("", ends)
    server.account("dockbakery").scopes.discard("threads_content_publish")
    assert "nothing can be published" in SIGN_IN.ask_rights(account(server)).too_few


@pytest.mark.parametrize(("hours", "fits"), [(1, False), (23, False), (25, True)])
def test_a_token_of_an_hour_is_of_no_use(server: ThreadsServer, hours: int, fits: bool) -> None:
    """So long holds one that was not made to last."""
    server.ends_at = int((datetime.now(UTC) + timedelta(hours=hours)).timestamp())
    said = SIGN_IN.ask_rights(account(server)).too_few
    assert (said == "") is fits
    assert fits or said.startswith("The token ends in less than a day. In the app's dashboard")


def test_a_server_that_does_not_say_tells_no_rights(server: ThreadsServer) -> None:
    server.stop()
    assert SIGN_IN.ask_rights(account(server)) == Rights()


def test_only_a_person_can_end_it(server: ThreadsServer) -> None:
    assert SIGN_IN.revoke(account(server), Forgetful()) == Revoked(False, BY_HAND)


# --- a token that ends is exchanged before ---------------------------------------------------------


@pytest.mark.parametrize(
    ("lives", "due"),
    [
        (timedelta(days=60), timedelta(days=30)),
        (timedelta(days=4), timedelta(days=2)),
        (timedelta(hours=30), timedelta(hours=24)),
        (None, timedelta(days=30)),
    ],
)
def test_when_it_is_exchanged(lives: timedelta | None, due: timedelta) -> None:
    """Not before Threads takes it, and in time to be tried for weeks."""
    taken_at = datetime(2026, 12, 1, tzinfo=UTC)
    assert SIGN_IN.find_due(taken_at, taken_at + lives if lives else None) == taken_at + due


def test_a_new_token_takes_the_place_of_the_former(server: ThreadsServer) -> None:
    way = find_renewing(NETWORK)
    assert way is not None
    assert not way.single_use
    new = way.renew(account(server), is_open)
    assert isinstance(new, Renewed)
    assert new.secrets == {"TOKEN": server.tokens["dockbakery"]}
    assert new.until is not None
    assert abs(new.until - datetime.now(UTC) - timedelta(days=60)) < timedelta(seconds=5)
    assert SIGN_IN.ask_rights(account(server)).has == tuple(sorted(SCOPES))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.LOST_ANSWER, Unknown),
        (Fault.NONSENSE, Unknown),
        (Fault.NO_ID, Unknown),
        (Fault.ERROR_BEFORE, Unknown),
        (Fault.THROTTLED, Later),
        (Fault.SIGNED_OUT, NeedsLogin),
    ],
)
def test_an_exchange_that_fails(server: ThreadsServer, fault: Fault, expected: type) -> None:
    server.faults.order(fault)
    assert isinstance(SIGN_IN.renew(account(server), is_open), expected)


def test_an_exchange_with_a_token_that_is_too_young_or_has_ended(server: ThreadsServer) -> None:
    server.made_at = datetime.now(UTC) - timedelta(hours=23)
    assert isinstance(SIGN_IN.renew(account(server), is_open), NeedsLogin)
    server.made_at -= timedelta(days=60)
    server.ends_at = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp())
    assert isinstance(SIGN_IN.renew(account(server), is_open), NeedsLogin)


def test_nothing_is_asked_once_its_window_is_over(server: ThreadsServer) -> None:
    before = server.tokens["dockbakery"]
    assert isinstance(SIGN_IN.renew(account(server), lambda: False), NotSent)
    assert server.tokens["dockbakery"] == before
