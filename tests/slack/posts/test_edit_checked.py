"""What there is against a post is seen in Edit before it is saved: as it is, and as the changes would make it."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.posts import Seen
from bot.sandbox.slack.state import View
from tests.slack.posts.test_edit_images import BOTH, open_edit
from tests.slack.posts.test_new_post import soon, words
from tests.slack.team import Team

AGAIN = "Not saved yet"


def close_by(team: Team) -> tuple[Seen, int]:
    """A post two hours ahead, and when another goes out, an hour after it."""
    other = team.backend.post(team.backend.plan("Rolls at noon", minutes=180))
    assert other.slot is not None
    return team.backend.plan("400 loaves", minutes=120), int(other.slot.timestamp())


def fill(team: Team, **typed: object) -> View | None:
    """Press the dialog's button; it, if it is still open."""
    assert team.people.fill("U0MAYA", typed).ok
    return team.people.modal("U0MAYA") if team.server.workspace.modals["U0MAYA"] else None


def edit_from_home(team: Team, seen: Seen) -> None:
    pressed = {"type": "button", "action_id": "home_edit", "block_id": "x", "value": seen.post_id}
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)
    assert team.people.press_view("U0MAYA", None, pressed, {}).ok
    team.server.modal("U0MAYA")


def test_it_opens_with_what_there_is_against_it(team: Team) -> None:
    seen = team.backend.in_review("400 loaves", accounts=("bakery", "cafe"))
    assert "Bakery and Cafe get the same words" in words(open_edit(team, seen))
    assert fill(team, Text="420 loaves") is None, "it was there before, and was seen"
    assert team.backend.post(seen).version.body.text == "420 loaves"


def test_what_the_changes_give_rise_to_is_seen_before_they_are_saved(team: Team) -> None:
    seen, other = close_by(team)
    edit_from_home(team, seen)
    view = fill(team, When=other - 600, Text="420 loaves")
    assert view is not None
    assert AGAIN in words(view)
    assert "Close to “Rolls at noon”, 10 min later on Bakery" in words(view)
    assert team.backend.post(seen).version.seq == 1
    assert fill(team) is None, "what was typed is still there, and is saved now"
    post = team.backend.post(seen)
    assert (post.version.seq, post.version.body.text) == (2, "420 loaves")
    assert post.slot is not None
    assert int(post.slot.timestamp()) == other - 600


def test_other_changes_are_checked_anew(team: Team) -> None:
    seen, other = close_by(team)
    edit_from_home(team, seen)
    fill(team, When=other - 600)
    view = fill(team, When=other - 300)
    assert view is not None
    assert "5 min later" in words(view)
    assert fill(team, When=soon(team, 30)) is None, "nothing is against that"


def test_the_same_sentence_about_another_time_is_another(team: Team) -> None:
    """Nobody is there at night, whichever night it is."""
    seen = team.backend.plan("400 loaves", minutes=15 * 60)
    edit_from_home(team, seen)
    assert "Outside your team's hours" in words(team.people.modal("U0MAYA"))
    at = int((team.clock.now() + timedelta(hours=39)).timestamp())
    view = fill(team, When=at)
    assert view is not None
    assert AGAIN in words(view)
    assert fill(team) is None


def test_an_account_that_is_added_is_checked_with_the_rest(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    assert fill(team, Accounts=BOTH) is not None
    assert team.backend.post(seen).version.body.accounts == ("bakery",)
    assert fill(team) is None
    assert team.backend.post(seen).version.body.accounts == ("bakery", "cafe")
