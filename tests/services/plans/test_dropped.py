"""Where a dropped plan stands, whatever is pressed, and whatever ends meanwhile; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.kinds import PlanStage
from bot.domain.people import Person, Role
from bot.domain.refusals import NotFrom, OnlyMembers, PlanForgotten, WhoAreYou
from bot.domain.shown.plan_screens import PlanQuestions, PlanRow
from bot.services import begun, restoring
from bot.services.plans import dropped
from bot.services.plans.dropped import Dropped
from bot.services.plans.report import Report
from bot.services.unit_of_work import UnitOfWork
from bot.store.tables.slack import begun as table
from tests.backend import GIL, MAYA, STRANGER, TOM, Backend, key

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
WEEK = 7 * DAY
PLACE = ("D0MAYA", "1796000001.000100")
REPORT = Report(found="Buffer's format, 1 row.", problems=("line 3: It is in the past.",), good=1)


def hear(backend: Backend, event: str = "E1", plan_id: str = "P1") -> None:
    backend.services.do(dropped.hear, event, [Dropped(plan_id, MAYA.id, "F1", said_in=("C0SOCIAL", ""))])


def load(backend: Backend, plan_id: str = "P1") -> Dropped:
    return backend.services.look(dropped.load, MAYA.id, plan_id)


def due(backend: Backend) -> list[str]:
    return [plan_id for _, plan_id in backend.services.look(dropped.list_due)]


def place(backend: Backend, plan: Dropped) -> None:
    """Its message is there, and shows how it stands."""
    backend.services.do(dropped.note_place, plan, PLACE)
    backend.services.do(dropped.note_drawn, plan)


def show(backend: Backend, report: Report = REPORT) -> Dropped:
    """Looked at, and told."""
    shown = backend.services.do(
        dropped.note_shown, load(backend), "plan.csv", PlanQuestions(accounts=True), report
    )
    assert shown is not None
    place(backend, shown)
    return load(backend)


def test_told_twice_by_slack_it_is_one_plan(backend: Backend) -> None:
    hear(backend)
    hear(backend, plan_id="P2")
    assert due(backend) == ["P1"]


def test_it_waits_for_byhand_until_it_was_told(backend: Backend) -> None:
    hear(backend)
    plan = load(backend)
    shown = backend.services.do(dropped.note_shown, plan, "plan.csv", PlanQuestions(), REPORT)
    assert shown is not None
    assert due(backend) == ["P1"], "nobody has told them yet"
    place(backend, shown)
    assert due(backend) == []
    now = load(backend)
    assert (now.stage, now.message, now.name, now.choices.partial) == (
        PlanStage.SHOWN, PLACE, "plan.csv", True,
    )  # fmt: skip


def test_a_press_while_it_is_drawn_is_not_lost(backend: Backend) -> None:
    """They may press before Slack's answer to the message is noted, and the message is where it is."""
    hear(backend)
    shown = backend.services.do(dropped.note_shown, load(backend), "plan.csv", PlanQuestions(), REPORT)
    assert shown is not None
    backend.services.do(dropped.want, MAYA, "P1")
    place(backend, shown)
    assert (load(backend).stage, load(backend).message, due(backend)) == (PlanStage.IMPORT, PLACE, ["P1"])


def test_what_was_cancelled_meanwhile_is_not_shown(backend: Backend) -> None:
    hear(backend)
    before = load(backend)
    backend.services.do(dropped.cancel, MAYA, "P1")
    assert backend.services.do(dropped.note_shown, before, "plan.csv", PlanQuestions(), REPORT) is None
    assert load(backend).stage is PlanStage.CANCELLED


def test_each_press_counts_once(backend: Backend) -> None:
    hear(backend)
    show(backend)
    backend.services.do(dropped.want, MAYA, "P1")
    for press in (dropped.want, dropped.cancel):
        with pytest.raises(NotFrom, match="is being imported now"):
            backend.services.do(press, MAYA, "P1")
    with pytest.raises(NotFrom, match="is being imported now"):
        backend.services.do(dropped.answer, MAYA, "P1", ("bakery",), day_first=None)


def test_an_answer_has_it_looked_at_again(backend: Backend) -> None:
    hear(backend)
    show(backend)
    backend.services.do(dropped.answer, MAYA, "P1", ("bakery", "cafe"), day_first=True)
    plan = load(backend)
    assert (plan.stage, plan.choices.accounts, plan.choices.day_first) == (
        PlanStage.LOOK, ("bakery", "cafe"), True,
    )  # fmt: skip
    assert due(backend) == ["P1"]


def test_imported_it_says_so_in_the_transaction_of_its_posts(backend: Backend) -> None:
    hear(backend)
    show(backend)
    backend.services.do(dropped.want, MAYA, "P1")
    plan = load(backend)
    wanting = (("post1", ("a" * 64, "b" * 64)),)

    def ends_too_early(work: UnitOfWork) -> None:
        dropped.note_imported(work, plan, replace(REPORT, wanting=wanting))
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        backend.services.do(ends_too_early)
    assert load(backend) == plan
    backend.services.do(dropped.note_imported, plan, replace(REPORT, wanting=wanting))
    done = load(backend)
    assert (done.stage, done.outcome, done.wanting, due(backend)) == (
        PlanStage.IMPORTED, REPORT.sentence, wanting, ["P1"],
    )  # fmt: skip
    backend.services.do(dropped.note_imported, plan, replace(REPORT, problems=()))
    assert load(backend) == done, "a second process that did the same changes nothing"


def test_all_rows_are_read_as_they_were_told(backend: Backend) -> None:
    hear(backend)
    slot = backend.clock.now() + timedelta(days=1)
    rows = (
        PlanRow(2, slot, ("Bakery", "Cafe"), "Loaf", 2, known=True),
        PlanRow(3, None, (), "Some day"),
    )
    plan = show(backend, replace(REPORT, rows=rows))
    assert backend.services.look(dropped.load_rows, plan) == (REPORT.problems, rows)


def test_nobody_elses(backend: Backend) -> None:
    hear(backend)
    show(backend)
    with pytest.raises(PlanForgotten):
        backend.services.do(dropped.want, TOM, "P1")
    with pytest.raises(OnlyMembers):
        backend.services.do(dropped.want, GIL, "P1")
    with pytest.raises(WhoAreYou):
        backend.services.do(dropped.want, STRANGER, "P1")
    outsider = Person(MAYA.id, "Maya", Role.OUTSIDER)
    with pytest.raises(OnlyMembers):
        backend.services.do(dropped.want, outsider, "P1")


def import_it(backend: Backend, **changes: Any) -> None:
    hear(backend)
    show(backend)
    backend.services.do(dropped.want, MAYA, "P1")
    backend.services.do(dropped.note_imported, load(backend), replace(REPORT, **changes))
    backend.services.do(dropped.note_drawn, load(backend))


def test_after_a_week_it_is_forgotten_and_its_message_says_so(backend: Backend) -> None:
    """It was gone without a word, with its buttons still there."""
    hear(backend)
    show(backend)
    backend.clock.push(WEEK - SECOND)
    backend.services.do(begun.forget_old)
    assert not backend.services.look(dropped.has_old)
    backend.services.do(dropped.forget_old)
    assert (load(backend).stage, due(backend)) == (PlanStage.SHOWN, []), "it said until when"
    backend.clock.push(2 * SECOND)
    assert backend.services.look(dropped.has_old)
    backend.services.do(dropped.forget_old)
    assert due(backend) == ["P1"]
    plan = backend.services.look(dropped.find_due, MAYA.id, "P1")
    assert (plan.stage, plan.message) == (PlanStage.FORGOTTEN, PLACE)
    for press in (dropped.want, dropped.cancel):
        with pytest.raises(PlanForgotten):
            backend.services.do(press, MAYA, "P1")
    with pytest.raises(PlanForgotten):
        load(backend)
    backend.services.do(dropped.forget, plan)
    assert count_rows(backend) == 0


def test_a_press_keeps_it_for_another_week(backend: Backend) -> None:
    hear(backend)
    show(backend)
    backend.clock.push(WEEK - SECOND)
    backend.services.do(dropped.answer, MAYA, "P1", ("bakery",), day_first=None)
    show(backend)
    backend.clock.push(WEEK - SECOND)
    backend.services.do(dropped.forget_old)
    assert load(backend).stage is PlanStage.SHOWN


@pytest.mark.parametrize(
    ("changes", "says_so"),
    [({"problems": ()}, False), ({}, True), ({"problems": (), "wanting": (("p1", ("a",)),)}, True)],
)
def test_what_was_imported_says_it_where_it_has_buttons(
    backend: Backend, changes: dict[str, Any], says_so: bool
) -> None:
    import_it(backend, **changes)
    backend.clock.push(WEEK + SECOND)
    backend.services.do(dropped.forget_old)
    assert due(backend) == (["P1"] if says_so else [])
    assert count_rows(backend) == (2 if says_so else 0)


def test_what_waits_for_byhand_is_not_forgotten_with_the_week(backend: Backend) -> None:
    """Nobody ran Byhand for ten days: its person is told when somebody does; after two weeks nobody waits any more."""
    hear(backend)
    backend.clock.push(WEEK + 3 * DAY)
    backend.services.do(begun.forget_old)
    backend.services.do(dropped.forget_old)
    assert due(backend) == ["P1"]
    assert load(backend).stage is PlanStage.LOOK
    backend.clock.push(WEEK)
    backend.services.do(dropped.forget_old)
    assert count_rows(backend) == 0


def test_what_a_copy_does_not_know_to_be_told_may_be_there(backend: Backend) -> None:
    """Its message was posted after the copy was made: posted again it would be there twice."""
    hear(backend)
    heard = backend.clock.now()
    hear(backend, "E2", "P2")
    shown = backend.services.do(dropped.note_shown, load(backend, "P2"), "plan.csv", PlanQuestions(), REPORT)
    assert shown is not None
    backend.services.do(dropped.note_place, shown, PLACE)
    backend.clock.push(DAY)
    backend.services.do(restoring.take_as_copy, MAYA, backend.clock.now(), key())
    assert load(backend).posted_at == heard
    assert (load(backend, "P2").posted_at, load(backend, "P2").message) == (None, PLACE)


def count_rows(backend: Backend) -> int:
    return backend.services.store.read(
        lambda db: db.execute(select(func.count()).select_from(table)).scalar_one()
    )
