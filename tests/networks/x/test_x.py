"""What is X's own: two kinds of error bodies, credits, duplicates, alt texts in a call of their own, and answers that
hold a refusal with a 200."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.outcomes import (
    CannotTell,
    Found,
    Later,
    NeedsCredit,
    NeedsLogin,
    NotSent,
    Refused,
    Sent,
    Unknown,
)
from bot.networks.http import Http
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed, Who
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.networks.x.client import NETWORK, XClient
from bot.networks.x.errors import DUPLICATE, REPLY_RULE
from bot.networks.x.sign_in import read_keys
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.x import answers
from bot.sandbox.networks.x.server import XServer
from tests.backend import NoVault
from tests.networks.x.scripted import Scripted

AHEAD = "2099-01-01T00:00:00.000Z"
KEYS = "app:secret:1-token:more"
MADE = {"data": {"id": "1460323737035677699", "text": "Rye"}}


def now() -> datetime:
    return datetime.now(UTC)


def connect(url: str, token: str = KEYS, handle: str = "dockbakery") -> XClient:
    account = AccountSettings("dock-x", "x", url, handle, secrets={"TOKEN": token})
    return XClient(account, Http(url, from_settings=True, whole_call=5), read_keys(token) or token)


@pytest.fixture
def server() -> Iterator[XServer]:
    started = XServer(now)
    started.add_past("dockbakery")
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == [], "a token never stands in an address"


@pytest.fixture
def client(server: XServer) -> XClient:
    return connect(server.url, server.tokens["dockbakery"])


def begin(client: XClient, content: Content) -> Attempt:
    handle = client.new_handle(now())
    return Attempt(handle, client.render(content, client.prepare(content, {}, now()), handle, now()), now())


def publish(client: XClient, content: Content) -> Any:
    attempt = begin(client, content)
    return client.publish(attempt.payload, attempt.handle, is_open)


Script = Callable[..., tuple[XClient, Scripted]]


@pytest.fixture
def scripted() -> Iterator[Script]:
    servers: list[Scripted] = []

    def script(*answer: Any) -> tuple[XClient, Scripted]:
        servers.append(Scripted(*answer))
        return connect(servers[-1].url), servers[-1]

    yield script
    for one in servers:
        one.end()


# --- what is sent -------------------------------------------------------------------------------------


def test_what_goes_out_and_nothing_besides(scripted: Script) -> None:
    """Each call is billed: a text without images is one."""
    client, server = scripted(201, MADE)
    attempt = begin(client, Content("Rye"))
    assert client.publish(attempt.payload, attempt.handle, is_open) == Sent(
        "1460323737035677699", "https://x.com/i/status/1460323737035677699"
    )
    ((method, path, headers, body),) = server.asked
    assert (method, path) == ("POST", "/2/tweets")
    assert headers["content-type"] == "application/json"
    assert headers["authorization"].startswith("OAuth ")
    assert body == attempt.payload
    assert json.loads(body) == {"text": "Rye"}


def test_an_images_alt_text_is_a_call_of_its_own(client: XClient, server: XServer) -> None:
    content = Content("Rye", (make_picture("A loaf"), make_picture("Two", shade=9)))
    attempt = begin(client, content)
    assert [line.path for line in server.requests] == ["/2/media/upload", "/2/media/metadata"] * 2
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Sent)
    assert [one["alt"] for one in server.timeline()[0]["media"]] == ["A loaf", "Two"]


def test_an_image_without_its_alt_text_goes_nowhere(client: XClient, server: XServer) -> None:
    """The next try gives the same image its alt text."""
    server.alts_fail = 1
    content = Content("Rye", (make_picture("A loaf"),))
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(content, {}, now())
    assert isinstance(failed.value.outcome, NotSent)
    prepared = client.prepare(content, failed.value.so_far or {}, now())
    assert len(server.state.images) == 1
    attempt = Attempt("", client.render(content, prepared, "", now()), now())
    assert isinstance(client.publish(attempt.payload, "", is_open), Sent)
    assert [one["alt"] for one in server.timeline()[0]["media"]] == ["A loaf"]


def test_an_alt_text_that_x_changes_is_said(client: XClient, server: XServer) -> None:
    server.state.loses_alts = True
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye", (make_picture("A loaf"),)), {}, now())
    assert isinstance(failed.value.outcome, Refused)
    assert "changes the alt text of the image" in failed.value.outcome.reason


@pytest.mark.parametrize(
    ("after", "alt", "images"),
    [(timedelta(hours=11), "A loaf", 1), (timedelta(hours=13), "A loaf", 2), (timedelta(), "A roll", 2)],
    ids=["in time", "X may have thrown it away", "described otherwise"],
)
def test_which_image_is_used_again(
    client: XClient, server: XServer, after: timedelta, alt: str, images: int
) -> None:
    prepared = client.prepare(Content("Rye", (make_picture("A loaf"),)), {}, now())
    client.prepare(Content("Rye", (make_picture(alt),)), prepared, now() + after)
    assert len(server.state.images) == images


def test_what_is_too_long_costs_nothing(client: XClient, server: XServer) -> None:
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("中" * 141), {}, now())
    assert isinstance(failed.value.outcome, Refused)
    assert "282 of 280" in failed.value.outcome.reason
    assert server.requests == ()


# --- what X answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b""),
        (201, {}),
        (201, {"data": {}}),
        (201, {"data": {"id": ""}}),
        (201, {"data": {"id": 7.5}}),
        (201, {"data": {"id": "../7"}}),
        (201, {"data": []}),
        (200, {"errors": [{"title": "Not Found Error", "detail": "No"}]}),
        (200, b"<html>Welcome</html>"),
        (302, b""),
        (400, b"<html>Bad</html>"),
        (401, b""),
        (403, {"detail": "no title"}),
        (409, {"title": "Conflict", "detail": "Two minds", "status": 409}),
        (500, {"title": "Internal Server Error", "status": 500}),
        (503, {"errors": [{"code": 130, "message": "Over capacity"}]}),
    ],
)
def test_what_names_no_post_is_unknown(scripted: Script, status: int, body: Any) -> None:
    client, _ = scripted(status, body)
    assert isinstance(publish(client, Content("Rye")), Unknown)


@pytest.mark.parametrize("remote_id", [2**70, str(2**70)])
def test_an_id_may_be_longer_than_64_bits(scripted: Script, remote_id: object) -> None:
    client, _ = scripted(201, {"data": {"id": remote_id, "text": "Rye"}})
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Sent)
    assert outcome.remote_id == str(remote_id)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_definite_no(scripted: Script, status: int) -> None:
    client, _ = scripted(
        status, {"title": "No", "detail": "Not this", "type": "about:blank", "status": status}
    )
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.http_status) == ("Not this", status)


def test_what_is_wrong_in_it_is_said_too(scripted: Script) -> None:
    """`detail` says that something was invalid, and the first of `errors` what."""
    body = {
        "title": "Invalid Request", "detail": "One or more parameters to your request was invalid.",
        "errors": [{"message": "text: too short"}],
    }  # fmt: skip
    client, _ = scripted(400, body)
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "One or more parameters to your request was invalid. text: too short"


@pytest.mark.parametrize("form", answers.CREDITS)
def test_without_credits_nothing_more_is_asked(client: XClient, server: XServer, form: str) -> None:
    """Neither form is documented. What X refuses, it may bill: one question, until somebody has it tried."""
    attempt = begin(client, Content("Rye"))
    server.no_credits = form
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, NeedsCredit)
    assert outcome.mend == "Buy credits at console.x.com."
    asked = len(server.requests)
    assert client.publish(attempt.payload, attempt.handle, is_open) == replace(outcome, http_status=None)
    with pytest.raises(PrepareFailed) as failed:
        client.prepare(Content("Rye"), {}, now())
    assert failed.value.outcome == replace(outcome, http_status=None)
    assert isinstance(client.find(attempt), CannotTell)
    assert len(server.requests) == asked
    health = client.check()
    assert (health.ok, health.heard) == (False, True)
    assert "has no credits" in health.sentence
    server.no_credits = ""
    assert client.check().ok
    assert isinstance(client.publish(attempt.payload, attempt.handle, is_open), Sent)
    assert len(server.ledger) == 1


@pytest.mark.parametrize("old", [False, True])
def test_a_sign_in_that_does_not_hold(client: XClient, server: XServer, old: bool) -> None:
    attempt = begin(client, Content("Rye"))
    server.old_errors = old
    server.revoke("dockbakery")
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, NeedsLogin)
    assert not isinstance(outcome, NeedsCredit)
    health = client.check()
    assert not health.ok
    assert "BYHAND_DOCK_X_TOKEN" in health.sentence
    assert server.ledger == ()


@pytest.mark.parametrize("code", [64, 326])
def test_an_account_that_is_closed_is_no_matter_of_keys(scripted: Script, code: int) -> None:
    client, _ = scripted(403, {"errors": [{"code": code, "message": "This account is locked."}]})
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, NeedsLogin)
    assert outcome.mend == "Put the account itself in order on X."


@pytest.mark.parametrize("old", [False, True])
def test_when_it_takes_posts_again(client: XClient, server: XServer, old: bool) -> None:
    attempt = begin(client, Content("Rye"))
    server.old_errors = old
    server.faults.order(Fault.THROTTLED)
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, Later)
    assert outcome.at is not None
    assert timedelta(minutes=14) < outcome.at - now() <= timedelta(minutes=15)


def test_the_limit_of_a_day_is_the_longer_one(client: XClient, server: XServer) -> None:
    attempt = begin(client, Content("Rye"))
    server.day_is_used_up = True
    server.faults.order(Fault.THROTTLED)
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, Later)
    assert outcome.at is not None
    assert outcome.at - now() > timedelta(hours=19)


def test_a_period_that_is_used_up_is_a_no(client: XClient, server: XServer) -> None:
    attempt = begin(client, Content("Rye"))
    server.capped = True
    server.faults.order(Fault.THROTTLED)
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert outcome == Refused("Usage cap exceeded: Monthly product cap", "usage-capped", 429)


@pytest.mark.parametrize("kind", answers.REPLY_RULES)
def test_both_words_of_the_rule_about_answers(scripted: Script, kind: str) -> None:
    where = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    body = {"title": "Forbidden", "detail": answers.REPLY_RULES[kind], "type": where, "status": 403}
    client, _ = scripted(403, body)
    outcome = publish(client, Content("Rye"))
    assert isinstance(outcome, Refused)
    assert outcome.code == REPLY_RULE


# --- duplicates ---------------------------------------------------------------------------------------


def test_a_duplicate_is_a_no_that_may_be_about_an_earlier_try(client: XClient, server: XServer) -> None:
    assert isinstance(publish(client, Content("Rye")), Sent)
    again = publish(client, Content("Rye"))
    assert again == Refused(answers.DUPLICATE, DUPLICATE, 403, repeats=True)
    assert len(server.ledger) == 1


def test_an_earlier_try_is_found(client: XClient, server: XServer) -> None:
    """Whoever looked did not see it, and sent it once more an hour later."""
    first = begin(client, Content("Rye"))
    server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(client.publish(first.payload, first.handle, is_open), Unknown)
    second = replace(first, started_at=now() + timedelta(hours=1))
    assert isinstance(client.publish(second.payload, second.handle, is_open), Refused)
    assert isinstance(client.find(second), CannotTell)
    look = client.find(replace(second, first_at=first.started_at))
    assert isinstance(look, Found)
    assert look.remote_id == server.ledger[0].remote_id


def test_taking_down_knows_no_duplicates(scripted: Script) -> None:
    client, _ = scripted(403, {"title": "Forbidden", "detail": answers.DUPLICATE, "status": 403})
    outcome = client.delete("1")
    assert isinstance(outcome, Refused)
    assert not outcome.repeats


# --- looking ------------------------------------------------------------------------------------------


def test_what_is_not_in_the_list_may_be_there(client: XClient, server: XServer) -> None:
    attempt = begin(client, Content("Rye"))
    server.faults.order(Fault.LOST_ANSWER)
    client.publish(attempt.payload, attempt.handle, is_open)
    server.state.omits.add(server.ledger[0].remote_id)
    look = client.find(replace(attempt, started_at=now() - timedelta(hours=1)))
    assert isinstance(look, CannotTell)
    assert "may be late" in look.why


def test_a_post_behind_others_is_found(client: XClient, server: XServer) -> None:
    attempt = begin(client, Content("Rye"))
    server.faults.order(Fault.LOST_ANSWER)
    client.publish(attempt.payload, attempt.handle, is_open)
    for number in range(50):
        server.state.add_post(server.account("dockbakery"), f"Rolls {number}")
    assert isinstance(client.find(attempt), Found)


def test_no_more_pages_are_read_than_it_takes(client: XClient, server: XServer) -> None:
    """Each post that is read is billed."""
    for number in range(50):
        server.state.add_post(server.account("dockbakery"), f"Rolls {number}", at=now() - timedelta(days=3))
    attempt = begin(client, Content("Rye"))
    asked = len(server.requests)
    assert isinstance(client.find(attempt), CannotTell)
    assert [line.path.partition("?")[0] for line in server.requests[asked:]] == [
        "/2/users/me",
        "/2/users/2244994945/tweets",
    ]


def test_several_posts_with_the_same_words(client: XClient, server: XServer) -> None:
    attempt = begin(client, Content("Rye"))
    for _ in range(2):
        server.state.add_post(server.account("dockbakery"), "Rye")
    look = client.find(attempt)
    assert isinstance(look, CannotTell)
    assert "Several" in look.why


def test_the_same_words_from_another_moment_are_a_doubt(client: XClient, server: XServer) -> None:
    server.state.add_post(server.account("dockbakery"), "Rye", at=now() - timedelta(hours=5))
    look = client.find(begin(client, Content("Rye")))
    assert isinstance(look, CannotTell)
    assert "from another moment: https://x.com/dockbakery/status/" in look.why


def test_an_answer_with_the_same_words_is_no_post(client: XClient, server: XServer) -> None:
    theirs = server.state.add_post(server.state.customer("Ona", "ona"), "Bread?")
    server.state.add_post(server.account("dockbakery"), "Rye", parent=theirs)
    assert isinstance(client.find(begin(client, Content("Rye"))), CannotTell)


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"id": "../7", "text": "Rye", "created_at": AHEAD},
        {"id": "7", "text": "Rye"},
        {"id": "7", "text": "Rye", "created_at": 7},
        {"id": "7", "text": ["Rye"], "created_at": AHEAD},
        {"id": "7", "text": "Rye", "created_at": AHEAD, "attachments": {"media_keys": ["3_1"]}},
        {"id": "7", "text": "Rye", "created_at": AHEAD, "referenced_tweets": [{"type": "replied_to", "id": "6"}]},
        {"id": "7", "text": "RT Rye", "created_at": AHEAD, "referenced_tweets": [7, {"type": "retweeted", "id": "6"}]},
        {"id": "7", "text": "Rye", "created_at": "1999-01-01T00:00:00.000Z"},
    ],
)  # fmt: skip
def test_a_list_of_nonsense_finds_nothing(scripted: Script, post: dict[str, Any]) -> None:
    client, _ = scripted(200, {"data": [post], "meta": {"result_count": 1}})
    assert isinstance(client.find(begin(client, Content("Rye"))), CannotTell)


@pytest.mark.parametrize(
    "body", [{}, [], b"<html/>", {"data": 7}, {"data": [7]}, {"meta": {"result_count": 3}}]
)
def test_a_list_that_is_none(scripted: Script, body: Any) -> None:
    client, _ = scripted(200, body)
    assert isinstance(client.find(begin(client, Content("Rye"))), CannotTell)


def test_a_list_that_never_ends(scripted: Script) -> None:
    client, server = scripted(200, {"data": [], "meta": {"result_count": 0, "next_token": "again"}})
    assert isinstance(client.find(begin(client, Content("Rye"))), CannotTell)
    assert len(server.asked) == 3, "whose it is, the first page, and the one that leads to itself"


def test_a_payload_that_is_not_ours(client: XClient, server: XServer) -> None:
    for payload in (b"", b"[]", b"{", b"{}", b'{"author": 7}'):
        assert isinstance(client.publish(payload, "", is_open), NotSent)
        assert isinstance(client.find(Attempt("", payload, now())), CannotTell)
    assert server.ledger == ()


# --- taking down --------------------------------------------------------------------------------------


def test_gone_said_with_a_200(scripted: Script) -> None:
    client, server = scripted(200, {"errors": [answers.describe_missing("7")]})
    assert client.delete("7") == Sent("7")
    assert [method for method, *_ in server.asked] == ["DELETE", "GET"]


def test_not_deleted_is_looked_at_again(scripted: Script) -> None:
    client, server = scripted(200, {"data": {"deleted": False}})
    assert isinstance(client.delete("7"), Unknown)
    assert [method for method, *_ in server.asked] == ["DELETE", "GET"]


def test_a_404_without_xs_words_is_not_believed(scripted: Script) -> None:
    client, _ = scripted(404, b"<html>Not found</html>")
    assert isinstance(client.delete("7"), Unknown)


def test_an_id_is_one_part_of_an_address(scripted: Script) -> None:
    client, server = scripted(200, {"data": {"deleted": True}})
    client.delete("7/../../oauth2/revoke?x=1#y")
    assert server.asked[0][1] == "/2/tweets/7%2F..%2F..%2Foauth2%2Frevoke%3Fx%3D1%23y"


# --- the account --------------------------------------------------------------------------------------


@pytest.mark.parametrize("handle", ["dockbakery", "@dockbakery", "DockBakery", "2244994945", ""])
def test_whose_account_it_is(server: XServer, handle: str) -> None:
    client = connect(server.url, server.tokens["dockbakery"], handle)
    assert client.who() == Who("2244994945", "@dockbakery")
    health = client.check()
    assert (health.ok, health.account_id) == (True, "2244994945")
    assert client.profile_url() == "https://x.com/dockbakery"


def test_somebody_elses_account(server: XServer) -> None:
    health = connect(server.url, server.tokens["dockbakery"], "@loft").check()
    assert not health.ok
    assert health.sentence == "The sign-in is that of @dockbakery, not of @loft."


def test_an_account_has_no_visibility() -> None:
    account = AccountSettings("dock-x", "x", "", "dockbakery", "public", secrets={"TOKEN": KEYS})
    with pytest.raises(ValueError, match="no visibility"):
        NETWORK.open(account, NoVault())


# --- the words ----------------------------------------------------------------------------------------


def test_at_below_and_over_the_limit(client: XClient, server: XServer) -> None:
    for unit, most in (("a", 280), ("中", 140), ("🥐", 140), ("👨‍👩‍👧‍👦", 140)):
        assert client.measure(Content(unit * (most - 1))).problem is None
        assert client.measure(Content(unit * most)).problem is None
        assert "of 280 characters" in (client.measure(Content(unit * (most + 1))).problem or "")
        assert isinstance(publish(client, Content(unit * most)), Sent)
        assert server.timeline()[0]["text"] == unit * most


def test_how_it_counts_is_said_where_it_is_another_number(client: XClient) -> None:
    assert client.measure(Content("Rye")).unit == "characters"
    assert client.measure(Content("Rye 🥐")).unit == "characters, an emoji counts as 2, a link as 23"


def test_what_readers_see_otherwise(client: XClient) -> None:
    (note,) = client.measure(Content("Rye", warning="Flour")).notes
    assert "no content warnings" in note


def test_words_that_x_changes_are_said(client: XClient, server: XServer) -> None:
    server.state.keeps_text = lambda written: written[:3]
    outcome = publish(client, Content("Rye and rolls"))
    assert isinstance(outcome, Sent)
    assert outcome.changed == "its words are different"


@pytest.mark.parametrize(
    "words",
    [
        "Rye & rolls <now> 'fresh' &amp;",
        "dock.net and https://dock.net/rye?a=1&b=2.",
        "(https://www.dock.net/x_(y)) ends with dock.org",
    ],
)
def test_links_and_signs_come_back_as_they_were_written(client: XClient, server: XServer, words: str) -> None:
    attempt = begin(client, Content(words))
    outcome = client.publish(attempt.payload, attempt.handle, is_open)
    assert isinstance(outcome, Sent)
    assert outcome.changed is None
    assert isinstance(client.find(attempt), Found)
