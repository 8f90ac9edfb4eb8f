"""Alone on shift: outside hours whoever is on shift may approve their own change of words that others had approved.

Hours end at 18:00 in Berlin; Anna has the evening. Maya's post goes out at 21:00, and Tom approved its words at noon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.duty import parse_rota
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.people import Person
from bot.domain.posts import AndThen, Seen, Status
from bot.domain.refusals import AuthorMayNotApprove
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services import alone, duty, settings_changes
from bot.services.pause import pause
from bot.services.posts import edit, review, standing
from bot.services.posts.edit import Changes
from bot.services.queries.edit_form import load_edit_form
from bot.services.queries.posts import load_card, make_rows
from bot.store import record
from bot.store.engine.store import Store
from bot.store.posts import approvals
from bot.store.tables.slack import lines
from tests.backend import ANNA, MAYA, TOM, Backend, ManualClock, key, team

ROTA = parse_rota(("Mon-Sun 18:00-08:00 U0ANNA",))
TO_THE_LEAD = timedelta(hours=11, minutes=40)  # from 09:00 to 20:40


@pytest.fixture
def evening(store: Store, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    backend = Backend(store, network, clock, team(alone=True, rota=ROTA))
    yield backend
    backend.worker.stop(timedelta(seconds=5))


def planned(backend: Backend, *approvers: Person, text: str = "Fresh bread at nine") -> Seen:
    """At 20:40, its card up."""
    seen = backend.plan(text, minutes=12 * 60)
    for person in approvers or (TOM,):
        backend.services.do(review.approve, person, seen, key())
    return seen


def to_evening(backend: Backend) -> None:
    backend.push(seconds=TO_THE_LEAD.total_seconds())


def save(backend: Backend, person: Person, seen: Seen, text: str, **more: Any) -> None:
    changes = Changes(text, backend.post(seen).slot)
    backend.services.do(edit.save_edit, person, backend.now_seen(seen), changes, key(), **more)


def approve(backend: Backend, person: Person, seen: Seen) -> None:
    backend.services.do(review.approve, person, backend.now_seen(seen), key())


def said(backend: Backend) -> list[dict[str, Any]]:
    query = select(lines.c["values"]).where(lines.c.kind == LineType.ALONE).order_by(lines.c.id)
    return backend.store.read(lambda db: list(db.execute(query).scalars()))


def test_their_own_change_goes_out_and_is_told_in_the_morning(evening: Backend) -> None:
    seen = planned(evening)
    to_evening(evening)
    save(evening, ANNA, seen, "Fresh bread at ten")
    card = evening.services.look(load_card, seen.post_id)
    assert card is not None
    assert ANNA.id in card.approvers
    (row,) = evening.services.look(make_rows, [evening.post(seen)], ANNA)
    assert row.waiting_for_me
    save(evening, ANNA, seen, "Fresh bread at eleven")  # nobody else changed it since
    approve(evening, ANNA, seen)
    evening.to_slot(seen)
    assert evening.published == ["Fresh bread at eleven"]
    facts = evening.store.read(
        lambda db: record.list_of_kinds(db, f"post:{seen.post_id}", FactKind.APPROVED.value)
    )
    assert [(fact.who, (fact.data or {}).get("alone")) for fact in facts] == [(TOM.id, None), (ANNA.id, True)]
    assert not evening.services.look(alone.is_due), "nobody is rung at night"
    evening.push(hours=11)
    assert evening.services.look(alone.is_due)
    evening.services.do(alone.tell)
    evening.services.do(alone.tell)
    assert [(one["by"], one["mention"]) for one in said(evening)] == [(ANNA.id, [TOM.id])]
    assert not evening.services.look(alone.is_due)


def test_each_approver_is_mentioned_once(evening: Backend) -> None:
    both = [planned(evening), planned(evening, text="Rolls at ten")]
    to_evening(evening)
    for number, seen in enumerate(both):
        save(evening, ANNA, seen, f"Cake {number}", and_then=AndThen.APPROVE)
    evening.push(hours=12)
    evening.services.do(alone.tell)
    assert [one["mention"] for one in said(evening)] == [[TOM.id], []]


def test_the_dialog_offers_it(evening: Backend) -> None:
    seen = planned(evening)
    to_evening(evening)
    for person, may in ((ANNA, True), (TOM, False), (MAYA, False)):
        form = evening.services.look(load_edit_form, person, seen.post_id)
        assert form is not None
        assert form.may_approve is may


def _not_allowed(backend: Backend, _seen: Seen) -> None:
    backend.services = replace(backend.services, policy=team(rota=ROTA))


def _somebody_else_changed_it(backend: Backend, seen: Seen) -> None:
    save(backend, MAYA, seen, "Bread, by Maya")
    save(backend, ANNA, seen, "Bread, by Anna")


@pytest.mark.parametrize("but", [_not_allowed, _somebody_else_changed_it])
def test_the_author_rule_holds(evening: Backend, but: Callable[[Backend, Seen], None]) -> None:
    seen = planned(evening)
    to_evening(evening)
    save(evening, ANNA, seen, "Fresh bread at ten")
    but(evening, seen)
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, ANNA, seen)


def test_not_in_hours_nor_of_words_nobody_had_approved(evening: Backend) -> None:
    seen, other = planned(evening), evening.plan("Rolls", minutes=12 * 60)
    save(evening, ANNA, seen, "Fresh bread at ten")  # at nine in the morning
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, ANNA, seen)
    to_evening(evening)
    save(evening, ANNA, other, "Rolls at ten")
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, ANNA, other)


def test_whoever_is_on_shift_in_hours_is_not_alone(evening: Backend) -> None:
    """Others are there to be asked."""
    seen = planned(evening)
    evening.services.do(duty.take_shift, ANNA, evening.clock.now() + timedelta(hours=4), key())
    save(evening, ANNA, seen, "Fresh bread at ten")
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, ANNA, seen)


def test_whoever_is_not_on_shift(evening: Backend) -> None:
    seen = planned(evening, ANNA)
    to_evening(evening)
    save(evening, TOM, seen, "Fresh bread at ten")
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, TOM, seen)


def test_their_own_approval_before_does_not_make_the_words_approved(evening: Backend) -> None:
    seen = planned(evening, ANNA)
    to_evening(evening)
    save(evening, ANNA, seen, "Fresh bread at ten")
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, ANNA, seen)


def test_another_account_is_no_change_of_words(evening: Backend) -> None:
    seen = planned(evening)
    to_evening(evening)
    changes = Changes("Fresh bread at ten", evening.post(seen).slot, accounts=("bakery", "cafe"))
    evening.services.do(edit.save_edit, ANNA, evening.now_seen(seen), changes, key())
    with pytest.raises(AuthorMayNotApprove):
        approve(evening, ANNA, seen)


def test_an_approval_of_the_card_before_a_pause_is_none(evening: Backend) -> None:
    """It said words and moment at once, and the pause ended both."""
    seen = evening.plan(minutes=12 * 60)
    to_evening(evening)
    approve(evening, TOM, seen)
    evening.services.do(pause.pause, MAYA, "all", "", key())
    save(evening, ANNA, seen, "Fresh bread at ten")
    assert evening.services.look(standing.find_alone, evening.post(seen)) is None


def test_the_setting_taken_back_ends_what_was_approved_so(evening: Backend) -> None:
    evening.services.do(settings_changes.adopt_settings)
    seen = planned(evening)
    to_evening(evening)
    save(evening, ANNA, seen, "Fresh bread at ten", and_then=AndThen.APPROVE)
    after = Backend(evening.store, evening.network, evening.clock, team(rota=ROTA), "worker-2")
    after.services.do(settings_changes.adopt_settings)
    given = after.store.read(lambda db: approvals.list_of_version(db, after.post(seen).version.id))
    assert [one.by for one in given if one.revoked_at is None] == []
    assert after.status(seen) is Status.REVIEW
