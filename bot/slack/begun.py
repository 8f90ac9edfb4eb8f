"""Words typed into a dialog, as they are typed: Slack tells each change of a field, the database keeps it, and the same
dialog offers it again.

Not from `view_closed`, which carries no words. Where something of this fails, typing goes on: nobody waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import DBAPIError

from bot.services import aside, begun
from bot.services.begun import Thing, Typed
from bot.services.posts.composing import LOOK
from bot.slack.context import ListenerContext
from bot.slack.ids import (
    INPUT,
    Dialog,
    Field,
    Malformed,
    parse_delivery,
    parse_dialog,
    parse_reply,
    parse_seen,
)
from bot.slack.payloads import Click, Submit
from bot.slack.typed_words import is_input, read_state, read_untouched
from bot.slack.values.banner import parse_pause
from bot.slack.values.description import parse_description
from bot.slack.values.new_post import NewAbout, parse_new
from bot.slack.values.plan import parse_described
from bot.slack.values.read_through import Page, parse_read_page
from bot.slack.values.resume import parse_resume
from bot.slack.values.statement import parse_statement
from bot.store.engine.errors import StoreError
from bot.store.slack.begun import Begun

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
OF_POSTS = frozenset({Dialog.EDIT, Dialog.HOLD, Dialog.APPROVE_ANYWAY})
A_WHILE = timedelta(hours=1)  # the reason of another pause is none of this one


def find_thing(dialog: Dialog, metadata: str) -> Thing | None:
    """What a dialog's words are kept under; None where nobody types into it. Raises Malformed."""
    if dialog in OF_POSTS:
        return Thing(f"{dialog.value}:{parse_seen(metadata).post_id}")
    match dialog:
        case Dialog.WANT_CHANGE:
            return _of_want_change(parse_read_page(metadata))
        case Dialog.NEW_POST:
            return _of_new_post(parse_new(metadata))
        case Dialog.NEW_LOOK:
            return _of_new_look(parse_new(metadata).kept_of)
        case Dialog.REPLY | Dialog.NOT_SENT:
            about = parse_reply(metadata)
            return _of_reply(about.seen.conversation_id, about.corrects)
        case Dialog.DESCRIBE:
            return Thing(f"describe:{parse_description(metadata).draft_id}")
        case Dialog.DESCRIBE_PLAN:
            return Thing(f"describe_plan:{parse_described(metadata)[1].post_id}")
        case Dialog.RESUME:
            return Thing(f"resume:{parse_resume(metadata)[0]}")
        case Dialog.IT_IS_UP:
            return Thing(f"it_is_up:{parse_delivery(metadata)}")
        case Dialog.PAUSE:
            return Thing("pause", lasts=A_WHILE)
        case Dialog.STATEMENT:
            return Thing(f"statement:{parse_pause(metadata)[0]}", lasts=A_WHILE)
        case Dialog.RELEASE:
            return Thing(f"release:{parse_statement(metadata)[1].post_id}", lasts=A_WHILE)
        case _:
            return None


def _of_want_change(page: Page) -> Thing | None:
    return Thing(f"want_change:{page.seen.post_id}") if page.seen else None


def is_typing(body: Json) -> bool:
    """Whether a block_actions payload tells of a field of a dialog, and of no button."""
    actions = body.get("actions") or [{}]
    return bool(body.get("view")) and is_input(actions[0].get("action_id"))


def keep_typing(context: ListenerContext, body: Json) -> None:
    """What the dialog holds now."""
    view, action = body["view"], body["actions"][0]
    try:
        thing = find_thing(parse_dialog(view.get("callback_id")), str(view.get("private_metadata") or ""))
        if thing is not None and (values := read_state(view)):
            seen = str(view.get("private_metadata") or "")
            typed = Typed(str(view.get("id") or ""), seen, values, _moment(action.get("action_ts")))
            _keep(context, str(body["user"]["id"]), thing, typed)
    except (Malformed, StoreError, DBAPIError) as error:
        log.warning("what somebody types could not be kept: %s", error)


def keep_opened(context: ListenerContext, person_id: str, view_id: str, view: Json) -> None:
    """A new post's dialog was opened with words that came with the command: if it is closed untouched, they are offered
    again."""
    typed = Typed(view_id, str(view.get("private_metadata") or ""), read_untouched(view))
    try:
        context.services.do(aside.begin, person_id, typed)
    except (StoreError, DBAPIError) as error:
        log.warning("what a dialog was opened with could not be kept: %s", error)


def settle(context: ListenerContext, submit: Submit, *, sent: bool) -> None:
    """After a dialog was sent off: forget its words, or keep them where it was refused. What was done is done, and a
    pause is answered without this."""
    if submit.dialog is Dialog.PAUSE:
        context.answers.later(partial(_settle, context, submit, sent=sent))
    else:
        _settle(context, submit, sent=sent)


def _settle(context: ListenerContext, submit: Submit, *, sent: bool) -> None:
    try:
        thing = find_thing(submit.dialog, submit.metadata)
        if thing == aside.NOW and sent:
            context.services.do(aside.close, submit.person.id, submit.view_id)
        elif thing is not None and sent:
            context.services.do(begun.close, submit.person.id, thing, submit.view_id)
        elif thing is not None:
            typed = Typed(submit.view_id, submit.metadata, submit.typed)
            _keep(context, submit.person.id, thing, typed)
    except (Malformed, StoreError, DBAPIError) as error:
        log.warning("what somebody typed could not be settled: %s", error)


def _keep(context: ListenerContext, person_id: str, thing: Thing, typed: Typed) -> None:
    if thing == aside.NOW:
        context.services.do(aside.keep, person_id, typed)
    else:
        context.services.do(begun.keep, person_id, thing, typed)


def keep_besides(context: ListenerContext, submit: Submit, typed: Mapping[str, str]) -> None:
    """What a dialog holds besides what was sent off with it: fields that it gets now, {block_id: text}."""
    more = {
        block_id: {INPUT: {"type": "plain_text_input", "value": text}} for block_id, text in typed.items()
    }
    _settle(context, replace(submit, typed={**submit.typed, **more}), sent=False)


def keep_fields(
    context: ListenerContext, click: Click, typed: Mapping[str, str], removed: Collection[str] = ()
) -> None:
    """The same after a button that changed which fields there are. `removed`: the images that are ticked."""
    if click.form is None or (thing := find_thing(click.form.dialog, click.form.metadata)) is None:
        return
    more: dict[str, Json] = {key: {"value": text} for key, text in typed.items()}
    more[Field.REMOVED] = {"selected_options": [{"value": digest} for digest in removed]}
    values = {**read_state(click.form.view), **{key: {INPUT: value} for key, value in more.items()}}
    try:
        _keep(context, click.person.id, thing, Typed(click.form.view_id, click.form.metadata, values))
    except (StoreError, DBAPIError) as error:
        log.warning("what a dialog holds could not be kept: %s", error)


def close_reply(
    context: ListenerContext, person_id: str, view_id: str, conversation_id: str, corrects: str | None
) -> None:
    """The words of a Reply dialog went out through another one."""
    try:
        context.services.do(begun.close, person_id, _of_reply(conversation_id, corrects), view_id)
    except (StoreError, DBAPIError) as error:
        log.warning("what somebody typed could not be forgotten: %s", error)


def close_new_look(context: ListenerContext, person_id: str, view_id: str, root: str) -> None:
    """A post was saved by a button, which sends no dialog off."""
    try:
        context.services.do(begun.close, person_id, _of_new_look(root), view_id)
    except (StoreError, DBAPIError) as error:
        log.warning("what somebody typed could not be forgotten: %s", error)


def _of_new_post(about: NewAbout) -> Thing:
    return aside.of_draft(about.seen.post_id) if about.seen else aside.NOW


def _of_new_look(root: str) -> Thing:
    return Thing(f"{LOOK}{root}")


def _of_reply(conversation_id: str, corrects: str | None) -> Thing:
    return Thing(f"reply:{conversation_id}:{corrects or ''}", conversation_id)


def find(context: ListenerContext, person_id: str, dialog: Dialog, metadata: str) -> Begun | None:
    """What a person had begun in such a dialog."""
    thing = find_thing(dialog, metadata)
    return context.services.look(begun.find, person_id, thing) if thing else None


def forget(context: ListenerContext, person_id: str, dialog: Dialog, metadata: str) -> None:
    """At its person's word."""
    if (thing := find_thing(dialog, metadata)) is not None:
        context.services.do(begun.drop, person_id, thing)


def _moment(ts: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(ts)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
