"""Signing an account in, by a person at the shell. The network was asked before; here is what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.refusals import AnotherIdentity, SignedInMeanwhile
from bot.domain.sign_ins.endings import is_same_end
from bot.services.accounts import former as formers
from bot.services.accounts import health
from bot.services.accounts.connections import SECRETS
from bot.services.accounts.former import Former
from bot.services.accounts.identity import LONGEST
from bot.services.accounts.replacing import Replacing
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names
from bot.store import accounts, sign_ins
from bot.store.engine.vault import KeyRing, delete_secrets, save_secret
from bot.store.pause import gate
from bot.store.sign_ins import KeptSignIn

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Proof:
    """What the network said of a sign-in."""

    identity: str | None  # None: the network has none to say
    name: str
    rights: tuple[str, ...] = ()
    until: datetime | None = None  # aware UTC

    def to_json(self) -> dict[str, Any]:
        until = self.until.isoformat() if self.until else None
        return {"identity": self.identity, "name": self.name, "rights": list(self.rights), "until": until}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Proof:
        until = datetime.fromisoformat(said["until"]) if said["until"] else None
        identity = str(said["identity"]) if said["identity"] is not None else None
        return cls(identity, str(said["name"]), tuple(map(str, said["rights"])), until)


@dataclass(frozen=True)
class Replaced:
    """What ended because an account is another profile now."""

    before: str  # whose it was, by name
    posts: int  # whose approvals ended, or which did not go out
    unknown: int  # outcomes that people are asked about
    replies: int  # answers and take-downs that do not go out


@dataclass(frozen=True)
class SignedIn:
    """What was there until then."""

    replaced: Replaced | None  # of another profile
    former: Former | None  # it is still to be revoked


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
    *,
    replaces: bool = False,
) -> SignedIn:
    """Keep the secrets, whose account it is, and what its connection kept when it was tried (`kept`), all at once.
    `replaces`: it may be another one than it was, and then what was approved for that one ends.

    Raises SignedInMeanwhile, AnotherIdentity.
    """
    if replaces:  # the gate before any other row, as by a pause
        gate.make_rows(work.db, [account])
        gate.lock_exclusively(work.db, account)
    before = sign_ins.lock(work.db, account, work.now)
    _refuse_others(work, account, before, proof, seen, replaces=replaces)
    former = _keep(work, keys, account, before, secrets, kept)
    name, at = proof.name[:LONGEST], find_moment(work, before)
    now = KeptSignIn(
        account, at, proof.identity[:LONGEST] if proof.identity else None, name, proof.rights, proof.until, None, who,
        since=before.since if before else None,
    )  # fmt: skip
    other = before if before is not None and before.identity not in (None, now.identity) else None
    if other is not None:
        now = replace(now, since=at + MICROSECOND)
    sign_ins.save(work.db, now)
    accounts.note_sign_in(work.db, account, healthy=True, sentence=f"Signed in as {name}", now=work.now)
    work.note(FactKind.SIGNED_IN, who, subject=f"account:{account}", **proof.to_json())
    replaced = _replace(work, who, other, now) if other else None
    _tell_mended(work, before, now)
    return SignedIn(replaced, former)


def _keep(
    work: UnitOfWork,
    keys: KeyRing,
    account: str,
    before: KeptSignIn | None,
    secrets: Mapping[str, str],
    kept: Mapping[str, str],
) -> Former | None:
    """In place of what was kept, which is still to be revoked; None: nothing was, or the very same."""
    former = formers.read(work, keys, account, before)
    if former is not None and former.holds(secrets):  # with what revokes it, if it came by a browser
        secrets, former = {**former.secrets, **secrets}, None
    delete_secrets(work.db, account)
    for name, value in {**kept, SECRETS: json.dumps(dict(secrets))}.items():
        save_secret(work.db, keys, account, name, value, work.now)
    return former


def _tell_mended(work: UnitOfWork, before: KeptSignIn | None, now: KeptSignIn) -> None:
    """What people were told of the former sign-in is done with, unless this one ends as soon."""
    if before is not None and (before.refused_at or not is_same_end(before.until, now.until)):
        health.close(work, now.account, f"{list_names(work, (str(now.by_user),))} signed it in again")
    health.redraw(work, now.account)


def _replace(work: UnitOfWork, who: str, former: KeptSignIn, now: KeptSignIn) -> Replaced:
    ended = Replacing(work, who, former, now).end()
    data: dict[str, Any] = {
        "before": former.identity,
        "before_name": former.name,
        "identity": now.identity,
        "name": now.name,
    }
    work.note(FactKind.REPLACED, who, subject=f"account:{now.account}", **data, ended=dict(ended))
    return Replaced(former.name or str(former.identity), ended["posts"], ended["unknown"], ended["replies"])


def _refuse_others(
    work: UnitOfWork, account: str, before: KeptSignIn | None, proof: Proof, seen: str, *, replaces: bool
) -> None:
    if before is None:
        return
    if _stamp(before) != seen and before.by_user is not None:
        raise SignedInMeanwhile(
            account=account, who=before.by_user, when=format_moment(work, before.changed_at)
        )
    if not replaces and before.identity not in (None, proof.identity):
        raise AnotherIdentity(account=account, before=before.name or str(before.identity), now=proof.name)


def _stamp(kept: KeptSignIn | None) -> str:
    return kept.changed_at.isoformat() if kept else ""


def find_moment(work: UnitOfWork, before: KeptSignIn | None) -> datetime:
    """Later than any before it: by this each process sees that there is something to take over."""
    return max(work.now, before.changed_at + MICROSECOND) if before else work.now
