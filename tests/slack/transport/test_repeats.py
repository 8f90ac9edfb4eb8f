"""What is repeated after which failure, and for how long."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.faults import Kind
from bot.slack.transport.calls import Answered, Heard, NotSent, SaidNo, TooMany, Unknown
from bot.slack.transport.repeats import find_pause
from tests.slack.team import Team


@pytest.mark.parametrize(
    ("method", "heard", "since", "pause"),
    [
        ("chat.postEphemeral", Answered({}), 0, None),
        ("chat.postEphemeral", SaidNo("user_not_in_channel"), 0, None),
        ("chat.postEphemeral", TooMany(30), 0, 30),
        ("chat.postEphemeral", TooMany(30), 100, None),
        ("chat.postEphemeral", NotSent("refused"), 0, 0.5),
        ("chat.postEphemeral", Unknown("cut"), 0, None),
        ("views.publish", Unknown("cut"), 0, 0.5),
        ("views.open", TooMany(1), 0, 1),
        ("views.open", TooMany(3), 0, None),
        ("views.open", Unknown("cut"), 0, None),
    ],
)
def test_the_table(method: str, heard: Heard, since: float, pause: float | None) -> None:
    assert find_pause(method, heard, 1, since) == pause


def test_a_home_whose_answer_was_lost_is_drawn_again(team: Team) -> None:
    team.server.faults.order("views.publish", Kind.SERVER_ERROR)
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)


def test_a_private_answer_that_came_too_soon_is_told_later(team: Team) -> None:
    card = team.card(team.backend.in_review())
    team.server.faults.order("chat.postEphemeral", Kind.TOO_MANY, times=2, seconds=1.0)
    team.press("U0GUEST", card, "Approve")
    team.private("U0GUEST", "Only full members")
