"""What a resume leaves paused, wherever a resume is asked for or told: who paused it, when, why, and its way out."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.shown.post_screens import GateShut
from bot.domain.shown.state_words import describe_staying, name_resume
from bot.slack.views.blocks import Block, said
from bot.slack.views.text import Place, count, escape, mention, one_line, spoken, when

MOST = 5
REASON = 100  # characters of each reason


def draw_stays(stays: Sequence[GateShut], place: Place) -> list[Block]:
    """A paragraph; none where nothing stays paused."""
    return [said(tell_stays(stays, place))] if stays else []


def tell_stays(stays: Sequence[GateShut], place: Place) -> str:
    """mrkdwn: "Mastodon stays paused (by @Maya, today at 12:03: bad news): `/social resume mastodon` resumes it." """
    told = [f"{_one(gate, place)}: {_way_out(gate)}." for gate in stays[:MOST]]
    more = len(stays) - MOST
    if more > 0:
        told.append(f"{count(more, 'more account stays', 'more accounts stay')} paused.")
    return " ".join(told)


def tell_stayed(stays: Sequence[GateShut], place: Place) -> str:
    """The same of a resume that is long over: whether they are still paused, their own messages say."""
    told = [f"{_one(gate, place, then=True)}." for gate in stays[:MOST]]
    more = len(stays) - MOST
    if more > 0:
        told.append(f"{count(more, 'more account was', 'more accounts were')} still paused then.")
    return " ".join(told)


def _one(gate: GateShut, place: Place, *, then: bool = False) -> str:
    title = None if gate.account is None else spoken(gate.scope, 60)
    reason = spoken(one_line(gate.reason or "", REASON))
    return describe_staying(title, mention(gate.by), when(gate.at, place), reason, then=then)


def _way_out(gate: GateShut) -> str:
    return f"`{escape(name_resume(gate.typed))}` resumes it"
