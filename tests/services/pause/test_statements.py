"""A statement: one post, released by two people while publishing is paused, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.domain.gate import ALL
from bot.domain.kinds import CardType, DeliveryType, LineType
from bot.domain.people import Person, Role
from bot.domain.policy import Policy
from bot.domain.posts import Seen, Status
from bot.domain.refusals import (
    AlreadyReleased,
    Blocked,
    CannotBeWaived,
    NotFrom,
    NotOfThisPause,
    NotPausedThere,
    OnlyMembersOrAsk,
    Outdated,
    WhoAreYou,
)
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.pause import statements
from bot.services.posts import drafts, edit, review
from bot.services.posts.create import NewPost
from bot.services.posts.edit import Changes
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import gate, pauses
from bot.store.slack import cards, people
from tests.backend import ANNA, GIL, MAYA, STRANGER, TOM, Backend, key

BEN = Person("U0BEN", "Ben", Role.MEMBER, in_private_channel=True)


def pause(backend: Backend, scope: str = ALL, person: Person = MAYA) -> str:
    return backend.services.do_first(pausing.pause, person, scope, "recall", key()).pause_id


def resume(backend: Backend, scope: str = ALL) -> None:
    def do(work: UnitOfWork) -> None:
        resuming.resume(work, TOM, scope, gate.read(work.db).rows[scope].epoch, {}, key())

    backend.do(do)


def write(
    backend: Backend, text: str = "We recall the rye bread.", accounts: tuple[str, ...] = ("bakery",)
) -> Seen:
    """A draft of Maya's."""
    post = backend.services.do(drafts.save_draft, MAYA, NewPost(accounts, text, None), key())
    return Seen(post.id, 1, post.version.seen.digest)


def release(backend: Backend, pause_id: str, seen: Seen, *people: Person) -> None:
    for person in people:
        backend.services.do(statements.release, person, pause_id, seen, key())


def kind(backend: Backend, seen: Seen, account: str = "bakery") -> DeliveryType:
    found = backend.services.look(lambda work: deliveries.list_of_post(work.db, seen.post_id))
    return next(one.kind for one in found if one.account == account)


# --- it goes out -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "two", [(MAYA, TOM), (TOM, MAYA), (TOM, ANNA), (BEN, ANNA)], ids=lambda two: two[0].name
)
def test_two_people_one_of_them_an_approver_let_it_go(backend: Backend, two: tuple[Person, Person]) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, two[0])
    backend.run()
    assert backend.published == []
    release(backend, pause_id, seen, two[1])
    backend.run()
    assert backend.published == ["We recall the rye bread."]
    assert backend.status(seen) is Status.PUBLISHED
    assert kind(backend, seen) is DeliveryType.STATEMENT


def test_everything_else_stays_where_it_is(backend: Backend) -> None:
    approved, other = backend.approved("400 loaves"), backend.plan("Sunny", minutes=100)
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, MAYA, TOM)
    backend.run()
    backend.push(minutes=200)
    assert backend.published == ["We recall the rye bread."]
    assert backend.status(approved) is Status.MISSED
    assert backend.status(other) is Status.MISSED


def test_a_planned_post_is_picked_and_its_approvals_are_untouched(backend: Backend) -> None:
    seen = backend.approved("Closed today")
    pause_id = pause(backend)
    release(backend, pause_id, backend.now_seen(seen), BEN, TOM)
    backend.run()
    assert backend.published == ["Closed today"]
    resume(backend)
    backend.push(minutes=60)
    assert backend.published == ["Closed today"]


# --- who ---------------------------------------------------------------------------------------------


def test_two_without_an_approver_wait_for_one(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, MAYA, BEN)
    backend.run()
    assert backend.published == []
    release(backend, pause_id, seen, TOM)
    backend.run()
    assert len(backend.published) == 1


def test_nobody_is_both(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    with pytest.raises(AlreadyReleased):
        release(backend, pause_id, seen, TOM)
    backend.run()
    assert backend.published == []


@pytest.mark.parametrize(("person", "refusal"), [(GIL, OnlyMembersOrAsk), (STRANGER, WhoAreYou)])
def test_only_full_members(backend: Backend, person: Person, refusal: type[Exception]) -> None:
    pause_id, seen = pause(backend), write(backend)
    with pytest.raises(refusal):
        release(backend, pause_id, seen, person)


def test_an_approver_is_one_of_this_post(backend: Backend) -> None:
    """Where somebody is named for an account, the team's approvers are none of what goes there."""
    accounts = dict(backend.policy.accounts)
    accounts["bakery"] = replace(accounts["bakery"], approvers=(ANNA.id,))
    use(backend, replace(backend.policy, accounts=accounts))
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, MAYA, TOM)
    backend.run()
    assert backend.published == []
    release(backend, pause_id, seen, ANNA)
    backend.run()
    assert len(backend.published) == 1


def use(backend: Backend, policy: Policy) -> None:
    services = replace(backend.services, policy=policy)
    object.__setattr__(backend, "services", services)
    backend.worker.services = services


# --- what ends it ------------------------------------------------------------------------------------


def edited(backend: Backend, pause_id: str, seen: Seen) -> None:
    backend.services.do(edit.save_edit, BEN, seen, Changes("Other words", None), key())


def resumed(backend: Backend, pause_id: str, seen: Seen) -> None:
    resume(backend)


def resumed_and_paused(backend: Backend, pause_id: str, seen: Seen) -> None:
    resume(backend)
    pause(backend)


def paused_again(backend: Backend, pause_id: str, seen: Seen) -> None:
    pause(backend, person=TOM)


def account_paused_too(backend: Backend, pause_id: str, seen: Seen) -> None:
    pause(backend, "bakery")


def killed(backend: Backend, pause_id: str, seen: Seen) -> None:
    backend.services.do(review.kill, BEN, seen, key())


def withdrawn(backend: Backend, pause_id: str, seen: Seen) -> None:
    backend.services.do(statements.withdraw, BEN, pause_id, seen, key())


def lapsed(backend: Backend, pause_id: str, seen: Seen) -> None:
    backend.push(minutes=30)


ENDS = [edited, resumed, resumed_and_paused, paused_again, account_paused_too, killed, withdrawn, lapsed]
End = Callable[[Backend, str, Seen], None]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_it_ends_before_the_second_release(backend: Backend, end: End) -> None:
    """Whoever comes second is either refused or the first one again."""
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    end(backend, pause_id, seen)
    with suppress(Outdated, NotFrom):
        release(backend, pause_id, seen, ANNA)
    backend.run()
    assert backend.published == []


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_it_ends_between_the_second_release_and_the_begin(backend: Backend, end: End) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    end(backend, pause_id, seen)
    backend.run()
    assert backend.published == []
    assert backend.status(seen) in (Status.DRAFT, Status.KILLED)
    resume(backend) if end not in (resumed,) else None
    backend.push(minutes=120)
    assert backend.published == []


@pytest.mark.parametrize("lost", ["approver", "member"])
def test_a_lost_right_ends_it(backend: Backend, lost: str) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, BEN, TOM)
    lose(backend, TOM if lost == "approver" else BEN, Role.MEMBER if lost == "approver" else Role.GUEST)
    backend.run()
    assert backend.published == []


def lose(backend: Backend, person: Person, role: Role) -> None:
    if role is Role.MEMBER:
        approvers = tuple(one for one in backend.policy.approvers if one != person.id)
        use(backend, replace(backend.policy, approvers=approvers))
        return
    known = people.KnownPerson(person.id, person.name, role, None, backend.clock.now())
    backend.do(lambda work: people.remember(work.db, known))


def test_it_counts_for_thirty_minutes(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    backend.push(minutes=29, seconds=59)
    release(backend, pause_id, seen, ANNA)
    backend.run()
    assert len(backend.published) == 1


def test_what_has_lapsed_can_be_released_again(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    backend.push(minutes=31)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    assert len(backend.published) == 1


def told(backend: Backend, pause_id: str) -> list[str]:
    """Why, line by line, no statement goes out."""
    kept = backend.store.read(
        lambda db: cards.list_said(db, CardType.BANNER, pause_id, LineType.STATEMENT_ENDED)
    )
    return [str(values["why"]) for values in kept]


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lapsed, "nobody else released it within 30 minutes"),
        (paused_again, "publishing was paused again"),
        (withdrawn, "withdrew it"),
        (edited, "changed the text"),
        (killed, "killed it"),
    ],
    ids=lambda value: getattr(value, "__name__", "told"),
)
def test_whoever_released_it_is_told_that_it_does_not_go_out(backend: Backend, end: End, why: str) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    end(backend, pause_id, seen)
    backend.push(minutes=31)
    assert told(backend, pause_id) == [why]


@pytest.mark.parametrize("end", [paused_again, account_paused_too], ids=lambda end: end.__name__)
def test_another_pause_says_at_once_that_it_does_not_go_out(backend: Backend, end: End) -> None:
    """Seen: the thread kept asking for a second person until the half hour was over."""
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    backend.run()
    assert told(backend, pause_id) == []
    end(backend, pause_id, seen)
    backend.run()
    assert told(backend, pause_id) == ["publishing was paused again"]
    backend.push(minutes=31)
    assert len(told(backend, pause_id)) == 1
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    assert len(backend.published) == 1


def test_let_go_and_stopped_by_a_pause_of_the_account_it_is_told(backend: Backend) -> None:
    """That pause takes the moment from what is armed, so that no begin would say it."""
    pause_id = pause(backend)
    seen = backend.now_seen(backend.plan("Closed today", minutes=20))
    release(backend, pause_id, seen, TOM, ANNA)
    pause(backend, "bakery")
    backend.push(minutes=31)
    assert backend.published == []
    assert told(backend, pause_id) == ["publishing was paused again"]


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_a_resume_says_at_once_that_it_does_not_go_out(backend: Backend, scope: str) -> None:
    """Seen: who had released it heard nothing, since the thread of a pause that is over takes no line."""
    pause_id, seen = pause(backend), write(backend)
    pause(backend, "bakery")
    release(backend, pause_id, seen, TOM)
    resume(backend, scope)
    assert told(backend, pause_id) == ["resumed publishing"]
    backend.push(minutes=31)
    assert told(backend, pause_id) == ["resumed publishing"]
    assert backend.published == []


def test_a_resume_says_so_of_one_that_was_let_go_and_had_not_begun(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    resume(backend)
    assert told(backend, pause_id) == ["resumed publishing"]
    backend.push(minutes=31)
    assert backend.published == []


def test_a_resume_says_nothing_of_one_that_is_out(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    resume(backend)
    assert told(backend, pause_id) == []


def test_what_went_out_is_not_said_to_have_lapsed(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    backend.push(minutes=31)
    assert told(backend, pause_id) == []


def test_the_thread_says_that_nobody_else_has_to_release_it(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)

    def goes() -> list[tuple[object, object]]:
        kept = backend.store.read(
            lambda db: cards.list_said(db, CardType.BANNER, pause_id, LineType.STATEMENT_GOES)
        )
        return [(values["by"], values["mention"]) for values in kept]

    release(backend, pause_id, seen, TOM)
    assert goes() == []
    release(backend, pause_id, seen, ANNA)
    assert goes() == [(ANNA.id, [TOM.id])]


# --- where -------------------------------------------------------------------------------------------


def test_it_goes_nowhere_that_is_open(backend: Backend) -> None:
    pause_id, seen = pause(backend, "bakery"), write(backend, accounts=("bakery", "cafe"))
    with pytest.raises(NotPausedThere, match="Cafe is not paused"):
        release(backend, pause_id, seen, TOM)


def test_of_one_accounts_pause_it_is_for_that_account(backend: Backend) -> None:
    pause_id, _ = pause(backend, "bakery"), pause(backend, "cafe")
    seen = write(backend, accounts=("cafe",))
    with pytest.raises(NotOfThisPause):
        release(backend, pause_id, seen, TOM)
    seen = write(backend, "Both", accounts=("bakery", "cafe"))
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    assert sorted(one.account for one in backend.network.ledger) == ["bakery", "cafe"]


def test_a_resume_of_one_account_stops_it_whole(backend: Backend) -> None:
    pause_id, _ = pause(backend, "bakery"), pause(backend, "cafe")
    seen = write(backend, accounts=("bakery", "cafe"))
    release(backend, pause_id, seen, TOM, ANNA)
    resume(backend, "cafe")
    backend.run()
    assert backend.published == []


# --- as of any post ----------------------------------------------------------------------------------


def test_a_minute_between_two_posts_of_an_account(backend: Backend) -> None:
    backend.to_slot(backend.approved("400 loaves"))
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    assert len(backend.published) == 1
    backend.push(seconds=61)
    assert len(backend.published) == 2


def test_what_has_to_be_fixed_stops_it(backend: Backend) -> None:
    pause_id, seen = pause(backend), backend.with_image(alt="")
    with pytest.raises(Blocked):
        release(backend, pause_id, seen, TOM)
    for person in (TOM, ANNA):
        backend.services.do(
            statements.release, person, pause_id, seen, key(), anyway="nobody is there to ask"
        )
    backend.run()
    assert len(backend.published) == 1
    too_long = write(backend, "x" * 4000)
    with pytest.raises(CannotBeWaived):
        backend.services.do(statements.release, TOM, pause_id, too_long, key(), anyway="now")


def test_the_pause_is_still_on(backend: Backend) -> None:
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.run()
    found = backend.services.look(lambda work: pauses.load(work.db, pause_id))
    assert found is not None
    assert found.ended_at is None
    assert backend.services.look(lambda work: gate.read(work.db).rows[ALL].paused)
