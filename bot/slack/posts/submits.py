"""A post's dialogs sent off. The answer closes the dialog (None) or puts another view in its place."""

from __future__ import annotations

from typing import Any

from bot.domain.posts import Verb
from bot.domain.refusals import FieldErrors, SavedMeanwhile
from bot.services.posts import review
from bot.slack.context import ListenerContext
from bot.slack.payloads import Submit
from bot.slack.posts import forms
from bot.slack.posts.dialogs import load_form
from bot.slack.views.posts import dialogs

Answer = dict[str, Any] | None


def submit_edit(context: ListenerContext, submit: Submit) -> Answer:
    form = context.services.look(load_form, submit.person, submit.seen.post_id, Verb.EDIT)
    typed = forms.read_edit(submit.values, form)
    changes = review.Changes(
        typed.text, typed.slot, typed.variants, typed.alts, label=typed.label, note=typed.note
    )
    try:
        context.services.do(
            review.edit, submit.person, submit.seen, changes, submit.key, and_then=typed.and_then
        )
    except SavedMeanwhile as meanwhile:
        theirs = forms.restore_typed(form, typed, meanwhile.who)
        return {"response_action": "update", "view": dialogs.draw_edit_dialog(theirs)}
    return None


def submit_pick_time(context: ListenerContext, submit: Submit) -> Answer:
    slot = forms.read_slot(submit.values)
    if slot is None:
        raise FieldErrors({"slot": "Please pick a time."})
    context.services.do(review.move, submit.person, submit.seen, slot, submit.key)
    return None


def submit_hold(context: ListenerContext, submit: Submit) -> Answer:
    reason = forms.read_reason(submit.values)
    context.services.do_first(review.hold, submit.person, submit.seen, submit.key, reason=reason)
    return None


def submit_post_now(context: ListenerContext, submit: Submit) -> Answer:
    context.services.do(review.post_now, submit.person, submit.seen, submit.key)
    return None


def submit_approve_anyway(context: ListenerContext, submit: Submit) -> Answer:
    because = forms.read_reason(submit.values)
    if not because:
        raise FieldErrors({"reason": "Please say why: it goes on record."})
    context.services.do(review.approve, submit.person, submit.seen, submit.key, anyway=because)
    return None


def close_dialog(_face: ListenerContext, _submit: Submit) -> Answer:
    """A dialog that is only read."""
    return None
