"""A statement: while publishing is paused, two people release one post, and that alone goes out.

A release is a person's, of exactly what they saw. The second one makes it go, if one of the two is an approver; all of
it is asked again when it begins (`deliveries/statements.py`). It opens no gate, and no approval is touched.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.deliveries import Delivery, State
from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL, Gate
from bot.domain.kinds import CardType, DeliveryType, LineType
from bot.domain.pause import statements as rules
from bot.domain.pause.statements import Counted, Release
from bot.domain.people import Person, Right
from bot.domain.posts import MOVES, Post, Seen, Status, Verb
from bot.domain.refusals import (
    AlreadyReleased,
    Blocked,
    NoStatementByHand,
    NothingReleased,
    NotInADrill,
    NotOfThisPause,
    NotPaused,
    NotPausedThere,
    Outdated,
)
from bot.domain.shown.state_words import join_names, name_publishing
from bot.services import clicks, offering
from bot.services.pause import drill_over, releases
from bot.services.posts import lifecycle, review, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import make_state_sentence, refuse_guest, refuse_over
from bot.store import deliveries
from bot.store.pause import pauses
from bot.store.pause import releases as rows
from bot.store.pause.pauses import Pause
from bot.store.slack import cards

WITHDREW = "withdrew it"


def release(
    work: UnitOfWork, person: Person, pause_id: str, seen: Seen, key: str, *, anyway: str | None = None
) -> None:
    """One person lets exactly this go. With a second one, and an approver among the two, it goes out at once."""
    lifecycle.check_right(work, person, Verb.RELEASE, seen.post_id)
    clicks.count_once(work, key)
    case = _open(work, pause_id, seen)
    check_paused(work, case.gate, case.post, check_running(work, pause_id))
    review.must_be_in_order(work, case.post, anyway)
    _end_stale(work, case)
    given = rows.list_of_post(work.db, case.post.id)
    if any(one.by == person.id for one in releases.count(work, case.post.version, case.gate, given).each):
        raise AlreadyReleased
    new = _add(work, case, person, pause_id, key, anyway)
    counted = releases.count(work, case.post.version, case.gate, [*given, new])
    if counted.pair is None:
        _ask_for_more(work, case.post, person, new, counted)
    else:
        first, second = counted.pair
        latest = min(first.until, work.now + work.policy.lateness_limit)
        lifecycle.arm_as_statement(work, case.post, second.id, latest)
        releases.tell_goes(work, case.post, new, counted)
    releases.redraw(work, [pause_id])


def _open(work: UnitOfWork, pause_id: str, seen: Seen) -> Case:
    """The post under its lock, as it was seen, and a pause that is still on. Raises refusals."""
    check_running(work, pause_id)
    case = lifecycle.load_case(work, seen.post_id)
    check_running(work, pause_id)  # as it is under the gate: a resume may have been before us
    drill_over.check_post(work, case.post)
    if not seen.is_still(case.post.version.seen):
        raise Outdated(state=make_state_sentence(work, seen.post_id))
    lifecycle.check_table(work, case.post, Verb.RELEASE)
    return case


def check_running(work: UnitOfWork, pause_id: str) -> Pause:
    """The pause on whose message it was pressed. Raises the refusal of one that is over, or is a drill's."""
    found = pauses.load(work.db, pause_id)
    drill_over.check_pause(found)
    if found is None:
        raise NotPaused(what=name_publishing())
    if found.scope == DRILL:
        raise NotInADrill
    if found.ended_at is not None:
        raise refuse_over(work, found)
    return found


def check_paused(work: UnitOfWork, shut: Gate, post: Post, pause: Pause) -> None:
    """Only approvals let a post go to an account that is open; and a statement of one account's pause is for that
    account, perhaps beside others that are paused by themselves; Byhand sends it. Raises NotPausedThere,
    NoStatementByHand."""
    names = post.version.body.accounts
    check_sent_by_byhand(work, names)
    still_open = [name for name in names if shut.closed_for((name,)) is None]
    if still_open:
        titles = join_names([work.policy.title_of(name) for name in still_open])
        raise NotPausedThere(accounts=titles, are="is" if len(still_open) == 1 else "are")
    if not names:
        raise Blocked(objections="it is for no account yet", do="fix")
    if pause.scope not in (ALL, *names):
        raise NotOfThisPause(account=work.policy.title_of(pause.scope))


def check_sent_by_byhand(work: UnitOfWork, accounts: Sequence[str]) -> None:
    """Nobody posts a statement by hand: while publishing is paused, nobody posts anything so. Raises
    NoStatementByHand."""
    by_hand = [work.policy.title_of(name) for name in accounts if offering.is_by_hand(work, name)]
    if by_hand:
        raise NoStatementByHand(accounts=join_names(by_hand))


def list_needing_image(work: UnitOfWork, accounts: Sequence[str]) -> list[str]:
    """Those that take no post without an image: words that are written during a pause never fit there."""
    return [name for name in accounts if work.accounts[name].capabilities.min_pictures]


def may_be_released(work: UnitOfWork, shut: Gate, post: Post, pause: Pause) -> bool:
    """Whether it can be a statement of this pause, as far as its status and accounts go."""
    names = post.version.body.accounts
    fits = pause.scope in (ALL, *names) and shut.pauses_for(names) is not None
    sent = not any(offering.is_by_hand(work, name) for name in names)
    return fits and sent and (post.status, Verb.RELEASE) in MOVES


def _end_stale(work: UnitOfWork, case: Case) -> None:
    """On record what has ended by itself: else the schema takes it for one that stands."""
    shut = releases.find_shut(case.gate, case.post.version.body.accounts)
    stale: dict[str, list[Release]] = {}
    for one in rows.list_of_post(work.db, case.post.id):
        why = one.find_end(case.post.version, shut, work.now)
        if one.ended_at is None and why is not None:
            stale.setdefault(why, []).append(one)
    for why, ended in stale.items():
        rows.end(work.db, [one.id for one in ended], by=None, why=why, now=work.now)
        whose = list(dict.fromkeys(one.by for one in ended))
        work.note(FactKind.RELEASES_ENDED, None, case.post, whose=whose, why=why)
        releases.redraw(work, [one.pause_id for one in ended])


def _add(
    work: UnitOfWork, case: Case, person: Person, pause_id: str, key: str, anyway: str | None
) -> Release:
    version = case.post.version
    new = Release(
        id=work.make_id(), pause_id=pause_id, post_id=case.post.id, version_id=version.id, sha256=version.sha256,
        shut=releases.find_shut(case.gate, version.body.accounts), by=person.id,
        approver=standing.may_approve(work, person, version), at=work.now, waived=anyway,
    )  # fmt: skip
    rows.add(work.db, new, key=key)
    wrote = True if person.id in case.post.authors else None
    work.note(
        FactKind.RELEASED, person.id, case.post, sha256=version.sha256, because=anyway, wrote=wrote,
        pauses=new.shut.pauses,
    )  # fmt: skip
    return new


def _ask_for_more(work: UnitOfWork, post: Post, person: Person, new: Release, counted: Counted) -> None:
    """In the thread of the pause's message: who is asked, until when, and that nothing goes out if nobody does."""
    wanted = releases.list_wanted(work, post.version, counted)
    values = {
        "by": person.id, "until": counted.each[0].until.isoformat(), "approver": bool(wanted),
        "of": [one.of for one in wanted], "mention": releases.list_to_ask(work, post.version, counted),
        "post": post.number, "text": post.version.body.text,
    }  # fmt: skip
    cards.say_on(work.db, CardType.BANNER, new.pause_id, LineType.STATEMENT_WAITS, values, work.now)


def withdraw(work: UnitOfWork, person: Person, pause_id: str, seen: Seen, key: str) -> None:
    """It is not to go out: stopping is everyone's. Once it has begun, its card has Stop the rest and Take down."""
    if not person.may(Right.STOP):
        raise refuse_guest(work, Right.STOP, "withdraw a statement")
    clicks.count_once(work, key)
    check_running(work, pause_id)
    case = lifecycle.load_case(work, seen.post_id)
    drill_over.check_post(work, case.post)
    lifecycle.check_table(work, case.post, Verb.RELEASE)
    if not releases.end(work, case.post, person.id, WITHDREW):
        raise NothingReleased
    disarm(work, case.post)


def disarm(work: UnitOfWork, post: Post) -> None:
    """Nothing of it is to begin as a statement."""
    for one in deliveries.list_of_post(work.db, post.id, lock=True):
        if one.kind is DeliveryType.STATEMENT and one.state in (State.READY, State.CLAIMED):
            deliveries.change(
                work.db, one.id, work.now, state=State.READY, due_at=None, latest_at=None, lease_until=None,
                release_id=None,
            )  # fmt: skip
    if post.status is Status.APPROVED:  # since, after a resume: it waits for its slot like any other
        lifecycle.arm(work, post)


def end_resumed(work: UnitOfWork, by: str) -> None:
    """After a resume, whose gate is open and whose pause is still on: what it left without effect ends, and the thread
    says so at once. What has begun is told elsewhere."""
    for post_id in rows.list_posts(work.db):
        case = lifecycle.load_case(work, post_id)
        shut = releases.find_shut(case.gate, case.post.version.body.accounts)
        stand = [one for one in rows.list_of_post(work.db, post_id) if one.ended_at is None]
        over = (rules.PAUSED_AGAIN, rules.OPEN_AGAIN)
        ended = all(one.find_end(case.post.version, shut, work.now) in over for one in stand)
        if ended and not any(_has_begun(one) for one in deliveries.list_of_post(work.db, post_id)):
            disarm(work, case.post)
            releases.end(work, case.post, by, rules.RESUMED)


def lapse(work: UnitOfWork, post_id: str) -> None:
    """The clock's: thirty minutes have passed since somebody released it, or it was paused again."""
    case = lifecycle.load_case(work, post_id)
    over = releases.list_stale(work, case.post, case.gate)
    if not over:
        return
    shut = releases.find_shut(case.gate, case.post.version.body.accounts)
    why = over[-1].find_end(case.post.version, shut, work.now) or rules.LAPSED
    _end_stale(work, case)
    enough = releases.count(work, case.post.version, case.gate).pair is not None
    if not enough and not any(_has_begun(one) for one in deliveries.list_of_post(work.db, post_id)):
        disarm(work, case.post)
        releases.tell_ended(work, case.post, over, None, why)
    work.wake(Wake.OUTBOX)


def _has_begun(one: Delivery) -> bool:
    """As a statement: what becomes of it is told elsewhere."""
    return one.kind is DeliveryType.STATEMENT and one.state not in (State.READY, State.CLAIMED)
