"""Which profile an account stands for, as part of what is approved.

A version names, of each of its accounts, whose it was when its words were saved. What was saved before anybody knew
takes whoever is heard first: nothing that was approved ends because a bot learnt a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.domain.posts import Body
from bot.services.unit_of_work import UnitOfWork
from bot.store import sign_ins


def load_known(work: UnitOfWork, accounts: Iterable[str]) -> dict[str, str]:
    """{account: whose it is}, of those of which that is known."""
    names = set(accounts)
    rows = sign_ins.load_all(work.db, names) if names else {}
    return {name: row.identity for name, row in rows.items() if row.identity is not None}


def bind(body: Body, known: Mapping[str, str], before: Body | None = None) -> Body:
    """The body with whose its accounts are. `before`: what it follows; of the same words it keeps those of then, so
    that a yes to the words stands."""
    if before is not None and not find_others(before, known):
        kept = replace(body, identities=before.identities)
        if kept.words_digest() == before.words_digest():
            return kept
    return replace(body, identities={name: known[name] for name in body.accounts if name in known} or None)


def bind_to_now(work: UnitOfWork, body: Body, before: Body | None = None) -> Body:
    return bind(body, load_known(work, body.accounts), before)


def find_others(body: Body, known: Mapping[str, str]) -> list[str]:
    """Its accounts that were somebody else's when it was saved."""
    bound = body.identities or {}
    return [name for name in body.accounts if name in known and bound.get(name, known[name]) != known[name]]


def explain_others(work: UnitOfWork, names: Iterable[str]) -> str | None:
    """Why what was approved for other profiles does not go out; None: there are none."""
    name = next(iter(names), None)
    if name is None:
        return None
    kept = sign_ins.load(work.db, name)
    now = (kept.name if kept else None) or "another one"
    return f"it was approved for another profile: {work.policy.title_of(name)} is signed in as {now} now"


def find_identity(work: UnitOfWork, account: str, body: Body | None = None) -> str | None:
    """Whose profile a send goes to: the one that was approved, else the one it is known as."""
    bound = (body.identities or {}).get(account) if body else None
    return bound or load_known(work, [account]).get(account)
