"""The inbox's dialogs sent off. The answer closes the dialog (None) or puts another view in its place."""

from __future__ import annotations

from typing import Any

from bot.domain.conversations import Closing
from bot.domain.inbox_screens import DraftView
from bot.domain.refusals import FieldErrors
from bot.services.inbox import erasure, ingest, replies, triage
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.ids import Field, ReplyAbout, parse_conversation, parse_draft, parse_id, parse_reply
from bot.slack.inbox import forms
from bot.slack.inbox.plain_text import read_typed_text
from bot.slack.payloads import Submit
from bot.slack.views.inbox.dialogs import draw_collision_dialog
from bot.store.inbox import drafts, sends
from bot.store.inbox.drafts import Draft
from bot.store.inbox.sends import Send

Answer = dict[str, Any] | None


def submit_reply(context: ListenerContext, submit: Submit) -> Answer:
    """Draft and Send in one: what stands in the dialog is what goes out."""
    about = parse_reply(submit.metadata)
    text, alt = forms.read_reply(submit.values)
    collided = context.services.do(
        replies.send_reply, submit.person, about.seen, read_typed_text(text), context.services.look(_image, about, alt),
        submit.key, draft_id=about.draft_id, corrects=about.corrects,
    )  # fmt: skip
    return _instead(context, collided)


def _image(work: UnitOfWork, about: ReplyAbout, alt: str | None) -> tuple[str, str | None] | None:
    """The image of what the dialog was opened from, with the description that was typed."""
    before: Draft | Send | None = drafts.load(work.db, about.draft_id) if about.draft_id else None
    if before is None and about.corrects:
        before = sends.find_of_delivery(work.db, about.corrects)
    return (before.image_sha256, alt) if before and before.image_sha256 and alt is not None else None


def submit_collision(context: ListenerContext, submit: Submit) -> Answer:
    """ "Send mine as well": they have seen what happened meanwhile."""
    draft_id, digest = parse_draft(submit.metadata)
    return _instead(
        context,
        context.services.do(replies.send_draft, submit.person, draft_id, digest, submit.key, in_spite=True),
    )


def _instead(context: ListenerContext, collided: DraftView | None) -> Answer:
    if collided is None:
        return None
    return {"response_action": "update", "view": draw_collision_dialog(collided, context.place)}


def _why(submit: Submit) -> Closing:
    closing = forms.read_closing(submit.values)
    if closing is None:
        raise FieldErrors({Field.CLOSING: "Please say why."})
    return closing


def submit_done(context: ListenerContext, submit: Submit) -> Answer:
    closing = _why(submit)
    context.services.do(triage.close, submit.person, parse_conversation(submit.metadata), closing, submit.key)
    return None


def submit_hand_over(context: ListenerContext, submit: Submit) -> Answer:
    """Whoever gets it has to be somebody who can answer."""
    to = forms.read_person(submit.values)
    if to is None:
        raise FieldErrors({Field.PERSON: "Please pick somebody."})
    context.directory.person(to)  # so that the rules know who that is
    context.services.do(triage.hand_over, submit.person, parse_conversation(submit.metadata), to, submit.key)
    return None


def submit_erase(context: ListenerContext, submit: Submit) -> Answer:
    context.services.do(erasure.erase, submit.person, parse_conversation(submit.metadata), submit.key)
    return None


def submit_close_pile(context: ListenerContext, submit: Submit) -> Answer:
    closing = _why(submit)
    context.services.do(triage.close_pile, submit.person, parse_id(submit.metadata), closing, submit.key)
    return None


def submit_expected(context: ListenerContext, submit: Submit) -> Answer:
    until = forms.read_until(submit.values)
    if until is None:
        raise FieldErrors({Field.UNTIL: "Please pick a time."})
    context.services.do(ingest.mark_expected, submit.person, parse_id(submit.metadata), until, submit.key)
    return None
