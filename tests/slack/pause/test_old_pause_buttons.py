"""A button that pauses, pressed long after: whoever presses it must not think that it holds."""

from __future__ import annotations

import pytest

from bot.domain.gate import ALL
from bot.sandbox.slack.find import the_control
from bot.slack.ids import Act
from bot.store.pause import gate
from tests.slack.bench import SOCIAL
from tests.slack.team import Team


@pytest.mark.parametrize("user", ["U0MAYA", "U0TOM"])
def test_one_of_a_database_that_is_gone_says_not_paused(team: Team, user: str) -> None:
    """Complaints suggested a pause; then a backup of before was put back. Its button was answered by nothing at all."""
    card = team.card(team.backend.in_review())
    old = the_control(card.blocks, text="Approve").action() | {
        "action_id": Act.SPIKE_PAUSE.value,
        "value": "of-another-database",
    }
    assert team.people.press(user, SOCIAL, card.ts, old).ok
    team.private(user, "NOT paused")
    assert not team.services.store.read(lambda db: gate.read(db).rows[ALL].paused)
