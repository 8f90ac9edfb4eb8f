"""The accounts as commands see them that only read: what is planned is measured for them, and nobody is signed in.

An account whose limits are not known there is left out, and its posts are not judged by any: its server was never
asked, or what it said is encrypted with a key that whoever looks cannot read.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection as Database

from bot.networks.protocol import AccountClient
from bot.networks.registry import connect, load_network
from bot.services.accounts.connections import PLACEHOLDER, to_account_settings
from bot.services.deliveries.image_offers import make_image_offers
from bot.services.unit_of_work import UnitOfWork
from bot.settings.load import Settings
from bot.store.engine.store import Store
from bot.store.engine.vault import BadKey, KeyRing, load_secret, to_key_file


@dataclass(frozen=True)
class ReadingVault:
    """What an account's connection has kept, as far as it can be read. Nothing is kept anew."""

    store: Store
    keys: KeyRing | None
    account: str

    def load(self, name: str) -> str | None:
        keys = self.keys
        if keys is None:
            return None
        with suppress(BadKey):
            return self.store.read(lambda db: load_secret(db, keys, self.account, name))
        return None

    def save(self, name: str, value: str) -> None:
        """Whoever only reads keeps nothing."""


def open_to_measure(settings: Settings, store: Store) -> dict[str, AccountClient]:
    """No call goes out, and no secret is asked for."""
    titles = settings.policy().title_of
    keys = _read_keys(settings.key, to_key_file(settings.database_url))

    def work(db: Database) -> UnitOfWork:
        return UnitOfWork(db, store.now(), settings.policy(), {}, lambda _whom: None)

    images = make_image_offers(store, work, settings.public_url)
    found: dict[str, AccountClient] = {}
    for name, entry in settings.accounts.items():
        with suppress(Exception):  # whatever a network does with its settings: `byhand check` says it
            nothing = dict.fromkeys(load_network(entry.network).secrets, PLACEHOLDER)
            account = to_account_settings(entry, nothing, titles(name))
            client = connect(replace(account, images=images), ReadingVault(store, keys, name))
            if client.capabilities.stated:
                found[name] = client
    return found


def _read_keys(given: str | None, file: Path) -> KeyRing | None:
    """None: whoever looks cannot read them, or there are none yet; none are made."""
    with suppress(BadKey, OSError):
        return KeyRing(given, file) if given or file.exists() else None
    return None
