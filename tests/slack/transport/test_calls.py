"""What became of a call: the difference between "nothing happened" and "nobody knows" decides over doubles."""

from __future__ import annotations

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.slack.transport.calls import Answered, Heard, NotSent, SaidNo, TooMany, Unknown, hear
from tests.ports import hold_silent_port
from tests.slack.bench import SOCIAL


def post(client: WebClient, channel: str = SOCIAL) -> Heard:
    return hear(lambda: client.chat_postMessage(channel=channel, text="hello"))


def test_answered_and_refused(client: WebClient) -> None:
    answer = post(client)
    assert isinstance(answer, Answered)
    assert answer.data["channel"] == SOCIAL
    assert post(client, "C0NONE") == SaidNo("channel_not_found")


def test_a_refusal_says_where(client: WebClient) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    refused = hear(lambda: client.chat_postMessage(channel=SOCIAL, text="x", blocks=[block]))
    assert isinstance(refused, SaidNo)
    assert "json-pointer:/blocks/0/text/text" in refused.detail


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.LOST_ANSWER, Kind.SERVER_ERROR, Kind.SLOW])
def test_unknown(server: SlackServer, kind: Kind) -> None:
    quick = WebClient(server.bot_token, base_url=server.api_url, timeout=1, retry_handlers=[])
    server.faults.order("chat.postMessage", kind, seconds=1.5)
    assert isinstance(post(quick), Unknown)


def test_too_many(client: WebClient, server: SlackServer) -> None:
    server.faults.order("chat.postMessage", Kind.TOO_MANY, seconds=7)
    assert post(client) == TooMany(7.0)


def test_nothing_left_this_machine() -> None:
    with hold_silent_port() as port:
        client = WebClient("xoxb-1", base_url=f"http://127.0.0.1:{port}/api/", timeout=1, retry_handlers=[])
        assert isinstance(post(client), NotSent)
