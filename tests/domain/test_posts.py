"""The table of verbs against product.md, cell by cell; the fingerprint; and what the clock has to do with a post."""

# ruff: noqa: DTZ001 - hypothesis and the rules of zones are given naive moments here, on purpose
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hours import Hours
from bot.domain.ids import PostId, VersionId
from bot.domain.people import Right
from bot.domain.policy import AccountPolicy, Policy
from bot.domain.posts import (
    MOVES,
    RIGHTS,
    Body,
    Image,
    Post,
    Status,
    Verb,
    Version,
    choose_status,
    choose_target,
)
from bot.domain.preflight.due import Due, advance, count_passed_reminders, find_due_moment

SLOT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")

#               draft sched rev   appr  held  miss  publg publd fail  kill
TABLE = """
move            slot  slot  slot  slot  slot  slot  -     -     slot  -
open_review     -     rev   -     -     -     -     -     -     -     -
approve         -     sched appr? -     -     -     -     -     -     -
go              -     -     appr? -     -     -     -     -     -     -
undo            -     sched appr? appr? -     -     -     -     -     -
edit            draft sched rev   rev   held  miss  -     -     fail  -
hold            -     held  held  held  -     -     -     -     -     -
kill            kill  kill  kill  kill  kill  kill  -     -     -     -
bring_back      -     -     -     -     -     -     -     -     -     back
post_now        -     -     rev   rev   rev   rev   -     -     -     -
post_by_hand    -     -     rev   appr  -     -     publg -     -     -
begin           -     -     -     publg -     -     publg -     -     -
release         draft sched rev   -     held  miss  -     -     fail  -
begin_statement publg publg publg -     publg publg publg -     publg -
stand_down      -     -     -     rev   -     -     -     -     -     -
stop_rest       -     -     -     -     -     -     publg -     -     -
miss            -     miss  miss  miss  -     -     -     -     -     -
finish          -     -     -     -     -     -     final -     -     -
pause           -     -     -     rev   -     -     -     -     -     -
try_again       -     -     -     -     -     publg publg publg publg -
settle          -     -     -     -     -     publg publg publd publg -
take_down       -     -     -     -     -     -     publg publd -     -
end_drill       kill  kill  kill  kill  kill  kill  kill  -     -     -
"""
COLUMNS = (
    Status.DRAFT, Status.SCHEDULED, Status.REVIEW, Status.APPROVED, Status.HELD, Status.MISSED,
    Status.PUBLISHING, Status.PUBLISHED, Status.FAILED, Status.KILLED,
)  # fmt: skip
WORDS = {
    "slot": (Status.DRAFT, Status.SCHEDULED, Status.REVIEW),
    "back": (Status.DRAFT, Status.SCHEDULED, Status.REVIEW, Status.HELD),
    "appr?": (Status.REVIEW, Status.APPROVED),
    "final": (Status.PUBLISHED, Status.FAILED, Status.MISSED),
    "draft": (Status.DRAFT,), "sched": (Status.SCHEDULED,), "rev": (Status.REVIEW,),
    "appr": (Status.APPROVED,), "held": (Status.HELD,),
    "miss": (Status.MISSED,), "publg": (Status.PUBLISHING,), "publd": (Status.PUBLISHED,),
    "fail": (Status.FAILED,), "kill": (Status.KILLED,), "-": None,
}  # fmt: skip
CELLS = [
    (Verb[line.split()[0].upper()], status, WORDS[word])
    for line in TABLE.strip().splitlines()
    for status, word in zip(COLUMNS, line.split()[1:], strict=True)
]


@pytest.mark.parametrize(("verb", "status", "possible"), CELLS)
def test_the_table_of_verbs(verb: Verb, status: Status, possible: tuple[Status, ...] | None) -> None:
    assert MOVES.get((status, verb)) == possible


def test_the_table_is_whole() -> None:
    assert {verb for verb, _, _ in CELLS} == set(Verb) == {verb for _, verb in MOVES} == set(RIGHTS)
    assert set(COLUMNS) == set(Status)


def test_a_verb_leads_nowhere_else() -> None:
    assert choose_target(Status.REVIEW, Verb.HOLD) is Status.HELD
    assert choose_target(Status.REVIEW, Verb.APPROVE, Status.APPROVED) is Status.APPROVED
    with pytest.raises(ValueError, match="APPROVE does not lead from REVIEW to HELD"):
        choose_target(Status.REVIEW, Verb.APPROVE, Status.HELD)
    with pytest.raises(ValueError, match="HOLD does not lead from REVIEW to KILLED"):
        choose_target(Status.REVIEW, Verb.HOLD, Status.KILLED)
    with pytest.raises(ValueError, match="APPROVE does not lead from REVIEW to one status"):
        choose_target(Status.REVIEW, Verb.APPROVE)


@pytest.mark.parametrize(
    ("right", "verbs"),
    [
        (Right.APPROVE, {Verb.APPROVE, Verb.POST_NOW, Verb.TRY_AGAIN, Verb.TAKE_DOWN}),
        (Right.STOP, {Verb.HOLD, Verb.KILL, Verb.PAUSE, Verb.STOP_REST, Verb.UNDO}),
        (
            Right.TEAM,
            {Verb.GO, Verb.MOVE, Verb.EDIT, Verb.BRING_BACK, Verb.SETTLE, Verb.RELEASE, Verb.POST_BY_HAND},
        ),
        (
            None,
            {
                Verb.OPEN_REVIEW,
                Verb.BEGIN,
                Verb.BEGIN_STATEMENT,
                Verb.STAND_DOWN,
                Verb.MISS,
                Verb.FINISH,
                Verb.END_DRILL,
            },
        ),
    ],
)
def test_who_may(right: Right | None, verbs: set[Verb]) -> None:
    assert {verb for verb, needed in RIGHTS.items() if needed is right} == verbs


def test_statuses_are_found_by_their_keys() -> None:
    assert all(Status.of(status.key) is status for status in Status)


# --- the fingerprint -----------------------------------------------------------------------------------

names = st.sampled_from(["bakery", "cafe", "shop"])
words = st.text(max_size=12)
maps = st.dictionaries(names, words, max_size=2)
bodies = st.builds(
    Body,
    accounts=st.lists(names, unique=True, max_size=3).map(tuple),
    text=words,
    slot=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    variants=st.none() | maps,
    images=st.lists(st.builds(Image, sha256=words, alt=words), max_size=2).map(tuple),
    visibility=st.none() | maps,
    language=st.none() | maps,
    warning=words,
)


def named(body: Body) -> object:
    """What P1 names, with what means the same made the same."""
    maps_of = [dict(one or {}) for one in (body.variants, body.visibility, body.language)]
    return sorted(body.accounts), body.text, body.slot, maps_of, body.images, body.warning


@given(bodies, bodies)
def test_two_fingerprints_are_equal_exactly_where_all_that_is_named_is(one: Body, two: Body) -> None:
    assert (one.fingerprint() == two.fingerprint()) == (named(one) == named(two))


@given(
    bodies,
    bodies,
    st.sampled_from(["accounts", "text", "slot", "variants", "images", "visibility", "language", "warning"]),
)
def test_one_field_alone_decides(one: Body, two: Body, field: str) -> None:
    changed = replace(one, **{field: getattr(two, field)})
    assert (changed.fingerprint() == one.fingerprint()) == (named(changed) == named(one))


def test_a_stored_posts_fingerprint_stays_what_it_was() -> None:
    """Of a post without a content warning: approvals given before there was one still count."""
    before = "94d5f499f8926eaae42a31ca1f04605ceed87d62eb5e4c59130b0a196e261df9"
    assert Body(("bakery",), "400 loaves", datetime(2026, 11, 24, 8, tzinfo=UTC)).fingerprint() == before


# --- what is due ---------------------------------------------------------------------------------------

minutes = st.integers(1, 90).map(lambda n: timedelta(minutes=n))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    reminders = tuple(sorted(draw(st.sets(minutes, max_size=3)), reverse=True))
    account = AccountPolicy("bakery", "mastodon", "Bakery", lead=draw(st.none() | minutes))
    return Policy(
        ZONE, Hours((), ZONE), {"bakery": account}, lead=draw(minutes), reminders=reminders,
        lateness_limit=draw(minutes),
    )  # fmt: skip


@st.composite
def a_post(draw: st.DrawFn) -> Post:
    slot = draw(st.none() | st.just(SLOT))
    immediate = draw(st.booleans())
    body = Body(("bakery",), "words", slot)
    version = Version(VersionId("v"), PostId("p"), 1, body, SLOT, immediate=immediate)
    status = draw(st.sampled_from(list(Status)))
    return Post(PostId("p"), 1, status, version, SLOT, SLOT, reminded=draw(st.integers(0, 3)))


moments = st.integers(-7200, 7200).map(lambda seconds: SLOT + timedelta(seconds=seconds))


@given(a_post(), policies(), moments)
def test_something_is_due_exactly_when_its_moment_has_come(post: Post, policy: Policy, now: datetime) -> None:
    moment = find_due_moment(post, policy)
    assert (advance(post, policy, now) is not None) == (moment is not None and moment <= now)


@given(a_post(), policies(), moments)
def test_after_what_is_due_is_done_the_next_moment_is_later(
    post: Post, policy: Policy, now: datetime
) -> None:
    """No clock runs hot: whatever `advance` says, having done it, nothing is due at the same moment."""
    due = advance(post, policy, now)
    if due is None:
        return
    status = {Due.OPEN_REVIEW: Status.REVIEW, Due.MISS: Status.MISSED, Due.REMIND: post.status}[due]
    done = replace(post, status=status, reminded=count_passed_reminders(post, policy, now))
    after = find_due_moment(done, policy)
    assert after is None or after > now


@given(a_post(), policies(), moments)
def test_no_review_opens_and_nothing_is_reminded_of_after_the_end(
    post: Post, policy: Policy, now: datetime
) -> None:
    if post.slot is None or post.version.immediate:
        return
    late = post.slot + policy.lateness_limit if post.status is Status.APPROVED else post.slot
    if now >= late and post.status in (Status.SCHEDULED, Status.REVIEW, Status.APPROVED):
        assert advance(post, policy, now) is Due.MISS


@pytest.mark.parametrize(
    ("slot", "accounts", "status"),
    [
        (None, ("bakery",), Status.DRAFT),
        (SLOT, (), Status.DRAFT),
        (SLOT, ("bakery",), Status.MISSED),
        (SLOT + timedelta(seconds=1), ("bakery",), Status.REVIEW),
        (SLOT + timedelta(minutes=30), ("bakery",), Status.REVIEW),
        (SLOT + timedelta(minutes=30, microseconds=1), ("bakery",), Status.SCHEDULED),
    ],
)
def test_by_slot(slot: datetime | None, accounts: tuple[str, ...], status: Status) -> None:
    assert choose_status(slot, accounts, Policy(ZONE, Hours((), ZONE)), SLOT) is status


def test_authors_are_who_made_it_and_whoever_saved_its_words() -> None:
    version = Version(VersionId("v"), PostId("p"), 3, Body((), ""), SLOT, saved_by="U3", words_by=("U2",))
    post = Post(PostId("p"), 1, Status.DRAFT, version, SLOT, SLOT, created_by="U1")
    assert post.authors == {"U1", "U2"}
    assert replace(post, created_by=None).authors == {"U2"}
    assert replace(post, created_by="cli:ada@host").authors == {"U2"}
