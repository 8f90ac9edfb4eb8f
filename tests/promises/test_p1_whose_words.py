"""P1, whose words: whoever wrote what somebody else plans is an author of the post, and does not approve it alone.

Seen: Tom wrote the words in a channel, Maya chose "Plan this as a post" and changed nothing, and Tom approved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.posts import Image, Post, Status
from bot.domain.refusals import AuthorMayNotApprove, SavedMeanwhile
from bot.services.posts import composing, drafts, edit, review
from bot.services.posts.create import NewPost, take_over
from bot.services.posts.edit import Changes
from bot.services.queries import history
from bot.services.queries import posts as post_queries
from tests.backend import ANNA, MAYA, TOM, Backend, key

AS_IT_IS: dict[str, Any] = {}


def planned(backend: Backend, by: Sequence[str] = (TOM.id,), **changed: Any) -> Post:
    """Words that came along from a message, as Maya schedules them."""
    slot = backend.clock.now() + timedelta(minutes=20)
    came = take_over(NewPost(("bakery",), "Rye is back", slot), by)
    return backend.services.do(drafts.schedule, MAYA, replace(came, **changed), key())


@pytest.mark.parametrize("changed", [AS_IT_IS, {"text": "Rye is back!"}], ids=["as it is", "changed"])
def test_whoever_wrote_the_words_may_not_approve_them(
    sqlite_backend: Backend, changed: dict[str, Any]
) -> None:
    post = planned(sqlite_backend, **changed)
    with pytest.raises(AuthorMayNotApprove, match=r"^You wrote this, so somebody else has to approve it: "):
        sqlite_backend.services.do(review.approve, TOM, post.version.seen, key())
    maya = replace(MAYA, approver=True)
    what = "wrote" if changed else "planned"
    with pytest.raises(AuthorMayNotApprove, match=f"^You {what} this, "):
        sqlite_backend.services.do(review.approve, maya, post.version.seen, key())
    sqlite_backend.services.do(review.approve, ANNA, post.version.seen, key())
    assert sqlite_backend.status(post.version.seen) is Status.APPROVED


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "Rye is back!"},
        {"images": (Image("a" * 64),)},
        {"warning": "Food"},
        {"variants": {"bakery": "Rye"}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whoever_changes_the_words_while_planning_them_is_said_to(
    sqlite_backend: Backend, changed: dict[str, Any]
) -> None:
    post = planned(sqlite_backend)
    assert (post.written_by, post.planned_by, post.changed_by) == (TOM.id, MAYA.id, ())
    slot = sqlite_backend.clock.now() + timedelta(minutes=20)
    came = replace(take_over(NewPost(("bakery",), "Rye is back", slot), (TOM.id,)), **changed)
    post = sqlite_backend.services.do(drafts.save_draft, MAYA, came, key())
    assert (post.written_by, post.planned_by, post.changed_by) == (TOM.id, None, (MAYA.id,))


def test_what_a_field_does_to_white_space_is_no_change(sqlite_backend: Backend) -> None:
    assert planned(sqlite_backend, text=" Rye is back\r\n", label="Rye", note="Soon").changed_by == ()


def test_the_card_and_the_history_tell_the_writer_from_who_planned_it(sqlite_backend: Backend) -> None:
    post = planned(sqlite_backend)
    card = sqlite_backend.services.look(post_queries.load_card, post.id)
    assert card is not None
    assert (card.written_by, card.planned_by, card.approvers) == (TOM.id, MAYA.id, (ANNA.id,))
    told = [line.words for line in sqlite_backend.services.look(history.list_history, post.id)]
    assert "Made this draft from the words of a colleague." in told


@pytest.mark.parametrize("by", [(), ("",), (MAYA.id,)], ids=["nobody", "an app", "herself"])
def test_words_of_nobody_else_have_one_author(sqlite_backend: Backend, by: tuple[str, ...]) -> None:
    post = planned(sqlite_backend, by)
    assert post.authors == {MAYA.id}
    assert (post.written_by, post.planned_by, post.changed_by) == (MAYA.id, None, ())


def test_nothing_that_came_along_has_no_writer(sqlite_backend: Backend) -> None:
    assert take_over(NewPost((), " \u2060", None), (TOM.id,)).taken is None


def test_what_is_kept_of_a_dialog_keeps_whose_words_they_are(sqlite_backend: Backend) -> None:
    came = take_over(NewPost(("bakery",), "Rye is back", None), (TOM.id,))
    sqlite_backend.services.do(composing.keep, MAYA, "V1", came)
    assert sqlite_backend.services.look(composing.find, MAYA, "V1") == came


# --- the same elsewhere: words that are taken over ------------------------------------------------------


def test_a_duplicate_has_the_authors_of_its_words(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    words = Changes("Tom's words", sqlite_backend.post(seen).slot)
    sqlite_backend.services.do(edit.save_edit, TOM, seen, words, key())
    copy = sqlite_backend.services.do(drafts.duplicate, ANNA, seen.post_id, key())
    assert copy.authors == {MAYA.id, TOM.id, ANNA.id}
    assert (copy.written_by, copy.planned_by, copy.changed_by) == (MAYA.id, ANNA.id, (TOM.id,))


def test_a_draft_that_is_saved_apart_has_the_authors_of_its_words(sqlite_backend: Backend) -> None:
    """Tom's draft, written on by Maya while he saved another version: hers becomes a post of its own."""
    services = sqlite_backend.services
    draft = services.do(drafts.save_draft, TOM, NewPost(("bakery",), "Rye is back", None), key())
    opened = services.look(composing.load_draft, draft.version.seen)
    assert opened is not None
    services.do(drafts.save_draft, TOM, NewPost(("bakery",), "Rye is here", None), key(), draft.version.seen)
    mine = replace(opened, text="Rye is back at last")
    with pytest.raises(SavedMeanwhile):
        services.do(drafts.save_draft, MAYA, mine, key(), draft.version.seen)
    apart = services.do(drafts.save_draft, MAYA, mine, key())
    assert (apart.written_by, apart.changed_by) == (TOM.id, (MAYA.id,))
