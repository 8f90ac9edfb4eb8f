"""What people typed and chose in the inbox's dialogs, and what no payload can break."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.conversations import Closing
from bot.sandbox.slack.checks.views import initial_state
from bot.slack.ids import INPUT
from bot.slack.inbox.forms import read_closing, read_description, read_person, read_reply, read_until
from bot.slack.values.description import DescriptionAbout
from bot.slack.views.inbox.dialogs import (
    draw_close_pile_dialog,
    draw_description_dialog,
    draw_done_dialog,
    draw_expected_dialog,
    draw_hand_over_dialog,
    draw_reply_dialog,
)
from tests.slack.views.conversation_samples import ANSWERED, CLOSINGS, DRAFTS, OPEN, REPLY_FORMS, SPIKE, TOLD


def untouched(view: dict[str, Any]) -> dict[str, Any]:
    return initial_state(view["blocks"])


def test_a_reply_comes_back() -> None:
    values = untouched(draw_reply_dialog(REPLY_FORMS["public"]))
    assert read_reply(values) == ""
    values["text"][INPUT]["value"] = " Sorry! "
    assert read_reply(values) == " Sorry! "


def test_what_an_image_shows_comes_back() -> None:
    values = untouched(draw_description_dialog(DRAFTS["image not described"], DescriptionAbout("d1")))
    assert read_description(values) == ""
    values["alt"][INPUT]["value"] = " A loaf\u200b "
    assert read_description(values) == "A loaf"


def test_a_reason_comes_back() -> None:
    assert read_closing(untouched(draw_done_dialog(OPEN))) is Closing.NO_ANSWER
    assert read_closing(untouched(draw_done_dialog(ANSWERED))) is Closing.ANSWERED
    assert read_closing(untouched(draw_done_dialog(TOLD))) is Closing.ELSEWHERE
    too_late = replace(OPEN, answers_end=OPEN.now)
    assert read_closing(untouched(draw_done_dialog(too_late))) is Closing.ELSEWHERE
    deleted = replace(too_late, nothing_left=True)
    assert read_closing(untouched(draw_done_dialog(deleted))) is Closing.NO_ANSWER
    answered_there = replace(ANSWERED, takes_answers=False)
    assert read_closing(untouched(draw_done_dialog(answered_there))) is Closing.ANSWERED
    assert (
        read_closing(untouched(draw_close_pile_dialog(CLOSINGS["close pile, the same words"])))
        is Closing.SPAM
    )
    assert read_closing({}) is None


def test_a_person_and_a_moment_come_back() -> None:
    values = untouched(draw_hand_over_dialog(OPEN))
    assert read_person(values) is None
    values["person"][INPUT]["selected_user"] = "U0TOM"
    assert read_person(values) == "U0TOM"
    values = untouched(draw_expected_dialog(SPIKE))
    assert read_until(values) is None
    values["until"][INPUT]["selected_date_time"] = 1796000000
    assert read_until(values) == datetime.fromtimestamp(1796000000, UTC)


JUNK = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5)),
    lambda inner: st.dictionaries(
        st.sampled_from([INPUT, "value", "selected_option", "selected_user", "selected_date_time"]),
        inner,
        max_size=2,
    ),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["text", "alt", "closing", "person", "until"]), JUNK, max_size=3))
def test_garbage_does_no_harm(values: dict[str, Any]) -> None:
    assert isinstance(read_reply(values), str)
    assert isinstance(read_description(values), str)
    assert read_closing(values) in {None, *Closing}
    assert read_person(values) is None or isinstance(read_person(values), str)
    until = read_until(values)
    assert until is None or until.tzinfo is UTC
