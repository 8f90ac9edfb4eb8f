"""A plan that somebody dropped: what it is, what it leaves open, what would come in; and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.shown.plan_screens import PlanDone, PlanLook
from bot.slack.ids import Act
from bot.slack.values.plan import format_page
from bot.slack.views.blocks import (
    Block,
    Message,
    Part,
    actions,
    bullets,
    button,
    fit,
    lines,
    said,
    small,
    words,
)
from bot.slack.views.text import Place, cut, escaped, list_and, spoken, when
from bot.slack.views.text import until as write_until

NOT_APPROVED = "Imported posts still need approval."
AS_DRAFTS = "They come in as drafts of yours. Nothing is published before a full member schedules them."
LOOKING = "Byhand is looking at it again."
IMPORTING = "It is being imported."
CANCELLED = "Nothing was imported. Drop the file again to import it."
DESCRIBE_UNTIL = "You can describe them here until {until}; after that, edit each post."
ROWS_UNTIL = "Show all rows works until {until}."
FORGOTTEN = (
    "Nothing of it was imported, and Byhand has forgotten it: nobody pressed anything for a week. "
    "Drop the file again to import it."
)


def draw_plan(look: PlanLook, place: Place) -> Message:
    """To its person, by direct message."""
    title = cut(f"{look.name}: {look.found}" if look.found else look.name, 300)
    counts = " · ".join(_counts(look))

    def draw(room: Any) -> list[Block]:
        drawn = [lines([words(title, bold=True)])]
        drawn += [said(escaped(look.before, 300))] if look.before else []
        drawn += [said(escaped(" ".join(look.answers), 600))] if look.answers and not look.asked else []
        drawn += [bullets("Please answer first:", look.asked)] if look.asked else []
        drawn += [said(counts)] if counts and not look.asked else []
        drawn += [bullets("To fix:", look.problems, room.rows)] if look.problems else []
        drawn += [bullets("Please note:", look.notes, room.groups)] if look.notes else []
        pressed = _buttons(look)
        drawn += [actions(*pressed)] if pressed else []
        return [
            *drawn,
            small(f"{look.times} {_last_line(look)}".strip()),
            *_draw_until(_say_until(look), look.until, place),
        ]

    return Message(escaped(title, 300), fit(draw))


def _counts(look: PlanLook) -> list[str]:
    counted = [_count(look.good, "good row")] if look.found else []
    counted += [f"{_count(len(look.problems), 'problem')} to fix"] if look.problems else []
    counted += [f"{look.known:,} already here"] if look.known else []
    return counted


def _buttons(look: PlanLook) -> list[Part]:
    """Import and Cancel where there is something to import; Show all rows where there are any."""
    rows = [_rows_button(look.value)] if look.found and not look.asked else []
    if look.questions.any:
        spoken = "Answer what the plan leaves open"
        first = button(Act.ANSWER_PLAN, "Answer…", look.value, spoken, style="primary")
    elif look.good:
        posts = _count(look.good, "draft" if look.as_drafts else "post")
        text = f"Import the {_count(look.good, 'good row')}" if look.problems else f"Import {posts}"
        first = button(Act.IMPORT_PLAN, text, look.value, f"{text} of this plan", style="primary")
    else:
        return rows
    if look.answers and not look.questions.any:
        rows.append(button(Act.ANSWER_PLAN, "Change…", look.value, "Change what you answered"))
    return [first, *rows, button(Act.CANCEL_PLAN, "Cancel", look.value, "Import nothing of this plan")]


def _rows_button(value: str) -> Part:
    return button(Act.PLAN_ROWS, "Show all rows", format_page(value, 0), "Show all rows of this plan")


def _last_line(look: PlanLook) -> str:
    if look.questions.any or look.good:
        return AS_DRAFTS if look.as_drafts else NOT_APPROVED
    if look.problems:
        return "Nothing was imported. Fix the file, and drop it again."
    return "Nothing was imported: there is nothing new in it."


def _say_until(look: PlanLook) -> str:
    """With {until} or {by} for the moment. "": it has no buttons."""
    if look.questions.any or look.good:
        return "Import it by {by}; after that, drop the file again."
    return ROWS_UNTIL if look.found and not look.asked else ""


def _draw_until(told: str, until: datetime | None, place: Place) -> list[Block]:
    return (
        [small(told.format(until=when(until, place), by=write_until(until, place)))] if told and until else []
    )


def draw_plan_waiting(name: str, sentence: str) -> Message:
    """The same message while nothing can be pressed, or when it is over."""
    told = f"{cut(name, 100)}: {sentence}"
    return Message(escaped(told, 300), [lines([words(cut(name, 300), bold=True)]), said(sentence)])


def draw_plan_done(done: PlanDone, place: Place) -> Message:
    told = f"{cut(done.name, 100)}: {cut(done.sentence, 200)}"
    pressed: list[Part] = []
    if done.undescribed and done.until:
        text = (
            "Describe the image" if done.undescribed == 1 else f"Describe the images ({done.undescribed:,})"
        )
        spoken = "Write the alt texts that are missing"
        pressed.append(button(Act.DESCRIBE_PLAN, text, done.value, spoken, style="primary"))
    if done.problems and done.until:
        pressed.append(_rows_button(done.value))

    def draw(room: Any) -> list[Block]:
        drawn = [lines([words(told, bold=True)])]
        drawn += _say_where(done, place)
        drawn += [bullets("Left out:", done.problems, room.rows)] if done.problems else []
        if done.undescribed:
            have = "1 image has" if done.undescribed == 1 else f"{done.undescribed:,} images have"
            drawn.append(said(f"{have} no alt text. Without it their posts cannot be approved."))
        drawn += [actions(*pressed)] if pressed else []
        drawn.append(small(AS_DRAFTS if done.as_drafts else NOT_APPROVED))
        if done.undescribed and not done.until:
            return [
                *drawn,
                small("Byhand has forgotten this plan: to add the alt texts, edit each post."),
            ]
        until = DESCRIBE_UNTIL if done.undescribed else ROWS_UNTIL
        return [*drawn, *(_draw_until(until, done.until, place) if pressed else [])]

    return Message(escaped(told, 300), fit(draw))


def _say_where(done: PlanDone, place: Place) -> list[Block]:
    """ "Mastodon and Bluesky, from tomorrow at 10:00 to Friday at 09:00. /social upcoming lists them." """
    if not done.titles:
        return []
    if done.first is None or done.last is None:
        days, where = "", "Home"
    else:
        days, where = f", {when(done.first, place)}", "Home" if done.as_drafts else "`/social upcoming all`"
        if done.last != done.first:
            days = f", from {when(done.first, place)} to {when(done.last, place)}"
    return [said(f"{spoken(list_and(done.titles))}{days}. {where} lists them.")]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
