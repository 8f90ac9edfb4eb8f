"""A plan that somebody dropped: what it is, what it leaves open, what would come in; and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.shown.plan_screens import PlanDone, PlanLook, PlanQuestions
from bot.slack.ids import INPUT, Act, Dialog, Field
from bot.slack.views.blocks import (
    Block,
    Message,
    actions,
    bullets,
    button,
    files_field,
    fit,
    lines,
    plain,
    said,
    several_field,
    small,
    words,
)
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.text import cut, escaped

View = dict[str, Any]

KINDS = ("csv", "zip")
VALUE = 2000  # characters that a button carries
TITLE, LOOK = "Import a plan", "Look at it"
DAY_FIRST, MONTH_FIRST = "day", "month"
NOT_APPROVED = "Nothing that comes in is approved: each card asks before its slot."


def draw_plan(look: PlanLook) -> Message:
    """To its person, by direct message."""
    title = cut(f"{look.name}: {look.found}" if look.found else look.name, 300)
    counts = " · ".join(_counts(look))

    def draw(room: Any) -> list[Block]:
        drawn = [lines([words(title, bold=True)])]
        drawn += [bullets("Please answer first:", look.asked)] if look.asked else []
        drawn += [said(counts)] if counts and not look.asked else []
        drawn += [bullets("To fix:", look.problems, room.rows)] if look.problems else []
        drawn += [bullets("Good to know:", look.notes, room.groups)] if look.notes else []
        pressed = _buttons(look)
        drawn += [actions(*pressed), small(NOT_APPROVED)] if pressed else [small(_why_none(look))]
        return drawn

    return Message(escaped(title, 300), fit(draw))


def _counts(look: PlanLook) -> list[str]:
    counted = [f"{look.good:,} good"] if look.found else []
    counted += [f"{_count(len(look.problems), 'problem')} to fix"] if look.problems else []
    counted += [f"{look.known:,} already here"] if look.known else []
    return counted


def _buttons(look: PlanLook) -> list[Block]:
    if len(look.value) > VALUE:
        return []
    if look.questions.any:
        pressed = [
            button(
                Act.ANSWER_PLAN, "Answer…", look.value, "Answer what the plan leaves open", style="primary"
            )
        ]
    elif look.good:
        posts = _count(look.good, "post")
        text = f"Import only the {look.good:,} good" if look.problems else f"Import {posts}"
        pressed = [button(Act.IMPORT_PLAN, text, look.value, f"{text} of this plan", style="primary")]
    else:
        return []
    return [*pressed, button(Act.CANCEL_PLAN, "Cancel", look.value, "Import nothing of this plan")]


def _why_none(look: PlanLook) -> str:
    if len(look.value) > VALUE:
        return "These are too many accounts for a button of Slack's: use byhand import at a shell."
    if look.problems:
        return "Nothing was imported. Fix the file, and drop it again."
    return "Nothing was imported: there is nothing new in it."


def draw_plan_done(done: PlanDone) -> Message:
    told = f"{cut(done.name, 100)}: {cut(done.sentence, 200)}"
    drawn = [lines([words(told, bold=True)])]
    drawn += [bullets("To fix:", done.problems)] if done.problems else []
    if done.undescribed:
        have = "image has" if done.undescribed == 1 else "images have"
        drawn.append(
            said(
                f"{done.undescribed:,} {have} no alt text. Without it their posts cannot be approved: press Edit on "
                "their cards, or open drafts on Byhand's Home."
            )
        )
    drawn += [] if done.refused else [small(NOT_APPROVED)]
    return Message(escaped(told, 300), drawn)


def draw_choose_plan() -> View:
    """[Import] on Home."""
    field = files_field(Field.PLAN, "A CSV file, or a zip of one and its images", KINDS, 1)
    told = small(
        "Byhand's own format, Buffer's, Hootsuite's, or a table of another tool. What is in it you are told by direct "
        "message; nothing is imported before you say so."
    )
    return draw_dialog(Dialog.CHOOSE_PLAN, TITLE, None, [{**field, "optional": False}, told], LOOK)


def draw_plan_questions(questions: PlanQuestions, accounts: Sequence[tuple[str, str]], value: str) -> View:
    """`accounts`: (title, key)."""
    drawn: list[Block] = []
    if questions.accounts:
        drawn.append(several_field(Field.ACCOUNTS, "Which accounts are these posts for?", accounts, ()))
    if questions.dates:
        written, day_first, month_first = questions.dates
        drawn.append(_ask_dates(f"{written} is…", ((day_first, DAY_FIRST), (month_first, MONTH_FIRST))))
    drawn.append(small("Nothing is imported yet: you are shown what would come in."))
    return {**draw_dialog(Dialog.ANSWER_PLAN, TITLE, None, drawn, LOOK), "private_metadata": value}


def _ask_dates(label: str, options: Sequence[tuple[str, str]]) -> Block:
    """None is chosen: an answer that nobody gave would be a guess."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options]
    element = {"type": "radio_buttons", "action_id": INPUT, "options": made}
    return {
        "type": "input", "block_id": Field.DATES, "label": plain(label, 2000), "element": element, "optional": False,
    }  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
