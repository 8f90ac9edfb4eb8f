"""Approvers named for an account or for a label: they and nobody else, at everything that starts a post.

bakery is Ines's, cafe nobody's in particular, so the team's; posts labelled "Winter drive" are Anna's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.kinds import LineType
from bot.domain.outcomes import Refused
from bot.domain.people import Person, Role
from bot.domain.posts import AndThen, Seen, Status
from bot.domain.refusals import NotFrom, OnlyApprovers, OnlyNamedApprovers
from bot.domain.shown.locked import RuleView
from bot.domain.shown.post_screens import PostCard
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services import approval_requests, settings_changes
from bot.services.deliveries import overrides
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.posts import create, edit, review, rights
from bot.services.posts.edit import Changes
from bot.services.queries.approval_requests import find_to_read, load_request
from bot.services.queries.pause import load_resume_form
from bot.services.queries.posts import load_card, make_rows
from bot.store.engine.store import Store
from bot.store.posts import approvals, posts
from bot.store.slack import memberships, people
from bot.store.slack.people import KnownPerson
from bot.store.tables.slack import lines
from tests.backend import ANNA, MAYA, TOM, Backend, ManualClock, key, team
from tests.failing_client import make_failing

INES = Person("U0INES", "Ines", Role.MEMBER)  # named for one account only
GROUP = "S0BAKERY"
DAY = 24 * 60
BOTH = ("bakery", "cafe")
WINTER = "Winter drive"


def policy(bakery: tuple[str, ...] = (INES.id,), winter: tuple[str, ...] = (ANNA.id,), **changes: Any) -> Any:
    plain = team()
    accounts = {**plain.accounts, "bakery": replace(plain.accounts["bakery"], approvers=bakery)}
    return replace(plain, accounts=accounts, labels={WINTER: winter} if winter else {}, **changes)


def restarted(backend: Backend, rules: Any) -> Backend:
    """The next run, under other settings."""
    backend.worker.stop(timedelta(seconds=5))
    after = Backend(backend.store, backend.network, backend.clock, rules, "worker-2")
    after.services.do(settings_changes.adopt_settings)
    rights.end_lost_approvals(after.services)
    return after


@pytest.fixture
def named(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    backend = Backend(sqlite_store, network, clock, policy())
    for person in (TOM, ANNA, INES, MAYA):
        known = KnownPerson(person.id, person.name, Role.MEMBER, None, clock.now())
        backend.store.write(lambda db, known=known: people.remember(db, known))  # type: ignore[misc]
    backend.services.do(settings_changes.adopt_settings)
    yield backend
    backend.worker.stop(timedelta(seconds=5))


def plan(backend: Backend, *accounts: str, label: str = "", minutes: float = 20) -> Seen:
    slot = backend.clock.now() + timedelta(minutes=minutes)
    wanted = create.NewPost(accounts, "Fresh bread at nine", slot, label=label)
    post = backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    return Seen(post.id, 1)


def approve(backend: Backend, person: Person, seen: Seen) -> None:
    backend.services.do(review.approve, person, backend.now_seen(seen), key())


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(load_card, seen.post_id)
    assert found is not None
    return found


def relabel(backend: Backend, seen: Seen, label: str) -> None:
    changes = Changes("Fresh bread at nine", backend.post(seen).slot, label=label)
    backend.services.do(edit.save_edit, MAYA, backend.now_seen(seen), changes, key())


def test_whoever_is_named_for_the_account_and_nobody_else(named: Backend) -> None:
    seen = plan(named, "bakery")
    with pytest.raises(OnlyNamedApprovers) as refused:
        approve(named, TOM, seen)
    told = "Only who is named for Bakery in the settings can approve “Fresh bread at nine”: Ines."
    assert refused.value.sentence == told
    assert card(named, seen).approvers == (INES.id,)
    approve(named, INES, seen)
    named.to_slot(seen)
    assert named.published == ["Fresh bread at nine"]


def test_of_an_account_without_names_the_teams_approvers(named: Backend) -> None:
    seen = plan(named, "cafe")
    with pytest.raises(OnlyApprovers, match="Only approvers can approve “Fresh bread at nine”: Tom, Anna"):
        approve(named, INES, seen)
    approve(named, TOM, seen)
    assert named.status(seen) is Status.APPROVED


def test_every_accounts_rule_has_to_be_met(named: Backend) -> None:
    seen = plan(named, *BOTH)
    approve(named, TOM, seen)
    shown = card(named, seen)
    assert shown.rules == (RuleView("Bakery", 0, 1), RuleView("Cafe", 1, 1))
    assert (shown.have, shown.needed, shown.approvers) == (1, 2, (INES.id,))
    named.to_slot(seen)
    assert named.published == []
    assert named.post(seen).reason == "only 1 of 2 approvals were given: too few for Bakery"
    other = plan(named, *BOTH)
    approve(named, TOM, other)
    approve(named, INES, other)
    named.to_slot(other)
    assert len(named.published) == 2


def test_one_person_may_be_enough_for_several(named: Backend) -> None:
    after = restarted(named, policy(bakery=(ANNA.id,)))
    seen = plan(after, *BOTH)
    approve(after, ANNA, seen)
    assert after.status(seen) is Status.APPROVED


@pytest.mark.parametrize("label", [WINTER, "  winter\u00a0DRIVE "])
def test_a_label_in_whatever_case_has_its_own(named: Backend, label: str) -> None:
    """And the team's approvers are not asked for the account that names nobody."""
    seen = plan(named, "cafe", label=label)
    with pytest.raises(OnlyNamedApprovers, match="Only who is named for “"):
        approve(named, TOM, seen)
    approve(named, ANNA, seen)
    assert named.status(seen) is Status.APPROVED


def test_a_label_and_an_account_need_both(named: Backend) -> None:
    seen = plan(named, *BOTH, label=WINTER)
    approve(named, ANNA, seen)
    assert card(named, seen).rules == (RuleView("“Winter drive”", 1, 1), RuleView("Bakery", 0, 1))
    approve(named, INES, seen)
    assert named.status(seen) is Status.APPROVED


def test_another_label_ends_what_somebody_said_who_may_not_approve_it(named: Backend) -> None:
    """For good: the label taken off again does not bring it back."""
    seen = plan(named, "cafe", minutes=DAY)
    approve(named, TOM, seen)
    relabel(named, seen, WINTER)
    assert card(named, seen).approvals == ()
    relabel(named, seen, "")
    assert card(named, seen).approvals == ()
    approve(named, ANNA, seen)
    relabel(named, seen, WINTER)
    assert [one.by for one in card(named, seen).approvals] == [ANNA.id]


def test_an_edit_that_changes_the_label_is_approved_by_the_new_rule(named: Backend) -> None:
    """ "Save and approve" saves nothing where its person may not approve what it makes."""
    after = restarted(named, policy(author_may_approve=True))
    seen = plan(after, "cafe")
    changes = Changes("Other words", after.post(seen).slot, label=WINTER)
    with pytest.raises(OnlyApprovers):
        after.services.do(edit.save_edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert after.post(seen).version.seq == 1
    after.services.do(edit.save_edit, ANNA, seen, changes, key(), and_then=AndThen.APPROVE)
    assert after.status(seen) is Status.APPROVED


def test_after_a_pause_one_of_its_own_says_go(named: Backend) -> None:
    seen = plan(named, "bakery", minutes=DAY)
    approve(named, INES, seen)
    named.push(minutes=DAY - 20)
    named.services.do(pause.pause, MAYA, "all", "", key())
    form = named.services.look(load_resume_form, "all", TOM)
    assert form is not None
    named.services.do(resuming.resume, TOM, "all", form.epoch, {}, key())
    for person in (TOM, MAYA):
        with pytest.raises(OnlyApprovers, match="say Go for a post after a pause: Ines"):
            named.services.do(review.go, person, named.now_seen(seen), key())
    assert card(named, seen).approvers == (INES.id,)
    named.services.do(review.go, INES, named.now_seen(seen), key())
    assert named.status(seen) is Status.APPROVED


def test_posting_now(named: Backend) -> None:
    seen = plan(named, "bakery")
    with pytest.raises(OnlyNamedApprovers):
        named.services.do(review.post_now, TOM, seen, key())
    named.services.do(review.post_now, INES, seen, key())
    named.run()
    assert len(named.published) == 1


def test_sending_again_is_for_the_account_it_is_sent_to(named: Backend) -> None:
    seen = plan(named, *BOTH)
    for person in (TOM, INES):
        approve(named, person, seen)
    before = named.accounts["bakery"]
    make_failing(named, "bakery").answers["publish"] = Refused("Your account is limited")
    named.to_slot(seen)
    named.accounts["bakery"] = before
    refused = named.delivery_id(seen, "bakery")
    with pytest.raises(OnlyNamedApprovers, match="Only who is named for Bakery"):
        named.services.do(overrides.try_again, TOM, refused, key())
    named.services.do(overrides.try_again, INES, refused, key())
    named.push(seconds=61)
    assert named.states(seen)["bakery"] == "sent"


def test_an_accounts_pause_is_resumed_by_those_named_for_it(named: Backend) -> None:
    named.services.do(pause.pause, MAYA, "bakery", "", key())
    form = named.services.look(load_resume_form, "bakery", INES)
    assert form is not None
    with pytest.raises(OnlyApprovers, match="resume publishing: Ines"):
        named.services.do(resuming.resume, TOM, "bakery", form.epoch, {}, key())
    named.services.do(resuming.resume, INES, "bakery", form.epoch, {}, key())
    with pytest.raises(OnlyApprovers, match="resume publishing: Tom, Anna"):
        named.services.do(resuming.resume, INES, "all", 0, {}, key())


def test_whoever_is_not_named_any_more_counts_no_more_at_begin(named: Backend) -> None:
    """The process that sends has read the new settings; nothing had ended the approval before."""
    seen = plan(named, "bakery")
    approve(named, INES, seen)
    other = replace(named.services, policy=policy(bakery=(ANNA.id,)))
    named.services, named.worker = other, named.new_worker("worker-2", other)
    named.to_slot(seen)
    assert named.published == []
    assert named.post(seen).reason == "Ines's approval no longer counts: not an approver any more"


def test_a_group_that_lost_somebody(named: Backend) -> None:
    after = restarted(named, policy(bakery=(GROUP,)))
    after.store.write(lambda db: memberships.keep(db, GROUP, [INES.id], after.clock.now(), changes=0))
    seen = plan(after, *BOTH)
    approve(after, replace(INES, groups=frozenset({GROUP})), seen)
    approve(after, TOM, seen)
    assert after.status(seen) is Status.APPROVED
    after.store.write(lambda db: memberships.note_change(db, GROUP, gone=[INES.id]))
    rights.end_lost_approvals(after.services)
    assert after.status(seen) is Status.REVIEW
    assert card(after, seen).rules == (RuleView("Bakery", 0, 1), RuleView("Cafe", 1, 1))


def test_a_group_nobody_told_of_makes_nobody_count_twice(named: Backend) -> None:
    """Tom is the team's; whether he is in the bakery's group, Slack never said."""
    after = restarted(named, policy(bakery=(GROUP,)))
    seen = plan(after, *BOTH)
    approve(after, TOM, seen)
    assert card(after, seen).rules == (RuleView("Bakery", 0, 1), RuleView("Cafe", 1, 1))


# --- who is asked --------------------------------------------------------------------------------


def test_a_request_rings_those_who_may_approve_its_posts(named: Backend) -> None:
    found = [named.post(plan(named, name, minutes=DAY)) for name in BOTH[:1]]
    request = named.services.do(approval_requests.ask, MAYA, found, key())
    view = named.services.look(load_request, request.id)
    assert view is not None
    assert view.approvers == (INES.id,)
    assert named.services.look(find_to_read, TOM) == (1, None)
    assert named.services.look(find_to_read, INES)[1] is not None


def test_it_waits_for_whoever_is_still_needed(named: Backend) -> None:
    seen = plan(named, *BOTH)
    assert [_waits_for(named, seen, one) for one in (TOM, INES, MAYA)] == [True, True, False]
    approve(named, TOM, seen)
    assert [_waits_for(named, seen, one) for one in (ANNA, INES)] == [False, True]


def test_home_and_the_request_ask_only_those_who_are_still_needed(named: Backend) -> None:
    seen = plan(named, *BOTH, minutes=DAY)
    request = named.services.do(approval_requests.ask, MAYA, [named.post(seen)], key())
    approve(named, TOM, seen)
    view = named.services.look(load_request, request.id)
    assert view is not None
    assert view.approvers == (INES.id,)
    assert named.services.look(find_to_read, ANNA) == (1, None)
    assert named.services.look(find_to_read, INES)[1] is not None


def _waits_for(backend: Backend, seen: Seen, person: Person) -> bool:
    (row,) = backend.services.look(make_rows, [backend.post(seen)], person)
    return row.waiting_for_me


def test_the_last_reminder_calls_its_own(named: Backend) -> None:
    seen = plan(named, *BOTH)
    approve(named, TOM, seen)
    for _ in range(2):
        named.push(minutes=8)
    values = [line for kind, line in _lines(named) if kind is LineType.REMINDER]
    assert values[-1]["mention"] == [INES.id]


def _lines(backend: Backend) -> list[tuple[LineType, dict[str, Any]]]:
    query = select(lines.c.kind, lines.c["values"]).order_by(lines.c.id)
    return backend.store.read(lambda db: [(row[0], row[1]) for row in db.execute(query)])


def test_too_few_are_named(named: Backend) -> None:
    """Two approvals are needed, and Ines is alone: the card says so, for what."""
    after = restarted(named, policy(approvals=2))
    seen = plan(after, "bakery")
    locked = card(after, seen).locked
    assert locked is not None
    assert locked.sentence.startswith("This needs 2 approvals for Bakery, and only 1 person may give one")
    with pytest.raises(NotFrom, match="2 approvals for Bakery"):
        after.services.do(review.post_now, INES, seen, key())


# --- other settings ------------------------------------------------------------------------------

STANDS = [INES.id]


@pytest.mark.parametrize(
    ("rules", "stands"),
    [
        (policy(bakery=(INES.id, TOM.id)), []),  # more may approve it
        (policy(bakery=()), []),  # the team's may
        (policy(winter=()), []),  # one rule less
        (policy(winter=(ANNA.id, TOM.id)), []),
        (policy(approvers=(TOM.id, ANNA.id, "U0NEW")), STANDS),  # the team's are not asked for it
        (policy(), STANDS),
    ],
)
def test_what_stands_ends_where_its_own_rules_became_looser(
    named: Backend, rules: Any, stands: list[str]
) -> None:
    seen = plan(named, *BOTH, label=WINTER, minutes=DAY)
    approve(named, INES, seen)
    after = restarted(named, rules)
    given = after.store.read(lambda db: approvals.list_of_version(db, after.post(seen).version.id))
    assert [one.by for one in given if one.revoked_at is None] == stands


def test_an_account_that_names_its_own_now(named: Backend) -> None:
    """Approved by the team's; at the start it waits for whoever is named."""
    plain = restarted(named, policy(bakery=(), winter=()))
    seen = plan(plain, "bakery")
    approve(plain, TOM, seen)
    after = restarted(plain, policy(bakery=(TOM.id,), winter=()))
    assert after.status(seen) is Status.APPROVED  # narrower, and Tom still counts
    after = restarted(after, policy(bakery=(INES.id,), winter=()))
    assert after.status(seen) is Status.REVIEW
    assert after.services.look(lambda work: posts.load(work.db, seen.post_id)) is not None
