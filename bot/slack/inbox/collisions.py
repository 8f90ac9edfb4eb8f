"""Somebody was faster, or something else than what was typed would go out: what is shown instead, the words changed
there, and sending them as well, or not.
"""

from __future__ import annotations

from typing import Any

from bot.domain.conversations import SeenConversation
from bot.domain.inbox_refusals import NothingThere
from bot.domain.shown.inbox_screens import DraftView
from bot.services.inbox import replies
from bot.services.inbox.replies import InDialog
from bot.services.unit_of_work import UnitOfWork
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, Malformed, ReplyAbout, parse_draft, parse_reply
from bot.slack.inbox import forms
from bot.slack.inbox.plain_text import read_typed_text
from bot.slack.payloads import Click, Submit, Where
from bot.slack.posts.forms import StateValues
from bot.slack.typed_words import read_values
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.dialogs import draw_collision_dialog, draw_confirm_dialog, draw_kept_dialog
from bot.slack.views.inbox.draft import draw_draft, draw_kept_note, draw_sent_note
from bot.slack.views.posts.dialogs import draw_notice_dialog
from bot.store.inbox import drafts
from bot.store.inbox.drafts import Draft

Answer = dict[str, Any] | None


def open_change(context: ListenerContext, click: Click) -> None:
    """A preview that was not sent, as a dialog: what happened since, and the words to be changed."""
    draft = context.services.do(replies.show_collision, click.person, *parse_draft(click.value))
    there = click.there or Where(click.person.id)
    about = ReplyAbout(
        SeenConversation(draft.conversation_id, draft.seq), channel=there.channel, thread_ts=there.thread_ts,
        response_url=click.response_url,
    )  # fmt: skip
    view = draw_collision_dialog(draft, context.place, about)
    before = begun.find(context, click.person.id, Dialog.NOT_SENT, view["private_metadata"])
    if before is not None and parse_reply(before.seen).draft_id == draft.draft_id:
        text = forms.read_reply(before.typed)
        view = draw_collision_dialog(
            draft, context.place, about, text, before.at if text != draft.text else None
        )
    context.answers.open(click.trigger_id, view)


def send_as_well(context: ListenerContext, click: Click) -> None:
    """ "Send mine as well" in a dialog: the words as they stand there, by somebody who has seen what happened."""
    if click.form is None:
        raise Malformed("it stands in a dialog")
    about, (draft_id, digest) = parse_reply(click.form.metadata), parse_draft(click.value)
    values = read_values(click.form.view, click.form.dialog, context.directory.find_name)
    text, typed = _read_changed(context, draft_id, values, click.form.typed)
    now = InDialog(text, typed, about.seen.seq)
    collided = context.services.do(
        replies.send_draft, click.person, draft_id, digest, click.key, in_spite=True, now=now
    )
    if collided is not None:
        context.answers.update(click.form.view_id, _draw_instead(context, collided, about))
    if _is_settled(collided):
        _is_over(context, click.person.id, click.form.view_id, draft_id, about, collided)


def _is_over(
    context: ListenerContext, person_id: str, view_id: str, draft_id: str, about: ReplyAbout, kept: DraftView | None
) -> None:  # fmt: skip
    """The dialog's words are on their way, or `kept` until Resume: the message it was opened from says so."""
    _forget_typed(context, person_id, view_id, draft_id)
    note = draw_sent_note(context.services.clock.now(), context.place)
    if kept is None:
        context.answers.update(view_id, draw_notice_dialog("On its way", note.text))
    _replace_preview(context, person_id, about, draw_draft(kept, context.place) if kept else note)


def _read_changed(
    context: ListenerContext, draft_id: str, values: StateValues, typed: StateValues
) -> tuple[str, str]:
    """The words as they go out, and as they stand in the field. One that nobody touched, and one that there is no room
    for, is the draft's."""
    before = context.services.look(_load_draft, draft_id).text
    stands = forms.read_reply(typed)
    if Field.TEXT not in typed or stands.replace("\r\n", "\n").strip() == before.strip():
        return before, before
    return read_typed_text(forms.read_reply(values)), stands


def submit_not_sent(context: ListenerContext, submit: Submit) -> Answer:
    """ "Do not send mine": the words are kept for the next time, and what asked in the thread is over."""
    about = parse_reply(submit.metadata)
    if about.draft_id is None:
        raise Malformed("no draft")
    context.services.do(replies.keep_internal, submit.person, about.draft_id)
    _replace_preview(context, submit.person.id, about, draw_kept_note())
    return None


def _replace_preview(context: ListenerContext, person_id: str, about: ReplyAbout, note: Message) -> None:
    """The private message from which the dialog was opened, if it was from one."""
    if about.response_url:
        there = Where(person_id, about.channel, about.thread_ts)
        context.answers.replace(there, about.response_url, note)


def submit_collision(context: ListenerContext, submit: Submit) -> Answer:
    """Send, on what would go out otherwise than it was typed; they have seen what happened meanwhile."""
    draft_id, digest = parse_draft(submit.metadata)
    collided = context.services.do(
        replies.send_draft, submit.person, draft_id, digest, submit.key, in_spite=True
    )
    if _is_settled(collided):
        _forget_typed(context, submit.person.id, submit.view_id, draft_id)
    return answer_instead(context, collided)


def _is_settled(collided: DraftView | None) -> bool:
    """Whether its words are on their way, or kept in a draft that is asked again after Resume."""
    return collided is None or collided.stopped is not None


def _forget_typed(context: ListenerContext, person_id: str, view_id: str, draft_id: str) -> None:
    """What was typed is not offered once more by Reply."""
    draft = context.services.look(_load_draft, draft_id)
    begun.close_reply(context, person_id, view_id, draft.conversation_id, draft.corrects)


def answer_instead(context: ListenerContext, collided: DraftView | None) -> Answer:
    if collided is None:
        return None
    return {"response_action": "update", "view": _draw_instead(context, collided)}


def _draw_instead(
    context: ListenerContext, collided: DraftView, about: ReplyAbout | None = None
) -> dict[str, Any]:
    if collided.stopped is not None:
        return draw_kept_dialog(collided, context.place)
    if collided.meanwhile:
        return draw_collision_dialog(collided, context.place, about)
    return draw_confirm_dialog(collided, context.place)


def _load_draft(work: UnitOfWork, draft_id: str) -> Draft:
    draft = drafts.load(work.db, draft_id)
    if draft is None:
        raise NothingThere
    return draft
