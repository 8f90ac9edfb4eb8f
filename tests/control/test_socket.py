"""The control socket: asked politely, rudely, too early and after a crash."""

from __future__ import annotations

import errno
import json
import socket
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.control import commands
from bot.control.socket import (
    MAX_REQUEST,
    ROOM,
    BotAway,
    CommandRefused,
    ControlServer,
    NoAnswer,
    ask,
    is_listening,
    to_control_folder,
)
from bot.control.socket import PATIENCE as TO_SAY_IT
from bot.domain.refusals import Refusal
from bot.services.unit_of_work import Services

PATIENCE = 10  # seconds


def handle(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    if command == "refuse":
        raise CommandRefused("Paused already, by Ana.")
    if command == "explode":
        raise ZeroDivisionError("a secret of the inside")
    return {"command": command, **arguments}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return to_control_folder(tmp_path / "byhand.db")


@pytest.fixture
def server(folder: Path) -> Iterator[ControlServer]:
    server = ControlServer(folder, handle)
    server.start()
    yield server
    server.stop()


def say(folder: Path, request: bytes) -> dict[str, Any]:
    """One raw request and its answer."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(PATIENCE)
        peer.connect(str(folder / "socket"))
        peer.sendall(request)
        peer.shutdown(socket.SHUT_WR)
        with peer.makefile("rb") as answers:
            answer: dict[str, Any] = json.loads(answers.readline())
    return answer


def test_a_command_is_answered(folder: Path, server: ControlServer) -> None:
    assert ask(folder, "pause", {"reason": "ölförderung 🛑"}) == {
        "command": "pause",
        "reason": "ölförderung 🛑",
    }


def test_a_refusal_arrives_with_its_sentence(folder: Path, server: ControlServer) -> None:
    with pytest.raises(CommandRefused, match=r"^Paused already, by Ana\.$"):
        ask(folder, "refuse", {})


def test_what_breaks_inside_stays_inside(
    folder: Path, server: ControlServer, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CommandRefused, match="its log says why"):
        ask(folder, "explode", {})
    assert "a secret of the inside" in caplog.text
    assert ask(folder, "still", {}) == {"command": "still"}


@pytest.mark.parametrize(
    "request_",
    [
        b"\n", b"hello\n", b"[]\n", b'{"command": "x"}\n', b'{"command": 1, "arguments": {}}\n',
        b"\xff\xfe\n", b'{"command": "x", "arguments": []}\n', b"[" * 100_000 + b"\n",
        b'{"command": "x", "argu',
    ],
)  # fmt: skip
def test_garbage_is_refused_with_a_sentence(folder: Path, server: ControlServer, request_: bytes) -> None:
    answer = say(folder, request_)
    assert answer["ok"] is False
    assert "one line of JSON" in answer["sentence"]


def test_too_much_is_refused_and_not_read(folder: Path, server: ControlServer) -> None:
    with pytest.raises(CommandRefused, match="more than 1048576 bytes"):
        ask(folder, "import", {"text": "x" * (MAX_REQUEST * 4)})
    assert ask(folder, "import", {"text": "x" * (MAX_REQUEST - 100)})["command"] == "import"


def test_the_folder_and_the_peer_are_the_sign_in(
    folder: Path, server: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    monkeypatch.setattr("os.getuid", lambda: 4711)
    if hasattr(socket, "SO_PEERCRED"):
        with pytest.raises(CommandRefused, match="Only the user who runs the bot"):
            ask(folder, "pause", {})


def test_nobody_there(folder: Path) -> None:
    assert not is_listening(folder)
    with pytest.raises(BotAway, match="nothing was done"):
        ask(folder, "pause", {})


def test_after_stop_nothing_is_left(folder: Path, server: ControlServer) -> None:
    assert is_listening(folder)
    server.stop()
    assert not is_listening(folder)
    assert list(folder.iterdir()) == []


def test_a_socket_left_by_a_killed_bot_is_replaced(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "socket"))
    assert not is_listening(folder)
    server = ControlServer(folder, handle)
    server.start()
    assert ask(folder, "status", {}) == {"command": "status"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    server.stop()


def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    folder = to_control_folder(deep / "byhand.db")
    left_over = Path(tempfile.mkdtemp(prefix="byhand-"))  # as by a bot that was killed
    folder.mkdir()
    pointer = folder / "elsewhere"
    pointer.write_text(str(left_over / "socket"))

    server = ControlServer(folder, handle)
    server.start()
    assert not left_over.exists()
    assert ask(folder, "status", {}) == {"command": "status"}
    address = Path(pointer.read_text())
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    server.stop()
    assert not address.parent.exists()
    assert list(folder.iterdir()) == []


def test_a_pointer_that_is_not_ours_is_not_followed(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    folder.mkdir()
    (folder / "elsewhere").write_text(str(precious / "socket"))
    server = ControlServer(folder, handle)
    server.start()
    server.stop()
    assert precious.exists()


def test_a_bot_that_does_not_answer_in_time(folder: Path) -> None:
    go = threading.Event()

    def slow(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert go.wait(PATIENCE)
        return {}

    server = ControlServer(folder, slow)
    server.start()
    with pytest.raises(NoAnswer, match="look before you repeat"):
        ask(folder, "resume", {}, timeout=0.05)
    go.set()
    server.stop()


def test_silent_connections_give_way(folder: Path, server: ControlServer) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(ROOM * 3)]
        for peer in silent:
            peer.settimeout(PATIENCE)
            peer.connect(str(folder / "socket"))
            peer.sendall(b'{"comm')
        began = time.monotonic()
        assert ask(folder, "pause", {}) == {"command": "pause"}
        assert time.monotonic() - began < TO_SAY_IT, "it waited until one was silent for too long"
        assert silent[0].recv(1) == b"", "the oldest was closed"


def test_a_connection_that_could_not_be_accepted_does_not_end_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OSError(errno.EMFILE, "Too many open files")] * 2
    accept = socket.socket.accept

    def fail_first(self: socket.socket) -> Any:
        if failures:
            raise failures.pop()
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", fail_first)
    server = ControlServer(folder, handle)
    server.start()
    assert ask(folder, "pause", {}) == {"command": "pause"}
    server.stop()


def test_requests_are_served_side_by_side(folder: Path) -> None:
    meeting = threading.Barrier(4)

    def meet(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        meeting.wait(PATIENCE)
        return arguments

    server = ControlServer(folder, meet)
    server.start()
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda number=number: answers.append(ask(folder, "x", {"n": number})))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.stop()
    assert sorted(answer["n"] for answer in answers) == [0, 1, 2, 3]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["command", "arguments", "who", "words", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON | st.binary(max_size=30))
def test_whatever_is_said_is_answered_with_a_sentence(
    folder: Path, server: ControlServer, caplog: pytest.LogCaptureFixture, said: Any
) -> None:
    line = said if isinstance(said, bytes) else json.dumps(said).encode()
    answer = say(folder, line.replace(b"\n", b"") + b"\n")
    assert answer["ok"] or answer["sentence"]
    assert not [record for record in caplog.records if record.exc_info]


def handle_as_the_bot(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return commands.run(cast(Services, None), command, arguments)


@pytest.mark.parametrize("command", ["pause", "resume", "import", "dance"])
@pytest.mark.parametrize(
    "arguments", [{}, {"who": 3}, {"who": [], "words": {}, "file": None, "partial": "x"}, {"words": "x"}]
)
def test_arguments_of_another_shape_are_refused(
    folder: Path, caplog: pytest.LogCaptureFixture, command: str, arguments: dict[str, Any]
) -> None:
    def handle_it(name: str, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return handle_as_the_bot(name, given)
        except Refusal as refusal:
            raise CommandRefused(refusal.sentence) from refusal

    server = ControlServer(folder, handle_it)
    server.start()
    with pytest.raises(CommandRefused):
        ask(folder, command, arguments)
    server.stop()
    assert not [record for record in caplog.records if record.exc_info]
