"""Sending, where it goes wrong: uploads that fail, late answers, accounts that are gone, one of two accounts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bot.domain.deliveries import Delivery, State
from bot.domain.outcomes import Absent, CannotTell, Later, NotSent, Refused, Sent
from bot.domain.posts import Seen, Status
from bot.domain.refusals import NothingToSend, Outdated, Paused, Refusal, Repeated
from bot.networks.protocol import PrepareFailed
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine, overrides
from bot.services.deliveries.posts import load_material
from bot.services.deliveries.types import Begun, ToLook
from bot.services.posts import edit, review
from bot.services.posts.edit import Changes
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import gate
from bot.store.posts import approvals, posts
from tests.backend import ANNA, MAYA, TOM, Backend, key, team
from tests.failing_client import make_failing

TWO = ("bakery", "cafe")


def approved_with_image(backend: Backend, **wanted: Any) -> Seen:
    seen = backend.with_image(**wanted)
    backend.services.do(review.approve, TOM, seen, key())
    return seen


def facts(backend: Backend, seen: Seen) -> list[str]:
    query = text("SELECT what FROM facts WHERE subject = :subject ORDER BY at, id")
    return list(
        backend.store.read(lambda db: db.execute(query, {"subject": f"post:{seen.post_id}"}).scalars())
    )


def said(backend: Backend) -> list[str]:
    """The kinds of the lines in threads, in order."""
    return list(
        backend.store.read(
            lambda db: db.execute(text("SELECT kind FROM lines ORDER BY created_at, seq")).scalars()
        )
    )


def shut(work: UnitOfWork, scope: str = "all", *, paused: bool = True) -> None:
    row = gate.lock_exclusively(work.db, scope)
    gate.save(work.db, replace(row, paused=paused, epoch=row.epoch + paused, by=TOM.id, at=work.now))


# --- uploads -----------------------------------------------------------------------------------------


def test_a_post_with_an_image_goes_out_with_it(sqlite_backend: Backend) -> None:
    seen = approved_with_image(sqlite_backend)
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.status(seen) is Status.PUBLISHED
    assert [media["alt"] for media in sqlite_backend.network.timeline()[0]["media"]] == ["A loaf"]


@pytest.mark.parametrize("outcome", [NotSent("no route"), Later("too many requests", None)])
def test_an_upload_that_fails_ahead_of_the_slot_does_not_bring_it_forward(
    sqlite_backend: Backend, outcome: Any
) -> None:
    """The back-off of a failed upload became the moment of the send: the post went out 58 s before its slot."""
    seen = approved_with_image(sqlite_backend)
    make_failing(sqlite_backend).fail["prepare"].append(PrepareFailed(outcome))
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - timedelta(seconds=55))
    sqlite_backend.run()
    for _ in range(9):
        sqlite_backend.push(seconds=6)
        assert sqlite_backend.clock.now() >= slot or sqlite_backend.published == []
    sqlite_backend.push(seconds=60)
    assert len(sqlite_backend.published) == 1
    assert sqlite_backend.network.ledger[0].at >= slot


def test_an_upload_that_keeps_failing_is_not_hammered(sqlite_backend: Backend) -> None:
    """A failed upload was claimed again at once, for its next moment lay inside the claim's minute: a hot loop."""
    seen = approved_with_image(sqlite_backend)
    stubborn = make_failing(sqlite_backend)
    stubborn.always["prepare"] = lambda: PrepareFailed(NotSent("no route"))
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - timedelta(seconds=55))
    sqlite_backend.run()
    assert stubborn.calls == ["prepare"]
    for _ in range(70):
        sqlite_backend.push(seconds=10)
    assert sqlite_backend.published == []
    assert sqlite_backend.status(seen) is Status.MISSED
    assert 5 <= len(stubborn.calls) <= 20


def test_an_upload_that_fails_has_its_place_on_record_and_in_the_thread(sqlite_backend: Backend) -> None:
    """A refused upload ended the post without a word: no fact, no line for the approvers."""
    seen = approved_with_image(sqlite_backend)
    make_failing(sqlite_backend).fail["prepare"].append(PrepareFailed(Refused("The image is broken")))
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.status(seen) is Status.FAILED
    assert "outcome" in facts(sqlite_backend, seen)
    assert "failed" in said(sqlite_backend)


def test_an_adapter_that_raises_in_prepare_does_not_keep_a_post_publishing_for_ever(
    sqlite_backend: Backend,
) -> None:
    """Its claim lapsed and was taken again every minute; of a post already publishing nobody ever asked about late."""
    seen = approved_with_image(sqlite_backend)
    stubborn = make_failing(sqlite_backend)
    sqlite_backend.network.faults.order(Fault.THROTTLED)
    stubborn.fail["publish"].clear()
    stubborn.answers["publish"] = Refused("Not today")
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.status(seen) is Status.FAILED
    stubborn.answers.clear()
    sqlite_backend.services.do(overrides.try_again, TOM, sqlite_backend.delivery_id(seen), key())
    stubborn.always["prepare"] = lambda: ValueError("a bug")
    for _ in range(40):
        sqlite_backend.push(seconds=30)
    assert sqlite_backend.states(seen) == {"bakery": "dropped"}
    assert sqlite_backend.status(seen) is Status.MISSED


def test_trying_again_uploads_again(sqlite_backend: Backend) -> None:
    """P1: a failed post's alt text is mended and it is tried again: it went out with the upload of the old alt text."""
    seen = approved_with_image(sqlite_backend, alt="A laof")
    stubborn = make_failing(sqlite_backend)
    stubborn.answers["publish"] = Refused("Not today")
    sqlite_backend.to_slot(seen)
    stubborn.answers.clear()
    slot = sqlite_backend.post(seen).slot
    sqlite_backend.services.do(
        edit.save_edit, MAYA, seen, Changes("Fresh bread at nine", slot, alts={"a" * 64: "A loaf"}), key()
    )
    sqlite_backend.services.do(overrides.try_again, TOM, sqlite_backend.delivery_id(seen), key())
    sqlite_backend.push(minutes=1)
    assert [media["alt"] for media in sqlite_backend.network.timeline()[0]["media"]] == ["A loaf"]


def test_a_crash_after_an_upload_uploads_again(sqlite_backend: Backend) -> None:
    """Nothing was kept of the upload: the next process makes it anew, and the post goes out once, with its image."""
    seen = approved_with_image(sqlite_backend)
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - timedelta(seconds=50))
    claim = sqlite_backend.services.do(machine.claim, "gone")[0]
    content, prepared = sqlite_backend.services.look(load_material, claim)
    sqlite_backend.accounts["bakery"].prepare(
        content, prepared, sqlite_backend.clock.now()
    )  # and the process dies
    sqlite_backend.worker.start()
    sqlite_backend.to_slot(seen)
    assert len(sqlite_backend.published) == 1
    assert len(sqlite_backend.network.timeline()[0]["media"]) == 1


# --- answers that come late --------------------------------------------------------------------------


def begun_and_lost(backend: Backend, seen: Seen) -> Begun:
    """A send under way in a process that stopped: its lease ran out, so its outcome is unknown."""
    slot = backend.post(seen).slot
    assert slot
    backend.clock.set(slot - timedelta(seconds=20))
    claims = backend.services.do(machine.claim, "sleeper")
    backend.clock.set(slot)
    (claim,) = (one for one in claims if one.delivery_id == backend.delivery_id(seen))
    begun = backend.services.do(machine.begin, claim)
    assert begun is not None
    backend.clock.push(timedelta(minutes=2))
    backend.services.do(machine.recover, "somebody-else")
    assert backend.states(seen)["bakery"] == "unknown"
    return begun


def looked(backend: Backend, begun: Begun) -> ToLook:
    return next(
        one for one in backend.services.look(machine.list_to_look_at) if one.attempt_id == begun.attempt_id
    )


def test_late_proof_of_success_before_a_second_try_settles_it(sqlite_backend: Backend) -> None:
    """P4: found absent and made ready again, but then the first answer came, with a link: it was sent a second time."""
    seen = sqlite_backend.approved()
    begun = begun_and_lost(sqlite_backend, seen)
    sqlite_backend.services.do(
        machine.settle, looked(sqlite_backend, begun), Absent(rests_on="the test says so")
    )
    assert sqlite_backend.states(seen) == {"bakery": "ready"}
    sqlite_backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    sqlite_backend.push(minutes=2)
    assert sqlite_backend.published == []
    assert sqlite_backend.states(seen) == {"bakery": "sent"}
    assert sqlite_backend.status(seen) is Status.PUBLISHED


def test_late_proof_of_success_of_what_was_dropped(sqlite_backend: Backend) -> None:
    """The card said missed while the post was there for all to see."""
    seen = sqlite_backend.approved()
    begun = begun_and_lost(sqlite_backend, seen)
    look = looked(sqlite_backend, begun)
    sqlite_backend.clock.push(timedelta(minutes=20))
    sqlite_backend.services.do(machine.settle, look, Absent(rests_on="the test says so"))
    assert sqlite_backend.status(seen) is Status.MISSED
    sqlite_backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert sqlite_backend.states(seen) == {"bakery": "sent"}
    assert sqlite_backend.status(seen) is Status.PUBLISHED


def test_late_proof_of_success_while_the_post_has_a_new_slot(sqlite_backend: Backend) -> None:
    """It is not sent a second time, and people are told."""
    seen = sqlite_backend.approved()
    begun = begun_and_lost(sqlite_backend, seen)
    look = looked(sqlite_backend, begun)
    sqlite_backend.clock.push(timedelta(minutes=20))
    sqlite_backend.services.do(machine.settle, look, Absent(rests_on="the test says so"))
    sqlite_backend.services.do(
        review.move, MAYA, seen, sqlite_backend.clock.now() + timedelta(minutes=10), key()
    )
    sqlite_backend.services.do(review.approve, TOM, sqlite_backend.now_seen(seen), key())
    sqlite_backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    for _ in range(30):
        sqlite_backend.push(minutes=1)
    assert sqlite_backend.published == []
    assert "incident" in said(sqlite_backend)


def test_late_proof_of_what_a_person_found_is_no_incident(sqlite_backend: Backend) -> None:
    """ "It is there", said a person; then the network's answer said so too: a false alarm of two posts was raised."""
    seen = sqlite_backend.approved()
    begun = begun_and_lost(sqlite_backend, seen)
    sqlite_backend.services.do(overrides.confirm_sent, MAYA, sqlite_backend.delivery_id(seen), key())
    sqlite_backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert "incident" not in facts(sqlite_backend, seen)
    found = delivery_of(sqlite_backend, seen)
    assert found.remote_url == "https://social.example/77"


def test_a_look_at_an_older_attempt_changes_nothing(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    begun = begun_and_lost(sqlite_backend, seen)
    look = looked(sqlite_backend, begun)
    sqlite_backend.services.do(machine.settle, look, Absent(rests_on="the test says so"))
    sqlite_backend.services.do(machine.settle, look, Absent(rests_on="the test says so"))
    assert facts(sqlite_backend, seen).count("looked") == 1


# --- accounts ----------------------------------------------------------------------------------------


def test_what_was_published_otherwise_than_approved_is_told(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved(accounts=TWO)
    cafe = make_failing(sqlite_backend, "cafe")
    cafe.answers["publish"] = Sent("9", "https://cafe.example/9", "it has 0 images, not 1")
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.states(seen) == {"bakery": "sent", "cafe": "sent"}
    query = text("SELECT \"values\" FROM lines WHERE kind = 'incident'")
    (line,) = sqlite_backend.store.read(lambda db: db.execute(query).scalars().all())
    assert json.loads(line)["sentence"] == (
        "What Cafe published differs from what was approved (it has 0 images, not 1): https://cafe.example/9"
    )


def test_two_accounts_one_refuses(sqlite_backend: Backend) -> None:
    """Published on A, failed on B; B again by a person, and only B."""
    seen = sqlite_backend.approved(accounts=TWO)
    cafe = make_failing(sqlite_backend, "cafe")
    cafe.answers["publish"] = Refused("Your account is limited")
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.states(seen) == {"bakery": "sent", "cafe": "refused"}
    assert sqlite_backend.status(seen) is Status.PUBLISHED
    cafe.answers.clear()
    sqlite_backend.push(hours=5)
    with pytest.raises(NothingToSend):
        sqlite_backend.services.do(
            overrides.try_again, TOM, sqlite_backend.delivery_id(seen, "bakery"), key()
        )
    sqlite_backend.services.do(overrides.try_again, TOM, sqlite_backend.delivery_id(seen, "cafe"), key())
    sqlite_backend.run()
    assert sqlite_backend.states(seen) == {"bakery": "sent", "cafe": "sent"}
    assert [line.account for line in sqlite_backend.network.ledger] == ["bakery", "cafe"]


def test_an_account_gone_from_the_settings_keeps_the_whole_post(sqlite_backend: Backend) -> None:
    """Approved, then restarted without one of its accounts: the other half went out alone."""
    seen = sqlite_backend.approved(accounts=TWO)
    del sqlite_backend.accounts["cafe"]
    sqlite_backend.to_slot(seen)
    sqlite_backend.push(minutes=11)
    assert sqlite_backend.published == []
    post = sqlite_backend.post(seen)
    assert (post.status, post.reason) == (Status.MISSED, "the account cafe is not in the settings any more")


def test_an_approved_post_that_cannot_begin_waits_for_people_while_they_can_still_decide(
    sqlite_backend: Backend,
) -> None:
    seen = sqlite_backend.in_review(accounts=TWO)
    sqlite_backend.services.do(review.post_now, TOM, seen, key())
    del sqlite_backend.accounts["cafe"]
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.REVIEW
    sqlite_backend.push(minutes=11)
    assert sqlite_backend.status(seen) is Status.MISSED
    assert sqlite_backend.published == []


def test_an_account_gone_with_an_image_to_upload(sqlite_backend: Backend) -> None:
    seen = approved_with_image(sqlite_backend)
    del sqlite_backend.accounts["bakery"]
    sqlite_backend.to_slot(seen)
    sqlite_backend.push(minutes=11)
    assert sqlite_backend.status(seen) is Status.MISSED
    assert sqlite_backend.worker.busy() is False


def test_a_lost_answer_of_an_account_that_is_gone_is_asked(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.network.faults.order(Fault.LOST_ANSWER)
    sqlite_backend.to_slot(seen)
    del sqlite_backend.accounts["bakery"]
    for _ in range(20):
        sqlite_backend.push(minutes=1)
    found = delivery_of(sqlite_backend, seen)
    assert found.asks_a_person
    sqlite_backend.services.do(overrides.confirm_sent, MAYA, sqlite_backend.delivery_id(seen), key())
    assert sqlite_backend.status(seen) is Status.PUBLISHED


# --- why a slot was missed ---------------------------------------------------------------------------


def test_an_approval_that_ended_in_a_pause_says_so(backend: Backend) -> None:
    """Nothing was sent, and the card said that nobody had decided."""
    seen = backend.approved()
    backend.services.do(shut)
    backend.services.do(shut, paused=False)
    backend.to_slot(seen)
    assert (backend.status(seen), backend.post(seen).reason) == (Status.MISSED, "its approval has ended")


def test_an_approved_post_that_meets_a_shut_gate_says_so(backend: Backend) -> None:
    seen = backend.approved()
    backend.services.do(shut)
    backend.to_slot(seen)
    assert "paused publishing at" in (backend.post(seen).reason or "")


# --- stop the rest, try again ------------------------------------------------------------------------


def test_stop_the_rest(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved(accounts=TWO)
    make_failing(sqlite_backend, "cafe").always["publish"] = lambda: AssertionError("not called")
    sqlite_backend.network.faults.order(Fault.SLOW)
    sqlite_backend.push(minutes=19.7)
    bakery = next(claim for *_, claim in sqlite_backend.worker._held if claim.account == "bakery")
    sqlite_backend.clock.push(timedelta(seconds=20))
    begun = sqlite_backend.services.do(machine.begin, bakery)
    assert begun
    sqlite_backend.services.do(overrides.stop_rest, MAYA, seen, key())
    assert sqlite_backend.states(seen) == {"bakery": "sending", "cafe": "dropped"}
    sqlite_backend.services.do(machine.record_outcome, begun, Sent("1", "https://social.example/1"))
    assert sqlite_backend.status(seen) is Status.PUBLISHED
    sqlite_backend.push(minutes=5)
    assert sqlite_backend.states(seen) == {"bakery": "sent", "cafe": "dropped"}


def test_stop_the_rest_where_it_is_the_last_that_is_open(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved(accounts=TWO)
    make_failing(sqlite_backend, "cafe").answers["publish"] = NotSent("no route")
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.status(seen) is Status.PUBLISHING
    sqlite_backend.services.do(overrides.stop_rest, MAYA, seen, key())
    assert sqlite_backend.states(seen) == {"bakery": "sent", "cafe": "dropped"}
    assert sqlite_backend.status(seen) is Status.PUBLISHED


def test_what_was_being_sent_when_the_rest_was_stopped_is_not_sent_later(sqlite_backend: Backend) -> None:
    """A person pressed Stop; the send under way was throttled, and the bot tried it again two seconds later."""
    seen = sqlite_backend.approved()
    sqlite_backend.push(minutes=19.7)
    claim = sqlite_backend.worker._held[0][-1]
    sqlite_backend.clock.push(timedelta(seconds=20))
    begun = sqlite_backend.services.do(machine.begin, claim)
    assert begun
    sqlite_backend.services.do(overrides.stop_rest, MAYA, seen, key())
    sqlite_backend.services.do(machine.record_outcome, begun, NotSent("no route"))
    for _ in range(5):
        sqlite_backend.push(minutes=1)
    assert sqlite_backend.published == []
    assert sqlite_backend.states(seen) == {"bakery": "dropped"}
    assert sqlite_backend.status(seen) is Status.MISSED


def test_trying_again_needs_as_many_approvals(store_of_two: Backend) -> None:
    """The second approver's older yes counts until a pause; then nobody could ever send it again: each was one."""
    backend = store_of_two
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    backend.services.do(review.approve, ANNA, seen, key())
    stubborn = make_failing(backend)
    stubborn.answers["publish"] = Refused("Not today")
    backend.to_slot(seen)
    backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())
    backend.push(minutes=1)
    assert backend.status(seen) is Status.FAILED
    backend.services.do(shut)
    with pytest.raises(Paused):
        backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())
    backend.services.do(shut, paused=False)
    stubborn.answers.clear()
    backend.services.do(overrides.try_again, TOM, backend.delivery_id(seen), key())
    backend.push(minutes=1)
    assert backend.status(seen) is Status.FAILED
    assert backend.published == []
    backend.services.do(overrides.try_again, ANNA, backend.delivery_id(seen), key())
    backend.push(minutes=1)
    assert len(backend.published) == 1


@pytest.fixture
def store_of_two(sqlite_backend: Backend) -> Iterator[Backend]:
    built = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(approvals=2), "worker-2"
    )
    yield built
    built.worker.stop(timedelta(seconds=5))


def test_trying_again_counts_lateness_from_the_click(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    stubborn = make_failing(sqlite_backend)
    stubborn.answers["publish"] = Refused("Not today")
    sqlite_backend.to_slot(seen)
    stubborn.answers.clear()
    sqlite_backend.push(hours=50)
    sqlite_backend.services.do(overrides.try_again, TOM, sqlite_backend.delivery_id(seen), key())
    sqlite_backend.clock.push(timedelta(minutes=11))
    sqlite_backend.run()
    assert sqlite_backend.published == []
    assert sqlite_backend.states(seen) == {"bakery": "dropped"}
    sqlite_backend.services.do(overrides.try_again, TOM, sqlite_backend.delivery_id(seen), key())
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.PUBLISHED


# --- two at once -------------------------------------------------------------------------------------


def both(backend: Backend, *verbs: Any) -> list[BaseException | None]:
    """Run verbs at the same moment, each in a thread; what each raised."""
    start = threading.Barrier(len(verbs))
    raised: list[BaseException | None] = [None] * len(verbs)

    def run(n: int) -> None:
        start.wait(5)
        try:
            verbs[n]()
        except Exception as error:
            raised[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return raised


def test_a_post_that_is_edited_at_that_moment_is_not_gone(backend: Backend) -> None:
    """On PostgreSQL whoever waited for the lock of a post just edited was told that there is no such post."""
    seen = backend.in_review()
    slot = backend.post(seen).slot
    entered, go_on = threading.Event(), threading.Event()

    def slow_edit(work: UnitOfWork) -> None:
        edit.save_edit(work, MAYA, seen, Changes("Other words", slot), key())
        entered.set()
        assert go_on.wait(10)

    def late_approval() -> None:
        assert entered.wait(10)
        threading.Timer(0.2, go_on.set).start()
        backend.services.do(review.approve, TOM, seen, key())

    raised = both(backend, lambda: backend.services.do(slow_edit), late_approval)
    assert raised[0] is None
    assert isinstance(raised[1], Outdated), raised[1]


def test_a_double_click_at_one_moment_counts_once(backend: Backend) -> None:
    """On PostgreSQL the slower of two copies of one click failed with the database's own words."""
    for _ in range(5):
        seen, click = backend.in_review(), key()
        raised = both(backend, *[partial(backend.services.do, review.hold, TOM, seen, click)] * 3)
        assert raised.count(None) == 1
        assert all(isinstance(error, Repeated | None.__class__) for error in raised), raised


def test_two_people_at_one_moment_the_first_decision_wins(backend: Backend) -> None:
    for _ in range(5):
        seen = backend.in_review()
        raised = both(
            backend,
            partial(backend.services.do, review.kill, MAYA, seen, key()),
            partial(backend.services.do, review.approve, TOM, seen, key()),
            partial(backend.services.do, review.hold, ANNA, seen, key()),
        )
        assert all(isinstance(error, Refusal | None.__class__) for error in raised), raised
        assert backend.status(seen) in (Status.KILLED, Status.HELD)
        given = backend.store.read(
            partial(approvals.list_of_version, version_id=backend.post(seen).version.id)
        )
        assert all(one.revoked_at for one in given)


def test_recovering_while_its_own_answer_arrives(backend: Backend) -> None:
    """No order of locks but gate, post, delivery: on PostgreSQL a recovery and an outcome waited for each other."""
    backend.store.write(lambda db: None)
    for n in range(4):
        seen = backend.approved(f"Post {n} {'x' * n}")
        slot = backend.post(seen).slot
        assert slot
        backend.clock.set(slot - timedelta(seconds=20))
        claim = next(
            one for one in backend.services.do(machine.claim, "sleeper") if one.post_id == seen.post_id
        )
        backend.clock.set(slot)
        begun = backend.services.do(machine.begin, claim)
        assert begun
        backend.clock.push(timedelta(minutes=2))
        raised = both(
            backend,
            partial(backend.services.do, machine.recover, "other"),
            partial(backend.services.do, machine.record_outcome, begun, Sent(f"9{n}", None)),
            partial(backend.services.do, machine.recover, "third"),
        )
        assert raised == [None, None, None]
        assert backend.states(seen) == {"bakery": "sent"}


def delivery_of(backend: Backend, seen: Seen) -> Delivery:
    found = backend.services.look(lambda work: deliveries.load(work.db, backend.delivery_id(seen)))
    assert found
    return found


def test_a_look_that_cannot_tell_is_repeated_and_then_asked(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    begun = begun_and_lost(sqlite_backend, seen)
    look = looked(sqlite_backend, begun)
    for minute in range(1, 16):
        sqlite_backend.services.do(machine.settle, look, CannotTell("no answer"))
        found = delivery_of(sqlite_backend, seen)
        if found.asks_a_person:
            assert minute >= 10
            break
        sqlite_backend.clock.push(timedelta(minutes=1))
    else:
        pytest.fail("nobody was asked")
    assert sqlite_backend.states(seen) == {"bakery": State.UNKNOWN.key}


def due_at(db: Connection, *, post_id: str) -> int | None:
    return db.execute(text("SELECT due_at FROM posts WHERE id = :id"), {"id": post_id}).scalar()


def test_posts_that_wait_hold_no_moment(sqlite_backend: Backend) -> None:
    """Every way out of approved takes the deliveries' moments with it, and the post's next moment fits its status."""
    ways: list[Any] = [
        lambda seen: sqlite_backend.services.do(review.hold, MAYA, seen, key()),
        lambda seen: sqlite_backend.services.do(review.kill, MAYA, seen, key()),
        lambda seen: sqlite_backend.services.do(review.undo, TOM, seen, key()),
        lambda seen: sqlite_backend.services.do(
            edit.save_edit, MAYA, seen, Changes("New", sqlite_backend.post(seen).slot), key()
        ),
        lambda seen: sqlite_backend.services.do(
            review.move, MAYA, seen, sqlite_backend.clock.now() + timedelta(hours=3), key()
        ),
    ]
    for way in ways:
        seen = sqlite_backend.approved()
        way(seen)
        found = delivery_of(sqlite_backend, seen)
        assert (found.state, found.due_at, found.latest_at) == (State.READY, None, None)
        due = sqlite_backend.store.read(partial(due_at, post_id=seen.post_id))
        assert (due is None) == (sqlite_backend.status(seen) in (Status.HELD, Status.KILLED))
    assert sqlite_backend.store.read(posts.find_next_due) is not None
