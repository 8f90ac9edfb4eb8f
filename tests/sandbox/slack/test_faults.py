"""What goes wrong on demand, as the real client feels it: throttled, cut, slow, down."""

from __future__ import annotations

import http.client
from collections.abc import Callable

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.checks.limits import BURST, TIER_3
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from tests.sandbox.slack.props import client_for


def test_a_method_is_throttled_for_as_many_calls_as_ordered(server: SlackServer, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0SOCIAL", text="a")["ts"]
    server.faults.order("chat.update", Kind.TOO_MANY, times=2, seconds=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            client.chat_update(channel="C0SOCIAL", ts=ts, text="b")
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
    assert server.workspace.message("C0SOCIAL", ts).text == "a"
    assert client.chat_update(channel="C0SOCIAL", ts=ts, text="b")["ok"]
    assert [call.status for call in server.calls("chat.update")] == ["429", "429", "200"]


def test_a_lost_answer_leaves_the_message_there(server: SlackServer, client: WebClient) -> None:
    server.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    with pytest.raises((OSError, http.client.HTTPException)):
        client.chat_postMessage(
            channel="C0SOCIAL", text="hello", metadata={"event_type": "x", "event_payload": {}}
        )
    assert server.wait_until(lambda: server.calls("chat.postMessage"))
    (call,) = server.calls("chat.postMessage")
    assert (call.ok, call.status) == (True, "no answer")
    (found,) = client.conversations_history(channel="C0SOCIAL", include_all_metadata=True)["messages"]
    assert (found["text"], found["metadata"]["event_type"]) == ("hello", "x")


def test_a_cut_before_acceptance_leaves_nothing(server: SlackServer, client: WebClient) -> None:
    server.faults.order("chat.postMessage", Kind.CUT)
    with pytest.raises((OSError, http.client.HTTPException)):
        client.chat_postMessage(channel="C0SOCIAL", text="hello")
    assert server.workspace.messages("C0SOCIAL") == []
    assert not server.calls("chat.postMessage")[0].ok


def test_an_internal_error_is_a_page_of_html(server: SlackServer, client: WebClient) -> None:
    server.faults.order("*", Kind.SERVER_ERROR)
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C0SOCIAL", text="hello")
    assert refused.value.response.status_code == 500
    assert server.workspace.messages("C0SOCIAL") == []


def test_a_slow_answer_comes_too_late_for_a_hasty_client(server: SlackServer) -> None:
    server.faults.order("chat.postMessage", Kind.SLOW, seconds=0.4)
    hasty = WebClient(
        token=server.bot_token,
        base_url=server.api_url,
        retry_handlers=[],
        timeout=0.1,  # type: ignore[arg-type]  # the SDK says int, and hands it to urllib, which takes fractions
    )
    with pytest.raises(TimeoutError):
        hasty.chat_postMessage(channel="C0SOCIAL", text="hello")
    assert server.wait_until(lambda: server.find("C0SOCIAL", "hello"))


def test_while_slack_is_down_nothing_gets_through(server: SlackServer, client: WebClient) -> None:
    server.faults.take_down()
    with pytest.raises((OSError, http.client.HTTPException)):
        client.auth_test()
    server.faults.bring_up()
    assert client.auth_test()["ok"]


def test_a_standing_fault_lasts_until_withdrawn(server: SlackServer, client: WebClient) -> None:
    server.faults.order("chat.*", Kind.TOO_MANY, times=None)
    for _ in range(3):
        with pytest.raises(SlackApiError):
            client.chat_postMessage(channel="C0SOCIAL", text="x")
    assert client.auth_test()["ok"]
    assert server.faults.standing(Kind.TOO_MANY)
    server.faults.withdraw(Kind.TOO_MANY)
    assert client.chat_postMessage(channel="C0SOCIAL", text="x")["ok"]


def test_a_channel_takes_a_small_burst_and_then_one_a_second(make_server: Callable[..., SlackServer]) -> None:
    server = make_server(limits=True)
    client = client_for(server)
    for number in range(BURST):
        client.chat_postMessage(channel="C0SOCIAL", text=str(number))
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C0SOCIAL", text="one too many")
    assert (refused.value.response.status_code, refused.value.response["error"]) == (429, "ratelimited")
    assert refused.value.response.headers["Retry-After"] == "1"
    assert client.chat_postMessage(channel="C0CUSTOMERS", text="elsewhere")["ok"]
    server.limits.on = False
    assert client.chat_postMessage(channel="C0SOCIAL", text="limits off")["ok"]


def test_a_method_takes_its_tier_a_minute(make_server: Callable[..., SlackServer]) -> None:
    server = make_server(limits=True)
    client = client_for(server)
    ts = client.chat_postMessage(channel="C0SOCIAL", text="a")["ts"]
    for _ in range(TIER_3):
        client.chat_update(channel="C0SOCIAL", ts=ts, text="b")
    with pytest.raises(SlackApiError) as refused:
        client.chat_update(channel="C0SOCIAL", ts=ts, text="c")
    assert 1 <= int(refused.value.response.headers["Retry-After"]) <= 60
    assert client.auth_test()["ok"]
