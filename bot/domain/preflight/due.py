"""When the clock, or a decision, is due: a post's next moment, and until when people can decide about it.

A post that people publish themselves on all its accounts has one reminder more, at its slot. Words approved by then,
it waits for one of them until its window ends; else it is missed at its slot like any other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from bot.domain.policy import Policy
from bot.domain.posts import Post, Status


def find_deadline(post: Post, policy: Policy) -> datetime | None:
    """Until when a decision counts: the slot; after "Post now" the lateness limit behind it."""
    if post.slot is None:
        return None
    return post.slot + policy.lateness_limit if post.version.immediate else post.slot


def find_last_moment(post: Post, policy: Policy) -> datetime | None:
    """After which nothing of it begins: by the lateness limit, or the longest window in which people may post it."""
    return post.slot + policy.find_longest_window(post.version.body.accounts) if post.slot else None


class Due(Enum):
    """What the clock has to do with a post."""

    OPEN_REVIEW = "open its review"
    ASK_AGAIN = "ask again: its card was up before the lead became shorter"
    REMIND = "remind"
    MISS = "note that its slot passed"


def find_due_moment(post: Post, policy: Policy) -> datetime | None:
    """The post's earliest next moment; None while only a person or a delivery can change it."""
    if post.slot is None:
        return None
    if post.status is Status.SCHEDULED:
        return post.slot - policy.lead_for(post.version.body.accounts)
    if post.status is Status.REVIEW:
        left = _list_reminders(post, policy)[post.reminded :] if not post.version.immediate else ()
        at = (find_end(post, policy), find_asking_again(post, policy))
        return min([post.slot - before for before in left] + [one for one in at if one is not None])
    if post.status is Status.APPROVED:
        return find_last_moment(post, policy)
    return None


def advance(post: Post, policy: Policy, now: datetime) -> Due | None:
    """What is due now, most final first: a missed slot is not reminded of, and no review opens for it."""
    moment = find_due_moment(post, policy)
    if moment is None or moment > now or post.slot is None:
        return None
    end = find_end(post, policy)
    if end is not None and end <= now:
        return Due.MISS
    again = find_asking_again(post, policy)
    asks = Due.ASK_AGAIN if again is not None and again <= now else Due.REMIND
    return Due.OPEN_REVIEW if post.status is Status.SCHEDULED else asks


def find_asking_again(post: Post, policy: Policy) -> datetime | None:
    """From when on somebody can say Go, where its review opened before the lead of now; else None."""
    if post.slot is None or post.review_at is None or post.version.immediate:
        return None
    opens = post.slot - policy.lead_for(post.version.body.accounts)
    return opens if post.review_at < opens else None


def find_end(post: Post, policy: Policy) -> datetime | None:
    """When it is missed as it stands."""
    waits = post.status is Status.REVIEW and _waits_for_people(post, policy)
    if waits or post.status is Status.APPROVED:
        return find_last_moment(post, policy)
    return find_deadline(post, policy)


def _waits_for_people(post: Post, policy: Policy) -> bool:
    return policy.is_by_hand(post.version.body.accounts) and not post.version.immediate


def _list_reminders(post: Post, policy: Policy) -> tuple[timedelta, ...]:
    """Before the slot, falling."""
    return (*policy.reminders, timedelta()) if _waits_for_people(post, policy) else policy.reminders


def count_passed_reminders(post: Post, policy: Policy, now: datetime) -> int:
    """How many of its reminders lie behind `now`: those passed before the card was up are not sent late."""
    if post.slot is None:
        return 0
    return sum(1 for before in _list_reminders(post, policy) if post.slot - before <= now)
