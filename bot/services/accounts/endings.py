"""Telling people that an account's sign-in ends: once for each end and stage, in the channel and by direct message.

That somebody was told is a row of its own, written with the cards in one transaction under the account's lock: of two
workers one tells, and a crash leaves both or neither. A renewal or a new sign-in names another end, which is told anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.kinds import CardType
from bot.domain.people import is_group, list_approvers
from bot.domain.sign_ins.endings import NoticeType, find_moments, is_same_end
from bot.domain.sign_ins.words import NoticeView
from bot.services import duty
from bot.services.accounts import course, health
from bot.services.unit_of_work import UnitOfWork
from bot.store import accounts, sign_in_notices, sign_ins
from bot.store.accounts import SignIn
from bot.store.sign_in_notices import Notice
from bot.store.sign_ins import KeptSignIn
from bot.store.slack import cards, direct_cards, memberships

AGAIN = timedelta(hours=1)  # a network that refuses and takes a sign-in by turns rings nobody more often
Due = tuple[NoticeType, datetime]  # what people are to be told, and the moment it is about


def is_due(work: UnitOfWork) -> bool:
    return any(True for _ in _list_due(work))


def tell(work: UnitOfWork) -> int:
    """Tell all that is due. Returns how many were told."""
    return sum(_tell(work, account) for account in [account for account, _ in _list_due(work)])


def _tell(work: UnitOfWork, account: str) -> bool:
    """Of two workers one does."""
    kept = sign_ins.lock(work.db, account, work.now)
    heard = next(iter(accounts.list_sign_ins(work.db, (account,))), None)
    told = sign_in_notices.list_told(work.db, (account,)).get(account, [])
    due = _find_due(work, kept, heard, told) if kept else None
    if kept is None or due is None:
        return False
    kind, about = due
    said = heard.sentence if heard is not None and heard.healthy is False else None
    drops = said and kind is not NoticeType.UNPAID  # what is to be done then is the network's to say
    why = health.drop_mend(work, account, said) if said and drops else said or kept.renewal_why
    notice = Notice(work.make_id(), account, kind, about, why, work.now)
    sign_in_notices.add(work.db, notice)
    sign_ins.note_told(work.db, account, work.now)
    cards.add(work.db, CardType.SIGN_IN, notice.id, work.policy.review_channel, work.now)
    people, _ = list_people(work, account, kind)
    for person in people:
        direct_cards.add(work.db, CardType.SIGN_IN_DIRECT, notice.id, person, work.now)
    data: dict[str, Any] = {"stage": kind.value, "about": about.isoformat(), "whom": people}
    work.note(FactKind.SIGN_IN_ENDS, None, subject=f"account:{account}", **data)
    health.redraw(work, account)
    return True


def _list_due(work: UnitOfWork) -> Iterator[tuple[str, Due]]:
    rows = sign_ins.load_all(work.db, work.policy.accounts)
    watched = [name for name, kept in rows.items() if kept.until or kept.refused_at or kept.renewal]
    if not watched:
        return
    told = sign_in_notices.list_told(work.db, watched)
    heard = {one.account: one for one in accounts.list_sign_ins(work.db, watched)}
    for name in sorted(watched):
        due = _find_due(work, rows[name], heard.get(name), told.get(name, []))
        if due is not None:
            yield name, due


def _find_due(work: UnitOfWork, kept: KeptSignIn, heard: SignIn | None, told: list[Notice]) -> Due | None:
    if kept.ended_at is not None:
        return None
    ended = health.find_ended_since(work, kept, heard)
    if ended is not None:
        how = NoticeType.UNPAID if kept.unpaid_at else NoticeType.ENDED
        return None if _is_told_ended(told, how, work.now) else (how, kept.unpaid_at or ended)
    if course.is_left_to_byhand(work, kept):
        return None
    taken_at = course.to_course(kept).taken_at
    of_renewal = [one for one in told if one.kind is NoticeType.RENEWAL and one.about == taken_at]
    if kept.renewal is not None and not of_renewal:
        return NoticeType.RENEWAL, taken_at
    if kept.until is None or work.now >= kept.until:
        return None
    moments = find_moments(kept.until, work.policy.hours)
    kind = moments.find_due(work.now)
    known = any(one.kind is kind and is_same_end(one.about, kept.until) for one in told)
    covered = any(one.at >= (moments.day if kind is NoticeType.DAY else moments.week) for one in of_renewal)
    return None if kind is None or known or covered else (kind, kept.until)


def _is_told_ended(told: list[Notice], kind: NoticeType, now: datetime) -> bool:
    """And not over; or told so recently that it is not told again yet."""
    of_it = [one for one in told if one.kind is kind]
    return any(one.over_at is None or timedelta() <= now - one.at < AGAIN for one in of_it)


def list_people(work: UnitOfWork, account: str, kind: NoticeType) -> tuple[list[str], list[str]]:
    """Whom to tell: the account's approvers, and whoever is on shift once it has gone wrong. Apart: user groups whose
    members nobody knows, who can be told in the channel only."""
    wanted = dict.fromkeys(list_approvers(work.policy.find_rules((account,), "")))
    if kind in (NoticeType.ENDED, NoticeType.RENEWAL, NoticeType.UNPAID):
        wanted |= dict.fromkeys(duty.list_to_alarm(work))
    groups = memberships.load(work.db, [each for each in wanted if is_group(each)])
    people: dict[str, None] = {}
    unknown = []
    for each in wanted:
        if not is_group(each):
            people[each] = None
        elif each in groups and groups[each].known:
            people |= dict.fromkeys(sorted(groups[each].members))
        else:
            unknown.append(each)
    return list(people), unknown


def load_notice(work: UnitOfWork, notice_id: str) -> NoticeView | None:
    """What its messages show now."""
    found = sign_in_notices.load(work.db, notice_id)
    if found is None:
        return None
    _, groups = list_people(work, found.account, found.kind)
    kept = sign_ins.load(work.db, found.account)
    unpaid = found.kind is NoticeType.UNPAID and not found.over
    heard = next(iter(accounts.list_sign_ins(work.db, (found.account,))), None) if unpaid else None
    tried = heard if heard is not None and heard.at is not None and heard.at > found.at else None
    return NoticeView(
        kind=found.kind,
        title=work.policy.title_of(found.account),
        about=found.about,
        mend=health.say_mend(work, found.account),
        why=(tried.sentence if tried else found.why) or "",
        over=found.over or "",
        over_at=found.over_at,
        groups=tuple(groups),
        end=kept.until if kept and found.kind is NoticeType.RENEWAL else None,
        account=found.account if unpaid else "",
        tried_at=tried.at if tried else None,
    )
