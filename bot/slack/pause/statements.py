"""[Release a statement…] on the message of a pause: written, or chosen, then shown whole, then released.

Whoever may not is refused before a dialog opens. Nothing goes out by one person's release.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.domain.preflight.words import is_visible, strip_unseen
from bot.domain.refusals import FieldErrors, NoSuchPost
from bot.domain.shown.state_words import join_names
from bot.domain.shown.statement_screens import StatementForm
from bot.services.pause import statements
from bot.services.posts import composing, drafts
from bot.services.posts.composing import AlreadySaved
from bot.services.posts.create import NewPost
from bot.services.posts.fields import NO_ACCOUNT
from bot.services.queries import statements as queries
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, parse_post
from bot.slack.payloads import Click, Submit
from bot.slack.posts import forms
from bot.slack.values.banner import parse_pause
from bot.slack.values.statement import format_statement, parse_statement
from bot.slack.views.pause.statement_dialogs import (
    draw_pick_dialog,
    draw_release_dialog,
    draw_released,
    draw_statement_dialog,
)

Answer = dict[str, Any]
EMPTY = "Write something."


def open_statement(context: ListenerContext, click: Click) -> None:
    """With what this person had typed there, and not sent off."""
    pause_id, _ = parse_pause(click.value)
    form = context.services.look(queries.load_form, click.person, pause_id)
    view = draw_statement_dialog(_restore(context, click.person, form), context.place)
    context.answers.open(click.trigger_id, view)


def _restore(context: ListenerContext, person: Person, form: StatementForm) -> StatementForm:
    before = begun.find(context, person.id, Dialog.STATEMENT, form.pause_id)
    if before is None:
        return form
    text, warning = (forms.read_typed(before.typed, field) for field in (Field.TEXT, Field.WARNING))
    chosen = tuple(sorted(forms.read_boxes(before.typed, Field.ACCOUNTS)))
    at = before.at if text or warning else None
    return replace(form, text=text, warning=warning, chosen=chosen or form.chosen, begun=at)


def submit_statement(context: ListenerContext, submit: Submit) -> Answer:
    """Next: the post whole, in a dialog over this one. What was written here is a draft of its person's by then."""
    pause_id, _ = parse_pause(submit.metadata)
    context.services.look(queries.load_form, submit.person, pause_id)  # the pause may be over since
    return {
        "response_action": "push",
        "view": _draw(context, submit.person, pause_id, _save_draft(context, submit)),
    }


def open_pick(context: ListenerContext, click: Click) -> None:
    """[Choose one…]: over the dialog, which keeps what is typed in it."""
    pick = context.services.look(queries.load_pick, click.person, parse_pause(click.value)[0])
    context.answers.push(click.trigger_id, draw_pick_dialog(pick))


def submit_pick(context: ListenerContext, submit: Submit) -> Answer:
    """Next: the post whole."""
    pause_id, _ = parse_pause(submit.metadata)
    post_id = parse_post(forms.read_chosen(submit.values, Field.POST))
    return {"response_action": "push", "view": _draw(context, submit.person, pause_id, post_id)}


def _save_draft(context: ListenerContext, submit: Submit) -> str:
    """Once for this dialog; whoever goes back and changes the words changes the draft."""
    wanted, who = _read(context, submit), submit.person
    key = f"{submit.key}:{composing.digest(wanted)}"  # Slack sends the same for whatever is sent off from one dialog
    try:
        return context.services.do(
            composing.save, who, submit.view_id, drafts.save_draft, wanted, key, None
        ).id
    except AlreadySaved as saved:
        version = context.services.look(drafts.load_theirs, who, saved.post_id).version
        if composing.digest(drafts.read_version(version)) != composing.digest(wanted):
            context.services.do(drafts.save_draft, who, wanted, f"{key}:{version.seq}", version.seen)
        return saved.post_id


def _read(context: ListenerContext, submit: Submit) -> NewPost:
    chosen = forms.read_boxes(submit.values, Field.ACCOUNTS)
    names = tuple(name for name in context.services.policy.accounts if name in chosen)
    text = forms.read_typed(submit.values, Field.TEXT)
    wrong = {} if is_visible(text) else {Field.TEXT.value: EMPTY}
    if not names:
        wrong[Field.ACCOUNTS.value] = NO_ACCOUNT
    elif needing := context.services.look(statements.list_needing_image, names):
        titles = join_names([context.services.policy.title_of(name) for name in needing])
        wrong[Field.ACCOUNTS.value] = f"No post goes to {titles} without an image: untick it here."
    if wrong:
        raise FieldErrors(wrong)
    context.services.look(statements.check_sent_by_byhand, names)
    return NewPost(names, text, None, warning=strip_unseen(forms.read_typed(submit.values, Field.WARNING)))


def open_release(context: ListenerContext, click: Click) -> None:
    """[Read and release…]: what somebody has released, as it stands now."""
    pause_id, seen = parse_statement(click.value)
    context.answers.open(click.trigger_id, _draw(context, click.person, pause_id, seen.post_id))


def _draw(context: ListenerContext, person: Person, pause_id: str, post_id: str) -> Answer:
    page = context.services.look(queries.load_page, person, pause_id, post_id)
    before = begun.find(context, person.id, Dialog.RELEASE, format_statement(pause_id, page.card.seen))
    reason = forms.read_reason(before.typed) if before else ""
    page = replace(page, reason=reason, begun=before.at if before and reason else None)
    return draw_release_dialog(page, context.place)


def submit_release(context: ListenerContext, submit: Submit) -> Answer:
    pause_id, seen = parse_statement(submit.metadata)
    because = forms.read_reason(submit.values)
    if Field.REASON in submit.values and not because:
        raise FieldErrors({Field.REASON.value: "Please say why: it goes on record."})
    context.services.do(statements.release, submit.person, pause_id, seen, submit.key, anyway=because or None)
    return {"response_action": "update", "view": _draw_done(context, seen)}


def _draw_done(context: ListenerContext, seen: Seen) -> Answer:
    done = context.services.look(queries.load_released, seen)
    if done is None:
        raise NoSuchPost
    return draw_released(done, context.place)


def withdraw(context: ListenerContext, click: Click) -> None:
    context.services.do_first(statements.withdraw, click.person, *parse_statement(click.value), click.key)
