"""Signing an account in and out, by a person at the shell. The network was asked before; here is what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.refusals import AnotherIdentity, NotSignedIn, SignedInMeanwhile
from bot.domain.urgency import Urgency
from bot.services.accounts.connections import NOBODY, SECRETS, load_secrets
from bot.services.accounts.identity import LONGEST
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment
from bot.store import accounts, sign_ins
from bot.store.engine.vault import BadKey, KeyRing, delete_secrets, save_secret
from bot.store.pause import pause_effects
from bot.store.sign_ins import KeptSignIn

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Proof:
    """What the network said of a sign-in."""

    identity: str
    name: str
    rights: tuple[str, ...] = ()
    until: datetime | None = None  # aware UTC

    def to_json(self) -> dict[str, Any]:
        until = self.until.isoformat() if self.until else None
        return {"identity": self.identity, "name": self.name, "rights": list(self.rights), "until": until}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Proof:
        until = datetime.fromisoformat(said["until"]) if said["until"] else None
        return cls(str(said["identity"]), str(said["name"]), tuple(map(str, said["rights"])), until)


def find_seen(work: UnitOfWork, account: str) -> str:
    """What stands there now, for `sign_in`: it refuses where somebody was faster."""
    kept = sign_ins.load(work.db, account)
    return _stamp(kept)


def sign_in(
    work: UnitOfWork,
    keys: KeyRing,
    who: str,
    account: str,
    secrets: Mapping[str, str],
    kept: Mapping[str, str],
    proof: Proof,
    seen: str,
) -> None:
    """Keep the secrets, whose account it is, and what its connection kept when it was tried (`kept`), all at once.

    Raises SignedInMeanwhile, AnotherIdentity.
    """
    before = sign_ins.load(work.db, account, lock=True)
    _refuse_others(work, account, before, proof, seen)
    delete_secrets(work.db, account)
    for name, value in {**kept, SECRETS: json.dumps(dict(secrets))}.items():
        save_secret(work.db, keys, account, name, value, work.now)
    name = proof.name[:LONGEST]
    sign_ins.save(
        work.db,
        KeptSignIn(
            account,
            _find_moment(work, before),
            proof.identity[:LONGEST],
            name,
            proof.rights,
            proof.until,
            None,
            who,
        ),
    )
    accounts.note_sign_in(work.db, account, healthy=True, sentence=f"Signed in as {name}", now=work.now)
    work.note(FactKind.SIGNED_IN, who, subject=f"account:{account}", **proof.to_json())
    _redraw(work, account)


def sign_out(work: UnitOfWork, keys: KeyRing, who: str, account: str) -> dict[str, str]:
    """Nothing goes out there from now on. Returns what it was signed in with, for the network; `forget` comes after it.

    {}: no key opens it any more. Raises NotSignedIn.
    """
    before = sign_ins.load(work.db, account, lock=True)
    try:
        secrets = load_secrets(work.db, keys, account)
    except BadKey:  # the network cannot be told; it is forgotten all the same
        secrets = {}
    if secrets is None:
        raise NotSignedIn(account=account)
    kept = before or KeptSignIn(account, work.now)
    sign_ins.save(
        work.db,
        KeptSignIn(
            account, _find_moment(work, before), kept.identity, kept.name, by_user=who, ended_at=work.now
        ),
    )
    accounts.note_sign_in(work.db, account, healthy=False, sentence=NOBODY, now=work.now)
    _redraw(work, account)
    return secrets


def forget(work: UnitOfWork, who: str, account: str, *, revoked: bool) -> None:
    """The secrets are gone from the database; those of somebody who signed it in meanwhile stay."""
    kept = sign_ins.load(work.db, account, lock=True)
    if kept is None or kept.ended_at is not None:
        delete_secrets(work.db, account)
    data: dict[str, Any] = {"identity": kept.identity, "name": kept.name} if kept else {}
    work.note(FactKind.SIGNED_OUT, who, subject=f"account:{account}", revoked=revoked, **data)


def _refuse_others(
    work: UnitOfWork, account: str, before: KeptSignIn | None, proof: Proof, seen: str
) -> None:
    if before is None:
        return
    if _stamp(before) != seen and before.by_user is not None:
        raise SignedInMeanwhile(
            account=account, who=before.by_user, when=format_moment(work, before.changed_at)
        )
    if before.identity is not None and before.identity != proof.identity:
        raise AnotherIdentity(account=account, before=before.name or before.identity, now=proof.name)


def _stamp(kept: KeptSignIn | None) -> str:
    return kept.changed_at.isoformat() if kept else ""


def _find_moment(work: UnitOfWork, before: KeptSignIn | None) -> datetime:
    """Later than any before it: by this each process sees that there is something to take over."""
    return max(work.now, before.changed_at + MICROSECOND) if before else work.now


def _redraw(work: UnitOfWork, account: str) -> None:
    """Cards and Home say whether it is signed in."""
    pause_effects.redraw(work.db, account, urgency=Urgency.NOT_URGENT)
    work.wake(Wake.OUTBOX)
