"""Posts of the same hour as Slack carries them: one message, the dialog, and whose phones ring."""

from __future__ import annotations

import json

import pytest

from bot.domain.gate import ALL
from bot.domain.posts import Seen, Status
from bot.sandbox.slack.state import Message
from bot.services.pause import pause
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from tests.backend import ANNA, MAYA, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.posts.test_read_through import dialog, request
from tests.slack.rendering import render_blocks
from tests.slack.team import Team

DAY = 24 * 60


@pytest.fixture
def planned(team: Team) -> list[Seen]:
    """Three posts of the same minute; the words of each were approved the day before."""
    for user in ("U0MAYA", "U0TOM", "U0GUEST"):
        team.knows(user)
    found = [team.backend.plan(f"Bread {number}", minutes=DAY) for number in (1, 2, 3)]
    for seen in found:
        team.services.do(review.approve, TOM, seen, key())
    team.backend.push(minutes=DAY - 30)
    return found


def asked(team: Team, containing: str = "3 posts") -> Message:
    return request(team, containing)


def press(team: Team, text: str, user: str = "U0MAYA") -> None:
    assert team.people.click_view(user, team.server.modal(user).id, text=text).ok


def statuses(team: Team, planned: list[Seen]) -> list[Status]:
    return [team.backend.status(seen) for seen in planned]


def open_all(team: Team) -> None:
    """Read through, to the page behind the last post."""
    team.press("U0MAYA", asked(team), "Read through")
    for number in (1, 2, 3):
        assert f"Bread {number}" in dialog(team, f"{number} of 3", "U0MAYA")
        press(team, "Go for all…" if number == 3 else "Next")
    dialog(team, "You have seen all 3", "U0MAYA")


def test_one_message_rings_and_the_cards_do_not(team: Team, planned: list[Seen]) -> None:
    """The approver is asked, since nobody is on shift: once, and not by each of three cards."""
    assert "<@U0TOM> 3 posts" in asked(team).text

    def about() -> list[str]:
        posted = [call.args for call in team.server.calls("chat.postMessage")]
        told = [json.dumps([args["text"], args["blocks"]]) for args in posted]
        return [each for each in told if "till right" in each]

    team.until(lambda: len(about()) == 4)
    assert sum("<@U0TOM>" in each for each in about()) == 1


def test_go_in_a_line_is_the_go_of_that_post(team: Team, planned: list[Seen]) -> None:
    """Its line follows, and an old button is answered with how it stands."""
    old = asked(team)
    team.people.click("U0MAYA", SOCIAL, old.ts, value=str(team.backend.now_seen(planned[1])))
    request(team, "2 of 3 still need a Go")
    assert statuses(team, planned) == [Status.REVIEW, Status.APPROVED, Status.REVIEW]
    team.services.do(review.hold, TOM, planned[0], key())
    request(team, "1 of 3 still needs a Go")
    team.services.do(review.kill, TOM, planned[2], key())
    team.until(lambda: "1 on hold, 1 approved and 1 killed" in asked(team).text)


def test_go_for_all_once_each_was_opened(team: Team, planned: list[Seen]) -> None:
    open_all(team)
    assert team.server.modal("U0MAYA").spec["submit"]["text"] == "Go for all 3"
    assert team.people.fill("U0MAYA", {}).ok
    dialog(team, "None of these posts needs a Go any more", "U0MAYA")
    assert statuses(team, planned) == [Status.APPROVED] * 3
    team.until(lambda: "3 posts" in asked(team).text and ": approved." in asked(team).text)


def test_go_page_by_page(team: Team, planned: list[Seen]) -> None:
    team.press("U0MAYA", asked(team), "Read through")
    for number in (1, 2, 3):
        dialog(team, f"Bread {number}", "U0MAYA")
        assert team.people.fill("U0MAYA", {}).ok
    dialog(team, "None of these posts needs a Go any more", "U0MAYA")
    assert statuses(team, planned) == [Status.APPROVED] * 3


def test_it_is_not_offered_before_each_was_opened(team: Team, planned: list[Seen]) -> None:
    """Not to whoever goes to the end by another way: what was opened stands in the dialog."""
    team.press("U0MAYA", asked(team), "Read through")
    dialog(team, "1 of 3", "U0MAYA")
    press(team, "Next")
    dialog(team, "2 of 3", "U0MAYA")
    team.services.do(review.kill, TOM, planned[2], key())
    press(team, "Next")
    dialog(team, "It was killed by", "U0MAYA")
    press(team, "Go for all…")
    dialog(team, "You have seen both", "U0MAYA")
    slot = team.backend.post(planned[0]).slot
    team.services.do(edit.save_edit, ANNA, planned[0], Changes("Other bread", slot), key())
    press(team, "Back")
    dialog(team, "3 of 3", "U0MAYA")
    press(team, "Finish")
    dialog(team, "Go says that the moment is right", "U0MAYA")


def test_what_changed_is_said_and_nothing_gets_a_go(team: Team, planned: list[Seen]) -> None:
    open_all(team)
    team.services.do(review.hold, TOM, planned[1], key())
    assert team.people.fill("U0MAYA", {}).ok
    told = dialog(team, "No Go was said. “Bread 2” was put on hold by", "U0MAYA")
    assert "You have seen both" in told
    assert Status.APPROVED not in statuses(team, planned)
    assert team.people.fill("U0MAYA", {}).ok
    dialog(team, "None of these posts needs a Go any more", "U0MAYA")
    assert statuses(team, planned) == [Status.APPROVED, Status.HELD, Status.APPROVED]


def test_during_a_pause_it_is_one_line(team: Team, planned: list[Seen]) -> None:
    asked(team)
    team.services.do_first(pause.pause, MAYA, ALL, "recall", key())
    team.until(lambda: ": paused." in asked(team).text)
    assert "Read through" not in render_blocks(list(asked(team).blocks))


def test_a_guest_reads_along(team: Team, planned: list[Seen]) -> None:
    team.press("U0GUEST", asked(team), "Read through")
    told = dialog(team, "Only full members of this workspace can say Go", "U0GUEST")
    assert "Bread 1" in told
    assert "submit" not in team.server.modal("U0GUEST").spec
