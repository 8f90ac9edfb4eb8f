"""Socket Mode that notices when it is dead, and lets running listeners end before it goes.

The SDK's client reports a connection as good for up to a minute after the other side vanished, for ever if no
pong ever came, and throws away the acknowledgements of running listeners when it is closed. Both are mended here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event, Thread
from urllib.parse import urlsplit

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

log = logging.getLogger(__name__)

PING_EVERY = 3.0  # seconds
SILENT_FOR = 12.0  # seconds without frame or pong: dead
CONCURRENCY = 32  # listeners at once


class Socket:
    """One Socket Mode connection, kept alive. `connect` may raise what the SDK raises; call it again then."""

    def __init__(
        self, app: App, app_token: str, client: WebClient, *, silent_for: float = SILENT_FOR
    ) -> None:
        self._handler = _Handler(
            app, app_token, web_client=client, ping_interval=PING_EVERY, concurrency=CONCURRENCY
        )
        if _loopback(client.base_url):
            self._handler.client.proxy = None  # the SDK's Socket Mode does not honour NO_PROXY
        self._client: SocketModeClient = self._handler.client
        self._client.on_message_listeners.append(self._frame)
        self._last_frame = time.time()
        self._silent_for = silent_for
        self._stopping = Event()
        self._watchdog = Thread(target=self._watch, name="socket-watchdog", daemon=True)

    def connect(self) -> None:
        self._last_frame = time.time()
        self._client.connect()
        if not self._watchdog.is_alive():
            self._watchdog.start()

    @property
    def is_connected(self) -> bool:
        """Connected, and heard of lately: the SDK's own answer alone means little."""
        return bool(self._client.is_connected()) and self._silence() < self._silent_for

    def close(self, timeout: float) -> None:
        """Take nothing new, let running listeners acknowledge, then close."""
        self._stopping.set()
        if not self._handler.drain(timeout):
            log.warning("listeners are still running after %s s", timeout)
        closing = Thread(target=self._handler.close, name="socket-close", daemon=True)
        closing.start()  # the connection goes at once; the SDK's threads take their time, some without limit
        closing.join(0.3)

    def _frame(self, message: str) -> None:
        del message
        self._last_frame = time.time()

    def _silence(self) -> float:
        session = self._client.current_session
        pong = session.last_ping_pong_time if session is not None else None
        return time.time() - max(self._last_frame, pong or 0.0)

    def _watch(self) -> None:
        while not self._stopping.wait(1.0):
            if not self._client.is_connected() or self._silence() < self._silent_for:
                continue
            log.warning("Slack has been silent for %.0f s: connecting anew", self._silence())
            self._last_frame = time.time()
            try:
                self._client.connect_to_new_endpoint(force=True)
            except (SlackClientError, OSError) as error:
                log.warning("no new connection yet: %s", error)


class _Handler(SocketModeHandler):
    """Counts what it is handling."""

    def __init__(self, app: App, app_token: str, **options: object) -> None:
        super().__init__(app, app_token, **options)  # type: ignore[arg-type]
        self._changed = Condition()
        self._running = 0
        self._closing = False

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
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


def _loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in ("127.0.0.1", "localhost", "::1")
