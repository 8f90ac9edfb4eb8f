"""Who is on shift, and whom that rings. Without a rota the approvers are rung, as for everything else."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import duty
from bot.domain.duty import Change, DutyChange, Turn
from bot.domain.facts import FactKind
from bot.domain.hours import pick_next_quarter
from bot.domain.people import Person, Right, Role
from bot.domain.posts import Seen, Status
from bot.domain.refusals import FieldErrors, NoSuchPost, NotAMember, NotOnShift, OnlyMembersOrAsk, Outdated
from bot.services.clicks import count_once
from bot.services.pause import drill_over
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import make_state_sentence, name_approvers
from bot.store import duty_changes
from bot.store.posts import go_requests, posts
from bot.store.slack import cards, people

A_DAY = timedelta(days=1)
LONGEST_ON, LONGEST_AWAY = A_DAY, 400 * A_DAY
AFTER = timedelta(hours=1)  # its slot, in which most of the answers to a post come
UNDECIDED = (Status.REVIEW, Status.SCHEDULED)  # on whose cards an objection about shifts stands


def list_turns(work: UnitOfWork, start: datetime, end: datetime) -> tuple[Turn, ...]:
    """Who is on shift between two moments, by the beginning; nobody who is no member of the workspace any more."""
    changes = duty_changes.list_between(work.db, start, end)
    if not work.policy.rota and not changes:
        return ()
    turns = duty.list_turns(work.policy.rota, work.policy.zone, changes, start, end)
    known = people.load_roles(work.db, {turn.person for turn in turns})
    return tuple(turn for turn in turns if known.get(turn.person, Role.MEMBER) is Role.MEMBER)


def list_on_shift(work: UnitOfWork, at: datetime | None = None) -> tuple[Turn, ...]:
    """Who is on shift now, or was at that moment, each until when (at most a day from it)."""
    at = at or work.now
    return tuple(turn for turn in list_turns(work, at, at + A_DAY) if turn.start <= at)


def is_still_same(work: UnitOfWork, since: datetime) -> bool:
    """Whether the same people are on shift as at that moment."""
    before, now = ({turn.person for turn in list_on_shift(work, at)} for at in (since, work.now))
    return before == now


def find_next(work: UnitOfWork) -> Turn | None:
    """Who comes on shift next, within a week."""
    turns = list_turns(work, work.now, work.now + 7 * A_DAY)
    return next((turn for turn in turns if turn.start > work.now), None)


def list_to_ring(work: UnitOfWork, *, private: bool = False) -> tuple[str, ...]:
    """Who is rung for a customer: who is on shift, else the approvers. For a private message both: whoever is on shift
    need not be in the private channel."""
    if private:
        return list_to_alarm(work)
    return tuple(turn.person for turn in list_on_shift(work)) or work.policy.approvers


def list_to_alarm(work: UnitOfWork) -> tuple[str, ...]:
    """Who is rung when something goes wrong: the approvers, and who is on shift."""
    return tuple(dict.fromkeys((*work.policy.approvers, *(turn.person for turn in list_on_shift(work)))))


# --- what people say of shifts ------------------------------------------------------------------------


def take_shift(work: UnitOfWork, person: Person, until: datetime, key: str) -> None:
    """This person is on shift from now on. Raises FieldErrors, OnlyMembersOrAsk, Repeated."""
    _check(work, person, key)
    _check_until(work, until, LONGEST_ON)
    _say(work, person, DutyChange.ON, Turn(work.now, until, person.id))


def go_away(work: UnitOfWork, person: Person, until: datetime, key: str) -> None:
    """This person is on no shift until then. Raises FieldErrors, OnlyMembersOrAsk, Repeated."""
    _check(work, person, key)
    _check_until(work, until, LONGEST_AWAY)
    _say(work, person, DutyChange.AWAY, Turn(work.now, until, person.id))


def suggest_until(work: UnitOfWork) -> datetime:
    """What a dialog that asks until when begins with: the end of today's hours, or in about four hours."""
    hours = work.policy.hours
    end = hours.next_edge(work.now) if hours.open_at(work.now) else None
    return end or pick_next_quarter(work.now + 4 * AFTER)


def redraw_asking(work: UnitOfWork) -> None:
    """A shift has begun or ended: cards that ask for a Go name who is on shift."""
    for post in posts.list_with_status(work.db, (Status.REVIEW,)):
        cards.touch_post(work.db, post.id)
    go_requests.touch_since(work.db, work.now - A_DAY)
    work.wake(Wake.OUTBOX)


def hand_over(work: UnitOfWork, person: Person, to: Person, key: str) -> Turn:
    """Somebody else has the rest of this person's shift. Returns it. Raises NotAMember, NotOnShift, OnlyMembersOrAsk,
    Repeated."""
    _check(work, person, key)
    mine = next((turn for turn in list_on_shift(work) if turn.person == person.id), None)
    if mine is None:
        raise NotOnShift
    if to.id == person.id or people.load_roles(work.db, [to.id]).get(to.id) is not Role.MEMBER:
        raise NotAMember
    theirs = Turn(work.now, mine.end, to.id)
    _say(work, person, DutyChange.AWAY, Turn(work.now, mine.end, person.id))
    _say(work, person, DutyChange.ON, theirs)
    return theirs


def be_there(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """This person is on shift in the hour after a post's slot. Raises NoSuchPost, OnlyMembersOrAsk, Outdated where the
    card they pressed on shows another slot or a decision since, Repeated."""
    _check(work, person, key)
    post = posts.load(work.db, seen.post_id, lock=True)
    if post is None:
        raise NoSuchPost
    drill_over.check_post(work, post)
    if post.slot is None or post.status not in UNDECIDED or not seen.is_still(post.version.seen):
        raise Outdated(state=make_state_sentence(work, post.id))
    _say(work, person, DutyChange.ON, Turn(post.slot, post.slot + AFTER, person.id))


def check_may_change(work: UnitOfWork, person: Person) -> None:
    """Raises OnlyMembersOrAsk."""
    if not person.may(Right.TEAM):
        raise OnlyMembersOrAsk(verb="change who is on shift", approvers=name_approvers(work))


def _check(work: UnitOfWork, person: Person, key: str) -> None:
    check_may_change(work, person)
    count_once(work, key)


def _check_until(work: UnitOfWork, until: datetime, longest: timedelta) -> None:
    if until <= work.now:
        raise FieldErrors({"until": "That time has passed."})
    if until > work.now + longest:
        raise FieldErrors(
            {"until": f"That is more than {longest.days} {'day' if longest.days == 1 else 'days'} ahead."}
        )


def _say(work: UnitOfWork, by: Person, kind: DutyChange, turn: Turn) -> None:
    duty_changes.add(work.db, work.make_id(), Change(kind, turn), by.id, work.now)
    work.note(
        FactKind.SHIFT, by.id, subject=f"shift:{turn.person}", person=turn.person, kind=kind.value,
        start=turn.start.isoformat(), end=turn.end.isoformat(),
    )  # fmt: skip
    for post in posts.list_with_status(work.db, UNDECIDED):
        if post.slot is not None and post.slot < turn.end and post.slot + AFTER > turn.start:
            cards.touch_post(work.db, post.id)
    go_requests.touch_since(work.db, work.now - A_DAY)
