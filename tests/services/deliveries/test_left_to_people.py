"""Taking down what Byhand cannot delete: a person deletes it there, says so, and it is taken down like any other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.domain.deliveries import State
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.domain.refusals import (
    ByhandDeletes,
    CannotTakeDown,
    NothingToSend,
    OnlyApprovers,
    OnlyMembersOrAsk,
    OnlyMembersWhoApprove,
    Outdated,
    Repeated,
)
from bot.domain.shown.post_screens import DeliveryView
from bot.services.deliveries import take_down
from bot.services.pause import deleted
from bot.services.post_states import load_send_views
from bot.services.queries.history import list_history
from bot.services.queries.pause import load_banner
from bot.store.posts import posts
from tests.backend import GIL, MAYA, TOM, Backend, key
from tests.services.deliveries.test_by_hand import (
    BOTH,
    STORY,
    backend,
    card,
    here,
    is_not,
    is_up,
    offered,
    open_again,
    shut,
    take,
)

__all__ = ["backend", "here"]


def up(backend: Backend, accounts: tuple[str, ...] = STORY) -> Seen:
    seen = offered(backend, accounts)
    take(backend, MAYA, seen)
    is_up(backend, MAYA, seen)
    assert backend.status(seen) is Status.PUBLISHED
    return seen


def say(backend: Backend, person: Person, seen: Seen, account: str = "story") -> None:
    backend.services.do_first(take_down.say_deleted, person, backend.delivery_id(seen, account), key())


def send(backend: Backend, seen: Seen, account: str = "story") -> DeliveryView:
    return next(one for one in card(backend, seen).deliveries if one.account == account)


def pause_id(backend: Backend) -> str:
    return str(backend.store.read(lambda db: db.execute(text("SELECT id FROM pauses")).scalar_one()))


def on_record(backend: Backend, what: str = "deleted by hand") -> list[str]:
    query = text("SELECT who FROM facts WHERE what = :what")
    return list(backend.store.read(lambda db: db.execute(query, {"what": what}).scalars().all()))


def test_it_is_taken_down_once_somebody_says_so(backend: Backend) -> None:
    seen = up(backend)
    assert send(backend, seen).left_to_people
    backend.push(minutes=10)
    assert not send(backend, seen).gone, "nobody said so: as far as is known it is up"
    say(backend, TOM, seen)
    shown = send(backend, seen)
    assert shown.gone
    assert shown.take_down is not None
    assert (shown.take_down.by, shown.take_down.at) == (TOM.id, backend.clock.now())
    assert on_record(backend) == [TOM.id]
    post = backend.store.read(lambda db: posts.load(db, seen.post_id))
    assert post is not None
    assert [one.gone for one in backend.services.look(load_send_views, [post])[post.id]] == [True]
    said = [line.words for line in backend.services.look(list_history, seen.post_id)]
    assert said[-1] == "Deleted it on Story by hand."
    backend.push(minutes=10)
    assert backend.published == []


def test_byhand_calls_no_network_for_it(here: Backend) -> None:
    seen = up(here)
    with pytest.raises(CannotTakeDown):
        here.services.do(take_down.take_down, TOM, here.delivery_id(seen, "story"), key())
    say(here, TOM, seen)
    for _ in range(3):
        here.push(minutes=1)
    query = text("SELECT state, fence FROM deliveries WHERE kind = 'takedown'")
    assert here.store.read(lambda db: db.execute(query).all()) == [("sent", 1)]


def test_two_who_say_so_are_one(here: Backend) -> None:
    seen, once = up(here), key()
    which = here.delivery_id(seen, "story")
    here.services.do(take_down.say_deleted, TOM, which, once)
    with pytest.raises(Repeated):
        here.services.do(take_down.say_deleted, TOM, which, once)
    with pytest.raises(Outdated):
        say(here, TOM, seen)
    assert on_record(here) == [TOM.id]


def test_who_may_is_who_may_take_down(here: Backend) -> None:
    seen = up(here)
    with pytest.raises(OnlyApprovers):
        say(here, MAYA, seen)
    with pytest.raises(OnlyMembersWhoApprove):
        say(here, GIL, seen)
    shut(here)
    with pytest.raises(OnlyMembersOrAsk):
        say(here, GIL, seen)
    say(here, MAYA, seen)
    assert send(here, seen).gone


def test_what_byhand_can_delete_is_not_said(here: Backend) -> None:
    seen = up(here, BOTH)
    with pytest.raises(ByhandDeletes):
        say(here, TOM, seen, "bakery")
    assert on_record(here) == []


def test_what_is_not_up_is_not_taken_down(here: Backend) -> None:
    seen = offered(here)
    with pytest.raises(NothingToSend):
        say(here, TOM, seen)
    take(here, MAYA, seen)
    with pytest.raises(NothingToSend):
        say(here, TOM, seen)
    is_not(here, MAYA, seen)
    with pytest.raises(NothingToSend):
        say(here, TOM, seen)


def test_of_a_post_to_both_byhand_deletes_its_own_and_a_person_the_other(backend: Backend) -> None:
    seen = up(backend, BOTH)
    ours, theirs = (backend.delivery_id(seen, name) for name in BOTH)
    backend.services.do_first(take_down.take_down_all, TOM, [ours], key())
    backend.run()
    assert [line["deleted"] for line in backend.network.timeline()] == [True]
    assert [one.gone for one in card(backend, seen).deliveries] == [True, False]
    backend.services.do_first(take_down.take_down_all, TOM, [], key(), [theirs])
    assert [one.gone for one in card(backend, seen).deliveries] == [True, True]


def test_both_at_once_and_one_that_is_gone_stops_nothing(here: Backend) -> None:
    seen = up(here, BOTH)
    ours, theirs = (here.delivery_id(seen, name) for name in BOTH)
    say(here, TOM, seen)
    here.services.do_first(take_down.take_down_all, TOM, [ours], key(), [theirs])
    here.run()
    assert [one.gone for one in card(here, seen).deliveries] == [True, True]
    with pytest.raises(Outdated):
        here.services.do_first(take_down.take_down_all, TOM, [], key(), [theirs])


def test_on_the_message_of_a_pause_the_whole_team_says_so(backend: Backend) -> None:
    """And the card says it, too: before, only the message of the pause did."""
    seen = up(backend)
    shut(backend)
    which, pause = backend.delivery_id(seen, "story"), pause_id(backend)
    backend.services.do(deleted.mark_deleted_by_hand, MAYA, pause, which, key())
    assert send(backend, seen).gone
    assert on_record(backend) == [MAYA.id]
    with pytest.raises(Outdated, match="deleted there by"):
        backend.services.do(deleted.mark_deleted_by_hand, TOM, pause, which, key())
    with pytest.raises(Outdated):
        say(backend, TOM, seen)


def test_said_on_the_card_the_message_of_the_pause_shows_it(here: Backend) -> None:
    seen = up(here)
    shut(here)
    say(here, MAYA, seen)
    pause = pause_id(here)
    banner = here.services.look(load_banner, pause)
    assert banner is not None
    (out,) = banner.went_out
    assert out.take_down is not None
    assert (out.take_down.state, out.take_down.by) == (State.SENT, MAYA.id)
    with pytest.raises(Outdated):
        here.services.do(deleted.mark_deleted_by_hand, TOM, pause, here.delivery_id(seen, "story"), key())


def test_once_resumed_an_old_button_is_an_approvers(here: Backend) -> None:
    seen = up(here)
    shut(here)
    pause, which = pause_id(here), here.delivery_id(seen, "story")
    open_again(here)
    with pytest.raises(OnlyApprovers):
        here.services.do(deleted.mark_deleted_by_hand, MAYA, pause, which, key())
    here.services.do(deleted.mark_deleted_by_hand, TOM, pause, which, key())
    assert send(here, seen).gone


def test_the_account_left_the_settings(here: Backend) -> None:
    seen = up(here)
    left = {name: each for name, each in here.services.accounts.items() if name != "story"}
    rest = {name: each for name, each in here.policy.accounts.items() if name != "story"}
    here.services = replace(here.services, accounts=left, policy=replace(here.policy, accounts=rest))
    assert send(here, seen).left_to_people
    say(here, TOM, seen)
    assert send(here, seen).gone


def test_after_its_lateness_it_can_still_be_said(here: Backend) -> None:
    seen = up(here)
    here.push(hours=30)
    say(here, TOM, seen)
    assert send(here, seen).gone
