"""Bounds a whole call, where the client's own time-outs bound each read: a dripping answer outlives those.

Every stream knows when its connection must be over and hands each read and write only what is left until
then. It rests on connections not being used twice (http.py): one connection is one call. Looking up a name is
not bounded here (the system's resolver has its own limits); `send_by` is asked after it, so a slow one sends
nothing.

Where it is given a judge of hosts, it connects to the addresses that one found, and the name is looked up no more.

It also closes what it opened: httpcore forgets a connection whose TLS or proxy failed without closing it.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

_SLICE = 64 * 1024  # bytes written under one time-out


Judge = Callable[[str, int], Sequence[str]]  # (host, port) → addresses to connect to


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections that end `seconds` after they were begun. What `judge` raises goes to the caller."""

    def __init__(self, seconds: float, judge: Judge | None = None) -> None:
        self._inner = httpcore.SyncBackend()
        self._judge = judge
        self._seconds = seconds
        self._opened: list[httpcore.NetworkStream] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        until = time.monotonic() + self._seconds
        found = self._judge(host, port) if self._judge else [host]
        for place, address in enumerate(found, 1):
            try:
                inner = self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
                return self._keep(inner, until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(found) or time.monotonic() >= until:
                    raise
        raise httpcore.ConnectError("There is no address.")

    def _keep(self, inner: httpcore.NetworkStream, until: float) -> httpcore.NetworkStream:
        stream = _Stream(inner, until)
        self._opened.append(stream)
        return stream

    def close(self) -> None:
        """Close every connection that is still open."""
        for stream in self._opened:
            stream.close()


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _SLICE):
            self._inner.write(buffer[start : start + _SLICE], self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        self._inner = self._inner.start_tls(ssl_context, server_hostname, left)
        return self  # not a new one, so that whoever opened it can close it

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise over("The whole call took too long.")
        return left if timeout is None else min(left, timeout)
