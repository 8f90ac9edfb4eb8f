"""Taking down, leaving an account out, and what a banner is told of both: as verbs, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.kinds import CardType
from bot.domain.posts import Fate, Seen, Status
from bot.domain.refusals import (
    AlreadyBeingTakenDown,
    FieldErrors,
    OnlyApprovers,
    OnlyThere,
    Outdated,
)
from bot.domain.shown.pause_screens import BannerView
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import take_down
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import edit, review
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store.slack import card_messages, cards
from tests.backend import ANNA, MAYA, TOM, Backend, key

BOTH = ("bakery", "cafe")


def pause(backend: Backend, scope: str = ALL) -> str:
    return backend.services.do_first(pausing.pause, MAYA, scope, "recall", key()).pause_id


def banner(backend: Backend, pause_id: str) -> BannerView:
    shown = backend.services.look(pause_queries.load_banner, pause_id)
    assert shown is not None
    return shown


def wanted(backend: Backend, pause_id: str) -> int:
    found = backend.services.look(lambda work: cards.list_dirty(work.db, work.now))
    return next(card.wanted for card in found if card.subject == pause_id)


def published(backend: Backend, accounts: tuple[str, ...] = BOTH) -> Seen:
    seen = backend.approved(accounts=accounts)
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED
    return seen


def test_from_all_accounts_at_once(backend: Backend) -> None:
    seen = published(backend)
    both = [backend.delivery_id(seen, name) for name in BOTH]
    backend.services.do(take_down.take_down_all, TOM, both, key())
    with pytest.raises(AlreadyBeingTakenDown):
        backend.services.do(take_down.take_down_all, TOM, both, key())
    backend.run()
    assert [line["deleted"] for line in backend.network.timeline()] == [True, True]
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert [(one.take_down.state, one.take_down.by) for one in card.deliveries if one.take_down] == [
        (State.SENT, TOM.id)
    ] * 2


def test_one_that_is_gone_already_does_not_stop_the_others(backend: Backend) -> None:
    seen = published(backend)
    first, second = (backend.delivery_id(seen, name) for name in BOTH)
    backend.services.do(take_down.take_down, TOM, first, key())
    backend.services.do(take_down.take_down_all, TOM, [first, second], key())
    backend.run()
    assert all(line["deleted"] for line in backend.network.timeline())


def test_nobody_without_the_right_takes_down_several(backend: Backend) -> None:
    seen = published(backend)
    with pytest.raises(OnlyApprovers):
        backend.services.do(
            take_down.take_down_all, MAYA, [backend.delivery_id(seen, one) for one in BOTH], key()
        )
    backend.run()
    assert not any(line["deleted"] for line in backend.network.timeline())


def test_the_banner_is_redrawn_when_what_was_under_way_has_its_outcome(backend: Backend) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(seen)
    everything, other = pause(backend), pause(backend, "cafe")
    before = wanted(backend, everything), wanted(backend, other)
    assert [one.state for one in banner(backend, everything).under_way] == [State.UNKNOWN]
    backend.push(minutes=3)
    assert [one.state for one in banner(backend, everything).under_way] == [State.SENT]
    assert wanted(backend, everything) > before[0]
    assert wanted(backend, other) == before[1], "a post of another account is none of its business"


def test_what_goes_out_after_the_resume_is_not_on_the_banner(backend: Backend) -> None:
    published(backend, ("bakery",))
    paused = pause(backend)
    backend.services.do(resuming.resume, TOM, ALL, 1, {}, key())
    backend.push(minutes=5)
    later = backend.approved("Something else entirely")
    backend.to_slot(later)
    assert len(banner(backend, paused).went_out) == 1


def test_publish_without_the_paused_account(backend: Backend) -> None:
    seen = backend.approved(accounts=BOTH)
    pause(backend, "cafe")
    backend.services.do(edit.publish_without, MAYA, seen, "cafe", key())
    post = backend.post(seen)
    assert (post.version.body.accounts, post.status, post.version.seq) == (("bakery",), Status.REVIEW, 2)
    with pytest.raises(Outdated):
        backend.services.do(edit.publish_without, MAYA, seen, "bakery", key())
    backend.services.do(review.approve, TOM, backend.now_seen(seen), key())
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED
    assert backend.published == ["Fresh bread at nine"]


def test_not_without_its_only_account(backend: Backend) -> None:
    seen = backend.in_review(accounts=("cafe",))
    with pytest.raises(OnlyThere):
        backend.services.do(edit.publish_without, MAYA, seen, "cafe", key())


def test_an_approval_given_before_ends_with_the_account_that_is_left_out(backend: Backend) -> None:
    seen = backend.approved(accounts=BOTH)
    backend.services.do(edit.publish_without, ANNA, seen, "cafe", key())
    assert backend.status(seen) is Status.REVIEW
    backend.push(minutes=21)
    assert backend.published == []


def test_a_resume_with_a_time_in_the_past_changes_nothing(backend: Backend) -> None:
    good, bad = backend.in_review("One"), backend.in_review("Quite another")
    pause(backend)
    backend.push(minutes=25)
    slot = backend.clock.now() + timedelta(hours=1)
    choices = {good: Choice(Fate.MOVE, slot), bad: Choice(Fate.MOVE, backend.clock.now())}
    with pytest.raises(FieldErrors) as refused:
        backend.services.do(resuming.resume, TOM, ALL, 1, choices, key())
    assert refused.value.fields == {f"move_to:{bad.post_id}:{bad.seq}": "That time has passed."}
    assert backend.status(good) is Status.MISSED
    assert backend.services.look(pause_queries.load_resume_form, ALL) is not None, "still paused"


def test_those_nobody_decided_about_are_counted_as_kept(backend: Backend) -> None:
    kept, killed = backend.in_review("One"), backend.in_review("Quite another")
    paused = pause(backend)
    backend.push(minutes=25)
    backend.services.do(resuming.resume, TOM, ALL, 1, {killed: Choice(Fate.KILL)}, key())
    assert dict(banner(backend, paused).summary) == {"moved": 0, "kept": 1, "killed": 1}
    assert backend.status(kept) is Status.MISSED


def test_after_the_resume_the_card_still_names_who_paused(backend: Backend) -> None:
    seen = backend.approved()
    pause(backend)
    backend.services.do(resuming.resume, TOM, ALL, 1, {}, key())
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.ended is not None
    assert (card.ended.what, card.ended.by, card.ended.whose) == ("paused publishing", MAYA.id, (TOM.id,))


def test_resuming_is_said_to_be_for_approvers(backend: Backend) -> None:
    pause(backend)
    with pytest.raises(OnlyApprovers, match="Only approvers can resume publishing: "):
        backend.services.do(resuming.resume, MAYA, ALL, 1, {}, key())


def test_cards_in_scope_are_redrawn_the_soonest_slot_first(backend: Backend) -> None:
    late, soon, middle = (
        backend.plan(f"Post number {minutes}, all its own words {minutes * 'x'}", minutes=minutes)
        for minutes in (29, 11, 20)
    )
    for seen in (late, soon, middle):
        backend.services.do(_shown, seen)
    pause(backend)
    found = backend.services.look(lambda work: cards.list_dirty(work.db, work.now))
    assert found[0].kind is CardType.BANNER
    assert [card.subject for card in found[1:]] == [soon.post_id, middle.post_id, late.post_id]
    assert sorted(found, key=lambda card: card.turn) == found


def _shown(work: UnitOfWork, seen: Seen) -> None:
    for card in cards.list_dirty(work.db, work.now):
        if card.subject == seen.post_id:
            card_messages.mark_posted(work.db, card, f"1.{seen.post_id}"[:20], card.wanted)
