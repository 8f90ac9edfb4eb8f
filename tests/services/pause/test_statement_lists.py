"""Who has to release a statement where accounts name approvers of their own: said before, and only they are asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.deliveries import State
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person, Role
from bot.domain.posts import Status
from bot.domain.shown.statement_screens import Wanted
from bot.services import settings_changes
from bot.services.deliveries import take_down
from bot.services.posts import rights
from bot.services.queries.pause import load_banner
from bot.services.queries.posts import load_card
from bot.services.queries.statements import load_form, load_page, load_pick, load_released
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts
from bot.store.slack import cards, memberships
from tests.backend import ANNA, MAYA, TOM, Backend, key, team
from tests.services.pause.test_statements import BEN, pause, release, told, use, write

PLAIN_ANNA, PLAIN_TOM = replace(ANNA, approver=False), replace(TOM, approver=False)
INES = Person("U0INES", "Ines", Role.MEMBER, approver=True)
EACH = ("bakery", "cafe")


def name_each(
    backend: Backend, bakery: tuple[str, ...] = (TOM.id,), cafe: tuple[str, ...] = (ANNA.id,)
) -> None:
    accounts = dict(backend.policy.accounts)
    for name, who in (("bakery", bakery), ("cafe", cafe)):
        accounts[name] = replace(accounts[name], approvers=who)
    use(backend, replace(backend.policy, accounts=accounts))


def asked(backend: Backend, pause_id: str) -> dict[str, Any]:
    """The newest line that asks for another release."""
    kept = backend.store.read(
        lambda db: cards.list_said(db, CardType.BANNER, pause_id, LineType.STATEMENT_WAITS)
    )
    return dict(kept[-1])


def be_group(backend: Backend, *members: Person) -> None:
    def do(work: UnitOfWork) -> None:
        memberships.note_change(work.db, "S0CAFE", members=[one.id for one in members])

    backend.do(do)


# --- who is needed is said before ---------------------------------------------------------------------


def test_where_two_lists_share_nobody_nobody_is_told_that_an_approver_is_enough(
    sqlite_backend: Backend,
) -> None:
    backend = sqlite_backend
    name_each(backend)
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    tom, anna = Wanted("Bakery", (TOM.id,)), Wanted("Cafe", (ANNA.id,))
    assert backend.services.look(load_form, MAYA, pause_id).wanted == (tom, anna)
    for person, wanted in ((MAYA, (tom, anna)), (PLAIN_TOM, (anna,)), (PLAIN_ANNA, (tom,))):
        page = backend.services.look(load_page, person, pause_id, seen.post_id)
        assert (page.goes, page.wanted) == (False, wanted), person.name
    banner = backend.services.look(load_banner, pause_id)
    assert banner is not None
    assert banner.lists


def test_where_all_have_one_list_nothing_more_is_said(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    name_each(backend, cafe=(TOM.id,))
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    assert backend.services.look(load_form, MAYA, pause_id).wanted == ()
    assert backend.services.look(load_page, MAYA, pause_id, seen.post_id).wanted == (Wanted("", (TOM.id,)),)
    assert backend.services.look(load_page, PLAIN_TOM, pause_id, seen.post_id).wanted == ()


# --- who is asked -------------------------------------------------------------------------------------


def test_only_those_are_asked_whose_release_is_missing(sqlite_backend: Backend) -> None:
    """Tom had released it, and was asked again with every release after his."""
    backend = sqlite_backend
    name_each(backend, (TOM.id, BEN.id))
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    release(backend, pause_id, seen, MAYA)
    first = asked(backend, pause_id)
    assert (first["of"], first["mention"]) == (["Bakery", "Cafe"], [TOM.id, BEN.id, ANNA.id])
    release(backend, pause_id, seen, PLAIN_TOM)
    second = asked(backend, pause_id)
    assert (second["of"], second["mention"], second["approver"]) == (["Cafe"], [ANNA.id], True), (
        "not Ben, for Tom has"
    )
    done = backend.services.look(load_released, seen)
    assert done is not None
    assert done.wanted == (Wanted("Cafe", (ANNA.id,)),)
    release(backend, pause_id, seen, PLAIN_ANNA)
    backend.run()
    assert len(backend.published) == 2


def test_of_a_group_those_are_asked_who_have_not_released_it(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    use(backend, replace(backend.policy, approvers=("S0CAFE",)))
    be_group(backend, TOM, ANNA, INES)
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    found = asked(backend, pause_id)
    assert (found["approver"], sorted(found["mention"])) == (False, sorted([ANNA.id, INES.id]))
    other = write(backend, "Another")
    release(backend, pause_id, other, MAYA)
    assert asked(backend, pause_id)["mention"] == ["S0CAFE"], "nobody of them has"


# --- what changes in between --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"approvers": (TOM.id, ANNA.id, BEN.id)}, "more people may approve"),
        ({"approvals": 1}, "fewer approvals are needed (1, it was 2)"),
        ({"bakery": (TOM.id, MAYA.id)}, "more people may approve"),
    ],
)
def test_looser_settings_end_what_was_released_under_the_stricter_ones(
    backend: Backend, changed: dict[str, Any], why: str
) -> None:
    """Ben, who is in the list now, had no say when Maya counted on the two who were. It went out by a restart."""
    before: dict[str, Any] = {"approvers": (TOM.id, ANNA.id), "approvals": 2}
    own = (TOM.id,) if "bakery" in changed else ()
    first = restarted(backend, own, **before)
    pause_id, seen = pause(first), write(first)
    released = write(first, "Both have")
    release(first, pause_id, seen, MAYA)
    release(first, pause_id, released, MAYA, TOM)
    after = restarted(backend, changed.get("bakery", own), **before | without_bakery(changed))
    after.run()
    assert after.published == []
    assert told(after, pause_id) == [f"the settings are looser now: {why}"] * 2
    assert after.status(released) is Status.DRAFT
    release(after, pause_id, released, MAYA, TOM)
    after.run()
    assert after.published == ["Both have"], "released by the settings of now"


def without_bakery(changed: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in changed.items() if name != "bakery"}


def restarted(backend: Backend, own: tuple[str, ...] = (), **policy: Any) -> Backend:
    """The next run, under these settings; `own`: the approvers of Bakery."""
    made = team(**policy)
    accounts = {**made.accounts, "bakery": replace(made.accounts["bakery"], approvers=own)}
    after = Backend(
        backend.store, backend.network, backend.clock, replace(made, accounts=accounts), "worker-2"
    )
    after.services.do(settings_changes.adopt_settings)
    return after


@pytest.mark.parametrize(
    "changed", [{"approvals": 3}, {"approvers": (TOM.id,)}, {"author_may_approve": True}]
)
def test_other_settings_end_no_release(sqlite_backend: Backend, changed: dict[str, Any]) -> None:
    before: dict[str, Any] = {"approvers": (TOM.id, ANNA.id), "approvals": 2}
    first = restarted(sqlite_backend, **before)
    pause_id, seen = pause(first), write(first)
    release(first, pause_id, seen, MAYA)
    after = restarted(sqlite_backend, **before | changed)
    release(after, pause_id, seen, TOM)
    after.run()
    assert len(after.published) == 1


def test_what_begins_is_not_stopped_by_a_restart(sqlite_backend: Backend) -> None:
    """On Bakery it is out; on Cafe it waits for the minute between two posts."""
    before: dict[str, Any] = {"approvers": (TOM.id, ANNA.id)}
    first = restarted(sqlite_backend, **before)
    pause_id = pause(first)
    alone, seen = write(first, "Cafe only", ("cafe",)), write(first, "Both", EACH)
    release(first, pause_id, alone, MAYA, TOM)
    first.run()
    release(first, pause_id, seen, MAYA, TOM)
    first.run()
    assert first.published == ["Cafe only", "Both"]
    after = restarted(sqlite_backend, approvers=(TOM.id, ANNA.id, BEN.id))
    after.push(seconds=61)
    assert after.published == ["Cafe only", "Both", "Both"]


def test_a_group_that_changes_between_the_release_and_the_begin(sqlite_backend: Backend) -> None:
    """Anna is in the group of Cafe's approvers no more; she still is an approver of Bakery."""
    backend = sqlite_backend
    name_each(backend, (TOM.id, ANNA.id), ("S0CAFE",))
    be_group(backend, ANNA)
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    release(backend, pause_id, seen, MAYA, replace(PLAIN_ANNA, groups=frozenset({"S0CAFE"})))
    be_group(backend, INES)
    rights.end_lost_approvals(backend.services)
    backend.run()
    assert backend.published == []
    assert told(backend, pause_id) == ["no approver of Cafe has released it"]


def test_whoever_joins_a_group_lets_nothing_go_by_that(sqlite_backend: Backend) -> None:
    """Tom released it for Bakery; in Cafe's group since, he would be enough with Maya, and nobody has pressed."""
    backend = sqlite_backend
    name_each(backend, (TOM.id,), ("S0CAFE",))
    be_group(backend, ANNA)
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    release(backend, pause_id, seen, MAYA, PLAIN_TOM)
    be_group(backend, ANNA, TOM)
    backend.run()
    assert backend.published == []
    banner = backend.services.look(load_banner, pause_id)
    assert banner is not None
    assert not banner.statements[0].goes


def test_a_lost_right_is_on_the_message_at_once(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    use(backend, replace(backend.policy, approvers=("S0CAFE",)))
    be_group(backend, TOM, ANNA)
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM)
    before = wanted(backend, pause_id)
    be_group(backend, ANNA)
    rights.end_lost_approvals(backend.services)
    assert wanted(backend, pause_id) > before
    banner = backend.services.look(load_banner, pause_id)
    assert banner is not None
    assert banner.statements[0].wanted == (Wanted("", ("S0CAFE",)),)


def wanted(backend: Backend, pause_id: str) -> int:
    """How often its message was to be drawn."""
    card = backend.store.read(lambda db: cards.find_current(db, CardType.BANNER, pause_id))
    assert card is not None
    return card.wanted


def test_two_accounts_and_two_approvals_take_two_people(sqlite_backend: Backend) -> None:
    """The number of approvals is that of posts; a statement has its own rule, and its attempts the two releases."""
    backend = sqlite_backend
    use(backend, replace(backend.policy, approvals=2))
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    release(backend, pause_id, seen, MAYA, TOM)
    backend.run()
    assert len(backend.published) == 2
    assert backend.status(seen) is Status.PUBLISHED


@pytest.mark.parametrize("person", [BEN, TOM], ids=lambda one: one.name)
def test_while_paused_anybody_takes_a_statement_down(sqlite_backend: Backend, person: Person) -> None:
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, MAYA, TOM)
    backend.run()
    sent = backend.delivery_id(seen)
    backend.services.do(take_down.take_down, person, sent, key())
    backend.run()
    banner = backend.services.look(load_banner, pause_id)
    assert banner is not None
    assert [(one.state, one.gone) for one in banner.statements[0].sends] == [(State.SENT, True)], (
        "and it says so"
    )


def test_a_statement_is_no_worse_for_being_the_same_everywhere(sqlite_backend: Backend) -> None:
    """ "Bakery and Cafe get the same words" asked for a look that nobody needed in a hurry."""
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend, accounts=EACH)
    page = backend.services.look(load_page, MAYA, pause_id, seen.post_id)
    assert not [one for one in page.card.objections if "same words" in one.sentence]
    card = backend.services.look(load_card, seen.post_id)
    assert card is not None
    assert [one for one in card.objections if "same words" in one.sentence], "as a post it is told"


def test_what_can_be_picked_is_named_by_its_words(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend)
    post = backend.store.read(lambda db: posts.load(db, seen.post_id))
    assert post is not None
    named = dict(backend.services.look(load_pick, MAYA, pause_id).posts)
    assert named[seen.post_id] == f"Draft: {post.version.body.text}"
