"""What is drawn first in Slack, which takes about one message a second."""

from __future__ import annotations

from enum import IntEnum


class Urgency(IntEnum):
    """How soon a card or a line is drawn, the smallest first. The values are stored."""

    AT_ONCE = 0  # what stops something or sends it now: the banner of a pause, Hold, Kill, Post now
    DECISION = 1  # a card that asks for one, and what answers a click
    NEWS = 2  # what changed by itself or was paused: people act on what such a card, or line, says
    LINE = 3  # a line of a conversation
    CUSTOMER = 3  # a customer's card, in turn with the lines: a flood of these delays nothing above
    NOT_URGENT = 5  # redraws nobody waits for
