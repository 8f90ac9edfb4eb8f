"""New posts to draw, on their two screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.shown.new_post import DraftsPage, EarlierPost, NewPostDone, NewPostForm, NewPostLook
from bot.slack.views.home.drafts import draw_all_drafts
from bot.slack.views.posts.new_post import (
    draw_image_troubles,
    draw_looking,
    draw_new_done,
    draw_new_look,
    draw_new_post,
    draw_no_look,
)
from tests.slack.views.samples import (
    BLUESKY,
    DRAFT,
    FORM,
    IMAGE,
    IS_A_PNG,
    MASTODON,
    NO_ALT,
    NOW,
    PLACE,
    SIMILAR,
    SLOT,
    TO_JPEG,
    WORDS,
)

NEW = NewPostForm(
    accounts=(("dock-mastodon", "Mastodon"), ("dock-bluesky", "Bluesky")), chosen=("dock-mastodon",),
    text=WORDS, slot=SLOT, label="Winter drive", note="Photo by Ina", warning="Food",
    images=(IMAGE,), zone="Europe/Berlin",
)  # fmt: skip
EMPTY = replace(NEW, chosen=(), text="", slot=None, label="", note="", warning="", images=(), away=False)
MANY = replace(EMPTY, accounts=tuple((f"shop-{number}", f"Shop {number}") for number in range(12)))
LOOK = NewPostLook(
    accounts=(MASTODON, replace(BLUESKY, text="400 loaves for the food bank! #rye", tags=("#rye",))), text=WORDS,
    warning="Food",
    own=(("dock-bluesky", "400 loaves for the food bank! #rye"),), images=(IMAGE,),
    objections=(NO_ALT, SIMILAR), slot=SLOT, opens_at=SLOT - timedelta(minutes=30), root="V1", shown="0123abcd",
    label="Winter drive", note="Photo by Ina",
)  # fmt: skip
EARLIER = (EarlierPost("V1", NOW, WORDS), EarlierPost("V2", NOW - timedelta(days=2), ""))
TROUBLES = ("virus.png: It is no image. Use a JPEG, PNG, GIF or WebP.",)
DIALOGS: dict[str, Callable[[], dict[str, Any]]] = {
    "new post": lambda: draw_new_post(NEW, PLACE),
    "new post, empty": lambda: draw_new_post(EMPTY, PLACE),
    "new post, many accounts": lambda: draw_new_post(MANY, PLACE),
    "new post, begun before": lambda: draw_new_post(replace(NEW, begun=NOW), PLACE),
    "new post, another one begun": lambda: draw_new_post(replace(NEW, earlier=EARLIER), PLACE),
    "new post, a draft that was begun": lambda: draw_new_post(
        replace(NEW, begun=NOW, seen=FORM.seen, number=42), PLACE
    ),
    "new post, a copy": lambda: draw_new_post(
        replace(NEW, slot=None, seen=FORM.seen, number=42, copy_of="“Rye & seeds_today”"), PLACE
    ),
    "new post, from a message": lambda: draw_new_post(replace(NEW, told=TROUBLES), PLACE),
    "new post, a draft": lambda: draw_new_post(replace(NEW, seen=FORM.seen, number=42), PLACE),
    "new look": lambda: draw_new_look(LOOK, PLACE),
    "new look, at once": lambda: draw_new_look(replace(LOOK, opens_at=None, own=(), objections=()), PLACE),
    "new look, no time": lambda: draw_new_look(replace(LOOK, slot=None, opens_at=None), PLACE),
    "new look, no account": lambda: draw_new_look(replace(LOOK, accounts=(), own=()), PLACE),
    "new look, changed": lambda: draw_new_look(replace(LOOK, again=True), PLACE),
    "new look, not scheduled": lambda: draw_new_look(replace(LOOK, wrong=("That time has passed.",)), PLACE),
    "new look, to be converted": lambda: draw_new_look(
        replace(LOOK, objections=(IS_A_PNG, NO_ALT), conversions=(TO_JPEG,)), PLACE
    ),
    "new post, images on their way": lambda: draw_looking("How it will look", "Back", "look:1"),
    "new post, images converted just now": lambda: draw_looking(
        "How it will look", "Back", "look:1", what="Converting"
    ),
    "new post, images refused": lambda: draw_image_troubles(TROUBLES),
    "new post, images not looked at": lambda: draw_no_look("How it will look", "Back"),
    "all drafts": lambda: draw_all_drafts(DraftsPage((DRAFT, DRAFT), 85, 60, 20), PLACE),
    "all drafts, none": lambda: draw_all_drafts(DraftsPage((), 0), PLACE),
    "new post, scheduled": lambda: draw_new_done(
        NewPostDone(42, "Mastodon + Bluesky", SLOT, False, SLOT - timedelta(minutes=30), "C0SOCIAL"), PLACE
    ),
    "new post, its card is up": lambda: draw_new_done(
        NewPostDone(42, "Mastodon", SLOT, False, None, "C0SOCIAL"), PLACE
    ),
    "new post, saved as a draft": lambda: draw_new_done(NewPostDone(42, "", None, True), PLACE),
}
