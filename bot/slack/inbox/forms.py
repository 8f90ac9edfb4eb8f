"""What a person typed or chose in the inbox's dialogs. No payload can crash it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.conversations import Closing
from bot.domain.preflight.words import is_visible, strip_unseen
from bot.domain.shown.inbox_screens import ReplyForm
from bot.slack.ids import Field, parse_reply
from bot.slack.posts.forms import StateValues, read_chosen, read_element, read_moment, read_typed
from bot.store.slack.begun import Begun


def read_reply(values: StateValues) -> str:
    """The words as typed."""
    return read_typed(values, Field.TEXT)


def restore_reply(form: ReplyForm, begun: Begun) -> ReplyForm:
    """The dialog with the words its person had typed before, and not sent. What happened since they began is asked of
    from then on."""
    text = read_reply(begun.typed)
    if not is_visible(text) or text == form.text:
        return form
    seen = parse_reply(begun.seen).seen
    return replace(form, text=text, seq=min(form.seq, seen.seq), begun=begun.at)


def read_description(values: StateValues) -> str:
    """What an image shows."""
    return strip_unseen(read_typed(values, Field.ALT))


def read_closing(values: StateValues) -> Closing | None:
    """None if nothing that we offer was chosen."""
    found = read_chosen(values, Field.CLOSING)
    return Closing(found) if found in set(Closing) else None


def read_person(values: StateValues) -> str | None:
    """The chosen person's id."""
    found = read_element(values, Field.PERSON).get("selected_user")
    return found if isinstance(found, str) and found else None


def read_until(values: StateValues) -> datetime | None:
    """The picked moment in UTC."""
    return read_moment(values, Field.UNTIL)
