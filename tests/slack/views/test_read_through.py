"""The message that asks approvers for the words of posts, and the dialog in which they read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.posts import Status
from bot.domain.shown.approval_requests import ReadThrough, RequestRow, RequestView, WantedChange
from bot.slack.values.read_through import Page
from bot.slack.views.posts.read_through import draw_read_through, draw_request, draw_want_change
from tests.slack.limits import check_message, check_view
from tests.slack.rendering import render_message, render_view
from tests.slack.views.samples import (
    APPROVERS,
    BY_TOM_EARLY,
    CARDS,
    MAYA,
    NO_ALT,
    NOW,
    PLACE,
    PLANNED,
    TOM,
    WAITING,
    ago,
)

NEEDS = replace(PLANNED, approvals=0, needed=1)
DONE = replace(NEEDS, number=44, approvals=1)
KILLED = replace(NEEDS, number=45, status=Status.KILLED)
ASKED = RequestView(
    "r1", NOW, MAYA, ago(9),
    (RequestRow(NEEDS, False, True), RequestRow(DONE, True, True), RequestRow(KILLED, False, False)),
    (APPROVERS,),
)  # fmt: skip
REQUESTS = {
    "three posts": ASKED,
    "two approvals each": replace(
        ASKED, rows=(RequestRow(replace(NEEDS, approvals=1, needed=2), False, True),)
    ),
    "a change was asked for": replace(ASKED, rows=(RequestRow(NEEDS, False, True, True),)),
    "one to be fixed first": replace(
        ASKED, rows=(RequestRow(replace(NEEDS, fix=(NO_ALT.sentence,)), False, True),)
    ),
    "both approved": replace(ASKED, rows=(RequestRow(DONE, True, True),) * 2),
    "all done": replace(ASKED, rows=(RequestRow(DONE, True, True), RequestRow(KILLED, False, False))),
    "forty": replace(ASKED, rows=(RequestRow(NEEDS, False, True),) * 40),
}
FIX_FIRST = RequestRow(replace(NEEDS, fix=(NO_ALT.sentence,)), False, True)
CARD = replace(WAITING, status=Status.SCHEDULED)
PAGE = ReadThrough("r1", 1, 3, CARD, True)
DIALOGS: dict[str, Callable[[], dict[str, Any]]] = {
    "first": partial(draw_read_through, replace(PAGE, place=0), PLACE),
    "in the middle": partial(draw_read_through, PAGE, PLACE),
    "begun in the middle": partial(draw_read_through, replace(PAGE, begins=True), PLACE),
    "begun behind one to be fixed": partial(draw_read_through, replace(PAGE, begins=True, to_fix=1), PLACE),
    "begun behind two to be fixed": partial(
        draw_read_through, replace(PAGE, place=2, begins=True, to_fix=2), PLACE
    ),
    "last, approved already": partial(
        draw_read_through,
        replace(
            PAGE, place=2, card=replace(CARD, approvals=(BY_TOM_EARLY,)), may_approve=False,
            why_not="You have approved its words.",
        ),
        PLACE,
    ),
    "to be fixed": partial(
        draw_read_through,
        replace(
            PAGE, card=replace(CARDS["waiting, different texts, images"], objections=(NO_ALT,)), may_approve=False,
            why_not="To be fixed before it can be approved: The image has no alt text.",
        ),
        PLACE,
    ),
    "a change was asked for": partial(
        draw_read_through, replace(PAGE, wanted=WantedChange(TOM, ago(3), "*Rye* is sold out")), PLACE
    ),
    "behind the last": partial(draw_read_through, ReadThrough("r1", 3, 3, None, approved=3), PLACE),
    "behind the last, one is left": partial(
        draw_read_through, ReadThrough("r1", 3, 3, None, approved=2, left=(FIX_FIRST,)), PLACE
    ),
    "a change": partial(draw_want_change, Page("r1", 1, CARD.seen), CARD, "", None, PLACE),
}  # fmt: skip


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_request(REQUESTS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs(name: str, snapshot: SnapshotAssertion) -> None:
    view = DIALOGS[name]()
    check_view(view)
    assert render_view(view) == snapshot
