"""Accounts whose comments Byhand cannot read. People look there themselves, and say that they did."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.people import Person, Right, Role
from bot.domain.refusals import NoSuchAccount, WatchedByByhand, WhoAreYou
from bot.domain.shown.by_hand import Unwatched
from bot.networks.receiving import as_receiving
from bot.services import clicks
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import refuse_guest
from bot.store import accounts

ONE_LOOK = timedelta(minutes=1)  # pressed again so soon by the same person, it is the same look


def say_looked(work: UnitOfWork, person: Person, account: str, key: str) -> None:
    """I've looked: on record, and shown to everybody. Any full member's. Raises NoSuchAccount, WatchedByByhand."""
    _check_right(work, person)
    clicks.count_once(work, key)
    if account not in work.policy.accounts or account == DRILL:
        titles = ", ".join(each.title for each in work.policy.accounts.values())
        raise NoSuchAccount(account=account, accounts=titles, meant="")
    if _is_watched(work, account):
        raise WatchedByByhand(account=work.policy.title_of(account))
    before = accounts.list_looks(work.db, (account,)).get(account)
    if before is not None and before.by == person.id and work.now - before.at < ONE_LOOK:
        return
    accounts.note_look(work.db, account, person.id, work.now)
    work.note(FactKind.LOOKED_THERE, person.id, subject=f"account:{account}", account=account)
    work.wake(Wake.OUTBOX)


def list_unwatched(work: UnitOfWork, only: Collection[str] = ()) -> tuple[Unwatched, ...]:
    """As the settings name them. `only`: of these accounts; of none named, all."""
    names = [name for name in work.policy.accounts if name != DRILL and (not only or name in only)]
    unwatched = [name for name in names if not _is_watched(work, name)]
    looks = accounts.list_looks(work.db, unwatched) if unwatched else {}
    return tuple(
        Unwatched(name, work.policy.title_of(name), last.by, last.at)
        if (last := looks.get(name))
        else Unwatched(name, work.policy.title_of(name))
        for name in unwatched
    )


def _is_watched(work: UnitOfWork, account: str) -> bool:
    """Of an account in the settings; where nothing is signed in (the command line only looks), by those alone."""
    connection = work.accounts.get(account)
    if connection is None:
        return work.policy.accounts[account].window is None
    return as_receiving(connection) is not None


def _check_right(work: UnitOfWork, person: Person) -> None:
    if person.may(Right.TEAM):
        return
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    raise refuse_guest(work, Right.TEAM, "mark an account as looked at")
