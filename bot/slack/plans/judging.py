"""A plan out of Slack: fetched, judged and told, or brought in. Apart from listeners, since Slack waits for no file.

Nothing is kept of it between two presses: each fetches the file again, so that a restart in between loses nothing, and
what was imported meanwhile is found to be here already.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from bot.domain.people import Person
from bot.domain.shown.plan_screens import PlanDone, PlanLook, PlanQuestions
from bot.services.plans.findings import Ask, PlanRefused, Question
from bot.services.plans.import_plan import import_plan, open_plan
from bot.services.plans.plan_images import Folder
from bot.services.plans.report import Choices, Report
from bot.services.plans.zipped import MAX_ZIP_BYTES
from bot.services.posts.image_checks import ImageProblem
from bot.slack.context import ListenerContext
from bot.slack.transport.calls import Answered
from bot.slack.values.plan import PlanAbout, format_plan
from bot.slack.views.blocks import Message
from bot.slack.views.plans import draw_plan, draw_plan_done

FAILED = "Something went wrong in Byhand; its log says what. Drop the file again: nothing comes in twice."
log = logging.getLogger(__name__)


def judge(context: ListenerContext, person: Person, about: PlanAbout) -> None:
    """Tell its person what would become of it."""
    name, report = _take(context, person, about, dry=True)
    questions = _read_questions(report.questions)
    value = format_plan(
        PlanAbout(about.file, about.accounts, about.day_first, bool(report.problems), questions)
    )
    asked = tuple(question.sentence for question in report.questions)
    tell(
        context, person,
        draw_plan(
            PlanLook(
                name, report.found, value, questions, asked, report.problems, report.notes, report.good, report.known
            )
        ),
    )  # fmt: skip


def bring_in(context: ListenerContext, person: Person, about: PlanAbout) -> None:
    """What its person saw and wants; and tell them what came of it."""
    name, report = _take(context, person, about, dry=False)
    refused = report.problems if report.refused else ()
    done = PlanDone(name, report.sentence, report.refused, refused, report.undescribed)
    tell(context, person, draw_plan_done(done))


def _take(context: ListenerContext, person: Person, about: PlanAbout, *, dry: bool) -> tuple[str, Report]:
    """Its name, and what was found; whatever goes wrong is a problem in it, and never silence."""
    choices = Choices(about.accounts, about.day_first, about.partial, dry)
    name = "The plan"
    with tempfile.TemporaryDirectory(prefix="byhand-plan-") as folder:
        path = Path(folder) / "plan"
        try:
            name = context.files.save(about.file, person.id, path, MAX_ZIP_BYTES)
            with open_plan(path, Folder(None)) as plan:
                return name, import_plan(context.services, plan, person, choices)
        except ImageProblem as problem:
            sentence = " ".join(filter(None, (problem.sentence, problem.mend)))
        except PlanRefused as refused:
            sentence = str(refused.problem)
        except Exception:  # a boundary: nobody else would tell whoever waits
            log.exception("a plan was not looked at, or not imported")
            sentence = FAILED
    return name, Report(problems=(sentence,), refused=True)


def _read_questions(questions: tuple[Question, ...]) -> PlanQuestions:
    dates = next((each for each in questions if each.about is Ask.DATES), None)
    accounts = any(each.about is Ask.ACCOUNTS for each in questions)
    return PlanQuestions(
        accounts, (dates.written, dates.day_first, dates.month_first) if dates is not None else None
    )


def tell(context: ListenerContext, person: Person, message: Message) -> None:
    heard = context.answers.send_directly(person.id, message)
    if not isinstance(heard, Answered):
        log.error("%s could not be told about their plan: %s", person.id, heard)
