"""Taking an approval back never says yes, whatever the settings have become."""

from __future__ import annotations

import pytest

from bot.domain.posts import Status
from bot.services import settings_changes
from bot.services.posts import review
from tests.backend import ANNA, TOM, Backend, key, team


@pytest.fixture(autouse=True)
def other_rules_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looser settings end every approval at a start. Here they do not, so that the second lock is tried by itself."""
    monkeypatch.setattr(settings_changes, "_end_what_looser_rules_would_send", lambda _work: None)


def restarted(before: Backend, name: str, **policy: int) -> Backend:
    after = Backend(before.store, before.network, before.clock, team(approvals=policy["approvals"]), name)
    after.services.do(settings_changes.adopt_settings)
    return after


def test_an_undo_does_not_approve(sqlite_backend: Backend) -> None:
    """Two of three yeses were given; one is enough after a restart; the second is taken back."""
    three = restarted(sqlite_backend, "w0", approvals=3)
    seen = three.in_review()
    for person in (TOM, ANNA):
        three.services.do(review.approve, person, seen, key())
    after = restarted(three, "w1", approvals=1)
    after.services.do(review.undo, ANNA, seen, key())
    assert after.status(seen) is Status.REVIEW
    after.to_slot(seen)
    assert after.published == []


def test_an_account_that_is_back_does_not_approve_what_was_taken_back(sqlite_backend: Backend) -> None:
    two = restarted(sqlite_backend, "w0", approvals=2)
    seen = two.plan(minutes=28, accounts=("bakery", "cafe"))
    two.run()
    for person in (TOM, ANNA):
        two.services.do(review.approve, person, seen, key())
    assert two.status(seen) is Status.APPROVED
    remaining = {name: each for name, each in team().accounts.items() if name != "cafe"}
    gone = Backend(two.store, two.network, two.clock, team(accounts=remaining, approvals=2), "w1")
    gone.services.do(settings_changes.adopt_settings)
    gone.services.do(review.undo, TOM, seen, key())
    assert restarted(two, "w2", approvals=1).status(seen) is Status.REVIEW
