"""Stands before a PostgreSQL and falls silent in the middle of a talk, as a server whose machine hangs: connections
stay open, nothing is answered any more."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict

CHUNK = 64 * 1024


class SilentProxy:
    """`words`: what clients have to say, one after the other, for it to fall silent at the last. `passes`: that last
    one still reaches the server, and only its answer is lost."""

    def __init__(self, url: str, *words: bytes, passes: bool = False) -> None:
        self._server = conninfo_to_dict(url)
        self._words, self._passes = list(words), passes
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.silent = threading.Event()
        self.url = "postgresql://{user}@127.0.0.1:{port}/{dbname}".format(
            user=self._server["user"], dbname=self._server["dbname"], port=self._listening.getsockname()[1]
        )

    def __enter__(self) -> Self:
        self._go(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(20)

    def _go(self, work: object, *peers: socket.socket) -> None:
        thread = threading.Thread(target=work, args=peers, name="proxy", daemon=True)  # type: ignore[arg-type]  # one of ours
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = self._connect()
                self._open += [client, server]
                self._go(self._listen, client, server)
                self._go(self._answer, server, client)

    def _connect(self) -> socket.socket:
        host, port = str(self._server.get("host") or "127.0.0.1"), self._server.get("port") or 5432
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _listen(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := client.recv(CHUNK):
                if not self._is_last(said):
                    server.sendall(said)

    def _is_last(self, said: bytes) -> bool:
        """Whether it stops here."""
        with self._lock:
            if self.silent.is_set():
                return True
            if self._words and self._words[0] in said:
                del self._words[0]
            if not self._words:
                self.silent.set()
                return not self._passes
            return False

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while said := server.recv(CHUNK):
                if not self.silent.is_set():
                    client.sendall(said)
