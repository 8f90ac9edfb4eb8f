"""Sending, where it goes wrong: uploads that fail, late answers, accounts that are gone, one of two accounts."""

from __future__ import annotations

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
from bot.services.posts import review
from bot.services.posts.review import Changes
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import gate
from bot.store.posts import approvals, posts
from tests.houses import ANNA, MAYA, TOM, House, key, team
from tests.stubborn import make_stubborn

TWO = ("bakery", "cafe")


def approved_with_image(house: House, **wanted: Any) -> Seen:
    seen = house.with_image(**wanted)
    house.services.do(review.approve, TOM, seen, key())
    return seen


def facts(house: House, seen: Seen) -> list[str]:
    query = text("SELECT what FROM facts WHERE subject = :subject ORDER BY at, id")
    return list(house.store.read(lambda db: db.execute(query, {"subject": f"post:{seen.post_id}"}).scalars()))


def said(house: House) -> list[str]:
    """The kinds of the lines in threads, in order."""
    return list(
        house.store.read(
            lambda db: db.execute(text("SELECT kind FROM lines ORDER BY created_at, seq")).scalars()
        )
    )


def shut(work: UnitOfWork, scope: str = "all", *, paused: bool = True) -> None:
    row = gate.lock_exclusively(work.db, scope)
    gate.save(work.db, replace(row, paused=paused, epoch=row.epoch + paused, by=TOM.id, at=work.now))


# --- uploads -----------------------------------------------------------------------------------------


def test_a_post_with_an_image_goes_out_with_it(home: House) -> None:
    seen = approved_with_image(home)
    home.to_slot(seen)
    assert home.status(seen) is Status.PUBLISHED
    assert [media["alt"] for media in home.network.timeline()[0]["media"]] == ["A loaf"]


@pytest.mark.parametrize("outcome", [NotSent("no route"), Later("too many requests", None)])
def test_an_upload_that_fails_ahead_of_the_slot_does_not_bring_it_forward(home: House, outcome: Any) -> None:
    """The back-off of a failed upload became the moment of the send: the post went out 58 s before its slot."""
    seen = approved_with_image(home)
    make_stubborn(home).fail["prepare"].append(PrepareFailed(outcome))
    slot = home.post(seen).slot
    assert slot
    home.clock.set(slot - timedelta(seconds=55))
    home.run()
    for _ in range(9):
        home.push(seconds=6)
        assert home.clock.now() >= slot or home.published == []
    home.push(seconds=60)
    assert len(home.published) == 1
    assert home.network.ledger[0].at >= slot


def test_an_upload_that_keeps_failing_is_not_hammered(home: House) -> None:
    """A failed upload was claimed again at once, for its next moment lay inside the claim's minute: a hot loop."""
    seen = approved_with_image(home)
    stubborn = make_stubborn(home)
    stubborn.always["prepare"] = lambda: PrepareFailed(NotSent("no route"))
    slot = home.post(seen).slot
    assert slot
    home.clock.set(slot - timedelta(seconds=55))
    home.run()
    assert stubborn.calls == ["prepare"]
    for _ in range(70):
        home.push(seconds=10)
    assert home.published == []
    assert home.status(seen) is Status.MISSED
    assert 5 <= len(stubborn.calls) <= 20


def test_an_upload_that_fails_has_its_place_on_record_and_in_the_thread(home: House) -> None:
    """A refused upload ended the post without a word: no fact, no line for the approvers."""
    seen = approved_with_image(home)
    make_stubborn(home).fail["prepare"].append(PrepareFailed(Refused("The image is broken")))
    home.to_slot(seen)
    assert home.status(seen) is Status.FAILED
    assert "outcome" in facts(home, seen)
    assert "failed" in said(home)


def test_an_adapter_that_raises_in_prepare_does_not_keep_a_post_publishing_for_ever(home: House) -> None:
    """Its claim lapsed and was taken again every minute; of a post already publishing nobody ever asked about late."""
    seen = approved_with_image(home)
    stubborn = make_stubborn(home)
    home.network.faults.order(Fault.THROTTLED)
    stubborn.fail["publish"].clear()
    stubborn.answers["publish"] = Refused("Not today")
    home.to_slot(seen)
    assert home.status(seen) is Status.FAILED
    stubborn.answers.clear()
    home.services.do(overrides.try_again, TOM, home.delivery_id(seen), key())
    stubborn.always["prepare"] = lambda: ValueError("a bug")
    for _ in range(40):
        home.push(seconds=30)
    assert home.states(seen) == {"bakery": "dropped"}
    assert home.status(seen) is Status.MISSED


def test_trying_again_uploads_again(home: House) -> None:
    """P1: a failed post's alt text is mended and it is tried again: it went out with the upload of the old alt text."""
    seen = approved_with_image(home, alt="A laof")
    stubborn = make_stubborn(home)
    stubborn.answers["publish"] = Refused("Not today")
    home.to_slot(seen)
    stubborn.answers.clear()
    slot = home.post(seen).slot
    home.services.do(
        review.edit, MAYA, seen, Changes("Fresh bread at nine", slot, alts={"a" * 64: "A loaf"}), key()
    )
    home.services.do(overrides.try_again, TOM, home.delivery_id(seen), key())
    home.push(minutes=1)
    assert [media["alt"] for media in home.network.timeline()[0]["media"]] == ["A loaf"]


def test_a_crash_after_an_upload_uploads_again(home: House) -> None:
    """Nothing was kept of the upload: the next process makes it anew, and the post goes out once, with its image."""
    seen = approved_with_image(home)
    slot = home.post(seen).slot
    assert slot
    home.clock.set(slot - timedelta(seconds=50))
    claim = home.services.do(machine.claim, "gone")[0]
    content, prepared = home.services.look(load_material, claim)
    home.accounts["bakery"].prepare(content, prepared, home.clock.now())  # and the process dies
    home.worker.start()
    home.to_slot(seen)
    assert len(home.published) == 1
    assert len(home.network.timeline()[0]["media"]) == 1


# --- answers that come late --------------------------------------------------------------------------


def begun_and_lost(house: House, seen: Seen) -> Begun:
    """A send under way in a process that stopped: its lease ran out, so its outcome is unknown."""
    slot = house.post(seen).slot
    assert slot
    house.clock.set(slot - timedelta(seconds=20))
    claims = house.services.do(machine.claim, "sleeper")
    house.clock.set(slot)
    (claim,) = (one for one in claims if one.delivery_id == house.delivery_id(seen))
    begun = house.services.do(machine.begin, claim)
    assert begun is not None
    house.clock.push(timedelta(minutes=2))
    house.services.do(machine.recover, "somebody-else")
    assert house.states(seen)["bakery"] == "unknown"
    return begun


def looked(house: House, begun: Begun) -> ToLook:
    return next(
        one for one in house.services.look(machine.list_to_look_at) if one.attempt_id == begun.attempt_id
    )


def test_late_proof_of_success_before_a_second_try_settles_it(home: House) -> None:
    """P4: found absent and made ready again, but then the first answer came, with a link: it was sent a second time."""
    seen = home.approved()
    begun = begun_and_lost(home, seen)
    home.services.do(machine.settle, looked(home, begun), Absent())
    assert home.states(seen) == {"bakery": "ready"}
    home.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    home.push(minutes=2)
    assert home.published == []
    assert home.states(seen) == {"bakery": "sent"}
    assert home.status(seen) is Status.PUBLISHED


def test_late_proof_of_success_of_what_was_dropped(home: House) -> None:
    """The card said missed while the post was there for all to see."""
    seen = home.approved()
    begun = begun_and_lost(home, seen)
    look = looked(home, begun)
    home.clock.push(timedelta(minutes=20))
    home.services.do(machine.settle, look, Absent())
    assert home.status(seen) is Status.MISSED
    home.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert home.states(seen) == {"bakery": "sent"}
    assert home.status(seen) is Status.PUBLISHED


def test_late_proof_of_success_while_the_post_has_a_new_slot(home: House) -> None:
    """It is not sent a second time, and people are told."""
    seen = home.approved()
    begun = begun_and_lost(home, seen)
    look = looked(home, begun)
    home.clock.push(timedelta(minutes=20))
    home.services.do(machine.settle, look, Absent())
    home.services.do(review.move, MAYA, seen, home.clock.now() + timedelta(minutes=10), key())
    home.services.do(review.approve, TOM, home.now_seen(seen), key())
    home.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    for _ in range(30):
        home.push(minutes=1)
    assert home.published == []
    assert "incident" in said(home)


def test_late_proof_of_what_a_person_found_is_no_incident(home: House) -> None:
    """ "It is there", said a person; then the network's answer said so too: a false alarm of two posts was raised."""
    seen = home.approved()
    begun = begun_and_lost(home, seen)
    home.services.do(overrides.confirm_sent, MAYA, home.delivery_id(seen), key())
    home.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert "incident" not in facts(home, seen)
    found = delivery_of(home, seen)
    assert found.remote_url == "https://social.example/77"


def test_a_look_at_an_older_attempt_changes_nothing(home: House) -> None:
    seen = home.approved()
    begun = begun_and_lost(home, seen)
    look = looked(home, begun)
    home.services.do(machine.settle, look, Absent())
    home.services.do(machine.settle, look, Absent())
    assert facts(home, seen).count("looked") == 1


# --- accounts ----------------------------------------------------------------------------------------


def test_two_accounts_one_refuses(home: House) -> None:
    """Published on A, failed on B; B again by a person, and only B."""
    seen = home.approved(accounts=TWO)
    cafe = make_stubborn(home, "cafe")
    cafe.answers["publish"] = Refused("Your account is limited")
    home.to_slot(seen)
    assert home.states(seen) == {"bakery": "sent", "cafe": "refused"}
    assert home.status(seen) is Status.PUBLISHED
    cafe.answers.clear()
    home.push(hours=5)
    with pytest.raises(NothingToSend):
        home.services.do(overrides.try_again, TOM, home.delivery_id(seen, "bakery"), key())
    home.services.do(overrides.try_again, TOM, home.delivery_id(seen, "cafe"), key())
    home.run()
    assert home.states(seen) == {"bakery": "sent", "cafe": "sent"}
    assert [line.account for line in home.network.ledger] == ["bakery", "cafe"]


def test_an_account_gone_from_the_settings_keeps_the_whole_post(home: House) -> None:
    """Approved, then restarted without one of its accounts: the other half went out alone."""
    seen = home.approved(accounts=TWO)
    del home.accounts["cafe"]
    home.to_slot(seen)
    home.push(minutes=11)
    assert home.published == []
    post = home.post(seen)
    assert (post.status, post.reason) == (Status.MISSED, "the account cafe is not in the settings any more")


def test_an_approved_post_that_cannot_begin_waits_for_people_while_they_can_still_decide(home: House) -> None:
    seen = home.in_review(accounts=TWO)
    home.services.do(review.post_now, TOM, seen, key())
    del home.accounts["cafe"]
    home.run()
    assert home.status(seen) is Status.REVIEW
    home.push(minutes=11)
    assert home.status(seen) is Status.MISSED
    assert home.published == []


def test_an_account_gone_with_an_image_to_upload(home: House) -> None:
    seen = approved_with_image(home)
    del home.accounts["bakery"]
    home.to_slot(seen)
    home.push(minutes=11)
    assert home.status(seen) is Status.MISSED
    assert home.worker.busy() is False


def test_a_lost_answer_of_an_account_that_is_gone_is_asked(home: House) -> None:
    seen = home.approved()
    home.network.faults.order(Fault.LOST_ANSWER)
    home.to_slot(seen)
    del home.accounts["bakery"]
    for _ in range(20):
        home.push(minutes=1)
    found = delivery_of(home, seen)
    assert found.asks_a_person
    home.services.do(overrides.confirm_sent, MAYA, home.delivery_id(seen), key())
    assert home.status(seen) is Status.PUBLISHED


# --- why a slot was missed ---------------------------------------------------------------------------


def test_an_approval_that_ended_in_a_pause_says_so(house: House) -> None:
    """Nothing was sent, and the card said that nobody had decided."""
    seen = house.approved()
    house.services.do(shut)
    house.services.do(shut, paused=False)
    house.to_slot(seen)
    assert (house.status(seen), house.post(seen).reason) == (Status.MISSED, "its approval has ended")


def test_an_approved_post_that_meets_a_shut_gate_says_so(house: House) -> None:
    seen = house.approved()
    house.services.do(shut)
    house.to_slot(seen)
    assert "publishing was paused" in (house.post(seen).reason or "")


# --- stop the rest, try again ------------------------------------------------------------------------


def test_stop_the_rest(home: House) -> None:
    seen = home.approved(accounts=TWO)
    make_stubborn(home, "cafe").always["publish"] = lambda: AssertionError("not called")
    home.network.faults.order(Fault.SLOW)
    home.push(minutes=19.7)
    bakery = next(claim for *_, claim in home.worker._held if claim.account == "bakery")
    home.clock.push(timedelta(seconds=20))
    begun = home.services.do(machine.begin, bakery)
    assert begun
    home.services.do(overrides.stop_rest, MAYA, seen, key())
    assert home.states(seen) == {"bakery": "sending", "cafe": "dropped"}
    home.services.do(machine.record_outcome, begun, Sent("1", "https://social.example/1"))
    assert home.status(seen) is Status.PUBLISHED
    home.push(minutes=5)
    assert home.states(seen) == {"bakery": "sent", "cafe": "dropped"}


def test_stop_the_rest_where_it_is_the_last_that_is_open(home: House) -> None:
    seen = home.approved(accounts=TWO)
    make_stubborn(home, "cafe").answers["publish"] = NotSent("no route")
    home.to_slot(seen)
    assert home.status(seen) is Status.PUBLISHING
    home.services.do(overrides.stop_rest, MAYA, seen, key())
    assert home.states(seen) == {"bakery": "sent", "cafe": "dropped"}
    assert home.status(seen) is Status.PUBLISHED


def test_what_was_being_sent_when_the_rest_was_stopped_is_not_sent_later(home: House) -> None:
    """A person pressed Stop; the send under way was throttled, and the bot tried it again two seconds later."""
    seen = home.approved()
    home.push(minutes=19.7)
    claim = home.worker._held[0][-1]
    home.clock.push(timedelta(seconds=20))
    begun = home.services.do(machine.begin, claim)
    assert begun
    home.services.do(overrides.stop_rest, MAYA, seen, key())
    home.services.do(machine.record_outcome, begun, NotSent("no route"))
    for _ in range(5):
        home.push(minutes=1)
    assert home.published == []
    assert home.states(seen) == {"bakery": "dropped"}
    assert home.status(seen) is Status.MISSED


def test_trying_again_needs_as_many_approvals(store_of_two: House) -> None:
    """The second approver's older yes counts until a pause; then nobody could ever send it again: each was one."""
    house = store_of_two
    seen = house.in_review()
    house.services.do(review.approve, TOM, seen, key())
    house.services.do(review.approve, ANNA, seen, key())
    stubborn = make_stubborn(house)
    stubborn.answers["publish"] = Refused("Not today")
    house.to_slot(seen)
    house.services.do(overrides.try_again, TOM, house.delivery_id(seen), key())
    house.push(minutes=1)
    assert house.status(seen) is Status.FAILED
    house.services.do(shut)
    with pytest.raises(Paused):
        house.services.do(overrides.try_again, TOM, house.delivery_id(seen), key())
    house.services.do(shut, paused=False)
    stubborn.answers.clear()
    house.services.do(overrides.try_again, TOM, house.delivery_id(seen), key())
    house.push(minutes=1)
    assert house.status(seen) is Status.FAILED
    assert house.published == []
    house.services.do(overrides.try_again, ANNA, house.delivery_id(seen), key())
    house.push(minutes=1)
    assert len(house.published) == 1


@pytest.fixture
def store_of_two(home: House) -> Iterator[House]:
    built = House(home.store, home.network, home.clock, team(approvals=2), "worker-2")
    yield built
    built.worker.stop(timedelta(seconds=5))


def test_trying_again_counts_lateness_from_the_click(home: House) -> None:
    seen = home.approved()
    stubborn = make_stubborn(home)
    stubborn.answers["publish"] = Refused("Not today")
    home.to_slot(seen)
    stubborn.answers.clear()
    home.push(hours=50)
    home.services.do(overrides.try_again, TOM, home.delivery_id(seen), key())
    home.clock.push(timedelta(minutes=11))
    home.run()
    assert home.published == []
    assert home.states(seen) == {"bakery": "dropped"}
    home.services.do(overrides.try_again, TOM, home.delivery_id(seen), key())
    home.run()
    assert home.status(seen) is Status.PUBLISHED


# --- two at once -------------------------------------------------------------------------------------


def both(house: House, *verbs: Any) -> list[BaseException | None]:
    """Run verbs at the same moment, each in a thread; what each raised."""
    start, raised = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(n: int) -> None:
        start.wait(5)
        try:
            verbs[n]()
        except Exception as error:
            raised[n] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return raised


def test_a_post_that_is_edited_at_that_moment_is_not_gone(house: House) -> None:
    """On PostgreSQL whoever waited for the lock of a post just edited was told that there is no such post."""
    seen = house.in_review()
    slot = house.post(seen).slot
    entered, go_on = threading.Event(), threading.Event()

    def slow_edit(work: UnitOfWork) -> None:
        review.edit(work, MAYA, seen, Changes("Other words", slot), key())
        entered.set()
        assert go_on.wait(10)

    def late_approval() -> None:
        assert entered.wait(10)
        threading.Timer(0.2, go_on.set).start()
        house.services.do(review.approve, TOM, seen, key())

    raised = both(house, lambda: house.services.do(slow_edit), late_approval)
    assert raised[0] is None
    assert isinstance(raised[1], Outdated), raised[1]


def test_a_double_click_at_one_moment_counts_once(house: House) -> None:
    """On PostgreSQL the slower of two copies of one click failed with the database's own words."""
    for _ in range(5):
        seen, click = house.in_review(), key()
        raised = both(house, *[partial(house.services.do, review.hold, TOM, seen, click)] * 3)
        assert raised.count(None) == 1
        assert all(isinstance(error, Repeated | None.__class__) for error in raised), raised


def test_two_people_at_one_moment_the_first_decision_wins(house: House) -> None:
    for _ in range(5):
        seen = house.in_review()
        raised = both(
            house,
            partial(house.services.do, review.kill, MAYA, seen, key()),
            partial(house.services.do, review.approve, TOM, seen, key()),
            partial(house.services.do, review.hold, ANNA, seen, key()),
        )
        assert all(isinstance(error, Refusal | None.__class__) for error in raised), raised
        assert house.status(seen) in (Status.KILLED, Status.HELD)
        given = house.store.read(partial(approvals.list_of_version, version_id=house.post(seen).version.id))
        assert all(one.revoked_at for one in given)


def test_recovering_while_its_own_answer_arrives(house: House) -> None:
    """No order of locks but gate, post, delivery: on PostgreSQL a recovery and an outcome waited for each other."""
    house.store.write(lambda db: None)
    for n in range(4):
        seen = house.approved(f"Post {n} {'x' * n}")
        slot = house.post(seen).slot
        assert slot
        house.clock.set(slot - timedelta(seconds=20))
        claim = next(
            one for one in house.services.do(machine.claim, "sleeper") if one.post_id == seen.post_id
        )
        house.clock.set(slot)
        begun = house.services.do(machine.begin, claim)
        assert begun
        house.clock.push(timedelta(minutes=2))
        raised = both(
            house,
            partial(house.services.do, machine.recover, "other"),
            partial(house.services.do, machine.record_outcome, begun, Sent(f"9{n}", None)),
            partial(house.services.do, machine.recover, "third"),
        )
        assert raised == [None, None, None]
        assert house.states(seen) == {"bakery": "sent"}


def delivery_of(house: House, seen: Seen) -> Delivery:
    found = house.services.look(lambda work: deliveries.load(work.db, house.delivery_id(seen)))
    assert found
    return found


def test_a_look_that_cannot_tell_is_repeated_and_then_asked(home: House) -> None:
    seen = home.approved()
    begun = begun_and_lost(home, seen)
    look = looked(home, begun)
    for minute in range(1, 16):
        home.services.do(machine.settle, look, CannotTell("no answer"))
        found = delivery_of(home, seen)
        if found.asks_a_person:
            assert minute >= 10
            break
        home.clock.push(timedelta(minutes=1))
    else:
        pytest.fail("nobody was asked")
    assert home.states(seen) == {"bakery": State.UNKNOWN.key}


def due_at(db: Connection, *, post_id: str) -> int | None:
    return db.execute(text("SELECT due_at FROM posts WHERE id = :id"), {"id": post_id}).scalar()


def test_posts_that_wait_hold_no_moment(home: House) -> None:
    """Every way out of approved takes the deliveries' moments with it, and the post's next moment fits its status."""
    ways: list[Any] = [
        lambda seen: home.services.do(review.hold, MAYA, seen, key()),
        lambda seen: home.services.do(review.kill, MAYA, seen, key()),
        lambda seen: home.services.do(review.undo, TOM, seen, key()),
        lambda seen: home.services.do(review.edit, MAYA, seen, Changes("New", home.post(seen).slot), key()),
        lambda seen: home.services.do(review.move, MAYA, seen, home.clock.now() + timedelta(hours=3), key()),
    ]
    for way in ways:
        seen = home.approved()
        way(seen)
        found = delivery_of(home, seen)
        assert (found.state, found.due_at, found.latest_at) == (State.READY, None, None)
        due = home.store.read(partial(due_at, post_id=seen.post_id))
        assert (due is None) == (home.status(seen) in (Status.HELD, Status.KILLED))
    assert home.store.read(posts.find_next_due) is not None
