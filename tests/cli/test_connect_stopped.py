"""`byhand connect` that is stopped after the server gave a token: nothing is left behind there, or a person is told."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.control.socket import NoAnswer
from bot.networks.mastodon.sign_in import BY_HAND, MastodonSignIn
from bot.networks.signin.protocol import PerhapsGranted, Revoked
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.shell import connecting
from bot.shell.refusing import Refused
from tests.cli.conftest import Desk
from tests.cli.test_connect import LINES, bluesky
from tests.cli.test_connect_browser import Browser, browser, get, given, is_kept, server
from tests.ports import find_free_port

__all__ = ["bluesky", "browser", "server"]
STOPPED = "You stopped it: nobody was signed in. Nothing was changed.\n"
Step = Callable[[], None]
Wrap = Callable[[str, Step, Step], None]


@pytest.fixture
def wrap(monkeypatch: pytest.MonkeyPatch) -> Wrap:
    """Have something happen before and after a step."""

    def do(step: str, before: Step, after: Step) -> None:
        owner: Any = MastodonSignIn if step == "exchange" else connecting
        honest = getattr(owner, step)

        def stepped(*asked: Any, **more: Any) -> Any:
            before()
            said = honest(*asked, **more)
            after()
            return said

        monkeypatch.setattr(owner, step, stepped)

    return do


def nothing() -> None:
    pass


def fail(error: BaseException) -> Step:
    def raised() -> None:
        raise error

    return raised


def come(number: int) -> Step:
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize("step", ["exchange", "try_secrets"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_a_signal_gives_the_token_back(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap, step: str, number: signal.Signals
) -> None:
    wrap(step, nothing, come(number))
    before = signal.signal(number, lambda *_: None)  # else one that is not held would end the test itself
    try:
        result = desk.byhand("connect", "mastodon", "bakery")
    finally:
        restored = signal.signal(number, before)
    assert (result.exit_code, result.stderr) == (1, STOPPED)
    assert server.oauth.scopes, "the token was given"
    assert (given(server), is_kept(desk)) == ([], False)
    assert getattr(restored, "__name__", "") == "<lambda>"


def test_a_signal_that_comes_when_it_is_being_kept_is_too_late(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap
) -> None:
    wrap("_have_done", come(signal.SIGINT), nothing)
    result = desk.byhand("connect", "mastodon", "bakery")
    assert (result.exit_code, is_kept(desk), len(given(server))) == (0, True, 1)


@pytest.mark.parametrize(
    "error", [OSError("the disk is full"), KeyError("a bug of ours"), KeyboardInterrupt()]
)
def test_whatever_stops_it_the_token_is_given_back(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap, error: BaseException
) -> None:
    wrap("try_secrets", nothing, fail(error))
    assert desk.byhand("connect", "mastodon", "bakery").exit_code == 1
    assert server.oauth.scopes
    assert (given(server), is_kept(desk)) == ([], False)


@pytest.mark.parametrize("kept", [True, False])
def test_what_stops_it_while_it_is_kept_ends_no_token_that_is(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap, kept: bool
) -> None:
    error = fail(OSError(5, "Input/output error", "byhand.db"))
    wrap("_have_done", nothing if kept else error, error if kept else nothing)
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert (is_kept(desk), len(given(server))) == (kept, kept)
    assert result.stderr.startswith("byhand.db: Input/output error.")
    assert ("It is kept all the same: byhand check says how it stands." in result.stderr) is kept


def test_where_nobody_knows_a_person_is_told_where_to_look_and_to_end_it(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap
) -> None:
    """The running bot did not answer in time: it may still keep it."""
    wrap("_have_done", fail(NoAnswer()), nothing)
    result = desk.byhand("connect", "mastodon", "bakery")
    assert len(given(server)) == 1
    assert f"Whether it is kept, byhand check says. If it is not: {BY_HAND}" in result.stderr


def test_what_cannot_be_given_back_a_person_ends(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrap("try_secrets", nothing, fail(KeyboardInterrupt()))
    away = Revoked(False, f"The server did not revoke its token. {BY_HAND}")
    monkeypatch.setattr(MastodonSignIn, "revoke", lambda *_asked: away)
    said = desk.byhand("connect", "mastodon", "bakery").stderr
    assert said == f"{STOPPED.strip()} What the server gave Byhand may still hold there. {away.sentence}\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), PerhapsGranted("The connection broke.")])
def test_a_token_that_nobody_has_is_said_to_be_there_perhaps(
    desk: Desk, server: MastodonServer, browser: Browser, wrap: Wrap, error: BaseException
) -> None:
    """It was stopped, or the answer was lost, while the server made it."""
    wrap("exchange", nothing, fail(error))
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert f"nobody has it. {BY_HAND}" in result.stderr


def test_the_session_of_a_password_that_was_only_tried_ends(
    desk: Desk, bluesky: BlueskyServer, wrap: Wrap
) -> None:
    with desk.settings.open("a", encoding="utf-8") as settings:
        settings.write(LINES.format(url=bluesky.url))
    wrap("_have_done", fail(Refused("No.")), nothing)
    result = desk.byhand("connect", "bluesky", "loft", "--token", typed=bluesky.passwords["loft.test"])
    assert (result.exit_code, result.stderr) == (1, "No.\n")
    assert bluesky.sign_ins == 1
    assert not bluesky.state.accounts["loft.test"].refresh


# --- the port ----------------------------------------------------------------------------------------


def test_the_answer_comes_to_the_port_that_was_named_time_and_again(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    port = find_free_port()
    for _ in range(2):
        result = desk.byhand("connect", "mastodon", "bakery", "--port", str(port))
        assert result.exit_code == 0, result.stderr
    assert urlsplit(browser.asked["redirect_uri"]).netloc == f"127.0.0.1:{port}"
    with pytest.raises(OSError, match="refused"):
        get(f"http://127.0.0.1:{port}/callback")


def test_a_port_that_is_taken(desk: Desk, server: MastodonServer, browser: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = desk.byhand("connect", "mastodon", "bakery", "--port", str(port))
    assert result.exit_code == 1
    assert (
        f"listen on port {port} of this machine (Address already in use). Choose another one" in result.stderr
    )
    assert browser.links == []


@pytest.mark.parametrize("way", ["--token", "--paste"])
def test_a_port_is_for_the_browser_of_this_machine(desk: Desk, way: str) -> None:
    result = desk.byhand("connect", "mastodon", "bakery", "--port", "8123", way, typed="x")
    assert (result.exit_code, "--port is for the browser of this machine" in result.stderr) == (2, True)
    assert desk.byhand("connect", "mastodon", "bakery", "--port", "80").exit_code == 2
