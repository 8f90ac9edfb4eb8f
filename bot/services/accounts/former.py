"""What an account was signed in with, when that ends: read once, so that it alone is revoked at the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.facts import FactKind
from bot.networks.signin.protocol import Revoked
from bot.services.accounts.connections import SECRETS
from bot.services.unit_of_work import UnitOfWork
from bot.store.engine.vault import BadKey, KeyRing, load_secrets_of
from bot.store.sign_ins import KeptSignIn

WHERE = "signed-in-at"  # the name under which its server and handle are kept: JSON {"server": …, "handle": …}


@dataclass(frozen=True)
class Former:
    """Only this is revoked, whatever is kept since."""

    account: str
    identity: str | None
    name: str | None
    secrets: Mapping[str, str] = field(repr=False)  # {}: no key opens them any more
    kept: Mapping[str, str] = field(repr=False)  # by its connection: a session
    ended_at: datetime | None = None  # `changed_at` of the row that says so

    @property
    def where(self) -> dict[str, str] | None:
        """Its server and handle, which the settings may not say any more. None: it was signed in before they were
        kept."""
        found = self.kept.get(WHERE)
        return json.loads(found) if found else None

    def holds(self, secrets: Mapping[str, str]) -> bool:
        """Any of them: then it must not be revoked."""
        return any(self.secrets.get(name) == value for name, value in secrets.items())


def read(work: UnitOfWork, keys: KeyRing, account: str, row: KeptSignIn | None) -> Former | None:
    """None: nobody signed it in."""
    whose = (row.identity, row.name) if row else (None, None)
    try:
        kept = load_secrets_of(work.db, keys, account)
    except BadKey:  # the network cannot be told; it is forgotten all the same
        return Former(account, *whose, {}, {})
    found = kept.pop(SECRETS, None)
    return None if found is None else Former(account, *whose, json.loads(found), kept)


def note_revoked(work: UnitOfWork, who: str, former: Former, revoked: Revoked) -> None:
    """What became of it at the network."""
    kind = FactKind.REVOKED if revoked.done else FactKind.NOT_REVOKED
    note(work, kind, who, former, sentence=revoked.sentence)


def note(work: UnitOfWork, kind: FactKind, who: str, former: Former, **data: Any) -> None:
    whose: dict[str, Any] = {"identity": former.identity, "name": former.name}
    work.note(kind, who, subject=f"account:{former.account}", **whose, **data)
