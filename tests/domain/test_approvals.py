"""Approvals: who counts, how many, when they mean "right moment", and what ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.approvals import Approval, count_approvals, is_barred_author, may_undo
from bot.domain.hours import Hours
from bot.domain.ids import PostId, VersionId
from bot.domain.kinds import ApprovalType
from bot.domain.people import Person, Role
from bot.domain.policy import Policy
from bot.domain.posts import Body, Image, Post, Status, Version

SLOT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
POLICY = Policy(ZONE, Hours((), ZONE))
VERSION = Version(VersionId("v"), PostId("p"), 1, Body(("bakery",), "words", SLOT), SLOT)
OPEN = '{"all":0,"bakery":0}'
INSIDE, BEFORE = SLOT - timedelta(minutes=30), SLOT - timedelta(minutes=30, microseconds=1)


class ApprovalChanges(TypedDict, total=False):
    id: str
    version_id: VersionId
    sha256: str
    kind: ApprovalType
    epochs: str
    revoked_at: datetime
    words: str


def yes(by: str = "U1", at: datetime = INSIDE, **changes: Unpack[ApprovalChanges]) -> Approval:
    made = Approval(f"a-{by}-{at}", VERSION.id, VERSION.sha256, ApprovalType.APPROVE, OPEN, by, at)
    return replace(made, **changes)


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": SLOT},
        {"version_id": VersionId("w")},
        {"sha256": "0" * 64},
        {"epochs": '{"all":1,"bakery":0}'},
        {"epochs": '{"all":0,"bakery":1}'},
        {"epochs": "{}"},
    ],
)
def test_what_ends_an_approval(change: ApprovalChanges) -> None:
    assert count_approvals([yes()], VERSION, OPEN, POLICY).met
    assert not count_approvals([yes(**change)], VERSION, OPEN, POLICY).met


def test_inside_the_lead_it_says_both_before_it_only_the_words() -> None:
    early = count_approvals([yes(at=BEFORE)], VERSION, OPEN, POLICY)
    assert (len(early.words), early.moment, early.met, early.authority) == (1, None, False, None)
    assert count_approvals([yes(at=BEFORE), yes("U2", kind=ApprovalType.GO)], VERSION, OPEN, POLICY).met


def test_a_go_alone_is_no_approval() -> None:
    assert not count_approvals([yes(kind=ApprovalType.GO)], VERSION, OPEN, POLICY).met


def test_a_version_posted_now_is_always_in_its_moment() -> None:
    now = replace(VERSION, immediate=True)
    assert count_approvals([yes(at=SLOT - timedelta(days=1), sha256=now.sha256)], now, OPEN, POLICY).met


@given(st.lists(st.sampled_from(["U1", "U2", "U3", "U4"]), max_size=9), st.integers(1, 4))
def test_as_many_people_as_are_needed(who: list[str], needed: int) -> None:
    given_ = [yes(person, INSIDE + timedelta(seconds=n), id=f"a{n}") for n, person in enumerate(who)]
    counted = count_approvals(given_, VERSION, OPEN, replace(POLICY, approvals=needed))
    assert counted.met == (len(set(who)) >= needed)
    assert [one.by for one in counted.words] == list(dict.fromkeys(who))
    if counted.met:
        assert counted.authority is counted.words[needed - 1]


def test_the_author_rule() -> None:
    tom = Person("U1", "Tom", Role.MEMBER, approver=True)
    post = Post(PostId("p"), 1, Status.REVIEW, VERSION, SLOT, SLOT, created_by="U1")
    assert is_barred_author(tom, post, POLICY)
    assert not is_barred_author(tom, post, replace(POLICY, author_may_approve=True))
    assert not is_barred_author(tom, replace(post, created_by=None), POLICY)


def test_who_may_take_an_approval_back() -> None:
    people = [
        Person("U1", "", Role.MEMBER),
        Person("U2", "", Role.MEMBER),
        Person("U3", "", Role.MEMBER, approver=True),
    ]
    assert [may_undo(person, yes("U1")) for person in people] == [True, False, True]


# --- the words first, the moment later ------------------------------------------------------------------

EARLY = yes(at=BEFORE, version_id=VersionId("older"), sha256="1" * 64, epochs="{}", words=VERSION.words)
GO = yes("U2", kind=ApprovalType.GO)


def test_words_stand_for_any_slot_and_through_a_pause() -> None:
    later = replace(VERSION, body=replace(VERSION.body, slot=SLOT + timedelta(days=1)))
    for version in (VERSION, later):
        counted = count_approvals([EARLY], version, OPEN, POLICY)
        assert (counted.has_words, counted.moment, counted.asks_go) == (True, None, True)
    assert count_approvals([EARLY], VERSION, OPEN, POLICY).paused_since(OPEN)


@pytest.mark.parametrize(
    "change", [{"revoked_at": SLOT}, {"words": "0" * 64}, {"words": VERSION.sha256}], ids=str
)
def test_what_ends_a_yes_to_the_words(change: ApprovalChanges) -> None:
    assert count_approvals([EARLY, GO], VERSION, OPEN, POLICY).met
    assert not count_approvals([replace(EARLY, **change), GO], VERSION, OPEN, POLICY).met


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Other bread"},
        {"accounts": ("bakery", "cafe")},
        {"variants": {"bakery": "Other bread"}},
        {"images": (Image("a" * 64, "A loaf"),)},
        {"visibility": {"bakery": "unlisted"}},
        {"language": {"bakery": "de"}},
        {"warning": "Food"},
        {"identities": {"bakery": "1@bakery.example"}},
    ],
    ids=str,
)
def test_whatever_people_read_is_part_of_the_words(change: dict[str, Any]) -> None:
    changed = replace(VERSION, body=replace(VERSION.body, **change))
    assert not count_approvals([EARLY], changed, OPEN, POLICY).has_words


def test_what_an_image_shows_is_part_of_the_words() -> None:
    loaf, rolls = (
        replace(VERSION, body=replace(VERSION.body, images=(Image("a" * 64, alt),)))
        for alt in ("Loaf", "Rolls")
    )
    approved = replace(EARLY, words=loaf.words)
    assert count_approvals([approved], loaf, OPEN, POLICY).has_words
    assert not count_approvals([approved], rolls, OPEN, POLICY).has_words


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": SLOT},
        {"version_id": VersionId("w")},
        {"sha256": "0" * 64},
        {"epochs": '{"all":1,"bakery":0}'},
        {"epochs": '{"all":0,"bakery":1}'},
    ],
)
def test_what_ends_a_go(change: ApprovalChanges) -> None:
    assert count_approvals([EARLY, GO], VERSION, OPEN, POLICY).met
    assert not count_approvals([EARLY, replace(GO, **change)], VERSION, OPEN, POLICY).met


def test_a_longer_lead_makes_no_early_yes_a_go() -> None:
    longer = replace(POLICY, lead=timedelta(days=30))
    assert count_approvals([yes(at=INSIDE, words=VERSION.words)], VERSION, OPEN, longer).moment is None


def test_the_authority_is_of_the_version_that_goes_out() -> None:
    assert count_approvals([EARLY, GO], VERSION, OPEN, POLICY).authority is GO
    inside = yes("U3")
    two = count_approvals([EARLY, inside], VERSION, OPEN, replace(POLICY, approvals=2))
    assert two.authority is inside
