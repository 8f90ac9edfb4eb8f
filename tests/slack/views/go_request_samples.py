"""Posts of the same hour that ask for a Go: the message and the pages of its dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain.go_requests import Opened
from bot.domain.posts import Seen, Status
from bot.domain.shown.approval_requests import GoPage, GoRequestView, GoRow
from bot.domain.shown.inbox_screens import ComplaintsView
from bot.domain.shown.post_screens import Ended, PostCard
from bot.slack.views.posts.go_request import draw_go_page
from tests.slack.views.samples import (
    HOLIDAY,
    MAYA,
    NO_ALT,
    PAUSE,
    PLACE,
    SIMILAR,
    SLOT,
    STILL_RIGHT,
    TOM,
    ago,
)


def make_row(number: int, minutes: int, text: str = "Rye is back", **changes: Any) -> GoRow:
    """Of a post with its slot so many minutes after nine."""
    slot, seen = SLOT + timedelta(minutes=minutes), Seen(f"01hzx4q6v8k2m00000000000{number}", 1, "0a1b2c3d")
    accounts = (replace(STILL_RIGHT.accounts[0], text=text),)
    card: PostCard = replace(
        STILL_RIGHT, seen=seen, number=number, slot=slot, decide_by=slot, accounts=accounts, approvers=(MAYA,),
        names=((TOM, "Tom"), (MAYA, "Maya")), **{"have": 1, **changes},
    )  # fmt: skip
    return GoRow(card, slot, Opened(seen, "4d5e6f70"), card.can_go)


RYE, SPELT, CAKE = (
    make_row(42, 0),
    make_row(43, 5, "Spelt rolls from eight"),
    make_row(44, 45, "A cake for your birthday"),
)
COMPLAINTS = (ComplaintsView("Mastodon", 12, ago(14), ("C0SOCIAL", "1.5")),)
PAUSED = Ended("paused publishing", MAYA, ago(20), (TOM,))
_LONG = replace(SIMILAR, sentence="Nearly the same & *more* <!channel> " * 40)
MUCH: dict[str, Any] = {"objections": (_LONG,) * 5, "complaints": COMPLAINTS * 5, "ended": PAUSED}
ASKED = GoRequestView("g1", (RYE, SPELT, CAKE), (MAYA,))
MESSAGES: dict[str, GoRequestView] = {
    "three posts": ASKED,
    "two of the same minute": replace(ASKED, rows=(RYE, make_row(43, 0, "Spelt rolls from eight"))),
    "what happened since": replace(
        ASKED,
        rows=(
            make_row(42, 0, complaints=COMPLAINTS),
            make_row(43, 5, ended=PAUSED, approver_says_go=True),
            make_row(44, 45, approver_says_go=True),
        ),
    ),
    "what there is to check": replace(
        ASKED, rows=(make_row(42, 0, objections=(SIMILAR, HOLIDAY)), make_row(43, 5), make_row(44, 45))
    ),
    "ten with all there can be": replace(
        ASKED, rows=tuple(make_row(50 + each, each, "& " * 400, **MUCH) for each in range(10))
    ),
    "some decided": replace(
        ASKED,
        rows=(
            RYE,
            make_row(43, 5, status=Status.APPROVED),
            make_row(44, 10, status=Status.HELD),
            make_row(45, 15, asks_go=False, approvals=(), have=0),
            make_row(46, 20, objections=(NO_ALT,)),
            make_row(47, 25, status=Status.SCHEDULED),
        ),
    ),
    "one opens in a moment": replace(ASKED, rows=(RYE, replace(SPELT, asks=False, soon=True))),
    "one is left": replace(ASKED, rows=(RYE, make_row(43, 5, status=Status.KILLED))),
    "all after a pause": replace(
        ASKED,
        rows=(make_row(42, 0, ended=PAUSED, approver_says_go=True), make_row(43, 5, approver_says_go=True)),
    ),
    "one of two is paused": replace(ASKED, rows=(RYE, make_row(43, 5, gate=PAUSE))),
    "paused": replace(ASKED, rows=(make_row(42, 0, gate=PAUSE), make_row(43, 5, gate=PAUSE)), called=()),
    "all decided": replace(
        ASKED, rows=(make_row(42, 0, status=Status.APPROVED), make_row(43, 5, status=Status.KILLED)), called=()
    ),
    "ten with long words": replace(
        ASKED, rows=tuple(make_row(50 + each, each, "Bread & *more* <!channel> " * 40) for each in range(10))
    ),
}  # fmt: skip
PAGE = GoPage("g1", (RYE, SPELT, CAKE), 0, (RYE.now,))
EVERY = (RYE.now, SPELT.now, CAKE.now)
DIALOGS: dict[str, Callable[[], dict[str, Any]]] = {
    "Go, first": partial(draw_go_page, PAGE, PLACE),
    "Go, last": partial(draw_go_page, replace(PAGE, place=2), PLACE),
    "Go, after a pause, to whoever is no approver": partial(
        draw_go_page,
        replace(
            PAGE, rows=(make_row(42, 0, ended=PAUSED, approver_says_go=True), SPELT), place=0,
            why_not="There was a pause since its words were approved, so only an approver can say Go: Tom.",
        ),
        PLACE,
    ),
    "Go, complaints since": partial(
        draw_go_page, replace(PAGE, rows=(make_row(42, 0, complaints=COMPLAINTS), SPELT)), PLACE
    ),
    "Go, decided meanwhile": partial(
        draw_go_page,
        replace(
            PAGE, rows=(make_row(42, 0, status=Status.APPROVED), SPELT), why_not="It was approved by Tom at 08:11."
        ),
        PLACE,
    ),
    "Go for all": partial(draw_go_page, replace(PAGE, place=3, opened=EVERY), PLACE),
    "Go for all, one is left": partial(
        draw_go_page,
        replace(PAGE, rows=(RYE, make_row(43, 5, status=Status.APPROVED)), place=2, opened=EVERY),
        PLACE,
    ),
    "Go for all, two not opened": partial(draw_go_page, replace(PAGE, place=3), PLACE),
    "Go for all, refused": partial(
        draw_go_page,
        replace(
            PAGE, place=3, opened=EVERY[:2],
            refused="No Go was said. “Rye at noon” has changed since you opened it. Tom changed it at 08:13.",
        ),
        PLACE,
    ),
    "Go for all, done": partial(
        draw_go_page,
        replace(
            PAGE, rows=(make_row(42, 0, status=Status.APPROVED), make_row(43, 5, status=Status.APPROVED)), place=2
        ),
        PLACE,
    ),
}  # fmt: skip
