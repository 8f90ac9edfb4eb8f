"""`byhand connect … --replace`: the account is another profile from now on, and what was for the former one ends."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.deliveries import AttemptState
from bot.domain.inbox_refusals import WrittenToFormer
from bot.domain.posts import Seen, Status
from bot.domain.refusals import AnotherIdentity, NotFrom, Refusal, SignedInMeanwhile
from bot.sandbox.networks.server import Fault
from bot.services.accounts import replacing, sign_ins
from bot.services.deliveries import overrides, take_down
from bot.services.posts import edit, review
from bot.services.queries.posts import load_card
from bot.store import deliveries, record
from bot.store import sign_ins as rows
from bot.store.inbox import cursors
from bot.store.tables.core import approvals as given
from bot.store.tables.core import attempts
from bot.store.tables.slack import lines as thread_lines
from bot.workers.worker import Worker
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.inbox_backend import InboxBackend
from tests.promises.profiles import OTHER, WHO, Profiles, last_attempt, where

REPLACED = "account is another profile now"
SAYS = "Bakery is signed in as @other@dock.example now, and no longer as @bakery@dock.example"


@pytest.fixture
def profiles(backend: Backend, tmp_path: Path) -> Profiles:
    made = Profiles(backend, tmp_path)
    made.connection.check()
    return made


@pytest.fixture
def inbox(inbox_backend: InboxBackend, tmp_path: Path) -> Profiles:
    made = Profiles(inbox_backend, tmp_path)
    made.connection.check()
    return made


def lines(backend: Backend) -> list[str]:
    """What was said in threads, where it is a sentence of its own."""
    found = select(thread_lines.c["values"])
    values = backend.store.read(lambda db: [dict(one or {}) for one in db.execute(found).scalars()])
    return [str(one.get("sentence") or one.get("reason")) for one in values]


def when_ended(backend: Backend, seen: Seen) -> list[Any]:
    """Of each approval and Go of a post."""
    its = select(given.c.revoked_at).where(given.c.post_id == seen.post_id)
    return backend.store.read(lambda db: list(db.execute(its).scalars()))


# --- posts --------------------------------------------------------------------------------------------


def test_what_was_approved_ends_and_people_are_told_why(backend: Backend, profiles: Profiles) -> None:
    seen = backend.approved()
    ended = profiles.replace()
    assert ended is not None
    assert (ended.before, ended.posts) == ("@bakery@dock.example", 1)
    post = backend.post(seen)
    assert (post.status, post.reason) == (Status.REVIEW, SAYS)
    assert post.version.body.identities == {"bakery": profiles.known()}
    assert f"{SAYS}, so what was approved has ended. Please approve it again, for that profile." in lines(
        backend
    )
    backend.to_slot(seen)
    assert backend.published == []


def test_approved_again_it_goes_out_as_the_new_one(backend: Backend, profiles: Profiles) -> None:
    seen = backend.approved()
    profiles.replace()
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert where(backend) == [OTHER]
    assert last_attempt(backend, seen).identity == profiles.known()


@pytest.mark.parametrize("known", [True, False], ids=["known", "from before"])
def test_words_approved_early_and_a_go_end_too(backend: Backend, tmp_path: Path, known: bool) -> None:
    """Also where nobody had said whose it was when they were approved."""
    made = Profiles(backend, tmp_path)
    if known:
        made.connection.check()
    early = backend.plan("Approved early", minutes=90)
    backend.services.do(review.approve, TOM, early, key())
    later = backend.plan("With a Go", minutes=40)
    backend.services.do(review.approve, TOM, later, key())
    backend.push(minutes=15)
    backend.services.do(review.go, MAYA, backend.now_seen(later), key())
    assert backend.status(later) is Status.APPROVED
    made.connection.check()
    made.replace()
    for seen in (early, later):
        ended = when_ended(backend, seen)
        assert ended
        assert None not in ended
        assert backend.post(seen).version.body.identities == {"bakery": made.known()}


def test_posts_of_other_accounts_and_the_same_profile_stay_as_they_are(
    backend: Backend, profiles: Profiles
) -> None:
    """A changed server or handle that leads to the same id is no other profile."""
    ours, others = backend.approved(), backend.approved("Of the cafe", accounts=("cafe",))
    assert profiles.replace("bakery") is None, "with --replace, too"
    assert backend.status(ours) is Status.APPROVED
    profiles.replace()
    assert backend.status(others) is Status.APPROVED
    backend.to_slot(others)
    assert where(backend) == ["cafe"]


def test_without_replace_another_one_is_refused(backend: Backend, profiles: Profiles) -> None:
    seen, before = backend.approved(), profiles.known()
    with pytest.raises(AnotherIdentity, match="With --replace it is this one from now on"):
        profiles.sign_in(replaces=False)
    assert profiles.known() == before
    assert backend.status(seen) is Status.APPROVED


@pytest.mark.parametrize("verb", [review.kill, review.hold])
def test_what_was_stopped_comes_back_for_the_new_profile_alone(
    backend: Backend, profiles: Profiles, verb: Callable[..., None]
) -> None:
    seen = backend.in_review()
    backend.services.do(verb, MAYA, seen, key())
    profiles.replace()
    now = backend.now_seen(seen)
    if verb is review.kill:
        backend.services.do(review.bring_back, MAYA, now, key())
    else:
        backend.services.do(review.move, MAYA, now, backend.clock.now() + timedelta(minutes=20), key())
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert where(backend) == [OTHER]


def test_of_a_post_under_way_only_what_has_not_begun_there_is_dropped(
    backend: Backend, profiles: Profiles
) -> None:
    seen = backend.approved(accounts=("bakery", "cafe"))
    backend.network.faults.order(Fault.THROTTLED, None)
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHING
    profiles.replace()
    assert backend.states(seen)["bakery"] == "dropped"
    backend.network.faults.lift()
    for _ in range(8):
        backend.push(minutes=1)
    assert where(backend) == ["cafe"]
    again = backend.delivery_id(seen)
    with pytest.raises(NotFrom, match="Make a new post of its words: it was approved for another profile"):
        backend.services.do(overrides.try_again, TOM, again, key())


# --- what is on its way --------------------------------------------------------------------------------


def test_what_nobody_knows_goes_to_people_and_is_not_sent_again(backend: Backend, profiles: Profiles) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER, 1)
    backend.to_slot(seen)
    backend.store.write(lambda db: db.execute(update(attempts).values(identity=None)))
    ended = profiles.replace()
    assert ended is not None
    assert ended.unknown == 1
    assert any(SAYS in line for line in lines(backend))
    found = backend.store.read(lambda db: deliveries.load(db, backend.delivery_id(seen)))
    assert found is not None
    assert found.asks_a_person
    backend.push(minutes=30)
    assert where(backend) == ["bakery"]
    backend.services.do(overrides.try_again, TOM, found.id, key())  # It is not: send again
    backend.push(minutes=5)
    assert where(backend) == ["bakery"], "it was approved for that profile"
    assert backend.states(seen) == {"bakery": "dropped"}


def test_an_answer_lost_just_then_is_looked_for_nowhere_else(
    backend: Backend, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of an attempt of which nobody had said whose profile it was for."""
    seen = backend.approved()
    honest = Worker._call

    def call(self: Worker, begun: Any, deadline: float) -> Any:
        outcome = honest(self, begun, deadline)
        backend.store.write(lambda db: db.execute(update(attempts).values(identity=None)))
        profiles.replace()
        return outcome

    monkeypatch.setattr(Worker, "_call", call)
    backend.network.faults.order(Fault.LOST_ANSWER, 1)
    backend.to_slot(seen)
    monkeypatch.setattr(Worker, "_call", honest)
    for _ in range(20):
        backend.push(minutes=1)
    assert where(backend) == ["bakery"]
    found = backend.store.read(lambda db: deliveries.load(db, backend.delivery_id(seen)))
    assert found is not None
    assert found.asks_a_person


def test_whoever_finds_it_there_says_so(backend: Backend, profiles: Profiles) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER, 1)
    backend.to_slot(seen)
    profiles.replace()
    backend.services.do(overrides.confirm_sent, MAYA, backend.delivery_id(seen), key())
    assert backend.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("when", ["before the call", "after the call"])
def test_replaced_while_a_worker_sends(
    backend: Backend, profiles: Profiles, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """It goes out on the profile it was approved for, or nowhere."""
    seen = backend.approved()
    honest = Worker._call

    def call(self: Worker, begun: Any, deadline: float) -> Any:
        if when == "before the call":
            profiles.replace()
            return honest(self, begun, deadline)
        outcome = honest(self, begun, deadline)
        profiles.replace()
        return outcome

    monkeypatch.setattr(Worker, "_call", call)
    backend.to_slot(seen)
    monkeypatch.setattr(Worker, "_call", honest)
    backend.push(minutes=1)
    if when == "after the call":
        assert where(backend) == ["bakery"]
        assert backend.status(seen) is Status.PUBLISHED
    else:
        assert where(backend) == []
        assert last_attempt(backend, seen).state is AttemptState.NOT_SENT
        assert backend.status(seen) is Status.MISSED


def test_a_take_down_of_what_stands_there_is_refused_and_left_to_people(
    backend: Backend, profiles: Profiles
) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    profiles.replace()
    sent = backend.delivery_id(seen)
    card = backend.services.look(load_card, seen.post_id)
    assert card is not None
    (shown,) = card.deliveries
    assert (shown.can_delete, shown.left_to_people, shown.profile_url) == (False, True, None)
    with pytest.raises(
        NotFrom, match=r"It is on another profile \(Bakery is signed in as @other@.*delete it by hand"
    ):
        backend.services.do(take_down.take_down, TOM, sent, key())
    backend.services.do(take_down.say_deleted, TOM, sent, key())
    assert [one["deleted"] for one in backend.network.timeline() if one["account"] == "bakery"] == [False]


def test_a_take_down_that_was_ordered_before_calls_nothing(backend: Backend, profiles: Profiles) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    ended = profiles.replace()
    assert ended is not None
    assert ended.replies == 1
    backend.push(minutes=5)
    (gone,) = backend.store.read(lambda db: deliveries.list_take_downs(db, seen.post_id, "bakery"))
    assert (gone.state.key, gone.reason) == ("refused", SAYS)


# --- customers ----------------------------------------------------------------------------------------


def test_an_answer_to_who_wrote_to_the_former_one_does_not_go_out(
    inbox_backend: InboxBackend, inbox: Profiles
) -> None:
    asked = inbox_backend.writes()
    inbox_backend.poll()
    inbox_backend.sent()
    inbox.replace()
    assert inbox_backend.state() == "dropped"
    assert any("REPLY" in kind.upper() for kind in inbox_backend.said())
    inbox_backend.push(minutes=2)
    assert inbox_backend.got(asked) == []
    with pytest.raises(
        WrittenToFormer, match=r"It was written to another profile \(Bakery is signed in as @other@"
    ):
        inbox_backend.drafted("Another one")


def test_a_preview_of_before_is_not_sent(inbox_backend: InboxBackend, inbox: Profiles) -> None:
    asked = inbox_backend.writes()
    draft = inbox_backend.drafted()
    inbox.replace()
    with pytest.raises(WrittenToFormer):
        inbox_backend.send(draft)
    inbox_backend.push(minutes=2)
    assert inbox_backend.got(asked) == []


def test_who_writes_to_the_new_one_is_relayed_and_answered_from_there(
    inbox_backend: InboxBackend, inbox: Profiles
) -> None:
    inbox_backend.writes()
    inbox_backend.poll()
    inbox.replace()
    assert inbox_backend.store.read(lambda db: cursors.load_of_account(db, "bakery")) == {}
    inbox_backend.push(minutes=1)
    asked = inbox_backend.network.customer_writes("Jonas", "Do you deliver?", to=OTHER)
    inbox_backend.poll()
    new = next(one for one in inbox_backend.conversations() if one.thread == asked)
    assert new.account == "bakery"


# --- on record, at once, and halfway --------------------------------------------------------------------


def test_it_is_on_record(backend: Backend, profiles: Profiles) -> None:
    before = profiles.known()
    backend.approved()
    profiles.replace()
    (fact,) = backend.store.read(lambda db: record.list_of_kinds(db, "account:bakery", REPLACED))
    data = fact.data or {}
    assert (fact.who, data["before"], data["identity"], data["ended"]) == (
        WHO,
        before,
        profiles.known(),
        {"posts": 1},
    )


def test_two_who_replace_it_at_once(backend: Backend, profiles: Profiles) -> None:
    """One of them does; the other is told, and nothing of theirs is kept."""
    seen = backend.services.look(sign_ins.find_seen, "bakery")
    profiles.sign_in("bakery", seen=seen)  # a person's, so that the second one is told whose
    seen = backend.services.look(sign_ins.find_seen, "bakery")

    def once(_number: int) -> str:
        try:
            profiles.sign_in(seen=seen)
        except SignedInMeanwhile:
            return "told"
        return "done"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(once, range(2))) == ["done", "told"]
    facts = backend.store.read(lambda db: record.list_of_kinds(db, "account:bakery", REPLACED))
    assert len(facts) == 1


def test_two_who_sign_it_in_first_as_two_profiles_at_once(backend: Backend, tmp_path: Path) -> None:
    made = Profiles(backend, tmp_path)

    def once(name: str) -> str:
        try:
            made.sign_in(name, replaces=False, seen="")
        except Refusal as refused:
            return type(refused).__name__
        return name

    with ThreadPoolExecutor(2) as both:
        found = list(both.map(once, ("bakery", OTHER)))
    assert sum(one in ("bakery", OTHER) for one in found) == 1, found
    kept = backend.store.read(lambda db: rows.load(db, "bakery"))
    assert kept is not None
    winner = next(one for one in found if one in ("bakery", OTHER))
    assert kept.name == f"@{winner}@dock.example"


@pytest.mark.parametrize("at", ["_ask_anew", "_end_delivery", "end"])
def test_a_crash_halfway_changes_nothing(
    backend: Backend, profiles: Profiles, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """It is one transaction: the secret, whose it is, and what ends."""
    seen, before = backend.approved(), profiles.known()
    honest = getattr(replacing.Replacing, at)

    def dies(self: replacing.Replacing, *about: Any) -> Any:
        honest(self, *about)
        raise KeyboardInterrupt

    monkeypatch.setattr(replacing.Replacing, at, dies)
    with pytest.raises(KeyboardInterrupt):
        profiles.sign_in()
    monkeypatch.setattr(replacing.Replacing, at, honest)
    assert profiles.known() == before
    assert backend.status(seen) is Status.APPROVED
    backend.to_slot(seen)
    assert where(backend) == ["bakery"]


def test_a_process_that_has_not_heard_of_it_sends_nothing_as_the_former_one(
    backend: Backend, profiles: Profiles
) -> None:
    """Committed, and the connection not exchanged yet: another process, or this one killed in between."""
    seen = backend.approved()
    profiles.sign_in()
    backend.services.do(review.approve, ANNA, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert where(backend) == []
    profiles.exchange()
    backend.push(minutes=2)
    assert where(backend) == [OTHER]


def test_an_edit_after_it_is_for_the_new_one(backend: Backend, profiles: Profiles) -> None:
    seen: Seen = backend.in_review()
    profiles.replace()
    with pytest.raises(Refusal):
        backend.services.do(review.approve, TOM, seen, key())
    slot = backend.post(seen).slot
    backend.services.do(edit.save_edit, MAYA, backend.now_seen(seen), edit.Changes("New", slot), key())
    assert backend.post(seen).version.body.identities == {"bakery": profiles.known()}
