"""Exchanging an account's secrets for new ones: what is written before the network is asked, and after.

Two transactions around one call, as of a send. The first takes the account's lease, reads the secrets anew and writes
that the network is asked; the second keeps what came, before anybody uses it. Who signed the account in meanwhile wins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.outcomes import Later, NeedsLogin, NotSent, Outcome, Refused, Unknown
from bot.domain.sign_ins import words
from bot.domain.sign_ins.renewal import LEASE, Renewal, find_rest
from bot.networks.protocol import AccountSettings
from bot.networks.signin.protocol import Renewed, Renewing
from bot.services.accounts import course, health
from bot.services.accounts.connection import Connection
from bot.services.accounts.connections import SECRETS, load_secrets
from bot.services.unit_of_work import UnitOfWork
from bot.store import sign_ins
from bot.store.engine.leases import drop_lease, make_name, take_lease
from bot.store.engine.vault import KeyRing, save_secret
from bot.store.sign_ins import KeptRenewal, KeptSignIn


@dataclass(frozen=True)
class Task:
    """One call, that is written down."""

    account: AccountSettings  # with the secrets as they are kept
    way: Renewing
    signed_in_at: datetime  # `changed_at` of what is exchanged
    renewed_at: datetime | None  # and which of its pairs it was
    at: datetime
    tries: int
    by: str  # the process
    secrets: Mapping[str, str] = field(repr=False)


def list_due(work: UnitOfWork) -> list[str]:
    """Accounts whose secrets are to be exchanged now."""
    ways = {name: way for name in work.accounts if (way := course.find_way(work, name)) is not None}
    rows = sign_ins.load_all(work.db, ways) if ways else {}
    moments = {name: course.find_next(ways[name], kept, work.now) for name, kept in rows.items()}
    return sorted(name for name, at in moments.items() if at is not None and at <= work.now)


def begin(work: UnitOfWork, keys: KeyRing, account: str, by: str) -> Task | None:
    """Write down that the network is asked. None: it is not, for somebody else does it or did. Raises BadKey."""
    way, connection = course.find_way(work, account), work.accounts[account]
    kept = sign_ins.lock(work.db, account, work.now)
    if way is None or kept is None or not isinstance(connection, Connection):
        return None
    moment = course.find_next(way, kept, work.now)
    if moment is None or moment > work.now or not _take_lease(work, account, by):
        return None
    if kept.renewal == Renewal.ASKED and way.single_use:
        _note_failed(work, kept, Unknown(words.GONE), way)
        drop_lease(work.db, make_name("renew", account), by)
        return None
    secrets = load_secrets(work.db, keys, account)
    if secrets is None or connection.opened.account is None:
        return None
    tries = (kept.renewal_tries or 0) + 1
    sign_ins.note_renewal(work.db, account, KeptRenewal(Renewal.ASKED, work.now, tries))
    settings = replace(connection.opened.account, secrets=secrets)
    return Task(settings, way, kept.changed_at, kept.renewed_at, work.now, tries, by, secrets)


def end(work: UnitOfWork, keys: KeyRing, task: Task, outcome: Renewed | Outcome) -> bool:
    """Keep what came of it; may be done again where nobody knows whether it was. False: nothing was kept, for it is
    kept already, another process was faster, or somebody signed the account in or out meanwhile."""
    account = task.account.name
    kept = sign_ins.lock(work.db, account, work.now)
    drop_lease(work.db, make_name("renew", account), task.by)
    if kept is None or kept.changed_at != task.signed_in_at or kept.ended_at is not None:
        return False
    if kept.renewed_at != task.renewed_at:
        return False
    if isinstance(outcome, Renewed):
        _keep(work, keys, task, outcome)
    elif kept.renewal_tries == task.tries and (
        kept.renewal == Renewal.ASKED or not isinstance(outcome, Unknown)
    ):
        _note_failed(work, kept, outcome, task.way)
    return True


def _keep(work: UnitOfWork, keys: KeyRing, task: Task, new: Renewed) -> None:
    account = task.account.name
    secrets = {**task.secrets, **new.secrets}
    save_secret(work.db, keys, account, SECRETS, json.dumps(secrets), work.now)
    sign_ins.note_renewed(work.db, account, max(work.now, task.at), new.until)
    until = new.until.isoformat() if new.until else None
    work.note(FactKind.RENEWED, None, subject=f"account:{account}", until=until)
    health.close(work, account, words.RENEWED)
    health.redraw(work, account)


def _note_failed(work: UnitOfWork, kept: KeptSignIn, outcome: Outcome, way: Renewing) -> None:
    """What comes next: nothing where the network said no, or where nobody knows and a second try could do harm."""
    tries = kept.renewal_tries or 1
    after = work.now + find_rest(tries)
    match outcome:
        case Refused(why) | NeedsLogin(why):
            state, why = Renewal.REFUSED, words.describe_no(why)
        case Unknown(why) if way.single_use:
            state, why = Renewal.UNKNOWN, words.describe_lost(why)
        case Later(why, at):
            state, why, after = Renewal.LATER, words.describe_last_try(why), max(after, at or after)
        case NotSent(why) | Unknown(why):
            state, why = Renewal.LATER, words.describe_last_try(why)
        case _:
            raise TypeError(f"no outcome of a renewal: {type(outcome).__name__}")
    now = KeptRenewal(state, work.now, tries, why, after if state is Renewal.LATER else None)
    sign_ins.note_renewal(work.db, kept.account, now)
    work.note(
        FactKind.NOT_RENEWED, None, subject=f"account:{kept.account}", state=now.state.value, tries=tries
    )
    health.redraw(work, kept.account)


def _take_lease(work: UnitOfWork, account: str, by: str) -> bool:
    return take_lease(work.db, make_name("renew", account), by, work.now, work.now + LEASE)
