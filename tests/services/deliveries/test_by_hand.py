"""What people post themselves: the press is the begin, through the same rows and checks as any other send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.deliveries import BY_HAND_LIMIT, Delivery, State
from bot.domain.gate import ALL
from bot.domain.people import Person, Role
from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen, Status
from bot.domain.preflight.objections import Level, Objection, ObjectionType
from bot.domain.refusals import (
    AuthorMayNotApprove,
    Blocked,
    FieldErrors,
    NotFrom,
    NotItsTime,
    OnlyApprovers,
    OnlyMembersOrAsk,
    Outdated,
    Paused,
    Repeated,
    SlotPassed,
    SomebodyHasIt,
)
from bot.domain.shown.by_hand import HandView
from bot.domain.shown.post_screens import PostCard
from bot.domain.shown.state_words import name_state
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import by_hand, overrides
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.posts import edit, preflight, review
from bot.services.posts.edit import Changes
from bot.services.queries.home import load_home
from bot.services.queries.pause import load_banner, load_resume_form
from bot.services.queries.posts import load_card
from bot.slack.views.posts.rows import name_row
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from tests.backend import ANNA, GIL, MAYA, TOM, Backend, ManualClock, key, team

WINDOW = timedelta(hours=2)
STORY, BOTH = ("story",), ("bakery", "story")
DAY = 24 * 60


def make(store: Store, network: MastodonServer, clock: ManualClock) -> Backend:
    accounts = {
        "bakery": AccountPolicy("bakery", "mastodon", "Bakery", "public"),
        "story": AccountPolicy("story", "manual", "Story", window=WINDOW),
        "sign": AccountPolicy("sign", "manual", "Sign", window=WINDOW),
    }
    return Backend(store, network, clock=clock, policy=team(accounts=accounts))


@pytest.fixture
def backend(store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    """On SQLite and on PostgreSQL in turn; one account that Byhand posts to, two that people do."""
    built = make(store, network, clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


@pytest.fixture
def here(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    """On SQLite alone."""
    built = make(sqlite_store, network, clock)
    yield built
    built.worker.stop(timedelta(seconds=5))


def offered(backend: Backend, accounts: tuple[str, ...] = STORY) -> Seen:
    """Approved, and its slot has come."""
    seen = backend.approved(accounts=accounts)
    backend.to_slot(seen)
    return seen


def take(backend: Backend, person: Person, seen: Seen, account: str = "story") -> None:
    backend.services.do(by_hand.begin, person, backend.now_seen(seen), account, key())


def is_up(backend: Backend, person: Person, seen: Seen, address: str = "https://example.com/p/1") -> None:
    backend.services.do(by_hand.say_up, person, backend.delivery_id(seen, "story"), address, key())


def is_not(backend: Backend, person: Person, seen: Seen) -> None:
    backend.services.do(by_hand.say_not_up, person, backend.delivery_id(seen, "story"), key())


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(load_card, seen.post_id)
    assert found is not None
    return found


def names(backend: Backend, seen: Seen) -> tuple[str, str]:
    """How it stands in Home, and among the posts that ask for a Go."""
    found = card(backend, seen)
    (row,) = backend.services.look(load_home, MAYA).today
    return name_row(row), name_state(found.status, found.deliveries)


def hand(backend: Backend, seen: Seen) -> HandView:
    return card(backend, seen).by_hand[0]


def delivery(backend: Backend, seen: Seen, account: str = "story") -> Delivery:
    which = backend.delivery_id(seen, account)
    found = backend.services.look(lambda work: deliveries.load(work.db, which))
    assert found is not None
    return found


def said(backend: Backend, kind: str) -> list[str]:
    query = text('SELECT CAST("values" AS TEXT) FROM lines WHERE kind = :kind ORDER BY created_at, seq')
    return [
        str(each) for each in backend.store.read(lambda db: db.execute(query, {"kind": kind}).scalars().all())
    ]


def shut(backend: Backend, scope: str = ALL) -> None:
    backend.services.do_first(pause.pause, MAYA, scope, "recall", key())


def open_again(backend: Backend) -> None:
    form = backend.services.look(load_resume_form, ALL)
    assert form is not None
    backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())


# --- the whole way -----------------------------------------------------------------------------------


def test_from_the_slot_on_somebody_posts_it_and_says_where_it_is(backend: Backend) -> None:
    seen = backend.approved(accounts=STORY)
    assert card(backend, seen).by_hand == (), "nothing is offered before the slot"
    backend.to_slot(seen)
    assert hand(backend, seen).is_free
    assert [each for each in said(backend, "by_hand") if TOM.id in each], (
        "nobody is on shift: approvers are called"
    )
    take(backend, MAYA, seen)
    assert backend.status(seen) is Status.PUBLISHING
    assert hand(backend, seen).holder == MAYA.id
    backend.push(minutes=5)
    is_up(backend, MAYA, seen)
    assert backend.status(seen) is Status.PUBLISHED
    assert delivery(backend, seen).remote_url == "https://example.com/p/1"
    assert len(said(backend, "by_hand")) == 1
    assert backend.published == []


@pytest.mark.parametrize(("minutes", "out"), [(1, 1), (45, 0)])
def test_it_went_out_when_its_person_said_so(here: Backend, minutes: int, out: int) -> None:
    """Seen: 10:34, when it was taken, on the card of a story that was up at 10:35. Of what was asked about, only the
    begin is known."""
    seen = offered(here)
    take(here, MAYA, seen)
    taken_at = here.clock.now()
    here.push(minutes=minutes)
    is_up(here, MAYA, seen)
    (send,) = card(here, seen).deliveries
    assert send.out_at is not None
    assert round((send.out_at - taken_at).total_seconds() / 60) == out
    pause_id = here.services.do_first(pause.pause, TOM, ALL, "", key()).pause_id
    banner = here.services.look(load_banner, pause_id)
    assert banner is not None
    assert [one.at for one in banner.went_out] == [send.out_at]


def test_who_did_what_is_on_record(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    is_up(here, ANNA, seen)
    query = text("SELECT what, who FROM facts WHERE subject = :post ORDER BY at, id")
    rows = here.store.read(lambda db: db.execute(query, {"post": f"post:{seen.post_id}"}).all())
    known = {row.what: row.who for row in rows}
    assert (known["begun"], known["outcome"]) == (MAYA.id, ANNA.id)


def test_byhand_never_begins_it_by_itself(here: Backend) -> None:
    seen = offered(here)
    for _ in range(11):
        here.push(minutes=10)
    assert here.states(seen) == {"story": "ready"}
    assert here.status(seen) is Status.APPROVED


def test_nobody_took_it_so_it_is_missed(backend: Backend) -> None:
    seen = offered(backend)
    backend.push(minutes=119)
    assert backend.status(seen) is Status.APPROVED
    backend.push(minutes=1)
    assert backend.status(seen) is Status.MISSED
    assert (backend.post(seen).reason or "").startswith("nobody posted it by")
    with pytest.raises(NotFrom):
        take(backend, MAYA, seen)


def test_whoever_did_not_post_it_says_so(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    is_not(here, MAYA, seen)
    assert (here.status(seen), here.post(seen).reason) == (Status.MISSED, "a colleague did not post it")
    assert delivery(here, seen).state is State.DROPPED


def test_silence_after_the_begin_is_unknown_and_asks_whoever_has_it(backend: Backend) -> None:
    seen = offered(backend)
    take(backend, MAYA, seen)
    backend.push(seconds=BY_HAND_LIMIT.total_seconds() - 1)
    assert delivery(backend, seen).state is State.SENDING
    backend.push(seconds=2)
    assert delivery(backend, seen).asks_a_person
    reason = delivery(backend, seen).reason or ""
    assert reason.endswith("has not said whether it is up"), "Byhand has nowhere to look"
    backend.push(minutes=60)
    asked = said(backend, "unknown")
    assert len(asked) == 1
    assert MAYA.id in asked[0]
    assert TOM.id not in asked[0]
    is_up(backend, ANNA, seen)
    assert backend.status(seen) is Status.PUBLISHED


def test_of_what_nobody_knows_anybody_says_that_it_is_not_up(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    here.push(minutes=31)
    is_not(here, ANNA, seen)
    assert here.status(seen) is Status.MISSED


def test_after_unknown_an_approver_offers_it_again(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    here.push(minutes=31)
    here.services.do(overrides.try_again, TOM, here.delivery_id(seen, "story"), key())
    here.run()
    assert hand(here, seen).is_free
    take(here, ANNA, seen)
    assert hand(here, seen).holder == ANNA.id


# --- never twice -------------------------------------------------------------------------------------


def test_of_two_who_press_one_has_it(backend: Backend) -> None:
    seen = offered(backend)
    take(backend, MAYA, seen)
    with pytest.raises(SomebodyHasIt):
        take(backend, ANNA, seen)
    with pytest.raises(SomebodyHasIt):
        is_not(backend, ANNA, seen)
    assert hand(backend, seen).holder == MAYA.id


def test_a_press_that_comes_twice_counts_once(here: Backend) -> None:
    seen, once = offered(here), key()
    here.services.do(by_hand.begin, MAYA, seen, "story", once)
    with pytest.raises(Repeated):
        here.services.do(by_hand.begin, MAYA, seen, "story", once)


def test_a_restart_leaves_it_with_whoever_has_it(here: Backend) -> None:
    """On SQLite no lease of another process counts after a start; a person's does."""
    seen = offered(here)
    take(here, MAYA, seen)
    anew = here.new_worker("worker-2")
    anew.start()
    here.run(anew)
    assert delivery(here, seen).state is State.SENDING
    here.push(anew, minutes=31)
    assert delivery(here, seen).asks_a_person
    anew.stop(timedelta(seconds=5))


def test_the_press_wins_over_the_claim_of_the_worker(here: Backend) -> None:
    seen = offered(here)
    here.push(minutes=119, seconds=30)
    assert here.states(seen) == {"story": "claimed"}
    before = delivery(here, seen).fence
    take(here, MAYA, seen)
    assert delivery(here, seen).fence > before, "whatever the worker still holds counts no more"
    here.push(minutes=1)
    assert delivery(here, seen).state is State.SENDING


@pytest.mark.parametrize("person_first", [True, False], ids=["the person", "the clock"])
def test_the_second_the_window_ends_one_of_the_two_has_it(here: Backend, *, person_first: bool) -> None:
    seen = offered(here)
    here.push(minutes=119, seconds=30)
    here.clock.push(timedelta(seconds=30))
    if person_first:
        take(here, MAYA, seen)
        here.run()
        assert delivery(here, seen).state is State.SENDING
        return
    here.run()
    with pytest.raises(NotFrom):
        take(here, MAYA, seen)
    assert here.status(seen) is Status.MISSED


def test_after_its_window_nobody_begins(here: Backend) -> None:
    seen = offered(here)
    here.clock.push(WINDOW + timedelta(seconds=1))
    with pytest.raises(SlotPassed):
        take(here, MAYA, seen)


def test_an_outage_over_its_window_is_no_surprise(here: Backend) -> None:
    seen = here.approved(accounts=STORY)
    here.push(hours=5)
    assert here.status(seen) is Status.MISSED


# --- who may, and when -------------------------------------------------------------------------------


def test_before_its_slot_nobody_begins(here: Backend) -> None:
    seen = here.approved(accounts=STORY)
    with pytest.raises(NotItsTime):
        take(here, MAYA, seen)


def test_a_guest_posts_nothing(here: Backend) -> None:
    with pytest.raises(OnlyMembersOrAsk):
        take(here, GIL, offered(here))


def test_a_post_of_byhands_own_is_not_begun_by_hand(here: Backend) -> None:
    seen = here.approved(accounts=BOTH)
    here.to_slot(seen)
    with pytest.raises(Exception, match="nothing left to send"):
        take(here, MAYA, seen, "bakery")


def test_changed_words_are_not_begun(here: Backend) -> None:
    seen = offered(here)
    slot = here.clock.now() + timedelta(minutes=20)
    here.services.do(edit.save_edit, MAYA, seen, Changes("Other words", slot), key())
    with pytest.raises(Outdated):
        here.services.do(by_hand.begin, MAYA, seen, "story", key())
    with pytest.raises(NotItsTime):
        take(here, MAYA, seen)


@pytest.mark.parametrize(
    "typed", ["nonsense", "javascript:alert(1)", "https://", "https://a b.de", "x" * 3000]
)
def test_what_is_no_address_is_refused(here: Backend, typed: str) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    with pytest.raises(FieldErrors):
        is_up(here, MAYA, seen, typed)
    assert delivery(here, seen).state is State.SENDING


def test_a_story_has_no_address(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    is_up(here, MAYA, seen, " ")
    assert delivery(here, seen).remote_url is None
    assert here.status(seen) is Status.PUBLISHED


# --- the words were approved ahead -------------------------------------------------------------------


def ahead(backend: Backend, accounts: tuple[str, ...] = STORY) -> Seen:
    """Its words were approved yesterday; its slot has come, and nobody has said Go."""
    seen = backend.plan(minutes=DAY, accounts=accounts)
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=DAY - 20)
    backend.push(minutes=20)
    return seen


def test_the_press_says_go(backend: Backend) -> None:
    seen = ahead(backend)
    assert backend.status(seen) is Status.REVIEW
    assert hand(backend, seen).is_free
    take(backend, MAYA, seen)
    assert backend.status(seen) is Status.PUBLISHING
    assert card(backend, seen).go is not None


def test_without_a_press_the_window_ends(here: Backend) -> None:
    seen = ahead(here)
    here.push(minutes=119)
    assert here.status(seen) is Status.REVIEW
    here.push(minutes=1)
    assert here.status(seen) is Status.MISSED
    assert (here.post(seen).reason or "").startswith("nobody posted it by")


def test_without_approved_words_it_is_missed_at_its_slot(here: Backend) -> None:
    seen = here.in_review(accounts=STORY)
    here.to_slot(seen)
    assert here.status(seen) is Status.MISSED
    assert here.post(seen).reason == "nobody decided"


def test_where_byhand_sends_a_part_the_slot_is_the_end(here: Backend) -> None:
    seen = ahead(here, BOTH)
    assert here.status(seen) is Status.MISSED
    assert here.published == []


@pytest.mark.parametrize("late", [20, 21])
def test_a_press_brings_no_part_out_late(here: Backend, late: int) -> None:
    """At the slot or a minute later, before the clock has noted that it was missed."""
    seen = here.plan(minutes=DAY, accounts=BOTH)
    here.services.do(review.approve, TOM, seen, key())
    here.push(minutes=DAY - 20)
    here.clock.push(timedelta(minutes=late))
    with pytest.raises(SlotPassed):
        take(here, MAYA, seen)
    here.run()
    assert here.published == []


def test_two_accounts_of_one_post_call_once(here: Backend) -> None:
    seen = ahead(here, ("sign", "story"))
    take(here, MAYA, seen)
    here.run()
    assert len(said(here, "by_hand")) == 1
    assert hand(here, seen).account == "sign"
    assert [one.is_free for one in card(here, seen).by_hand] == [True, False]


# --- a pause -----------------------------------------------------------------------------------------


def test_a_pause_before_the_begin_keeps_it_from_beginning(backend: Backend) -> None:
    seen = ahead(backend)
    shut(backend)
    with pytest.raises(Paused):
        take(backend, TOM, seen)
    backend.push(minutes=30)
    assert backend.status(seen) is Status.REVIEW
    open_again(backend)
    with pytest.raises(OnlyApprovers):
        take(backend, MAYA, seen)
    take(backend, TOM, seen)
    assert backend.status(seen) is Status.PUBLISHING


def test_a_pause_ends_approvals_that_said_both(here: Backend) -> None:
    seen = offered(here)
    shut(here)
    here.run()
    assert here.status(seen) is Status.MISSED
    assert "paused" in (here.post(seen).reason or "")


def test_paused_to_the_end_of_its_window_it_is_missed(here: Backend) -> None:
    seen = ahead(here)
    shut(here)
    here.push(minutes=121)
    assert here.status(seen) is Status.MISSED
    assert "paused" in (here.post(seen).reason or "")


def test_a_pause_after_the_begin_names_it(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    shut(here)
    query = text("SELECT under_way FROM pauses")
    assert here.delivery_id(seen, "story") in str(here.store.read(lambda db: db.execute(query).scalar_one()))
    is_up(here, MAYA, seen)
    assert here.status(seen) is Status.PUBLISHED


# --- with an account that Byhand sends to ------------------------------------------------------------


def test_byhand_sends_its_part_at_the_slot_and_the_rest_waits_for_a_person(backend: Backend) -> None:
    seen = offered(backend, BOTH)
    assert len(backend.published) == 1
    assert backend.states(seen) == {"bakery": "sent", "story": "ready"}
    assert backend.status(seen) is Status.PUBLISHING
    take(backend, MAYA, seen)
    is_up(backend, MAYA, seen)
    assert backend.status(seen) is Status.PUBLISHED


def test_lists_say_who_is_posting_it_and_not_that_it_is_being_sent(backend: Backend) -> None:
    """Seen: "Being sent" in Home, of a story that somebody had taken."""
    maya = KnownPerson(MAYA.id, "Maya", Role.MEMBER, None, backend.clock.now())
    backend.store.write(lambda db: people.remember(db, maya))
    seen = offered(backend, BOTH)
    backend.push(seconds=1)
    assert names(backend, seen) == ("To be posted by hand", "To be posted by hand")
    take(backend, MAYA, seen)
    assert names(backend, seen) == ("Maya is posting it on Story", "Maya is posting it on Story")


def test_nobody_took_the_rest_so_that_is_dropped(here: Backend) -> None:
    seen = offered(here, BOTH)
    here.push(minutes=119)
    here.clock.set(delivery(here, seen).latest_at or here.clock.now())
    here.run()
    assert here.states(seen) == {"bakery": "sent", "story": "dropped"}
    assert here.status(seen) is Status.PUBLISHED


def test_after_a_pause_an_approver_takes_the_rest(here: Backend) -> None:
    seen = offered(here, BOTH)
    shut(here)
    with pytest.raises(Paused):
        take(here, TOM, seen)
    open_again(here)
    with pytest.raises(OnlyApprovers):
        take(here, MAYA, seen)
    take(here, TOM, seen)
    assert hand(here, seen).holder == TOM.id


def test_after_a_pause_its_author_does_not_take_the_rest(here: Backend) -> None:
    """Their press would be the approval of their own words."""
    seen = here.in_review(accounts=BOTH)
    here.services.do(edit.save_edit, ANNA, seen, Changes("Words of Anna's", here.post(seen).slot), key())
    here.services.do(review.approve, TOM, here.now_seen(seen), key())
    here.to_slot(seen)
    shut(here)
    open_again(here)
    with pytest.raises(AuthorMayNotApprove):
        take(here, ANNA, seen)
    assert here.states(seen) == {"bakery": "sent", "story": "ready"}


def test_after_a_pause_what_is_to_be_fixed_is_not_taken(
    here: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = offered(here, BOTH)
    shut(here)
    open_again(here)
    block = Objection(ObjectionType.ALT_TEXT, Level.BLOCK, "The image has no alt text")
    monkeypatch.setattr(preflight, "list_blocks", lambda *_: (block,))
    with pytest.raises(Blocked, match="The image has no alt text"):
        take(here, TOM, seen)
    assert here.states(seen) == {"bakery": "sent", "story": "ready"}


def test_what_is_up_is_not_begun_again_while_another_account_is_not_over(here: Backend) -> None:
    """The post is still being published, so that its status alone refuses nothing."""
    seen = offered(here, ("sign", "story"))
    take(here, MAYA, seen)
    here.services.do(by_hand.say_up, MAYA, here.delivery_id(seen, "story"), "", key())
    assert here.status(seen) is Status.PUBLISHING
    with pytest.raises(NotFrom):
        take(here, ANNA, seen)
    assert here.states(seen) == {"sign": "ready", "story": "sent"}


def test_after_a_pause_the_accounts_own_approvers_take_the_rest(here: Backend) -> None:
    own = replace(here.policy.accounts["story"], approvers=(ANNA.id,))
    seen = offered(here, BOTH)
    policy = replace(here.policy, accounts={**here.policy.accounts, "story": own})
    here.services = replace(here.services, policy=policy)
    shut(here)
    open_again(here)
    with pytest.raises(NotFrom, match="one more is needed"):
        take(here, TOM, seen)
    take(here, ANNA, seen)
    assert here.states(seen) == {"bakery": "sent", "story": "sending"}


def test_two_posts_on_one_account_are_a_minute_apart(here: Backend) -> None:
    first, second = offered(here), None
    take(here, MAYA, first)
    second = here.approved("Rolls at ten", accounts=STORY)
    here.services.do(review.post_now, TOM, second, key())
    here.run()
    with pytest.raises(NotFrom, match="less than a minute ago"):
        take(here, ANNA, second)
    assert here.states(second) == {"story": "ready"}
    here.push(seconds=61)
    take(here, ANNA, second)
