"""The verbs of review: approve, say Go, undo, hold, kill, bring back, pick a new time, post now.

Each is one transaction. A refusal is raised before anything is written, and names what the person should know.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain import approvals as approval_rules
from bot.domain.facts import FactKind
from bot.domain.gate import ALL, GateRow
from bot.domain.kinds import ApprovalType, CardType, LineType
from bot.domain.people import Person
from bot.domain.posts import MOVES, Post, Seen, Status, Verb
from bot.domain.preflight.due import find_deadline, find_end
from bot.domain.preflight.objections import Objection, asks_to_look, list_against_go
from bot.domain.refusals import (
    AlreadyApproved,
    AuthorMayNotApprove,
    Blocked,
    CannotBeWaived,
    FieldErrors,
    NoApproverLeft,
    NotFrom,
    NothingToUndo,
    OnlyApprovers,
    Paused,
    SlotPassed,
    YoursToPost,
)
from bot.domain.shown.state_words import name_publishing
from bot.domain.urgency import Urgency
from bot.services import alone
from bot.services.posts import lifecycle, preflight, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names, name_approvers
from bot.store import record
from bot.store.posts import approvals, posts
from bot.store.slack import cards


def approve(work: UnitOfWork, person: Person, seen: Seen, key: str, *, anyway: str | None = None) -> None:
    """One person's approval of these words and, inside the lead, of this moment."""
    case = lifecycle.open_case(work, person, Verb.APPROVE, seen, key)
    given = give_approval(work, case, person, key, anyway)
    post = replace(case.post, copied_at=None) if anyway else case.post
    post = lifecycle.lead_by_approvals(work, case, post, Verb.APPROVE, person.id, given)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def approve_words(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """Of the words alone, also where the review has opened meanwhile: nobody asked this person for the moment."""
    case = lifecycle.open_case(work, person, Verb.APPROVE, seen, key)
    given = give_approval(work, case, person, key, only_words=True)
    post = lifecycle.lead_by_approvals(work, case, case.post, Verb.APPROVE, person.id, given)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def go(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """The moment is right, of words that were approved before the review opened. After a pause only an approver can
    say so; and nobody before the lead, which may have become shorter since the card was put up. Raises Blocked,
    NotFrom, OnlyApprovers, Paused, SlotPassed, YoursToPost."""
    case = lifecycle.open_case(work, person, Verb.GO, seen, key)
    must_be_open(work, case)
    must_be_in_time(work, case.post)
    lifecycle.save(work, say_go(work, case, person, key), urgency=Urgency.DECISION)


def say_go(work: UnitOfWork, case: Case, person: Person, key: str) -> Post:
    """The same of a post that is open and in time; not saved. Of one that is being sent it leads nowhere."""
    given = approvals.list_of_version(work.db, case.post.version.id)
    counted = standing.count(work, case.post.version, case.epochs, given)
    if not counted.asks_go:
        raise NotFrom(verb=Verb.GO.say("it"), state="Its words have to be approved first.")
    if not approval_rules.is_in_lead(work.now, case.post.version, work.policy):
        raise NotFrom(
            verb=Verb.GO.say("it"), state=f"It is too early: Go counts from {_name_lead(work, case.post)} on."
        )
    version = case.post.version
    if counted.paused_since(case.epochs) and not standing.may_approve(work, person, version):
        named = name_approvers(work, standing.list_named(work, version))
        raise OnlyApprovers(verb=Verb.GO.say("a post after a pause"), approvers=named)
    waived = any(one.waived for one in counted.words)
    refuse_blocked(list_against_go(preflight.list_blocks(work, case.post), waived=waived))
    given = [*given, _add_go(work, case, person, key)]
    if (case.post.status, Verb.GO) not in MOVES:
        return case.post
    return lifecycle.lead_by_approvals(work, case, case.post, Verb.GO, person.id, given)


def _name_lead(work: UnitOfWork, post: Post) -> str:
    """When its review opens."""
    return format_moment(work, (post.slot or work.now) - work.policy.lead_for(post.version.body.accounts))


def _add_go(
    work: UnitOfWork, case: Case, person: Person, key: str, anyway: str | None = None
) -> approval_rules.Approval:
    version = case.post.version
    said = approval_rules.Approval(
        id=work.make_id(), version_id=version.id, sha256=version.sha256, kind=ApprovalType.GO,
        epochs=case.epochs, by=person.id, at=work.now, waived=anyway,
    )  # fmt: skip
    approvals.add(work.db, said, post_id=case.post.id, key=key)
    what = FactKind.APPROVED_ANYWAY if anyway else FactKind.GO
    work.note(what, person.id, case.post, sha256=version.sha256, because=anyway)
    return said


def must_be_in_time(work: UnitOfWork, post: Post) -> None:
    """Raises SlotPassed; YoursToPost where people post it themselves and still may."""
    end, last = find_deadline(post, work.policy), find_end(post, work.policy)
    if end is None or end <= work.now:
        raise YoursToPost if last is not None and last > work.now else SlotPassed


def give_approval(
    work: UnitOfWork, case: Case, person: Person, key: str, anyway: str | None = None, *,
    only_words: bool = False,
) -> list[approval_rules.Approval]:  # fmt: skip
    """Returns every approval of the version, this one last. A scheduled post's are of the words only: nobody was asked
    for its moment."""
    post = case.post
    lifecycle.check_approver(work, person, Verb.APPROVE, post.version)  # an edit may have changed who that is
    must_be_open(work, case)
    must_be_in_time(work, post)
    must_be_free_to_approve(work, person, post)
    must_be_in_order(work, post, anyway)
    in_lead = approval_rules.is_in_lead(work.now, post.version, work.policy)
    early = only_words or post.status is Status.SCHEDULED or not in_lead
    given = approvals.list_of_version(work.db, post.version.id)
    counted = standing.count(work, post.version, case.epochs, given)
    if any(one.by == person.id for one in counted.words):
        if early or counted.moment is not None:
            raise AlreadyApproved
        return [*given, _add_go(work, case, person, key, anyway)]  # what is missing is the moment
    return [*given, add_approval(work, case, person, key, anyway, early=early)]


def must_be_free_to_approve(work: UnitOfWork, person: Person, post: Post) -> None:
    """The author rule: it says what this person did, and whom to ask instead; or that there is nobody."""
    if not standing.is_barred(work, person, post):
        return
    did = approval_rules.describe_authorship(person.id, post, posts.list_versions(work.db, post.id))
    locked = standing.count_missing(work, post)
    if locked is not None and locked.left == 0:
        raise NoApproverLeft(did=did, mend=locked.mend)
    raise AuthorMayNotApprove(did=did, approvers=list_names(work, standing.list_to_ask(work, post)))


def add_approval(
    work: UnitOfWork, case: Case, person: Person, key: str, anyway: str | None = None, *, early: bool = False
) -> approval_rules.Approval:
    """Write the row; whether it may be given was asked before. `early`: of the words only."""
    version = case.post.version
    approval = approval_rules.Approval(
        id=work.make_id(), version_id=version.id, sha256=version.sha256, kind=ApprovalType.APPROVE,
        epochs=case.epochs, by=person.id, at=work.now, waived=anyway, words=version.words if early else None,
    )  # fmt: skip
    approvals.add(work.db, approval, post_id=case.post.id, key=key)
    what = FactKind.APPROVED_ANYWAY if anyway else FactKind.APPROVED
    own = approval_rules.is_barred_author(person, case.post, work.policy)  # and may all the same
    work.note(
        what,
        person.id,
        case.post,
        sha256=version.sha256,
        because=anyway,
        early=early or None,
        alone=own or None,
    )
    if own:
        alone.note(work, person, case.post)
    return approval


def _must_have_enough_approvers(work: UnitOfWork, post: Post) -> None:
    """Else every approval would end for a post that cannot get what it needs, and is missed."""
    locked = standing.count_missing(work, post)
    if locked is not None and (locked.left > 0 or locked.where):
        raise NotFrom(verb=Verb.POST_NOW.say("it"), state=f"{locked.sentence} {locked.mend}")


def must_be_open(work: UnitOfWork, case: Case) -> None:
    row = case.gate.closed_for(case.post.version.body.accounts)
    if row is not None:
        raise _paused(work, row)


def _paused(work: UnitOfWork, row: GateRow) -> Paused:
    what = name_publishing(None if row.scope == ALL else work.policy.title_of(row.scope))
    return Paused(by=list_names(work, (row.by or "",)), at=format_moment(work, row.at), what=what)


def must_be_in_order(work: UnitOfWork, post: Post, anyway: str | None) -> None:
    """What stops its approval: fixed, or waived with a reason. Raises Blocked and CannotBeWaived."""
    blocks = preflight.list_blocks(work, post)
    firm = [block for block in blocks if not block.waivable]
    if firm and anyway is not None:
        raise CannotBeWaived(objections="; ".join(block.sentence for block in firm))
    if anyway is None:
        refuse_blocked(blocks)


def refuse_blocked(blocks: tuple[Objection, ...]) -> None:
    """Raises Blocked where there are any."""
    if blocks:
        sentences = "; ".join(block.sentence for block in blocks)
        raise Blocked(objections=sentences, do="look" if asks_to_look(blocks) and len(blocks) == 1 else "fix")


def undo(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """Take an approval back: one's own, or as an approver the latest of another's."""
    case = lifecycle.open_case(work, person, Verb.UNDO, seen, key)
    given = approvals.list_of_version(work.db, case.post.version.id)
    counting = [one for one in given if one.counts_for(case.post.version, case.epochs)]
    mine, rules = (
        [one for one in counting if one.by == person.id],
        standing.find_rules(work, case.post.version),
    )
    takeable = mine or [one for one in counting if approval_rules.may_undo(person, one, rules)]
    if not takeable:
        raise NothingToUndo
    last = takeable[-1]
    of_go = last.kind is ApprovalType.GO
    why = approval_rules.GO_TAKEN_BACK if of_go else approval_rules.TAKEN_BACK
    approvals.end_one(work.db, last.id, by=person.id, why=why, now=work.now)
    work.note(FactKind.APPROVAL_UNDONE, person.id, case.post, of=last.by, go=of_go or None)
    post = lifecycle.lead_by_approvals(work, case, case.post, Verb.UNDO, person.id, because=why)
    if post.status is not case.post.status:
        say_ended(work, post, person, why, [last.by])
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def say_ended(work: UnitOfWork, post: Post, person: Person, what: str, whose: list[str]) -> None:
    """An approval that ended is said in the thread, and the approvers who may give a new one are mentioned: but whoever
    ended it knows."""
    asked = standing.list_to_ask(work, post)
    called = [each for each in asked if each != person.id]
    values = {"what": what, "by": person.id, "whose": whose, "mention": called, "locked": not asked}
    cards.say(work.db, post.id, LineType.ENDED, values, work.now)


def hold(work: UnitOfWork, person: Person, seen: Seen, key: str, *, reason: str = "") -> None:
    """Not now: it needs a new time."""
    _stop(work, person, Verb.HOLD, seen, key, reason)


def kill(work: UnitOfWork, person: Person, seen: Seen, key: str, *, reason: str = "") -> None:
    """It will not be published."""
    _stop(work, person, Verb.KILL, seen, key, reason)


def _stop(work: UnitOfWork, person: Person, verb: Verb, seen: Seen, key: str, reason: str) -> None:
    case = lifecycle.open_case(work, person, verb, seen, key)
    held = verb is Verb.HOLD
    what, but = ("put it on hold", case.post.version.words) if held else ("killed it", None)
    whose = lifecycle.end_approvals(work, case.post, person.id, what, but=but)
    if case.post.status is Status.APPROVED:
        _say_stopped(work, case.post, person, whose, held=held, reason=reason.strip())
    post = lifecycle.lead(work, case.post, verb, person.id, reason=reason.strip() or None)
    work.note(
        FactKind.HELD if held else FactKind.KILLED, person.id, post, reason=reason, was=case.post.status.key
    )
    lifecycle.save(work, post, urgency=Urgency.AT_ONCE)
    lifecycle.redraw_pauses(work, case)


def _say_stopped(
    work: UnitOfWork, post: Post, person: Person, whose: list[str], *, held: bool, reason: str
) -> None:
    """Whoever approved a post is mentioned when it does not go out: but whoever stopped it knows."""
    if called := [each for each in whose if each != person.id]:
        values = {"by": person.id, "held": held, "reason": reason, "mention": called}
        cards.say(work.db, post.id, LineType.STOPPED, values, work.now)


def bring_back(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """Bring a killed post back: to its slot if that is still ahead, else on hold. What was a draft is one again, its
    time a proposal: nobody has scheduled it."""
    case = lifecycle.open_case(work, person, Verb.BRING_BACK, seen, key)
    ahead = case.post.slot is not None and case.post.slot > work.now
    killed = record.find_newest_of(work.db, f"post:{case.post.id}", FactKind.KILLED.value)
    was_draft = killed is not None and (killed.data or {}).get("was") == Status.DRAFT.key
    work.note(FactKind.BROUGHT_BACK, person.id, case.post)
    to = Status.DRAFT if was_draft else None if ahead else Status.HELD
    post = lifecycle.enter_by_slot(work, case.post, Verb.BRING_BACK, person.id, to=to)
    lifecycle.save(work, post, urgency=Urgency.DECISION)
    lifecycle.redraw_pauses(work, case)


def move(work: UnitOfWork, person: Person, seen: Seen, slot: datetime, key: str) -> None:
    """Pick a new time. Approvals end: they were for the old one."""
    case = lifecycle.open_case(work, person, Verb.MOVE, seen, key)
    if slot <= work.now:
        raise FieldErrors({"slot": "That time has passed."})
    body = replace(case.post.version.body, slot=slot)
    words = case.post.version.words
    whose = lifecycle.end_approvals(work, case.post, person.id, "picked a new time", but=words)
    post = lifecycle.add_version(work, case.post, body, person.id)
    lifecycle.note_move(work, case.post, post, person.id, whose)
    lifecycle.save(work, lifecycle.enter_by_slot(work, post, Verb.MOVE, person.id), urgency=Urgency.DECISION)
    lifecycle.redraw_pauses(work, case)


def post_now(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """A new version with slot = now and this person's approval; more approvals may follow within the limit."""
    case = lifecycle.open_case(work, person, Verb.POST_NOW, seen, key)
    _must_have_enough_approvers(work, case.post)
    seen_before = case.post.review_at is not None  # put on hold before its review opened: it has no card
    body = replace(case.post.version.body, slot=work.now)
    lifecycle.end_approvals(work, case.post, person.id, "posts it now", but=case.post.version.words)
    post = lifecycle.add_version(work, case.post, body, person.id, immediate=True)
    post = replace(lifecycle.lead(work, post, Verb.POST_NOW, person.id), review_at=work.now)
    before = case.post
    work.note(
        FactKind.POST_NOW, person.id, post, before=before.slot.isoformat() if before.slot else None,
        was=before.status.key, reason=before.reason,
    )  # fmt: skip
    case = replace(case, post=post)
    give_approval(work, case, person, key)
    post = lifecycle.lead_by_approvals(work, case, post, Verb.APPROVE, person.id)
    if post.status is Status.REVIEW or not seen_before:
        cards.add(work.db, CardType.POST, post.id, work.policy.review_channel, work.now)
    lifecycle.save(work, post, urgency=Urgency.AT_ONCE)
