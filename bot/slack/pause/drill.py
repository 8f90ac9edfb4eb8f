"""`/social drill` asks, [Start the drill] begins it; `/social drill pause [reason]`, `resume` and `stop` are typed.

Each answers its person alone."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.kinds import CardType
from bot.services.pause import drill as drilling
from bot.services.pause.scope_words import split_word
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.ids import parse_id
from bot.slack.pause.handlers import open_drill_resume
from bot.slack.payloads import Click, Typed
from bot.slack.views.blocks import Message
from bot.slack.views.pause import drill
from bot.slack.views.text import Place
from bot.slack.views.usage import draw_unknown_words
from bot.store.slack import cards


def run_command(context: ListenerContext, typed: Typed) -> Message | None:
    word, rest = split_word(typed.rest)
    match word:
        case "" if not rest:
            return drill.draw_question(context.services.look(drilling.ask, typed.person))
        case "pause":
            context.services.do_first(drilling.pause, typed.person, rest, typed.key)
            return drill.draw_paused()
        case "resume" if not rest:
            open_drill_resume(context, typed)
            return None
        case "stop":
            context.services.do(drilling.stop, typed.person, typed.key)
            return drill.draw_stopped()
    return draw_unknown_words("drill", rest if word == "resume" else typed.rest, ("pause", "resume", "stop"))


def start(context: ListenerContext, click: Click) -> None:
    """The question gives way to its answer: there is nothing to press any more."""
    context.services.do(drilling.start, click.person, click.key, after=parse_id(click.value))
    if click.there is not None and click.there.channel is not None:
        begun = drill.draw_begun(context.services.policy.review_channel)
        context.answers.replace(click.there, click.response_url, begun)


def draw_card(work: UnitOfWork, drill_id: str, place: Place) -> Message | None:
    """The drill's card, for the reconciler; once it is over, with the way to its summary."""
    shown = drilling.load_view(work, drill_id)
    if shown is None:
        return None
    summary = cards.find_place(work.db, CardType.DRILL_OVER, drill_id)
    return drill.draw_card(replace(shown, summary=summary), place)


def draw_summary(work: UnitOfWork, drill_id: str, place: Place) -> Message | None:
    """What it took, as one new message."""
    shown = drilling.load_view(work, drill_id)
    return drill.draw_summary(shown, place) if shown else None


def must_wait(work: UnitOfWork, drill_id: str) -> bool:
    """Whether the drill's card will lead to a summary that is not up yet."""
    summary = cards.find_current(work.db, CardType.DRILL_OVER, drill_id)
    return summary is not None and summary.ts is None
