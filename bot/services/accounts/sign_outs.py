"""Signing an account out, by a person at the shell: what was kept is not used any more, the network is asked to revoke
it, and it is forgotten."""

from __future__ import annotations

from bot.domain.facts import FactKind
from bot.domain.refusals import NotSignedIn
from bot.networks.signin.protocol import Revoked
from bot.services.accounts import former as formers
from bot.services.accounts import health
from bot.services.accounts.connections import NOBODY
from bot.services.accounts.former import Former
from bot.services.accounts.sign_ins import find_moment
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store import accounts, sign_ins
from bot.store.engine.vault import KeyRing, delete_secrets
from bot.store.sign_ins import KeptSignIn


def sign_out(work: UnitOfWork, keys: KeyRing, who: str, account: str) -> Former:
    """Nothing goes out there from now on; `forget` comes when the network was told. Raises NotSignedIn."""
    before = sign_ins.lock(work.db, account, work.now)
    former = formers.read(work, keys, account, before)
    if former is None:
        raise NotSignedIn(account=account)
    at = find_moment(work, before)
    since = before.since if before else None
    sign_ins.save(
        work.db,
        KeptSignIn(account, at, former.identity, former.name, by_user=who, ended_at=work.now, since=since),
    )
    accounts.note_sign_in(work.db, account, healthy=False, sentence=NOBODY, now=work.now)
    formers.note(
        work, FactKind.SIGNED_OUT, who, former, again=before is not None and before.ended_at is not None
    )
    health.close(work, account, f"{list_names(work, (who,))} signed it out")
    health.redraw(work, account)
    return Former(account, former.identity, former.name, former.secrets, former.kept, at)


def forget(work: UnitOfWork, who: str, former: Former, revoked: Revoked) -> None:
    """It is gone from the database; what somebody signed in with meanwhile stays."""
    row = sign_ins.lock(work.db, former.account, work.now)
    if row is None or row.changed_at == former.ended_at:
        delete_secrets(work.db, former.account)
    formers.note_revoked(work, who, former, revoked)
