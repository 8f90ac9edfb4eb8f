"""What is shown of a plan that somebody dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain.posts import Seen
from bot.domain.shown.plan_screens import DescribeForm, PlanDone, PlanLook, PlanPage, PlanQuestions, PlanRow
from bot.domain.shown.post_screens import ImageView
from bot.slack.views.blocks import Message
from bot.slack.views.plan_dialogs import draw_describe, draw_described, draw_plan_rows
from bot.slack.views.plans import FORGOTTEN, IMPORTING, draw_plan, draw_plan_done, draw_plan_waiting
from tests.slack.views.samples import NOW, PLACE

PLAN = "0123456789abcdef"
OVER = 'line 9, Posting Time: "2020-01-01 10:00" is in the past. Give it a time to come, or none for a draft.'
LOOK = PlanLook(
    "december.csv", "42 posts from Buffer", PLAN,
    PlanQuestions(), (), (OVER,), ("the file: 2 rows without a time come in as drafts.",), 40, 1,
    until=NOW + timedelta(days=7), times="Times that name no zone are Berlin time.",
)  # fmt: skip
ASKED = replace(
    LOOK, questions=PlanQuestions(accounts=True), problems=(), notes=(),
    asked=("Which accounts are these posts for? The file does not say.",),
)  # fmt: skip
DONE = PlanDone(
    "december.csv",
    "40 posts imported, 1 already here, 1 problem left out.",
    PLAN,
    (OVER,),
    3,
    until=LOOK.until,
    titles=("Mastodon", "Bluesky"),
    first=NOW + timedelta(days=1),
    last=NOW + timedelta(days=9),
)
MESSAGES: dict[str, Callable[[], Message]] = {
    "plan": partial(draw_plan, LOOK, PLACE),
    "plan, something to answer": partial(draw_plan, ASKED, PLACE),
    "plan, answered": partial(draw_plan, replace(LOOK, answers=("For Mastodon and Bluesky.",)), PLACE),
    "plan, of a contributor": partial(draw_plan, replace(LOOK, problems=(), as_drafts=True), PLACE),
    "plan, not imported as it was shown": partial(
        draw_plan, replace(LOOK, before="Nothing was imported: 1 problem to fix first."), PLACE
    ),
    "plan, being imported": partial(draw_plan_waiting, "december.csv", IMPORTING),
    "plan, imported": partial(draw_plan_done, DONE, PLACE),
    "plan, nothing new": partial(draw_plan, replace(LOOK, problems=(), notes=(), good=0), PLACE),
    "plan, forgotten": partial(draw_plan_waiting, "december.csv", FORGOTTEN),
    "plan, imported and forgotten": partial(draw_plan_done, replace(DONE, until=None), PLACE),
    "plan, one image": partial(draw_plan_done, replace(DONE, problems=(), undescribed=1), PLACE),
}
ROWS = (
    PlanRow(2, NOW + timedelta(days=7), ("Mastodon", "Bluesky"), "We baked 400 loaves for the food bank", 2),
    PlanRow(3, None, (), "Some day"),
    PlanRow(4, NOW + timedelta(days=8), ("Mastodon",), "", 1, known=True),
)
PAGE = PlanPage("december.csv", PLAN, (OVER,), ROWS, 1, 3, 81, 23, NOW)
FORM = DescribeForm(
    PLAN, Seen("p1", 3, "0123abcd"), 12, "We baked 400 loaves", ("Mastodon", "Bluesky"), NOW + timedelta(days=7),
    ((2, ImageView("a" * 64, "", "F0LOAF", "640 x 480 px")), (3, ImageView("b" * 64, "", None, "64 x 48 px"))),
    3, last=False,
)  # fmt: skip
AGAIN = replace(
    FORM, last=True, typed=(("a" * 64, "A wall of loaves"),),
    told=("Tom saved version 4 of this post while you were typing.",),
)  # fmt: skip
DIALOGS: dict[str, Callable[[], dict[str, Any]]] = {
    "plan, all rows": partial(draw_plan_rows, PAGE, PLACE),
    "plan, images to describe": partial(draw_describe, FORM, PLACE),
    "plan, begun before": partial(draw_describe, replace(AGAIN, told=(), begun=NOW), PLACE),
    "plan, saved meanwhile": partial(draw_describe, AGAIN, PLACE),
    "plan, described": partial(draw_described, ["Tom described it."], "Done."),
}
