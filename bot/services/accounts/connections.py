"""Opening the accounts of the settings, and opening them anew when somebody signed one in or out.

What the environment holds goes first, so that whoever runs the bot can always say what it uses; what is kept in the
database is used where the environment has nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy import Connection as Database

from bot import observability
from bot.domain.sign_ins import words
from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.registry import connect, load_network
from bot.networks.signin.protocol import find_renewing
from bot.services.accounts import identity
from bot.services.accounts.connection import Connection, Opened, make_connection
from bot.services.deliveries.image_offers import make_image_offers
from bot.services.unit_of_work import UnitOfWork
from bot.settings.account_entry import AccountEntry, make_secret_prefix
from bot.settings.load import Settings
from bot.store import sign_ins
from bot.store.engine.store import Store
from bot.store.engine.vault import BadKey, KeyRing, load_secret, save_secret
from bot.store.sign_ins import KeptSignIn

SECRETS = "sign-in"  # the name under which an account's secrets are kept: JSON {"TOKEN": …}
NOBODY = "Nobody is signed in there."
PLACEHOLDER = "signed-out"  # of an account that is only measured for


class NeverSignedIn(ValueError):
    """Accounts without any secret; the sentence says what to do."""


class Connections:
    """Of one process. `clients` holds the same objects from the first to the last."""

    def __init__(self, settings: Settings, store: Store, keys: KeyRing) -> None:
        """No call goes out. Raises NeverSignedIn, or another ValueError with a sentence, for settings a network cannot
        use."""
        self._settings = settings
        self._store = store
        self._keys = keys
        self._titles = settings.policy().title_of
        self._images = make_image_offers(store, self._work, settings.public_url)
        self._signed: dict[str, Connection] = {}
        rows = store.read(lambda db: sign_ins.load_all(db, settings.accounts))
        self.clients: dict[str, AccountClient] = {}
        never = []
        for name, entry in settings.accounts.items():
            opened = self._open(entry, rows.get(name))
            if opened is None:
                never.append(entry)
            else:
                self.clients[name] = self._guard(entry, opened)
        if never:
            raise NeverSignedIn(" ".join(map(describe_never_signed_in, never)))

    def refresh(self) -> None:
        """Take over what was signed in or out since, by whichever process."""
        rows = self._store.read(lambda db: sign_ins.load_all(db, self._signed))
        for name, connection in self._signed.items():
            row = rows.get(name)
            if row is not None and row.stamp != connection.opened.stamp:
                opened = self._open(self._settings.accounts[name], row)
                if opened is not None:
                    connection.exchange(opened)

    def uses_environment(self, account: str) -> bool:
        entry = self._settings.accounts.get(account)
        return entry is not None and not entry.lacking

    def knows(self, account: str) -> bool:
        return account in self._signed

    def _guard(self, entry: AccountEntry, opened: Opened) -> AccountClient:
        if not entry.needs:  # nobody signs in there
            return opened.client
        judge = identity.make_judge(self._store, self._work, entry)
        connection = self._signed[entry.name] = make_connection(opened, judge)
        return cast(AccountClient, connection)

    def _open(self, entry: AccountEntry, row: KeptSignIn | None) -> Opened | None:
        """None: it was never signed in."""
        since, whose = (row.changed_at, row.identity) if row else (None, None)
        renewed = row.renewed_at if row else None
        if not entry.lacking:
            return Opened(self._connect(entry, entry.secrets, "", since), "", "", since, whose, renewed)
        shut, secrets, renew = "", None, describe_renewal(entry)
        if row is None or row.ended_at is None:
            try:
                secrets = self._store.read(lambda db: load_secrets(db, self._keys, entry.name))
            except BadKey as bad:
                shut = str(bad)
        if secrets is not None:
            return Opened(
                self._connect(entry, secrets, renew, since), renew, "", since, whose, renewed,
                way=find_renewing(load_network(entry.network)),
                account=to_account_settings(entry, secrets, self._titles(entry.name), renew),
            )  # fmt: skip
        if row is None and not shut:
            return None
        nothing = dict.fromkeys(entry.needs, PLACEHOLDER)
        client = self._connect(entry, nothing, renew, since)
        return Opened(client, renew, shut or NOBODY, since, None, renewed)

    def _connect(
        self, entry: AccountEntry, secrets: Mapping[str, str], renew: str, since: datetime | None
    ) -> AccountClient:
        vault = SignInVault(self._store, self._keys, entry.name, since)
        account = to_account_settings(entry, secrets, self._titles(entry.name), renew)
        return connect(replace(account, images=self._images), vault)

    def _work(self, db: Database) -> UnitOfWork:
        return UnitOfWork(db, self._store.now(), self._settings.policy(), {}, lambda _whom: None)


@dataclass(frozen=True)
class SignInVault:
    """A vault as long as a sign-in lasts. A call that is under way when somebody signs the account in or out anew
    gets nothing of the next one's session, which may be another profile's, and leaves nothing of its own there."""

    store: Store
    keys: KeyRing
    account: str
    since: datetime | None  # its `changed_at`; None: there was none, only the environment's

    def load(self, name: str) -> str | None:
        return self.store.read(
            lambda db: (
                load_secret(db, self.keys, self.account, name)
                if self._lasts(sign_ins.load(db, self.account))
                else None
            )
        )

    def save(self, name: str, value: str) -> None:
        now = self.store.now()

        def save(db: Database) -> None:
            if self._lasts(sign_ins.hold(db, self.account)):
                save_secret(db, self.keys, self.account, name, value, now)

        self.store.write(save)

    def _lasts(self, kept: KeptSignIn | None) -> bool:
        if kept is None or self.since is None:
            return kept is None or kept.by_user is None  # since then it was only learnt whose it is
        return kept.changed_at == self.since


def to_account_settings(
    entry: AccountEntry, secrets: Mapping[str, str], title: str = "", renew: str = ""
) -> AccountSettings:
    observability.hide_from_now_on(each for each in secrets.values() if each != PLACEHOLDER)
    return AccountSettings(
        name=entry.name, network=entry.network, server=entry.server, handle=entry.handle,
        visibility=entry.visibility, language=entry.language, secrets=secrets, title=title, address=entry.address,
        renew=renew, client_id=entry.client_id,
    )  # fmt: skip


def load_secrets(db: Database, keys: KeyRing, account: str) -> dict[str, str] | None:
    """What somebody signed the account in with. Raises BadKey."""
    kept = load_secret(db, keys, account, SECRETS)
    return None if kept is None else dict(json.loads(kept))


def describe_renewal(entry: AccountEntry) -> str:
    return f"Sign it in again: byhand connect {entry.network} {entry.name}."


def say_mend(entry: AccountEntry) -> str:
    """Who must do what before its sign-in ends; without a full stop."""
    if entry.lacking:
        return words.say_mend(f"byhand connect {entry.network} {entry.name}")
    return words.say_mend_of_environment(
        " and ".join(make_secret_prefix(entry.name) + each for each in entry.needs)
    )


def describe_never_signed_in(entry: AccountEntry) -> str:
    variables = " and ".join(entry.lacking)
    return (
        f"The account {entry.name} is not signed in: type byhand connect {entry.network} {entry.name}, or set "
        f"{variables}."
    )
