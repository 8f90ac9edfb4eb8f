"""One message on each day on which something goes out: an hour before the first slot, or when hours begin."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.duty import parse_rota
from bot.domain.hours import parse_hours
from bot.domain.kinds import CardType
from bot.domain.people import Role
from bot.domain.posts import Status
from bot.domain.preflight.week import describe_week
from bot.domain.shown.digest import DigestView
from bot.housekeeping import Housekeeping
from bot.observability import Metrics
from bot.services import digest
from bot.services.pause import pause
from bot.services.posts import review
from bot.services.queries.digest import load_digest
from bot.services.unit_of_work import UnitOfWork
from bot.slack.outbox.render import CardRenderer, NotYet
from bot.store.slack import cards, people
from bot.store.slack.people import KnownPerson
from tests.backend import BERLIN, MAYA, TOM, Backend, key
from tests.slack.views.samples import PLACE

TODAY = date(2026, 11, 24)  # a Tuesday
ALWAYS = parse_hours("", BERLIN)
HOURS = parse_hours("Mon-Sat 08:00-18:00", BERLIN)


def at(clock: str, day: int = 24) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=BERLIN).astimezone(UTC)


def go_to(backend: Backend, moment: datetime) -> None:
    backend.clock.set(moment)


def plan(backend: Backend, clock: str, text: str = "Fresh bread at nine", day: int = 24) -> None:
    minutes = (at(clock, day) - backend.clock.now()).total_seconds() / 60
    backend.plan(text, minutes=minutes)


def days_up(backend: Backend) -> list[str]:
    rows = backend.store.read(
        lambda db: db.exec_driver_sql("SELECT subject FROM cards WHERE kind = 'digest' ORDER BY id").all()
    )
    return [str(subject) for (subject,) in rows]


def shown(backend: Backend, day: date = TODAY) -> DigestView:
    view = backend.services.look(load_digest, day)
    assert view is not None
    return view


def test_it_comes_when_hours_begin_or_an_hour_before_the_first_slot() -> None:
    assert digest.find_moment(TODAY, at("11:00"), HOURS) == at("08:00")
    assert digest.find_moment(TODAY, at("07:30"), HOURS) == at("06:30")
    assert digest.find_moment(TODAY, at("00:15"), HOURS) == at("23:15", 23), "on the evening before"
    assert digest.find_moment(TODAY, at("11:00"), ALWAYS) == at("10:00")
    sunday = date(2026, 11, 29)
    assert digest.find_moment(sunday, at("11:00", 29), HOURS) == at("10:00", 29), "hours begin on Monday"


def test_it_comes_once(backend: Backend) -> None:
    go_to(backend, at("07:00"))
    plan(backend, "11:00")
    chores = Housekeeping(backend.services, Metrics(), name="one process")
    for clock in ("07:59", "08:00", "08:00", "08:59", "10:30", "17:00"):
        go_to(backend, at(clock))
        chores._step_digest()
        assert days_up(backend) == ([] if clock == "07:59" else ["2026-11-24"]), clock


def test_of_two_processes_one_puts_it_up(backend: Backend) -> None:
    go_to(backend, at("07:00"))
    plan(backend, "11:00")
    go_to(backend, at("08:00"))
    decided, commit = threading.Event(), threading.Event()

    def slowly(work: UnitOfWork) -> None:
        digest.step(work)
        decided.set()
        commit.wait(20)

    first = threading.Thread(target=backend.services.do, args=(slowly,))
    second = threading.Thread(target=backend.services.do, args=(digest.step,))
    first.start()
    assert decided.wait(20)
    second.start()
    second.join(0.5)  # without the lock it would be done by now
    commit.set()
    for one in (first, second):
        one.join(20)
    assert days_up(backend) == ["2026-11-24"]


@pytest.mark.parametrize(
    ("begun", "planned", "comes"),
    [
        ("09:05", "16:00", False),
        ("08:30", "16:00", True),
        ("16:10", "17:00", False),
        ("06:30", "07:15", True),
    ],
)
def test_a_post_that_is_planned_late_brings_none_hours_after(
    sqlite_backend: Backend, begun: str, planned: str, comes: bool
) -> None:
    go_to(sqlite_backend, at(begun))
    plan(sqlite_backend, planned)
    sqlite_backend.services.do(digest.step)
    assert bool(days_up(sqlite_backend)) is comes


def test_days_without_posts_have_none(sqlite_backend: Backend) -> None:
    go_to(sqlite_backend, at("07:00"))
    plan(sqlite_backend, "11:00", day=26)
    for day in (24, 25, 26):
        go_to(sqlite_backend, at("08:10", day))
        sqlite_backend.services.do(digest.step)
    assert days_up(sqlite_backend) == ["2026-11-26"]


def test_a_killed_post_is_none(sqlite_backend: Backend) -> None:
    go_to(sqlite_backend, at("07:00"))
    seen = sqlite_backend.plan(minutes=120)
    sqlite_backend.services.do(review.kill, TOM, seen, key())
    go_to(sqlite_backend, at("08:10"))
    assert sqlite_backend.services.look(digest.find_due) is None


def test_it_can_be_switched_off(sqlite_backend: Backend) -> None:
    sqlite_backend.services = replace(
        sqlite_backend.services, policy=replace(sqlite_backend.policy, digest=False)
    )
    go_to(sqlite_backend, at("07:00"))
    plan(sqlite_backend, "11:00")
    go_to(sqlite_backend, at("08:10"))
    assert sqlite_backend.services.look(digest.find_due) is None


def test_a_pause_is_no_reason_to_leave_it_out(sqlite_backend: Backend) -> None:
    go_to(sqlite_backend, at("07:00"))
    plan(sqlite_backend, "11:00")
    sqlite_backend.services.do_first(pause.pause, MAYA, "all", "recall news", key())
    go_to(sqlite_backend, at("08:10"))
    sqlite_backend.services.do(digest.step)
    assert days_up(sqlite_backend) == ["2026-11-24"]
    assert [gate.reason for gate in shown(sqlite_backend).gates] == ["recall news"]


def test_what_it_shows(sqlite_backend: Backend) -> None:
    go_to(sqlite_backend, at("07:00"))
    plan(sqlite_backend, "11:00", "Rolls at noon")
    plan(sqlite_backend, "09:00", "Cake with cream")
    plan(sqlite_backend, "09:00", "Tomorrow is another day", day=25)
    view = shown(sqlite_backend)
    assert [(post.text, post.status) for post in view.posts] == [
        ("Cake with cream", Status.SCHEDULED), ("Rolls at noon", Status.SCHEDULED),
    ]  # fmt: skip
    assert describe_week(view.week) == (
        "Nothing is planned on Thu 26 Nov, Fri 27 Nov, Sat 28 Nov and Mon 30 Nov.",
    )
    assert view.customers == 0


def test_one_that_slack_could_not_take_all_day_is_not_said_the_next_morning(sqlite_backend: Backend) -> None:
    go_to(sqlite_backend, at("07:00"))
    plan(sqlite_backend, "11:00")
    go_to(sqlite_backend, at("08:00"))
    sqlite_backend.services.do(digest.step)
    card = sqlite_backend.store.read(lambda db: cards.find_current(db, CardType.DIGEST, "2026-11-24"))
    assert card is not None
    renderer = CardRenderer(lambda: PLACE, lambda _sha256, _post: None)
    message = sqlite_backend.services.look(renderer.card, card)
    assert message is not None
    assert "Tue 24 Nov: 1 post" in str(message)
    sqlite_backend.clock.push(timedelta(days=1))
    assert sqlite_backend.services.look(renderer.card, card) is None


def test_it_waits_a_minute_for_the_names_of_who_is_on_shift(sqlite_backend: Backend) -> None:
    """Drawn once: right after a start it said "On shift: U0MAYA" for good."""
    backend = sqlite_backend
    policy = replace(backend.policy, rota=parse_rota(("Mon-Fri 08:00-18:00 U0LENE",)))
    backend.services = replace(backend.services, policy=policy)
    go_to(backend, at("08:00"))
    plan(backend, "11:00")
    backend.services.do(digest.step)
    card = backend.store.read(lambda db: cards.find_current(db, CardType.DIGEST, "2026-11-24"))
    assert card is not None
    renderer = CardRenderer(lambda: PLACE, lambda _sha256, _post: None)
    assert backend.services.look(renderer.card, card) is NotYet.NAMES
    known = KnownPerson("U0LENE", "Lene", Role.MEMBER, None, backend.clock.now())
    backend.clock.push(timedelta(minutes=1))
    assert "U0LENE" in str(backend.services.look(renderer.card, card)), "Slack is silent: it comes without"
    backend.clock.set(at("08:00"))
    backend.store.write(lambda db: people.remember(db, known))
    assert "Lene" in str(backend.services.look(renderer.card, card))
