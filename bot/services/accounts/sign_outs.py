"""Signing an account out, by a person at the shell: what was kept is not used any more, the network is asked to revoke
it, and it is forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.refusals import NotSignedIn
from bot.networks.signin.protocol import Revoked
from bot.services.accounts import health
from bot.services.accounts.connections import NOBODY, SECRETS
from bot.services.accounts.sign_ins import find_moment
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store import accounts, sign_ins
from bot.store.engine.vault import BadKey, KeyRing, delete_secrets, load_secrets_of
from bot.store.sign_ins import KeptSignIn


@dataclass(frozen=True)
class Former:
    """What an account was signed in with, read when that ended. Only this is revoked, whatever is kept since."""

    account: str
    identity: str | None
    name: str | None
    secrets: Mapping[str, str] = field(repr=False)  # {}: no key opens them any more
    kept: Mapping[str, str] = field(repr=False)  # by its connection: a session
    ended_at: datetime | None = None  # `changed_at` of the row that says so


def sign_out(work: UnitOfWork, keys: KeyRing, who: str, account: str) -> Former:
    """Nothing goes out there from now on; `forget` comes when the network was told. Raises NotSignedIn."""
    before = sign_ins.lock(work.db, account, work.now)
    former = _read(work, keys, account, before)
    if former is None:
        raise NotSignedIn(account=account)
    at = find_moment(work, before)
    since = before.since if before else None
    sign_ins.save(
        work.db,
        KeptSignIn(account, at, former.identity, former.name, by_user=who, ended_at=work.now, since=since),
    )
    accounts.note_sign_in(work.db, account, healthy=False, sentence=NOBODY, now=work.now)
    _note(work, FactKind.SIGNED_OUT, who, former, again=before is not None and before.ended_at is not None)
    health.close(work, account, f"{list_names(work, (who,))} signed it out")
    health.redraw(work, account)
    return Former(account, former.identity, former.name, former.secrets, former.kept, at)


def forget(work: UnitOfWork, who: str, former: Former, revoked: Revoked) -> None:
    """It is gone from the database; what somebody signed in with meanwhile stays."""
    row = sign_ins.lock(work.db, former.account, work.now)
    if row is None or row.changed_at == former.ended_at:
        delete_secrets(work.db, former.account)
    note_revoked(work, who, former, revoked)


def note_revoked(work: UnitOfWork, who: str, former: Former, revoked: Revoked) -> None:
    """What became of it at the network."""
    kind = FactKind.REVOKED if revoked.done else FactKind.NOT_REVOKED
    _note(work, kind, who, former, sentence=revoked.sentence)


def _note(work: UnitOfWork, kind: FactKind, who: str, former: Former, **data: Any) -> None:
    whose: dict[str, Any] = {"identity": former.identity, "name": former.name}
    work.note(kind, who, subject=f"account:{former.account}", **whose, **data)


def _read(work: UnitOfWork, keys: KeyRing, account: str, row: KeptSignIn | None) -> Former | None:
    """None: nobody signed it in."""
    whose = (row.identity, row.name) if row else (None, None)
    try:
        kept = load_secrets_of(work.db, keys, account)
    except BadKey:  # the network cannot be told; it is forgotten all the same
        return Former(account, *whose, {}, {})
    found = kept.pop(SECRETS, None)
    return None if found is None else Former(account, *whose, json.loads(found), kept)
