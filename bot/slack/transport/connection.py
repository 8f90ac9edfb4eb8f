"""The connection to Slack: asks who we are, builds the Bolt app, keeps Socket Mode up.

In a thread, retried for ever: if Slack is down at the start, the bot comes up all the same, sends what is due, and is
only not ready. Bolt's `token_verification_enabled` stays on, because without it an error of Slack's at the first
request makes Bolt swallow that request with a 200.
"""

from __future__ import annotations

import http.client
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

from slack_bolt import App
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.health import CONNECTION, Health
from bot.slack.transport.socket_mode import Socket
from bot.slack.workspace import Workspace

log = logging.getLogger(__name__)

BACK_OFF = (1, 2, 5, 10, 30)  # seconds
RENEWING = 30.0  # seconds for which a connection that ended is taken for one that is being renewed
SILENCE = 30.0  # seconds without a word of Slack's, after which it is asked for one
ASK_EVERY = 5.0  # seconds, while it does not answer
LOOK_EVERY = 1.0  # seconds
LISTENER_TIMEOUT = 2  # seconds: Slack waits three for a click
OUTBOX_TIMEOUT = 10
SLACKS_FAULT = (SlackClientError, BoltError, OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Access:
    """What Slack knows us by. Without an app token Slack comes to us over HTTP."""

    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"

    answered: Callable[[], None] | None = field(
        default=None, repr=False, kw_only=True
    )  # for each call Slack answered

    def client(self, timeout: int) -> WebClient:
        """A client that retries nothing: the SDK's default retry posts twice."""
        made = _Client(self.bot_token, base_url=self.api_url, timeout=timeout, retry_handlers=[])
        made.answered = self.answered
        return made


class _Client(WebClient):
    """Says when a call was answered, and not refused."""

    answered: Callable[[], None] | None = None

    def api_call(self, *words: Any, **options: Any) -> Any:
        answer = super().api_call(*words, **options)
        if self.answered is not None:
            self.answered()
        return answer


def build_bolt(access: Access, register: Callable[[App], None]) -> App:
    """Raises BoltError or a network exception while Slack cannot be asked who we are."""
    framework = logging.getLogger("slack_bolt.App")
    framework.addFilter(_is_worth_a_line)
    app = App(
        name="byhand",  # else Bolt looks for the caller's file, which takes longer than all the rest
        client=access.client(LISTENER_TIMEOUT),
        signing_secret=access.signing_secret,
        process_before_response=True,  # commit, then acknowledge
        ssl_check_enabled=False,  # web.py answers it
        request_verification_enabled=False,  # web.py does it, before anything of a request is read
        ignoring_self_events_enabled=False,  # or deleted cards go unnoticed; nothing here answers messages
        attaching_conversation_kwargs_enabled=False,
        attaching_function_token_enabled=False,  # of workflow steps: there are none
    )
    register(app)
    return app


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Bolt warns at each start that it found a token in the environment and does not use it; so it shall be."""
    return "`token` will be unused" not in record.getMessage()


class Connection:
    def __init__(
        self, access: Access, workspace: Workspace, health: Health, register: Callable[[App], None]
    ) -> None:
        self.app: App | None = None  # None until Slack was met
        self._access = access
        self._workspace = workspace
        self._health = health
        self._register = register
        self._socket: Socket | None = None
        self._connected_once = False
        self._connected_at = float("-inf")
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="connection", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_connected(self) -> bool:
        """Whether clicks reach us now, as far as this side can tell."""
        if self._access.app_token is None:
            return self.app is not None
        return self._socket is not None and self._connected_once and self._socket.is_connected

    @property
    def is_door_open(self) -> bool:
        """Whether clicks reach us now or, in Socket Mode, in a moment: a connection is renewed every now and then."""
        return self.is_connected or time.monotonic() - self._connected_at < RENEWING

    @property
    def door(self) -> str:
        """The same in a sentence."""
        if self._access.app_token is None:
            return (
                "Slack's requests come in."
                if self.app
                else "Byhand has not reached Slack yet, so no button works."
            )
        if self.is_connected:
            return "Connected to Slack."
        return "The connection to Slack is being renewed." if self.is_door_open else "Not connected to Slack."

    def stop(self, timeout: float = 8.0) -> None:
        self._stopping.set()
        if self._socket is not None:
            self._socket.close(timeout)
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            try:
                self._connect()
            except SLACKS_FAULT as error:
                pause = BACK_OFF[min(tries, len(BACK_OFF) - 1)] * random.uniform(1.0, 1.3)  # noqa: S311 - no secret
                tries += 1
                self._health.trouble(CONNECTION, f"Slack cannot be reached: {_why(error)}.")
                log.warning("Slack cannot be reached (%s); again in %.0f s", _why(error), pause)
                self._stopping.wait(pause)
            else:
                self._health.well(CONNECTION)
                log.info("connected to Slack")
                self._watch()

    def _watch(self) -> None:
        """Notice a Slack that fell silent, also where nothing is asked of it; and one that is there again."""
        connected = False
        while not self._stopping.wait(LOOK_EVERY):
            before, connected = connected, self.is_connected
            if connected and self._access.app_token is not None:
                self._connected_at = time.monotonic()
                if not before:
                    self._health.heard()
            if self._health.silent_for() > SILENCE:
                self._ask()

    def _ask(self) -> None:
        """Whatever the answer is: being asked again too soon helps nobody."""
        try:
            self._access.client(OUTBOX_TIMEOUT).auth_test()
        except SLACKS_FAULT as error:
            self._health.trouble(CONNECTION, f"Slack does not answer: {_why(error)}.")
            log.warning("Slack does not answer: %s", _why(error))
            self._stopping.wait(ASK_EVERY)

    def _connect(self) -> None:
        if self.app is None:
            said = self._access.client(OUTBOX_TIMEOUT).auth_test()
            self._workspace.met(
                {name: said.get(name) for name in ("team_id", "enterprise_id", "user_id", "url")}
            )
            self.app = build_bolt(self._access, self._register)
        if self._access.app_token is None:
            return
        if self._socket is None:
            client = self._access.client(OUTBOX_TIMEOUT)
            self._socket = Socket(self.app, self._access.app_token, client)
        if self._stopping.is_set():  # `stop` may have looked before there was a socket
            self._socket.close(0)
            return
        self._socket.connect()
        self._connected_once = True


def _why(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return str(error.response.get("error"))
    return str(error) or type(error).__name__
