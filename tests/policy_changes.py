"""What a test may set of a policy: a misspelt name, or a value of another type, is the type checker's to find."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict

from bot.domain.duty import Shift
from bot.domain.hours import Hours
from bot.domain.policy import AccountPolicy
from bot.domain.preflight.objections import Level, ObjectionType


class PolicyChanges(TypedDict, total=False):
    hours: Hours
    accounts: Mapping[str, AccountPolicy]
    country: str
    approvers: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    contributors: tuple[str, ...]
    approvals: int
    author_may_approve: bool
    alone: bool
    lead: timedelta
    reminders: tuple[timedelta, ...]
    lateness_limit: timedelta
    review_channel: str
    inbox_channel: str
    private_channel: str
    thread: str
    answer_within: timedelta
    look_first: tuple[str, ...]
    many_followers: int
    complaints: int
    complaints_within: timedelta
    poll_every: timedelta
    sweep_every: timedelta
    erase_after: timedelta
    pause_elsewhere: tuple[str, ...]
    pause_stops_replies: bool
    repeat_window: timedelta
    gap: timedelta
    posts_a_day: int
    digest: bool
    rota: tuple[Shift, ...]
    levels: Mapping[ObjectionType, Level | None]
