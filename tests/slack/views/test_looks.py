"""How a post will look: each network's own look, and all that was entered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.slack.views.posts.dialogs import draw_preview_dialog
from bot.slack.views.posts.looks import HIDDEN, draw_looks
from bot.slack.views.posts.new_post import draw_new_look
from tests.slack.views.new_post_samples import LOOK
from tests.slack.views.samples import BLUESKY, CARDS, MASTODON, PLACE, WORDS


def read(blocks: list[dict[str, Any]]) -> list[str]:
    """Each block's words."""
    return [" ".join(find_texts(block)) for block in blocks]


def find_texts(part: Any) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in find_texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for each in part.values() if not isinstance(each, str) for text in find_texts(each)]


def test_a_warning_stands_only_before_what_it_hides() -> None:
    """Seen: "Content warning: Food" above everything, and below it the text as Bluesky shows it at once."""
    assert read(draw_looks((MASTODON, BLUESKY), "Food")) == [
        "Mastodon 92/500 characters", "Content warning:  Food", HIDDEN, WORDS, "Bluesky 92/300 characters", WORDS,
    ]  # fmt: skip
    assert read(draw_looks((BLUESKY,), "Food")) == ["Bluesky 92/300 characters", WORDS]


def test_without_a_warning_the_same_look_is_shown_once() -> None:
    assert read(draw_looks((MASTODON, BLUESKY), "")) == [
        "Mastodon 92/500 characters · Bluesky 92/300 characters", WORDS,
    ]  # fmt: skip


def test_the_preview_shows_the_same() -> None:
    shown = read(draw_preview_dialog(replace(CARDS["waiting"], warning="Food"))["blocks"])
    assert shown[1:] == read(draw_looks((MASTODON, BLUESKY), "Food"))


def test_the_second_screen_says_where_and_when_and_all_that_was_entered() -> None:
    told = read(draw_new_look(LOOK, PLACE)["blocks"])
    assert told[0].startswith("Mastodon + Bluesky")
    assert told[1] == "Label:  Winter drive Note for reviewers:  Photo by Ina"
    view = draw_new_look(replace(LOOK, slot=None, label="", note=""), PLACE)
    assert read(view["blocks"])[0] == "Mastodon + Bluesky  · no time yet"
