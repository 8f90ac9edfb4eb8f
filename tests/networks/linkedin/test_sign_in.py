"""Whose Page it is and what role somebody has there is asked of LinkedIn; when a token ends it tells nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.networks.linkedin.client import NETWORK
from bot.networks.linkedin.sign_in import BY_HAND, NOT_TOLD, SIGN_IN
from bot.networks.protocol import AccountSettings, Health
from bot.networks.signin.protocol import Forgetful, Revoked, find_renewing, find_sign_in
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.server import Fault


@pytest.fixture
def server() -> Iterator[LinkedInServer]:
    started = LinkedInServer(lambda: datetime.now(UTC), accounts=())
    started.add_account("dockbakery", "Dock Bakery")
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


def account(server: LinkedInServer) -> AccountSettings:
    secrets = {"TOKEN": server.tokens["dockbakery"]}
    return AccountSettings("dock-linkedin", "linkedin", server.url, "dockbakery", secrets=secrets)


def check(server: LinkedInServer) -> Health:
    return NETWORK.open(account(server), Forgetful()).check()


def test_it_is_the_networks_own() -> None:
    found = find_sign_in(NETWORK)
    assert found is not None
    assert (found.prompt, found.by_hand) == (SIGN_IN.prompt, SIGN_IN.by_hand)
    assert find_renewing(NETWORK) is None, "only approved partners are given tokens that can be renewed"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("WPL_AP1.aBcDeFgHiJ.kLmNoP==", "the app's secret"),
        ("86abcdefghij1k", "the app's client ID"),
        ("EAABsbCS1iHgBO", "a token of Facebook"),
        ("THAABsbCS1iHgBO", "a token of Threads"),
        ("", "no token"),
        ("AQ b", "no token"),
        ("AQ\u00e9", "no token"),
        ("AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5mff4gPODzOYR", None),
    ],
)
def test_what_is_plainly_no_token_is_refused(typed: str, words: str | None) -> None:
    said = SIGN_IN.find_wrong_kind(typed)
    assert (said is None) is (words is None)
    assert words is None or (said is not None and words in said and (not typed or typed not in said))


def test_its_days_are_counted_from_now(server: LinkedInServer) -> None:
    found = SIGN_IN.ask_rights(account(server))
    assert found.until is not None
    assert timedelta(days=60) - timedelta(minutes=1) < found.until - datetime.now(UTC) <= timedelta(days=60)
    assert (found.has, found.lacks, found.too_few) == ((), (NOT_TOLD,), "")


def test_only_a_person_can_end_it(server: LinkedInServer) -> None:
    assert SIGN_IN.revoke(account(server), Forgetful()) == Revoked(False, BY_HAND)


@pytest.mark.parametrize(
    ("role", "ok", "words"),
    [
        ("ADMINISTRATOR", True, ""),
        ("CONTENT_ADMIN", True, "LinkedIn tells only super admins of Dock Bakery that somebody commented"),
        ("CONTENT_ADMINISTRATOR", True, "LinkedIn tells only super admins of Dock Bakery"),
        ("DIRECT_SPONSORED_CONTENT_POSTER", True, "LinkedIn tells only super admins of Dock Bakery"),
        ("RECRUITING_POSTER", True, "may post on Dock Bakery, but not read there: their role is recruiting poster."),
        ("ANALYST", False, "may not post on Dock Bakery: their role is analyst."),
        ("LEAD_GEN_FORMS_MANAGER", False, "their role is lead gen forms manager."),
        (None, False, "has no role on Dock Bakery."),
    ],
)  # fmt: skip
def test_what_a_role_allows(server: LinkedInServer, role: str | None, ok: bool, words: str) -> None:
    server.give_role("dockbakery", role)
    health = check(server)
    said = " ".join(health.lacks) if ok else health.sentence
    assert (health.ok, health.heard, health.account_id) == (ok, True, "urn:li:organization:2414183")
    assert words in said
    assert bool(said) is bool(words)
    assert not words or "Manage admins" in said


def test_a_role_on_another_page_is_none_on_this_one(server: LinkedInServer) -> None:
    server.add_account("pierbakery")
    member = server.member("dockbakery")
    member.roles = {server.page("pierbakery").urn: "ADMINISTRATOR"}
    assert not check(server).ok


def test_a_token_that_lacks_the_right_to_ask(server: LinkedInServer) -> None:
    server.member("dockbakery").scopes.discard("rw_organization_admin")
    health = check(server)
    assert (health.ok, health.heard) == (False, True)
    assert "Not enough permissions to access: organizations" in health.sentence


@pytest.mark.parametrize(
    "fault", [Fault.READ_ERROR, Fault.READ_CUT, Fault.READ_NONSENSE, Fault.READ_THROTTLED]
)
def test_no_answer_is_no_refusal(server: LinkedInServer, fault: Fault) -> None:
    server.faults.order(fault, None)
    health = check(server)
    assert (health.ok, health.heard) == (False, False)


def test_a_role_that_is_not_told_stops_nothing(server: LinkedInServer) -> None:
    client = NETWORK.open(account(server), Forgetful())
    roles = client._control.ask_roles  # type: ignore[attr-defined]

    def ask_roles(page: object) -> object:
        server.faults.order(Fault.READ_ERROR)
        return roles(page)

    client._control.ask_roles = ask_roles  # type: ignore[attr-defined]
    health = client.check()
    assert health.ok
    assert "did not say what role" in health.lacks[0]
