"""One post under one verb: loaded and locked in the one order (gate, post), checked, saved, recorded, redrawn.

Every verb on a post begins with `open_case` and ends with `save`; so the questions "may this person", "is that
what they saw", "does the table allow it" are asked in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from bot.domain import approvals as approval_rules
from bot.domain.deliveries import LEFT_OUT, Delivery, State
from bot.domain.facts import FactKind
from bot.domain.gate import ALL, Gate
from bot.domain.ids import VersionId
from bot.domain.kinds import CardType, DeliveryType
from bot.domain.people import Person, Right, Role, Rule, list_approvers, may_approve
from bot.domain.posts import (
    MOVES,
    RIGHTS,
    Body,
    Post,
    Seen,
    Status,
    Verb,
    Version,
    choose_status,
    choose_target,
)
from bot.domain.preflight.due import count_passed_reminders, find_due_moment
from bot.domain.refusals import (
    NoSuchPost,
    NotFrom,
    OnlyApprovers,
    OnlyNamedApprovers,
    Outdated,
    Refusal,
    SavedMeanwhile,
    WhoAreYou,
)
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.accounts import profiles
from bot.services.go.together import ask_together
from bot.services.pause import drill_over, releases
from bot.services.posts import standing
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import list_names, make_state_sentence, name_approvers, name_post, refuse_guest
from bot.store import deliveries
from bot.store.pause import gate
from bot.store.posts import approval_requests, approvals, go_requests, posts
from bot.store.slack import cards

_TO_ARM = (State.READY, State.REFUSED, State.DROPPED)


@dataclass(frozen=True)
class Case:
    """A post and the gate rows that concern it, both locked until the commit."""

    post: Post
    gate: Gate

    @cached_property
    def epochs(self) -> str:
        return self.gate.epochs_for(self.post.version.body.accounts)

    @property
    def closed(self) -> bool:
        return self.gate.closed_for(self.post.version.body.accounts) is not None


def check_right(work: UnitOfWork, person: Person, verb: Verb, post_id: str = "") -> None:
    """Stopping is everyone's, starting is named people's. `post_id`: "" of one that is not there yet."""
    right = RIGHTS[verb]
    if right is Right.APPROVE and (post := posts.load(work.db, post_id)) is not None:
        check_approver(work, person, verb, post.version)
    elif right is not None and not person.may(right):
        raise _refuse(work, person, right, verb.say(name_post(work, post_id)))


def check_approver(
    work: UnitOfWork, person: Person, verb: Verb, version: Version, account: str | None = None
) -> None:
    """Whether this person is named for it: for any of its accounts, or for this one. Raises OnlyApprovers, and as
    `check_right`."""
    body = version.body
    rules = work.policy.find_rules((account,) if account else body.accounts, version.label)
    if not may_approve(person, rules):
        raise _refuse(work, person, Right.APPROVE, verb.say(name_post(work, version.post_id)), rules)


def _refuse(work: UnitOfWork, person: Person, right: Right, what: str, rules: Sequence[Rule] = ()) -> Refusal:
    if person.role is Role.UNKNOWN:
        return WhoAreYou()
    if person.role in (Role.GUEST, Role.OUTSIDER) or right is not Right.APPROVE:
        return refuse_guest(work, right, what)
    approvers = name_approvers(work, list_approvers(rules) if rules else None)
    if all(rule.general for rule in rules):
        return OnlyApprovers(verb=what, approvers=approvers)
    where = " or ".join(standing.name_rule(work, rule) for rule in rules)
    return OnlyNamedApprovers(verb=what, approvers=approvers, where=where)


def open_case(
    work: UnitOfWork, person: Person, verb: Verb, seen: Seen, key: str, also: Iterable[str] = ()
) -> Case:
    """Load, lock and judge. Raises the refusal the person should read; nothing was changed then. `also`: accounts it is
    to be for from now on."""
    check_right(work, person, verb, seen.post_id)
    clicks.count_once(work, key)
    case = load_case(work, seen.post_id, also)
    drill_over.check_post(work, case.post)
    if not seen.is_still(case.post.version.seen):
        raise Outdated(state=make_state_sentence(work, seen.post_id))
    check_table(work, case.post, verb)
    return case


def open_to_edit(work: UnitOfWork, person: Person, seen: Seen, key: str, also: tuple[str, ...] = ()) -> Case:
    """Raises SavedMeanwhile where somebody saved another version since, and names them."""
    check_right(work, person, Verb.EDIT, seen.post_id)
    now = posts.load(work.db, seen.post_id)
    if now is not None:
        drill_over.check_post(work, now)
        if not seen.is_still(now.version.seen):
            who = list_names(work, (now.version.saved_by or "",)) or "Somebody"
            raise SavedMeanwhile(who=who, seq=now.version.seq)
    return open_case(work, person, Verb.EDIT, seen, key, also)


def check_table(work: UnitOfWork, post: Post, verb: Verb) -> None:
    """Whether the verb is allowed from where the post is now."""
    if (post.status, verb) not in MOVES:
        raise NotFrom(verb=verb.say("it"), state=make_state_sentence(work, post.id))


def load_case(work: UnitOfWork, post_id: str, also: Iterable[str] = ()) -> Case:
    """Gate before post, always: a pause takes the gate exclusively and must never wait for a cycle."""
    glimpse = posts.load(work.db, post_id)
    if glimpse is None:
        raise NoSuchPost
    rows = gate.lock_shared(work.db, (*glimpse.version.body.accounts, *also))
    post = posts.lock(work.db, glimpse)
    if post is None:
        raise NoSuchPost
    if set(post.version.body.accounts) - set(glimpse.version.body.accounts):
        rows = gate.lock_shared(work.db, (*post.version.body.accounts, *also))
    return Case(post, rows)


def load_cases(work: UnitOfWork, post_ids: Iterable[str]) -> list[Case]:
    """Several at once, by id; those that are gone are left out. One that got another account meanwhile is another
    version than it was: whoever asks for several has seen one."""
    glimpses = [post for one in sorted(set(post_ids)) if (post := posts.load(work.db, one)) is not None]
    rows = gate.lock_shared(work.db, {name for post in glimpses for name in post.version.body.accounts})
    found = [posts.lock(work.db, post) for post in glimpses]
    return [Case(post, rows) for post in found if post is not None]


def save(work: UnitOfWork, post: Post, *, urgency: Urgency = Urgency.NOT_URGENT) -> Post:
    """Write the post with its next moment, have its card redrawn, wake the reconciler and the scheduler."""
    posts.save(work.db, post, find_due_moment(post, work.policy))
    cards.touch_post(work.db, post.id, urgency=urgency)
    approval_requests.touch(work.db, post.id)
    go_requests.touch(work.db, post.id)
    work.wake(Wake.OUTBOX)
    work.wake(Wake.CLOCK)
    return post


def redraw_pauses(work: UnitOfWork, case: Case) -> None:
    """A running pause counts what it stops, and this post comes or goes. After the post's own card was drawn: as
    everywhere."""
    if case.closed:
        cards.touch_banners(work.db, (ALL, *case.post.version.body.accounts))
        work.wake(Wake.OUTBOX)


def lead(
    work: UnitOfWork,
    post: Post,
    verb: Verb,
    by: str | None,
    *,
    to: Status | None = None,
    reason: str | None = None,
) -> Post:
    """The post with the status that the verb leads to: the one place where a status changes.

    `to`: which one, where the table has several. Unchanged if it is there already.
    """
    status = choose_target(post.status, verb, to)
    if post.status is status and post.reason == reason:
        return post
    return replace(post, status=status, status_at=work.now, status_by=by, reason=reason)


def add_version(
    work: UnitOfWork, post: Post, body: Body, by: str | None, *, label: str | None = None, note: str | None = None,
    immediate: bool | None = None,
) -> Post:  # fmt: skip
    """The next version of a post. Who changes words, images or accounts becomes an author of it; describing an image
    for those who cannot see it makes nobody one.

    What is None stays as it was; `immediate`, as long as the slot does."""
    before = post.version
    body = profiles.bind_to_now(work, body, before)
    rewritten = _what_was_written(body) != _what_was_written(before.body)
    authors = tuple(dict.fromkeys((*before.words_by, by))) if rewritten and by else before.words_by
    version = Version(
        id=VersionId(work.make_id()),
        post_id=post.id,
        seq=before.seq + 1,
        body=body,
        saved_at=work.now,
        saved_by=by,
        words_by=authors,
        label=before.label if label is None else label,
        note=before.note if note is None else note,
        immediate=(before.immediate and body.slot == before.body.slot) if immediate is None else immediate,
    )
    posts.add_version(work.db, version)
    return replace(post, version=version)


def _what_was_written(body: Body) -> tuple[object, ...]:
    return (
        body.text,
        body.warning,
        body.variants or {},
        [image.sha256 for image in body.images],
        body.accounts,
    )


def note_move(work: UnitOfWork, before: Post, post: Post, by: str, ended: list[str]) -> None:
    """Its new slot on record, with the one it had, and how and why it stood there."""
    old, new = before.slot, post.slot
    work.note(
        FactKind.MOVED, by, post, slot=new.isoformat() if new else None, before=old.isoformat() if old else None,
        was=before.status.key, reason=before.reason, ended=ended,
    )  # fmt: skip


def end_approvals(
    work: UnitOfWork, post: Post, by: str | None, why: str, *, but: str | None = None
) -> list[str]:
    """End what stands, on record, releases of it as a statement too; returns whose approvals ended. `but`: the digest
    of words that stay approved where only they were."""
    whose = approvals.end_all(work.db, post.id, by=by, why=why, now=work.now, but=but)
    if whose:
        work.note(FactKind.APPROVALS_ENDED, by, post, whose=whose, why=why)
    if by is not None:  # that its slot has passed says nothing of a statement
        releases.end(work, post, by, why)
    disarm(work, post)
    return whose


def enter_by_slot(
    work: UnitOfWork, post: Post, verb: Verb, by: str, *, to: Status | None = None,
    what: str = "picked a new time",
) -> Post:  # fmt: skip
    """Scheduled, or in review at once with a new card; the old card shrinks to a link. `to`: not by its slot. `what`
    its person did; if that ended an approval, and review goes on, it is the reason."""
    to = to or choose_status(post.slot, post.version.body.accounts, work.policy, work.now)
    reason = post.reason if post.status is Status.REVIEW else None
    if post.status is Status.APPROVED:
        reason = f"{list_names(work, (by,))} {what}"
    reason = reason if to is Status.REVIEW else None
    post = replace(lead(work, post, verb, by, to=to, reason=reason), review_at=None, reminded=0)
    return _put_card_up(work, post, by) if post.status is Status.REVIEW else post


def open_review(work: UnitOfWork, post: Post) -> Post:
    """The clock's: the moment has come at which people are asked."""
    return _put_card_up(work, lead(work, post, Verb.OPEN_REVIEW, None), None)


def ask_again(work: UnitOfWork, post: Post) -> Post:
    """The clock's: its card was up before the lead became shorter, and from now on a yes counts for the moment."""
    return _put_card_up(work, post, None, again=True)


def _put_card_up(work: UnitOfWork, post: Post, by: str | None, *, again: bool = False) -> Post:
    """Reminders that would lie before this moment are not sent late."""
    post = replace(post, review_at=work.now, reminded=count_passed_reminders(post, work.policy, work.now))
    cards.add(work.db, CardType.POST, post.id, work.policy.review_channel, work.now)
    work.note(FactKind.REVIEW_OPENED, by, post)
    ask_together(work, post, again=again)
    return post


def lead_by_approvals(
    work: UnitOfWork,
    case: Case,
    post: Post,
    verb: Verb,
    by: str,
    given: list[approval_rules.Approval] | None = None,
    *,
    because: str = approval_rules.TAKEN_BACK,
) -> Post:
    """Approved if there are enough approvals, else in review, with what ended them (`because`). Scheduled, it stays so:
    nobody is asked for its moment yet. `given`: if just read."""
    if post.status is Status.SCHEDULED:
        return post
    counted = standing.count(work, post.version, case.epochs, given)
    upward = verb is not Verb.UNDO or post.status is Status.APPROVED  # taking a yes back never says yes
    if not counted.met or case.closed or not upward:
        reason = post.reason
        if post.status is Status.APPROVED:
            disarm(work, post)
            reason = f"{list_names(work, (by,))} {because}"
        return lead(work, post, verb, by, to=Status.REVIEW, reason=reason)
    if post.status is not Status.APPROVED:
        work.note(FactKind.ALL_APPROVED, by, post, by=[approval.by for approval in counted.words])
    arm(work, post)
    return lead(work, post, verb, by, to=Status.APPROVED)


def arm(work: UnitOfWork, post: Post) -> None:
    """Make the post's deliveries ready for its slot: the same rows, if there are any already."""
    if post.slot is not None:
        _arm(work, post, post.slot, None, None)


def arm_as_statement(work: UnitOfWork, post: Post, release_id: str, latest: datetime) -> None:
    """The same, at once: this release lets it go. What a worker has claimed is taken from it: it may hold uploads of
    other words."""
    _arm(work, post, work.now, latest, release_id)
    work.wake(Wake.CLOCK)


def _arm(work: UnitOfWork, post: Post, due: datetime, until: datetime | None, release_id: str | None) -> None:
    """`until`: of a statement; else each account has its own window."""
    known = {delivery.account: delivery for delivery in deliveries.list_of_post(work.db, post.id, lock=True)}
    for account in post.version.body.accounts:
        delivery = known.get(account)
        latest = until or due + work.policy.find_window(account)
        if delivery is None:
            _add_delivery(work, post, account, due, latest, release_id)
        elif delivery.state in _TO_ARM or (release_id and delivery.state is State.CLAIMED):
            deliveries.change(
                work.db, delivery.id, work.now, state=State.READY, due_at=due, latest_at=latest,
                tries=0, prepared={}, reason=None, release_id=release_id, lease_until=None,
            )  # fmt: skip
    for account, delivery in known.items():
        if account not in post.version.body.accounts and delivery.state is State.READY:
            deliveries.change(
                work.db, delivery.id, work.now, state=State.DROPPED, reason=LEFT_OUT, due_at=None
            )


def _add_delivery(
    work: UnitOfWork, post: Post, account: str, due: datetime, latest: datetime, release_id: str | None
) -> None:
    connection = work.accounts.get(account)
    if connection is None:
        return
    deliveries.add(
        work.db,
        Delivery(
            id=work.make_id(), post_id=post.id, kind=DeliveryType.POST, account=account, state=State.READY,
            handle=connection.new_handle(work.now), due_at=due, latest_at=latest, release_id=release_id,
        ),
        now=work.now,
    )  # fmt: skip


def disarm(work: UnitOfWork, post: Post) -> None:
    """Nothing of this post is to begin: ready and claimed deliveries wait without a moment of their own. A statement is
    stopped by what ends its releases."""
    for delivery in deliveries.list_of_post(work.db, post.id, lock=True):
        if delivery.state in (State.READY, State.CLAIMED) and delivery.kind is DeliveryType.POST:
            deliveries.change(
                work.db,
                delivery.id,
                work.now,
                state=State.READY,
                due_at=None,
                latest_at=None,
                lease_until=None,
            )
