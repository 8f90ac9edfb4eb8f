"""Why a post missed its slot: what happened is kept when it happens, not worked out from what is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.gate import ALL
from bot.domain.posts import Seen, Status
from bot.services.pause import pause, resume
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from tests.backend import MAYA, TOM, Backend, key


def nothing(backend: Backend, seen: Seen) -> None:
    pass


def pause_and_resume(backend: Backend, _seen: Seen) -> None:
    backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    backend.services.do(resume.resume, TOM, ALL, 1, {}, key())


def change(backend: Backend, seen: Seen) -> None:
    post = backend.post(seen)
    backend.services.do(edit.save_edit, MAYA, seen, Changes("Other words", slot=post.slot), key())


def take_back(backend: Backend, seen: Seen) -> None:
    backend.services.do(review.undo, TOM, seen, key())


WHY: dict[Callable[[Backend, Seen], None], str] = {
    pause_and_resume: "it was approved, but a colleague paused publishing at 09:00, and nobody approved it again",
    change: "it was approved, but a colleague changed the text, and nobody approved it again",
    take_back: "it was approved, but a colleague took an approval back, and nobody approved it again",
}


@pytest.mark.parametrize("what", WHY)
def test_what_ended_the_approval_is_the_reason(
    backend: Backend, what: Callable[[Backend, Seen], None]
) -> None:
    """Seen: approved, paused, resumed, missed: "nobody decided"."""
    seen = backend.approved()
    what(backend, seen)
    assert backend.status(seen) is Status.REVIEW
    backend.to_slot(seen)
    backend.push(minutes=15)
    assert (backend.status(seen), backend.post(seen).reason) == (Status.MISSED, WHY[what])


@pytest.mark.parametrize("first", [nothing, pause_and_resume])
def test_a_new_time_does_not_make_it_forgotten(
    sqlite_backend: Backend, first: Callable[[Backend, Seen], None]
) -> None:
    """Seen: approved, paused, resumed, moved, missed: "nobody decided"."""
    seen = sqlite_backend.approved()
    first(sqlite_backend, seen)
    slot = sqlite_backend.post(seen).slot
    assert slot is not None
    sqlite_backend.services.do(review.move, MAYA, seen, slot + timedelta(minutes=7), key())
    sqlite_backend.to_slot(seen)
    sqlite_backend.push(minutes=15)
    moved = "it was approved, but a colleague picked a new time, and nobody approved it again"
    assert sqlite_backend.post(seen).reason == WHY.get(first, moved)


def test_nobody_decided(backend: Backend) -> None:
    seen = backend.in_review()
    backend.to_slot(seen)
    assert backend.post(seen).reason == "nobody decided"


def test_a_fresh_approval_forgets_it(backend: Backend) -> None:
    seen = backend.approved()
    take_back(backend, seen)
    backend.services.do(review.approve, TOM, seen, key())
    assert backend.post(seen).reason is None
