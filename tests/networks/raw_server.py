"""Servers written by hand on raw sockets: they play one part for every connection."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\ndate: Fri, 20 Nov 2026 09:15:31 GMT\r\n\r\n"
BODY = b'{"id": "1"}'
Play = Callable[[socket.socket], None]
Part = Callable[["Server", socket.socket], None]


class Server:
    """Plays one part for every connection; counts them and the bytes that came."""

    def __init__(self, play: Play) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connections = 0
        self.over = threading.Event()
        self.received = bytearray()
        self._play = play
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                if self.over.is_set():
                    return
                self.connections += 1
                with suppress(OSError):  # the client hung up, which some parts are about
                    self._play(connection)

    def read(self, connection: socket.socket) -> None:
        """One whole request."""
        data = bytearray()
        while b"\r\n\r\n" not in data:
            data += self._more(connection)
        head, _, rest = bytes(data).partition(b"\r\n\r\n")
        lines = [line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:]]
        length = int(dict(lines).get(b"content-length", b"0"))
        while len(rest) < length:
            rest += self._more(connection)
        self.received += head + b"\r\n\r\n" + rest

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        data = connection.recv(65536)
        if not data:
            raise ConnectionError("The client hung up.")
        return data

    def close(self) -> None:
        self.over.set()
        with socket.create_connection(self.socket.getsockname()):
            pass
        self._thread.join(5)
        self.socket.close()


@contextmanager
def serving(play: Part) -> Iterator[Server]:
    holder: list[Server] = []
    ready = threading.Event()

    def part(connection: socket.socket) -> None:
        ready.wait(5)
        play(holder[0], connection)

    server = Server(part)
    holder.append(server)
    ready.set()
    try:
        yield server
    finally:
        server.close()


def after_reading(answer: bytes, *, reset: bool = False) -> Part:
    def play(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(answer)

    return play
