"""`/social inbox` and `/social hours`, answered to their person alone."""

from __future__ import annotations

from bot.domain.inbox_screens import InboxList
from bot.services.queries import inbox as inbox_queries
from bot.slack.context import Face
from bot.slack.payloads import Typed
from bot.slack.views import answers
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.lists import inbox_message

WHICH = {"": InboxList.ALL} | {each.value: each for each in InboxList}


def inbox(face: Face, typed: Typed) -> Message:
    which = WHICH.get(typed.rest.lower())
    if which is None:
        return answers.unknown_command(f"inbox {typed.rest}")
    page = face.office.look(inbox_queries.inbox, typed.person, which)
    return inbox_message(page, face.place)


def hours(face: Face, _typed: Typed) -> Message:
    """The sentence for the profile, to be copied."""
    return answers.told(face.office.look(inbox_queries.hours_sentence))
