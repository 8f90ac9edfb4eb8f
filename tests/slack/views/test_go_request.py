"""The message that asks for the Go of several posts, and the dialog that walks through them."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.go_requests import MOST, Opened
from bot.domain.posts import Seen
from bot.slack.ids import Malformed
from bot.slack.values.go_request import GoPlace, format_go_place, parse_go_place
from bot.slack.views.posts.go_request import draw_go_page, draw_go_request
from tests.slack.limits import check_message, check_view
from tests.slack.rendering import render_message, render_view
from tests.slack.views.go_request_samples import ASKED, DIALOGS, EVERY, MESSAGES, PAGE
from tests.slack.views.samples import PLACE

METADATA = 3000  # characters


@pytest.mark.parametrize("name", MESSAGES)
def test_messages(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_go_request(MESSAGES[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs(name: str, snapshot: SnapshotAssertion) -> None:
    view = DIALOGS[name]()
    check_view(view)
    assert render_view(view) == snapshot


def test_it_rings_only_for_those_it_is_put_up_for() -> None:
    assert "<@U0MAYA>" in draw_go_request(ASKED, PLACE).text
    assert "<@" not in draw_go_request(MESSAGES["paused"], PLACE).text


def test_what_there_is_to_check_stands_beside_its_go() -> None:
    """And nothing that is merely good to know."""
    drawn = render_message(draw_go_request(MESSAGES["what there is to check"], PLACE))
    assert (
        drawn.count(
            "Please check:* Nearly the same words as “We baked 400 loaves…” of Mon 23 Nov at 09:00 CET, on Mastodon"
        )
        == 1
    )
    assert "public holiday" not in drawn


def test_a_pause_is_told_once_and_not_on_every_line() -> None:
    """Seen: "There was a pause" on each of ten lines; and a bare "2 posts …: paused", without who paused."""
    after = render_message(draw_go_request(MESSAGES["all after a pause"], PLACE))
    assert after.count("There was a pause: only an approver can say Go") == 1
    assert "paused publishing" not in after
    for name in ("paused", "one of two is paused"):
        shown = render_message(draw_go_request(MESSAGES[name], PLACE))
        assert shown.count("Publishing is paused: nobody can say Go. @U0MAYA paused it") == 1, name
        assert "(post 43)" in shown, name


def test_nothing_leads_back_once_nothing_is_left() -> None:
    done = render_view(DIALOGS["Go for all, done"]())
    assert "[Back]" not in done
    assert "[Back]" in render_view(DIALOGS["Go for all"]())


def test_go_for_all_is_offered_for_exactly_what_was_opened() -> None:
    """The button names how many; the dialog carries which."""
    view = DIALOGS["Go for all"]()
    assert view["submit"]["text"] == "Go for all 3"
    assert parse_go_place(view["private_metadata"]) == GoPlace("g1", None, EVERY)
    assert "submit" not in DIALOGS["Go for all, two not opened"]()
    assert "submit" not in DIALOGS["Go for all, refused"]()
    assert draw_go_page(PAGE, PLACE)["submit"]["text"] == "Go"


def test_a_dialog_carries_as_many_as_a_message_has() -> None:
    opened = tuple(Opened(Seen(f"{each:040}", 10**8, "0a1b2c3d"), "4d5e6f70") for each in range(MOST))
    place = GoPlace("r" * 40, "p" * 40, opened)
    assert parse_go_place(format_go_place(place)) == place
    assert len(format_go_place(place)) <= METADATA


@pytest.mark.parametrize(
    "value", [None, "", "g1", "g1 ", "g1 p1 p1:1", "g1 p1 p1:1/xyz", "g1 p1 /4d5e6f70", "g 1 2"]
)
def test_what_was_not_made_here_is_refused(value: str | None) -> None:
    with pytest.raises(Malformed):
        parse_go_place(value)
