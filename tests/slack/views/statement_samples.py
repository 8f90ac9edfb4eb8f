"""Statements in every state, and the two dialogs in which they are written and released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.domain.deliveries import State
from bot.domain.posts import Seen
from bot.domain.shown.statement_screens import (
    Released,
    StatementForm,
    StatementPage,
    StatementPick,
    StatementSend,
    StatementView,
    Wanted,
)
from bot.slack.views.pause.statement_dialogs import (
    draw_pick_dialog,
    draw_release_dialog,
    draw_released,
    draw_statement_dialog,
)
from tests.slack.views.samples import CARDS, MAYA, NOW, PLACE, TOM, ago

SEEN = Seen("p0001", 3, "0a1b2c3d")
UNTIL = NOW + timedelta(minutes=24)
APPROVER = Wanted("", (TOM, "S0APPROVERS"))
LISTS = (Wanted("Mastodon", (TOM,)), Wanted("*Bluesky*", ("U0INES", "U0ANNA")))
WAITS = StatementView(
    pause_id="pause1", seen=SEEN, number=42, text="We recall the *rye* bread <!channel>. Please bring it back.",
    titles="Mastodon + Bluesky", releases=((MAYA, ago(6)),), until=UNTIL, wanted=(APPROVER,),
)  # fmt: skip
BOTH = ((MAYA, ago(6)), (TOM, ago(3)))
OUT = replace(
    WAITS, releases=BOTH, out_at=ago(3),
    sends=(
        StatementSend("Mastodon", State.SENT, "https://mastodon.example/@dock/1"),
        StatementSend("Bluesky", State.SENT, "https://bsky.app/profile/dock/post/1"),
    ),
)  # fmt: skip
STATEMENTS = {
    "waits for an approver": WAITS,
    "waits for a second person": replace(WAITS, releases=((TOM, ago(6)),), wanted=()),
    "waits for an approver of each": replace(WAITS, wanted=LISTS),
    "is going out": replace(WAITS, releases=BOTH, goes=True),
    "is being published": replace(
        OUT, out_at=None, sends=(StatementSend("Mastodon", State.SENDING), StatementSend("Bluesky", State.READY))
    ),
    "published": OUT,
    "published, one refused": replace(
        OUT, sends=(OUT.sends[0], StatementSend("Bluesky", State.REFUSED, reason="*image* too small"))
    ),
    "published, one taken down since": replace(OUT, sends=(replace(OUT.sends[0], gone=True), OUT.sends[1])),
    "unknown": replace(OUT, sends=(OUT.sends[0], StatementSend("Bluesky", State.UNKNOWN, reason="the line broke"))),
    "not published": replace(
        OUT, out_at=None, sends=(StatementSend("Mastodon", State.DROPPED, reason="publishing was resumed"),)
    ),
    "lapsed": replace(WAITS, why="nobody else released it within 30 minutes", again=SEEN),
    "withdrawn": replace(WAITS, why="withdrew it", by=TOM, again=SEEN),
}  # fmt: skip
FORM = StatementForm(
    "pause1", (("dock-mastodon", "Mastodon"), ("dock-bluesky", "Bluesky")),
    picks=True, chosen=("dock-mastodon", "dock-bluesky"),
)  # fmt: skip
PICK = StatementPick(
    "pause1",
    (
        ("p1", "Draft: We recall the rye bread of today, the one with the long name that goes on and on"),
        ("p2", "Post: Hi"),
    ),
)
PAGE = StatementPage(
    "pause1", CARDS["waiting, different texts, images"], (), UNTIL, goes=False, wanted=(APPROVER,)
)
FIRST = ((MAYA, ago(6)),)
BLOCKED = replace(PAGE, card=CARDS["blocked"])
DIALOGS: dict[str, Callable[[], dict[str, Any]]] = {
    "statement": partial(draw_statement_dialog, FORM, PLACE),
    "statement, nothing to choose": partial(draw_statement_dialog, replace(FORM, picks=False), PLACE),
    "pick a statement": partial(draw_pick_dialog, PICK),
    "pick a statement, some to fix": partial(draw_pick_dialog, replace(PICK, to_fix=2)),
    "pick a statement, all to fix": partial(draw_pick_dialog, replace(PICK, posts=(), to_fix=1)),
    "statement, people post on one": partial(
        draw_statement_dialog, replace(FORM, by_hand=("Instagram stories",)), PLACE
    ),
    "statement, one needs an image": partial(
        draw_statement_dialog,
        replace(FORM, chosen=("dock-mastodon",), need_image=("Bluesky",)),
        PLACE,
    ),
    "statement, begun": partial(
        draw_statement_dialog, replace(FORM, text="We recall", warning="Food", begun=ago(2)), PLACE
    ),
    "release, nobody has": partial(draw_release_dialog, PAGE, PLACE),
    "statement, accounts with approvers of their own": partial(
        draw_statement_dialog, replace(FORM, wanted=LISTS), PLACE
    ),
    "release, nobody has, an approver": partial(draw_release_dialog, replace(PAGE, wanted=()), PLACE),
    "release, nobody has, approvers of their own": partial(
        draw_release_dialog, replace(PAGE, wanted=LISTS), PLACE
    ),
    "release, my own words": partial(draw_release_dialog, replace(PAGE, wrote=True), PLACE),
    "release, it goes out": partial(draw_release_dialog, replace(PAGE, releases=FIRST, goes=True), PLACE),
    "release, an approver has to": partial(draw_release_dialog, replace(PAGE, releases=FIRST), PLACE),
    "release, I did already": partial(
        draw_release_dialog, replace(PAGE, releases=FIRST, why_not="You have released this already."), PLACE
    ),
    "release, blocked": partial(draw_release_dialog, BLOCKED, PLACE),
    "release, blocked, begun": partial(
        draw_release_dialog, replace(BLOCKED, reason="no time", begun=ago(1)), PLACE
    ),
    "release, no images": partial(draw_release_dialog, replace(PAGE, card=CARDS["waiting"]), PLACE),
    "released, it goes out": partial(draw_released, Released(True, UNTIL, (), "C0SOCIAL"), PLACE),
    "released, it waits": partial(draw_released, Released(False, UNTIL, (), "C0SOCIAL"), PLACE),
    "released, it waits for an approver": partial(
        draw_released, Released(False, UNTIL, (APPROVER,), "C0SOCIAL"), PLACE
    ),
    "released, it waits for an approver of each": partial(
        draw_released, Released(False, UNTIL, LISTS, "C0SOCIAL"), PLACE
    ),
}
