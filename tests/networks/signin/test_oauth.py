"""What servers answer when a code is exchanged, and what addresses a browser comes back with."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from bot.networks.http import Http
from bot.networks.signin import oauth
from bot.networks.signin.protocol import Asking, NotGranted
from bot.observability import hide
from tests.networks.raw_server import after_reading, serving
from tests.ports import hold_silent_port

REDIRECT = "http://127.0.0.1:4000/callback"


def asking() -> Asking:
    return oauth.ask(
        Http("https://social.example"),
        "/authorize",
        "our-id",
        "our-secret",
        redirect=REDIRECT,
        scopes=("read",),
    )


def exchange(status: int, body: str) -> tuple[object, str]:
    """What comes of it, and what the server was told."""
    head = f"HTTP/1.1 {status} Said\r\ncontent-length: {len(body.encode())}\r\n\r\n"
    with serving(after_reading(head.encode() + body.encode())) as server:
        http = Http(server.url, from_settings=True)
        return oauth.exchange(http, "/token", asking(), "the-code"), server.received.decode()


def test_a_code_is_exchanged_as_the_standard_has_it() -> None:
    said, sent = exchange(
        200, json.dumps({"access_token": "a-token", "token_type": "Bearer", "scope": "read write"})
    )
    assert said == {"access_token": "a-token", "token_type": "Bearer", "scope": ["read", "write"]}
    head, _, body = sent.partition("\r\n\r\n")
    assert "content-type: application/x-www-form-urlencoded" in head.lower()
    told = {name: each for name, (each,) in parse_qs(body).items()}
    verifier = told.pop("code_verifier")
    assert len(verifier) == oauth.VERIFIER
    assert told == {
        "grant_type": "authorization_code", "code": "the-code", "redirect_uri": REDIRECT, "client_id": "our-id",
        "client_secret": "our-secret",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, "<!doctype html><title>a-token</title>", "as expected: The server answered 200 with a page"),
        (404, "<html>a-token", "did not answer as expected: The server answered 404 with a page"),
        (200, "access_token=a-token", "The server answered 200 with something that is no JSON"),
        (200, '{"token": "a-token"}', "answered 200 with JSON that is not what was asked for"),
        (201, "", "The server answered 201 with nothing in it"),
        (302, "", "The server points to another address: is `server` right?"),
        (500, '{"error": "invalid_grant"}', "did not answer as expected: The server answered 500"),
        (200, "[]", "did not answer as expected"),
        (200, "7", "did not answer as expected"),
        (200, "{}", "did not answer as expected"),
        (200, '{"access_token": ["a"]}', "did not answer as expected"),
        (200, '{"error": "invalid_grant"}', "The server does not take the code"),
        (400, '{"error": "invalid_grant"}', "The server does not take the code"),
        (
            401,
            '{"error": "invalid_client", "error_description": "a-token"}',
            "no token: it does not know Byhand",
        ),
        (400, '{"error": "a-token"}', "no token: it does not say why in words of the standard"),
        (400, '{"error": ""}', "no token: it does not say why"),
        (200, '{"access_token": ""}', "no token that can be used"),
        (200, '{"access_token": "a-token b"}', "no token that can be used"),
        (200, '{"access_token": "a-token", "expires_in": "soon"}', "no token that can be used"),
    ],
)
def test_what_is_no_token_is_a_sentence(status: int, body: str, said: str) -> None:
    with pytest.raises(NotGranted) as refused:
        exchange(status, body)
    assert said in str(refused.value)
    assert "a-token" not in str(refused.value), "nothing of such an answer is shown"


def test_what_no_standard_knows_beside_a_token_is_passed_over() -> None:
    said, _ = exchange(200, '{"access_token": "a-token", "scope": 7, "me": {"id": 1}, "expires_in": null}')
    assert said == {"access_token": "a-token", "scope": ["7"]}


def test_what_is_secret_stands_in_no_line_of_a_log_from_the_beginning() -> None:
    http = Http("https://social.example")
    asked = oauth.ask(http, "/authorize", "id", "secret-of-the-client", redirect=REDIRECT, scopes=("read",))
    code = oauth.read_code(asked, f"code=code-of-a-page&state={asked.state}")
    exchange(200, '{"access_token": "token-of-a-server"}')
    for secret in ("secret-of-the-client", asked.verifier, code, "token-of-a-server"):
        assert hide(f"a line with {secret}") == "a line with [hidden]"


def test_a_server_that_is_not_there() -> None:
    unreached = pytest.raises(NotGranted, match="did not answer as expected: it could not be reached")
    with hold_silent_port() as port, unreached:
        oauth.exchange(Http(f"http://127.0.0.1:{port}", from_settings=True), "/token", asking(), "the-code")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("code=abc&state=theirs", "belongs to another sign-in"),
        ("code=abc", "belongs to another sign-in"),
        ("", "belongs to another sign-in"),
        ("state={state}", "has no code in it"),
        ("state={state}&code=", "has no code in it"),
        ("error=access_denied&state={state}", "Somebody said no on the page"),
        (
            "error=invalid_scope&error_description=No%0Asuch%20scope&state={state}",
            "The server said no: No such scope",
        ),
        ("error=x{long}&state={state}", "The server said no: x"),
    ],
)
def test_an_answer_without_a_code_for_us(query: str, said: str) -> None:
    asked = asking()
    with pytest.raises(NotGranted) as refused:
        oauth.read_code(asked, query.format(state=asked.state, long="y" * 2000))
    assert said in str(refused.value)
    assert len(str(refused.value)) < 400


def test_a_link_of_a_server_on_this_machine_is_one_too() -> None:
    """oauthlib alone would refuse it: it is not encrypted."""
    http = Http("http://127.0.0.1:3000")
    asked = oauth.ask(http, "/oauth/authorize", "id", "secret", redirect=REDIRECT, scopes=("a", "b:c"))
    assert asked.link.startswith("http://127.0.0.1:3000/oauth/authorize?response_type=code&client_id=id&")
    assert "secret" not in asked.link
    assert asked.verifier not in asked.link
    assert asked.verifier not in repr(asked)
    assert oauth.read_code(asked, f"code=abc&state={asked.state}") == "abc"


LINK = "https://social.example/oauth/authorize/native?code=abc"


@pytest.mark.parametrize(
    "typed",
    [
        "abc", LINK, f"{LINK}&state={{state}}", "http://127.0.0.1:4000/callback?code=abc&state={state}#top",
        "?code=abc&state={state}", "code=abc",
    ],
)  # fmt: skip
def test_the_code_is_read_out_of_whatever_holds_it(typed: str) -> None:
    asked = asking()
    assert oauth.read_pasted(asked, typed.format(state=asked.state)) == "abc"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (f"{LINK}&state=theirs", "belongs to another sign-in"),
        ("http://127.0.0.1:4000/callback?error=access_denied&state={state}", "Somebody said no on the page"),
        ("http://127.0.0.1:4000/callback", "That address has no code in it"),
        ("https://social.example/@dockbakery?x=", "That address has no code in it"),
        ("{link}", "This is the link itself"),
        ("caf\u00e9", "This is no code"),
        ("http://[", "That address has no code in it"),
    ],
)
def test_what_has_no_code_for_us(typed: str, said: str) -> None:
    asked = asking()
    with pytest.raises(NotGranted) as refused:
        oauth.read_pasted(asked, typed.format(state=asked.state, link=asked.link))
    assert said in str(refused.value)
