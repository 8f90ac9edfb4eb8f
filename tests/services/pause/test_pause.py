"""Pause and resume, as verbs: what is stopped, what has ended, who may, what a second pause does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.hours import Hours
from bot.domain.kinds import CardType
from bot.domain.people import Person
from bot.domain.posts import Fate, Seen, Status
from bot.domain.refusals import (
    NotPaused,
    OnlyApprovers,
    OnlyMembers,
    Outdated,
    Paused,
    PausedAgain,
)
from bot.domain.shown.pause_screens import ElsewhereView
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import machine, take_down
from bot.services.pause import drill
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import review
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.store.slack import cards as stored_cards
from bot.store.tables.slack import cards
from tests.backend import ANNA, BERLIN, GIL, MAYA, STRANGER, TOM, Backend, key, team


def pause(
    backend: Backend, scope: str = ALL, reason: str = "recall news", by: Person = MAYA
) -> pausing.PauseResult:
    return backend.services.do_first(pausing.pause, by, scope, reason, key())


def resume(backend: Backend, scope: str = ALL, choices: Mapping[Seen, Choice] | None = None) -> None:
    form = backend.services.look(pause_queries.load_resume_form, scope)
    assert form is not None
    backend.services.do(resuming.resume, TOM, scope, form.epoch, choices or {}, key())


def test_everything_approved_waits_again(backend: Backend) -> None:
    seen = backend.approved()
    done = pause(backend)
    assert done.first
    assert backend.status(seen) is Status.REVIEW
    with pytest.raises(Paused):
        backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=21)
    assert backend.published == []
    assert "paused publishing at" in (backend.post(seen).reason or "")


def test_anybody_of_the_team_may_and_also_somebody_slack_does_not_know(backend: Backend) -> None:
    with pytest.raises(OnlyMembers, match=r"^NOT paused\. .*Please ask one at once, for example: \w"):
        pause(backend, by=GIL)
    assert pause(backend, by=STRANGER).first


def test_a_second_pause_names_the_first_and_voids_an_open_resume(backend: Backend) -> None:
    pause(backend)
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    again = pause(backend, by=TOM)
    assert (again.first, again.by, again.reason) == (False, MAYA.id, "recall news")
    with pytest.raises(PausedAgain):
        backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())


def test_approvals_do_not_come_back_with_the_resume(backend: Backend) -> None:
    seen = backend.approved()
    pause(backend)
    resume(backend)
    backend.push(minutes=21)
    assert backend.published == []
    assert backend.status(seen) is Status.MISSED


def test_only_approvers_resume(backend: Backend) -> None:
    pause(backend)
    with pytest.raises(OnlyApprovers):
        backend.services.do(resuming.resume, MAYA, ALL, 1, {}, key())
    resume(backend)
    with pytest.raises(NotPaused):
        backend.services.do(resuming.resume, TOM, ALL, 1, {}, key())


def test_scopes_are_independent(backend: Backend) -> None:
    bread, cake = backend.approved("Bread"), backend.approved("Something else entirely", accounts=("cafe",))
    pause(backend, "cafe")
    assert backend.status(bread) is Status.APPROVED
    assert backend.status(cake) is Status.REVIEW
    pause(backend)
    resume(backend)
    form = backend.services.look(pause_queries.load_resume_form, "cafe")
    assert form is not None, "resuming everything leaves the account's pause"


def test_what_a_resume_leaves_paused_is_known_before_and_after(backend: Backend) -> None:
    """Seen: "Resume everything that is paused", then "Publishing resumed", and an account stayed paused, unsaid."""
    backend.services.do(pausing.pause, MAYA, "cafe", "bad news", key())
    alone = backend.services.look(pause_queries.list_staying, "cafe")
    assert alone == (), "nothing but what is resumed"
    done = pause(backend)

    def banner() -> list[tuple[str | None, str | None]]:
        view = backend.services.look(pause_queries.load_banner, done.pause_id)
        assert view is not None
        return [(one.account, one.reason) for one in view.stays]

    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    assert [(one.account, one.by, one.reason) for one in form.stays] == [("cafe", MAYA.id, "bad news")]
    assert banner() == [("cafe", "bad news")]
    account = backend.services.look(pause_queries.load_resume_form, "cafe")
    assert account is not None
    assert [one.account for one in account.stays] == [None], "everything stays paused"
    backend.push(minutes=1)
    resume(backend)
    backend.push(minutes=1)
    resume(backend, "cafe")
    assert banner() == [("cafe", "bad news")], "as it was when everything was resumed"


def test_the_other_banner_is_drawn_again(backend: Backend) -> None:
    """It says what stays paused besides."""
    everything = pause(backend)

    def drawn() -> int:
        card = backend.services.look(
            lambda work: stored_cards.find_current(work.db, CardType.BANNER, everything.pause_id)
        )
        assert card is not None
        return card.wanted

    before = drawn()
    pause(backend, "cafe")
    paused = drawn()
    assert paused > before
    resume(backend, "cafe")
    assert drawn() > paused


def test_a_card_names_what_is_paused_besides(backend: Backend) -> None:
    seen = backend.in_review("Two places", accounts=("bakery", "cafe"))
    pause(backend, "cafe")
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.gate is not None
    assert (card.gate.account, card.gate.beside) == ("cafe", ())
    pause(backend)
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.gate is not None
    assert (card.gate.account, [one.typed for one in card.gate.beside]) == (None, ["cafe"])


def test_a_post_that_was_moved_meanwhile_did_miss_its_time(backend: Backend) -> None:
    """Seen: "No post missed its time while paused", of one that had, and was moved before the resume."""
    missed, moved = backend.in_review("One day"), backend.in_review("Quite another")
    pause(backend)
    backend.push(minutes=25)
    assert backend.status(moved) is Status.MISSED
    slot = backend.clock.now() + timedelta(hours=3)
    backend.services.do(review.move, MAYA, moved, slot, key())
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    assert ([row.number for row in form.rows], form.decided) == ([backend.post(missed).number], 1)
    pause(backend, "cafe")
    other = backend.services.look(pause_queries.load_resume_form, "cafe")
    assert other is not None
    assert other.decided == 0, "of another account, and before that pause"


def test_a_retry_that_waits_does_not_go_out(backend: Backend) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.THROTTLED)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "ready"}
    pause(backend)
    for _ in range(20):
        backend.push(seconds=30)
    assert backend.published == []
    assert backend.states(seen) == {"bakery": "dropped"}


def test_a_settle_may_look_but_not_send(backend: Backend) -> None:
    seen = backend.approved()
    backend.network.faults.order(Fault.CUT_BEFORE)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "unknown"}
    done = pause(backend)
    banner = backend.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert [one.number for one in banner.under_way] == [backend.post(seen).number]
    for _ in range(20):
        backend.push(seconds=30)
    assert backend.published == []
    assert backend.states(seen) == {"bakery": "dropped"}


def test_what_went_out_is_listed_and_can_be_taken_down_by_anybody(backend: Backend) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    with pytest.raises(OnlyApprovers):
        backend.services.do(take_down.take_down, MAYA, backend.delivery_id(seen), key())
    done = pause(backend)
    banner = backend.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert [one.title for one in banner.went_out] == ["Bakery"]
    backend.services.do(take_down.take_down, MAYA, backend.delivery_id(seen), key())
    backend.run()
    banner = backend.services.look(pause_queries.load_banner, done.pause_id)
    assert banner is not None
    assert banner.went_out[0].take_down is not None
    assert banner.went_out[0].take_down.state is State.SENT
    assert backend.network.timeline()[0]["deleted"]
    assert backend.status(seen) is Status.PUBLISHED


def test_resume_asks_about_what_missed_its_slot(backend: Backend) -> None:
    kept, moved, killed = (
        backend.in_review(text) for text in ("One day", "Quite another", "And a third thing")
    )
    pause(backend)
    backend.push(minutes=25)
    form = backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    assert len(form.rows) == 3
    slot = backend.clock.now() + timedelta(hours=3)
    resume(
        backend, choices={moved: Choice(Fate.MOVE, slot), killed: Choice(Fate.KILL), kept: Choice(Fate.KEEP)}
    )
    assert [backend.status(one) for one in (kept, moved, killed)] == [
        Status.MISSED,
        Status.SCHEDULED,
        Status.KILLED,
    ]
    assert backend.published == []


def test_reminders_after_an_hour_then_when_hours_begin_and_end(backend: Backend) -> None:
    """A pause rang the approvers every two hours, all through the night."""
    pause(backend)
    zone, said = backend.policy.zone, []
    begun = backend.clock.now()
    for _ in range(2 * 48):
        before = _count_lines(backend)
        backend.push(minutes=30)
        if _count_lines(backend) > before:
            said.append(backend.clock.now())
    assert said[0] == begun + timedelta(hours=1)
    assert [f"{at.astimezone(zone):%H:%M}" for at in said[1:]] == ["18:00", "08:00", "18:00", "08:00"]
    assert machine.BATCH


def test_without_hours_a_pause_is_said_again_once_a_day(backend: Backend) -> None:
    without = team(hours=Hours((), BERLIN))
    backend = Backend(backend.store, backend.network, backend.clock, without)
    pause(backend)
    backend.push(minutes=60)
    assert _count_lines(backend) == 1
    backend.push(minutes=23 * 60)
    assert _count_lines(backend) == 1
    backend.push(minutes=60)
    assert _count_lines(backend) == 2


def _count_lines(backend: Backend) -> int:
    found = backend.services.look(lambda work: work.db.exec_driver_sql("SELECT count(*) FROM lines").scalar())
    return int(found or 0)


def test_all_that_was_on_its_way_is_named(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """The banner shows the first 25 of what went out; once it cut what was on its way by the same number, and a post
    arrived during a pause that nobody had been told of. Found by the random interleavings."""
    monkeypatch.setattr(pause_queries, "LISTED", 1)
    seen = backend.approved(accounts=("bakery", "cafe"))
    backend.network.faults.order(Fault.LOST_ANSWER, 2)
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "unknown", "cafe": "unknown"}
    banner = backend.services.look(pause_queries.load_banner, pause(backend).pause_id)
    assert banner is not None
    assert {one.delivery_id for one in banner.under_way} == {
        backend.delivery_id(seen, name) for name in ("bakery", "cafe")
    }


def test_a_resume_is_a_new_message_in_the_channel(backend: Backend) -> None:
    """Seen: it changed the banner far up, and nobody was told."""
    pause(backend)
    assert resumed(backend) == []
    resume(backend)
    (channel,) = resumed(backend)
    assert channel == backend.policy.review_channel


def test_a_drill_has_no_such_message(backend: Backend) -> None:
    backend.services.do(drill.start, MAYA, key())
    backend.services.do(drill.pause, MAYA, "", key())
    backend.services.do(drill.stop, MAYA, key())
    assert resumed(backend) == []


def resumed(backend: Backend) -> list[str]:
    query = select(cards.c.channel).where(cards.c.kind == CardType.RESUMED)
    return list(backend.store.read(lambda db: db.execute(query).scalars().all()))


Elsewhere = Callable[..., str | None]


@pytest.fixture
def elsewhere(sqlite_backend: Backend) -> Elsewhere:
    """`elsewhere(verb, person)` presses a button of the screen that was drawn last, or that `seen` says. → who has
    stopped it."""
    done = sqlite_backend.services.do(pausing.pause, MAYA, ALL, "recall", key())

    def press(verb: Any = None, person: Person = MAYA, seen: str | None = None) -> str | None:
        def look() -> ElsewhereView:
            shown = sqlite_backend.services.look(pause_queries.load_banner, done.pause_id)
            assert shown is not None
            return next(one for one in shown.elsewhere if one.what == pausing.NATIVE)

        if verb is not None:
            which = look().seen if seen is None else seen
            sqlite_backend.services.do(verb, person, done.pause_id, pausing.NATIVE, key(), which)
        return look().seen if verb is None else look().by

    return press


def test_done_elsewhere_can_be_taken_back(sqlite_backend: Backend, elsewhere: Elsewhere) -> None:
    """ "Meta ads: done", pressed by mistake, stayed so."""
    for verb, by in ((pausing.mark_done_elsewhere, TOM.id), (pausing.mark_not_done_elsewhere, None)):
        assert elsewhere(verb, TOM) == by
    kinds = text("SELECT what FROM facts WHERE what LIKE '%stopped elsewhere%' ORDER BY id")
    assert sqlite_backend.store.read(lambda db: list(db.execute(kinds).scalars())) == [
        "stopped elsewhere", "not stopped elsewhere after all",
    ]  # fmt: skip


def test_an_outdated_screen_takes_back_nobody_elses_done(elsewhere: Elsewhere) -> None:
    """Seen: [Not done] of a screen of before undid what a colleague had stopped since."""
    done, not_done = pausing.mark_done_elsewhere, pausing.mark_not_done_elsewhere
    assert elsewhere(done, MAYA) == MAYA.id
    tom_sees = elsewhere()
    elsewhere(not_done, MAYA)
    with pytest.raises(Outdated, match=r"not stopped, a colleague said at \d\d:\d\d"):
        elsewhere(done, TOM, "")  # of a screen before all that
    elsewhere(done, ANNA)
    with pytest.raises(Outdated, match=r": stopped by a colleague, \d\d:\d\d"):
        elsewhere(not_done, TOM, tom_sees)
    with pytest.raises(Outdated, match="nothing was changed"):
        elsewhere(done, TOM)  # it is
    assert elsewhere(not_done, TOM) is None


@pytest.mark.parametrize("first", [False, True])
def test_nothing_of_a_pause_that_is_over_changes(
    sqlite_backend: Backend, elsewhere: Elsewhere, *, first: bool
) -> None:
    """Neither is anything ticked off after Resume, nor taken back."""
    if first:
        elsewhere(pausing.mark_done_elsewhere, MAYA)
    form = sqlite_backend.services.look(pause_queries.load_resume_form, ALL)
    assert form is not None
    sqlite_backend.services.do(resuming.resume, TOM, ALL, form.epoch, {}, key())
    verb = pausing.mark_not_done_elsewhere if first else pausing.mark_done_elsewhere
    before = elsewhere()
    with pytest.raises(Outdated, match="That pause is over: "):
        elsewhere(verb, TOM)
    assert elsewhere() == before
