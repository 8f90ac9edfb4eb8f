"""Slack's limit for posting, and that a bench may set it higher."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.checks.limits import BURST, POSTS_A_MINUTE, Limits
from bot.sandbox.slack.refusal import Refused


def test_one_a_second_after_a_small_burst() -> None:
    limits = Limits(on=True)
    for _ in range(BURST):
        limits.count_message("C1")
    with pytest.raises(Refused):
        limits.count_message("C1")
    limits.count_message("C2")


def test_a_higher_limit_is_one_for_the_workspace_too() -> None:
    limits = Limits(on=True)
    limits.posts_a_second = 1e9
    for _ in range(2 * POSTS_A_MINUTE):
        limits.count_message("C1")
        limits.count("chat.postMessage", POSTS_A_MINUTE)
