"""The author rule: who becomes an author of a post, and that it locks no post out without a word.

The only approver added the missing alt text, and was told "You wrote these words, so somebody else has to approve
them", naming that same only approver. There was no way out, also by Post now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.kinds import LineType
from bot.domain.posts import Seen, Status
from bot.domain.refusals import AuthorMayNotApprove, NoApproverLeft
from bot.domain.shown.edit_form import Bars, EditForm
from bot.domain.shown.post_screens import PostCard
from bot.services.posts import edit, lifecycle, review
from bot.services.posts.edit import Changes
from bot.services.queries import posts as post_queries
from bot.services.queries.edit_form import load_edit_form
from bot.store.tables.slack import cards, lines
from tests.backend import ANNA, MAYA, TOM, Backend, key, team

ALT = {"a" * 64: "A loaf on a table"}


def with_approvers(backend: Backend, *approvers: str, **policy: Any) -> Backend:
    return Backend(
        backend.store, backend.network, backend.clock, team(approvers=approvers, **policy), "worker-2"
    )


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(post_queries.load_card, seen.post_id)
    assert found is not None
    return found


def form(backend: Backend, seen: Seen) -> EditForm:
    found = backend.services.look(load_edit_form, TOM, seen.post_id)
    assert found is not None
    return found


def test_an_alt_text_ends_the_approval_and_makes_nobody_an_author(sqlite_backend: Backend) -> None:
    backend = with_approvers(sqlite_backend, TOM.id)
    seen = backend.with_image()
    backend.services.do(review.approve, TOM, seen, key())
    words = Changes("Fresh bread at nine", backend.post(seen).slot, alts=ALT)
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    assert backend.status(seen) is Status.REVIEW
    seen = backend.now_seen(seen)
    assert backend.post(seen).authors == {MAYA.id}
    backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.APPROVED


@pytest.mark.parametrize(("label", "note"), [("Bread", ""), ("", "Photo by Ina")])
def test_neither_a_label_nor_a_note_makes_an_author(sqlite_backend: Backend, label: str, note: str) -> None:
    seen = sqlite_backend.in_review()
    words = Changes("Fresh bread at nine", sqlite_backend.post(seen).slot, label=label, note=note)
    sqlite_backend.services.do(edit.save_edit, TOM, seen, words, key())
    assert TOM.id not in sqlite_backend.post(seen).authors


@pytest.mark.parametrize(
    "change",
    [{"text": "Rolls"}, {"variants": {"bakery": "Rolls"}}, {"images": ()}, {"accounts": ("cafe",)}],
    ids=["text", "variant", "image", "account"],
)
def test_whoever_changes_words_images_or_accounts_is_an_author(
    sqlite_backend: Backend, change: dict[str, Any]
) -> None:
    post = sqlite_backend.post(sqlite_backend.with_image())
    body = replace(post.version.body, **change)
    after = sqlite_backend.services.do(lambda work: lifecycle.add_version(work, post, body, TOM.id))
    assert after.authors == {MAYA.id, TOM.id}


def test_edit_says_beforehand_that_one_becomes_an_author(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    assert form(with_approvers(sqlite_backend, TOM.id, ANNA.id), seen).bars is Bars.OTHERS
    assert form(with_approvers(sqlite_backend, TOM.id), seen).bars is Bars.NOBODY
    assert form(with_approvers(sqlite_backend, TOM.id, ANNA.id, approvals=2), seen).bars is Bars.NOBODY
    assert form(with_approvers(sqlite_backend, TOM.id, author_may_approve=True), seen).bars is None


def test_whoever_may_not_approve_anyway_is_not_warned(sqlite_backend: Backend) -> None:
    backend = with_approvers(sqlite_backend, TOM.id)
    seen = backend.in_review()
    found = backend.services.look(load_edit_form, MAYA, seen.post_id)
    assert found is not None
    assert found.bars is None


def test_where_nobody_is_left_the_card_and_the_refusal_say_so_and_what_to_do(sqlite_backend: Backend) -> None:
    backend = with_approvers(sqlite_backend, TOM.id)
    seen = backend.in_review()
    assert card(backend, seen).locked is None
    words = Changes("Tom's words", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    seen = backend.now_seen(seen)
    locked = card(backend, seen).locked
    assert locked is not None
    assert (locked.needed, locked.left) == (1, 0)
    assert form(backend, seen).bars is Bars.ALREADY, "also to whoever is an author already"
    assert card(backend, seen).approvers == (), "nobody is asked who would be refused"
    for act in (review.approve, review.post_now):
        with pytest.raises(NoApproverLeft, match="author_may_approve"):
            backend.services.do(act, TOM, seen, key())


def test_the_refusal_names_others_only(sqlite_backend: Backend) -> None:
    backend = with_approvers(sqlite_backend, TOM.id, ANNA.id)
    seen = backend.in_review()
    words = Changes("Tom's words", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    with pytest.raises(AuthorMayNotApprove) as refused:
        backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    assert refused.value.sentence.count(",") == 1, "one name after the comma"
    assert card(backend, backend.now_seen(seen)).approvers == (ANNA.id,)


def refusal(backend: Backend, seen: Seen) -> str:
    with pytest.raises((AuthorMayNotApprove, NoApproverLeft)) as refused:
        backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    return refused.value.sentence


@pytest.mark.parametrize("approvers", [(TOM.id,), (TOM.id, ANNA.id)])
def test_the_refusal_says_what_was_changed(sqlite_backend: Backend, approvers: tuple[str, ...]) -> None:
    """Seen: "You wrote these words" to somebody who had left an account out."""
    backend = with_approvers(sqlite_backend, *approvers)
    seen = backend.in_review(accounts=("bakery", "cafe"))
    backend.services.do(edit.publish_without, TOM, seen, "cafe", key())
    assert refusal(backend, seen).startswith("You changed the accounts, ")
    seen = backend.now_seen(seen)
    words = Changes("Tom's words", backend.post(seen).slot, back=("cafe",))
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    assert refusal(backend, seen).startswith("You changed the accounts and the text, ")


def test_whoever_created_it_wrote_it(sqlite_backend: Backend) -> None:
    """Whatever they changed later."""
    backend = with_approvers(sqlite_backend, MAYA.id, TOM.id)
    seen = backend.in_review(accounts=("bakery", "cafe"))
    backend.services.do(edit.publish_without, MAYA, seen, "cafe", key())
    with pytest.raises(AuthorMayNotApprove, match=r"^You wrote this, "):
        backend.services.do(review.approve, replace(MAYA, approver=True), backend.now_seen(seen), key())


def said(backend: Backend, seen: Seen) -> list[dict[str, Any]]:
    query = select(lines.c["values"]).join(cards, cards.c.id == lines.c.card_id)
    query = query.where(cards.c.subject == seen.post_id, lines.c.kind == LineType.ENDED)
    return backend.store.read(lambda db: list(db.execute(query).scalars()))


@pytest.mark.parametrize(("approvers", "rung"), [((TOM.id,), []), ((TOM.id, ANNA.id), [ANNA.id])])
def test_only_who_may_approve_is_rung(
    sqlite_backend: Backend, approvers: tuple[str, ...], rung: list[str]
) -> None:
    """Seen: "@Tom Please decide again", who alone may not."""
    backend = with_approvers(sqlite_backend, *approvers)
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    words = Changes("Tom's words", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    (line,) = said(backend, seen)
    assert (line["mention"], line["locked"]) == (rung, not rung)


def test_leaving_an_account_out_warns_where_nobody_would_be_left(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review(accounts=("bakery", "cafe"))
    assert card(with_approvers(sqlite_backend, TOM.id), seen).none_to_spare
    assert card(with_approvers(sqlite_backend, TOM.id, ANNA.id, approvals=2), seen).none_to_spare
    assert not card(with_approvers(sqlite_backend, TOM.id, ANNA.id), seen).none_to_spare
    assert not card(with_approvers(sqlite_backend, TOM.id, author_may_approve=True), seen).none_to_spare


def test_two_approvals_of_two_where_one_of_them_wrote_it(sqlite_backend: Backend) -> None:
    backend = with_approvers(sqlite_backend, TOM.id, ANNA.id, approvals=2)
    seen = backend.in_review()
    words = Changes("Tom's words", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    locked = card(backend, seen).locked
    assert locked is not None
    assert (locked.needed, locked.left) == (2, 1)


def test_a_group_that_nobody_told_us_of_locks_nothing(sqlite_backend: Backend) -> None:
    backend = with_approvers(sqlite_backend, "S0BAKERS")
    seen = backend.in_review()
    words = Changes("Tom's words", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, words, key())
    assert card(backend, seen).locked is None
