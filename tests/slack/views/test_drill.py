"""The screens of a drill: each begins with DRILL, so that nobody takes a rehearsal for the worst day."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.gate import DRILL
from bot.domain.kinds import LineType
from bot.domain.pause.drill import Step
from bot.domain.shown.pause_screens import DrillQuestion, DrillView, StepView
from bot.domain.shown.post_screens import AccountView, PostCard, ThreadLine
from bot.slack.views.blocks import Message
from bot.slack.views.pause import drill
from bot.slack.views.pause.banner import draw_banner
from bot.slack.views.pause.lists import draw_lists_dialog
from bot.slack.views.pause.resume import draw_resume_dialog
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.posts.lines import draw_thread_line
from tests.backend import team
from tests.slack.limits import check_message, walk
from tests.slack.rendering import render_message
from tests.slack.views.pause_samples import OUT, RESUMES, RUNNING
from tests.slack.views.samples import APPROVERS, CARDS, MAYA, NOW, PLACE, TOM

BANNER, SUMMARY = ("C0SOCIAL", "1700000000.000200"), ("C0SOCIAL", "1700000000.000900")


def steps(*done: tuple[Step, float, tuple[str, ...]]) -> tuple[StepView, ...]:
    """All of them; those that are done with their seconds and people."""
    known = {step: (seconds, by, nth) for nth, (step, seconds, by) in enumerate(done, 1)}
    return tuple(
        StepView(step, known[step][1], timedelta(seconds=known[step][0]), known[step][2])
        if step in known
        else StepView(step, (), None)
        for step in Step
    )


FIRST = (Step.PAUSE, 75, (MAYA,))
DOWN = (Step.TAKE_DOWN, 30, (TOM,))
TICKED = (Step.ELSEWHERE, 125, (MAYA, TOM))
BEGUN = DrillView(
    by=MAYA, at=NOW, posts=3, steps=steps(), ends_at=NOW + timedelta(minutes=30), changed_at=None,
    banner=None, ended_at=None, ended_by=None, why=None,
)  # fmt: skip
PAUSED = replace(BEGUN, steps=steps(FIRST), banner=BANNER)
OVER = replace(
    PAUSED, steps=steps(FIRST, DOWN, TICKED, (Step.RESUME, 60, (TOM,))),
    changed_at=NOW + timedelta(seconds=78), ended_at=NOW + timedelta(seconds=290), ended_by=TOM, why="resumed",
)  # fmt: skip
EXPIRED = replace(PAUSED, ended_at=NOW + timedelta(minutes=30), why="30 minutes were over")
DRILLS = {
    "begun": BEGUN,
    "begun, one post": replace(BEGUN, posts=1),
    "paused, its banner not up yet": replace(PAUSED, banner=None),
    "paused": PAUSED,
    "taken down": replace(PAUSED, steps=steps(FIRST, DOWN)),
    "ticked off": replace(PAUSED, steps=steps(FIRST, DOWN, TICKED)),
    "taken down before the pause": replace(BEGUN, steps=steps(DOWN)),
    "over, its summary is up": replace(OVER, summary=SUMMARY),
}
OVERS = {
    "resumed": OVER,
    "within a second": replace(
        OVER, steps=steps(*((step, 0, (TOM,)) for step in Step)), changed_at=NOW, ended_at=NOW
    ),
    "taken down before anybody paused, then stopped": replace(
        PAUSED,
        steps=steps((Step.TAKE_DOWN, 10, (TOM,)), (Step.PAUSE, 75, (MAYA,))),
        ended_by=TOM,
        why="stopped",
        ended_at=NOW + timedelta(seconds=100),
    ),
    "resumed at once": replace(
        OVER, steps=steps(FIRST, (Step.RESUME, 5, (TOM,))), ended_at=NOW + timedelta(seconds=80)
    ),
    "nobody noticed": replace(EXPIRED, steps=steps(), banner=None),
    "nobody finished": EXPIRED,
    "stopped": replace(PAUSED, ended_at=NOW + timedelta(minutes=2), ended_by=MAYA, why="stopped"),
    "a real pause": replace(
        BEGUN, by=TOM, ended_at=NOW + timedelta(minutes=1), ended_by=MAYA, why="a real pause"
    ),
    "of an older Byhand": replace(
        BEGUN, steps=steps(FIRST), ended_at=NOW + timedelta(minutes=2), why="every card has changed"
    ),
}
ASKED = DrillQuestion("-", "C0SOCIAL", (APPROVERS, TOM), 3)
ANSWERS: dict[str, Callable[[], Message]] = {
    "question": lambda: drill.draw_question(ASKED),
    "question, a second drill and no approvers": lambda: drill.draw_question(
        replace(ASKED, newest="0drill", approvers=())
    ),
    "begun": lambda: drill.draw_begun("C0SOCIAL"),
    "paused": drill.draw_paused,
    "stopped": drill.draw_stopped,
}
LINES: dict[str, dict[str, object]] = {
    "paused": {"step": "pause", "by": [MAYA], "took": 75.2, "next": "take_down"},
    "taken down": {"step": "take_down", "by": [TOM], "took": 30, "next": "elsewhere"},
    "ticked off": {"step": "elsewhere", "by": [MAYA, TOM], "took": 125, "next": "resume"},
    "two at once, the first": {"step": "pause", "by": [MAYA], "took": 75, "next": None},
    "of a newer Byhand": {"step": "statement", "by": None, "took": "long", "next": 4},
}
OUT_IN_IT = replace(OUT, title="DRILL", of_drill=True)
ON = replace(RUNNING, account=DRILL, scope="DRILL", reason="the oven burns", went_out=(OUT_IN_IT,))
PAUSES = {
    "running": ON,
    "running, no reason, no approvers": replace(ON, reason=None, approvers=()),
    "over": replace(ON, ended_at=NOW, ended_by=TOM, summary=(("moved", 1), ("kept", 0), ("killed", 0))),
}
ACCOUNT = AccountView("drill", "DRILL (pretend network)", "DRILL. Sunny morning!", 28, 500, "characters")


def drill_posts() -> dict[str, PostCard]:
    """Cards of a drill's posts: like any other's, on an account that says what it is."""

    def of_drill(card: PostCard) -> PostCard:
        return replace(card, accounts=(ACCOUNT,), written_by=None, label="")

    return {
        "post, waiting": of_drill(CARDS["waiting"]),
        "post, paused": of_drill(CARDS["paused"]),
        "post, over": replace(
            of_drill(CARDS["killed"]), status_by=None, reason="The drill is over.", drill_over=True
        ),
        "post, that had gone out": of_drill(CARDS["published"]),
        "post, that had gone out, over": replace(of_drill(CARDS["published"]), drill_over=True),
        "post, that was waiting, over": replace(of_drill(CARDS["waiting"]), drill_over=True),
    }


@pytest.mark.parametrize("name", DRILLS)
def test_drill(name: str, snapshot: SnapshotAssertion) -> None:
    message = drill.draw_card(DRILLS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str, snapshot: SnapshotAssertion) -> None:
    message = ANSWERS[name]()
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", drill_posts())
def test_card(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_post_card(drill_posts()[name], PLACE)
    check_message(message)
    assert "DRILL" in message.text, "phones show this line alone"
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", OVERS)
def test_summary(name: str, snapshot: SnapshotAssertion) -> None:
    message = drill.draw_summary(OVERS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", OVERS)
def test_the_times_of_a_summary_add_up(name: str) -> None:
    """Seen: the steps of a drill gave less than all of it, and "the first reaction came after 16 s": whose?"""
    drawn = render_message(drill.draw_summary(OVERS[name], PLACE)).splitlines()
    rows = [_seconds(line) for line in drawn if re.match(r"\d\. |Ended", line)]
    assert [sum(rows)] == [_seconds(line) for line in drawn if line.startswith("**DRILL is over after")]


def _seconds(line: str) -> int:
    took = re.split(r": | after ", line.strip("*"))[-1]
    minutes, seconds = (re.search(rf"(\d+) {unit}\b", took) for unit in ("min", "s"))
    return int(minutes[1] if minutes else 0) * 60 + int(seconds[1] if seconds else 0)


@pytest.mark.parametrize("name", OVERS)
def test_only_steps_have_numbers_in_a_summary(name: str) -> None:
    """Seen: "2. Stopped: 6 s later", read as that something was stopped elsewhere."""
    drawn = render_message(drill.draw_summary(OVERS[name], PLACE))
    numbered = [line.partition(":")[0][3:] for line in drawn.splitlines() if re.match(r"\d\. ", line)]
    assert set(numbered) <= set(drill.NAMES.values())


@pytest.mark.parametrize("name", OVERS)
def test_a_summary_says_each_thing_once(name: str) -> None:
    """Seen: "@Tom paused 4 s after it began." and below it "1. Pause: after 4 s, by @Tom"."""
    drawn = render_message(drill.draw_summary(OVERS[name], PLACE)).partition("\n\n")[2]
    assert len(re.findall(r"\bpaused\b|Pause|a real pause", drawn)) == 1
    assert len(re.findall("(?i)stopped", drawn)) <= 1
    assert "In all" not in drawn, "its heading says so"


def test_whoever_is_to_pause_in_a_drill_is_warned_of_the_real_one() -> None:
    """Until it is paused; a habit would pause for real."""
    begun, paused = (render_message(drill.draw_card(DRILLS[name], PLACE)) for name in ("begun", "paused"))
    assert "`/social pause` is the real one and ends the drill." in begun
    assert "the real one" not in paused
    assert "the real one" in ANSWERS["begun"]().text


def questions(message: Message) -> list[tuple[str, str]]:
    """Of its buttons: title and text."""
    asked = [
        each["confirm"] for _, each, _ in walk(message.blocks) if "action_id" in each and each.get("confirm")
    ]
    return [(ask["title"]["text"], ask["text"]["text"]) for ask in asked]


def test_each_question_of_a_drill_says_so() -> None:
    """Seen: its [Take down] said "nobody can bring it back there", and not that it was a drill."""
    drawn = {f"pause: {name}": draw_banner(view, PLACE) for name, view in PAUSES.items()}
    drawn |= {name: draw_post_card(card, PLACE) for name, card in drill_posts().items()}
    asked = [question for message in drawn.values() for question in questions(message)]
    downs = [text for title, text in asked if title == "DRILL: take it down?"]
    assert downs
    assert all("In this drill nothing real is deleted." in text for text in downs)
    assert [title for title, _ in asked if not title.startswith("DRILL: ")] == []


def test_each_dialog_of_a_drill_says_so() -> None:
    for made in (draw_resume_dialog(RESUMES["a drill"], PLACE), draw_lists_dialog(ON, PLACE)):
        assert str(made["title"]["text"]).startswith("DRILL: ")


def draw_line(name: str) -> Message:
    return draw_thread_line(ThreadLine(LineType.DRILL_STEP, NOW, LINES[name]), PLACE)


@pytest.mark.parametrize("name", LINES)
def test_line(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_line(name)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", PAUSES)
def test_banner(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_banner(PAUSES[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


def everything() -> dict[str, Message]:
    """All that a drill says in the channel, but for its posts' cards."""
    drawn = {f"card: {name}": drill.draw_card(view, PLACE) for name, view in (DRILLS | OVERS).items()}
    drawn |= {f"summary: {name}": drill.draw_summary(view, PLACE) for name, view in OVERS.items()}
    drawn |= {f"pause: {name}": draw_banner(view, PLACE) for name, view in PAUSES.items()}
    return drawn | {f"line: {name}": draw_line(name) for name in LINES}


@pytest.mark.parametrize("name", everything())
def test_the_line_phones_show_says_drill_first(name: str) -> None:
    assert everything()[name].text.startswith("DRILL")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_says_drill_first(name: str) -> None:
    assert ANSWERS[name]().text.startswith("DRILL")


def pressable(message: Message) -> list[str]:
    kinds = ("button", "overflow")
    return [str(each.get("action_id")) for _, each, _ in walk(message.blocks) if each.get("type") in kinds]


def test_nothing_of_it_is_pressed_but_what_is_pressed_on_the_day() -> None:
    """Its own messages have no button; the pause's and the posts' have theirs, until it is over."""
    found = {name for name, message in everything().items() if pressable(message)}
    assert found == {"pause: running", "pause: running, no reason, no approvers"}
    assert pressable(drill.draw_question(ASKED)) == ["start_drill"]


@pytest.mark.parametrize("name", CARDS)
def test_no_card_of_any_state_can_be_pressed_once_it_is_over(name: str) -> None:
    assert pressable(draw_post_card(replace(CARDS[name], drill_over=True), PLACE)) == []


def test_the_drills_resume_names_its_pause() -> None:
    """Else the button of an old drill's banner would open the dialog of the next drill."""
    values = [each["value"] for _, each, _ in walk(draw_banner(ON, PLACE).blocks) if each.get("value")]
    assert f"{DRILL} {ON.pause_id}" in values


def test_the_pretend_account_is_called_what_cards_call_it() -> None:
    assert team().title_of(DRILL) == ACCOUNT.title
