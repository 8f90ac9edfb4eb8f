"""What the tests of a pause share: typing one, and whether it holds."""

from __future__ import annotations

from bot.domain.gate import ALL
from bot.store.pause import gate
from tests.slack.bench import SOCIAL
from tests.slack.team import Team


def is_paused(team: Team, scope: str = ALL) -> bool:
    return team.services.store.read(lambda db: gate.read(db).rows[scope].paused)


def pause(team: Team, words_typed: str = "", user: str = "U0MAYA") -> str:
    act = team.people.command(user, SOCIAL, "/social", f"pause {words_typed}".strip())
    assert act.ok, act.error
    return str(act.response)
