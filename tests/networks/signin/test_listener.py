"""What the listener of a sign-in takes, of all that a page, a program or a hand may send to its port."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.networks.signin import listener as listening
from bot.networks.signin.listener import Listener

STATE = "a-state-that-nobody-guesses"
GOOD = f"/callback?code=abc&state={STATE}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as made:
        made.expect(STATE)
        yield made


def ask(
    listener: Listener, path: str = GOOD, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=10)
    with closing(connection):
        connection.request(method, path, headers={n.replace("_", "-"): v for n, v in headers.items()})
        answer = connection.getresponse()
        said = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, said, answer.read().decode()


def test_the_answer_is_taken_once(listener: Listener) -> None:
    status, said, page = ask(listener)
    assert (status, listener.wait(5)) == (200, f"code=abc&state={STATE}")
    assert "You can close this window" in page
    assert (said["cache-control"], said["referrer-policy"]) == ("no-store", "no-referrer")
    assert not [name for name in said if name.startswith("access-control-")]
    status, _, page = ask(listener, f"/callback?code=other&state={STATE}")
    assert (status, "had an answer already" in page) == (409, True)
    assert listener.wait(5) == f"code=abc&state={STATE}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},  # a name that leads here by now
        {"Host": "localhost"},
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Dest": "image"},
        {"Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
    ],
)
def test_what_another_page_asks_for_is_turned_away(listener: Listener, headers: dict[str, str]) -> None:
    """Even with the right state."""
    status, said, _ = ask(listener, **headers)
    assert (status, listener.wait(0)) == (403, None)
    assert not [name for name in said if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null"}, {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}]
)
def test_what_a_browser_sends_of_itself_is_taken(listener: Listener, headers: dict[str, str]) -> None:
    assert ask(listener, **headers)[0] == 200


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_a_get_counts(listener: Listener, method: str) -> None:
    status, said, _ = ask(listener, method=method)
    assert (status, said["allow"], listener.wait(0)) == (405, "GET", None)


def test_a_method_that_nobody_knows(listener: Listener) -> None:
    assert ask(listener, method="BREW")[0] == 501
    assert listener.wait(0) is None


@pytest.mark.parametrize(
    "path", ["/", "/favicon.ico", f"/other?code=abc&state={STATE}", f"/callback/?state={STATE}"]
)
def test_only_its_own_path_counts(listener: Listener, path: str) -> None:
    assert (ask(listener, path)[0], listener.wait(0)) == (404, None)


@pytest.mark.parametrize(
    "query", ["", "state=", "state=%00%ff", "code=abc", f"state={STATE}&state=x", f"state={STATE}x", "&" * 99]
)
def test_another_state_does_not_count(listener: Listener, query: str) -> None:
    assert (ask(listener, f"/callback?{query}")[0], listener.wait(0)) == (400, None)
    assert listener.turned_away == 1


def test_nothing_counts_before_there_is_a_question() -> None:
    with Listener() as made:
        assert ask(made, "/callback?state=")[0] == 400


def test_it_listens_on_this_machine_only(listener: Listener) -> None:
    assert listener._server.server_address[0] == "127.0.0.1"
    assert listener.address == f"http://127.0.0.1:{listener.port}/callback"


def test_connections_that_say_nothing_hold_nobody_up() -> None:
    """Browsers open some ahead, and anybody may open many."""
    silent = []
    began = time.monotonic()
    try:
        with Listener() as made:
            made.expect(STATE)
            silent += [socket.create_connection(("127.0.0.1", made.port)) for _ in range(5)]
            assert ask(made)[0] == 200
        assert time.monotonic() - began < listening.PATIENCE - 1, "nor does closing wait for them"
    finally:
        for each in silent:
            each.close()


def test_one_more_than_there_is_room_for_is_closed(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "ROOM", 1)
    with closing(socket.create_connection(("127.0.0.1", listener.port))) as first:
        while not listener._server._open:
            time.sleep(0.01)
        with closing(socket.create_connection(("127.0.0.1", listener.port), timeout=10)) as second:
            assert second.recv(1) == b""
        first.sendall(f"GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1:{listener.port}\r\n\r\n".encode())
        assert first.recv(12) == b"HTTP/1.0 200"


def test_whoever_waits_hears_of_it_at_once(listener: Listener) -> None:
    found: list[str | None] = []
    waiting = threading.Thread(target=lambda: found.append(listener.wait(30)))
    waiting.start()
    ask(listener)
    waiting.join(5)
    assert found == [f"code=abc&state={STATE}"]
