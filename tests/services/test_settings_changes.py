"""Settings that changed between two runs: waiting posts get their next moments anew, and nothing approved goes out
by a rule that no longer holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.kinds import LineType
from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen, Status
from bot.networks.protocol import Health
from bot.services import settings_changes
from bot.services.accounts import health
from bot.services.posts import review
from bot.services.queries import posts as post_queries
from bot.store.posts import approvals, posts
from bot.store.tables.core import accounts
from bot.store.tables.slack import lines
from tests.backend import TOM, Backend, key, team

MINUTE = timedelta(minutes=1)


def restarted(backend: Backend, **policy: Any) -> Backend:
    """The next run, under other settings."""
    after = Backend(backend.store, backend.network, backend.clock, team(**policy), "worker-2")
    after.services.do(settings_changes.adopt_settings)
    after.worker.start()
    return after


def next_due(backend: Backend) -> timedelta | None:
    at = backend.store.read(posts.find_next_due)
    return at - backend.clock.now() if at else None


def test_a_longer_lead_opens_the_review_earlier(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.plan(minutes=100)
    assert next_due(sqlite_backend) == 70 * MINUTE
    after = restarted(sqlite_backend, lead=90 * MINUTE)
    assert next_due(after) == 10 * MINUTE
    after.push(minutes=10)
    assert after.status(seen) is Status.REVIEW


def test_an_account_that_is_gone_is_said_at_once(sqlite_backend: Backend) -> None:
    """Seen: its posts said "Approved" until their slot, and went nowhere."""
    seen = sqlite_backend.approved(accounts=("bakery", "cafe"))
    remaining = {name: each for name, each in team().accounts.items() if name != "cafe"}
    after = restarted(sqlite_backend, accounts=remaining)
    assert after.status(seen) is Status.REVIEW
    why = "the account cafe is not in the settings any more"
    assert after.post(seen).reason == why
    said = after.store.read(lambda db: db.execute(select(lines.c["values"], lines.c.kind)).all())
    assert (said[-1][1], said[-1][0]["sentence"]) == (LineType.INCIDENT, f"This will not go out: {why}.")
    after.services.do(settings_changes.adopt_settings)
    assert len(after.store.read(lambda db: db.execute(select(lines.c.id)).all())) == len(said), "once"


def test_a_lead_that_has_begun_already_opens_it_now(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.plan(minutes=100)
    after = restarted(sqlite_backend, lead=200 * MINUTE)
    after.run()
    assert after.status(seen) is Status.REVIEW


def test_other_reminders_are_not_sent_in_a_loop(sqlite_backend: Backend) -> None:
    sqlite_backend.plan(minutes=20)
    sqlite_backend.push(minutes=6)
    after = restarted(sqlite_backend, reminders=(13 * MINUTE, 5 * MINUTE, 2 * MINUTE))
    after.run()
    assert next_due(after) == 9 * MINUTE


def test_more_approvals_needed_since(sqlite_backend: Backend) -> None:
    """Approved by one; two are needed now: it waits for the other."""
    seen = sqlite_backend.approved()
    after = restarted(sqlite_backend, approvals=2)
    after.to_slot(seen)
    assert after.published == []
    assert after.post(seen).reason == "only 1 of 2 approvals were given"


def test_a_shorter_lateness_limit(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    after = restarted(sqlite_backend, lateness_limit=MINUTE)
    after.clock.push(22 * MINUTE)
    after.run()
    assert after.published == []
    assert after.status(seen) is Status.MISSED


def test_an_account_that_came_back(sqlite_backend: Backend) -> None:
    """Gone for one run, and there again before the slot: nothing was deleted, it goes out."""
    seen = sqlite_backend.approved(accounts=("bakery", "cafe"))
    without = {name: one for name, one in team().accounts.items() if name == "bakery"}
    restarted(sqlite_backend, accounts=without).run()
    after = restarted(sqlite_backend)
    after.to_slot(seen)
    assert after.status(seen) is Status.PUBLISHED


def test_a_post_of_an_account_that_is_gone_is_reviewed_with_a_block(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.plan(minutes=40, accounts=("bakery", "cafe"))
    after = restarted(
        sqlite_backend, accounts={name: one for name, one in team().accounts.items() if name == "bakery"}
    )
    after.push(minutes=11)
    assert after.status(seen) is Status.REVIEW
    after.push(minutes=30)
    assert after.status(seen) is Status.MISSED


def test_health_is_kept_for_home(sqlite_backend: Backend) -> None:
    sqlite_backend.services.do(health.note_health, "bakery", Health(False, "The token is not valid."))
    row = sqlite_backend.store.read(
        lambda db: db.execute(select(accounts).where(accounts.c.name == "bakery")).one()
    )
    assert (row.healthy, row.health, row.checked_at) == (
        False,
        "The token is not valid.",
        sqlite_backend.clock.now(),
    )


def test_a_settings_change_leaves_finished_posts_alone(sqlite_backend: Backend) -> None:
    seen: list[Seen] = [sqlite_backend.approved()]
    sqlite_backend.to_slot(seen[0])
    killed = sqlite_backend.in_review("Another")
    sqlite_backend.services.do(review.kill, TOM, killed, key())
    restarted(sqlite_backend, lead=200 * MINUTE)
    assert next_due(sqlite_backend) is None


# --- who may start, and until when -------------------------------------------------------------------


def with_story(**changes: Any) -> dict[str, Any]:
    """And an account on which people post themselves, for an hour after the slot."""
    known: dict[str, Any] = {"network": "manual", "title": "Story", "window": 60 * MINUTE} | changes
    return {"accounts": {**team().accounts, "story": AccountPolicy("story", **known)}}


LOOSER: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "fewer approvals": ({"approvals": 2}, {"approvals": 1}, "fewer approvals are needed (1, it was 2)"),
    "one more approver": ({}, {"approvers": ("U0TOM", "U0MAYA")}, "more people may approve"),
    "the author": ({}, {"author_may_approve": True}, "authors may approve their own words"),
    "a longer lead": ({}, {"lead": 90 * MINUTE}, "reviews open earlier"),
    "later after the slot": (
        {},
        {"lateness_limit": 20 * MINUTE},
        "a post may go out later after its slot (20 minutes, it was 10)",
    ),
    "alone on shift": (
        {},
        {"alone": True},
        "whoever is on shift outside hours may approve their own changes",
    ),
    "a longer lead of one account": (
        with_story(),
        with_story(lead=90 * MINUTE),
        "reviews open earlier",
    ),
    "longer by hand": (
        with_story(),
        with_story(window=90 * MINUTE),
        "people have longer to post it themselves",
    ),
    "no more by hand": (
        with_story(),
        with_story(network="mastodon", window=None),
        "Byhand sends what people posted themselves",
    ),
}


@pytest.mark.parametrize("name", LOOSER)
def test_looser_settings_end_what_was_approved_under_the_stricter_ones(backend: Backend, name: str) -> None:
    """One of two approvals was given, say; with one needed it would go out, and nobody had decided that."""
    strict, loose, words = LOOSER[name]
    before = restarted(backend, **({"approvers": ("U0TOM",)} | strict))
    seen = before.approved()
    assert before.status(seen) is (Status.REVIEW if "approvals" in strict else Status.APPROVED)
    after = restarted(backend, **({"approvers": ("U0TOM",)} | strict | loose))
    assert after.status(seen) is Status.REVIEW
    said = after.store.read(lambda db: db.execute(select(lines.c["values"], lines.c.kind)).all())
    sentence = (
        f"The settings are looser now: {words}. Approvals given before have ended. Please decide again."
    )
    assert (said[-1][1], said[-1][0]["sentence"]) == (LineType.INCIDENT, sentence)
    card = after.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.ended is not None
    assert (card.ended.what, card.ended.by, card.ended.whose) == (settings_changes.LOOSER, None, ("U0TOM",))
    restarted(backend, **({"approvers": ("U0TOM",)} | strict | loose))
    assert len(after.store.read(lambda db: db.execute(select(lines.c.id)).all())) == len(said), "once"
    after.to_slot(seen)
    assert after.published == []


@pytest.mark.parametrize("name", LOOSER)
def test_stricter_settings_end_nothing_by_themselves(sqlite_backend: Backend, name: str) -> None:
    strict, loose, _ = LOOSER[name]
    before = restarted(sqlite_backend, **({"approvers": ("U0TOM",)} | strict | loose))
    seen = before.approved()
    after = restarted(sqlite_backend, **({"approvers": ("U0TOM",)} | strict))
    given = after.store.read(lambda db: approvals.list_of_version(db, after.post(seen).version.id))
    assert [one.revoked_at for one in given] == [None]


def test_other_settings_end_nothing(sqlite_backend: Backend) -> None:
    seen = restarted(sqlite_backend).approved()
    after = restarted(
        sqlite_backend, reminders=(13 * MINUTE,), review_channel="C0OTHER", repeat_window=MINUTE
    )
    assert after.status(seen) is Status.APPROVED
    after.to_slot(seen)
    assert after.status(seen) is Status.PUBLISHED
