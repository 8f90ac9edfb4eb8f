"""`/social …`: each answers its person alone, in the acknowledgement itself."""

from __future__ import annotations

from bot.domain.screens import Ahead
from bot.services.queries import posts as post_queries
from bot.slack.context import Face
from bot.slack.payloads import Typed
from bot.slack.views import answers
from bot.slack.views.blocks import Message

AHEAD = {"": Ahead.WEEK} | {each.value: each for each in Ahead}


def status(face: Face, _typed: Typed) -> Message:
    page = face.office.look(post_queries.status)
    return answers.status(page, face.place)


def upcoming(face: Face, typed: Typed) -> Message:
    ahead = AHEAD.get(typed.rest.lower())
    if ahead is None:
        return answers.unknown_command(f"upcoming {typed.rest}")
    rows = face.office.look(post_queries.upcoming, ahead, typed.person)
    return answers.upcoming(rows, ahead, face.place)


def show_help(_face: Face, _typed: Typed) -> Message:
    return answers.help_page()


def unknown(_face: Face, typed: Typed) -> Message:
    return answers.unknown_command(f"{typed.word} {typed.rest}")
