"""Resuming as Slack carries it: who may, what a forged dialog can do, and what a stale button is answered."""

from __future__ import annotations

import pytest

from bot.domain.gate import ALL
from bot.domain.posts import Fate
from bot.sandbox.slack.find import the_control
from bot.services.pause import resume as resuming
from bot.slack import ids
from bot.slack.ids import Malformed
from bot.slack.posts import forms
from bot.slack.values.resume import parse_resume
from tests.backend import TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.pause.typed_pause import is_paused, pause
from tests.slack.team import Team


def test_resume_opens_for_approvers_only(team: Team) -> None:
    pause(team)
    team.server.wait_for(SOCIAL, "Publishing is paused")
    assert "Only approvers can resume publishing: <@U0TOM>" in str(
        team.people.command("U0MAYA", SOCIAL, "/social", "resume").response
    )
    assert not team.server.workspace.modals.get("U0MAYA")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    assert team.people.fill("U0TOM", {}).ok
    assert not is_paused(team)


def test_a_forged_resume_is_refused(team: Team) -> None:
    """Whoever can send a dialog can forge what is in it: the rules decide."""
    pause(team)
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    view = team.people.modal("U0TOM")
    assert view.spec["private_metadata"] == "all:1"
    with pytest.raises(Malformed):
        parse_resume("all:1; drop table gate")


def test_a_banner_of_another_pause_is_answered(team: Team) -> None:
    pause(team)
    banner = team.server.wait_for(SOCIAL, "Publishing is paused")
    control = the_control(banner.blocks, text="Stop replies too")
    team.services.do(resuming.resume, TOM, ALL, 1, {}, key())
    assert team.people.press("U0MAYA", SOCIAL, banner.ts, control).ok
    team.private("U0MAYA", "That pause is over: Tom resumed at")


def test_a_resume_dialog_that_was_tampered_with() -> None:
    with pytest.raises(Malformed):
        forms.read_fates({"fate:nonsense": {"value": {}}})
    assert forms.read_fates({"fate:p1:3": {"value": {"selected_option": {"value": "boost"}}}}) == {
        ids.parse_seen("p1:3"): (Fate.KEEP, None)
    }
    with pytest.raises(Malformed):
        forms.read_scope({"scope": {"value": {"selected_option": {"value": "'; drop"}}}})
    assert forms.read_scope({}) == ALL


def test_what_stays_paused_is_said_before_and_after(team: Team) -> None:
    """Seen: "Resume everything that is paused", then "Publishing resumed", and one account stayed paused, unsaid."""
    pause(team, "cafe bad news")
    pause(team)
    banner = team.server.wait_for(SOCIAL, "Publishing is paused.")
    stays = "Cafe stays paused (by <@U0MAYA>"
    assert f"Resuming everything is not enough:* {stays}" in str(banner.blocks)
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    view = team.people.modal("U0TOM").spec
    assert view["title"]["text"] == "Resume publishing"
    assert "Resume everything except Cafe, which was paused separately." in str(view)
    assert stays in str(view)
    assert team.people.fill("U0TOM", {}).ok
    after = team.people.modal("U0TOM").spec
    assert after["title"]["text"] == "Resumed"
    assert stays in str(after)
    assert "`/social resume cafe` resumes it" in str(after)
    line = team.server.wait_for(SOCIAL, f"had paused it; the pause lasted less than a minute. *{stays}")
    assert line.text.startswith("Publishing resumed by <@U0TOM>")
    card = team.server.wait_for(SOCIAL, "Cafe was still paused then (by <@U0MAYA>")
    assert "stays paused" not in str(card.blocks), "it is resumed some time, and this stays as it is"
    said_it = [each for each in team.messages() if "Resuming published nothing by itself" in str(each.blocks)]
    assert len(said_it) == 1, "seen: on the message of the pause, in the channel and in the dialog"
    assert is_paused(team, "cafe")
    assert not is_paused(team)


def test_resuming_an_account_says_that_everything_stays_paused(team: Team) -> None:
    pause(team, "cafe bad news")
    pause(team)
    banner = team.server.wait_for(SOCIAL, "Publishing on Cafe is paused.")
    team.until(lambda: "Resuming Cafe is not enough:* everything stays paused (by" in str(banner.blocks))
    assert "`/social resume` resumes it" in str(banner.blocks)
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume cafe").ok
    assert "Everything stays paused (by <@U0MAYA>" in str(team.people.modal("U0TOM").spec)
    assert team.people.fill("U0TOM", {}).ok
    line = team.server.wait_for(
        SOCIAL, "had paused it; the pause lasted less than a minute. *Everything stays paused (by"
    )
    assert line.text.startswith("Pause of Cafe alone ended by <@U0TOM>")
