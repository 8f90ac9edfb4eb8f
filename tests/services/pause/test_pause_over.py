"""What the message of a pause that is over tells: how what it found has ended, and nothing of what came later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.gate import ALL
from bot.domain.refusals import Outdated
from bot.domain.shown.pause_screens import BannerView, ResumeForm
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import take_down
from bot.services.pause import deleted, pause, resume
from bot.services.queries import pause as pause_queries
from bot.slack.views.pause.banner import draw_banner
from bot.store.tables.slack import cards
from tests.backend import MAYA, TOM, Backend, key


def drawings(backend: Backend, pause_id: str) -> int:
    """How often its message has been wanted anew."""
    query = select(cards.c.wanted).where(cards.c.kind == "banner", cards.c.subject == pause_id)
    return int(backend.store.read(lambda db: db.execute(query).scalar_one()))


def go_on(backend: Backend) -> None:
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    backend.services.do(resume.resume, TOM, ALL, form.epoch, {}, key())


def look(backend: Backend, pause_id: str) -> BannerView:
    view = backend.services.look(pause_queries.load_banner, pause_id)
    assert view is not None
    return view


def test_it_learns_what_became_of_what_was_under_way(backend: Backend) -> None:
    """Seen: resumed while a send's outcome was unknown, it said for ever that nobody knows."""
    seen = backend.approved()
    backend.network.faults.order(Fault.LOST_ANSWER)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "unknown"}
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    go_on(backend)
    before = drawings(backend, done.pause_id)
    for _ in range(20):
        backend.push(seconds=30)
    assert backend.states(seen) == {"bakery": "sent"}
    assert [one.state.key for one in look(backend, done.pause_id).under_way] == ["sent"]
    assert drawings(backend, done.pause_id) > before, "it is drawn anew"


def test_it_learns_that_a_take_down_has_succeeded(backend: Backend) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    backend.services.do(take_down.take_down, MAYA, backend.delivery_id(seen), key())
    go_on(backend)
    before = drawings(backend, done.pause_id)
    backend.run()
    [one] = look(backend, done.pause_id).went_out
    assert one.take_down is not None
    assert one.take_down.state.key == "sent"
    assert drawings(backend, done.pause_id) > before, "it is drawn anew"


@pytest.mark.parametrize("published_before", [True, False])
def test_it_does_not_tell_of_what_was_taken_down_later(backend: Backend, *, published_before: bool) -> None:
    """Not what that pause did, whenever it is drawn anew."""
    seen = backend.approved("A typo in it")
    if published_before:
        backend.to_slot(seen)
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    go_on(backend)
    backend.clock.push(timedelta(days=1))
    if not published_before:
        seen = backend.approved("A typo in it")
        backend.to_slot(seen)
    before = drawings(backend, done.pause_id)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    backend.run()
    assert "A typo in it" not in str(draw_banner(look(backend, done.pause_id)).blocks)
    assert drawings(backend, done.pause_id) == before, "nor is it drawn anew for that"


def test_an_ordinary_send_draws_no_pause_that_is_over(sqlite_backend: Backend) -> None:
    done = sqlite_backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    go_on(sqlite_backend)
    before = drawings(sqlite_backend, done.pause_id)
    sqlite_backend.to_slot(sqlite_backend.approved())
    assert drawings(sqlite_backend, done.pause_id) == before


def test_the_first_who_deleted_it_by_hand_is_named(backend: Backend) -> None:
    """Seen: a click on an outdated list put the second person's name there, and a second fact on record."""
    seen = backend.approved()
    backend.to_slot(seen)
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())
    which = backend.delivery_id(seen)
    backend.services.do(deleted.mark_deleted_by_hand, MAYA, done.pause_id, which, key())
    with pytest.raises(Outdated, match="It was deleted there by a colleague at "):
        backend.services.do(deleted.mark_deleted_by_hand, TOM, done.pause_id, which, key())
    assert [one.deleted_by for one in look(backend, done.pause_id).went_out] == [MAYA.id]


@pytest.mark.parametrize("approve", [True, False])
def test_a_resume_counts_what_had_been_approved(sqlite_backend: Backend, approve: bool) -> None:
    (sqlite_backend.approved if approve else sqlite_backend.in_review)("Bread")
    paused = sqlite_backend.services.do(pause.pause, MAYA, ALL, "", key())
    form = sqlite_backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    sqlite_backend.services.do(resume.resume, TOM, ALL, form.epoch, {}, key())
    banner = sqlite_backend.services.look(pause_queries.load_banner, paused.pause_id)
    assert banner is not None
    assert banner.approved == int(approve)


def test_whoever_resumes_is_told_what_nobody_has_stopped_or_taken_down(backend: Backend) -> None:
    """Seen: the dialog said nothing of an advertisement that ran on, nor of a post that was still up."""
    taken = backend.approved("Bread")
    backend.to_slot(taken)
    kept = backend.approved("Cake")
    backend.to_slot(kept)
    policy = replace(backend.services.policy, pause_elsewhere=("Meta ads", "Newsletter"))
    backend.services = replace(backend.services, policy=policy)
    done = backend.services.do_first(pause.pause, MAYA, ALL, "", key())

    def ask() -> ResumeForm:
        form = backend.services.look(pause_queries.load_resume_form, ALL)
        assert form is not None
        return form

    assert ask().not_stopped == ("Meta ads", "Newsletter", pause.NATIVE)
    assert sorted(one.text for one in ask().still_up) == ["Bread", "Cake"]
    backend.services.do(pause.mark_done_elsewhere, TOM, done.pause_id, "Meta ads", key())
    backend.services.do(take_down.take_down, MAYA, backend.delivery_id(taken), key())
    backend.run()
    assert ask().not_stopped == ("Newsletter", pause.NATIVE)
    assert [one.text for one in ask().still_up] == ["Cake"]
    backend.services.do(deleted.mark_deleted_by_hand, MAYA, done.pause_id, backend.delivery_id(kept), key())
    assert not ask().still_up
