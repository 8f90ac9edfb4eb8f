"""The Resume dialog: every post that missed its time while paused, and what becomes of it.

"Keep" comes first and is preselected: resuming opens the gate and does nothing else, so whoever only presses Resume has
published nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.gate import ALL, DRILL
from bot.domain.posts import Fate, Seen
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.pause_screens import ResumeForm, ResumeRow
from bot.domain.shown.post_screens import GateShut, OutView
from bot.domain.shown.state_words import (
    MAY_BE_UP,
    STILL_UP,
    describe_held_back,
    describe_later,
    describe_missed,
    describe_resumed,
    name_all_but,
)
from bot.slack.ids import Dialog, Field, format_block, format_seen
from bot.slack.values.resume import format_resume
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import Block, choice_field, lines, moment_field, plain, said, words
from bot.slack.views.pause.record import name_not_stopped
from bot.slack.views.pause.sent import group_by_post, post_row
from bot.slack.views.pause.stays import draw_stays
from bot.slack.views.posts.about import about_row
from bot.slack.views.quotes import draw_about
from bot.slack.views.text import NOWHERE, Place, count, sentence, spoken, when

Fates = Mapping[Seen, tuple[Fate, datetime | None]]  # what becomes of each post, and its new time
SHOWN = 5  # posts that are still up
LEFT_TO_PEOPLE = "not marked as deleted"  # of what only a person can delete
FATES = (("Leave it missed", Fate.KEEP), ("Give it a new time", Fate.MOVE), ("Kill it", Fate.KILL))


def draw_resume_dialog(
    form: ResumeForm, place: Place = NOWHERE, fates: Fates | None = None, *, begun: datetime | None = None,
    refused: str = "",
) -> Block:  # fmt: skip
    """Nothing is sent by pressing Resume. `fates`: what this person had chosen at `begun`, or just now, when it was
    `refused`."""
    drawn = [said(f"*{sentence(refused)}* Your choices are kept.")] if refused else []
    drawn += draw_begun(begun, "to choose", "nothing was resumed", place)
    drawn += [said(_asked(form)), said(_later(form, place)), *_left(form, place)]
    drawn += [said(describe_held_back(form.held_back))] if form.held_back else []
    drawn += draw_stays(form.stays, place)
    for row in form.rows:
        drawn += _row(row, place, form, (fates or {}).get(row.seen))
    if form.more:
        drawn.append(said(f"… and {form.more} more that stay missed, each with its card."))
    return {
        "type": "modal",
        "callback_id": Dialog.RESUME.value,
        "private_metadata": format_resume(form.scope, form.epoch),
        "title": plain("DRILL: resume" if form.scope == DRILL else "Resume publishing", 24),
        "close": plain("Cancel", 24),
        "submit": plain("Resume", 24),
        "blocks": keep_typed(drawn),
    }


def draw_resumed_dialog(title: str | None, stays: Sequence[GateShut], place: Place = NOWHERE) -> Block:
    """The private answer where something stays paused. `title`: of the account that was resumed; None: everything."""
    ended = describe_resumed(title, all_shut=any(gate.account is None for gate in stays))
    told = said(f"*{spoken(ended, 90)}.*")
    return {
        "type": "modal",
        "callback_id": Dialog.NOTICE.value,
        "title": plain("Resumed", 24),
        "close": plain("Close", 24),
        "blocks": [told, *draw_stays(stays, place)],
    }


def _asked(form: ResumeForm) -> str:
    everything = f"Resume {name_all_but([spoken(one.scope, 60) for one in form.stays])}."
    one = "DRILL: resume publishing." if form.scope == DRILL else f"Resume {spoken(form.title, 60)}."
    which = everything if form.scope == ALL else one
    missed = len(form.rows) + form.more
    late = " Nothing is sent late unless you say so." if missed else ""
    return f"*{which}* {describe_missed(missed, form.decided)}{late}"


def _row(
    row: ResumeRow, place: Place, form: ResumeForm, chosen: tuple[Fate, datetime | None] | None = None
) -> list[Block]:
    """Its line, what becomes of it, and the time it gets if it gets a new one."""
    seen = format_seen(row.seen)
    fate, slot = chosen or (Fate.KEEP, None)
    name = name_post_by_words(row.text, row.number)
    zone = f" It is in your own time zone; the team's is {form.zone}." if form.away else ""
    return [
        draw_about(about_row(row), place),
        choice_field(format_block(Field.FATE, seen), f"What should happen to {name}?", FATES, fate),
        moment_field(
            format_block(Field.MOVE_TO, seen),
            f"New time for {name}",
            slot or row.suggested,
            hint=f"Only for “Give it a new time”.{zone}",
            optional=True,
        ),
    ]


def _later(form: ResumeForm, place: Place) -> str:
    return describe_later(form.later, form.again, when(form.first_later, place) if form.first_later else "")


def _left(form: ResumeForm, place: Place) -> list[Block]:
    """What the pause left undone outside: nobody has said that it is stopped, or gone."""
    drawn = [lines(name_not_stopped(form.not_stopped))] if form.not_stopped else []
    drawn += _posts(STILL_UP, [one for one in form.still_up if one.state is State.SENT], place)
    drawn += _posts(MAY_BE_UP, [one for one in form.still_up if one.state is not State.SENT], place)
    return drawn


def _posts(title: str, out: Sequence[OutView], place: Place) -> list[Block]:
    posts = group_by_post(out)
    rows = [
        post_row(group, place, outcomes=title == MAY_BE_UP, ask=LEFT_TO_PEOPLE) for group in posts[:SHOWN]
    ]
    rows += [[words(f"and {count(len(posts) - SHOWN, 'more post')}")]] if len(posts) > SHOWN else []
    return [lines([words(title, bold=True)], *rows)] if rows else []
