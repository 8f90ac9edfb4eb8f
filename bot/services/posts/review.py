"""The verbs of review: approve, undo, edit, hold, kill, bring back, pick a new time, post now; and the clock's step.

Each is one transaction. A refusal is raised before anything is written, and names what the person should know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain import approvals as rules
from bot.domain.facts import FactKind
from bot.domain.gate import GateRow
from bot.domain.hours import pick_next_quarter
from bot.domain.kinds import ApprovalType, CardType, LineType
from bot.domain.people import Person
from bot.domain.posts import (
    MOVES,
    AndThen,
    Body,
    Due,
    Image,
    Post,
    Seen,
    Status,
    Verb,
    advance,
    count_passed_reminders,
    find_deadline,
    find_due_moment,
)
from bot.domain.preflight import list_blocking
from bot.domain.refusals import (
    AlreadyApproved,
    AuthorMayNotApprove,
    Blocked,
    CannotBeWaived,
    FieldErrors,
    NothingToUndo,
    OnlyThere,
    Paused,
    SavedMeanwhile,
    SlotPassed,
)
from bot.domain.urgency import Urgency
from bot.services.posts import lifecycle, preflight
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names
from bot.store.posts import approvals, posts
from bot.store.slack import cards


@dataclass(frozen=True)
class Changes:
    """What a person typed in the Edit dialog."""

    text: str
    slot: datetime | None
    variants: Mapping[str, str] = field(default_factory=dict)  # {account: text}; empty text: none
    alts: Mapping[str, str] = field(default_factory=dict)  # {image's sha256: alt text}
    label: str = ""
    note: str = ""


def approve(work: UnitOfWork, person: Person, seen: Seen, key: str, *, anyway: str | None = None) -> None:
    """A person's yes to these words and, inside the lead, to this moment."""
    case = lifecycle.open_case(work, person, Verb.APPROVE, seen, key)
    given = _give_approval(work, case, person, key, anyway)
    post = lifecycle.lead_by_approvals(work, case, case.post, Verb.APPROVE, person.id, given)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def _give_approval(
    work: UnitOfWork, case: Case, person: Person, key: str, anyway: str | None = None
) -> list[rules.Approval]:
    """Returns every approval of the version, this one last."""
    post = case.post
    must_be_open(work, case)
    end = find_deadline(post, work.policy)
    if end is None or end <= work.now:
        raise SlotPassed
    if rules.is_barred_author(person, post, work.policy):
        raise AuthorMayNotApprove(approvers=list_names(work, work.policy.approvers))
    _must_be_in_order(work, post, anyway)
    given = approvals.list_of_version(work.db, post.version.id)
    if any(one.by == person.id and one.counts_for(post.version, case.epochs) for one in given):
        raise AlreadyApproved
    return [*given, add_approval(work, case, person, key, anyway)]


def add_approval(
    work: UnitOfWork, case: Case, person: Person, key: str, anyway: str | None = None
) -> rules.Approval:
    """Write the row; whether it may be given was asked before."""
    version = case.post.version
    approval = rules.Approval(
        id=work.make_id(), version_id=version.id, sha256=version.sha256, kind=ApprovalType.APPROVE,
        epochs=case.epochs, by=person.id, at=work.now, waived=anyway,
    )  # fmt: skip
    approvals.add(work.db, approval, post_id=case.post.id, key=key)
    what = FactKind.APPROVED_ANYWAY if anyway else FactKind.APPROVED
    work.note(what, person.id, case.post, sha256=version.sha256, because=anyway)
    return approval


def must_be_open(work: UnitOfWork, case: Case) -> None:
    row = case.gate.closed_for(case.post.version.body.accounts)
    if row is not None:
        raise _paused(work, row)


def _paused(work: UnitOfWork, row: GateRow) -> Paused:
    return Paused(by=list_names(work, (row.by or "",)), at=format_moment(work, row.at))


def _must_be_in_order(work: UnitOfWork, post: Post, anyway: str | None) -> None:
    blocks = list_blocking(preflight.check_post(work, post, look_alikes=False))
    firm = [block for block in blocks if not block.waivable]
    if firm and anyway is not None:
        raise CannotBeWaived(objections="; ".join(block.sentence for block in firm))
    if blocks and anyway is None:
        raise Blocked(objections="; ".join(block.sentence for block in blocks))


def undo(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """Take an approval back: one's own, or as an approver the latest of another's."""
    case = lifecycle.open_case(work, person, Verb.UNDO, seen, key)
    given = approvals.list_of_version(work.db, case.post.version.id)
    standing = [one for one in given if one.counts_for(case.post.version, case.epochs)]
    mine = [one for one in standing if one.by == person.id]
    takeable = mine or [one for one in standing if rules.may_undo(person, one)]
    if not takeable:
        raise NothingToUndo
    approvals.end_one(work.db, takeable[-1].id, by=person.id, why="took an approval back", now=work.now)
    work.note(FactKind.APPROVAL_UNDONE, person.id, case.post, of=takeable[-1].by)
    post = lifecycle.lead_by_approvals(work, case, case.post, Verb.UNDO, person.id)
    if post.status is not case.post.status:
        _say_ended(work, post, person, "took an approval back", [takeable[-1].by])
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def _say_ended(work: UnitOfWork, post: Post, person: Person, what: str, whose: list[str]) -> None:
    """An approval that ended is said in the thread, and the approvers are mentioned."""
    values = {"what": what, "by": person.id, "whose": whose, "mention": list(work.policy.approvers)}
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
    lifecycle.end_approvals(work, case.post, person.id, "put it on hold" if held else "killed it")
    post = lifecycle.lead(work, case.post, verb, person.id, reason=reason.strip() or None)
    work.note(FactKind.HELD if held else FactKind.KILLED, person.id, post, reason=reason)
    lifecycle.save(work, post, urgency=Urgency.AT_ONCE)


def bring_back(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """A killed post lives again: at its slot if that is ahead, else on hold."""
    case = lifecycle.open_case(work, person, Verb.BRING_BACK, seen, key)
    ahead = case.post.slot is not None and case.post.slot > work.now
    work.note(FactKind.BROUGHT_BACK, person.id, case.post)
    held = None if ahead else Status.HELD
    post = lifecycle.enter_by_slot(work, case.post, Verb.BRING_BACK, person.id, to=held)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def move(work: UnitOfWork, person: Person, seen: Seen, slot: datetime, key: str) -> None:
    """Pick a new time. Approvals end: they were for the old one."""
    case = lifecycle.open_case(work, person, Verb.MOVE, seen, key)
    if slot <= work.now:
        raise FieldErrors({"slot": "That time has passed."})
    body = replace(case.post.version.body, slot=slot)
    whose = lifecycle.end_approvals(work, case.post, person.id, "picked a new time")
    post = lifecycle.add_version(work, case.post, body, person.id)
    work.note(FactKind.MOVED, person.id, post, slot=slot.isoformat(), ended=whose)
    lifecycle.save(work, lifecycle.enter_by_slot(work, post, Verb.MOVE, person.id), urgency=Urgency.DECISION)


def post_now(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """A new version with slot = now and this person's approval; more approvals may follow within the limit."""
    case = lifecycle.open_case(work, person, Verb.POST_NOW, seen, key)
    seen_before = case.post.review_at is not None  # put on hold before its review opened: it has no card
    body = replace(case.post.version.body, slot=work.now)
    lifecycle.end_approvals(work, case.post, person.id, "posts it now")
    post = lifecycle.add_version(work, case.post, body, person.id, immediate=True)
    post = replace(lifecycle.lead(work, post, Verb.POST_NOW, person.id), review_at=work.now)
    work.note(FactKind.POST_NOW, person.id, post)
    case = replace(case, post=post)
    _give_approval(work, case, person, key)
    post = lifecycle.lead_by_approvals(work, case, post, Verb.APPROVE, person.id)
    if post.status is Status.REVIEW or not seen_before:
        cards.add(work.db, CardType.POST, post.id, work.policy.review_channel, work.now)
    lifecycle.save(work, post, urgency=Urgency.AT_ONCE)


def edit(
    work: UnitOfWork,
    person: Person,
    seen: Seen,
    changes: Changes,
    key: str,
    *,
    and_then: AndThen = AndThen.SAVE,
) -> None:
    """Save the dialog: a new version, so approvals end.

    Raises FieldErrors (field → sentence) and SavedMeanwhile; nothing was saved then.
    """
    case = _open_edit(work, person, seen, key)
    moves = and_then is AndThen.MOVE
    slot = pick_free_quarter(work, case.post) if moves else _chosen(case.post.slot, changes.slot)
    body = _edited(case.post.version.body, changes, slot)
    _check_fields(work, case.post, body)
    if and_then is AndThen.APPROVE:
        lifecycle.check_right(work, person, Verb.APPROVE)
    same = body == case.post.version.body
    if same and (changes.label, changes.note) == (case.post.version.label, case.post.version.note):
        if and_then is AndThen.APPROVE:
            _approve_unchanged(work, case, person, key)
        return
    before = case.post
    whose = lifecycle.end_approvals(work, before, person.id, _what_changed(before.version.body, body))
    post = lifecycle.add_version(work, before, body, person.id, label=changes.label, note=changes.note)
    work.note(FactKind.EDITED, person.id, post, seq=post.version.seq, sha256=post.version.sha256, ended=whose)
    post = _after_edit(work, before, post, person)
    if and_then is AndThen.APPROVE and (post.status, Verb.APPROVE) in MOVES:
        case = replace(case, post=post)
        _give_approval(work, case, person, key)
        post = lifecycle.lead_by_approvals(work, case, post, Verb.APPROVE, person.id)
    elif whose and post.slot == before.slot:
        _say_ended(work, post, person, _what_changed(before.version.body, body), whose)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def publish_without(work: UnitOfWork, person: Person, seen: Seen, account: str, key: str) -> None:
    """An edit that leaves one account out, so that the others need not wait for it."""
    case = lifecycle.open_case(work, person, Verb.EDIT, seen, key)
    before, body = case.post, case.post.version.body
    left = tuple(name for name in body.accounts if name != account)
    title = work.policy.title_of(account)
    if not left:
        raise OnlyThere(account=title)
    what = f"left out {title}"
    whose = lifecycle.end_approvals(work, before, person.id, what)
    variants = {name: text for name, text in (body.variants or {}).items() if name != account}
    post = lifecycle.add_version(work, before, replace(body, accounts=left, variants=variants), person.id)
    work.note(FactKind.EDITED, person.id, post, seq=post.version.seq, sha256=post.version.sha256, ended=whose)
    if whose:
        _say_ended(work, post, person, what, whose)
    lifecycle.save(work, _after_edit(work, before, post, person), urgency=Urgency.DECISION)


def _chosen(old: datetime | None, new: datetime | None) -> datetime | None:
    """The dialog knows whole minutes: a slot in the same minute was not changed, whatever its seconds."""
    if old is None or new is None:
        return new
    same = old.replace(second=0, microsecond=0) == new.replace(second=0, microsecond=0)
    return old if same else new


def _approve_unchanged(work: UnitOfWork, case: Case, person: Person, key: str) -> None:
    """An approval is given, though there was nothing to save."""
    lifecycle.check_table(work, case.post, Verb.APPROVE)
    _give_approval(work, case, person, key)
    post = lifecycle.lead_by_approvals(work, case, case.post, Verb.APPROVE, person.id)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def _open_edit(work: UnitOfWork, person: Person, seen: Seen, key: str) -> Case:
    lifecycle.check_right(work, person, Verb.EDIT)
    now = posts.load(work.db, seen.post_id)
    if now is not None and now.version.seq != seen.seq:
        raise SavedMeanwhile(
            who=list_names(work, (now.version.saved_by or "",)) or "Somebody", seq=now.version.seq
        )
    return lifecycle.open_case(work, person, Verb.EDIT, seen, key)


def _edited(body: Body, changes: Changes, slot: datetime | None) -> Body:
    variants = {
        account: text
        for account, text in changes.variants.items()
        if account in body.accounts and text.strip() and text != changes.text
    }
    images = tuple(Image(image.sha256, changes.alts.get(image.sha256, image.alt)) for image in body.images)
    return replace(body, text=changes.text, variants=variants, images=images, slot=slot)


def _check_fields(work: UnitOfWork, post: Post, body: Body) -> None:
    """What the dialog shows under its fields. Too long is refused here already: it could never be approved."""
    wrong: dict[str, str] = {}
    if body.slot != post.slot and body.slot is not None and body.slot <= work.now:
        wrong["slot"] = "That time has passed."
    if not body.images and not body.text.strip():
        wrong["text"] = "There is neither text nor image."
    for account, sentence in preflight.find_misfits(work, body).items():
        wrong["text" if account not in (body.variants or {}) else f"variant:{account}"] = sentence
    for image in body.images:
        if not image.alt.strip():
            wrong[f"alt:{image.sha256}"] = (
                "Say in a sentence what the picture shows, for those who cannot see it."
            )
    if wrong:
        raise FieldErrors(wrong)


def _after_edit(work: UnitOfWork, before: Post, post: Post, person: Person) -> Post:
    """A dialog that changed the time has moved the post, too."""
    if post.slot != before.slot:
        return lifecycle.enter_by_slot(work, post, Verb.MOVE, person.id)
    return lifecycle.lead(work, post, Verb.EDIT, person.id, reason=post.reason)


def _what_changed(old: Body, new: Body) -> str:
    if (old.text, old.variants or {}) != (new.text, new.variants or {}):
        return "changed the text"
    if old.slot != new.slot:
        return "picked a new time"
    if old.images != new.images:
        return "changed an image's alt text"
    return "changed the label or the note"


def pick_free_quarter(work: UnitOfWork, post: Post) -> datetime:
    """The next quarter hour at which none of the post's accounts has another post."""
    accounts = set(post.version.body.accounts)
    alive = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)
    taken = frozenset(
        other.slot
        for other in posts.list_with_status(work.db, alive)
        if other.id != post.id and other.slot and accounts & set(other.version.body.accounts)
    )
    return pick_next_quarter(max(work.now, post.slot or work.now), taken)


# --- the clock's step --------------------------------------------------------------------------------


def step(work: UnitOfWork, post_id: str) -> None:
    """Do what is due with one post now; nothing if somebody was faster."""
    case = lifecycle.load_case(work, post_id)
    due = advance(case.post, work.policy, work.now)
    if due is Due.OPEN_REVIEW:
        lifecycle.save(work, lifecycle.open_review(work, case.post), urgency=Urgency.NEWS)
    elif due is Due.REMIND:
        _remind(work, case)
    elif due is Due.MISS:
        miss(work, case, explain_missed(work, case))
    else:
        posts.save(work.db, case.post, find_due_moment(case.post, work.policy))


def _remind(work: UnitOfWork, case: Case) -> None:
    post = replace(case.post, reminded=count_passed_reminders(case.post, work.policy, work.now))
    if not case.closed:  # reminders are silent while paused
        last = post.reminded >= len(work.policy.reminders)
        end = find_deadline(post, work.policy)
        mention, by = list(work.policy.approvers), end.isoformat() if end else None
        values = {"decide_by": by, "last": last, "mention": mention}
        cards.say(work.db, post.id, LineType.REMINDER, values, work.now)
        work.note(FactKind.REMINDED, None, post, last=last)
    lifecycle.save(work, post, urgency=Urgency.LINE)


def explain_missed(work: UnitOfWork, case: Case) -> str:
    """The reason people read: the slot came, and this was in the way."""
    row = case.gate.closed_for(case.post.version.body.accounts)
    if row is not None:
        return f"publishing was paused by {list_names(work, (row.by or '',))}"
    if case.post.status is Status.SCHEDULED:
        return "Byhand was not running when its review should have opened"
    if case.post.status is Status.APPROVED:
        return "it was approved, but could not be sent in time"
    given = approvals.list_of_version(work.db, case.post.version.id)
    counted = rules.count_approvals(given, case.post.version, case.epochs, work.policy)
    if counted.words:
        return f"only {len(counted.words)} of {counted.needed} approvals were given"
    return "nobody decided"


def miss(work: UnitOfWork, case: Case, reason: str) -> Post:
    """The slot passed. Until a person gives it a new time, nothing is published (promise P2)."""
    unseen = case.post.status is Status.SCHEDULED
    lifecycle.end_approvals(work, case.post, None, "missed its slot")
    post = lifecycle.lead(work, case.post, Verb.MISS, None, reason=reason)
    if unseen:
        cards.add(work.db, CardType.POST, post.id, work.policy.review_channel, work.now)
    slot = post.slot.isoformat() if post.slot else None
    cards.say(work.db, post.id, LineType.MISSED, {"reason": reason, "slot": slot}, work.now)
    work.note(FactKind.MISSED, None, post, reason=reason)
    return lifecycle.save(work, post, urgency=Urgency.NEWS)
