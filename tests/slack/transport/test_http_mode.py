"""The same team, with Slack coming over signed HTTP requests instead of a WebSocket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.posts import Status
from bot.observability import Metrics
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.slack.transport.web import Report, WebServer, build_web
from bot.store.engine.store import Store
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team


@pytest.fixture
def team(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    made = Team(store, network, clock, server, over_http=True)
    web = build_web(
        bolt_app=lambda: made.slack_app.bolt, signing_secret=server.signing_secret, health=Report, ready=Report,
        metrics=Metrics(),
    )  # fmt: skip
    web_server = WebServer(web, "127.0.0.1", 0)
    web_server.start()
    server.deliver_over_http(f"http://{web_server.host}:{web_server.port}/slack/events")
    with made:
        made.until(lambda: made.slack_app.is_connected)
        yield made
    web_server.stop()


def test_clicks_dialogs_commands_and_events(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    team.press("U0GUEST", card, "Approve")
    team.private("U0GUEST", "Only approvers who are full members")
    team.press("U0MAYA", card, "Edit")
    team.server.modal("U0MAYA")
    assert "text" in team.people.fill("U0MAYA", {"Text": " "}).errors
    assert team.people.fill("U0MAYA", {"Text": "420 loaves"}).ok
    team.press("U0TOM", team.card(seen, "420 loaves"), "Approve")
    assert team.backend.status(seen) is Status.APPROVED
    act = team.people.command("U0MAYA", SOCIAL, "/social", "upcoming")
    assert "420 loaves" in str(act.response)
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)
    assert all(each.ok for each in team.server.tries)
