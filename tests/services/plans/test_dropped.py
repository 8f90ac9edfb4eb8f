"""Where a dropped plan stands, whatever is pressed, and whatever ends meanwhile; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.inbox_refusals import NothingKnown
from bot.domain.kinds import PlanStage
from bot.domain.people import Person, Role
from bot.domain.refusals import NotFrom, OnlyMembers, WhoAreYou
from bot.domain.shown.plan_screens import PlanQuestions, PlanRow
from bot.services import begun
from bot.services.plans import dropped
from bot.services.plans.dropped import Dropped
from bot.services.plans.report import Report
from bot.services.unit_of_work import UnitOfWork
from tests.backend import GIL, MAYA, STRANGER, TOM, Backend

PLACE = ("D0MAYA", "1796000001.000100")
REPORT = Report(found="Buffer's format, 1 row.", problems=("line 3: It is in the past.",), good=1)


def hear(backend: Backend, event: str = "E1", plan_id: str = "P1") -> None:
    backend.services.do(dropped.hear, event, [Dropped(plan_id, MAYA.id, "F1", said_in=("C0SOCIAL", ""))])


def load(backend: Backend, plan_id: str = "P1") -> Dropped:
    return backend.services.look(dropped.load, MAYA.id, plan_id)


def due(backend: Backend) -> list[str]:
    return [plan_id for _, plan_id in backend.services.look(dropped.list_due)]


def show(backend: Backend, report: Report = REPORT) -> Dropped:
    """Looked at, and told."""
    shown = backend.services.do(
        dropped.note_shown, load(backend), "plan.csv", PlanQuestions(accounts=True), report
    )
    assert shown is not None
    backend.services.do(dropped.note_drawn, shown, PLACE)
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
    backend.services.do(dropped.note_drawn, shown, PLACE)
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
    backend.services.do(dropped.note_drawn, shown, PLACE)
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
    with pytest.raises(NothingKnown):
        backend.services.do(dropped.want, TOM, "P1")
    with pytest.raises(OnlyMembers):
        backend.services.do(dropped.want, GIL, "P1")
    with pytest.raises(WhoAreYou):
        backend.services.do(dropped.want, STRANGER, "P1")
    outsider = Person(MAYA.id, "Maya", Role.OUTSIDER)
    with pytest.raises(OnlyMembers):
        backend.services.do(dropped.want, outsider, "P1")


def test_after_a_week_it_is_forgotten(backend: Backend) -> None:
    hear(backend)
    show(backend)
    backend.clock.push(timedelta(days=8))
    backend.services.do(begun.forget_old)
    with pytest.raises(NothingKnown):
        backend.services.do(dropped.want, MAYA, "P1")
