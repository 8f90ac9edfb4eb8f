"""Pausing and resuming: `/social pause`, `/social resume`, Home's button, and the banner's buttons.

A pause is committed first and described afterwards: whatever goes wrong with the answer, the gate is shut.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from bot.domain.gate import ALL
from bot.domain.people import Person
from bot.domain.refusals import NotPaused, PausedAgain
from bot.domain.shown.pause_screens import BannerView, ResumeForm
from bot.services.deliveries import take_down as taking_down
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.posts import edit
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.health import SLACK
from bot.slack.ids import parse_pause, parse_resume, parse_scope, parse_several, parse_without
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.posts import forms
from bot.slack.views.blocks import Message
from bot.slack.views.pause.pause import Told, draw_pause_answer, draw_pause_dialog, draw_paused_dialog
from bot.slack.views.pause.resume import draw_resume_dialog
from bot.slack.views.posts.dialogs import draw_notice_dialog
from bot.store.engine.errors import StoreError

log = logging.getLogger(__name__)

BANNER_SECONDS = 0.5  # for the banner to be up; a pause is answered within a second
BANNER_STEP = 0.05

# --- pause -------------------------------------------------------------------------------------------


def pause(context: ListenerContext, typed: Typed) -> Message:
    scope, reason = pausing.parse_words(typed.rest, context.services.policy.accounts)
    told, shown = _pause(context, typed.person, scope, reason, typed.key)
    return draw_pause_answer(told, shown, context.place)


def open_pause(context: ListenerContext, click: Click) -> None:
    accounts = [(name, each.title) for name, each in context.services.policy.accounts.items()]
    context.answers.open(click.trigger_id, draw_pause_dialog(accounts))


def submit_pause(context: ListenerContext, submit: Submit) -> dict[str, Any]:
    scope, reason = forms.read_scope(submit.values), forms.read_reason(submit.values)
    told, shown = _pause(context, submit.person, scope, reason, submit.key)
    return {"response_action": "update", "view": draw_paused_dialog(told, shown, context.place)}


def _pause(
    context: ListenerContext, person: Person, scope: str, reason: str, key: str
) -> tuple[Told, BannerView | None]:
    """Shut first; then what to say."""
    done = pausing.pause_at_once(context.services, person, scope, reason, key)
    policy = context.services.policy
    names = tuple(policy.accounts) if scope == ALL and reason else ()
    channel, up = _await_banner(context, done.pause_id) if done.first else (policy.review_channel, True)
    trouble = context.health.find(channel) or context.health.find(SLACK)
    told = Told(
        done.first, done.by, done.at, reason, channel, names, up=up,
        trouble=None if up or trouble is None else trouble.replace(channel, f"<#{channel}>"),
        approvers=tuple(each for each in policy.approvers if each != person.id),
    )  # fmt: skip
    return told, _load_banner(context, done.pause_id)


def _load_banner(context: ListenerContext, pause_id: str) -> BannerView | None:
    """None: the gate is shut, and nothing more can be read just now."""
    try:
        return context.services.look_first(pause_queries.load_banner, pause_id)
    except StoreError as error:
        log.warning("what a pause stopped could not be read: %s", error)
        return None


def _await_banner(context: ListenerContext, pause_id: str) -> tuple[str, bool]:
    """Where the banner goes, and whether it is up: the answer says who has been told. The gate is shut already."""
    until = context.services.clock.elapsed() + BANNER_SECONDS
    while True:
        try:
            channel, ts = context.services.look_first(pause_queries.find_banner_place, pause_id)
        except StoreError:
            return context.services.policy.review_channel, False
        if ts or context.health.find(channel) or context.services.clock.elapsed() > until:
            return channel, ts is not None
        time.sleep(BANNER_STEP)


# --- resume ------------------------------------------------------------------------------------------


def open_resume(context: ListenerContext, typed: Typed) -> None:
    _open_resume(context, typed.person, typed.rest, typed.trigger_id)


def open_resume_from_banner(context: ListenerContext, click: Click) -> None:
    _open_resume(context, click.person, parse_scope(click.value), click.trigger_id)


def _open_resume(context: ListenerContext, person: Person, scope: str, trigger_id: str) -> None:
    form = context.services.look(_resume_form, person, scope)
    context.answers.open(trigger_id, draw_resume_dialog(form, context.place))


def _resume_form(work: UnitOfWork, person: Person, words: str) -> ResumeForm:
    """Raises what keeps this person from resuming."""
    resuming.check_may_resume(work, person)
    form = pause_queries.load_resume_form(work, resuming.choose_scope(work, words))
    if form is None:
        raise NotPaused
    return form


def submit_resume(context: ListenerContext, submit: Submit) -> dict[str, Any] | None:
    scope, epoch = parse_resume(submit.metadata)
    fates = forms.read_fates(submit.values)
    choices = {seen: Choice(fate, slot) for seen, (fate, slot) in fates.items()}
    try:
        context.services.do(resuming.resume, submit.person, scope, epoch, choices, submit.key)
    except PausedAgain as again:
        return {"response_action": "update", "view": draw_notice_dialog("Not resumed", again.sentence)}
    return None


# --- on the banner and on cards ----------------------------------------------------------------------


def stop_replies(context: ListenerContext, click: Click) -> None:
    pause_id, _ = parse_pause(click.value)
    context.services.do_first(pausing.stop_replies, click.person, pause_id, click.key)


def mark_done_elsewhere(context: ListenerContext, click: Click) -> None:
    context.services.do(pausing.mark_done_elsewhere, click.person, *parse_pause(click.value), click.key)


def mark_deleted_by_hand(context: ListenerContext, click: Click) -> None:
    context.services.do(pausing.mark_deleted_by_hand, click.person, *parse_pause(click.value), click.key)


def take_down(context: ListenerContext, click: Click) -> None:
    context.services.do_first(taking_down.take_down_all, click.person, parse_several(click.value), click.key)


def publish_without(context: ListenerContext, click: Click) -> None:
    context.services.do(edit.publish_without, click.person, *parse_without(click.value), click.key)
