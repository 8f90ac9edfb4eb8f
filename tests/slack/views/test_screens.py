"""Thread lines, dialogs, App Home and private answers: what they say, and that Slack would take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.domain import refusals
from bot.domain.posts import Seen
from bot.domain.screens import Ahead
from bot.slack.ids import Act
from bot.slack.views import answers
from bot.slack.views.blocks import Message
from bot.slack.views.home.home import home_page
from bot.slack.views.posts.dialogs import (
    approve_anyway_modal,
    edit_modal,
    field_errors,
    history_modal,
    hold_modal,
    notice_modal,
    pick_time_modal,
    post_now_modal,
    preview_modal,
)
from bot.slack.views.posts.lines import thread_line
from tests.slack.limits import check_message, check_view, walk
from tests.slack.rendering import render_message, render_view
from tests.slack.views.samples import (
    BUSY,
    CARDS,
    DRAFT,
    FORM,
    FORMS,
    HOMES,
    IMAGE,
    KILLED,
    LINES,
    MASTODON,
    NO_ALT,
    NOW,
    PLACE,
    PLAIN_FORM,
    PLANNED,
    POST,
    ROW,
    SIMILAR,
    STATUS,
    TOM,
)

SEEN = Seen(POST, 3)
HISTORY = [
    (NOW - timedelta(days=1), None, "Imported from plan.csv, line 2"),
    (NOW - timedelta(minutes=20), "U0MAYA", "Changed the text to “400 *loaves* <!channel>”"),
    (NOW, "cli:tom@desk", "Paused publishing"),
]
MODALS: dict[str, Callable[[], dict[str, Any]]] = {
    **{f"edit, {name}": (lambda form=form: edit_modal(form)) for name, form in FORMS.items()},
    "pick a time": lambda: pick_time_modal(FORM),
    "pick a time for a draft": lambda: pick_time_modal(PLAIN_FORM),
    "hold": lambda: hold_modal(42, SEEN),
    "post now": lambda: post_now_modal(42, SEEN),
    "approve anyway": lambda: approve_anyway_modal(42, SEEN, (NO_ALT, SIMILAR)),
    "preview": lambda: preview_modal(CARDS["waiting, different texts, images"]),
    "history": lambda: history_modal(42, SEEN, HISTORY, PLACE),
    "history, empty": lambda: history_modal(42, SEEN, [], PLACE),
    "notice": lambda: notice_modal("Not saved", "That card was out of date. It was killed by <@U0TOM>."),
}
ANSWERS: dict[str, Callable[[], Message]] = {
    "refused": lambda: answers.told(refusals.Outdated(state="It was killed by <@U0TOM> at 08:21.").sentence),
    "refused, others' words": lambda: answers.told(
        refusals.NoSuchAccount(account="<!channel> *x*", accounts="a, b").sentence
    ),
    "status": lambda: answers.status(STATUS, PLACE),
    "status, busy": lambda: answers.status(BUSY, PLACE),
    "upcoming": lambda: answers.upcoming((ROW, PLANNED, KILLED, DRAFT), Ahead.WEEK, PLACE),
    "upcoming, none": lambda: answers.upcoming((), Ahead.TODAY, PLACE),
    "help": answers.help_page,
    "unknown command": lambda: answers.unknown_command("upcomming *week*"),
    "unknown command, not close": lambda: answers.unknown_command("<!channel>"),
}


@pytest.mark.parametrize("name", MODALS)
def test_dialogs(name: str, snapshot: SnapshotAssertion) -> None:
    view = MODALS[name]()
    check_view(view)
    assert render_view(view) == snapshot(name="words")
    assert view == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", HOMES)
def test_home(name: str, snapshot: SnapshotAssertion) -> None:
    view = home_page(HOMES[name], PLACE)
    check_view(view)
    assert render_view(view) == snapshot(name="words")
    assert view == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", LINES)
def test_lines(name: str, snapshot: SnapshotAssertion) -> None:
    message = thread_line(LINES[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str, snapshot: SnapshotAssertion) -> None:
    message = ANSWERS[name]()
    check_message(message)
    assert render_message(message) == snapshot


def test_a_guest_has_nothing_to_press_but_links() -> None:
    pressed = {
        each["action_id"]
        for kind, each, _ in walk(home_page(HOMES["guest"], PLACE)["blocks"])
        if kind == "button"
    }
    assert pressed == {Act.OPEN_CARD.value}


def test_a_closed_gate_is_the_first_thing_home_says() -> None:
    first = home_page(HOMES["paused"], PLACE)["blocks"][0]
    assert first["elements"][0]["elements"][0]["text"] == "Publishing is paused: everything"


def test_a_text_too_long_for_a_field_gets_none() -> None:
    """A field with its first 3000 characters would cut the rest off at Save."""
    view = edit_modal(FORMS["too long for a field"])
    assert "text" not in {block.get("block_id") for block in view["blocks"]}


def test_the_preview_shows_all_of_a_long_text() -> None:
    text = "".join(f"Loaf {number}, 👩‍👩‍👧 é " for number in range(700))
    view = preview_modal(replace(CARDS["waiting"], accounts=(replace(MASTODON, text=text),)))
    check_view(view)
    quotes = [part for kind, part, _ in walk(view["blocks"]) if kind == "rich_text_quote"]
    assert "".join(part["elements"][0]["text"] for part in quotes) == text


def test_errors_stand_under_their_fields() -> None:
    view = edit_modal(FORM)
    errors = {
        "text": "Bluesky allows 300; this is 312.",
        "slot": "That time has passed.",
        f"alt:{IMAGE.sha256}": "Please say what the image shows.",
        "variant:dock-bluesky": "Too long.",
    }
    assert field_errors(view, errors) == errors


def test_errors_without_a_field_stand_under_the_first() -> None:
    """Slack would drop the whole answer over one block_id that is no input."""
    found = field_errors(edit_modal(FORM), {"text": "One.", "accounts": "Two.", "alt:gone": "Three."})
    assert found == {"text": "One. Two. Three."}
    assert field_errors({"blocks": []}, {"text": "One."}) == {}


def test_reminders_say_how_long_and_the_last_one_what_silence_does() -> None:
    assert "in 46 min" in thread_line(LINES["reminder"], PLACE).text
    assert "not published" not in thread_line(LINES["reminder"], PLACE).text
    assert "if nobody decides, it is not published" in thread_line(LINES["last reminder"], PLACE).text


def test_upcoming_says_how_many_wait_for_me() -> None:
    assert answers.upcoming((ROW, KILLED), Ahead.TODAY).text == "2 posts today, 1 for you to decide."
    assert TOM not in answers.upcoming((ROW,), Ahead.TODAY).text
