"""A post's dialogs sent off. The answer closes the dialog (None) or puts another view in its place."""

from __future__ import annotations

from typing import Any

from bot.domain.posts import Verb
from bot.domain.refusals import FieldErrors, SavedMeanwhile
from bot.services.posts import review
from bot.slack.context import Face
from bot.slack.payloads import Submit
from bot.slack.posts import forms
from bot.slack.posts.dialogs import form_for
from bot.slack.views.posts import dialogs

Answer = dict[str, Any] | None


def edit(face: Face, submit: Submit) -> Answer:
    form = face.office.look(form_for, submit.person, submit.seen.post_id, Verb.EDIT)
    typed = forms.read_edit(submit.values, form)
    changes = review.Changes(
        typed.text, typed.slot, typed.variants, typed.alts, label=typed.label, note=typed.note
    )
    try:
        face.office.do(review.edit, submit.person, submit.seen, changes, submit.key, and_then=typed.and_then)
    except SavedMeanwhile as meanwhile:
        theirs = forms.with_typed(form, typed, meanwhile.who)
        return {"response_action": "update", "view": dialogs.edit_modal(theirs)}
    return None


def pick_time(face: Face, submit: Submit) -> Answer:
    slot = forms.read_slot(submit.values)
    if slot is None:
        raise FieldErrors({"slot": "Please pick a time."})
    face.office.do(review.move, submit.person, submit.seen, slot, submit.key)
    return None


def hold(face: Face, submit: Submit) -> Answer:
    reason = forms.read_reason(submit.values)
    face.office.do_first(review.hold, submit.person, submit.seen, submit.key, reason=reason)
    return None


def post_now(face: Face, submit: Submit) -> Answer:
    face.office.do(review.post_now, submit.person, submit.seen, submit.key)
    return None


def approve_anyway(face: Face, submit: Submit) -> Answer:
    because = forms.read_reason(submit.values)
    if not because:
        raise FieldErrors({"reason": "Please say why: it goes on record."})
    face.office.do(review.approve, submit.person, submit.seen, submit.key, anyway=because)
    return None


def nothing(_face: Face, _submit: Submit) -> Answer:
    """A dialog that is only read."""
    return None
