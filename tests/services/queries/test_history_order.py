"""The History of a post: only pauses that stopped it, and the cause before what it did."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.posts import Seen
from bot.services.pause import pause as pausing
from bot.services.posts import create, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import history
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts
from tests.backend import MAYA, TOM, Backend, key


def told(backend: Backend, seen: Seen) -> list[str]:
    return [line.words for line in backend.services.look(history.list_history, seen.post_id)]


def test_it_holds_no_pause_that_could_not_stop_the_post(backend: Backend) -> None:
    """It told pauses of an account that had been left out before them. One that an account brought along counts."""
    seen = backend.in_review(accounts=("bakery", "cafe"))
    backend.push(minutes=1)
    backend.services.do(edit.publish_without, MAYA, seen, "cafe", key())
    backend.push(minutes=1)
    backend.services.do(pausing.pause, TOM, "cafe", "closed", key())
    assert not [line for line in told(backend, seen) if "aused" in line]
    backend.push(minutes=1)
    post = backend.post(seen)
    back = Changes(post.version.body.text, post.slot, back=("cafe",))
    backend.services.do(edit.save_edit, MAYA, backend.now_seen(seen), back, key())
    lines = [line for line in told(backend, seen) if "Posted its card" not in line]
    assert lines == ["Left out Cafe.", "Paused publishing on Cafe: “closed”", "Put back Cafe."]


def test_it_holds_the_pause_that_ended_an_approval(backend: Backend) -> None:
    """Also where the account was left out a moment later."""
    seen = backend.approved(accounts=("bakery", "cafe"))
    began = backend.clock.now()
    backend.clock.push(timedelta(milliseconds=3))
    backend.services.do(pausing.pause, TOM, "cafe", "closed", key())
    backend.clock.set(began + timedelta(milliseconds=1))  # as of an edit that waited for the pause
    backend.services.do(edit.publish_without, MAYA, backend.now_seen(seen), "cafe", key())
    assert "Paused publishing on Cafe: “closed”" in told(backend, seen)


def test_a_cause_is_told_before_what_it_did(sqlite_backend: Backend) -> None:
    """Seen: "Ended the approval of Tom" above "Changed the text", "missed its slot: Tom paused" above the pause."""
    backend = sqlite_backend
    seen = backend.approved()
    backend.services.do(edit.save_edit, MAYA, seen, Changes("Other words", backend.post(seen).slot), key())
    lines = told(backend, seen)
    assert lines[-2:] == [
        "Changed the text. It now says: “Other words”",
        "Ended the approval of a colleague.",
    ], lines
    backend.clock.push(timedelta(minutes=1))
    backend.services.do(pausing.pause, TOM, ALL, "recall", key())
    backend.clock.push(timedelta(milliseconds=-2))  # as of a transaction that waited for the pause's

    def miss(work: UnitOfWork) -> None:
        missed = posts.load(work.db, seen.post_id)
        work.note(FactKind.MISSED, None, missed, reason="Tom paused publishing at 09:00")

    backend.services.do(miss)
    backend.clock.push(timedelta(milliseconds=3))
    backend.services.do(review.kill, TOM, backend.now_seen(seen), key())
    assert told(backend, seen)[-3:] == [
        "Paused publishing: “recall”", "It missed its slot: Tom paused publishing at 09:00.", "Killed it.",
    ]  # fmt: skip


def test_it_begins_with_the_import(sqlite_backend: Backend) -> None:
    """Seen: "Posted its card" above "Imported it", and in the name of whoever imported it."""
    wanted = create.NewPost(("bakery",), "Fresh bread", sqlite_backend.clock.now() + timedelta(minutes=20))
    sqlite_backend.services.do(create.import_posts, MAYA, [wanted], "plan.csv")
    (post_id,) = sqlite_backend.store.read(
        lambda db: db.execute(text("SELECT id FROM posts")).scalars().all()
    )
    lines = sqlite_backend.services.look(history.list_history, post_id)
    assert [(line.who, line.words) for line in lines] == [
        (MAYA.id, "Imported it from plan.csv."), (None, "Posted its card and asked for a decision."),
    ]  # fmt: skip
