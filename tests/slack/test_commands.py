"""`/social …`, and App Home."""

from __future__ import annotations

from datetime import timedelta

from bot.services.posts import review
from tests.backend import TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.team import Team

ANSWERS = {
    "": "/social upcoming week",
    "help pause": "/social pause Mastodon wrong logo: Stop publishing",
    "help foo": "There is no “/social foo”. /social help lists all commands.",
    "week": "There is no “/social week”. Did you mean /social upcoming week?",
    "hold 3": "decided with the buttons on its card",
    "help with pause!!": "NOT paused (",
    "help me": "There is no “/social me”. /social help lists all commands.",
    "kill 3": "There is no “/social kill”",
    "Hold post #3!": "There is no “/social hold”. Nothing was changed: ",
    "help": "/social status",
    "status": "1 post waits for a decision",
    "STATUS ": "1 post waits for a decision",
    "upcoming": "400 loaves",
    "upcoming today": "1 post today",
    "upcoming never": "“/social upcoming” does not know “never”",
    "statsu": "Did you mean /social status?",
    "<!channel> x": "There is no",
}


def test_commands_are_answered_in_the_acknowledgement(team: Team) -> None:
    team.backend.in_review("400 loaves")
    for typed, said in ANSWERS.items():
        act = team.people.command("U0GUEST", SOCIAL, "/social", typed)
        assert act.ok, typed
        assert act.response["response_type"] == "ephemeral"
        assert said in str(act.response), typed
        assert "<!channel>" not in str(act.response)


def test_a_command_works_where_the_bot_is_not(team: Team) -> None:
    team.server.workspace.leave("C0CUSTOMERS", "U0BOT")
    act = team.people.command("U0MAYA", "C0CUSTOMERS", "/social", "status")
    assert "Publishing is open" in act.response["text"]


def test_home_is_drawn_when_opened_and_kept_true(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    team.people.open_home("U0TOM")
    team.until(lambda: "400 loaves" in str(team.server.workspace.homes.get("U0TOM")))
    team.services.do(review.kill, TOM, seen, key())
    team.until(lambda: "Killed" in str(team.server.workspace.homes["U0TOM"].blocks), timeout=4)
    assert len(team.server.calls("views.publish")) <= 3, "coalesced"
    assert set(team.server.workspace.homes) == {"U0TOM"}


def test_a_dialog_opens_from_home(team: Team) -> None:
    seen = team.backend.plan("a draft of mine")
    team.services.do(review.hold, TOM, seen, key())
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)
    assert team.people.click_home("U0MAYA", action_id="home_edit").ok
    assert "a draft of mine" in str(team.server.modal("U0MAYA").blocks)


def test_a_guest_is_refused_in_home_by_a_dialog(team: Team) -> None:
    """Home has no channel to whisper in."""
    seen = team.backend.plan("a draft")
    team.services.do(review.hold, TOM, seen, key())
    team.people.open_home("U0GUEST")
    team.until(lambda: "U0GUEST" in team.server.workspace.homes)
    pressed = {"type": "button", "action_id": "home_edit", "block_id": "x", "value": seen.post_id}
    assert team.people.press_view("U0GUEST", None, pressed, {}).ok
    team.until(lambda: "Only full members" in str(team.server.workspace.modals.get("U0GUEST")))


def test_the_week_is_a_table(team: Team) -> None:
    """What it says stands in the text as well, for whoever sees no table."""
    team.backend.plan("400 loaves", minutes=24 * 60)
    said = team.people.command("U0MAYA", SOCIAL, "/social", "upcoming").response
    (table,) = [block for block in said["blocks"] if block["type"] == "table"]
    assert len(table["rows"]) == 8
    assert "Needs approval" in str(table)
    tomorrow = (team.clock.now() + timedelta(days=1)).strftime("%a %-d %b")
    assert f"{tomorrow}: 1 post, needs approval." in said["text"]
    today = team.people.command("U0MAYA", SOCIAL, "/social", "upcoming today").response
    assert "'table'" not in str(today)


def test_a_day_of_the_week_is_opened_from_home(team: Team) -> None:
    team.backend.plan("400 loaves", minutes=24 * 60)
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)
    assert "400 loaves" not in str(team.server.workspace.homes["U0MAYA"].blocks)
    assert team.people.click_home("U0MAYA", action_id="home_day").ok
    view = team.server.modal("U0MAYA")
    assert "400 loaves" in str(view.blocks)
    assert team.people.click_view("U0MAYA", view.id, action_id="home_edit").ok
    team.until(lambda: "Edit post 1" in str(team.people.modal("U0MAYA").spec))
