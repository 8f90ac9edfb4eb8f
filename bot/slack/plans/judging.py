"""What Byhand does with a plan that somebody dropped: looks at it and tells what would become of it, brings it in, and
draws its message again. Away from listeners, since Slack waits for no file.

Each step can be done again after a restart: a look changes nothing, and posts come in with the note that they did.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.domain.kinds import PlanStage
from bot.domain.people import Person, Role
from bot.domain.refusals import Refusal
from bot.domain.shown.plan_screens import PlanDone, PlanLook, PlanQuestions
from bot.domain.shown.state_words import join_names
from bot.services.begun import KEPT
from bot.services.images.image_checks import ImageProblem
from bot.services.plans import describing, dropped
from bot.services.plans.dropped import Dropped
from bot.services.plans.findings import Ask, PlanRefused, Question
from bot.services.plans.import_plan import import_plan, open_plan
from bot.services.plans.plan_images import Folder
from bot.services.plans.report import Report
from bot.services.plans.zipped import MAX_ZIP_BYTES
from bot.services.posts import drafts
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.payloads import Where
from bot.slack.plans.messages import NotTold, change, put_up
from bot.slack.posts.new_images import copy_to_slack
from bot.slack.transport.calls import Answered, SaidNo
from bot.slack.views.answers import draw_sentence
from bot.slack.views.blocks import Message
from bot.slack.views.plans import (
    CANCELLED,
    FORGOTTEN,
    IMPORTING,
    LOOKING,
    draw_plan,
    draw_plan_done,
    draw_plan_waiting,
)

FAILED = "Something went wrong in Byhand; its log says what. Drop the file again: nothing comes in twice."
NOTHING = "Nothing was imported."
FIRST_PICTURES = 4  # that are in Slack before somebody is asked what they show
log = logging.getLogger(__name__)


def work_on(context: ListenerContext, plan: Dropped) -> None:
    """Whatever is to be done with it now. Raises NotTold."""
    person = context.directory.person(plan.person, plan.team)
    if person.role is Role.UNKNOWN:
        raise NotTold("Slack does not say who that is")
    if plan.stage in (PlanStage.LOOK, PlanStage.SHOWN, PlanStage.IMPORT):
        try:
            context.services.look(dropped.check_importer, person)
        except Refusal as refusal:
            _refuse(context, plan, refusal)
            return
    match plan.stage:
        case PlanStage.LOOK | PlanStage.SHOWN:  # nobody knows whether they have seen it
            _look(context, person, plan)
        case PlanStage.IMPORT:
            _bring_in(context, person, plan)
        case PlanStage.IMPORTED:
            _draw_imported(context, person, plan)
        case PlanStage.CANCELLED:
            _redraw(context, plan, draw_plan_waiting(plan.name, CANCELLED))
        case PlanStage.FORGOTTEN:
            _say_forgotten(context, person, plan)


def _look(context: ListenerContext, person: Person, plan: Dropped) -> None:
    if plan.message is not None:
        plan = _say_waiting(context, plan, LOOKING)
    name, report = _take(context, person, plan, dry=True)
    _show(context, plan, name, report)


def _refuse(context: ListenerContext, plan: Dropped, refusal: Refusal) -> None:
    """Where they dropped it, seen by them alone."""
    said = draw_sentence(refusal.sentence)
    if plan.said_in is None:
        heard = context.answers.send_directly(plan.person, said)
    else:
        channel, thread = plan.said_in
        heard = context.answers.try_to_show(Where(plan.person, channel, thread or None), said)
    if not isinstance(heard, Answered | SaidNo):
        raise NotTold(str(heard))
    context.services.do(dropped.forget, plan)


def _bring_in(context: ListenerContext, person: Person, plan: Dropped) -> None:
    """What its person saw and wants. Where it cannot come in as they saw it, they are shown how it looks now."""
    plan = _say_waiting(context, plan, IMPORTING)
    name, report = _take(context, person, plan, dry=False)
    if report.refused:
        _show(context, plan, name, report, before=report.sentence if report.found else NOTHING)


def _say_waiting(context: ListenerContext, plan: Dropped, sentence: str) -> Dropped:
    """Nothing can be pressed meanwhile."""
    return put_up(context, plan, draw_plan_waiting(plan.name, sentence))


def _show(context: ListenerContext, plan: Dropped, name: str, report: Report, before: str = "") -> None:
    questions = _read_questions(report.questions)
    asked = tuple(question.sentence for question in report.questions)
    look = PlanLook(
        name, report.found, plan.id, questions, asked, report.problems, report.notes, report.good, report.known,
        before, report.as_drafts, context.services.clock.now() + KEPT, report.times, _list_answers(context, plan),
    )  # fmt: skip
    shown = context.services.do(dropped.note_shown, plan, name, questions, report)
    if shown is not None:
        _redraw(context, shown, draw_plan(look, context.place))


def _list_answers(context: ListenerContext, plan: Dropped) -> tuple[str, ...]:
    """What its person has said of it."""
    told = []
    if plan.choices.accounts:
        titles = [context.services.policy.title_of(name) for name in plan.choices.accounts]
        told.append(f"For {join_names(titles)}.")
    if plan.asked.dates and plan.choices.day_first is not None:
        written, day_first, month_first = plan.asked.dates
        told.append(f"{written} is {day_first if plan.choices.day_first else month_first}.")
    return tuple(told)


def _draw_imported(context: ListenerContext, person: Person, plan: Dropped) -> None:
    for digest in context.services.look(describing.list_pictures, person, plan, "", FIRST_PICTURES):
        copy_to_slack(context, digest)
    _redraw(context, plan, draw_plan_done(context.services.look(_load_done, person, plan), context.place))


def _say_forgotten(context: ListenerContext, person: Person, plan: Dropped) -> None:
    """On its own message; whoever deleted that is not told by another one."""
    message = draw_plan_waiting(plan.name, FORGOTTEN)
    if plan.outcome:
        done = replace(context.services.look(_load_done, person, plan), until=None)
        message = draw_plan_done(done, context.place)
    change(context, plan, message)
    context.services.do(dropped.forget, plan)


def _load_done(work: UnitOfWork, person: Person, plan: Dropped) -> PlanDone:
    undescribed = describing.count_undescribed(work, plan)
    as_drafts = drafts.is_contributor(work, person)
    slots = [datetime.fromisoformat(slot) for slot in plan.slots]
    return PlanDone(
        plan.name, plan.outcome, plan.id, plan.problems, undescribed, as_drafts, work.now + KEPT, plan.titles,
        min(slots, default=None), max(slots, default=None),
    )  # fmt: skip


def _redraw(context: ListenerContext, plan: Dropped, message: Message) -> None:
    """Byhand has nothing to do with it until somebody presses something."""
    context.services.do(dropped.note_drawn, put_up(context, plan, message))


def _take(context: ListenerContext, person: Person, plan: Dropped, *, dry: bool) -> tuple[str, Report]:
    """Its name, and what was found; whatever goes wrong is a problem in it, and never silence."""
    name = plan.name or "The plan"
    note = partial(_note, context, plan)
    with tempfile.TemporaryDirectory(prefix="byhand-plan-") as folder:
        path = Path(folder) / "plan"
        try:
            name = context.files.save(plan.file, person.id, path, MAX_ZIP_BYTES)
            with open_plan(path, Folder(None)) as opened:
                choices = context.services.look(dropped.choose, plan, dry=dry)
                return name, import_plan(context.services, opened, person, choices, note=note)
        except ImageProblem as problem:
            sentence = " ".join(filter(None, (problem.sentence, problem.mend)))
        except PlanRefused as refused:
            sentence = str(refused.problem)
        except NotTold:  # it is done again
            raise
        except Exception:  # a boundary: nobody else would tell whoever waits
            log.exception("a plan was not looked at, or not imported")
            sentence = FAILED
    return name, Report(problems=(sentence,), refused=True)


def _note(context: ListenerContext, plan: Dropped, work: UnitOfWork, report: Report) -> None:
    if context.answers.is_stopping:
        raise NotTold("Byhand is stopping")
    dropped.note_imported(work, plan, report)


def _read_questions(questions: tuple[Question, ...]) -> PlanQuestions:
    dates = next((each for each in questions if each.about is Ask.DATES), None)
    accounts = any(each.about is Ask.ACCOUNTS for each in questions)
    return PlanQuestions(
        accounts, (dates.written, dates.day_first, dates.month_first) if dates is not None else None
    )
