"""What an account's sends cost, where its network takes money for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.domain.deliveries import Delivery
from bot.domain.preflight import costs
from bot.networks.protocol import Measure, find_price
from bot.services.unit_of_work import UnitOfWork
from bot.store import send_costs

MEND = "Give it a time in another month, or ask whoever runs Byhand to raise monthly_limit"


def note_begun(
    work: UnitOfWork, delivery: Delivery, attempt_id: str, payload: bytes, *, deletes: bool
) -> None:
    """In the transaction of its begin."""
    client = work.accounts.get(delivery.account)
    prices = client.capabilities.prices if client is not None else None
    if client is None or prices is None or delivery.holder:
        return
    mills = prices.take_down if deletes else find_price(client, payload)
    send_costs.add(work.db, attempt_id, delivery.account, mills, work.now)


def list_costs(work: UnitOfWork, measures: dict[str, Measure]) -> tuple[str, ...]:
    """A sentence for each account that a post costs something on."""
    return tuple(
        costs.say_cost(work.policy.title_of(name), each.mills)
        for name, each in measures.items()
        if each.mills
    )


def count_month(work: UnitOfWork, account: str) -> int:
    """In mills: what has begun in this calendar month of the team's zone."""
    return send_costs.count(work.db, account, *costs.find_month(work.now, work.policy.hours))


def say_month(work: UnitOfWork, account: str) -> str:
    """ "Sending has cost about $1.20 this month"; "" where nothing is taken for it."""
    client = work.accounts.get(account)
    if client is None or client.capabilities.prices is None:
        return ""
    return costs.say_month(count_month(work, account), find_limit(work, account))


def find_limit(work: UnitOfWork, account: str) -> int | None:
    """In mills, for a month."""
    known = work.policy.accounts.get(account)
    return known.monthly_limit if known is not None else None


def list_over(work: UnitOfWork, measures: dict[str, Measure], slot: datetime | None) -> tuple[str, ...]:
    """A sentence for each account whose limit a post would go over, in the month of its slot."""
    at = max(slot or work.now, work.now)
    found = (
        (name, _explain_over(work, name, each.mills, at)) for name, each in measures.items() if each.mills
    )
    return tuple(f"Over the monthly limit: {why}. {MEND}" for _, why in found if why)


def find_over(work: UnitOfWork, account: str, render: Callable[[], bytes]) -> str | None:
    """Why a send may not begin, asked in the transaction of its begin: of two workers one asks after the other."""
    client = work.accounts.get(account)
    if client is None or client.capabilities.prices is None or find_limit(work, account) is None:
        return None
    send_costs.lock(work.db, account)
    return _explain_over(work, account, find_price(client, render()), work.now)


def _explain_over(work: UnitOfWork, account: str, mills: int, at: datetime) -> str | None:
    limit = find_limit(work, account)
    if limit is None:
        return None
    spent = send_costs.count(work.db, account, *costs.find_month(at, work.policy.hours))
    return costs.explain_over(work.policy.title_of(account), mills, spent, limit)
