"""The pretend Slack as one object: start it, point an app at it, act as people, order faults, read the log.

It knows no app: whatever speaks the Web API and Socket Mode (or takes signed requests) can be connected to it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.sandbox.slack.checks.limits import Limits
from bot.sandbox.slack.checks.manifest import read_rights
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.find import words
from bot.sandbox.slack.happenings import unfurled
from bot.sandbox.slack.interact import People
from bot.sandbox.slack.methods.table import EVERY_SCOPE
from bot.sandbox.slack.slack import Json, Rights, Slack
from bot.sandbox.slack.state import Message, Seed, View
from bot.sandbox.slack.transport.delivery import ACK_SECONDS, RETRY_AFTER, Delivery, Try
from bot.sandbox.slack.transport.http import Call, Tokens, WebApi
from bot.sandbox.slack.transport.http_mode import HttpMode
from bot.sandbox.slack.transport.payloads import event_callback
from bot.sandbox.slack.transport.serving import LoopbackServer
from bot.sandbox.slack.transport.socket_mode import SocketMode
from bot.sandbox.slack.transport.tickets import TRIGGER_SECONDS, Tickets
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.traffic import Traffic


class SlackServer:
    """`manifest`: its text; without one every event there is is told and every command passed on.
    `scopes` None: those of the manifest, or every scope there is. `elapsed`: the seconds by
    which calls are counted against Slack's limits."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: Seed | None = None,
        scopes: frozenset[str] | None = None,
        limits: bool = True,
        elapsed: Callable[[], float] = time.monotonic,
        manifest: str | None = None,
        traffic: Traffic | None = None,
        ack_seconds: float = ACK_SECONDS,
        retry_after: Sequence[float] = RETRY_AFTER,
    ) -> None:
        self.bot_token = f"xoxb-stage-{secrets.token_hex(8)}"
        self.app_token = f"xapp-stage-{secrets.token_hex(8)}"
        self.signing_secret = secrets.token_hex(16)
        self.traffic = traffic or Traffic(now)
        self.faults = Faults()
        self.limits = Limits(on=limits, elapsed=elapsed)
        self._server = LoopbackServer()
        self._ack_seconds = ack_seconds
        self.api_url = f"{self._server.address}/api/"
        self.workspace = Workspace(seed or Seed(), now, self._server.address)
        self.delivery = Delivery(
            self.traffic, self.workspace.touch, ack_seconds=ack_seconds, retry_after=retry_after
        )
        self._socket = SocketMode(self.delivery, self.faults, self.workspace.touch)
        self.delivery.wire = self._socket
        self.faults.disconnect, self.faults.cut_socket = self._socket.disconnect, self._socket.cut
        self._slack = Slack(
            self.workspace,
            Tickets(now, max(TRIGGER_SECONDS, ack_seconds)),  # a test's patience is one for both
            self.limits,
            _rights(scopes, manifest),
            emit=self._emit,
            socket_url=self._socket.url,
        )
        self.people = People(self._slack, self.delivery)
        self._api = WebApi(self._slack, Tokens(self.bot_token, self.app_token), self.faults, self.traffic)

    def start(self) -> None:
        self._socket.start()
        self._server.start(self._api.app())

    def stop(self) -> None:
        self.delivery.stop()
        self._socket.stop()
        self._server.stop()

    def deliver_over_http(self, url: str) -> None:
        """From now on send everything as signed requests to this address instead of the WebSocket."""
        self.delivery.wire = HttpMode(url, self.signing_secret, self.delivery, self._ack_seconds)

    @property
    def connected(self) -> bool:
        return self._socket.connections > 0 or isinstance(self.delivery.wire, HttpMode)

    @property
    def log(self) -> list[Call]:
        """Every call of the Web API so far, oldest first."""
        return list(self._api.log)

    @property
    def tries(self) -> list[Try]:
        """Every envelope sent to the app so far and what became of it."""
        return list(self.delivery.tries)

    def calls(self, method: str) -> list[Call]:
        return [call for call in self.log if call.method == method]

    def wait_until(self, predicate: Callable[[], object], timeout: float = 20.0) -> bool:
        """Whether it came true within `timeout` real seconds."""
        return self.workspace.wait_until(predicate, timeout)

    def wait_connected(self, timeout: float = 20.0) -> bool:
        return self.wait_until(lambda: self.connected, timeout)

    def find(self, channel: str, containing: str, *, user: str | None = None) -> Message | None:
        """The newest message with these words in text or blocks; ephemeral ones only for their reader."""
        for message in reversed(self.workspace.messages(channel)):
            if not message.deleted and message.seen_by in (None, user) and containing in words(message):
                return message
        return None

    def wait_for(
        self, channel: str, containing: str, *, user: str | None = None, timeout: float = 20.0
    ) -> Message:
        """That message, as soon as it is there; an AssertionError that tells what is there otherwise."""
        message = self.workspace.wait_for_value(lambda: self.find(channel, containing, user=user), timeout)
        there = _listed(self.workspace.messages(channel))
        if message is None:
            raise AssertionError(f"nothing says {containing!r} in {channel}; there is: {there}")
        return message

    def unfurl(self, channel: str, ts: str) -> None:
        """Let Slack add a preview to a message, and tell the app that it "changed"."""
        unfurled(self._slack, self.workspace.message(channel, ts))

    def modal(self, user: str, timeout: float = 20.0) -> View:
        """The window on top of a person's screen, as soon as one is there."""
        self.wait_until(lambda: self.workspace.modals.get(user), timeout)
        return self.people.modal(user)

    def _emit(self, event: Json) -> None:
        subtype = event.get("subtype")
        what = f"event {subtype or event['type']}"
        self.delivery.tell(event_callback(self._slack, event), what)


def _rights(scopes: frozenset[str] | None, manifest: str | None) -> Rights:
    rights = Rights(EVERY_SCOPE) if manifest is None else read_rights(manifest)
    return rights if scopes is None else replace(rights, scopes=scopes)


def _listed(messages: Iterable[Message]) -> str:
    return "; ".join(repr(words(message)) for message in messages) or "nothing"
