"""The accounts, looked at: each network is asked who we are.

The check signs in for itself, into a vault that keeps nothing, because some networks renew a session when it is used:
had the check renewed the running bot's session, the bot would be left with the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.checkup.finding import Finding, failure, fine, warning
from bot.networks.protocol import AccountSettings
from bot.networks.registry import connect
from bot.settings.load import AccountEntry, Settings

AT_ONCE = 8  # accounts; each call ends by the networks' own limit (`networks/http.py`)


class _Forgetful:
    """A `networks.protocol.Vault` for the time of one check."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def load(self, name: str) -> str | None:
        return self._kept.get(name)

    def save(self, name: str, value: str) -> None:
        self._kept[name] = value


def check_accounts(settings: Settings) -> Iterator[Finding]:
    if not settings.accounts:
        yield warning("accounts", "There are none, so nothing can be published.", "Add an [accounts.NAME].")
        return
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:
        look_at = partial(_look_at, reads=bool(settings.slack.inbox_channel))
        for found in pool.map(look_at, settings.accounts.values()):
            yield from found


def _look_at(entry: AccountEntry, *, reads: bool) -> list[Finding]:
    """`reads`: customers' messages are wanted, so the rights for them are."""
    name = f"account {entry.name}"
    account = AccountSettings(
        name=entry.name, network=entry.network, server=entry.server, handle=entry.handle,
        visibility=entry.visibility, language=entry.language, secrets=entry.secrets, address=entry.address,
    )  # fmt: skip
    try:
        health = connect(account, _Forgetful()).check()
    except ValueError as error:  # a setting this network cannot use
        return [failure(name, str(error))]
    found = fine(name, health.sentence) if health.ok else failure(name, health.sentence)
    lacks = health.lacks if reads else ()
    return [found, *(warning(name, each, "docs/accounts.md lists the rights it needs.") for each in lacks)]
