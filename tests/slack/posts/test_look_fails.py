"""Whoever waits for a look at images is told how it ended, whatever went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.inbox_refusals import NothingKnown
from bot.domain.refusals import Refusal
from bot.services.posts import create
from bot.store.engine.errors import StoreError
from tests.slack.bench import SOCIAL
from tests.slack.posts.test_new_post import (
    LOOK,
    WHEN,
    fields,
    fill,
    list_all,
    open_new,
    png,
    say,
    soon,
    top,
    words,
)
from tests.slack.posts.test_new_post_once import show_again
from tests.slack.team import Team

FILE = ("loaf.png", png())


def next_with_image(team: Team) -> None:
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team), "Images (up to 4)": [FILE]}))


def plan_with_image(team: Team) -> None:
    assert team.people.shortcut("U0MAYA", SOCIAL, say(team, "Rye is back", files=[FILE]), "plan_this").ok


def edit_with_image(team: Team) -> None:
    team.press("U0MAYA", team.card(team.backend.in_review("400 loaves")), "Edit")
    team.people.fill("U0MAYA", {"Text": "420 loaves", "Images (up to 4)": [FILE]})


@pytest.mark.parametrize("error", [StoreError("the disk is full"), NothingKnown(), RuntimeError("ours")])
@pytest.mark.parametrize("begin", [next_with_image, plan_with_image, edit_with_image])
def test_a_look_that_fails_is_said(
    team: Team, monkeypatch: pytest.MonkeyPatch, begin: Any, error: Exception
) -> None:
    """Seen: a database that failed, and "Looking at your images…" for ever."""

    def fail(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(create, "keep_image", fail)
        begin(team)
        team.until(lambda: "were not looked at" in words(team.people.modal("U0MAYA")))
    told = words(team.people.modal("U0MAYA"))
    assert (error.sentence if isinstance(error, Refusal) else "its log says what") in told
    assert "submit" not in team.people.modal("U0MAYA").spec


def test_back_and_next_once_more_brings_it(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(create, "keep_image", lambda *_: 1 / 0)
        next_with_image(team)
        team.until(lambda: "were not looked at" in words(team.people.modal("U0MAYA")))
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team), "Images (up to 4)": [FILE]}))
    assert any(name.startswith("alt:") for name in fields(top(team, LOOK)))
    show_again(team)
    assert not list_all(team)
