"""The same Slack before an app that listens for signed requests instead of a WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.transport.serving import LoopbackServer
from tests.sandbox.slack.cards import FORM, post_card
from tests.sandbox.slack.props import client_for

Serve = Callable[..., App]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[LoopbackServer] = []

    def make(server: SlackServer, listeners: Callable[[App], None], secret: str | None = None) -> App:
        app = App(
            name="test",
            client=client_for(server),
            signing_secret=secret or server.signing_secret,
            process_before_response=True,
        )
        listeners(app)

        async def events(request: Request) -> Response:
            body = await request.body()
            return to_starlette_response(
                await run_in_threadpool(app.dispatch, to_bolt_request(request, body))
            )

        servers.append(LoopbackServer())
        servers[-1].start(Starlette(routes=[Route("/slack/events", events, methods=["POST"])]))
        server.deliver_over_http(f"{servers[-1].address}/slack/events")
        return app

    yield make
    for app_server in servers:
        app_server.stop()


def test_clicks_forms_commands_and_events_arrive_signed(server: SlackServer, serve: Serve) -> None:
    heard: list[str] = []

    def listeners(app: App) -> None:
        @app.action("approve")
        def approve(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()

        @app.view("edit")
        def save(ack: Ack) -> None:
            ack(response_action="errors", errors={"text": "Too long."})

        @app.command("/social")
        def social(ack: Ack, command: dict[str, Any]) -> None:
            ack(f"You said {command['text']}")

        @app.event("message")
        def said(event: dict[str, Any]) -> None:
            heard.append(event["text"])

    ts = post_card(serve(server, listeners).client)
    assert server.people.click("U0TOM", "C0SOCIAL", ts, text="Approve").ok
    assert server.people.fill("U0TOM", {"Text": "x"}).errors == {"text": "Too long."}
    assert server.people.command("U0TOM", "C0SOCIAL", "/social", "upcoming").ok
    assert server.find("C0SOCIAL", "You said upcoming", user="U0TOM") is not None
    server.people.say("U0TOM", "C0SOCIAL", "hello")
    assert server.wait_until(lambda: heard == ["hello"])


def test_a_refused_event_comes_again_with_the_reason(
    make_server: Callable[..., SlackServer], serve: Serve
) -> None:
    server = make_server(retry_after=(0.0,))
    seen: list[tuple[str, list[str] | None]] = []

    def listeners(app: App) -> None:
        @app.event("message")
        def heard(body: dict[str, Any], request: Any) -> None:
            seen.append((body["event_id"], request.headers.get("x-slack-retry-reason")))
            if len(seen) == 1:
                raise RuntimeError("not yet")

    serve(server, listeners)
    server.people.say("U0MAYA", "C0SOCIAL", "hello")
    assert server.wait_until(lambda: len(seen) == 2)
    assert seen[0][0] == seen[1][0]
    assert [reason for _, reason in seen] == [None, ["http_error"]]


def test_a_wrong_secret_is_refused_and_the_person_warned(server: SlackServer, serve: Serve) -> None:
    serve(server, lambda app: None, "another secret")
    act = server.people.command("U0TOM", "C0SOCIAL", "/social")
    assert not act.ok
    assert server.tries[-1].status == "401"
