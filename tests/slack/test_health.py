"""What is wrong with Slack, and how it is over; and whether this process can take clicks, which is something else."""

from __future__ import annotations

import pytest

from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.slack.health import APP, CONNECTION, Health
from bot.slack.transport import connection
from bot.slack.views.home.home import draw_home_page
from bot.store.engine.store import Store
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team
from tests.slack.views.samples import HOMES


def test_a_token_that_works_again_is_no_trouble_any_more() -> None:
    health, heard = Health(), list[int]()
    health.when_heard(lambda: heard.append(1))
    health.trouble(APP, "Its tokens were revoked.")
    health.trouble(CONNECTION, "Slack does not answer.")
    health.trouble("C1", "A channel is closed.")
    health.heard()
    assert len(health.sentences()) == 3, "somebody came in: that says nothing of our token"
    health.answered()
    assert health.sentences() == ("A channel is closed.",)
    assert len(heard) == 2


@pytest.fixture
def over_http(
    store: Store,
    network: MastodonServer,
    clock: PushedClock,
    server: SlackServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Team:
    monkeypatch.setattr(connection, "SILENCE", 0.3)
    monkeypatch.setattr(connection, "ASK_EVERY", 0.2)
    monkeypatch.setattr(connection, "LOOK_EVERY", 0.05)
    return Team(store, network, clock, server, over_http=True)


def test_a_slack_that_fell_silent_is_noticed_though_nothing_is_asked_of_it(over_http: Team) -> None:
    over_http.slack_app.start()
    over_http.until(lambda: over_http.slack_app.is_door_open)
    assert over_http.slack_app.door == "Slack's requests come in."
    over_http.server.faults.take_down()
    over_http.until(lambda: "Slack does not answer" in str(over_http.slack_app.health.sentences()))
    assert over_http.slack_app.is_door_open, "a click that comes in all the same is taken"
    over_http.server.faults.bring_up()
    over_http.until(lambda: not over_http.slack_app.health.sentences())
    over_http.slack_app.stop(2.0)


def test_a_connection_that_ended_is_being_renewed_for_a_while(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = team.slack_app
    team.until(lambda: app.door == "Connected to Slack.")
    team.until(lambda: app._connection._connected_at > 0)
    team.server.faults.take_down()
    team.server.faults.cut_socket()
    team.until(lambda: app.door == "The connection to Slack is being renewed.")
    assert app.is_door_open
    monkeypatch.setattr(connection, "RENEWING", 0.0)
    assert (app.is_door_open, app.door) == (False, "Not connected to Slack.")
    team.server.faults.bring_up()


def test_what_was_held_goes_on_as_soon_as_slack_is_heard(team: Team) -> None:
    team.card(team.backend.in_review())
    team.slack_app.reconciler._limits.hold(300.0)
    team.people.command("U0MAYA", SOCIAL, "/social", "status")
    team.card(team.backend.in_review("Held bread"), "Held bread")


def test_home_says_what_is_wrong() -> None:
    view = draw_home_page(HOMES["paused"], troubles=["Byhand cannot pin <x>."] * 9)
    said = [block for block in view["blocks"] if "cannot pin" in str(block)]
    assert len(said) == 5
    assert "&lt;x&gt;" in str(said[0])
