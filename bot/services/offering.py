"""What people post themselves, offered to whoever is on shift from its slot on; and until when.

The delivery of such an account begins with a person's press (`deliveries/by_hand.py`), never by the clock. At its slot
the clock calls people; at the end of its window it drops what nobody took.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.deliveries import Delivery, State
from bot.domain.kinds import LineType
from bot.domain.policy import Policy
from bot.domain.posts import Post, Status
from bot.domain.preflight.due import find_end
from bot.domain.urgency import Urgency
from bot.networks.protocol import AccountClient, SentBy
from bot.services import duty
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment
from bot.settings.load import WINDOW
from bot.store import deliveries
from bot.store.slack import cards

OFFERED = (State.READY, State.CLAIMED)


def add_windows(policy: Policy, accounts: Mapping[str, AccountClient]) -> Policy:
    """The settings know of `manual` only; an account may be left to people as well because of what Byhand lacks."""
    known = {
        name: replace(each, window=each.window or WINDOW)
        if name in accounts and accounts[name].capabilities.sent_by is SentBy.PERSON
        else each
        for name, each in policy.accounts.items()
    }
    return replace(policy, accounts=known)


def is_by_hand(work: UnitOfWork, account: str) -> bool:
    """Whether a person posts there."""
    connection = work.accounts.get(account)
    return connection is not None and connection.capabilities.sent_by is SentBy.PERSON


def is_in_hand(work: UnitOfWork, delivery: Delivery) -> bool:
    """Whether a person posts it: because of its account, or because somebody has it, whatever became of the account."""
    return is_by_hand(work, delivery.account) or delivery.holder is not None


def find_last_moment(work: UnitOfWork, post: Post, account: str, send: Delivery | None) -> datetime | None:
    """Until when somebody may take it. In review no send says so: the one there is may be of an earlier slot."""
    if post.status is not Status.REVIEW and send is not None and send.latest_at is not None:
        return send.latest_at
    end = find_end(post, work.policy)
    if post.slot is None or end is None or post.status is not Status.REVIEW:
        return post.slot and post.slot + work.policy.find_window(account)
    return min(end, post.slot + work.policy.find_window(account))


def describe_nobody(work: UnitOfWork, end: datetime) -> str:
    """Why it was dropped or missed."""
    return f"nobody posted it by {format_moment(work, end)}"


def has_called(delivery: Delivery) -> bool:
    """People were called at its slot; the next the clock has to do with it is the end of its window."""
    return delivery.latest_at is not None and delivery.due_at == delivery.latest_at


def call_for(work: UnitOfWork, post: Post, delivery: Delivery) -> None:
    """Its slot has come. One line for all accounts of the post that have the same window."""
    of_post = [
        one for one in deliveries.list_of_post(work.db, post.id) if one.latest_at == delivery.latest_at
    ]
    theirs = [one for one in of_post if one.state in OFFERED and is_by_hand(work, one.account)]
    if delivery.latest_at is not None and not any(map(has_called, theirs)):
        call(work, post, (one.account for one in theirs), delivery.latest_at)


def call(work: UnitOfWork, post: Post, accounts: Iterable[str], until: datetime) -> None:
    titles = " + ".join(work.policy.title_of(name) for name in accounts)
    values = {"title": titles, "until": until.isoformat(), "mention": list(duty.list_to_ring(work))}
    cards.say(work.db, post.id, LineType.BY_HAND, values, work.now)
    cards.touch_post(work.db, post.id, urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)
