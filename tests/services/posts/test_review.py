"""The verbs of review at their edges: who, what they saw, what it leads to, and what people are told."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, text

from bot.domain.deliveries import State
from bot.domain.kinds import LineType
from bot.domain.people import Person, Role
from bot.domain.posts import MOVES, AndThen, Seen, Status, Verb
from bot.domain.refusals import (
    AlreadyApproved,
    AuthorMayNotApprove,
    Blocked,
    CannotBeWaived,
    FieldErrors,
    NoSuchPost,
    NotFrom,
    NothingToUndo,
    OnlyApprovers,
    OnlyMembers,
    Outdated,
    Refusal,
    Repeated,
    SavedMeanwhile,
    SlotPassed,
    WhoAreYou,
)
from bot.services.deliveries import overrides
from bot.services.posts import deadlines, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import posts as post_queries
from bot.store import deliveries
from bot.store.posts import posts
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from bot.store.tables import slack as tables
from tests.backend import ANNA, GIL, MAYA, STRANGER, TOM, Backend, key, team
from tests.failing_client import make_failing
from tests.program import parse_program

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
MINUTE = timedelta(minutes=1)


def lines(backend: Backend) -> list[str]:
    query = text("SELECT kind FROM lines ORDER BY created_at, seq")
    return list(backend.store.read(lambda db: db.execute(query).scalars()))


def card_count(backend: Backend, seen: Seen) -> int:
    query = text("SELECT count(*) FROM cards WHERE subject = :post")
    return int(backend.store.read(lambda db: db.execute(query, {"post": seen.post_id}).scalar_one()))


def again(backend: Backend, **policy: Any) -> Backend:
    """The same backend under another policy."""
    return Backend(backend.store, backend.network, backend.clock, team(**policy), "worker-2")


# --- the table, lived through -------------------------------------------------------------------------


def to_status(backend: Backend, status: Status) -> Seen:
    """A post that came into this status as posts do."""
    if status is Status.DRAFT:
        seen = backend.plan(minutes=20)
        backend.services.do(edit.save_edit, MAYA, seen, Changes("Fresh bread at nine", None), key())
        return backend.now_seen(seen)
    if status is Status.SCHEDULED:
        return backend.plan(minutes=120)
    if status in (Status.REVIEW, Status.MISSED):
        seen = backend.in_review()
        if status is Status.MISSED:
            backend.push(minutes=21)
        return seen
    seen = backend.approved()
    if status is Status.HELD:
        backend.services.do(review.hold, MAYA, seen, key())
    elif status is Status.KILLED:
        backend.services.do(review.kill, MAYA, seen, key())
    elif status in (Status.PUBLISHED, Status.FAILED, Status.PUBLISHING):
        send(backend, seen, status)
    return seen


def send(backend: Backend, seen: Seen, status: Status) -> None:
    from bot.domain.outcomes import Refused, Unknown

    stubborn = make_failing(backend)
    if status is not Status.PUBLISHED:
        stubborn.answers["publish"] = Refused("no") if status is Status.FAILED else Unknown("?")
    backend.to_slot(seen)
    backend.accounts["bakery"] = stubborn._connection


def acts(backend: Backend, seen: Seen) -> dict[Verb, Callable[[], object]]:
    slot = backend.clock.now() + timedelta(hours=2)
    do = backend.services.do
    return {
        Verb.MOVE: lambda: do(review.move, MAYA, seen, slot, key()),
        Verb.APPROVE: lambda: do(review.approve, TOM, seen, key()),
        Verb.UNDO: lambda: do(review.undo, TOM, seen, key()),
        Verb.EDIT: lambda: do(edit.save_edit, MAYA, seen, Changes("Other", backend.post(seen).slot), key()),
        Verb.HOLD: lambda: do(review.hold, MAYA, seen, key()),
        Verb.KILL: lambda: do(review.kill, MAYA, seen, key()),
        Verb.BRING_BACK: lambda: do(review.bring_back, MAYA, seen, key()),
        Verb.POST_NOW: lambda: do(review.post_now, TOM, seen, key()),
        Verb.STOP_REST: lambda: do(overrides.stop_rest, MAYA, seen, key()),
    }


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.key)
def test_each_verb_in_each_status(sqlite_backend: Backend, status: Status) -> None:
    """Allowed exactly where the table says; refused with a sentence, and then nothing at all has changed."""
    seen = to_status(sqlite_backend, status)
    assert sqlite_backend.status(seen) is status
    everything = text("SELECT count(*) FROM facts")
    for verb, act in acts(sqlite_backend, seen).items():
        if (status, verb) in MOVES:
            continue
        before = (
            sqlite_backend.post(seen),
            sqlite_backend.store.read(lambda db: db.execute(everything).scalar()),
        )
        with pytest.raises(NotFrom, match="Nothing was changed"):
            act()
        assert (
            sqlite_backend.post(seen),
            sqlite_backend.store.read(lambda db: db.execute(everything).scalar()),
        ) == before


@pytest.mark.parametrize(
    "verb",
    [Verb.MOVE, Verb.EDIT, Verb.HOLD, Verb.KILL, Verb.BRING_BACK, Verb.POST_NOW, Verb.APPROVE, Verb.UNDO],
    ids=lambda verb: verb.name.lower(),
)
def test_each_verb_where_it_is_allowed(sqlite_backend: Backend, verb: Verb) -> None:
    expected = {
        Verb.MOVE: {Status.SCHEDULED}, Verb.HOLD: {Status.HELD}, Verb.KILL: {Status.KILLED},
        Verb.BRING_BACK: {Status.REVIEW}, Verb.POST_NOW: {Status.APPROVED},
        Verb.APPROVE: {Status.APPROVED, Status.SCHEDULED}, Verb.UNDO: {Status.REVIEW},
        Verb.EDIT: {Status.DRAFT, Status.SCHEDULED, Status.REVIEW, Status.HELD, Status.MISSED, Status.FAILED},
    }  # fmt: skip
    for status, allowed in MOVES:
        if allowed is not verb or (verb is Verb.UNDO and status is not Status.APPROVED):
            continue
        seen = to_status(sqlite_backend, status)
        acts(sqlite_backend, seen)[verb]()
        assert sqlite_backend.status(seen) in expected[verb], status


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        (Verb.HOLD, Status.REVIEW), (Verb.KILL, Status.HELD), (Verb.EDIT, Status.APPROVED),
        (Verb.EDIT, Status.DRAFT),
    ],
)  # fmt: skip
def test_where_a_verb_leads_is_asked_of_the_table(
    sqlite_backend: Backend, verb: Verb, status: Status
) -> None:
    seen = to_status(sqlite_backend, status)
    with patch.dict(MOVES, {(status, verb): (Status.FAILED,)}):
        acts(sqlite_backend, seen)[verb]()
    assert sqlite_backend.status(seen) is Status.FAILED


def test_where_the_clock_leads_is_asked_of_the_table(sqlite_backend: Backend) -> None:
    cells = {
        (Status.SCHEDULED, Verb.OPEN_REVIEW): (Status.HELD,), (Status.REVIEW, Verb.MISS): (Status.KILLED,),
    }  # fmt: skip
    opened, missed = sqlite_backend.plan(minutes=40), sqlite_backend.in_review()
    with patch.dict(MOVES, cells):
        sqlite_backend.push(minutes=21)
    assert (sqlite_backend.status(opened), sqlite_backend.status(missed)) == (Status.HELD, Status.KILLED)


def test_a_status_is_changed_in_one_place() -> None:
    """What names a status beside the table could lead elsewhere. The stage has statuses of its own."""
    changed = [
        f"{file}:{node.lineno}"
        for file, tree in parse_program().items()
        if not file.startswith("sandbox/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and "status" in {keyword.arg for keyword in node.keywords}
        and ast.unparse(node.func) == "replace"
    ]  # fmt: skip
    assert [place.partition(":")[0] for place in changed] == ["services/posts/lifecycle.py"]


# --- who ---------------------------------------------------------------------------------------------


def test_stopping_is_everyones_starting_is_named_peoples(sqlite_backend: Backend) -> None:
    for person, verb, refusal in [
        (GIL, Verb.KILL, OnlyMembers), (GIL, Verb.APPROVE, OnlyMembers), (MAYA, Verb.APPROVE, OnlyApprovers),
        (MAYA, Verb.POST_NOW, OnlyApprovers), (STRANGER, Verb.APPROVE, WhoAreYou), (STRANGER, Verb.EDIT, WhoAreYou),
        (SHELL, Verb.APPROVE, OnlyApprovers),
    ]:  # fmt: skip
        seen = sqlite_backend.in_review()
        act: dict[Verb, Callable[..., Any]] = {
            Verb.KILL: review.kill, Verb.APPROVE: review.approve, Verb.POST_NOW: review.post_now,
        }  # fmt: skip
        with pytest.raises(refusal):
            if verb is Verb.EDIT:
                sqlite_backend.services.do(
                    edit.save_edit, person, seen, Changes("x", sqlite_backend.post(seen).slot), key()
                )
            else:
                sqlite_backend.services.do(act[verb], person, seen, key())
        assert sqlite_backend.status(seen) is Status.REVIEW
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(review.hold, STRANGER, seen, key())
    assert sqlite_backend.status(seen) is Status.HELD


def test_whoever_saved_the_words_may_not_approve_them(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(
        edit.save_edit, TOM, seen, Changes("Tom's words", sqlite_backend.post(seen).slot), key()
    )
    seen = sqlite_backend.now_seen(seen)
    with pytest.raises(AuthorMayNotApprove):
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    with pytest.raises(AuthorMayNotApprove):
        sqlite_backend.services.do(review.post_now, TOM, seen, key())
    sqlite_backend.services.do(review.approve, ANNA, seen, key())
    assert sqlite_backend.status(seen) is Status.APPROVED


def test_moving_makes_nobody_an_author(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(review.move, TOM, seen, sqlite_backend.clock.now() + 25 * MINUTE, key())
    sqlite_backend.services.do(review.approve, TOM, sqlite_backend.now_seen(seen), key())
    assert sqlite_backend.status(seen) is Status.APPROVED


def test_the_author_may_where_the_policy_says_so(sqlite_backend: Backend) -> None:
    backend = again(sqlite_backend, author_may_approve=True)
    seen = backend.in_review()
    changes = Changes("Tom's words", backend.post(seen).slot)
    backend.services.do(edit.save_edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert backend.status(seen) is Status.APPROVED


def test_an_approver_takes_anothers_approval_back_and_a_member_cannot(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    with pytest.raises(NothingToUndo):
        sqlite_backend.services.do(review.undo, MAYA, seen, key())
    sqlite_backend.services.do(review.undo, ANNA, seen, key())
    assert sqlite_backend.status(seen) is Status.REVIEW
    assert lines(sqlite_backend)[-1] == "ended"  # an undo five minutes before the slot went by without a word


def test_nothing_to_undo_twice(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.services.do(review.undo, TOM, seen, key())
    with pytest.raises(NothingToUndo):
        sqlite_backend.services.do(review.undo, TOM, seen, key())


# --- edit --------------------------------------------------------------------------------------------


def test_save_and_approve_with_nothing_to_save_approves(sqlite_backend: Backend) -> None:
    """The dialog closed, nothing was said, and the post stayed unapproved and missed its slot."""
    seen = sqlite_backend.in_review()
    changes = Changes("Fresh bread at nine", sqlite_backend.post(seen).slot)
    sqlite_backend.services.do(edit.save_edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert sqlite_backend.status(seen) is Status.APPROVED
    assert sqlite_backend.post(seen).version.seq == 1


def test_saving_nothing_makes_no_version(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.services.do(
        edit.save_edit, MAYA, seen, Changes("Fresh bread at nine", sqlite_backend.post(seen).slot), key()
    )
    assert sqlite_backend.status(seen) is Status.APPROVED
    assert sqlite_backend.post(seen).version.seq == 1


def test_save_and_approve_is_nothing_without_the_approval(sqlite_backend: Backend) -> None:
    """The author rule stops the approval: then nothing is saved either, so that nothing typed is lost unseen."""
    seen = sqlite_backend.in_review()
    with pytest.raises(AuthorMayNotApprove):
        changes = Changes("Tom's words", sqlite_backend.post(seen).slot)
        sqlite_backend.services.do(edit.save_edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert sqlite_backend.post(seen).version.seq == 1


def test_two_edit_at_once(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    slot = sqlite_backend.post(seen).slot
    sqlite_backend.services.do(edit.save_edit, TOM, seen, Changes("Tom's words", slot), key())
    with pytest.raises(SavedMeanwhile, match="version 2"):
        sqlite_backend.services.do(edit.save_edit, MAYA, seen, Changes("Maya's words", slot), key())
    assert sqlite_backend.post(seen).version.body.text == "Tom's words"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"variants": {"bakery": "y" * 501}}, "variant:bakery"),
        ({"slot": -1}, "slot"),
    ],
)
def test_bad_fields_are_named_and_nothing_is_saved(
    sqlite_backend: Backend, changes: dict[str, Any], field: str
) -> None:
    seen = sqlite_backend.in_review()
    slot = sqlite_backend.post(seen).slot
    typed: dict[str, Any] = {"text": "Good words", "slot": slot} | changes
    if typed["slot"] == -1:
        typed["slot"] = sqlite_backend.clock.now() - MINUTE
    with pytest.raises(FieldErrors) as refused:
        sqlite_backend.services.do(edit.save_edit, MAYA, seen, Changes(**typed), key())
    assert list(refused.value.fields) == [field]
    assert sqlite_backend.post(seen).version.seq == 1


def test_save_and_move_takes_the_next_free_quarter(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()  # slot 08:20
    sqlite_backend.plan("Something else", minutes=30)  # 08:30 is taken
    changes = Changes("New words", sqlite_backend.post(seen).slot)
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, changes, key(), and_then=AndThen.MOVE)
    slot = sqlite_backend.post(seen).slot
    assert slot
    assert slot.strftime("%H:%M") == "08:45"


def test_an_edit_while_the_second_approval_is_awaited_keeps_the_post_alive(sqlite_backend: Backend) -> None:
    """Posted now, needing two; a typo was mended, and the post was missed at once: its slot was past, its limit not."""
    backend = again(sqlite_backend, approvals=2)
    seen = backend.in_review()
    backend.services.do(review.post_now, TOM, seen, key())
    seen = backend.now_seen(seen)
    backend.clock.push(MINUTE)
    backend.services.do(edit.save_edit, MAYA, seen, Changes("No typo", backend.post(seen).slot), key())
    backend.run()
    assert backend.status(seen) is Status.REVIEW
    for person in (TOM, ANNA):
        backend.services.do(review.approve, person, backend.now_seen(seen), key())
    backend.run()
    assert backend.published == ["No typo"]


# --- post now ----------------------------------------------------------------------------------------


def test_post_now_of_a_post_that_never_had_a_card(sqlite_backend: Backend) -> None:
    """Put on hold before its review: it went out without a card, so nobody saw links or could take it back."""
    seen = sqlite_backend.plan(minutes=300)
    sqlite_backend.services.do(review.hold, MAYA, seen, key())
    assert card_count(sqlite_backend, seen) == 0
    sqlite_backend.services.do(review.post_now, TOM, seen, key())
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.PUBLISHED
    assert card_count(sqlite_backend, seen) == 1


def test_post_now_gives_one_yes_and_waits_for_the_others(sqlite_backend: Backend) -> None:
    backend = again(sqlite_backend, approvals=2)
    seen = backend.in_review()
    backend.services.do(review.post_now, TOM, seen, key())
    backend.clock.push(9 * MINUTE)
    backend.services.do(review.approve, ANNA, backend.now_seen(seen), key())
    backend.run()
    assert len(backend.published) == 1


# --- preflight ---------------------------------------------------------------------------------------


def test_a_missing_alt_text_can_be_approved_anyway_with_a_reason(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.with_image(alt="")
    with pytest.raises(Blocked, match="alt text"):
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    sqlite_backend.services.do(review.approve, TOM, seen, key(), anyway="a decorative line")
    assert sqlite_backend.status(seen) is Status.APPROVED


def test_what_does_not_fit_cannot_be_approved_anyway(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review("x" * 501)
    with pytest.raises(Blocked):
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    with pytest.raises(CannotBeWaived):
        sqlite_backend.services.do(review.approve, TOM, seen, key(), anyway="please")


def test_an_account_that_is_gone_blocks(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review(accounts=("bakery", "cafe"))
    del sqlite_backend.accounts["cafe"]
    services = replace(
        sqlite_backend.services, policy=team(accounts={"bakery": sqlite_backend.policy.accounts["bakery"]})
    )
    with pytest.raises(CannotBeWaived, match="cafe is not in the settings"):
        services.do(review.approve, TOM, seen, key(), anyway="please")


# --- clicks ------------------------------------------------------------------------------------------


def test_a_click_on_an_old_card_says_what_happened_by_whom(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    sqlite_backend.do(
        lambda work: people.remember(work.db, KnownPerson(MAYA.id, "Maya", Role.MEMBER, None, work.now))
    )
    sqlite_backend.clock.push(MINUTE)
    sqlite_backend.services.do(
        edit.save_edit, MAYA, seen, Changes("Other", sqlite_backend.post(seen).slot), key()
    )
    sqlite_backend.clock.push(MINUTE)
    with pytest.raises(Outdated, match="Maya changed it at 09:01"):
        sqlite_backend.services.do(review.approve, TOM, seen, key())


def test_a_click_on_a_post_that_is_gone(sqlite_backend: Backend) -> None:
    with pytest.raises(NoSuchPost):
        sqlite_backend.services.do(review.kill, MAYA, Seen("nobody", 1), key())


def test_a_refused_click_may_be_made_again(sqlite_backend: Backend) -> None:
    """A refusal writes nothing, also not the click's key."""
    seen, click = sqlite_backend.in_review(), key()
    with pytest.raises(OnlyApprovers):
        sqlite_backend.services.do(review.approve, MAYA, seen, click)
    sqlite_backend.services.do(review.approve, TOM, seen, click)
    with pytest.raises(Repeated):
        sqlite_backend.services.do(review.approve, TOM, seen, click)


def test_one_person_is_one_yes(sqlite_backend: Backend) -> None:
    backend = again(sqlite_backend, approvals=2)
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    with pytest.raises(AlreadyApproved):
        backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.REVIEW


def test_at_the_slot_it_is_too_late_to_approve(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot - timedelta(microseconds=1))
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    other = sqlite_backend.plan("Another", minutes=20)
    sqlite_backend.clock.push(20 * MINUTE)
    with pytest.raises(SlotPassed):
        sqlite_backend.services.do(review.approve, TOM, other, key())


# --- the clock's step --------------------------------------------------------------------------------


def test_reminders_come_once_each_and_the_last_says_so(sqlite_backend: Backend) -> None:
    sqlite_backend.plan(minutes=60)
    for _ in range(60 * 6):
        sqlite_backend.push(seconds=10)
    said = sqlite_backend.store.read(
        lambda db: db.execute(text('SELECT kind, "values" FROM lines ORDER BY seq')).all()
    )
    assert [row.kind for row in said] == ["reminder", "reminder", "missed"]
    assert ["true" in str(row[1]).lower().split('"last":')[1][:6] for row in said[:2]] == [False, True]
    assert [TOM.id in str(row[1]) for row in said[:2]] == [False, True], "the card has rung them already"


def test_reminders_before_the_card_are_not_sent_late(sqlite_backend: Backend) -> None:
    sqlite_backend.plan(minutes=10)  # planned ten minutes ahead: the fifteen-minute reminder has passed
    sqlite_backend.run()
    assert lines(sqlite_backend) == []
    sqlite_backend.push(minutes=5)
    assert lines(sqlite_backend) == ["reminder"]


def test_reminders_are_silent_while_paused(sqlite_backend: Backend) -> None:
    from tests.services.deliveries.test_posts import shut

    sqlite_backend.plan(minutes=60)
    sqlite_backend.push(minutes=40)
    sqlite_backend.services.do(shut)
    sqlite_backend.push(minutes=10)
    sqlite_backend.services.do(shut, paused=False)
    sqlite_backend.push(minutes=5)
    assert lines(sqlite_backend) == ["reminder"]  # the one five minutes before


def test_after_a_step_the_next_moment_is_later(sqlite_backend: Backend) -> None:
    """Whatever the clock finds, it does it once: no post is due again at the same moment."""
    for minutes in (1, 5, 10, 15, 16, 29, 30, 31, 45, 90):
        sqlite_backend.plan(f"Post {minutes}", minutes=minutes)
    for _ in range(130):
        sqlite_backend.clock.push(MINUTE)
        for post_id in sqlite_backend.store.read(
            lambda db: posts.list_due(db, sqlite_backend.clock.now(), 100)
        ):
            sqlite_backend.services.do(deadlines.step, post_id)
        left = sqlite_backend.store.read(posts.find_next_due)
        assert left is None or left > sqlite_backend.clock.now()


def test_a_step_on_a_post_nothing_is_due_with_changes_nothing(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.plan(minutes=120)
    before = sqlite_backend.post(seen)
    sqlite_backend.services.do(deadlines.step, seen.post_id)
    assert sqlite_backend.post(seen) == before


def test_the_lead_of_an_account_may_be_longer(sqlite_backend: Backend) -> None:
    accounts = team().accounts
    long = {**accounts, "cafe": replace(accounts["cafe"], lead=timedelta(hours=2))}
    backend = again(sqlite_backend, accounts=long)
    seen = backend.plan(minutes=150, accounts=("bakery", "cafe"))
    backend.push(minutes=30)
    assert backend.status(seen) is Status.REVIEW


def test_try_again_is_refused_for_what_was_never_sent(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    with pytest.raises(NotFrom):
        sqlite_backend.services.do(overrides.try_again, TOM, sqlite_backend.delivery_id(seen), key())


def test_a_refusal_leaves_a_delivery_as_it_was(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    delivery = sqlite_backend.services.look(
        lambda work: deliveries.load(work.db, sqlite_backend.delivery_id(seen))
    )
    for act in (Verb.APPROVE, Verb.BRING_BACK, Verb.STOP_REST):
        with pytest.raises(Refusal):
            acts(sqlite_backend, seen)[act]()
    assert (
        sqlite_backend.services.look(lambda work: deliveries.load(work.db, sqlite_backend.delivery_id(seen)))
        == delivery
    )
    assert delivery
    assert delivery.state is State.READY


def test_a_killed_post_without_its_slot_ahead_comes_back_on_hold(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.in_review()
    sqlite_backend.services.do(review.kill, MAYA, seen, key(), reason="tone-deaf")
    assert sqlite_backend.post(seen).reason == "tone-deaf"
    sqlite_backend.clock.push(30 * MINUTE)
    sqlite_backend.services.do(review.bring_back, MAYA, seen, key())
    assert (sqlite_backend.status(seen), sqlite_backend.post(seen).reason) == (Status.HELD, None)


@pytest.mark.parametrize("author_may_approve", [False, True])
def test_post_now_is_refused_where_too_few_may_approve(
    sqlite_backend: Backend, *, author_may_approve: bool
) -> None:
    """Seen: of two approvals only one could be given. Post now ended it, and the post was missed ten minutes later."""
    backend = again(sqlite_backend, approvers=(TOM.id,), approvals=2, author_may_approve=author_may_approve)
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    with pytest.raises(NotFrom, match="This needs 2 approvals, and only 1 person may give one"):
        backend.services.do(review.post_now, TOM, seen, key())
    shown = backend.services.look(lambda work: post_queries.load_card(work, seen.post_id))
    assert shown is not None
    assert [one.by for one in shown.approvals] == [TOM.id], "what was approved stays so"


@pytest.mark.parametrize(("stop", "held"), [(review.kill, False), (review.hold, True)])
def test_whoever_approved_is_mentioned_when_a_colleague_stops_it(
    sqlite_backend: Backend, stop: Callable[..., None], *, held: bool
) -> None:
    """Seen: the card changed, and whoever had approved it waited for a post that never went out."""
    backend = sqlite_backend
    seen = backend.approved()
    backend.services.do(stop, MAYA, seen, key(), reason="tone")
    assert stopped_lines(backend, seen) == [
        {"by": MAYA.id, "held": held, "reason": "tone", "mention": [TOM.id]}
    ]
    own = backend.approved("Another one entirely")
    backend.services.do(stop, TOM, own, key())
    assert stopped_lines(backend, own) == [], "whoever stopped it knows"
    waiting = backend.in_review("And a third that nobody has approved yet")
    backend.services.do(stop, MAYA, waiting, key())
    assert stopped_lines(backend, waiting) == []


def stopped_lines(backend: Backend, seen: Seen) -> list[dict[str, Any]]:
    said, up = tables.lines, tables.cards
    query = select(said.c["values"]).join(up, up.c.id == said.c.card_id)
    query = query.where(up.c.subject == seen.post_id, said.c.kind == LineType.STOPPED)
    return backend.store.read(lambda db: list(db.execute(query).scalars()))
