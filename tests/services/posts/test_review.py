"""The verbs of review at their edges: who, what they saw, what it leads to, and what people are told."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text

import bot
from bot.domain.deliveries import State
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
from bot.services.posts import review
from bot.services.posts.review import Changes
from bot.store import deliveries
from bot.store.posts import posts
from tests.houses import ANNA, GIL, MAYA, STRANGER, TOM, House, key, team
from tests.stubborn import make_stubborn

BOT = Path(bot.__file__).parent
SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
MINUTE = timedelta(minutes=1)


def lines(house: House) -> list[str]:
    query = text("SELECT kind FROM lines ORDER BY created_at, seq")
    return list(house.store.read(lambda db: db.execute(query).scalars()))


def card_count(house: House, seen: Seen) -> int:
    query = text("SELECT count(*) FROM cards WHERE subject = :post")
    return int(house.store.read(lambda db: db.execute(query, {"post": seen.post_id}).scalar_one()))


def again(house: House, **policy: Any) -> House:
    """The same house under another policy."""
    return House(house.store, house.network, house.clock, team(**policy), "worker-2")


# --- the table, lived through -------------------------------------------------------------------------


def to_status(house: House, status: Status) -> Seen:
    """A post that came into this status as posts do."""
    if status is Status.DRAFT:
        seen = house.plan(minutes=20)
        house.services.do(review.edit, MAYA, seen, Changes("Fresh bread at nine", None), key())
        return house.now_seen(seen)
    if status is Status.SCHEDULED:
        return house.plan(minutes=120)
    if status in (Status.REVIEW, Status.MISSED):
        seen = house.in_review()
        if status is Status.MISSED:
            house.push(minutes=21)
        return seen
    seen = house.approved()
    if status is Status.HELD:
        house.services.do(review.hold, MAYA, seen, key())
    elif status is Status.KILLED:
        house.services.do(review.kill, MAYA, seen, key())
    elif status in (Status.PUBLISHED, Status.FAILED, Status.PUBLISHING):
        send(house, seen, status)
    return seen


def send(house: House, seen: Seen, status: Status) -> None:
    from bot.domain.outcomes import Refused, Unknown

    stubborn = make_stubborn(house)
    if status is not Status.PUBLISHED:
        stubborn.answers["publish"] = Refused("no") if status is Status.FAILED else Unknown("?")
    house.to_slot(seen)
    house.accounts["bakery"] = stubborn._connection


def acts(house: House, seen: Seen) -> dict[Verb, Callable[[], object]]:
    slot = house.clock.now() + timedelta(hours=2)
    do = house.services.do
    return {
        Verb.MOVE: lambda: do(review.move, MAYA, seen, slot, key()),
        Verb.APPROVE: lambda: do(review.approve, TOM, seen, key()),
        Verb.UNDO: lambda: do(review.undo, TOM, seen, key()),
        Verb.EDIT: lambda: do(review.edit, MAYA, seen, Changes("Other", house.post(seen).slot), key()),
        Verb.HOLD: lambda: do(review.hold, MAYA, seen, key()),
        Verb.KILL: lambda: do(review.kill, MAYA, seen, key()),
        Verb.BRING_BACK: lambda: do(review.bring_back, MAYA, seen, key()),
        Verb.POST_NOW: lambda: do(review.post_now, TOM, seen, key()),
        Verb.STOP_REST: lambda: do(overrides.stop_rest, MAYA, seen, key()),
    }


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.key)
def test_each_verb_in_each_status(home: House, status: Status) -> None:
    """Allowed exactly where the table says; refused with a sentence, and then nothing at all has changed."""
    seen = to_status(home, status)
    assert home.status(seen) is status
    everything = text("SELECT count(*) FROM facts")
    for verb, act in acts(home, seen).items():
        if (status, verb) in MOVES:
            continue
        before = home.post(seen), home.store.read(lambda db: db.execute(everything).scalar())
        with pytest.raises(NotFrom, match="Nothing was changed"):
            act()
        assert (home.post(seen), home.store.read(lambda db: db.execute(everything).scalar())) == before


@pytest.mark.parametrize(
    "verb",
    [Verb.MOVE, Verb.EDIT, Verb.HOLD, Verb.KILL, Verb.BRING_BACK, Verb.POST_NOW, Verb.APPROVE, Verb.UNDO],
    ids=lambda verb: verb.name.lower(),
)
def test_each_verb_where_it_is_allowed(home: House, verb: Verb) -> None:
    expected = {
        Verb.MOVE: {Status.SCHEDULED}, Verb.HOLD: {Status.HELD}, Verb.KILL: {Status.KILLED},
        Verb.BRING_BACK: {Status.REVIEW}, Verb.POST_NOW: {Status.APPROVED}, Verb.APPROVE: {Status.APPROVED},
        Verb.UNDO: {Status.REVIEW},
        Verb.EDIT: {Status.DRAFT, Status.SCHEDULED, Status.REVIEW, Status.HELD, Status.MISSED, Status.FAILED},
    }  # fmt: skip
    for status, allowed in MOVES:
        if allowed is not verb or (verb, status) == (Verb.UNDO, Status.REVIEW):
            continue
        seen = to_status(home, status)
        acts(home, seen)[verb]()
        assert home.status(seen) in expected[verb], status


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        (Verb.HOLD, Status.REVIEW), (Verb.KILL, Status.HELD), (Verb.EDIT, Status.APPROVED),
        (Verb.EDIT, Status.DRAFT),
    ],
)  # fmt: skip
def test_where_a_verb_leads_is_asked_of_the_table(home: House, verb: Verb, status: Status) -> None:
    seen = to_status(home, status)
    with patch.dict(MOVES, {(status, verb): (Status.FAILED,)}):
        acts(home, seen)[verb]()
    assert home.status(seen) is Status.FAILED


def test_where_the_clock_leads_is_asked_of_the_table(home: House) -> None:
    cells = {
        (Status.SCHEDULED, Verb.OPEN_REVIEW): (Status.HELD,), (Status.REVIEW, Verb.MISS): (Status.KILLED,),
    }  # fmt: skip
    opened, missed = home.plan(minutes=40), home.in_review()
    with patch.dict(MOVES, cells):
        home.push(minutes=21)
    assert (home.status(opened), home.status(missed)) == (Status.HELD, Status.KILLED)


def test_a_status_is_changed_in_one_place() -> None:
    """What names a status beside the table could lead elsewhere. The stage has statuses of its own."""
    changed = [
        f"{file.relative_to(BOT)}:{node.lineno}"
        for file in sorted(BOT.rglob("*.py"))
        if BOT / "sandbox" not in file.parents
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "replace"
        and "status" in {keyword.arg for keyword in node.keywords}
    ]  # fmt: skip
    assert [place.partition(":")[0] for place in changed] == ["services/posts/lifecycle.py"]


# --- who ---------------------------------------------------------------------------------------------


def test_stopping_is_everyones_starting_is_named_peoples(home: House) -> None:
    for person, verb, refusal in [
        (GIL, Verb.KILL, OnlyMembers), (GIL, Verb.APPROVE, OnlyMembers), (MAYA, Verb.APPROVE, OnlyApprovers),
        (MAYA, Verb.POST_NOW, OnlyApprovers), (STRANGER, Verb.APPROVE, WhoAreYou), (STRANGER, Verb.EDIT, WhoAreYou),
        (SHELL, Verb.APPROVE, OnlyApprovers),
    ]:  # fmt: skip
        seen = home.in_review()
        act: dict[Verb, Callable[..., Any]] = {
            Verb.KILL: review.kill, Verb.APPROVE: review.approve, Verb.POST_NOW: review.post_now,
        }  # fmt: skip
        with pytest.raises(refusal):
            if verb is Verb.EDIT:
                home.services.do(review.edit, person, seen, Changes("x", home.post(seen).slot), key())
            else:
                home.services.do(act[verb], person, seen, key())
        assert home.status(seen) is Status.REVIEW
    seen = home.in_review()
    home.services.do(review.hold, STRANGER, seen, key())
    assert home.status(seen) is Status.HELD


def test_whoever_saved_the_words_may_not_approve_them(home: House) -> None:
    seen = home.in_review()
    home.services.do(review.edit, TOM, seen, Changes("Tom's words", home.post(seen).slot), key())
    seen = home.now_seen(seen)
    with pytest.raises(AuthorMayNotApprove):
        home.services.do(review.approve, TOM, seen, key())
    with pytest.raises(AuthorMayNotApprove):
        home.services.do(review.post_now, TOM, seen, key())
    home.services.do(review.approve, ANNA, seen, key())
    assert home.status(seen) is Status.APPROVED


def test_moving_makes_nobody_an_author(home: House) -> None:
    seen = home.in_review()
    home.services.do(review.move, TOM, seen, home.clock.now() + 25 * MINUTE, key())
    home.services.do(review.approve, TOM, home.now_seen(seen), key())
    assert home.status(seen) is Status.APPROVED


def test_the_author_may_where_the_policy_says_so(home: House) -> None:
    house = again(home, author_may_approve=True)
    seen = house.in_review()
    changes = Changes("Tom's words", house.post(seen).slot)
    house.services.do(review.edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert house.status(seen) is Status.APPROVED


def test_an_approver_takes_anothers_approval_back_and_a_member_cannot(home: House) -> None:
    seen = home.approved()
    with pytest.raises(NothingToUndo):
        home.services.do(review.undo, MAYA, seen, key())
    home.services.do(review.undo, ANNA, seen, key())
    assert home.status(seen) is Status.REVIEW
    assert lines(home)[-1] == "ended"  # an undo five minutes before the slot went by without a word


def test_nothing_to_undo_twice(home: House) -> None:
    seen = home.approved()
    home.services.do(review.undo, TOM, seen, key())
    with pytest.raises(NothingToUndo):
        home.services.do(review.undo, TOM, seen, key())


# --- edit --------------------------------------------------------------------------------------------


def test_save_and_approve_with_nothing_to_save_approves(home: House) -> None:
    """The dialog closed, nothing was said, and the post stayed unapproved and missed its slot."""
    seen = home.in_review()
    changes = Changes("Fresh bread at nine", home.post(seen).slot)
    home.services.do(review.edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert home.status(seen) is Status.APPROVED
    assert home.post(seen).version.seq == 1


def test_saving_nothing_makes_no_version(home: House) -> None:
    seen = home.approved()
    home.services.do(review.edit, MAYA, seen, Changes("Fresh bread at nine", home.post(seen).slot), key())
    assert home.status(seen) is Status.APPROVED
    assert home.post(seen).version.seq == 1


def test_save_and_approve_is_nothing_without_the_approval(home: House) -> None:
    """The author rule stops the approval: then nothing is saved either, so that nothing typed is lost unseen."""
    seen = home.in_review()
    with pytest.raises(AuthorMayNotApprove):
        changes = Changes("Tom's words", home.post(seen).slot)
        home.services.do(review.edit, TOM, seen, changes, key(), and_then=AndThen.APPROVE)
    assert home.post(seen).version.seq == 1


def test_two_edit_at_once(home: House) -> None:
    seen = home.in_review()
    slot = home.post(seen).slot
    home.services.do(review.edit, TOM, seen, Changes("Tom's words", slot), key())
    with pytest.raises(SavedMeanwhile, match="version 2"):
        home.services.do(review.edit, MAYA, seen, Changes("Maya's words", slot), key())
    assert home.post(seen).version.body.text == "Tom's words"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"variants": {"bakery": "y" * 501}}, "variant:bakery"),
        ({"slot": -1}, "slot"),
    ],
)
def test_bad_fields_are_named_and_nothing_is_saved(home: House, changes: dict[str, Any], field: str) -> None:
    seen = home.in_review()
    slot = home.post(seen).slot
    typed: dict[str, Any] = {"text": "Good words", "slot": slot} | changes
    if typed["slot"] == -1:
        typed["slot"] = home.clock.now() - MINUTE
    with pytest.raises(FieldErrors) as refused:
        home.services.do(review.edit, MAYA, seen, Changes(**typed), key())
    assert list(refused.value.fields) == [field]
    assert home.post(seen).version.seq == 1


def test_save_and_move_takes_the_next_free_quarter(home: House) -> None:
    seen = home.in_review()  # slot 08:20
    home.plan("Something else", minutes=30)  # 08:30 is taken
    changes = Changes("New words", home.post(seen).slot)
    home.services.do(review.edit, MAYA, seen, changes, key(), and_then=AndThen.MOVE)
    slot = home.post(seen).slot
    assert slot
    assert slot.strftime("%H:%M") == "08:45"


def test_an_edit_while_the_second_approval_is_awaited_keeps_the_post_alive(home: House) -> None:
    """Posted now, needing two; a typo was mended, and the post was missed at once: its slot was past, its limit not."""
    house = again(home, approvals=2)
    seen = house.in_review()
    house.services.do(review.post_now, TOM, seen, key())
    seen = house.now_seen(seen)
    house.clock.push(MINUTE)
    house.services.do(review.edit, MAYA, seen, Changes("No typo", house.post(seen).slot), key())
    house.run()
    assert house.status(seen) is Status.REVIEW
    for person in (TOM, ANNA):
        house.services.do(review.approve, person, house.now_seen(seen), key())
    house.run()
    assert house.published == ["No typo"]


# --- post now ----------------------------------------------------------------------------------------


def test_post_now_of_a_post_that_never_had_a_card(home: House) -> None:
    """Put on hold before its review: it went out without a card, so nobody saw links or could take it back."""
    seen = home.plan(minutes=300)
    home.services.do(review.hold, MAYA, seen, key())
    assert card_count(home, seen) == 0
    home.services.do(review.post_now, TOM, seen, key())
    home.run()
    assert home.status(seen) is Status.PUBLISHED
    assert card_count(home, seen) == 1


def test_post_now_gives_one_yes_and_waits_for_the_others(home: House) -> None:
    house = again(home, approvals=2)
    seen = house.in_review()
    house.services.do(review.post_now, TOM, seen, key())
    house.clock.push(9 * MINUTE)
    house.services.do(review.approve, ANNA, house.now_seen(seen), key())
    house.run()
    assert len(house.published) == 1


# --- preflight ---------------------------------------------------------------------------------------


def test_a_missing_alt_text_can_be_approved_anyway_with_a_reason(home: House) -> None:
    seen = home.with_image(alt="")
    with pytest.raises(Blocked, match="alt text"):
        home.services.do(review.approve, TOM, seen, key())
    home.services.do(review.approve, TOM, seen, key(), anyway="a decorative line")
    assert home.status(seen) is Status.APPROVED


def test_what_does_not_fit_cannot_be_approved_anyway(home: House) -> None:
    seen = home.in_review("x" * 501)
    with pytest.raises(Blocked):
        home.services.do(review.approve, TOM, seen, key())
    with pytest.raises(CannotBeWaived):
        home.services.do(review.approve, TOM, seen, key(), anyway="please")


def test_an_account_that_is_gone_blocks(home: House) -> None:
    seen = home.in_review(accounts=("bakery", "cafe"))
    del home.accounts["cafe"]
    with pytest.raises(CannotBeWaived, match="cafe is not in the settings"):
        home.services.do(review.approve, TOM, seen, key(), anyway="please")


# --- clicks ------------------------------------------------------------------------------------------


def test_a_click_on_an_old_card_says_what_happened_by_whom(home: House) -> None:
    seen = home.in_review()
    home.do(lambda work: work.db.execute(text("INSERT INTO people VALUES ('U0MAYA','Maya','member',NULL,0)")))
    home.clock.push(MINUTE)
    home.services.do(review.edit, MAYA, seen, Changes("Other", home.post(seen).slot), key())
    home.clock.push(MINUTE)
    with pytest.raises(Outdated, match="Maya changed it at 09:01"):
        home.services.do(review.approve, TOM, seen, key())


def test_a_click_on_a_post_that_is_gone(home: House) -> None:
    with pytest.raises(NoSuchPost):
        home.services.do(review.kill, MAYA, Seen("nobody", 1), key())


def test_a_refused_click_may_be_made_again(home: House) -> None:
    """A refusal writes nothing, also not the click's key."""
    seen, click = home.in_review(), key()
    with pytest.raises(OnlyApprovers):
        home.services.do(review.approve, MAYA, seen, click)
    home.services.do(review.approve, TOM, seen, click)
    with pytest.raises(Repeated):
        home.services.do(review.approve, TOM, seen, click)


def test_one_person_is_one_yes(home: House) -> None:
    house = again(home, approvals=2)
    seen = house.in_review()
    house.services.do(review.approve, TOM, seen, key())
    with pytest.raises(AlreadyApproved):
        house.services.do(review.approve, TOM, seen, key())
    assert house.status(seen) is Status.REVIEW


def test_at_the_slot_it_is_too_late_to_approve(home: House) -> None:
    seen = home.in_review()
    slot = home.post(seen).slot
    assert slot
    home.clock.set(slot - timedelta(microseconds=1))
    home.services.do(review.approve, TOM, seen, key())
    other = home.plan("Another", minutes=20)
    home.clock.push(20 * MINUTE)
    with pytest.raises(SlotPassed):
        home.services.do(review.approve, TOM, other, key())


# --- the clock's step --------------------------------------------------------------------------------


def test_reminders_come_once_each_and_the_last_says_so(home: House) -> None:
    home.plan(minutes=60)
    for _ in range(60 * 6):
        home.push(seconds=10)
    said = home.store.read(lambda db: db.execute(text('SELECT kind, "values" FROM lines ORDER BY seq')).all())
    assert [row.kind for row in said] == ["reminder", "reminder", "missed"]
    assert ["true" in str(row[1]).lower().split('"last":')[1][:6] for row in said[:2]] == [False, True]


def test_reminders_before_the_card_are_not_sent_late(home: House) -> None:
    home.plan(minutes=10)  # planned ten minutes ahead: the fifteen-minute reminder has passed
    home.run()
    assert lines(home) == []
    home.push(minutes=5)
    assert lines(home) == ["reminder"]


def test_reminders_are_silent_while_paused(home: House) -> None:
    from tests.services.deliveries.test_posts import shut

    home.plan(minutes=60)
    home.push(minutes=40)
    home.services.do(shut)
    home.push(minutes=10)
    home.services.do(shut, paused=False)
    home.push(minutes=5)
    assert lines(home) == ["reminder"]  # the one five minutes before


def test_after_a_step_the_next_moment_is_later(home: House) -> None:
    """Whatever the clock finds, it does it once: no post is due again at the same moment."""
    for minutes in (1, 5, 10, 15, 16, 29, 30, 31, 45, 90):
        home.plan(f"Post {minutes}", minutes=minutes)
    for _ in range(130):
        home.clock.push(MINUTE)
        for post_id in home.store.read(lambda db: posts.list_due(db, home.clock.now(), 100)):
            home.services.do(review.step, post_id)
        left = home.store.read(posts.find_next_due)
        assert left is None or left > home.clock.now()


def test_a_step_on_a_post_nothing_is_due_with_changes_nothing(home: House) -> None:
    seen = home.plan(minutes=120)
    before = home.post(seen)
    home.services.do(review.step, seen.post_id)
    assert home.post(seen) == before


def test_the_lead_of_an_account_may_be_longer(home: House) -> None:
    accounts = team().accounts
    long = {**accounts, "cafe": replace(accounts["cafe"], lead=timedelta(hours=2))}
    house = again(home, accounts=long)
    seen = house.plan(minutes=150, accounts=("bakery", "cafe"))
    house.push(minutes=30)
    assert house.status(seen) is Status.REVIEW


def test_try_again_is_refused_for_what_was_never_sent(home: House) -> None:
    seen = home.approved()
    with pytest.raises(NotFrom):
        home.services.do(overrides.try_again, TOM, home.delivery_id(seen), key())


def test_a_refusal_leaves_a_delivery_as_it_was(home: House) -> None:
    seen = home.approved()
    delivery = home.services.look(lambda work: deliveries.load(work.db, home.delivery_id(seen)))
    for act in (Verb.APPROVE, Verb.BRING_BACK, Verb.STOP_REST):
        with pytest.raises(Refusal):
            acts(home, seen)[act]()
    assert home.services.look(lambda work: deliveries.load(work.db, home.delivery_id(seen))) == delivery
    assert delivery
    assert delivery.state is State.READY


def test_a_killed_post_without_its_slot_ahead_comes_back_on_hold(home: House) -> None:
    seen = home.in_review()
    home.services.do(review.kill, MAYA, seen, key(), reason="tone-deaf")
    assert home.post(seen).reason == "tone-deaf"
    home.clock.push(30 * MINUTE)
    home.services.do(review.bring_back, MAYA, seen, key())
    assert (home.status(seen), home.post(seen).reason) == (Status.HELD, None)
