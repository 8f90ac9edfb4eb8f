"""What goes wrong while somebody posts by hand: odd addresses, settings that change, colleagues who are gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.deliveries import State
from bot.domain.people import Person, Role
from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen, Status
from bot.domain.refusals import FieldErrors, OnlyApprovers, SlotPassed, SomebodyHasIt
from bot.domain.shown.by_hand import HandView
from bot.domain.shown.post_screens import PostCard
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.deliveries import by_hand, doubt, overrides
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.posts import review
from bot.services.queries.history import list_history
from bot.services.queries.pause import load_resume_form
from bot.services.queries.posts import load_card
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.slack import people
from tests.backend import ANNA, MAYA, TOM, Backend, ManualClock, key, team

WINDOW, SHORT = timedelta(hours=2), timedelta(minutes=30)
DAY = 24 * 60


@pytest.fixture
def here(sqlite_store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    accounts = {
        "bakery": AccountPolicy("bakery", "mastodon", "Bakery", "public"),
        "story": AccountPolicy("story", "manual", "Story", window=WINDOW),
        "sign": AccountPolicy("sign", "manual", "Sign", window=SHORT),
    }
    built = Backend(sqlite_store, network, clock=clock, policy=team(accounts=accounts))
    yield built
    built.worker.stop(timedelta(seconds=5))


def offered(backend: Backend, *accounts: str) -> Seen:
    seen = backend.approved(accounts=accounts or ("story",))
    backend.to_slot(seen)
    return seen


def ahead(backend: Backend, *accounts: str) -> Seen:
    """Its words were approved a day before, nobody said Go, and its slot has come."""
    seen = backend.plan(minutes=DAY, accounts=accounts or ("story",))
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=DAY - 20)
    backend.push(minutes=20)
    return seen


def take(backend: Backend, person: Person, seen: Seen, account: str = "story") -> None:
    backend.services.do(by_hand.begin, person, backend.now_seen(seen), account, key())


def say_up(backend: Backend, person: Person, seen: Seen, address: str = "") -> None:
    backend.services.do(by_hand.say_up, person, backend.delivery_id(seen, "story"), address, key())


def say_not_up(backend: Backend, person: Person, seen: Seen) -> None:
    backend.services.do(by_hand.say_not_up, person, backend.delivery_id(seen, "story"), key())


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(load_card, seen.post_id)
    assert found is not None
    return found


def hands(backend: Backend, seen: Seen) -> dict[str, HandView]:
    return {one.account: one for one in card(backend, seen).by_hand}


def said(backend: Backend, kind: str) -> list[str]:
    query = text('SELECT CAST("values" AS TEXT) FROM lines WHERE kind = :kind ORDER BY created_at, seq')
    return [
        str(one) for one in backend.store.read(lambda db: db.execute(query, {"kind": kind}).scalars().all())
    ]


def pause_and_resume(backend: Backend) -> None:
    backend.services.do_first(pause.pause, MAYA, "all", "recall", key())
    form = backend.services.look(load_resume_form, "all")
    assert form is not None
    backend.services.do(resuming.resume, TOM, "all", form.epoch, {}, key())


def leave_settings(backend: Backend, account: str) -> None:
    """A restart with other settings."""
    known = {name: one for name, one in backend.policy.accounts.items() if name != account}
    backend.accounts.pop(account)
    backend.services = replace(backend.services, policy=replace(backend.policy, accounts=known))
    backend.worker.stop(timedelta(seconds=5))
    backend.worker = backend.new_worker("worker-2")
    backend.worker.start()


def deactivate(backend: Backend, person: Person) -> None:
    gone = people.KnownPerson(person.id, person.name, Role.OUTSIDER, None, backend.clock.now())
    backend.store.write(lambda db: people.remember(db, gone))


# --- where it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "nowhere", "javascript:alert(1)", "javascript:alert.example.com", "javascript://example.com/%0aalert(1)",
        "data:text/html,hi", "https://example.com/a|b", "https://example.com/<b>", "https://example.com/a b",
        "https://exam\nple.com/p/1", "https://example.com/\u202egnp.exe", "https://example.com/\u200b1",
        "https://example.com:port/1", "https://[::1", "https://example.com/`x`", "ftp://example.com/1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        by_hand.read_address(typed)
    assert "not an address" in refused.value.fields["address"]


def test_an_address_of_5000_characters_is_too_long() -> None:
    with pytest.raises(FieldErrors) as refused:
        by_hand.read_address("https://example.com/" + "a" * 5000)
    assert "too long" in refused.value.fields["address"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""), ("  ", ""), ("instagram.com/p/1", "https://instagram.com/p/1"),
        ("<https://example.com/p/1>", "https://example.com/p/1"), ("HTTPS://Example.com/P/1", "HTTPS://Example.com/P/1"),
        ("https://bäckerei.example/brot", "https://bäckerei.example/brot"),
        ("https://example.com:8443/p?x=1&y=2#z", "https://example.com:8443/p?x=1&y=2#z"),
    ],
)  # fmt: skip
def test_what_is_an_address_is_kept(typed: str, read: str) -> None:
    assert by_hand.read_address(typed) == read


def test_two_stories_at_the_same_address_are_both_up(here: Backend) -> None:
    """Who posts stories gives the profile's address each time."""
    for number in range(2):
        seen = here.approved(f"Bread, number {number * 7}", accounts=("story",))
        here.to_slot(seen)
        take(here, MAYA, seen)
        say_up(here, MAYA, seen, "https://example.com/bakery")
        assert here.status(seen) is Status.PUBLISHED


# --- its window --------------------------------------------------------------------------------------


def test_after_a_new_slot_the_old_window_counts_no_more(here: Backend) -> None:
    """Seen: what somebody had not posted was offered again in the window of its new slot, and the press refused."""
    seen = ahead(here)
    take(here, MAYA, seen)
    say_not_up(here, MAYA, seen)
    slot = here.clock.now() + timedelta(hours=3)
    here.services.do(review.move, MAYA, here.now_seen(seen), slot, key())
    here.push(hours=2, minutes=30)
    here.push(minutes=31)
    assert hands(here, seen)["story"].until == slot + WINDOW
    take(here, MAYA, seen)
    assert here.states(seen) == {"story": "sending"}


def test_of_two_windows_the_shorter_ends_first(here: Backend) -> None:
    """Seen: an account whose window was over was offered until the longest of the post was, and the press refused."""
    seen = ahead(here, "sign", "story")
    here.push(minutes=31)
    assert list(hands(here, seen)) == ["story"]
    with pytest.raises(SlotPassed):
        take(here, MAYA, seen, "sign")
    take(here, MAYA, seen, "story")
    here.push(seconds=1)
    assert here.states(seen) == {"sign": "dropped", "story": "sending"}


def test_posted_now_it_is_offered_until_it_is_missed(here: Backend) -> None:
    """Seen: after a pause its card named the end of the window, and it was missed before that."""
    seen = here.plan(minutes=DAY, accounts=("story",))
    here.services.do(review.approve, TOM, seen, key())
    here.push(minutes=DAY - 20)
    here.services.do(review.post_now, TOM, seen, key())
    pause_and_resume(here)
    until = hands(here, seen)["story"].until
    assert until is not None
    here.clock.set(until - timedelta(seconds=1))
    here.run()
    assert hands(here, seen)
    here.push(seconds=1)
    assert here.status(seen) is Status.MISSED


# --- who has it --------------------------------------------------------------------------------------


def test_somebody_else_says_that_it_is_up_while_one_has_it(here: Backend) -> None:
    """Whoever has it would put it up a second time, and looks at no card just then."""
    seen = offered(here)
    take(here, MAYA, seen)
    say_up(here, ANNA, seen)
    (told,) = said(here, "incident")
    assert MAYA.id in told
    assert "please do not" in told


def test_whoever_says_so_themselves_is_told_nothing(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    say_up(here, MAYA, seen)
    assert said(here, "incident") == []


def test_an_old_dialog_ends_what_another_has_and_tells_them(here: Backend) -> None:
    """Maya was silent, it was offered again, Anna has it; then Maya's dialog says that it is up after all."""
    seen = offered(here)
    take(here, MAYA, seen)
    here.push(minutes=31)
    here.services.do(overrides.try_again, TOM, here.delivery_id(seen, "story"), key())
    here.run()
    take(here, ANNA, seen)
    with pytest.raises(SomebodyHasIt):
        say_not_up(here, MAYA, seen)
    say_up(here, MAYA, seen)
    assert here.status(seen) is Status.PUBLISHED
    assert ANNA.id in said(here, "incident")[-1]


def test_where_whoever_had_it_left_the_team_others_are_asked(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    deactivate(here, MAYA)
    here.push(minutes=31)
    (asked,) = said(here, "unknown")
    assert MAYA.id not in asked
    assert TOM.id in asked


@pytest.mark.parametrize("after_silence", [False, True])
def test_its_account_leaves_the_settings_while_somebody_has_it(here: Backend, *, after_silence: bool) -> None:
    """Seen: nobody could say any more how it went."""
    seen = offered(here)
    take(here, MAYA, seen)
    leave_settings(here, "story")
    if after_silence:
        here.push(minutes=31)
    assert hands(here, seen)["story"].holder == MAYA.id
    say_up(here, MAYA, seen, "https://example.com/p/1")
    assert here.status(seen) is Status.PUBLISHED


def test_its_account_leaves_the_settings_before_anybody_has_it(here: Backend) -> None:
    seen = offered(here)
    leave_settings(here, "story")
    assert hands(here, seen) == {}


def test_an_approver_who_left_the_team_hands_nothing_out(here: Backend) -> None:
    """Before anything has noticed it: neither on the card nor by a press."""
    seen = offered(here)
    deactivate(here, TOM)
    assert hands(here, seen) == {}
    with pytest.raises(Exception, match="approved"):
        take(here, MAYA, seen)


def test_after_a_pause_the_card_of_the_rest_says_that_an_approver_takes_it(here: Backend) -> None:
    seen = offered(here, "bakery", "story")
    assert not card(here, seen).approver_says_go
    pause_and_resume(here)
    assert card(here, seen).approver_says_go
    with pytest.raises(OnlyApprovers):
        take(here, MAYA, seen)


def test_stopping_the_rest_leaves_what_somebody_has(here: Backend) -> None:
    seen = offered(here, "sign", "story")
    take(here, MAYA, seen)
    here.services.do(overrides.stop_rest, TOM, here.now_seen(seen), key())
    assert here.states(seen) == {"sign": "dropped", "story": "sending"}
    here.push(minutes=31)
    assert hands(here, seen)["story"].is_unknown
    say_up(here, MAYA, seen)
    assert here.status(seen) is Status.PUBLISHED


def test_a_backup_that_was_put_back_asks_whether_it_is_up(here: Backend) -> None:
    """It was in hand when the copy was made: whoever had it says so, or an approver offers it again."""
    seen = offered(here)
    take(here, MAYA, seen)
    here.do(doubt.doubt_what_is_open)
    assert hands(here, seen)["story"].is_unknown
    assert MAYA.id in said(here, "unknown")[-1]
    here.services.do(overrides.try_again, TOM, here.delivery_id(seen, "story"), key())
    here.push(minutes=2)
    take(here, ANNA, seen)
    say_up(here, ANNA, seen)
    assert here.status(seen) is Status.PUBLISHED


def test_what_people_said_is_in_its_history(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    say_not_up(here, MAYA, seen)
    told = str(here.services.look(list_history, seen.post_id))
    assert "Did not post it on Story" in told
    assert "Stopped it" not in told


def test_i_did_not_then_post_now_offers_it_again(here: Backend) -> None:
    seen = offered(here)
    take(here, MAYA, seen)
    say_not_up(here, MAYA, seen)
    here.push(minutes=2)
    here.services.do(review.post_now, TOM, here.now_seen(seen), key())
    here.run()
    assert hands(here, seen)["story"].state is State.READY
    take(here, ANNA, seen)
    assert (
        here.services.look(lambda work: deliveries.list_of_post(work.db, seen.post_id))[0].holder == ANNA.id
    )
