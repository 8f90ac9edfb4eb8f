"""Who is on shift is rung for customers, and together with the approvers when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.duty import Change, DutyChange, Turn, parse_rota
from bot.domain.facts import FactKind
from bot.domain.kinds import CardType
from bot.domain.people import Person, Role
from bot.domain.posts import Seen, Status
from bot.domain.preflight.objections import Level, ObjectionType
from bot.domain.refusals import (
    Blocked,
    FieldErrors,
    NotAMember,
    NotOnShift,
    OnlyMembersOrAsk,
    Outdated,
    Repeated,
)
from bot.housekeeping import Housekeeping
from bot.observability import Metrics
from bot.services import duty
from bot.services.pause import pause
from bot.services.posts import review
from bot.services.queries.digest import load_digest
from bot.services.queries.home import load_home
from bot.services.queries.pause import load_banner
from bot.services.queries.posts import load_card
from bot.store import duty_changes, record
from bot.store.slack import cards, people
from bot.store.slack.people import KnownPerson
from tests.backend import ANNA, BERLIN, GIL, MAYA, STRANGER, TOM, Backend, key

ROTA = parse_rota(
    ["Mon-Fri 08:00-13:00 U0MAYA", "Mon-Fri 13:00-18:00 U0TOM"]
)  # the clock: Tuesday, 09:00 in Berlin


@pytest.fixture
def team(sqlite_backend: Backend) -> Backend:
    use(sqlite_backend, rota=ROTA)
    return sqlite_backend


def use(backend: Backend, **policy: object) -> None:
    changed = replace(backend.policy, **policy)  # type: ignore[arg-type]  # named by each test
    backend.policy = changed
    backend.services = replace(backend.services, policy=changed)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-24 {clock}").replace(tzinfo=BERLIN).astimezone(UTC)


def put(backend: Backend, kind: DutyChange, person: str, start: datetime, end: datetime) -> None:
    change = Change(kind, Turn(start, end, person))
    now = backend.clock.now()
    backend.services.do(lambda work: duty_changes.add(work.db, work.make_id(), change, MAYA.id, now))


def objections(backend: Backend, post_id: str) -> list[str]:
    card = backend.services.look(load_card, post_id)
    assert card is not None
    return [one.sentence for one in card.objections if one.kind is ObjectionType.SHIFT]


def test_who_is_on_shift_is_rung_else_the_approvers(team: Backend) -> None:
    assert team.services.look(duty.list_to_ring) == (MAYA.id,)
    assert team.services.look(duty.list_to_alarm) == (TOM.id, ANNA.id, MAYA.id)
    team.clock.set(at("18:30"))
    assert team.services.look(duty.list_to_ring) == (TOM.id, ANNA.id), "nobody is on shift"
    use(team, rota=())
    assert team.services.look(duty.list_to_ring) == (TOM.id, ANNA.id)


def test_whoever_left_is_on_no_shift(team: Backend) -> None:
    """Their account was deactivated, and the rota still names them."""
    gone = KnownPerson(MAYA.id, "Maya", Role.OUTSIDER, None, team.clock.now())
    team.store.write(lambda db: people.remember(db, gone))
    assert team.services.look(duty.list_to_ring) == (TOM.id, ANNA.id)


def test_what_people_said_counts_above_the_rota(team: Backend) -> None:
    put(team, DutyChange.AWAY, MAYA.id, at("09:00"), at("13:00"))
    put(team, DutyChange.ON, ANNA.id, at("09:00"), at("11:00"))
    assert [turn.person for turn in team.services.look(duty.list_on_shift)] == [ANNA.id]
    team.clock.set(at("11:00"))
    assert team.services.look(duty.list_on_shift) == ()
    following = team.services.look(duty.find_next)
    assert following == Turn(at("13:00"), at("18:00"), TOM.id)


def test_a_slot_with_nobody_on_shift_after_it_is_objected_to(team: Backend) -> None:
    covered = team.plan("Bread", minutes=20)
    late = team.plan("Rolls", minutes=10 * 60)
    assert objections(team, covered.post_id) == []
    assert objections(team, late.post_id) == ["Nobody is on shift in the hour after it goes out"]
    put(team, DutyChange.ON, ANNA.id, at("19:30"), at("20:00"))
    assert objections(team, late.post_id) == []
    use(team, rota=())
    assert objections(team, team.plan("Cake", minutes=11 * 60).post_id) == [], "nobody said who is when"


def test_it_stops_the_approval_where_the_settings_say_so(team: Backend) -> None:
    use(team, levels={**team.policy.levels, ObjectionType.SHIFT: Level.BLOCK}, lead=timedelta(hours=12))
    late = team.plan("Rolls", minutes=10 * 60)
    with pytest.raises(Blocked, match="Nobody is on shift in the hour after it goes out"):
        team.services.do(review.approve, TOM, late, key())


def test_a_pauses_banner_names_who_was_on_shift_then(team: Backend) -> None:
    paused = team.services.do_first(pause.pause, TOM, "all", "recall news", key())
    team.clock.set(at("14:00"))
    banner = team.services.look(load_banner, paused.pause_id)
    assert banner is not None
    assert banner.on_shift == (MAYA.id,)


def test_home_and_digest_say_who_is_on(team: Backend) -> None:
    team.plan("Bread", minutes=60)
    home = team.services.look(load_home, MAYA)
    assert [turn.person for turn in home.on_shift] == [MAYA.id]
    assert home.next_shift == Turn(at("13:00"), at("18:00"), TOM.id)
    digest = team.services.look(load_digest, at("09:00").date())
    assert digest is not None
    assert [(start, end) for _, start, end in digest.shifts] == [
        (at("09:00"), at("13:00")),
        (at("13:00"), at("18:00")),
    ]


def know(backend: Backend, *everybody: Person) -> None:
    for one in everybody:
        known = KnownPerson(one.id, one.name, one.role, None, backend.clock.now())
        backend.store.write(lambda db, known=known: people.remember(db, known))  # type: ignore[misc]


def on_shift(backend: Backend) -> list[tuple[str, datetime]]:
    return [(turn.person, turn.end) for turn in backend.services.look(duty.list_on_shift)]


def test_somebody_says_that_they_are_on(team: Backend) -> None:
    team.services.do(duty.take_shift, ANNA, at("20:00"), key())
    assert on_shift(team) == [(MAYA.id, at("13:00")), (ANNA.id, at("20:00"))]
    (fact,) = team.store.read(lambda db: record.list_of_kinds(db, f"shift:{ANNA.id}", FactKind.SHIFT.value))
    assert fact.who == ANNA.id
    assert fact.data is not None
    assert (fact.data["person"], fact.data["kind"]) == (ANNA.id, "on")


def test_a_shift_is_handed_over_whole(team: Backend) -> None:
    know(team, ANNA)
    team.services.do(duty.hand_over, MAYA, ANNA, key())
    assert on_shift(team) == [(ANNA.id, at("13:00"))]
    with pytest.raises(NotOnShift):
        team.services.do(duty.hand_over, MAYA, ANNA, key())


@pytest.mark.parametrize("to", [GIL, STRANGER, MAYA], ids=["guest", "unknown", "oneself"])
def test_only_another_full_member_can_have_it(team: Backend, to: Person) -> None:
    know(team, GIL, MAYA)
    with pytest.raises(NotAMember):
        team.services.do(duty.hand_over, MAYA, to, key())
    assert on_shift(team) == [(MAYA.id, at("13:00"))], "nothing of it was done"


def test_away_is_away_from_every_shift_until_then(team: Backend) -> None:
    team.services.do(duty.go_away, MAYA, at("12:00") + timedelta(days=7), key())
    for days in (0, 1, 6):
        assert team.services.look(duty.list_on_shift) == (), days
        team.clock.push(timedelta(days=1))
    team.clock.set(at("12:00") + timedelta(days=7))
    assert [person for person, _ in on_shift(team)] == [MAYA.id]


@pytest.mark.parametrize("until", ["08:59", "09:00"])
def test_no_moment_that_has_passed(team: Backend, until: str) -> None:
    for say in (duty.take_shift, duty.go_away):
        with pytest.raises(FieldErrors) as refused:
            team.services.do(say, MAYA, at(until), key())
        assert refused.value.fields == {"until": "That time has passed."}
    with pytest.raises(FieldErrors):
        team.services.do(duty.take_shift, MAYA, at("09:00") + timedelta(days=2), key())


def test_a_guest_changes_no_shift_and_a_press_counts_once(team: Backend) -> None:
    late, once = team.plan("Rolls", minutes=10 * 60), key()
    with pytest.raises(OnlyMembersOrAsk):
        team.services.do(duty.take_shift, GIL, at("20:00"), key())
    with pytest.raises(OnlyMembersOrAsk):
        team.services.do(duty.be_there, GIL, late, key())
    team.services.do(duty.take_shift, ANNA, at("20:00"), once)
    with pytest.raises(Repeated):
        team.services.do(duty.take_shift, ANNA, at("21:00"), once)


def test_ill_be_there_lifts_the_objection_and_is_nobodys_approval(team: Backend) -> None:
    late = team.plan("Rolls", minutes=10 * 60)
    team.services.do(duty.be_there, ANNA, late, key())
    assert objections(team, late.post_id) == []
    assert team.status(late) is Status.SCHEDULED
    team.clock.set(at("19:30"))
    assert on_shift(team) == [(ANNA.id, at("20:00"))]


def _move(team: Backend, seen: Seen) -> None:
    team.services.do(review.move, TOM, seen, at("21:00"), key())


def _kill(team: Backend, seen: Seen) -> None:
    team.services.do(review.kill, TOM, seen, key())


@pytest.mark.parametrize("change", [_move, _kill])
def test_on_an_outdated_card_ill_be_there_is_refused(
    team: Backend, change: Callable[[Backend, Seen], None]
) -> None:
    """It would be for a slot that nobody saw, and lift a block there."""
    seen = team.plan("Rolls", minutes=10 * 60)
    change(team, seen)
    with pytest.raises(Outdated):
        team.services.do(duty.be_there, ANNA, seen, key())
    assert not team.services.look(lambda work: duty_changes.list_between(work.db, at("08:00"), at("23:59")))


def test_cards_that_ask_for_a_go_are_drawn_anew_when_a_shift_ends_by_itself(team: Backend) -> None:
    """Seen: the card still named whoever had been on shift when it came."""
    team.clock.set(at("12:50"))
    early = team.plan("Rolls", minutes=35)
    team.services.do(review.approve, TOM, early, key())
    chores = Housekeeping(team.services, Metrics(), name="one process")
    team.clock.set(at("12:58"))
    team.run()
    asked = []
    for clock in ("12:58", "12:59", "13:00", "13:01"):
        team.clock.set(at(clock))
        chores.step_shift()
        shown = team.services.look(load_card, early.post_id)
        row = team.services.look(lambda work: cards.find_current(work.db, CardType.POST, early.post_id))
        asked.append((shown.approvers if shown else (), row.wanted if row else 0))
    before, same, after, still = asked
    assert before == same
    assert (before[0], after[0]) == ((MAYA.id,), (TOM.id,))
    assert after[1] > before[1], "it is to be drawn"
    assert still == after


def test_required_without_a_rota_stops_every_approval_until_somebody_says_that_they_are_there(
    sqlite_backend: Backend,
) -> None:
    """`[duty] required = true` and no `rota`: nobody is on shift by the settings, so a name is needed each time."""
    levels = {**sqlite_backend.policy.levels, ObjectionType.SHIFT: Level.BLOCK}
    use(sqlite_backend, levels=levels, rota=())
    seen = sqlite_backend.in_review("Rolls")
    assert objections(sqlite_backend, seen.post_id) == ["Nobody is on shift in the hour after it goes out"]
    with pytest.raises(Blocked, match="Nobody is on shift in the hour after it goes out"):
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    sqlite_backend.services.do(duty.be_there, MAYA, seen, key())
    sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert sqlite_backend.status(seen) is Status.APPROVED
    sqlite_backend.to_slot(seen)
    assert sqlite_backend.published == ["Rolls"]
