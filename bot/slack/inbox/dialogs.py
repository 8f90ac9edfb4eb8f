"""Answering in a dialog: Reply, Correct, the description of an image. Where something came between: `collisions.py`.

Whoever may not use one is refused before it opens, not after they typed. Sending off answers with None, which closes
the dialog, or with another view in its place.
"""

from __future__ import annotations

from typing import Any

from bot.domain.inbox_refusals import NothingThere
from bot.domain.shown.inbox_screens import ReplyForm
from bot.services.inbox import replies
from bot.services.queries import conversations as conversation_queries
from bot.services.unit_of_work import UnitOfWork
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import (
    Dialog,
    parse_delivery,
    parse_draft,
    parse_reply,
    parse_seen_conversation,
)
from bot.slack.inbox import forms
from bot.slack.inbox.collisions import answer_instead
from bot.slack.inbox.plain_text import read_typed_text
from bot.slack.payloads import Click, Submit, Where
from bot.slack.values.description import DescriptionAbout, format_description, parse_description
from bot.slack.views.inbox import dialogs
from bot.slack.views.inbox.draft import draw_draft
from bot.store.inbox import sends

Answer = dict[str, Any] | None


def open_reply(context: ListenerContext, click: Click) -> None:
    seen = parse_seen_conversation(click.value)
    form = context.services.look(conversation_queries.load_reply_form, click.person, seen.conversation_id)
    _open_reply(context, click, form)


def open_description(context: ListenerContext, click: Click) -> None:
    """What the image of a draft shows."""
    draft_id, _ = parse_draft(click.value)
    draft = context.services.look(conversation_queries.load_undescribed, click.person, draft_id)
    there = click.there or Where(click.person.id)
    about = DescriptionAbout(draft_id, there.channel, there.thread_ts, click.response_url)
    before = begun.find(context, click.person.id, Dialog.DESCRIBE, format_description(about))
    alt = forms.read_description(before.typed) if before else ""
    at = before.at if before and alt else None
    view = dialogs.draw_description_dialog(draft, about, alt, at, context.place)
    context.answers.open(click.trigger_id, view)


def submit_description(context: ListenerContext, submit: Submit) -> Answer:
    """The answer is shown again, in the place of the preview that had no Send."""
    about, alt = parse_description(submit.metadata), forms.read_description(submit.values)
    draft = context.services.do(replies.describe_image, submit.person, about.draft_id, alt, submit.key)
    there = Where(submit.person.id, about.channel, about.thread_ts)
    context.answers.replace(there, about.response_url, draw_draft(draft, context.place))
    return None


def open_correction(context: ListenerContext, click: Click) -> None:
    """Reply with the words that were sent, to send others in their place."""
    delivery_id = parse_delivery(click.value)
    conversation = context.services.look(_of_delivery, delivery_id)
    form = context.services.look(
        conversation_queries.load_reply_form, click.person, conversation, corrects=delivery_id
    )
    _open_reply(context, click, form)


def _open_reply(context: ListenerContext, click: Click, form: ReplyForm) -> None:
    view = dialogs.draw_reply_dialog(form, context.place, _channel(click))
    before = begun.find(context, click.person.id, Dialog.REPLY, view["private_metadata"])
    if before is not None:
        form = forms.restore_reply(form, before)
        view = dialogs.draw_reply_dialog(form, context.place, _channel(click))
    context.answers.open(click.trigger_id, view)


def submit_reply(context: ListenerContext, submit: Submit) -> Answer:
    """Draft and Send in one: what stands in the dialog is what goes out, or it is shown first."""
    about = parse_reply(submit.metadata)
    text, typed = forms.read_reply(submit.values), forms.read_reply(submit.typed)
    collided = context.services.do(
        replies.send_reply, submit.person, about.seen, read_typed_text(text), None, submit.key,
        draft_id=about.draft_id, corrects=about.corrects, typed=typed,
    )  # fmt: skip
    return answer_instead(context, collided)


def _channel(click: Click) -> str | None:
    return click.there.channel if click.there else None


def _of_delivery(work: UnitOfWork, delivery_id: str) -> str:
    sent = sends.find_of_delivery(work.db, delivery_id)
    if sent is None:
        raise NothingThere
    return sent.conversation_id
