"""Which profile an account stands for, as part of what is approved.

A version names, of each of its accounts, whose it was when its words were saved. What was saved before anybody knew
takes whoever is heard first: nothing that was approved ends because a bot learnt a name. Where an account was given
another profile on purpose (`replacing.py`), all that is older is the former one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.posts import Body, Version
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, sign_ins
from bot.store.sign_ins import KeptSignIn

Known = Mapping[str, KeptSignIn]  # accounts of which it is known whose they are


def load_known(work: UnitOfWork, accounts: Iterable[str]) -> Known:
    names = set(accounts)
    rows = sign_ins.load_all(work.db, names) if names else {}
    return {name: row for name, row in rows.items() if row.identity is not None}


def is_former(kept: KeptSignIn, identity: str | None, at: datetime) -> bool:
    """Of what was written `at` that moment for this identity (None: nobody knew it): is it another profile's?"""
    if identity is not None:
        return identity != kept.identity
    return kept.since is not None and at < kept.since


# --- of posts ----------------------------------------------------------------------------------------


def bind(body: Body, known: Known, before: Version | None = None) -> Body:
    """The body with whose its accounts are. `before`: what it follows; of the same words it keeps those of then, so
    that a yes to the words stands."""
    if before is not None and not find_others(before, known):
        kept = replace(body, identities=before.body.identities)
        if kept.words_digest() == before.words:
            return kept
    now = {name: known[name].identity or "" for name in body.accounts if name in known}
    return replace(body, identities=now or None)


def bind_to_now(work: UnitOfWork, body: Body, before: Version | None = None) -> Body:
    return bind(body, load_known(work, body.accounts), before)


def find_others(version: Version, known: Known) -> list[str]:
    """Its accounts that were somebody else's when it was saved."""
    bound = version.body.identities or {}
    return [
        name
        for name in version.body.accounts
        if name in known and is_former(known[name], bound.get(name), version.saved_at)
    ]


def explain_others(work: UnitOfWork, names: Iterable[str]) -> str | None:
    """Why what was approved for other profiles does not go out; None: there are none."""
    name = next(iter(names), None)
    if name is None:
        return None
    return f"it was approved for {name_former(work, name)}"


# --- of sends ----------------------------------------------------------------------------------------


def find_identity(work: UnitOfWork, account: str, body: Body | None = None) -> str | None:
    """Whose profile a send goes to: the one that was approved, else the one it is known as."""
    bound = (body.identities or {}).get(account) if body else None
    kept = load_known(work, [account]).get(account)
    return bound or (kept.identity if kept else None)


def went_to_former(work: UnitOfWork, account: str, delivery_id: str) -> bool:
    """Was its last try for another profile than the account is now?"""
    kept = load_known(work, [account]).get(account)
    if kept is None or kept.since is None:
        return False
    last = deliveries.find_last_attempt(work.db, delivery_id)
    return last is not None and is_former(kept, last.identity, last.started_at)


def find_url(work: UnitOfWork, account: str, delivery_id: str) -> str | None:
    """Where a person looks for a send. None: Byhand knows the address of another profile only, or of none."""
    connection = work.accounts.get(account)
    if connection is None or went_to_former(work, account, delivery_id):
        return None
    return connection.profile_url()


def is_of_former(work: UnitOfWork, account: str, at: datetime) -> bool:
    """Of what came in at that moment: was it written to another profile than the account is now?"""
    kept = load_known(work, [account]).get(account)
    return kept is not None and is_former(kept, None, at)


def find_since(work: UnitOfWork, account: str, earliest: datetime) -> datetime:
    """No earlier than this, and not before it was this profile."""
    kept = load_known(work, [account]).get(account)
    return max(earliest, kept.since) if kept is not None and kept.since is not None else earliest


def find_beginning(work: UnitOfWork, account: str) -> datetime | None:
    """Since when it is this profile; None: it was never another one."""
    kept = sign_ins.load(work.db, account)
    return kept.since if kept else None


def keep_of(
    work: UnitOfWork, account: str, since: datetime | None, store: Callable[..., int | None], *what: Any
) -> int | None:
    """Store what was read of the profile that the account is `since` then, unless it is another one now: it would
    count as written to that one. Nobody replaces it meanwhile."""
    kept = sign_ins.hold(work.db, account)
    return store(work, account, *what) if since == (kept.since if kept else None) else None


def name_former(work: UnitOfWork, account: str) -> str:
    """ "another profile (Mastodon is signed in as @dock@example.org now)"."""
    kept = sign_ins.load(work.db, account)
    now = (kept.name if kept else None) or "another one"
    return f"another profile ({work.policy.title_of(account)} is signed in as {now} now)"
