"""`/social drill`, `/social drill pause [reason]`, `/social drill stop`: each answers its person alone."""

from __future__ import annotations

from bot.services.pause import drill as drilling
from bot.services.unit_of_work import Work
from bot.slack.context import Face
from bot.slack.payloads import Typed
from bot.slack.views.answers import unknown_command
from bot.slack.views.blocks import Message
from bot.slack.views.pause import drill
from bot.slack.views.text import Place


def command(face: Face, typed: Typed) -> Message:
    word, _, rest = typed.rest.partition(" ")
    match word.lower():
        case "":
            face.office.do(drilling.start, typed.person, typed.key)
            return drill.begun(face.office.policy.review_channel)
        case "pause":
            face.office.do_first(drilling.pause, typed.person, rest.strip(), typed.key)
            return drill.paused()
        case "stop":
            face.office.do(drilling.stop, typed.person, typed.key)
            return drill.stopped()
    return unknown_command(f"drill {typed.rest}")


def card(work: Work, drill_id: str, place: Place) -> Message | None:
    """The drill's card, for the desk."""
    shown = drilling.view(work, drill_id)
    return drill.card(shown, place) if shown else None
