"""How the accounts' sign-ins stand: what the networks said last, what stops posts, and who must do what.

A sign-in counts as ended when the network refuses it, not when it does not answer; and when its end has come and the
network was not heard to take it since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.facts import FactKind
from bot.domain.kinds import CardType
from bot.domain.shown.post_screens import AccountHealth
from bot.domain.sign_ins import words
from bot.domain.sign_ins.endings import find_moments, is_same_end
from bot.domain.urgency import Urgency
from bot.networks.protocol import Health
from bot.networks.registry import load_network
from bot.services.accounts import costs, course
from bot.services.accounts.connection import Connection
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_date
from bot.settings.account_entry import make_secret_prefix
from bot.store import accounts, sign_in_notices, sign_ins
from bot.store.accounts import SignIn
from bot.store.pause import pause_effects
from bot.store.sign_in_notices import Notice
from bot.store.sign_ins import KeptSignIn
from bot.store.slack import cards

Stamp = tuple[datetime, datetime | None]
GRACE = timedelta(minutes=11)  # after an end: by then the network was asked twice whether it takes it still


def note_health(work: UnitOfWork, account: str, health: Health, of: Stamp | None = None) -> None:
    """What the network said of a sign-in. `of`: which secrets it was asked with; of those that were exchanged meanwhile
    nothing is noted."""
    before = sign_ins.load(work.db, account)
    if before is not None and of is not None and before.stamp != of:
        return
    accounts.note_sign_in(work.db, account, healthy=health.ok, sentence=health.sentence, now=work.now)
    if before is None and (health.ok or not health.heard):
        return
    kept = before or KeptSignIn(account, work.now)
    refused = not health.ok if health.heard else kept.refused_at is not None
    told = health.ok and (health.until is not None or health.endless)
    until = health.until if told and not is_same_end(kept.until, health.until) else kept.until
    unpaid = refused and (health.unpaid if health.heard else kept.unpaid_at is not None)
    if (refused, unpaid) != (kept.refused_at is not None, kept.unpaid_at is not None) or until != kept.until:
        _note_change(work, account, refused=refused, unpaid=unpaid, until=until, of=of)
    elif unpaid:  # it was tried, and what people were told says when
        _redraw_told(work, [one.id for one in _list_open(work, account)])


def _note_change(
    work: UnitOfWork, account: str, *, refused: bool, unpaid: bool, until: datetime | None, of: Stamp | None
) -> None:
    """Of two processes that heard the same one notes it."""
    kept = sign_ins.lock(work.db, account, work.now) or KeptSignIn(account, work.now)
    if of is not None and kept.stamp != of:
        return
    if unpaid != (kept.unpaid_at is not None):
        sign_ins.note_unpaid(work.db, account, work.now if unpaid else None)
        if unpaid:
            work.note(FactKind.UNPAID, None, subject=f"account:{account}")
    if until != kept.until:
        sign_ins.note_until(work.db, account, until)
        close(work, account, "The network names another end now" if until else "It has no end any more")
    if refused != (kept.refused_at is not None):
        sign_ins.note_refused(work.db, account, work.now if refused else None)
        if not unpaid:
            kind = FactKind.SIGN_IN_REFUSED if refused else FactKind.SIGN_IN_WORKS
            work.note(kind, None, subject=f"account:{account}")
        if not refused:
            close(work, account, "It works again")
    redraw(work, account)


def close(work: UnitOfWork, account: str, over: str) -> None:
    """What people were told of this sign-in is done with. `over`: what was done, in a sentence."""
    _redraw_told(work, sign_in_notices.close(work.db, account, over, work.now))


def _list_open(work: UnitOfWork, account: str) -> list[Notice]:
    told = sign_in_notices.list_told(work.db, (account,)).get(account, [])
    return [one for one in told if one.over_at is None]


def _redraw_told(work: UnitOfWork, notices: Iterable[str]) -> None:
    for notice_id in notices:
        for kind in (CardType.SIGN_IN, CardType.SIGN_IN_DIRECT):
            cards.touch(work.db, kind, notice_id, urgency=Urgency.NEWS)
    work.wake(Wake.OUTBOX)


def redraw(work: UnitOfWork, account: str) -> None:
    """Cards and Home say whether it is signed in."""
    pause_effects.redraw(work.db, account, urgency=Urgency.NOT_URGENT)
    work.wake(Wake.OUTBOX)


# --- how it stands -----------------------------------------------------------------------------------


def find_ended_since(work: UnitOfWork, kept: KeptSignIn, heard: SignIn | None) -> datetime | None:
    """Since when nothing goes out there because its sign-in has ended; None: it has not, for all that is known."""
    if kept.ended_at is not None:
        return None  # somebody signed it out on purpose
    if kept.refused_at is not None:
        return kept.refused_at
    if kept.until is None or work.now < kept.until + GRACE or course.is_left_to_byhand(work, kept):
        return None
    lasts = heard is not None and heard.healthy and heard.at is not None and heard.at > kept.until
    return None if lasts else kept.until


@dataclass(frozen=True)
class Judged:
    """Sentences about accounts of a post."""

    signed_out: tuple[str, ...] = ()  # nothing goes out there until somebody signs them in
    unheard: tuple[str, ...] = ()  # their network did not say; it may be well again before the slot


def judge(work: UnitOfWork, names: Collection[str]) -> Judged:
    """As last heard."""
    rows = sign_ins.load_all(work.db, names) if names else {}
    out, unheard = [], []
    for heard in accounts.list_sign_ins(work.db, names):
        kept = rows.get(heard.account)
        if kept is not None and _is_out(work, kept, heard):
            out.append(_say_signed_out(work, kept, heard))
        elif heard.healthy is False:
            title = work.policy.title_of(heard.account)
            unheard.append(words.describe_unheard(title, heard.sentence or ""))
    return Judged(tuple(out), tuple(unheard))


def _is_out(work: UnitOfWork, kept: KeptSignIn, heard: SignIn) -> bool:
    return kept.ended_at is not None or find_ended_since(work, kept, heard) is not None


def _say_signed_out(work: UnitOfWork, kept: KeptSignIn, heard: SignIn) -> str:
    title, mend = work.policy.title_of(kept.account), say_mend(work, kept.account)
    if kept.ended_at is None and kept.refused_at is not None and heard.sentence:
        return words.describe_refused(title, heard.sentence)
    if kept.ended_at is not None or kept.until is None:
        return words.describe_signed_out(title, mend)
    return f"{words.describe_ended(title, f'on {format_date(work, kept.until)}')}. {mend}"


def list_account_health(work: UnitOfWork, only: Collection[str] = ()) -> tuple[AccountHealth, ...]:
    names = only or work.policy.accounts
    rows = sign_ins.load_all(work.db, names)
    return tuple(
        _add_end(
            work,
            AccountHealth(
                work.policy.title_of(one.account),
                one.healthy,
                one.sentence or "not asked yet",
                cost=costs.say_month(work, one.account),
                unpaid=one.account if _is_unpaid(rows.get(one.account)) else "",
            ),
            rows.get(one.account),
        )
        for one in accounts.list_sign_ins(work.db, names)
    )


def _is_unpaid(kept: KeptSignIn | None) -> bool:
    return kept is not None and kept.unpaid_at is not None


def _add_end(work: UnitOfWork, health: AccountHealth, kept: KeptSignIn | None) -> AccountHealth:
    """From 7 days before on: until when, and who must do what."""
    if kept is None or kept.until is None or kept.ended_at is not None or health.ok is False:
        return health
    if course.is_left_to_byhand(work, kept):
        return health
    if work.now < find_moments(kept.until, work.policy.hours).week or work.now >= kept.until:
        return health
    end = words.describe_end(health.title, f"on {format_date(work, kept.until)}")
    return replace(health, ends=f"{end}. {say_mend(work, kept.account)}.")


# --- who must do what --------------------------------------------------------------------------------


def say_mend(work: UnitOfWork, account: str) -> str:
    """Without a full stop."""
    known, connection = work.policy.accounts.get(account), work.accounts.get(account)
    names = list_variables(work, account)
    if names and not (isinstance(connection, Connection) and connection.opened.renew):
        return words.say_mend_of_environment(" and ".join(names))
    return words.say_mend(f"byhand connect {known.network if known else 'NETWORK'} {account}")


def drop_mend(work: UnitOfWork, account: str, said: str) -> str:
    """A network's sentence without what is to be done at its end, for where `say_mend` stands beside it."""
    connection = work.accounts.get(account)
    ends = [f"Set a new {name}." for name in list_variables(work, account)]
    ends += [connection.opened.renew] if isinstance(connection, Connection) else []
    for each in filter(None, ends):
        said = said.removesuffix(each).rstrip()
    return said


def list_variables(work: UnitOfWork, account: str) -> list[str]:
    """The environment variables that hold an account's secrets, if it uses any."""
    known = work.policy.accounts.get(account)
    try:
        return (
            [make_secret_prefix(account) + secret for secret in load_network(known.network).secrets]
            if known
            else []
        )
    except ValueError:  # a network of a plugin that is not installed any more
        return []
