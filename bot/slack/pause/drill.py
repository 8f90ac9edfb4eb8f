"""`/social drill`, `/social drill pause [reason]`, `/social drill stop`: each answers its person alone."""

from __future__ import annotations

from bot.services.pause import drill as drilling
from bot.services.pause.scope_words import split_word
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.payloads import Typed
from bot.slack.views.answers import draw_unknown_words
from bot.slack.views.blocks import Message
from bot.slack.views.pause import drill
from bot.slack.views.text import Place


def run_command(context: ListenerContext, typed: Typed) -> Message:
    word, rest = split_word(typed.rest)
    match word:
        case "" if not rest:
            context.services.do(drilling.start, typed.person, typed.key)
            return drill.draw_begun(context.services.policy.review_channel)
        case "pause":
            context.services.do_first(drilling.pause, typed.person, rest, typed.key)
            return drill.draw_paused()
        case "stop":
            context.services.do(drilling.stop, typed.person, typed.key)
            return drill.draw_stopped()
    return draw_unknown_words("drill", typed.rest, ("pause", "stop"))


def draw_card(work: UnitOfWork, drill_id: str, place: Place) -> Message | None:
    """The drill's card, for the reconciler."""
    shown = drilling.load_view(work, drill_id)
    return drill.draw_card(shown, place) if shown else None
