"""One account of the settings, with what the environment holds of its secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


def make_secret_prefix(account: str) -> str:
    """ "dockbakery-bluesky" → "BYHAND_DOCKBAKERY_BLUESKY_"."""
    return f"BYHAND_{re.sub('[^A-Z0-9]', '_', account.upper())}_"


class Offered(Protocol):
    """What the settings ask of a network that is installed."""

    @property
    def title(self) -> str: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class AccountEntry:
    """One account with those of its secrets that the environment has: {"TOKEN": …}, from BYHAND_<ACCOUNT>_<SECRET>."""

    name: str
    network: str
    server: str = ""
    handle: str | None = None
    client_id: str = ""
    title: str | None = None
    visibility: str | None = None
    language: str | None = None
    lead: timedelta | None = None
    approvers: tuple[str, ...] | None = None
    poll_every: timedelta | None = None
    address: str = ""
    window: timedelta | None = None
    monthly_limit: str | None = None  # as `money.py` reads it
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    network_title: str = ""  # empty: nobody asked
    needs: tuple[
        str, ...
    ] = ()  # the secrets of its network: those that are not above may be kept in the database

    @property
    def lacking(self) -> tuple[str, ...]:
        """The environment's variables that are not set."""
        return tuple(make_secret_prefix(self.name) + each for each in self.needs if each not in self.secrets)
