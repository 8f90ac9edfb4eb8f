"""`/social ask`, the message it puts up, and the dialog that walks through its posts."""

from __future__ import annotations

import pytest

from bot.domain.posts import Seen, Status
from bot.sandbox.slack.state import Message
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.queries.posts import load_card
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.rendering import render_blocks
from tests.slack.team import Team

DAY = 24 * 60


def ask(team: Team, user: str = "U0MAYA", typed: str = "ask") -> str:
    return str(team.people.command(user, SOCIAL, "/social", typed).response)


def request(team: Team, containing: str = "Read through") -> Message:
    def found() -> Message | None:
        there = [
            each
            for each in team.messages()
            if not each.is_reply and containing in render_blocks(list(each.blocks))
        ]
        return there[-1] if there else None

    team.until(found)
    shown = found()
    assert shown is not None
    return shown


def dialog(team: Team, containing: str, user: str = "U0TOM") -> str:
    def found() -> str | None:
        view = team.server.workspace.modals.get(user)
        told = render_blocks(team.server.modal(user).spec["blocks"]) if view else ""
        return told if containing in told else None

    team.until(found)
    return str(found())


def press(team: Team, text: str) -> None:
    assert team.people.click_view("U0TOM", team.server.modal("U0TOM").id, text=text).ok


@pytest.fixture
def planned(team: Team) -> list[Seen]:
    for user in ("U0MAYA", "U0TOM", "U0GUEST"):
        team.knows(user)
    return [team.backend.plan(f"Bread of day {number}", minutes=number * DAY) for number in (1, 2, 3)]


def test_approvers_are_asked_once_and_read_one_after_the_other(team: Team, planned: list[Seen]) -> None:
    assert "The approvers are asked to read 3 posts" in ask(team)
    shown = request(team)
    assert "<@U0TOM>" in shown.text
    assert "nothing has changed since" in ask(team, "U0TOM")
    team.press("U0TOM", shown, "Read through")
    assert "Bread of day 1" in dialog(team, "1 of 3")
    for number in (1, 2, 3):
        dialog(team, f"Bread of day {number}")
        assert team.people.fill("U0TOM", {}).ok
    assert "The words of 3 are approved" in dialog(team, "That was the last")
    assert [team.backend.status(seen) for seen in planned] == [Status.SCHEDULED] * 3
    assert "The words of all 3 posts are approved" in render_blocks(
        list(request(team, "are approved").blocks)
    )
    assert "Nobody was asked" in ask(team)


def test_next_leaves_a_post_and_comes_back_to_it(team: Team, planned: list[Seen]) -> None:
    ask(team)
    team.press("U0TOM", request(team), "Read through")
    dialog(team, "1 of 3")
    press(team, "Next")
    dialog(team, "2 of 3")
    assert team.people.fill("U0TOM", {}).ok
    dialog(team, "3 of 3")
    press(team, "Back")
    assert "You have approved its words." in dialog(team, "2 of 3")
    team.server.workspace.modals.clear()
    team.press("U0TOM", request(team), "Read through")
    dialog(team, "1 of 3")


def test_whoever_wrote_it_is_asked_for_a_change(team: Team, planned: list[Seen]) -> None:
    ask(team)
    shown = request(team)
    team.press("U0TOM", shown, "Read through")
    dialog(team, "1 of 3")
    press(team, "Ask for a change…")
    dialog(team, "What should be changed?")
    assert team.people.fill("U0TOM", {"What should be changed?": "*Rye* is sold out"}).ok

    def said() -> bool:
        thread = [each for each in team.messages() if each.thread_ts == shown.ts and each.is_reply]
        return any("Rye* is sold out" in str(each.blocks) and "<@U0MAYA>" in each.text for each in thread)

    team.until(said)
    request(team, "Change asked for")
    team.server.workspace.modals.clear()
    team.press("U0TOM", request(team), "Read through")
    assert "Rye* is sold out" in dialog(team, "asked for a change")
    slot = team.backend.post(planned[0]).slot
    team.services.do(edit.save_edit, MAYA, planned[0], Changes("Spelt", slot), key())
    team.until(lambda: "Change asked for" not in render_blocks(list(request(team).blocks)))


def test_what_was_read_in_an_older_version_is_not_approved(team: Team, planned: list[Seen]) -> None:
    ask(team)
    team.press("U0TOM", request(team), "Read through")
    dialog(team, "1 of 3")
    slot = team.backend.post(planned[0]).slot
    team.services.do(edit.save_edit, MAYA, planned[0], Changes("Other bread", slot), key())
    team.people.fill("U0TOM", {})
    card = team.services.look(load_card, planned[0].post_id)
    assert card is not None
    assert card.approvals == ()


def test_a_guest_asks_nobody_and_approves_nothing(team: Team, planned: list[Seen]) -> None:
    assert "Only full members" in ask(team, "U0GUEST")
    ask(team)
    team.press("U0GUEST", request(team), "Read through")
    assert "Only approvers can approve it" in dialog(team, "1 of 3", "U0GUEST")


def test_home_asks_too(team: Team, planned: list[Seen]) -> None:
    team.people.open_home("U0MAYA")
    team.until(
        lambda: "Ask for approval of 3 planned posts" in str(team.server.workspace.homes.get("U0MAYA"))
    )
    assert team.people.click_home("U0MAYA", text="Ask for approval of 3 planned posts").ok
    assert "asked to read 3 posts" in dialog(team, "asked to read", "U0MAYA")
    request(team)


def test_the_card_asks_whether_the_moment_is_right(team: Team, planned: list[Seen]) -> None:
    team.services.do(review.approve, TOM, planned[0], key())
    team.backend.push(minutes=DAY - 20)
    card = team.card(planned[0], "Still right for")
    team.press("U0MAYA", card, "Go")
    assert team.backend.status(planned[0]) is Status.APPROVED
    assert "Go by Maya" in render_blocks(list(team.card(planned[0], "Approved: goes out").blocks))


def test_home_says_what_there_is_to_read(team: Team, planned: list[Seen]) -> None:
    """Of an approver who was asked; not of whoever has approved it, and of nobody who may not."""
    ask(team)
    team.services.do(review.approve, TOM, planned[0], key())
    for user, says in (("U0TOM", True), ("U0MAYA", False), ("U0GUEST", False)):
        team.people.open_home(user)
        team.until(lambda user=user: team.server.workspace.homes.get(user))  # type: ignore[misc]
        there = str(team.server.workspace.homes[user])
        assert ("Read through 2 planned posts" in there) is says, user
    assert team.people.click_home("U0TOM", text="Read through 2 planned posts").ok
    assert "Bread of day 2" in dialog(team, "2 of 3")
