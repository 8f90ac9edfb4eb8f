"""`byhand connect --paste`: the browser is on another machine, and a person carries the code over."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.networks.mastodon import oauth
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.shell import connecting
from bot.shell.refusing import Refused
from tests.cli.conftest import Desk
from tests.cli.test_connect_browser import get, given, is_kept, server

__all__ = ["server"]
OOB = "urn:ietf:wg:oauth:2.0:oob"


def read_code(link: str) -> str:
    """What the page shows to somebody who says yes."""
    status, page = get(link)
    found = re.search("<code>(.+)</code>", page)
    assert found is not None, (status, page)
    return found[1]


def paste(monkeypatch: pytest.MonkeyPatch, make: Callable[[str], str]) -> list[str]:
    """The lines of a command into which somebody pastes what `make` makes of the link."""
    said: list[str] = []

    def tell(line: str) -> None:
        said.append(line)
        link = next(word for word in line.split() if "/oauth/authorize?" in word)
        monkeypatch.setattr(sys, "stdin", io.StringIO(make(link)))

    return [*connecting.connect("mastodon", "bakery", token=False, paste=True, tell=tell), *said]


@pytest.mark.parametrize(
    "typed", ["{code}\n", "\ufeff “{code}”\r\n", "{url}/oauth/authorize/native?code={code}\n", "code={code}"]
)
def test_the_code_or_the_address_that_holds_it(
    desk: Desk, server: MastodonServer, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    lines = paste(monkeypatch, lambda link: typed.format(code=read_code(link), url=server.url))
    assert lines[-1].startswith("Open this page in any browser, signed in as the account")
    assert any(line.startswith("Signed in as @bakery@") for line in lines)
    assert len(given(server)) == 1
    assert is_kept(desk)
    (app,) = server.oauth.apps.values()
    assert app.redirects == (OOB,)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Nothing was typed: paste the code"),  # no terminal, and nobody there
        ("\n", "Nothing was typed: paste the code"),
        ("two words", "no code. Paste the code alone."),
        ("a" * 9000, "no code. Paste the code alone."),
        ("caf\u00e9", "This is no code"),
        ("made-up", "The server does not take the code"),
        ("https://elsewhere.example/", "That address has no code in it"),
        ("https://elsewhere.example/?code=abc&state=theirs", "belongs to another sign-in"),
    ],
)
def test_what_is_no_code_is_a_sentence(
    desk: Desk, server: MastodonServer, monkeypatch: pytest.MonkeyPatch, typed: str, said: str
) -> None:
    with pytest.raises(Refused) as refused:
        paste(monkeypatch, lambda _link: typed)
    assert said in str(refused.value)
    assert not is_kept(desk)


def test_a_code_that_was_pasted_too_late(
    desk: Desk, server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "CODE_LIVES", oauth.CODE_LIVES * 0)
    with pytest.raises(Refused, match="works once, for a short time, and only with the link"):
        paste(monkeypatch, read_code)


def test_a_code_that_was_used_before(
    desk: Desk, server: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[str] = []

    def keep(link: str) -> str:
        codes.append(read_code(link))
        return codes[0]

    paste(monkeypatch, keep)
    with pytest.raises(Refused, match="The server does not take the code"):
        paste(monkeypatch, keep)
    assert len(given(server)) == 1


def at_a_terminal(desk: Desk, way: str, asks: str, answer: Callable[[str], str]) -> tuple[int, str]:
    """Exit code, and what stands on the terminal, of somebody who answers the question that ends with `asks`."""
    ours, theirs = pty.openpty()
    with open(ours, "r+b", buffering=0) as terminal, open(theirs, "r+b", buffering=0) as end:
        command = subprocess.Popen(
            [sys.executable, "-m", "bot", "connect", "mastodon", "bakery", way], cwd=desk.folder,
            stdin=end, stdout=end, stderr=end, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        said = ""
        while asks not in said:
            said += terminal.read(1000).decode()
        terminal.write(answer(said).encode())
        code = command.wait(30)
        os.set_blocking(ours, False)
        return code, said + (terminal.read(10_000) or b"").decode()


def test_at_a_terminal_it_asks(desk: Desk, server: MastodonServer) -> None:
    def answer(said: str) -> str:
        return read_code(next(word for word in said.split() if "/oauth/authorize?" in word)) + "\n"

    code, said = at_a_terminal(desk, "--paste", "the page you come to: ", answer)
    assert (code, "Signed in as @bakery@" in said) == (0, True), said
    assert is_kept(desk)


@pytest.mark.parametrize(
    ("way", "asks", "what"),
    [("--paste", "you come to: ", "code"), ("--token", "(it is not shown): ", "secret")],
)
def test_ctrl_d_is_no_answer(desk: Desk, server: MastodonServer, way: str, asks: str, what: str) -> None:
    code, said = at_a_terminal(desk, way, asks, lambda _said: "\x04")
    assert (code, f"Nothing was typed: paste the {what}" in said) == (1, True), said


def test_one_way_at_a_time(desk: Desk) -> None:
    result = desk.byhand("connect", "mastodon", "bakery", "--paste", "--token", typed="x")
    assert (result.exit_code, "Choose one: --token" in result.stderr) == (2, True)
