"""The control socket: how a command hands its work to the bot that holds the database.

A Unix socket in a folder of its own (mode 0700) beside the SQLite file; one request a connection, one line
of JSON each way: `{"command", "arguments"}`, then `{"ok": true, "result"}` or `{"ok": false, "sentence"}`.

A Unix socket and not HTTP, because the folder's mode and the peer's user id are the whole sign-in: nothing to
configure, nothing to leak, nothing reachable from another machine.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.store.engine.errors import StoreError

Handler = Callable[[str, dict[str, Any]], dict[str, Any]]

MAX_REQUEST = 1024 * 1024  # bytes; files are handed over by their path
MAX_PATH = 100  # bytes of a socket's address: systems take 103 to 107
PATIENCE = 5.0  # seconds a client has to say its request
AT_ONCE = 8  # commands; the next ones wait
ROOM = 32  # connections; for one more, the one that has been silent for longest is closed
QUEUE = 128  # connections the system keeps for us meanwhile
NO_ACCEPT = 0.1  # seconds to wait where the system has no descriptor left

FAILED = "The bot failed at this; its log says why."

log = logging.getLogger(__name__)


class CommandRefused(StoreError):
    """The bot said no; the sentence says why. A handler raises it, `ask` raises it again at the other end."""


class BotAway(StoreError):
    words = "Nobody listens at the control socket: nothing was done."


class NoAnswer(StoreError):
    words = "The bot took the command and did not answer in time. It may be done: look before you repeat it."


def to_control_folder(database: Path) -> Path:
    return database.with_name(database.name + ".control")


class ControlServer:
    """Listens from `start` to `stop`. The caller holds the lock: whatever lies there is left over."""

    def __init__(self, folder: Path, handler: Handler) -> None:
        self._folder = folder
        self._handler = handler
        self._socket: socket.socket | None = None
        self._stopping = False
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._room = threading.BoundedSemaphore(ROOM)
        self._lock = threading.Lock()
        self._silent: dict[
            socket.socket, None
        ] = {}  # connections that have not said their command, oldest first
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._folder.chmod(0o700)
        _clear(self._folder)
        address = _new_address(self._folder)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(address)
        self._socket.listen(QUEUE)
        self._thread = threading.Thread(
            target=self._accept, args=(self._socket,), name="control", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """No new request; those under way are answered."""
        if self._socket is None or self._thread is None:
            return
        self._stopping = True
        is_listening(self._folder)  # wakes `accept`
        self._thread.join(PATIENCE)
        self._socket.close()
        with self._lock:
            for peer in self._silent:
                with suppress(OSError):
                    peer.shutdown(socket.SHUT_RD)
        for _ in range(ROOM):
            self._room.acquire(timeout=PATIENCE)
        _clear(self._folder)
        self._socket = None

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopping:
            try:
                peer, _ = listening.accept()
            except OSError as error:  # no descriptor is left: that passes
                log.warning("a control connection was not accepted: %s", error)
                time.sleep(NO_ACCEPT)
                continue
            self._make_room()
            with self._lock:
                self._silent[peer] = None
            threading.Thread(target=self._serve, args=(peer,), name="control-request", daemon=True).start()

    def _make_room(self) -> None:
        """Wait for a place; the one that has been silent for longest gives up its own."""
        if self._room.acquire(blocking=False):
            return
        with self._lock:
            oldest = next(iter(self._silent), None)
            if oldest is not None:
                del self._silent[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)  # its thread reads the end, and closes it
                log.info("too many control connections: the one silent for longest is closed")
        self._room.acquire()

    def _serve(self, peer: socket.socket) -> None:
        try:
            with peer:
                peer.settimeout(PATIENCE)
                line = self._hear(peer)
                if line:  # a client that only looks whether anybody is here says nothing
                    with self._slots:
                        answer = self._answer(peer, line)
                    peer.settimeout(PATIENCE)
                    peer.sendall(json.dumps(answer).encode() + b"\n")
        except OSError as error:
            log.info("a control request went away: %s", error)
        finally:
            self._room.release()

    def _hear(self, peer: socket.socket) -> bytes:
        """Its line; nothing, where it was closed meanwhile to make room."""
        try:
            line = _read_line(peer, give_up=time.monotonic() + PATIENCE)
        finally:
            with self._lock:
                still_here = peer in self._silent
                self._silent.pop(peer, None)
        return line if still_here else b""

    def _answer(self, peer: socket.socket, line: bytes) -> dict[str, Any]:
        if (user := _peer_user(peer)) not in (None, os.getuid()):
            return _no(f"Only the user who runs the bot may command it; your user number is {user}.")
        if len(line) > MAX_REQUEST:
            return _no(f"A command of more than {MAX_REQUEST} bytes is not read.")
        try:
            command, arguments = _parse(line)
            return {"ok": True, "result": self._handler(command, arguments)}
        except CommandRefused as refusal:
            return _no(str(refusal))
        except Exception:  # a boundary: the asker gets a sentence, the log gets the rest
            log.exception("a control command failed")
            return _no(FAILED)


def ask(folder: Path, command: str, arguments: dict[str, Any], timeout: float = 30.0) -> dict[str, Any]:
    """Have the bot run a command and return its result. Raises `CommandRefused`, `BotAway`, `NoAnswer`."""
    with _connect(folder, timeout) as peer:
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may stop reading, to say why
                peer.sendall(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
            answer = json.loads(_read_line(peer, limit=None))
        except (OSError, ValueError) as error:
            raise NoAnswer from error
    if not answer["ok"]:
        raise CommandRefused(answer["sentence"])
    result: dict[str, Any] = answer["result"]
    return result


def is_listening(folder: Path) -> bool:
    """Whether a bot is there to be asked."""
    try:
        _connect(folder, PATIENCE).close()
    except BotAway:
        return False
    return True


def _connect(folder: Path, timeout: float) -> socket.socket:
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        peer.settimeout(timeout)
        peer.connect(_address(folder))
    except OSError as error:
        peer.close()
        raise BotAway from error
    return peer


def _address(folder: Path) -> str:
    """Where the socket of `folder` is: in it, or where its pointer file says."""
    pointer = folder / "elsewhere"
    return pointer.read_text(encoding="utf-8") if pointer.exists() else str(folder / "socket")


def _new_address(folder: Path) -> str:
    """In the folder; where that is too long for a socket, in a private temporary folder it points to."""
    address = str(folder / "socket")
    if len(os.fsencode(address)) <= MAX_PATH:
        return address
    address = str(Path(tempfile.mkdtemp(prefix="byhand-")) / "socket")
    (folder / "elsewhere").write_text(address, encoding="utf-8")
    return address


def _clear(folder: Path) -> None:
    """Remove what a stopped or killed bot left: nobody listens there, for the lock is ours."""
    pointer = folder / "elsewhere"
    if pointer.exists():
        elsewhere = Path(pointer.read_text(encoding="utf-8")).parent
        if (
            elsewhere.name.startswith("byhand-")
            and elsewhere.is_dir()
            and elsewhere.stat().st_uid == os.getuid()
        ):
            shutil.rmtree(elsewhere)
        pointer.unlink()
    (folder / "socket").unlink(missing_ok=True)


def _read_line(peer: socket.socket, limit: int | None = MAX_REQUEST, give_up: float | None = None) -> bytes:
    """Up to the end of the line or of what comes; one byte more than `limit` shows that it was exceeded."""
    line = bytearray()
    while not line.endswith(b"\n") and (limit is None or len(line) <= limit):
        if give_up is not None:
            peer.settimeout(max(0.001, give_up - time.monotonic()))
        if not (more := peer.recv(64 * 1024)):
            break
        line += more
    return bytes(line)


def _parse(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        request = json.loads(line)
        command, arguments = request["command"], request["arguments"]
    except (ValueError, KeyError, TypeError, RecursionError):
        command = arguments = None
    if not isinstance(command, str) or not isinstance(arguments, dict):
        raise CommandRefused('A command is one line of JSON: {"command": "…", "arguments": {…}}.')
    return command, arguments


def _peer_user(peer: socket.socket) -> int | None:
    """The user id at the other end, as the kernel knows it; None where it does not say."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(user)


def _no(sentence: str) -> dict[str, Any]:
    return {"ok": False, "sentence": sentence}
