"""Whether somebody belongs to this workspace, by everything Slack says of them.

In an Enterprise Grid organisation one id decides nothing: `team_id` is the workspace somebody joined first, or the
organisation itself, while `enterprise_user.teams` lists the workspaces they are in. Where what Slack says decides
nothing, nobody guesses: such a person may stop things, and starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.people import Role
from bot.store.slack.people import KnownPerson


@dataclass(frozen=True)
class Home:
    """Which workspace is ours; nothing is known before Slack was met. `enterprise_id`: of a Grid organisation."""

    team_id: str | None = None
    enterprise_id: str | None = None


def read_user(user: Mapping[str, Any], home: Home, now: datetime) -> KnownPerson | None:
    """A user of users.info; None: nobody can tell whether they belong here. Whoever is gone, a bot or of another team
    is no more than an outsider."""
    role = _read_role(user, home)
    if role is None:
        return None
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("name") or user["id"]
    return KnownPerson(user["id"], name, role, user.get("tz"), now)


def _read_role(user: Mapping[str, Any], home: Home) -> Role | None:
    if user.get("deleted") or user.get("is_bot") or user.get("is_stranger"):
        return Role.OUTSIDER
    here = _is_here(user, home)
    if here is None:
        return None
    if not here:
        return Role.OUTSIDER
    return Role.GUEST if user.get("is_restricted") or user.get("is_ultra_restricted") else Role.MEMBER


def _is_here(user: Mapping[str, Any], home: Home) -> bool | None:
    if home.team_id is None:
        return None
    team, of_grid = user.get("team_id", home.team_id), user.get("enterprise_user")
    teams = of_grid.get("teams") if isinstance(of_grid, Mapping) else None
    if isinstance(teams, list) and teams:
        return home.team_id in teams or team == home.team_id
    if team == home.team_id:
        return True
    ours = home.enterprise_id
    organisations = {
        user.get("enterprise_id"),
        of_grid.get("enterprise_id") if isinstance(of_grid, Mapping) else None,
    }
    if str(team).startswith("E"):  # the organisation itself
        organisations.add(team)
    known = organisations - {None, ""}
    return None if known and (ours is None or ours in known) else False
