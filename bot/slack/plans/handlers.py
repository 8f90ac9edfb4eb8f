"""A plan is dropped into the review channel, or chosen on Home; and the buttons of what its person is told of it.

Each only notes what is wanted; `plan_answers.py` does it, and draws the message again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.ids import make_id
from bot.domain.refusals import FieldErrors
from bot.services.plans import dropped
from bot.services.plans.dropped import Dropped
from bot.services.posts.fields import NO_ACCOUNT
from bot.slack.context import ListenerContext
from bot.slack.ids import Field, parse_id
from bot.slack.inbox.message_events import is_new
from bot.slack.payloads import Click, Event, Submit
from bot.slack.posts.forms import read_boxes, read_element
from bot.slack.views.plan_dialogs import DAY_FIRST, KINDS, MONTH_FIRST, draw_choose_plan, draw_plan_questions

CHOOSE = "Choose a CSV file, or a zip."


def read_drop(context: ListenerContext, event: Event) -> None:
    """A CSV or a zip in the review channel. Kept before Slack hears that we have it."""
    said = event.inner
    if not _is_review(context, str(said.get("channel"))) or not is_new(said, context.workspace):
        return
    files = [each for each in said.get("files") or () if isinstance(each, dict) and _is_plan(each)]
    if files:
        plans = [_make_plan(context, said, str(file.get("id"))) for file in files]
        context.services.do(dropped.hear, event.id, plans)


def open_choose(context: ListenerContext, click: Click) -> None:
    """[Import a plan] on Home."""
    context.services.look(dropped.check_importer, click.person)
    context.answers.open(click.trigger_id, draw_choose_plan())


def submit_choose(context: ListenerContext, submit: Submit) -> None:
    context.services.look(dropped.check_importer, submit.person)
    files = read_element(submit.values, Field.PLAN).get("files")
    chosen = files[0] if isinstance(files, list) and files else None
    if not isinstance(chosen, Mapping):
        raise FieldErrors({Field.PLAN: CHOOSE})
    plan = Dropped(_new_id(context), submit.person.id, str(chosen.get("id")))
    context.services.do(dropped.hear, submit.key, [plan])


def open_answer(context: ListenerContext, click: Click) -> None:
    """What the file leaves open; answered before, it can be answered anew."""
    context.services.look(dropped.check_importer, click.person)
    plan = context.services.look(dropped.load, click.person.id, parse_id(click.value))
    policy = context.services.policy
    accounts = [(policy.title_of(key), key) for key in policy.accounts]
    context.answers.open(
        click.trigger_id,
        draw_plan_questions(
            plan.asked, accounts, plan.id, chosen=plan.choices.accounts, day_first=plan.choices.day_first
        ),
    )


def submit_answer(context: ListenerContext, submit: Submit) -> None:
    """It is looked at once more, by what was answered."""
    plan = context.services.look(dropped.load, submit.person.id, parse_id(submit.metadata))
    accounts, day_first = plan.choices.accounts, plan.choices.day_first
    if plan.asked.accounts:
        known = context.services.policy.accounts
        accounts = tuple(name for name in known if name in read_boxes(submit.values, Field.ACCOUNTS))
        if not accounts:
            raise FieldErrors({Field.ACCOUNTS: NO_ACCOUNT})
    if plan.asked.dates:
        day_first = _read_day_first(submit)
    context.services.do(dropped.answer, submit.person, plan.id, accounts, day_first=day_first)


def bring_in(context: ListenerContext, click: Click) -> None:
    context.services.do(dropped.want, click.person, parse_id(click.value))


def cancel(context: ListenerContext, click: Click) -> None:
    context.services.do(dropped.cancel, click.person, parse_id(click.value))


def _read_day_first(submit: Submit) -> bool:
    chosen = read_element(submit.values, Field.DATES).get("selected_option")
    value = chosen.get("value") if isinstance(chosen, Mapping) else None
    if value not in (DAY_FIRST, MONTH_FIRST):
        raise FieldErrors({Field.DATES: "Choose one."})
    return bool(value == DAY_FIRST)


# --- what is dropped ---------------------------------------------------------------------------------


def _make_plan(context: ListenerContext, said: Mapping[str, Any], file: str) -> Dropped:
    team = said.get("team") or said.get("user_team")
    place = str(said["channel"]), str(said.get("thread_ts") or "")
    return Dropped(_new_id(context), str(said["user"]), file, team=str(team) if team else None, said_in=place)


def _new_id(context: ListenerContext) -> str:
    return make_id(context.services.clock.now())


def _is_plan(file: Mapping[str, Any]) -> bool:
    """What is worth a look; what it is, its content tells."""
    return str(file.get("filetype")) in KINDS or str(file.get("name")).lower().endswith((".csv", ".zip"))


def _is_review(context: ListenerContext, channel: str) -> bool:
    """Where the settings have a name and no id: any channel but those of customers."""
    policy = context.services.policy
    others = channel in (policy.inbox_channel, policy.private_channel) or channel.startswith("D")
    return channel == policy.review_channel or (policy.review_channel.startswith("#") and not others)
