"""`/social …`: each answers its person alone, in the acknowledgement itself."""

from __future__ import annotations

from bot.domain.screens import Ahead
from bot.services.queries import posts as post_queries
from bot.slack.context import ListenerContext
from bot.slack.payloads import Typed
from bot.slack.views import answers
from bot.slack.views.blocks import Message

AHEAD = {"": Ahead.WEEK} | {each.value: each for each in Ahead}


def show_status(context: ListenerContext, _typed: Typed) -> Message:
    page = context.services.look(post_queries.load_status)
    return answers.draw_status(page, context.place)


def show_upcoming(context: ListenerContext, typed: Typed) -> Message:
    ahead = AHEAD.get(typed.rest.lower())
    if ahead is None:
        return answers.draw_unknown_command(f"upcoming {typed.rest}")
    rows = context.services.look(post_queries.list_upcoming, ahead, typed.person)
    shut = context.services.look(post_queries.list_shut_gates)
    return answers.draw_upcoming(rows, ahead, context.place, shut)


def show_help(_context: ListenerContext, _typed: Typed) -> Message:
    return answers.draw_help()


def show_unknown(_context: ListenerContext, typed: Typed) -> Message:
    return answers.draw_unknown_command(f"{typed.word} {typed.rest}")
