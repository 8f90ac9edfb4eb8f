"""A plan is dropped into the review channel, or chosen on Home; and the buttons of what its person is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from bot.domain.people import Person, Right
from bot.domain.refusals import FieldErrors, Refusal
from bot.services.posts.fields import NO_ACCOUNT
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import refuse_guest
from bot.slack.context import ListenerContext
from bot.slack.ids import Field
from bot.slack.inbox.message_events import is_new
from bot.slack.payloads import Click, Event, Submit, Where
from bot.slack.plans import judging
from bot.slack.posts.forms import read_boxes, read_element
from bot.slack.values.plan import PlanAbout, parse_plan
from bot.slack.views.answers import draw_sentence
from bot.slack.views.plans import DAY_FIRST, KINDS, MONTH_FIRST, draw_choose_plan, draw_plan_questions
from bot.store.slack import slack_events

NOT_IMPORTED = "Nothing was imported."
CHOOSE = "Choose a CSV file, or a zip."


def read_drop(context: ListenerContext, event: Event) -> None:
    """A CSV or a zip in the review channel. Returns at once."""
    said = event.inner
    if not _is_review(context, str(said.get("channel"))) or not is_new(said, context.workspace):
        return
    files = [each for each in said.get("files") or () if isinstance(each, dict) and _is_plan(each)]
    if files:
        context.answers.later(partial(_answer_drop, context, event, files))


def open_choose(context: ListenerContext, click: Click) -> None:
    """[Import a plan] on Home."""
    context.services.look(_check, click.person)
    context.answers.open(click.trigger_id, draw_choose_plan())


def submit_choose(context: ListenerContext, submit: Submit) -> None:
    context.services.look(_check, submit.person)
    files = read_element(submit.values, Field.PLAN).get("files")
    chosen = files[0] if isinstance(files, list) and files else None
    if not isinstance(chosen, Mapping):
        raise FieldErrors({Field.PLAN: CHOOSE})
    context.answers.later(partial(judging.judge, context, submit.person, PlanAbout(str(chosen.get("id")))))


def open_answer(context: ListenerContext, click: Click) -> None:
    """What the file leaves open."""
    context.services.look(_check, click.person)
    policy, about = context.services.policy, parse_plan(click.value)
    accounts = [(policy.title_of(key), key) for key in policy.accounts]
    context.answers.open(click.trigger_id, draw_plan_questions(about.questions, accounts, click.value))


def submit_answer(context: ListenerContext, submit: Submit) -> None:
    """Judged once more, by what was answered."""
    context.services.look(_check, submit.person)
    about = parse_plan(submit.metadata)
    accounts, day_first = about.accounts, about.day_first
    if about.questions.accounts:
        known = context.services.policy.accounts
        accounts = tuple(name for name in known if name in read_boxes(submit.values, Field.ACCOUNTS))
        if not accounts:
            raise FieldErrors({Field.ACCOUNTS: NO_ACCOUNT})
    if about.questions.dates:
        day_first = _read_day_first(submit)
    answered = PlanAbout(about.file, accounts, day_first)
    context.answers.later(partial(judging.judge, context, submit.person, answered))


def bring_in(context: ListenerContext, click: Click) -> None:
    context.services.look(_check, click.person)
    context.answers.later(partial(judging.bring_in, context, click.person, parse_plan(click.value)))


def cancel(context: ListenerContext, click: Click) -> None:
    """Nothing was kept, so nothing is to be forgotten."""
    context.answers.later(partial(judging.tell, context, click.person, draw_sentence(NOT_IMPORTED)))


def _read_day_first(submit: Submit) -> bool:
    chosen = read_element(submit.values, Field.DATES).get("selected_option")
    value = chosen.get("value") if isinstance(chosen, Mapping) else None
    if value not in (DAY_FIRST, MONTH_FIRST):
        raise FieldErrors({Field.DATES: "Choose one."})
    return bool(value == DAY_FIRST)


# --- what is asked of it -----------------------------------------------------------------------------


def _answer_drop(context: ListenerContext, event: Event, files: Sequence[Mapping[str, Any]]) -> None:
    """In a thread of its own, once, though Slack may tell it twice."""
    now = context.services.clock.now()
    if not context.services.store.write(lambda db: slack_events.mark_seen(db, f"plan:{event.id}"[:80], now)):
        return
    said = event.inner
    person = context.directory.person(str(said["user"]), said.get("team") or said.get("user_team"))
    try:
        context.services.look(_check, person)
    except Refusal as refusal:
        context.answers.tell(Where(person.id, str(said["channel"]), said.get("thread_ts")), refusal.sentence)
        return
    for file in files:
        judging.judge(context, person, PlanAbout(str(file.get("id"))))


def _check(work: UnitOfWork, person: Person) -> None:
    """Raises Refusal for whoever is no full member."""
    if not person.may(Right.TEAM):
        raise refuse_guest(work, Right.TEAM, "bring in a plan")


def _is_plan(file: Mapping[str, Any]) -> bool:
    """What is worth a look; what it is, its content tells."""
    return str(file.get("filetype")) in KINDS or str(file.get("name")).lower().endswith((".csv", ".zip"))


def _is_review(context: ListenerContext, channel: str) -> bool:
    """Where the settings have a name and no id: any channel but those of customers."""
    policy = context.services.policy
    others = channel in (policy.inbox_channel, policy.private_channel) or channel.startswith("D")
    return channel == policy.review_channel or (policy.review_channel.startswith("#") and not others)
