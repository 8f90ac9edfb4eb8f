"""The accounts, looked at: each network is asked who we are.

The check signs in for itself, into a vault that keeps nothing, because some networks renew a session when it is used:
had the check renewed the running bot's session, the bot would be left with the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import DBAPIError

from bot.checkup.finding import Finding, failure, fine, warning
from bot.domain.shown.moments import name_day
from bot.domain.sign_ins.endings import AHEAD
from bot.domain.sign_ins.words import describe_end
from bot.networks.protocol import Capabilities, Health, SentBy, Who
from bot.networks.registry import connect
from bot.networks.signin.protocol import Forgetful
from bot.services.accounts.connections import (
    describe_never_signed_in,
    describe_renewal,
    load_secrets,
    say_mend,
    to_account_settings,
)
from bot.services.accounts.identity import describe_another
from bot.services.unit_of_work import Clock
from bot.settings.account_entry import AccountEntry, make_secret_prefix
from bot.settings.load import Settings
from bot.store import sign_ins
from bot.store.engine.errors import StoreError
from bot.store.engine.migrate import find_newest_revision, read_revision
from bot.store.engine.store import Store
from bot.store.engine.vault import BadKey, KeyRing, to_key_file
from bot.store.sign_ins import KeptSignIn

AT_ONCE = 8  # accounts; each call ends by the networks' own limit (`networks/http.py`)


@dataclass(frozen=True)
class _Known:
    """What the database holds of an account."""

    secrets: Mapping[str, str] | None = None  # None: nothing
    kept: KeptSignIn | None = None
    closed: str = ""  # why they cannot be read


def check_accounts(settings: Settings, clock: Clock) -> Iterator[Finding]:
    if not settings.accounts:
        yield warning("accounts", "There are none, so nothing can be published.", "Add an [accounts.NAME].")
        return
    known = _read_kept(settings, clock)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:

        def look_at(entry: AccountEntry) -> list[Finding]:
            return _look_at(
                entry, known.get(entry.name, _Known()), clock.now(), reads=bool(settings.slack.inbox_channel),
                has_address=bool(settings.public_url),
            )  # fmt: skip

        for found in pool.map(look_at, settings.accounts.values()):
            yield from found


def _read_kept(settings: Settings, clock: Clock) -> dict[str, _Known]:
    """Nothing, where there is no database of this version: what is wrong with it is said elsewhere."""
    file = to_key_file(settings.database_url)
    try:
        with Store.open(settings.database_url, now=clock.now, owner=False) as store:
            if store.read(read_revision) != find_newest_revision():
                return {}
            rows = store.read(lambda db: sign_ins.load_all(db, settings.accounts))
            keys = KeyRing(settings.key, file) if settings.key or file.exists() else None
            return {name: _read_one(store, keys, name, rows.get(name)) for name in settings.accounts}
    except (StoreError, DBAPIError):
        return {}


def _read_one(store: Store, keys: KeyRing | None, name: str, kept: KeptSignIn | None) -> _Known:
    if keys is None:
        return _Known(kept=kept)
    try:
        return _Known(store.read(lambda db: load_secrets(db, keys, name)), kept)
    except BadKey as bad:
        return _Known(None, kept, str(bad))


def _look_at(
    entry: AccountEntry, known: _Known, now: datetime, *, reads: bool, has_address: bool
) -> list[Finding]:
    """`reads`: customers' messages are wanted, so the rights for them are. `has_address`: networks can fetch images."""
    name = f"account {entry.name}"
    secrets = known.secrets if entry.lacking else entry.secrets
    if secrets is None:
        if known.closed:
            return [failure(name, known.closed)]
        return [failure(name, describe_never_signed_in(entry))]
    account = to_account_settings(entry, secrets, renew=describe_renewal(entry) if entry.lacking else "")
    try:
        client = connect(account, Forgetful())
        health = client.check()
    except ValueError as error:  # a setting this network cannot use
        return [failure(name, str(error))]
    another = _find_another(entry, known.kept, health) if health.ok else None
    sound = health.ok and another is None
    found = (fine if sound else failure)(name, another or health.sentence)
    lacks = health.lacks if reads else ()
    both = [_say_both(name, entry)] if entry.needs and not entry.lacking and known.secrets else []
    ends = _say_end(name, entry, known.kept, health, now) if sound else []
    return [
        found,
        *both,
        *ends,
        *(() if has_address else _say_what_is_left(name, client.capabilities)),
        *(warning(name, each, "docs/accounts.md lists the rights it needs.") for each in lacks),
    ]


def _say_end(
    name: str, entry: AccountEntry, kept: KeptSignIn | None, health: Health, now: datetime
) -> list[Finding]:
    """A sign-in that ends within 7 days, by what the network says, else by what was said when it was signed in."""
    until = health.until or (kept.until if kept and not health.endless else None)
    if until is None or not timedelta() < until - now < AHEAD:
        return []
    sentence = f"{describe_end(entry.title or entry.name, f'on {name_day(until, UTC)}')}."
    return [warning(name, sentence, f"{say_mend(entry)}.")]


def _say_what_is_left(name: str, left: Capabilities) -> Iterator[Finding]:
    """Of an account whose network fetches images, where there is no address it could fetch them from."""
    if left.needs_public_images:
        what = "people post there by hand" if left.sent_by is SentBy.PERSON else "it posts text only"
        sentence = f"Its network fetches images from Byhand, and [web] public_url is not set: {what}."
        yield warning(name, sentence, "Set it, if networks can reach this Byhand (docs/running.md).")


def _find_another(entry: AccountEntry, kept: KeptSignIn | None, health: Health) -> str | None:
    if health.account_id is None or kept is None or kept.identity in (None, health.account_id):
        return None
    return describe_another(entry, kept, Who(health.account_id, health.identity or health.account_id))


def _say_both(name: str, entry: AccountEntry) -> Finding:
    variables = " and ".join(make_secret_prefix(entry.name) + each for each in entry.needs)
    sentence = f"{variables} is set, and a sign-in is kept in the database too: the environment goes first."
    return warning(name, sentence, f"Take {variables} out, or type byhand disconnect {entry.name}.")
