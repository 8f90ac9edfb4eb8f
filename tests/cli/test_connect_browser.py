"""`byhand connect` without a flag: a person says yes in a browser, which here is a few lines that follow links."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot.networks.signin import listener
from bot.observability import hide
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.mastodon import oauth
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.shell import browser_sign_in
from tests.cli.conftest import Desk, real_now

LINES = '\n[accounts.loft]\nnetwork = "bluesky"\nserver = "{url}"\nhandle = "loft.test"\n'
Answers = list[tuple[int, str]]


def get(url: str, **headers: str) -> tuple[int, str]:
    """Status and page, after redirects."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=headers)
    try:
        with direct.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@dataclass
class Browser:
    """Does what the test says with the link it is handed; by itself, whatever the page asks for."""

    visit: Callable[[str], Answers] = lambda link: [get(link)]
    links: list[str] = field(default_factory=list)
    answers: Answers = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def open(self, link: str) -> bool:
        self.links.append(link)
        try:
            self.answers = self.visit(link)
        finally:
            self.done.set()
        return True

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of the link."""
        return {name: each for name, (each,) in parse_qs(urlsplit(self.links[0]).query).items()}


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    made = Browser()
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(name="firefox"))
    monkeypatch.setattr(webbrowser, "open", made.open)
    yield made
    assert not made.links or made.done.wait(10)


@pytest.fixture
def server(desk: Desk, mastodon: MastodonServer) -> Iterator[MastodonServer]:
    """One of its own: it says no, and gives few rights. Nobody is signed in there yet."""
    made = MastodonServer(real_now, accounts=("bakery", "other"))
    made.start()
    desk.change(mastodon.url, made.url)
    desk.set(BYHAND_BAKERY_TOKEN=None)
    yield made
    made.stop()


def is_kept(desk: Desk) -> bool:
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        return bool(db.execute("SELECT count(*) FROM secrets WHERE name = 'sign-in'").fetchone()[0])


def given(server: MastodonServer) -> list[str]:
    """Tokens that came by a code, and hold."""
    return [token for token in server.oauth.scopes if token in server.oauth._ours]


def test_a_yes_in_the_browser_signs_in(desk: Desk, server: MastodonServer, browser: Browser) -> None:
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 0, result.stderr
    assert browser.links == [line.strip() for line in result.stdout.splitlines() if "/oauth/" in line]
    assert "Signed in as @bakery@" in result.stdout
    assert (
        "It may: read:accounts, read:follows, read:notifications, read:statuses, write:media" in result.stdout
    )
    assert "But:" not in result.stdout
    (status, page) = browser.answers[0]
    assert (status, "You can close this window" in page) == (200, True)
    (token,) = given(server)
    (app,) = server.oauth.apps.values()
    for secret in (token, app.client_secret):
        assert secret not in result.output
        assert secret.encode() not in (desk.folder / "byhand.db").read_bytes()
        assert hide(f"a log line with {secret}") == "a log line with [hidden]"
    assert is_kept(desk)


def test_the_link_asks_for_no_more_than_is_needed_and_keeps_the_verifier_back(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    desk.byhand("connect", "mastodon", "bakery")
    (app,) = server.oauth.apps.values()
    redirect = urlsplit(browser.asked["redirect_uri"])
    assert (redirect.scheme, redirect.hostname, redirect.path) == ("http", "127.0.0.1", "/callback")
    assert app.redirects == (browser.asked["redirect_uri"],)
    assert "write" not in browser.asked["scope"].split()
    assert browser.asked["code_challenge_method"] == "S256"
    assert len(browser.asked["state"]) >= 32
    assert browser.asked.keys() == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    }  # fmt: skip


def test_what_the_browser_brought_can_be_revoked(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    desk.byhand("connect", "mastodon", "bakery")
    assert len(given(server)) == 1
    result = desk.byhand("disconnect", "bakery")
    assert "The server has revoked its token." in result.stdout
    assert given(server) == []


@pytest.mark.parametrize("how", ["browser", "replace", "typed"])
def test_what_the_browser_brought_before_is_revoked_when_the_new_one_is_kept(
    desk: Desk, server: MastodonServer, browser: Browser, how: str
) -> None:
    desk.byhand("connect", "mastodon", "bakery")
    (first,) = given(server)
    if how == "replace":
        server.oauth.signed_in = "other"
    if how == "typed":
        result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=server.tokens["bakery"])
    else:
        result = desk.byhand("connect", "mastodon", "bakery", *(["--replace"] if how == "replace" else []))
    said = (
        "Before, bakery was signed in with another secret, which Byhand has forgotten. The server has revoked"
    )
    assert said in result.stdout
    assert first not in given(server)
    assert len(given(server)) == (how != "typed")
    with sqlite3.connect(desk.folder / "byhand.db") as db:
        told = db.execute(
            "SELECT who, data FROM facts WHERE what = 'former sign-in revoked there'"
        ).fetchall()
    assert [(who.startswith("cli:"), "@bakery@" in data) for who, data in told] == [(True, True)]


def test_a_sign_in_that_is_refused_ends_nothing_of_the_one_before(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    desk.byhand("connect", "mastodon", "bakery")
    (first,) = given(server)
    server.oauth.gives = frozenset({"read"})
    assert desk.byhand("connect", "mastodon", "bakery").exit_code == 1
    assert given(server) == [first]


def test_the_same_token_typed_again_holds_and_can_still_be_revoked(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    desk.byhand("connect", "mastodon", "bakery")
    (first,) = given(server)
    result = desk.byhand("connect", "mastodon", "bakery", "--token", typed=first)
    assert (result.exit_code, "Before, bakery was" in result.stdout) == (0, False)
    assert given(server) == [first]
    desk.byhand("disconnect", "bakery")
    assert given(server) == []


def test_a_secret_goes_to_no_other_server_than_its_own(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    """The settings name another one by now; the first one's token is revoked where it is from."""
    desk.byhand("connect", "mastodon", "bakery")
    assert len(given(server)) == 1
    moved = MastodonServer(real_now, accounts=("bakery",))
    moved.start()
    try:
        desk.change(server.url, moved.url)
        result = desk.byhand("connect", "mastodon", "bakery", "--replace")
        assert "The server has revoked its token." in result.stdout, result.output
        assert given(server) == []
        desk.change(moved.url, server.url)
        assert len(given(moved)) == 1
        assert "The server has revoked its token." in desk.byhand("disconnect", "bakery").stdout
        assert given(moved) == []
    finally:
        moved.stop()


def test_an_answer_that_comes_before_anybody_waits_for_it(
    desk: Desk, server: MastodonServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_sign_in, "_open", browser.open)
    browser.visit = lambda _link: [
        get(f"{browser.asked['redirect_uri']}?code=x&state={browser.asked['state']}")
    ]
    assert "does not take the code" in desk.byhand("connect", "mastodon", "bakery").stderr


def test_somebody_says_no(desk: Desk, server: MastodonServer, browser: Browser) -> None:
    server.oauth.denies = True
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert "Somebody said no on the page, so Byhand was given nothing. Nothing was changed." in result.stderr
    assert not is_kept(desk)


def test_nobody_answers(
    desk: Desk, server: MastodonServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser_sign_in.PATIENCE == 180
    monkeypatch.setattr(browser_sign_in, "PATIENCE", 0.3)
    browser.visit = lambda _link: []
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert "No answer came within" in result.stderr
    assert "byhand connect mastodon bakery --paste. Nothing was changed." in result.stderr
    port = urlsplit(browser.asked["redirect_uri"]).netloc
    with pytest.raises(urllib.error.URLError, match="refused"):
        get(f"http://{port}/callback")


def test_an_answer_with_another_state_changes_nothing_and_the_right_one_still_counts(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    def visit(link: str) -> Answers:
        redirect = browser.asked["redirect_uri"]
        said = [get(f"{redirect}?{urlencode({'code': 'theirs', 'state': each})}") for each in ("theirs", "")]
        twice = f"{redirect}?code=x&state=a&state={browser.asked['state']}"
        return [*said, get(twice), get(redirect), get(link)]

    browser.visit = visit
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 0, result.stderr
    assert [status for status, _ in browser.answers] == [400, 400, 400, 400, 200]
    assert "belongs to another sign-in" in browser.answers[0][1]


def test_only_answers_with_another_state(
    desk: Desk, server: MastodonServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_sign_in, "PATIENCE", 0.5)
    browser.visit = lambda _link: [get(f"{browser.asked['redirect_uri']}?code=x&state=theirs")]
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert "Only answers to another sign-in came" in result.stderr


@pytest.mark.parametrize("broken", ["code", "verifier", "late"])
def test_a_code_that_is_not_worth_anything(
    desk: Desk,
    server: MastodonServer,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
) -> None:
    """One made up, one of a link that somebody else made, one too late."""
    made_up = urlencode({"code": "made-up"})

    def visit(link: str) -> Answers:
        if broken == "code":
            return [get(f"{browser.asked['redirect_uri']}?{made_up}&state={browser.asked['state']}")]
        return [
            get(link.replace(browser.asked["code_challenge"], "x" * 43) if broken == "verifier" else link)
        ]

    browser.visit = visit
    if broken == "late":
        monkeypatch.setattr(oauth, "CODE_LIVES", oauth.CODE_LIVES * 0)
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert "The server does not take the code. A code works once, for a short time" in result.stderr
    assert not is_kept(desk)


def test_too_few_rights_are_named_and_the_token_is_given_back(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    server.oauth.gives = frozenset({"read"})
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert "The token lacks write:statuses: nothing can be published." in result.stderr
    assert "fewer rights than Byhand asked for" in result.stderr
    assert server.oauth.scopes
    assert given(server) == []


def test_a_right_that_only_some_things_need_is_named(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    server.oauth.tells_scopes = False  # what was given stands in the answer with the token
    server.oauth.gives = frozenset({"read", "write:statuses"})
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 0, result.stderr
    assert "But: The token lacks write:media: images cannot be uploaded." in result.stdout


def test_somebody_else_is_signed_in_in_the_browser(
    desk: Desk, server: MastodonServer, browser: Browser
) -> None:
    assert desk.byhand("connect", "mastodon", "bakery").exit_code == 0
    server.oauth.signed_in = "other"
    result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert "and this signs in as @other@" in result.stderr
    assert len(given(server)) == 1, "the other's token is given back, the first one holds"


def test_the_server_answers_with_pages(desk: Desk, server: MastodonServer, browser: Browser) -> None:
    """Of another kind, or behind a page that wants a sign-in of its own."""
    other = BlueskyServer(real_now, accounts=("loft.test",))
    other.start()
    try:
        desk.change(server.url, other.url)
        result = desk.byhand("connect", "mastodon", "bakery")
    finally:
        other.stop()
    assert result.exit_code == 1
    assert f"{other.url} did not register Byhand" in result.stderr
    assert browser.links == []


def test_bluesky_says_that_it_has_no_page_and_asks_for_an_app_password(desk: Desk, browser: Browser) -> None:
    bluesky = BlueskyServer(real_now, accounts=("loft.test",))
    bluesky.start()
    try:
        with desk.settings.open("a", encoding="utf-8") as settings:
            settings.write(LINES.format(url=bluesky.url))
        result = desk.byhand("connect", "bluesky", "loft", typed=bluesky.passwords["loft.test"])
    finally:
        bluesky.stop()
    assert result.exit_code == 0, result.stderr
    assert "Byhand does not sign in to Bluesky with a browser. Make an app password there" in result.stdout
    assert "Signed in as @loft.test" in result.stdout
    assert browser.links == []


def test_nothing_can_listen_here(
    desk: Desk, server: MastodonServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listener.Listener() as taken:
        monkeypatch.setattr(browser_sign_in, "Listener", lambda _: listener.Listener(taken.port))
        result = desk.byhand("connect", "mastodon", "bakery")
    assert result.exit_code == 1
    assert (
        "Byhand cannot listen on this machine for the browser's answer (Address already in use)"
        in result.stderr
    )


def test_a_browser_in_the_terminal_is_not_started(
    desk: Desk, server: MastodonServer, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take the terminal, and wait until it is closed."""
    monkeypatch.setattr(browser_sign_in, "PATIENCE", 0.3)
    monkeypatch.setattr(webbrowser, "get", lambda: SimpleNamespace(name="/usr/bin/w3m"))
    assert "/oauth/authorize?" in desk.byhand("connect", "mastodon", "bakery").stdout
    assert browser.links == []


@pytest.fixture
def children_hear_ctrl_c() -> Iterator[None]:
    """Also where the tests run behind a shell's `&`, which has all that they start ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("children_hear_ctrl_c")
def test_ctrl_c_ends_it_in_a_sentence(desk: Desk, server: MastodonServer) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "bot", "connect", "mastodon", "bakery"], cwd=desk.folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "BROWSER": "w3m"},
    )  # fmt: skip
    try:
        assert command.stdout is not None
        for line in command.stdout:
            if line.startswith("Byhand waits 3 minutes"):
                break
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=30)
    finally:
        command.kill()
        command.communicate()
    assert (command.returncode, said) == (1, "You stopped it: nobody was signed in. Nothing was changed.\n")


def test_beside_a_running_bot(
    desk: Desk, server: MastodonServer, browser: Browser, slack: SlackServer
) -> None:
    """The bot holds the database, and uses what it is handed at once."""
    slack.workspace.join("C0SOCIAL", "U0BOT")
    assert desk.byhand("connect", "mastodon", "bakery").exit_code == 0
    assert desk.byhand("disconnect", "bakery").exit_code == 0
    bot = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], cwd=desk.folder, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    try:
        assert slack.wait_connected(30)
        browser.links.clear()
        result = desk.byhand("connect", "mastodon", "bakery")
        assert result.exit_code == 0, result.stderr
        assert "The running bot uses it from now on." in result.stdout
        server.oauth.signed_in = "other"
        refused = desk.byhand("connect", "mastodon", "bakery")
        assert "and this signs in as @other@" in refused.stderr
        assert len(given(server)) == 1
    finally:
        bot.terminate()
        bot.communicate(timeout=30)
