"""Accounts whose network does nothing before somebody pays there: nothing is asked of them until a person says so.

Their clients stop by themselves (`find_stop` in `networks/protocol.py`). That one is out of credits is kept with its
sign-in, as a refusal; [Try now] is kept there too until the network has been asked, by whichever process looks next, so
that one that dies on the way leaves it to another.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.facts import FactKind
from bot.domain.outcomes import NeedsCredit, Outcome
from bot.domain.people import Person, Right, Role, list_approvers, may_approve
from bot.domain.refusals import NoSuchAccount, OnlyApprovers, WhoAreYou
from bot.domain.sign_ins import words
from bot.domain.sign_ins.refusals import NothingToTry, NotOutOfCredits, TriedAlready
from bot.networks.protocol import Health, find_stop
from bot.services import clicks
from bot.services.accounts import health
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_moment, list_names, name_approvers, refuse_guest
from bot.store import sign_ins
from bot.store.engine.leases import drop_lease, make_name, take_lease

LEASE = timedelta(minutes=1)  # of who asks: longer than that takes
VERB = "have an account tried again"


def note_outcome(work: UnitOfWork, account: str, outcome: Outcome) -> None:
    """A send or an upload that found no credits. One that was not made, because an earlier one had found none, says
    nothing new."""
    if isinstance(outcome, NeedsCredit) and outcome.http_status is not None:
        sentence = words.say_no_credit(work.policy.title_of(account), outcome)
        health.note_health(work, account, Health(False, sentence, unpaid=True))


def list_to_ask(work: UnitOfWork) -> tuple[str, ...]:
    """Accounts to be asked now: somebody pressed Try now; or this process asks nothing of one that is well by now, as
    another process heard, or has not said yet that it is not."""
    rows = sign_ins.load_all(work.db, work.policy.accounts)
    stopped = [name for name, client in work.accounts.items() if isinstance(find_stop(client), NeedsCredit)]
    again = [name for name in stopped if name not in rows or rows[name].unpaid_at is None]
    return tuple(dict.fromkeys([*(name for name, kept in rows.items() if kept.try_at is not None), *again]))


def take_to_ask(work: UnitOfWork, by: str) -> dict[str, datetime | None]:
    """The same, each with the moment at which somebody pressed (None: nobody did). Of two processes one has those that
    were pressed for; if it dies before `note_asked`, another has them a minute later."""
    pressed = {name: _find_press(work, name) for name in list_to_ask(work) if name in work.accounts}
    found: dict[str, datetime | None] = {name: None for name, at in pressed.items() if at is None}
    for name in (name for name, at in pressed.items() if at is not None):
        lease = make_name("try", name)
        if take_lease(work.db, lease, by, work.now, work.now + LEASE):
            if (at := _find_press(work, name)) is not None:
                found[name] = at
            else:  # whoever had the lease has asked
                drop_lease(work.db, lease, by)
    return found


def note_asked(
    work: UnitOfWork,
    account: str,
    said: Health,
    of: health.Stamp | None,
    pressed: datetime | None,
    by: str,
) -> None:
    """What it said, and that whoever pressed then has their answer; with secrets that were exchanged meanwhile it is
    asked again."""
    health.note_health(work, account, said, of)
    kept = sign_ins.load(work.db, account)
    if pressed is None or kept is None:
        return
    if of is None or kept.stamp == of:
        sign_ins.end_try(work.db, account, pressed)
    drop_lease(work.db, make_name("try", account), by)


def _find_press(work: UnitOfWork, account: str) -> datetime | None:
    kept = sign_ins.load(work.db, account)
    return kept.try_at if kept is not None else None


def is_unpaid(work: UnitOfWork, account: str) -> bool:
    kept = sign_ins.load(work.db, account)
    return kept is not None and kept.unpaid_at is not None


def try_now(work: UnitOfWork, person: Person, account: str, key: str) -> None:
    """[Try now]. Raises OnlyMembersOrAsk, WhoAreYou, OnlyApprovers, NoSuchAccount, NothingToTry, NotOutOfCredits,
    TriedAlready."""
    _check_right(work, person, account)
    clicks.count_once(work, key)
    if account not in work.policy.accounts:
        titles = ", ".join(each.title for each in work.policy.accounts.values())
        raise NoSuchAccount(account=account, accounts=titles, meant="")
    kept, title = sign_ins.lock(work.db, account, work.now), work.policy.title_of(account)
    if kept is None or (kept.unpaid_at is None and kept.refused_at is None):
        raise NothingToTry(account=title)
    if kept.unpaid_at is None:
        raise NotOutOfCredits(account=title, mend=health.say_mend(work, account))
    if kept.try_at is not None:
        who = list_names(work, (kept.try_by or "",))
        raise TriedAlready(who=who, at=format_moment(work, kept.try_at), account=title)
    sign_ins.note_try(work.db, account, person.id, work.now)
    work.note(FactKind.TRY_ACCOUNT, person.id, subject=f"account:{account}")
    work.wake(Wake.OUTBOX)


def _check_right(work: UnitOfWork, person: Person, account: str) -> None:
    """Whose approval counts for its posts."""
    if person.role in (Role.GUEST, Role.OUTSIDER):
        raise refuse_guest(work, Right.APPROVE, VERB)
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    rules = work.policy.find_rules((account,), "")
    if not may_approve(person, rules):
        raise OnlyApprovers(verb=VERB, approvers=name_approvers(work, list_approvers(rules)))
