"""The WebSockets of one Socket Mode client: a new one is there and has said hello before the old one is left.

The SDK closes the old connection as soon as the new one is made: what Slack had sent on it and nobody had read was
lost, and so were acknowledgements on their way. Here each connection has a reader of its own, and the old one is read
for a while longer. An acknowledgement goes out on whichever lives.
"""

from __future__ import annotations

import functools
import http.client
import json
import logging
import random
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from threading import Event, Thread

from slack_sdk.errors import SlackClientError, SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection, ConnectionState

log = logging.getLogger(__name__)

HELLO_SECONDS = 5.0  # for the new connection to say hello; Slack announces a renewal some ten seconds ahead
GRACE_SECONDS = 3.0  # for which the old one is read after that
MOST_OLD = 4  # Slack allows ten connections
LONGEST = 30.0  # seconds between two questions for an address


class AddressRefused(SlackClientError):
    """Slack is not asked for an address again so soon."""


class _Link:
    """One connection, and the thread that reads it."""

    def __init__(self) -> None:
        self.session: Connection | None = None
        self.state = ConnectionState()  # type: ignore[no-untyped-call]  # the SDK has no types here
        self.hello = Event()
        self.leaving = False
        self.reader: Thread | None = None

    def leave(self) -> None:
        """Its reader waits in `recv` until the next frame: it is woken."""
        self.state.terminated = True
        if self.session is None:
            return
        sock = self.session.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("it was gone already")
        self.session.close()


class Links:
    """Takes the place of `client`'s own connecting, reading and sending."""

    def __init__(self, client: SocketModeClient) -> None:
        self._client = client
        self._link: _Link | None = None
        self._old: list[_Link] = []
        self._stopping = Event()
        self._asked = Backoff()
        self._issue: Callable[[], str] = client.issue_new_wss_url
        client.current_session_runner.target = lambda: None  # it reads one connection at a time
        client.issue_new_wss_url = self._ask  # type: ignore[method-assign]  # the SDK has no other door
        client.connect = self.connect  # type: ignore[method-assign]
        client.send_message = self.send  # type: ignore[method-assign]

    def connect(self) -> None:
        """As the SDK's, under its lock; the present connection stays until the new one lives."""
        client, link = self._client, _Link()
        if client.wss_uri is None:
            client.wss_uri = client.issue_new_wss_url()
        link.session = session = self._make(link)
        session.connect()
        if client.closed or self._stopping.is_set():
            session.close()
            client.current_session = session
            return
        if not session.is_active() and client.is_connected():
            return  # the old one is all there is
        before, self._link = self._link, link
        client.current_session, client.current_session_state = session, link.state
        client.auto_reconnect_enabled = client.default_auto_reconnect_enabled
        link.reader = Thread(
            target=session.run_until_completion, args=(link.state,), name="socket", daemon=True
        )
        link.reader.start()
        if not client.current_app_monitor_started:
            client.current_app_monitor_started = True
            client.current_app_monitor.start()
        if before is not None:
            self._retire(before, link)

    def send(self, message: str) -> None:
        """On the newest that takes it."""
        for link in filter(None, (self._link, *reversed(self._old))):
            try:
                return self._say(link, message)
            except SlackClientNotConnectedError:
                continue
        with self._client.connect_operation_lock:  # one may be in the making
            if self._link is None:
                raise SlackClientNotConnectedError("there is no connection")
            return self._say(self._link, message)

    def close(self) -> None:
        """Leave the old ones at once; the present one is the SDK's to close."""
        self._stopping.set()
        for link in [*self._old, self._link]:
            if link is not None:
                link.leave()

    def _say(self, link: _Link, message: str) -> None:
        if link.session is None:
            raise SlackClientNotConnectedError("there is no connection")
        link.session.send(message)

    def _make(self, link: _Link) -> Connection:
        client = self._client
        return Connection(
            url=client.wss_uri or "", logger=client.logger, ping_interval=client.ping_interval,
            receive_buffer_size=client.receive_buffer_size, proxy=client.proxy, proxy_headers=client.proxy_headers,
            on_message_listener=partial(self._hear, link), on_error_listener=client._on_error,
            on_close_listener=client._on_close, ssl_context=client.web_client.ssl or _certificates(),
        )  # fmt: skip

    def _hear(self, link: _Link, message: str) -> None:
        said = _kind(message)
        if said == "hello":
            self._asked.reset()
            link.hello.set()
        if said != "disconnect":
            self._client._on_message(message)
        elif link is self._link and not link.leaving:
            link.leaving = True
            Thread(target=self._renew, args=(link,), name="socket-renewal", daemon=True).start()

    def _renew(self, leaving: _Link) -> None:
        """Slack announced that it will close the connection: until there is another, or it has, ask for one. Once it
        is closed, the SDK's own monitor sees to that."""
        while not self._stopping.wait(max(self._asked.left(), 0.0)):
            if self._link is not leaving or leaving.session is None or not leaving.session.is_active():
                return
            try:
                self._client.connect_to_new_endpoint(force=True)
            except AddressRefused:
                continue
            except (SlackClientError, OSError, http.client.HTTPException) as error:
                log.warning("no new connection yet: %s", error)

    def _retire(self, old: _Link, new: _Link) -> None:
        self._old.append(old)
        if len(self._old) > MOST_OLD:
            self._old[0].leave()
        Thread(target=self._see_off, args=(old, new), name="socket-old", daemon=True).start()

    def _see_off(self, old: _Link, new: _Link) -> None:
        until = time.monotonic() + HELLO_SECONDS
        while not (new.hello.wait(0.05) or self._stopping.is_set() or time.monotonic() > until):
            pass
        until = time.monotonic() + GRACE_SECONDS
        while old.reader is not None and old.reader.is_alive() and time.monotonic() < until:
            if old.state.terminated or self._stopping.wait(0.05):
                break
        old.leave()
        if old in self._old:
            self._old.remove(old)

    def _ask(self) -> str:
        if (left := self._asked.left()) > 0:
            raise AddressRefused(f"Slack is asked for an address again in {left:.0f} s")
        self._asked.count()
        return self._issue()


class Backoff:
    """How long to wait after so many questions without a hello: doubled each time, with some chance in it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._times, self._not_before = 0, 0.0

    def count(self) -> None:
        wait = min(2.0**self._times, LONGEST) * random.uniform(0.6, 1.0)  # noqa: S311 - no secret
        self._times, self._not_before = self._times + 1, time.monotonic() + wait

    def left(self) -> float:
        return self._not_before - time.monotonic()


def _kind(message: str) -> str | None:
    if '"hello"' not in message and '"disconnect"' not in message:
        return None
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return said.get("type") if isinstance(said, dict) and isinstance(said.get("type"), str) else None


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The system's, as the SDK reads them for each connection anew, which takes 15 ms: here read once."""
    return ssl.create_default_context()
