"""`byhand connect x`, as somebody types it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.networks.x.sign_in import SCOPES, SIGN_IN
from bot.sandbox.networks.x import oauth
from bot.sandbox.networks.x.oauth import CLIENT_ID
from bot.sandbox.networks.x.server import XServer
from bot.shell import browser_sign_in
from tests.cli.conftest import Desk, real_now
from tests.cli.test_connect_browser import Browser, browser, get
from tests.ports import find_free_port

__all__ = ["browser"]
LINES = '\n[accounts.loft]\nnetwork = "x"\nserver = "{url}"\nhandle = "loft"\nclient_id = "{client_id}"\n'


@pytest.fixture
def x(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[XServer]:
    server = XServer(real_now, accounts=("loft",))
    server.start()
    port = find_free_port()
    monkeypatch.setattr(SIGN_IN, "port", port)  # the usual one may be taken here
    server.oauth.redirects = [f"http://127.0.0.1:{port}/callback"]
    desk.settings.write_text(desk.settings.read_text() + LINES.format(url=server.url, client_id=CLIENT_ID))
    yield server
    server.stop()
    assert server.in_addresses == []


def test_a_yes_in_the_browser_signs_in(desk: Desk, x: XServer, browser: Browser) -> None:
    result = desk.byhand("connect", "x", "loft")
    assert result.exit_code == 0, result.stderr
    assert "Signed in as @loft (2244994945): https://x.com/loft" in result.stdout
    assert f"It may: {', '.join(sorted(SCOPES))}." in result.stdout
    assert "Byhand renews it by itself; what it has now ends on" in result.stdout
    assert "Type it --token" not in result.stdout
    (pair,) = x.oauth.pairs
    for secret in (pair.access, str(pair.refresh)):
        assert secret not in result.output
        assert secret.encode() not in (desk.folder / "byhand.db").read_bytes()
    assert browser.asked["client_id"] == CLIENT_ID


def test_four_keys_sign_in(desk: Desk, x: XServer) -> None:
    result = desk.byhand("connect", "x", "loft", "--token", typed=x.tokens["loft"])
    assert result.exit_code == 0, result.stderr
    assert "It does not end by itself" in result.stdout
    assert x.tokens["loft"] not in result.output


def test_a_code_is_not_pasted(desk: Desk, x: XServer) -> None:
    result = desk.byhand("connect", "x", "loft", "--paste", typed="code")
    assert result.exit_code == 1
    assert "too soon to be pasted" in result.stderr
    assert x.oauth.pairs == []


def test_another_pages_answer_changes_nothing(desk: Desk, x: XServer, browser: Browser) -> None:
    """An image of another page calls the port, and so does a page with another `state`; then the person says yes."""
    port = x.oauth.redirects[0]

    def visit(link: str) -> list[tuple[int, str]]:
        return [
            get(f"{port}?code=stolen&state=guessed"),
            get(
                f"{port}?code=stolen&state=guessed",
                **{"sec-fetch-dest": "image", "sec-fetch-mode": "no-cors"},
            ),
            get(link),
        ]

    browser.visit = visit
    result = desk.byhand("connect", "x", "loft")
    assert result.exit_code == 0, result.stderr
    assert [status for status, _ in browser.answers] == [400, 403, 200]
    assert len(x.oauth.pairs) == 1


def test_a_listener_that_nobody_answers_closes(
    desk: Desk, x: XServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser_sign_in.PATIENCE == 180
    monkeypatch.setattr(browser_sign_in, "PATIENCE", 0.3)
    browser.visit = lambda _: []
    result = desk.byhand("connect", "x", "loft")
    assert result.exit_code == 1
    assert "No answer came within" in result.stderr
    assert "byhand connect x loft --token" in result.stderr
    assert x.oauth.pairs == []
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        assert db.execute("SELECT count(*) FROM secrets WHERE name = 'sign-in'").fetchone() == (0,)


def test_a_code_that_comes_too_late_changes_nothing(
    desk: Desk, x: XServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X's codes live for thirty seconds; this machine was asleep for longer."""
    monkeypatch.setattr(oauth, "CODE_LIVES", timedelta(0))
    result = desk.byhand("connect", "x", "loft")
    assert result.exit_code == 1
    assert "A code works once, for a short time" in result.stderr
    assert "Traceback" not in result.output
    assert x.oauth.pairs == []
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        assert db.execute("SELECT count(*) FROM secrets WHERE name = 'sign-in'").fetchone() == (0,)


def test_without_a_client_id_it_says_how(desk: Desk, x: XServer) -> None:
    desk.change(f'client_id = "{CLIENT_ID}"\n', "")
    result = desk.byhand("connect", "x", "loft")
    assert result.exit_code == 1
    assert 'client_id = "…" in [accounts.loft]' in result.stderr
    assert "Nothing was changed." in result.stderr
    assert x.requests == ()
