"""What Edit can change besides words and time: content warning, images, accounts; and who becomes an author by it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.posts import Image, Seen, Status
from bot.domain.refusals import FieldErrors
from bot.services.posts import edit
from bot.services.posts.edit import Changes
from tests.backend import MAYA, TOM, Backend, key

LOAF = "a" * 64


def save(backend: Backend, seen: Seen, by: Any = TOM, **more: Any) -> None:
    post = backend.post(seen)
    alts = {image.sha256: image.alt for image in post.version.body.images}
    changes = Changes(post.version.body.text, post.slot, **{"alts": alts, **more})
    backend.services.do(edit.save_edit, by, post.version.seen, changes, key())


def test_whoever_changes_the_content_warning_is_an_author(sqlite_backend: Backend) -> None:
    """It is published: an approval of the words without it has ended."""
    seen = sqlite_backend.approved()
    save(sqlite_backend, seen, warning=" Food\u200b ")
    post = sqlite_backend.post(seen)
    assert (post.version.body.warning, post.status) == ("Food", Status.REVIEW)
    assert TOM.id in post.authors


def test_only_images_that_are_stored_are_added(sqlite_backend: Backend) -> None:
    """By a forged dialog: what Byhand never saw cannot be published."""
    seen = sqlite_backend.with_image()
    save(sqlite_backend, seen, images=(LOAF, "f" * 64), alts={LOAF: "A loaf", "f" * 64: "?"})
    assert sqlite_backend.post(seen).version.body.images == (Image(LOAF, "A loaf"),)


def test_an_account_nobody_knows_is_refused(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    with pytest.raises(FieldErrors) as refused:
        save(sqlite_backend, seen, accounts=("bakery", "nobody"))
    assert list(refused.value.fields) == ["accounts"]


def test_what_was_approved_of_an_account_stays_when_another_is_added(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    before = sqlite_backend.post(seen).version.body
    save(sqlite_backend, seen, by=MAYA, accounts=("bakery", "cafe"))
    after = sqlite_backend.post(seen).version.body
    assert after.accounts == ("bakery", "cafe")
    assert {**(after.visibility or {})} == {**(before.visibility or {}), "cafe": "public"}
