"""Whose account it is: heard once, kept, and compared whenever the network is asked again.

What is approved is approved for the accounts as they are. A secret that opens another one, in the environment or kept,
sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection as Database

from bot.domain.facts import FactKind
from bot.networks.protocol import Who
from bot.services.accounts.connection import Judge
from bot.services.unit_of_work import UnitOfWork
from bot.settings.account_entry import AccountEntry
from bot.store import sign_ins
from bot.store.engine.store import Store
from bot.store.sign_ins import KeptSignIn

LONGEST = 300  # characters of a network's name or id


def make_judge(store: Store, make_work: Callable[[Database], UnitOfWork], entry: AccountEntry) -> Judge:
    """Asked with whose account a secret opens; a sentence if that is another one than it was."""

    def judge(who: Who, *, learns: bool = True) -> str | None:
        kept = store.read(lambda db: sign_ins.load(db, entry.name))
        unknown = kept is None or kept.identity is None
        renamed = kept is not None and kept.identity == who.id and kept.name != who.name
        if learns and (unknown or renamed):
            kept = store.write(lambda db: learn(make_work(db), entry.name, who))
        if kept is None or kept.identity in (None, who.id):
            return None
        return describe_another(entry, kept, who)

    return judge


def learn(work: UnitOfWork, account: str, who: Who) -> KeptSignIn:
    """Keep whose account it is, unless that is known meanwhile; its newest name in any case."""
    kept = sign_ins.lock(work.db, account, work.now)
    if kept is not None and kept.identity not in (None, who.id):
        return kept
    before = kept or KeptSignIn(account, work.now)
    now = replace(before, identity=who.id[:LONGEST], name=who.name[:LONGEST])
    sign_ins.save(work.db, now)
    if before.identity is None:
        data: dict[str, Any] = {"identity": now.identity, "name": now.name}
        if before.by_user is None:
            data |= {"secret": "environment"}
        work.note(FactKind.SIGNED_IN, None, subject=f"account:{account}", **data)
    return now


def describe_another(entry: AccountEntry, kept: KeptSignIn, who: Who) -> str:
    """Whose account it is by the network, and whose it was."""
    named = (
        f"{who.name} ({who.id}), not {kept.name} ({kept.identity})"
        if who.name == kept.name
        else f"{who.name}, not {kept.name}"
    )
    return (
        f"The secret of {entry.name} opens the account {named}, so nothing goes out there. Sign in as {kept.name} "
        "again, or give the other account a name of its own in byhand.toml. If it is to be that one from now on, type "
        f"byhand connect {entry.network} {entry.name} --replace."
    )
