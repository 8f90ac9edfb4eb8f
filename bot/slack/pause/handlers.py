"""Pausing and resuming: `/social pause`, `/social resume`, Home's button, and what stands on the banner.

What a reader would question: a pause is committed first and looked at afterwards. Whatever goes wrong with the
answer, the gate is shut.
"""

from __future__ import annotations

from typing import Any

from bot.domain.gate import ALL
from bot.domain.people import Person
from bot.domain.refusals import NotPaused, PausedAgain
from bot.domain.screens import BannerView, ResumeForm
from bot.services.deliveries import take_down as taking_down
from bot.services.pause import pause as pausing
from bot.services.pause.pause import Choice
from bot.services.posts import review
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import Work
from bot.slack.context import Face
from bot.slack.ids import parse_pause, parse_resume, parse_scope, parse_several, parse_without
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.posts import forms
from bot.slack.views.blocks import Message
from bot.slack.views.pause.pause import Told, pause_answer, pause_modal, paused_modal
from bot.slack.views.pause.resume import resume_modal
from bot.slack.views.posts.dialogs import notice_modal

# --- pause -------------------------------------------------------------------------------------------


def pause(face: Face, typed: Typed) -> Message:
    scope, reason = pausing.parse(typed.rest, face.office.policy.accounts)
    told, shown = _pause(face, typed.person, scope, reason, typed.key)
    return pause_answer(told, shown, face.place)


def home_pause(face: Face, click: Click) -> None:
    accounts = [(name, each.title) for name, each in face.office.policy.accounts.items()]
    face.answers.open(click.trigger_id, pause_modal(accounts))


def submit_pause(face: Face, submit: Submit) -> dict[str, Any]:
    scope, reason = forms.read_scope(submit.values), forms.read_reason(submit.values)
    told, shown = _pause(face, submit.person, scope, reason, submit.key)
    return {"response_action": "update", "view": paused_modal(told, shown, face.place)}


def _pause(face: Face, person: Person, scope: str, reason: str, key: str) -> tuple[Told, BannerView | None]:
    """Shut first; then what to say."""
    done = face.office.do_first(pausing.pause, person, scope, reason, key)
    policy = face.office.policy
    names = tuple(policy.accounts) if scope == ALL and reason else ()
    told = Told(done.first, done.by, done.at, reason, policy.review_channel, names)
    return told, face.office.look(pause_queries.banner, done.pause_id)


# --- resume ------------------------------------------------------------------------------------------


def resume(face: Face, typed: Typed) -> None:
    _open_resume(face, typed.person, typed.rest, typed.trigger_id)


def resume_button(face: Face, click: Click) -> None:
    _open_resume(face, click.person, parse_scope(click.value), click.trigger_id)


def _open_resume(face: Face, person: Person, scope: str, trigger_id: str) -> None:
    form = face.office.look(_resume_form, person, scope)
    face.answers.open(trigger_id, resume_modal(form, face.place))


def _resume_form(work: Work, person: Person, words: str) -> ResumeForm:
    """Raises what keeps this person from resuming."""
    pausing.check_may_resume(work, person)
    form = pause_queries.resume_form(work, pausing.which(work, words))
    if form is None:
        raise NotPaused
    return form


def submit_resume(face: Face, submit: Submit) -> dict[str, Any] | None:
    scope, epoch = parse_resume(submit.metadata)
    fates = forms.read_fates(submit.values)
    choices = {seen: Choice(fate.value, slot) for seen, (fate, slot) in fates.items()}
    try:
        face.office.do(pausing.resume, submit.person, scope, epoch, choices, submit.key)
    except PausedAgain as again:
        return {"response_action": "update", "view": notice_modal("Not resumed", again.sentence)}
    return None


# --- on the banner and on cards ----------------------------------------------------------------------


def stop_replies(face: Face, click: Click) -> None:
    pause_id, _ = parse_pause(click.value)
    face.office.do_first(pausing.stop_replies, click.person, pause_id, click.key)


def done_elsewhere(face: Face, click: Click) -> None:
    face.office.do(pausing.done_elsewhere, click.person, *parse_pause(click.value), click.key)


def i_deleted_it(face: Face, click: Click) -> None:
    face.office.do(pausing.i_deleted_it, click.person, *parse_pause(click.value), click.key)


def take_down(face: Face, click: Click) -> None:
    face.office.do_first(taking_down.take_down_all, click.person, parse_several(click.value), click.key)


def publish_without(face: Face, click: Click) -> None:
    face.office.do(review.publish_without, click.person, *parse_without(click.value), click.key)
