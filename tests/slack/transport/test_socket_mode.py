"""The end of a Socket Mode connection, whatever its threads are doing just then."""

from __future__ import annotations

from threading import Event, Thread
from typing import cast

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientNotConnectedError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.slack.transport.socket_mode import close_for_good


class Ending:
    """A session in which a listener answers at the moment it is closed."""

    session_id = "ending"

    def __init__(self) -> None:
        self.closed = Event()

    def send(self, _message: str) -> None:
        assert self.closed.wait(10)
        raise SlackClientNotConnectedError("it is closed")

    def close(self) -> None:
        self.closed.set()

    def is_active(self) -> bool:
        return False


def test_a_listener_that_answers_while_it_is_closed_does_not_hold_it_up() -> None:
    """The SDK tries such an answer again under the lock for connecting; whoever closes waits for that listener."""
    client = SocketModeClient(app_token="xapp-1", web_client=WebClient(token="xoxb-1"))
    client.current_session = cast("Connection", Ending())
    answered = client.message_workers.submit(client.send_message, "{}")
    closing = Thread(target=close_for_good, args=(client,), daemon=True)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()
    with pytest.raises(SlackClientNotConnectedError):
        answered.result(0)
