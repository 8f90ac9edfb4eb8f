"""What a network does not let be passed on: people's words and names. It is left out before anything is kept.

That somebody wrote, below which post and when, is told all the same, and waits until a person says that it is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.networks.receiving import NOBODY, Inbound
from bot.services.unit_of_work import UnitOfWork


def withhold(work: UnitOfWork, account: str, found: Iterable[Inbound]) -> list[Inbound]:
    """As much of it as may be kept, whatever the network's client hands over."""
    connection = work.accounts.get(account)
    if connection is None or connection.capabilities.may_relay:
        return list(found)
    return [
        replace(one, author=NOBODY, text="", attachments=(), language=None, reference={}, visibility=None)
        for one in found
    ]
