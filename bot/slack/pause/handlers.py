"""Resuming, and what is pressed on the banner of a pause and on cards. Pausing: `pause.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.domain.gate import ALL, DRILL
from bot.domain.people import Person
from bot.domain.posts import Fate
from bot.domain.refusals import DrillOver, FieldErrors, NoDrill, NotPaused, PausedAgain
from bot.domain.shown.pause_screens import ResumeForm
from bot.domain.shown.state_words import name_publishing
from bot.services.deliveries import take_down as taking_down
from bot.services.pause import deleted, drill_over
from bot.services.pause import drill as drilling
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import edit
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import refuse_not_paused
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import (
    Dialog,
    Field,
    parse_several,
    parse_without,
)
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.posts import forms
from bot.slack.values.banner import parse_elsewhere, parse_pause
from bot.slack.values.resume import format_resume, parse_resume, parse_resume_press
from bot.slack.views.pause.lists import draw_lists_dialog
from bot.slack.views.pause.resume import Fates, draw_resume_dialog, draw_resumed_dialog

WHOLE_LIST = 60  # sends of the last day that the dialog lists

# --- resume ------------------------------------------------------------------------------------------


def open_resume(context: ListenerContext, typed: Typed) -> None:
    form = context.services.look(_resume_form, typed.person, typed.rest)
    _open_resume(context, typed.person, form, typed.trigger_id)


def open_drill_resume(context: ListenerContext, typed: Typed) -> None:
    form = context.services.look(_drill_form, typed.person)
    _open_resume(context, typed.person, form, typed.trigger_id)


def open_resume_from_banner(context: ListenerContext, click: Click) -> None:
    scope, pause_id = parse_resume_press(click.value)
    if scope == DRILL:
        form = context.services.look(_drill_form, click.person, pause_id)
    else:
        form = context.services.look(_resume_form, click.person, scope)
    _open_resume(context, click.person, form, click.trigger_id)


def _open_resume(context: ListenerContext, person: Person, form: ResumeForm, trigger_id: str) -> None:
    before = begun.find(context, person.id, Dialog.RESUME, format_resume(form.scope, form.epoch))
    fates = _chosen(before.typed if before else {}, form)
    at = before.at if before and fates else None
    context.answers.open(trigger_id, draw_resume_dialog(form, context.place, fates, begun=at))


def _chosen(values: forms.StateValues, form: ResumeForm) -> Fates:
    """What somebody had chosen that is not what the dialog starts with, of posts that are still in it."""
    listed = {row.seen for row in form.rows}
    fates = forms.read_fates(values).items()
    return {seen: fate for seen, fate in fates if seen in listed and fate != (Fate.KEEP, None)}


def _resume_form(work: UnitOfWork, person: Person, words: str) -> ResumeForm:
    """Raises what keeps this person from resuming."""
    resuming.check_may_resume(work, person)
    scope = resuming.choose_scope(work, words)
    resuming.check_may_resume(work, person, scope)
    form = pause_queries.load_resume_form(work, scope, person)
    if form is None:
        raise refuse_not_paused(work, scope)
    return form


def _drill_form(work: UnitOfWork, person: Person, pause_id: str | None = None) -> ResumeForm:
    """The same of the drill that runs. `pause_id`: whose banner was pressed, perhaps of an earlier one."""
    resuming.check_may_resume(work, person, DRILL)
    if pause_id is not None:
        drill_over.check_pause_id(work, pause_id)
    elif not drilling.is_running(work):
        raise NoDrill
    drill_over.check_resume(work)
    form = pause_queries.load_resume_form(work, DRILL, person)
    if form is None:
        raise NotPaused(what=name_publishing())
    return form


def submit_resume(context: ListenerContext, submit: Submit) -> dict[str, Any] | None:
    scope, epoch = parse_resume(submit.metadata)
    fates = forms.read_fates(submit.values)
    choices = {seen: Choice(fate, slot) for seen, (fate, slot) in fates.items()}
    try:
        context.services.do(resuming.resume, submit.person, scope, epoch, choices, submit.key)
    except PausedAgain as again:
        if scope == DRILL:
            form = context.services.look(_drill_form, submit.person)
        else:
            form = context.services.look(_resume_form, submit.person, scope)
        view = draw_resume_dialog(form, context.place, fates, refused=again.sentence)
        return {"response_action": "update", "view": view}
    return _say_what_stays_paused(context, scope)


def _say_what_stays_paused(context: ListenerContext, scope: str) -> dict[str, Any] | None:
    """None: nothing does, and the dialog closes."""
    stays = context.services.look(pause_queries.list_staying, scope)
    if not stays:
        return None
    title = None if scope == ALL else context.services.policy.title_of(scope)
    return {"response_action": "update", "view": draw_resumed_dialog(title, stays, context.place)}


# --- on the banner and on cards ----------------------------------------------------------------------


def stop_replies(context: ListenerContext, click: Click) -> None:
    pause_id, _ = parse_pause(click.value)
    pausing.stop_replies_at_once(context.services, click.person, pause_id, click.key)


def mark_done_elsewhere(context: ListenerContext, click: Click) -> None:
    _mark_elsewhere(context, click, pausing.mark_done_elsewhere)


def mark_not_done_elsewhere(context: ListenerContext, click: Click) -> None:
    _mark_elsewhere(context, click, pausing.mark_not_done_elsewhere)


def _mark_elsewhere(context: ListenerContext, click: Click, verb: Callable[..., None]) -> None:
    pause_id, what, seen = parse_elsewhere(click.value)
    try:
        context.services.do(verb, click.person, pause_id, what, click.key, seen)
    finally:  # also where it was out of date: then the dialog is
        _redraw_lists(context, click)


def mark_deleted_by_hand(context: ListenerContext, click: Click) -> None:
    context.services.do(deleted.mark_deleted_by_hand, click.person, *parse_pause(click.value), click.key)
    _redraw_lists(context, click)


def open_lists(context: ListenerContext, click: Click) -> None:
    """[Show all…], [Take down…]: what a banner lists in short, whole."""
    view = _draw_lists(context, parse_pause(click.value)[0])
    if click.view_id:
        context.answers.push(click.trigger_id, view)
    else:
        context.answers.open(click.trigger_id, view)


def submit_ticked(context: ListenerContext, submit: Submit) -> None:
    """Of a banner's lists, and of a published post's card."""
    ticked = forms.read_ticked(submit.values)
    gone = forms.read_ticked(submit.values, Field.DELETED)
    if not ticked and not gone:
        raise FieldErrors({"": "Please tick what is to be taken down, or cancel."})
    context.services.do_first(taking_down.take_down_all, submit.person, ticked, submit.key, gone)


def _redraw_lists(context: ListenerContext, click: Click) -> None:
    """Where it was pressed in the dialog: the banner is drawn by itself."""
    if click.view_id:
        context.answers.update(click.view_id, _draw_lists(context, parse_pause(click.value)[0]))


def _draw_lists(context: ListenerContext, pause_id: str) -> dict[str, Any]:
    view = context.services.look(pause_queries.load_banner, pause_id, WHOLE_LIST)
    if view is None:
        raise NotPaused(what=name_publishing())
    if view.account == DRILL and view.ended_at is not None:
        raise DrillOver
    return draw_lists_dialog(view, context.place)


def take_down(context: ListenerContext, click: Click) -> None:
    context.services.do_first(taking_down.take_down_all, click.person, parse_several(click.value), click.key)


def publish_without(context: ListenerContext, click: Click) -> None:
    context.services.do(edit.publish_without, click.person, *parse_without(click.value), click.key)
