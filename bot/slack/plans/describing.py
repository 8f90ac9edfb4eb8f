"""Dialogs of a plan's message: alt texts, one post after the other, and all its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.domain.refusals import Repeated, SavedMeanwhile
from bot.domain.shown.plan_screens import DescribeForm, PlanPage
from bot.services.plans import describing, dropped
from bot.services.plans.dropped import Dropped
from bot.services.unit_of_work import UnitOfWork
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, parse_block, parse_id
from bot.slack.payloads import Click, Submit
from bot.slack.posts.forms import StateValues, read_typed
from bot.slack.posts.new_images import copy_to_slack
from bot.slack.values.plan import format_described, parse_described, parse_page, parse_skip
from bot.slack.views.begun import fill_anew
from bot.slack.views.plan_dialogs import A_PAGE, draw_describe, draw_described, draw_plan_rows

Answer = dict[str, Any] | None
View = dict[str, Any]

DESCRIBED = "Done: every image of this plan has an alt text."
LEFT = "That was the last one. {left} of this plan still {have} no alt text."
NOT_OVER = (
    "{who} saved version {seq} of this post while you were typing. "
    "Nothing of yours was saved yet: press Save again."
)
THEIRS = "{who} described the post before this one while you were typing. Yours was not saved: {words}"
AHEAD = 4  # pictures that are in Slack before they are asked about


def open_describe(context: ListenerContext, click: Click) -> None:
    """[Describe the images]: the first post that wants an alt text, as they stand now."""
    plan = context.services.look(dropped.load, click.person.id, parse_id(click.value))
    view = _draw_next(context, click.person, plan)
    context.answers.open(click.trigger_id, view)
    context.services.do(dropped.redraw, click.person.id, plan.id)


def skip(context: ListenerContext, click: Click) -> None:
    """In that dialog: what comes behind this post."""
    plan_id, post_id = parse_skip(click.value)
    plan = context.services.look(dropped.load, click.person.id, plan_id)
    context.answers.update(click.view_id, _anew(_draw_next(context, click.person, plan, post_id)))


def submit_describe(context: ListenerContext, submit: Submit) -> Answer:
    """Save, and the next."""
    plan_id, seen = parse_described(submit.metadata)
    plan = context.services.look(dropped.load, submit.person.id, plan_id)
    alts = _read_alts(submit.values)
    try:
        context.services.do(describing.describe, submit.person, seen, alts, submit.key)
        view = _draw_next(context, submit.person, plan, seen.post_id)
    except Repeated:
        view = _draw_next(context, submit.person, plan, seen.post_id)
    except SavedMeanwhile as meanwhile:
        view = _draw_after_others(context, submit.person, plan, seen, alts, meanwhile)
    context.services.do(dropped.redraw, submit.person.id, plan.id)
    return {"response_action": "update", "view": _anew(view)}


def open_rows(context: ListenerContext, click: Click) -> None:
    """[Show all rows]."""
    context.answers.open(click.trigger_id, _draw_rows(context, click))


def turn_rows(context: ListenerContext, click: Click) -> None:
    """In that dialog: another page."""
    context.answers.update(click.view_id, _draw_rows(context, click))


# --- alt texts ---------------------------------------------------------------------------------------


def _draw_next(
    context: ListenerContext, person: Person, plan: Dropped, after: str = "", told: Sequence[str] = ()
) -> View:
    form = context.services.look(describing.find_next, person, plan, after, told)
    if form is None:
        return draw_described(told, _say_end(context, plan))
    context.answers.later(partial(_copy_next, context, person, plan, form.seen.post_id))
    return draw_describe(_restore(context, person, form), context.place)


def _restore(context: ListenerContext, person: Person, form: DescribeForm) -> DescribeForm:
    """With what this person had typed there before, and not saved."""
    about = format_described(form.value, form.seen)
    before = begun.find(context, person.id, Dialog.DESCRIBE_PLAN, about)
    if before is None:
        return form
    wanted = {view.sha256 for _, view in form.images}
    typed = [(digest, alt) for digest, alt in _read_alts(before.typed).items() if alt and digest in wanted]
    return replace(form, typed=tuple(typed), begun=before.at) if typed else form


def _say_end(context: ListenerContext, plan: Dropped) -> str:
    left = context.services.look(describing.count_undescribed, plan)
    images = "1 image" if left == 1 else f"{left:,} images"
    return LEFT.format(left=images, have="has" if left == 1 else "have") if left else DESCRIBED


def _draw_after_others(
    context: ListenerContext, person: Person, plan: Dropped, seen: Seen, alts: Mapping[str, str],
    meanwhile: SavedMeanwhile,
) -> View:  # fmt: skip
    """The same post again where it still wants an alt text; else the next."""
    services = context.services
    if services.look(describing.has_alts, seen.post_id, alts):
        return _draw_next(context, person, plan, seen.post_id)
    told = NOT_OVER.format(who=meanwhile.who, seq=meanwhile.seq)
    form = services.look(describing.find_again, person, plan, seen.post_id, alts, told)
    if form is not None:
        return draw_describe(form, context.place)
    words = " ".join(f"“{alt}”" for alt in alts.values())
    return _draw_next(context, person, plan, seen.post_id, [THEIRS.format(who=meanwhile.who, words=words)])


def _copy_next(context: ListenerContext, person: Person, plan: Dropped, after: str) -> None:
    for digest in context.services.look(describing.list_pictures, person, plan, after, AHEAD):
        copy_to_slack(context, digest)


def _anew(view: View) -> View:
    """Slack keeps what stands in a field of the same name: an image may be in several posts."""
    return fill_anew(view, uuid4().hex[:8])


def _read_alts(values: StateValues) -> dict[str, str]:
    """{digest: what was typed}. Raises Malformed."""
    parts = {block_id: parse_block(block_id) for block_id in values}
    return {key: read_typed(values, block) for block, (field, key) in parts.items() if field is Field.ALT}


# --- all rows ----------------------------------------------------------------------------------------


def _draw_rows(context: ListenerContext, click: Click) -> View:
    plan_id, page = parse_page(click.value)
    return draw_plan_rows(context.services.look(_load_page, click.person.id, plan_id, page), context.place)


def _load_page(work: UnitOfWork, person_id: str, plan_id: str, page: int) -> PlanPage:
    """Problems come first; a page may hold the last of them and the first rows."""
    plan = dropped.load(work, person_id, plan_id)
    problems, rows = dropped.load_rows(work, plan)
    pages = max(1, -(-(len(problems) + len(rows)) // A_PAGE))
    page = min(page, pages - 1)
    start, end = page * A_PAGE, (page + 1) * A_PAGE
    shown = rows[max(start - len(problems), 0) : max(end - len(problems), 0)]
    return PlanPage(
        plan.name, plan.id, problems[start:end], shown, page, pages, len(problems), len(rows), work.now
    )  # fmt: skip
