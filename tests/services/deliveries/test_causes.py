"""The first cause stays, whatever comes behind it; and what only a person can mend is told at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.deliveries import Delivery
from bot.domain.outcomes import Absent, Later, NeedsLogin, NotSent, Unknown
from bot.domain.posts import Seen, Status
from bot.networks.protocol import PrepareFailed
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import take_down
from bot.services.inbox import replies
from bot.services.posts import review
from bot.store import deliveries
from bot.store.tables.slack import lines
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.failing_client import make_failing
from tests.inbox_backend import InboxBackend

CAUSES = {
    "sign-in": (NeedsLogin("The access token was revoked"), "Bakery refused the sign-in at"),
    "throttled": (Later("Too many requests"), "Bakery asked to wait at"),
    "away": (NotSent("it could not be reached in time"), "Bakery could not be reached at"),
}
FIRST = pytest.mark.parametrize(("first", "said"), CAUSES.values(), ids=CAUSES.keys())


def heard(backend: Backend) -> list[dict[str, Any]]:
    """What people were told at once, the oldest first."""
    query = select(lines.c["values"]).where(lines.c.kind == "incident").order_by(lines.c.id)
    return [dict(values) for values in backend.store.read(lambda db: db.execute(query).scalars().all())]


def delivery(backend: Backend, seen: Seen) -> Delivery:
    found = backend.store.read(lambda db: deliveries.load(db, backend.delivery_id(seen)))
    assert found is not None
    return found


def waited(backend: Backend, minutes: int = 12) -> None:
    for _ in range(minutes * 2):
        backend.push(seconds=30)


# --- posts -------------------------------------------------------------------------------------------


def test_a_revoked_token_is_told_to_the_approvers_at_once(backend: Backend) -> None:
    seen = backend.approved()
    backend.network.revoke("bakery")
    backend.to_slot(seen)
    (told,) = heard(backend)
    assert told["mention"] == [TOM.id, ANNA.id]
    slot = backend.post(seen).slot
    assert slot
    until = (slot + backend.policy.lateness_limit).astimezone(backend.policy.zone)
    assert "BYHAND_BAKERY_TOKEN" in told["sentence"]
    assert f"by {until:%H:%M}" in told["sentence"]
    assert (delivery(backend, seen).reason or "").startswith("Bakery refused the sign-in at")
    waited(backend)
    assert len(heard(backend)) == 1, "once, not at every try"
    assert backend.status(seen) is Status.MISSED
    reason = backend.post(seen).reason or ""
    assert reason.startswith("Bakery refused the sign-in at")
    assert "too late at" in reason or "no time left" in reason
    assert backend.published == []


def test_renewed_within_its_time_it_still_goes_out(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.network.revoke("bakery")
    sqlite_backend.to_slot(seen)
    sqlite_backend.network.add_account("bakery")
    waited(sqlite_backend, 2)
    assert sqlite_backend.status(seen) is Status.PUBLISHED
    assert delivery(sqlite_backend, seen).reason is None


@FIRST
@pytest.mark.parametrize("then", [outcome for outcome, _ in CAUSES.values()], ids=CAUSES.keys())
def test_the_first_cause_of_a_post_stays(sqlite_backend: Backend, first: Any, said: str, then: Any) -> None:
    seen = sqlite_backend.approved()
    stubborn = make_failing(sqlite_backend)
    stubborn.answers["publish"] = first
    sqlite_backend.to_slot(seen)
    stubborn.answers["publish"] = then
    waited(sqlite_backend)
    reason = sqlite_backend.post(seen).reason or ""
    assert reason.startswith(said)
    assert "too late at" in reason or "no time left" in reason
    sign_ins = [first, then].count(CAUSES["sign-in"][0])
    assert len(heard(sqlite_backend)) == min(sign_ins, 1)


@FIRST
def test_an_upload_that_fails_ahead_keeps_its_cause(sqlite_backend: Backend, first: Any, said: str) -> None:
    """Nothing has begun, so the post is still an approved one when its time is over."""
    seen = sqlite_backend.with_image()
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    make_failing(sqlite_backend).always["prepare"] = lambda: PrepareFailed(first)
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - timedelta(seconds=50))
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.APPROVED
    assert len(heard(sqlite_backend)) == isinstance(first, NeedsLogin), "before its slot has come"
    waited(sqlite_backend)
    assert sqlite_backend.status(seen) is Status.MISSED
    reason = sqlite_backend.post(seen).reason or ""
    assert reason.startswith(said)
    assert "too late at" in reason or "no time left" in reason


def test_the_cause_stays_if_byhand_was_away_until_it_was_too_late(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.with_image()
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    make_failing(sqlite_backend).fail["prepare"].append(PrepareFailed(Later("Too many requests")))
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - timedelta(seconds=50))
    sqlite_backend.run()
    sqlite_backend.clock.set(slot + timedelta(hours=1))
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.MISSED
    reason = sqlite_backend.post(seen).reason or ""
    assert reason.startswith("Bakery asked to wait at")
    assert "too late at" in reason


def test_an_unclear_answer_that_was_none_is_a_first_cause_too(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    stubborn = make_failing(sqlite_backend)
    stubborn.answers |= {
        "publish": Unknown("The server answered 500"),
        "find": Absent(rests_on="the test says so"),
    }
    sqlite_backend.to_slot(seen)
    sqlite_backend.push(seconds=61)
    stubborn.answers["publish"] = NotSent("no route")
    waited(sqlite_backend)
    reason = sqlite_backend.post(seen).reason or ""
    assert reason.startswith("Bakery gave no clear answer at")
    assert "The server answered 500" in reason
    assert "too late at" in reason or "no time left" in reason


def test_a_first_cause_outlives_an_unclear_answer(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    stubborn = make_failing(sqlite_backend)
    stubborn.answers["publish"] = Later("Too many requests")
    sqlite_backend.to_slot(seen)
    stubborn.answers |= {
        "publish": Unknown("The server answered 500"),
        "find": Absent(rests_on="the test says so"),
    }
    waited(sqlite_backend, 1)
    assert "asked to wait" in (delivery(sqlite_backend, seen).reason or "")
    waited(sqlite_backend)
    reason = delivery(sqlite_backend, seen).reason or ""
    assert reason.startswith("Bakery asked to wait at")


# --- replies and corrections -------------------------------------------------------------------------


def test_a_revoked_token_is_told_in_the_thread_at_once(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    inbox_backend.sent()
    inbox_backend.network.revoke("bakery")
    inbox_backend.run()
    (told,) = heard(inbox_backend)
    assert told["mention"] == [MAYA.id]
    assert "BYHAND_BAKERY_TOKEN" in told["sentence"]
    waited(inbox_backend)
    assert len(heard(inbox_backend)) == 1
    assert inbox_backend.state() == "dropped"
    reason = inbox_backend.delivery().reason or ""
    assert reason.startswith("Bakery refused the sign-in at")
    assert "too late at" in reason or "no time left" in reason
    assert inbox_backend.line("reply_refused")["mention"] == [MAYA.id]


@FIRST
def test_the_first_cause_of_a_reply_stays(sqlite_inbox_backend: InboxBackend, first: Any, said: str) -> None:
    sqlite_inbox_backend.writes()
    stubborn = make_failing(sqlite_inbox_backend)
    stubborn.answers["publish"] = first
    sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    stubborn.answers["publish"] = NotSent("no route")
    waited(sqlite_inbox_backend)
    reason = sqlite_inbox_backend.delivery().reason or ""
    assert (sqlite_inbox_backend.state(), reason.startswith(said)) == ("dropped", True), reason


def test_a_correction_is_told_of_too(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.sent("Sorry, Lena! A new one leaves today.", corrects=reply)
    sqlite_inbox_backend.network.revoke("bakery")
    sqlite_inbox_backend.run()
    (told,) = heard(sqlite_inbox_backend)
    assert "BYHAND_BAKERY_TOKEN" in told["sentence"]
    waited(sqlite_inbox_backend)
    assert (sqlite_inbox_backend.delivery().reason or "").startswith("Bakery refused the sign-in at")


def test_a_correction_goes_out_though_the_customer_deleted_the_question(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    """It changes an answer that is there; what it answers is not asked for."""
    asked = sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.sent("Sorry, Lena! A new one leaves today.", corrects=reply)
    sqlite_inbox_backend.network.customer_deletes(asked)  # and nobody has told us
    sqlite_inbox_backend.run()
    assert sqlite_inbox_backend.state() == "sent"


# --- take-downs --------------------------------------------------------------------------------------


def test_a_take_down_is_told_of_too(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.to_slot(seen)
    sqlite_backend.network.revoke("bakery")
    sqlite_backend.services.do(take_down.take_down, TOM, sqlite_backend.delivery_id(seen), key())
    sqlite_backend.run()
    (told,) = heard(sqlite_backend)
    assert told["mention"][0] == TOM.id
    assert "BYHAND_BAKERY_TOKEN" in told["sentence"]
    waited(sqlite_backend, 3)
    assert len(heard(sqlite_backend)) == 1
    (ordered,) = sqlite_backend.store.read(lambda db: deliveries.list_take_downs(db, seen.post_id, "bakery"))
    assert ordered.reason is not None
    assert ordered.reason.startswith("Bakery refused the sign-in at")
    assert "gave up at" in ordered.reason


def test_a_take_down_of_a_reply_is_told_of_in_its_thread(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes()
    reply = sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.network.revoke("bakery")
    sqlite_inbox_backend.services.do(replies.delete_reply, TOM, reply, key())
    sqlite_inbox_backend.run()
    (told,) = heard(sqlite_inbox_backend)
    assert told["mention"] == [TOM.id]


def test_a_throttle_tells_nobody_at_once(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.network.faults.order(Fault.THROTTLED)
    sqlite_backend.to_slot(seen)
    assert heard(sqlite_backend) == []
    assert "asked to wait" in (delivery(sqlite_backend, seen).reason or "")
