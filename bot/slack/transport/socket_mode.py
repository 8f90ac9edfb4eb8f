"""Socket Mode that notices when it is dead, and lets running listeners end before it goes.

Since 3.48 the SDK itself leaves a peer that answers no pings, after four of them and at most a fifth. It still needs
help with three things, for which we reach into its client: it notices that the other side hung up only when five pings
could not be sent, which is what the watchdog is for; it reads a new connection only when something arrives on the old
one; and it throws away the acknowledgements of running listeners when it is closed.
"""

from __future__ import annotations

import http.client
import logging
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event, Thread
from urllib.parse import urlsplit

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.transport.links import Links
from bot.slack.transport.shapes import clean, find_fault, read_envelope

log = logging.getLogger(__name__)

PING_EVERY = 2.0  # seconds; a peer that vanished is left after 9 to 14
LOOK_EVERY = 1.0  # seconds
CONCURRENCY = 32  # listeners at once


class Socket:
    """One Socket Mode connection, kept alive. `connect` may raise what the SDK raises; call it again then."""

    def __init__(
        self, app: App, app_token: str, client: WebClient, *, ping_every: float = PING_EVERY
    ) -> None:
        self._handler = _Handler(
            app, app_token, web_client=client, ping_interval=ping_every, concurrency=CONCURRENCY
        )
        self._client: SocketModeClient = self._handler.client
        if _loopback(client.base_url):
            self._client.proxy = None  # the SDK's Socket Mode does not honour NO_PROXY
        self._links = Links(self._client)
        self._client.enqueue_message = self._enqueue  # type: ignore[method-assign]  # the SDK's only door
        self._stopping = Event()
        self._watchdog = Thread(target=self._watch, name="socket-watchdog", daemon=True)

    def connect(self) -> None:
        """At an address of its own. Does nothing once it is closed."""
        with self._client.connect_operation_lock:  # `close` waits for it, and finds the connection made
            if self._stopping.is_set():
                return
            self._client.wss_uri = None  # each is good for one connection
            self._client.connect()
        if not self._watchdog.is_alive():
            self._watchdog.start()

    @property
    def is_connected(self) -> bool:
        """Connected, and the other side is there: the SDK's own answer alone means little."""
        return self._client.is_connected() and not self._stopping.is_set() and not self._is_hung_up()

    def close(self, timeout: float) -> None:
        """Take nothing new, let running listeners acknowledge, then close."""
        self._stopping.set()
        if not self._handler.drain(timeout):
            log.warning("listeners are still running after %s s", timeout)
        if self._watchdog.is_alive():
            self._watchdog.join(timeout)
        self._links.close()
        closing = Thread(target=close_for_good, args=(self._client,), name="socket-close", daemon=True)
        closing.start()  # the connection goes at once; the SDK's threads take their time, some without limit
        closing.join(0.3)

    def _enqueue(self, message: str) -> None:
        fault = read_envelope(message) if message else None  # "" wakes the reader of the queue
        if fault is None:
            self._client.message_queue.put(message)
        else:
            log.warning("a frame of Socket Mode was not taken: %s", fault)

    def _is_hung_up(self) -> bool:
        session = self._client.current_session
        return session is not None and _hung_up(session)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            if not self._client.is_connected() or not self._is_hung_up():
                continue
            log.warning("Slack hung up: connecting anew")
            try:
                self.connect()  # the SDK's own way goes on without the lock after five seconds, closed or not
            except (SlackClientError, OSError, http.client.HTTPException) as error:
                log.warning("no new connection yet: %s", error)


class _Handler(SocketModeHandler):
    """Counts what it is handling."""

    def __init__(self, app: App, app_token: str, **options: object) -> None:
        super().__init__(app, app_token, **options)  # type: ignore[arg-type]  # handed on as they are
        self._changed = Condition()
        self._running = 0
        self._closing = False

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # the SDK's base class is looser
        try:
            req.payload = clean(req.payload)
            fault = find_fault(req.payload)
        except (ValueError, RecursionError):
            fault = "it is nested too deeply"
        if fault is not None:
            log.warning("a payload of Slack's was not taken: %s", fault)
            return
        with self._counted() as welcome:
            if welcome:
                super().handle(client, req)

    def drain(self, timeout: float) -> bool:
        """From now on take nothing (Slack delivers again); whether all that ran has ended."""
        with self._changed:
            self._closing = True
            return self._changed.wait_for(lambda: self._running == 0, timeout)

    @contextmanager
    def _counted(self) -> Iterator[bool]:
        with self._changed:
            welcome = not self._closing
            self._running += 1
        try:
            yield welcome
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def close_for_good(client: SocketModeClient) -> None:
    """The SDK's `close` alone loses to a new connection that is just being made: that one switches reconnecting on
    again, stays open, and is renewed for ever by a monitor nobody stops any more."""
    client.default_auto_reconnect_enabled = client.auto_reconnect_enabled = False
    for runner in (client.current_app_monitor, client.current_session_runner, client.message_processor):
        runner.event.set()
    client.closed = True
    client.enqueue_message("")  # its reader of the queue looks up once a second, or when something comes
    with client.connect_operation_lock:
        client.disconnect()
    client.close()  # without the lock: it waits for the listeners, and one that cannot answer waits for the lock
    with client.connect_operation_lock:
        client.disconnect()  # from one made meanwhile: for a "disconnect" the SDK waits five seconds for the lock


def _hung_up(session: Connection) -> bool:
    """Whether the other side closed the TCP connection. Asked of the plain socket, under TLS as well."""
    sock = session.sock
    if sock is None:
        return False
    try:
        readable = select.poll()
        readable.register(sock, select.POLLIN)
        if not readable.poll(0):  # asked first: `recv` would wait for the socket's time-out
            return False
        return socket.socket.recv(sock, 1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return session.sock is not None  # broken; or closed by ourselves just now


def _loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in ("127.0.0.1", "localhost", "::1")
