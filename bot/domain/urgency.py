"""What is drawn first in Slack, which takes about one message a second."""

from __future__ import annotations

from enum import IntEnum


class Urgency(IntEnum):
    """How soon a card or a line is drawn, the smallest first. The values are stored."""

    AT_ONCE = 0  # what stops something or sends it now: the banner of a pause, Hold, Kill, Post now
    DECISION = 1  # a card that asks for one, and what answers a click
    NEWS = 2  # a customer's card, a post that goes out: a flood of these does not delay a decision
    LINE = 3  # a line in a thread, a reminder, one of several sends that ended
    NOT_URGENT = 5  # redraws nobody waits for
