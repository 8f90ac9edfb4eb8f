"""What screens show: questions to the database, answered as the frozen values of `domain/shown/post_screens.py`.

Never writes. Called through `Services.look`, or inside a verb for the words of a refusal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import approvals as approval_rules
from bot.domain.deliveries import Delivery, State, find_end_of_looking
from bot.domain.gate import ALL, DRILL, Gate, GateRow
from bot.domain.kinds import ApprovalType, CardType
from bot.domain.pause.statements import Release
from bot.domain.people import Person, Right, may_approve
from bot.domain.posts import MOVES, Image, Post, Status, Verb, Version
from bot.domain.preflight.due import find_asking_again, find_deadline
from bot.domain.preflight.objections import Objection, list_against_go, only_asks_to_look
from bot.domain.shown.locked import Locked, RuleView
from bot.domain.shown.post_screens import (
    AccountView,
    Ahead,
    ApprovalView,
    DeliveryView,
    GateShut,
    ImageView,
    PostCard,
    SendView,
    UpcomingRow,
)
from bot.domain.shown.tally import Tally
from bot.services import duty
from bot.services.accounts import profiles
from bot.services.deliveries.take_down import is_left_to_people
from bot.services.offering import is_by_hand, is_in_hand
from bot.services.pause import drill_over, releases
from bot.services.pause.resume import write_scope
from bot.services.pause.scope_words import fold
from bot.services.post_states import count_gone, load_send_views, sort_as_named
from bot.services.posts import standing
from bot.services.posts.conversions import list_of_post
from bot.services.posts.left_out import list_left_out
from bot.services.posts.preflight import check_post, list_against_yes, to_content
from bot.services.queries import history
from bot.services.queries.by_hand import list_hands
from bot.services.queries.ended import find_ended
from bot.services.queries.inbox import list_complaints, load_post_conversations
from bot.services.queries.pause import can_delete, load_take_down_view
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store import deliveries, images
from bot.store.pause import gate, pauses
from bot.store.posts import approval_requests, approvals, posts
from bot.store.slack import cards, people

OPEN = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)
BEGUN = (Status.PUBLISHING, Status.PUBLISHED, Status.FAILED)
LOOKED_BACK = timedelta(days=3)  # what went wrong on a Friday is still there on Monday
MOST_IN_TROUBLE = 50  # posts
MOST_JUDGED = 50  # posts of a list, the first of it: their images are measured
FIRST_WORDS = 400  # characters handed over; screens cut them, at whole characters
AT_ONCE = 500  # rows of a list whose approvals and cards are asked for together
APART = (Status.HELD, Status.DRAFT)  # listed by themselves, whatever day they were meant for
JUDGED = (
    *OPEN[:2],
    Status.DRAFT,
    Status.HELD,
    Status.MISSED,
)  # whose cards show what other posts and the time have against them: finding that is expensive


# --- the card ----------------------------------------------------------------------------------------


def load_card(work: UnitOfWork, post_id: str) -> PostCard | None:
    """Everything the card of a post shows; None if the post is gone."""
    post = posts.load(work.db, post_id)
    if post is None:
        return None
    rows = gate.read(work.db)
    names, judged = post.version.body.accounts, post.status in JUDGED
    given = approvals.list_of_version(work.db, post.version.id)
    epochs = rows.epochs_for(names)
    counted = standing.count(work, post.version, epochs, given)
    objections = check_post(work, post, around=judged)
    sends = sort_as_named(post, deliveries.list_of_post(work.db, post.id))
    released = releases.list_used(work, sends)
    return PostCard(
        seen=post.version.seen, number=post.number, status=post.status, now=work.now,
        accounts=make_account_views(work, post.version), slot=post.slot,
        decide_by=find_deadline(post, work.policy), status_at=post.status_at, status_by=post.status_by,
        reason=post.reason, written_by=post.written_by, changed_by=post.changed_by,
        planned_by=post.planned_by,
        approvals=tuple(_view(one) for one in counted.words), needed=counted.needed, have=counted.have,
        approvers=tuple(_list_to_ask(work, post, counted, epochs, objections)), asks_go=counted.asks_go,
        approver_says_go=_needs_approver(post, counted, epochs), go_from=_find_go_from(work, post),
        go=_view(counted.moment) if counted.moment and counted.moment.kind is ApprovalType.GO else None,
        objections=objections,
        deliveries=tuple(_delivery(work, one) for one in sends if not one.left_out),
        label=post.version.label, note=post.version.note, gate=find_shut(work, rows, names),
        warning=post.version.body.warning, images=load_image_views(work, post.version.body.images),
        ended=find_ended(work, post, given, rows), locked=_locked(work, post), newer=None,
        conversations=load_post_conversations(work, post.id), arrival=history.find_arrival(work, post),
        before=cards.find_place_before(work.db, CardType.POST, post.id), request=_find_request(work, post.id),
        complaints=list_complaints(work, names) if post.status in OPEN else (),
        drill_over=drill_over.is_over(work, post),
        author_may_approve=work.policy.author_may_approve,
        none_to_spare=standing.has_none_to_spare(work, post),
        all_have_approved=standing.have_all_approved(work, post, counted), rules=_view_rules(work, counted),
        names=_load_names(work, post, [*counted.words, *released], sends),
        left_out=tuple(work.policy.title_of(one.name) for one in list_left_out(work, post)),
        released=tuple(ApprovalView(one.by, one.at, one.waived) for one in released),
        by_hand=list_hands(work, post, sends, counted), conversions=list_of_post(work, post) if judged else (),
    )  # fmt: skip


def _needs_approver(post: Post, counted: approval_rules.Standing, epochs: str) -> bool:
    """After a pause an approver says Go; or, to what is left of a post that is being sent, yes once more."""
    return counted.paused_since(epochs) or (post.status is Status.PUBLISHING and not counted.met)


def _load_names(
    work: UnitOfWork,
    post: Post,
    said_yes: Sequence[approval_rules.Approval | Release],
    sends: Sequence[Delivery],
) -> tuple[tuple[str, str], ...]:
    shown = {*post.authors, *(one.by for one in said_yes), *(one.holder for one in sends if one.holder)}
    return tuple(people.load_names(work.db, shown).items())


def _find_go_from(work: UnitOfWork, post: Post) -> datetime | None:
    again = find_asking_again(post, work.policy) if post.status is Status.REVIEW else None
    return again if again is not None and again > work.now else None


def _find_request(work: UnitOfWork, post_id: str) -> tuple[str, str] | None:
    newest = approval_requests.find_newest_of(work.db, [post_id]).get(post_id)
    return cards.find_place(work.db, CardType.REQUEST, newest) if newest else None


def _view(one: approval_rules.Approval) -> ApprovalView:
    return ApprovalView(one.by, one.at, one.waived, early=one.words is not None)


def _list_to_ask(
    work: UnitOfWork, post: Post, counted: approval_rules.Standing, epochs: str, found: tuple[Objection, ...]
) -> list[str]:
    """For an approval: the approvers who may. For a Go: who is on shift; after a pause an approver. `found`: what only
    an approver can waive."""
    waived = any(one.waived for one in counted.words)
    if not counted.asks_go or list_against_go(found, waived=waived):
        return standing.list_to_ask(work, post, counted.missing or None)
    on_shift = [] if counted.paused_since(epochs) else [turn.person for turn in duty.list_on_shift(work)]
    return on_shift or standing.list_named(work, post.version)


def _view_rules(work: UnitOfWork, counted: approval_rules.Standing) -> tuple[RuleView, ...]:
    """Where others are named than the team's approvers, or several have to be met."""
    each = counted.counted
    if len(each) == 1 and each[0].rule.general:
        return ()
    return tuple(RuleView(standing.name_rule(work, one.rule), one.have, one.rule.needed) for one in each)


def _locked(work: UnitOfWork, post: Post) -> Locked | None:
    needs_one = any((post.status, verb) in MOVES for verb in (Verb.APPROVE, Verb.POST_NOW, Verb.TRY_AGAIN))
    barred = post.authors and not work.policy.author_may_approve
    asked = barred or not all(rule.general for rule in standing.find_rules(work, post.version))
    return standing.count_missing(work, post) if needs_one and asked else None


def make_account_views(work: UnitOfWork, version: Version) -> tuple[AccountView, ...]:
    views = []
    for name in version.body.accounts:
        connection = work.accounts.get(name)
        title, text = work.policy.title_of(name), version.body.text_for(name)
        if connection is None:
            problem = f"The account {name} is not in the settings any more"
            views.append(AccountView(name, title, text, 0, 1, "characters", problem))
            continue
        what = to_content(work, version.body, name)
        measure = connection.measure(what)
        shown = connection.preview(what)
        views.append(
            AccountView(
                name,
                title,
                shown,
                measure.length,
                measure.limit,
                measure.unit,
                measure.problem,
                measure.tags,
                folds=connection.capabilities.folds,
                by_hand=is_by_hand(work, name),
            )
        )
    return tuple(views)


def load_image_views(work: UnitOfWork, wanted: Sequence[Image]) -> tuple[ImageView, ...]:
    """Those that are stored."""
    known = images.load(work.db, [image.sha256 for image in wanted])
    return tuple(
        ImageView(image.sha256, image.alt, file.slack_file, f"{file.width} x {file.height} px")
        for image in wanted
        if (file := known.get(image.sha256)) is not None
    )


def _delivery(work: UnitOfWork, delivery: Delivery) -> DeliveryView:
    attempt = deliveries.find_last_attempt(work.db, delivery.id)
    sent = delivery.state is State.SENT
    return DeliveryView(
        id=delivery.id, account=delivery.account, title=work.policy.title_of(delivery.account),
        state=delivery.state, reason=delivery.reason, url=delivery.remote_url,
        profile_url=profiles.find_url(work, delivery.account, delivery.id),
        begun_at=attempt.started_at if attempt else None, ended_at=attempt.ended_at if attempt else None,
        asks_a_person=delivery.asks_a_person,
        looks_until=find_end_of_looking(delivery, attempt.started_at) if attempt else None,
        resolved_by=delivery.resolved_by, by_hand=is_in_hand(work, delivery),
        holder=list_names(work, (delivery.holder,)) if delivery.holder else "",
        can_delete=sent and can_delete(work, delivery),
        take_down=load_take_down_view(work, delivery) if sent else None,
        left_to_people=sent and is_left_to_people(work, delivery),
    )  # fmt: skip


def find_shut(work: UnitOfWork, rows: Gate, names: Collection[str]) -> GateShut | None:
    """What keeps a post on these accounts from going out."""
    row = rows.closed_for(names)
    if row is None or row.scope != ALL:
        return _gate_view(work, row) if row else None
    paused = [rows.rows[name] for name in names if name in rows.rows and rows.rows[name].paused]
    return replace(_gate_view(work, row), beside=tuple(_beside(work, one) for one in paused))


def _beside(work: UnitOfWork, row: GateRow) -> GateShut:
    return replace(_gate_view(work, row), typed=write_scope(work, row.scope))


def _gate_view(work: UnitOfWork, row: GateRow) -> GateShut:
    if row.scope == ALL:
        return GateShut(ALL, row.by or "", row.at or work.now, row.reason)
    title = work.policy.title_of(row.scope)
    return GateShut(title, row.by or "", row.at or work.now, row.reason, row.scope)


# --- lists -------------------------------------------------------------------------------------------


def list_upcoming(
    work: UnitOfWork, ahead: Ahead = Ahead.WEEK, person: Person | None = None, *,
    accounts: Collection[str] = (), label: str = "",
) -> tuple[UpcomingRow, ...]:  # fmt: skip
    """Posts ahead, by slot, those first that missed theirs of late and need a new one: of these accounts and with this
    label, where any are named."""
    local = work.now.astimezone(work.policy.zone)
    days = {Ahead.TODAY: 1, Ahead.WEEK: 7}.get(ahead)
    statuses = (*OPEN, Status.HELD) if days else (*OPEN, Status.HELD, Status.DRAFT)
    end = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days) if days else None
    found = [*list_missed(work), *posts.list_with_status(work.db, statuses, before=end)]
    found = choose_of(found, accounts)
    if label:
        found = _choose_labelled(found, fold(label))
    return make_rows(work, found, person)


def list_missed(work: UnitOfWork) -> list[Post]:
    """Posts that missed their slot in the last three days and still have no new one, by slot."""
    recent = work.now - LOOKED_BACK
    return posts.list_with_status(work.db, (Status.MISSED,), since=recent, limit=MOST_IN_TROUBLE)


def choose_of(found: Sequence[Post], accounts: Collection[str]) -> list[Post]:
    """Those for any of these accounts; of none named, all."""
    wanted = set(accounts)
    return [post for post in found if not wanted or not wanted.isdisjoint(post.version.body.accounts)]


def _choose_labelled(found: Sequence[Post], label: str) -> list[Post]:
    """Those with exactly this label; if there are none, those whose label has these words in it."""
    folded = [(post, fold(post.version.label)) for post in found]
    exactly = [post for post, own in folded if own == label]
    return exactly or [post for post, own in folded if f" {label} " in f" {own} "]


def make_rows(
    work: UnitOfWork, found: Sequence[Post], person: Person | None = None
) -> tuple[UpcomingRow, ...]:
    """What they have in common is asked for many at once."""
    shut, rows = gate.read(work.db), []
    judged = {post.id for post in [one for one in found if one.status in OPEN[:2]][:MOST_JUDGED]}
    for start in range(0, len(found), AT_ONCE):
        these = found[start : start + AT_ONCE]
        given = approvals.list_of_versions(work.db, [post.version.id for post in these])
        known = standing.load_last_known(work, {one.by for each in given.values() for one in each})
        up = cards.find_places(work.db, (CardType.POST,), [post.id for post in these])
        begun = [post for post in these if post.status in BEGUN]
        sends = load_send_views(work, begun)
        for post in these:
            names = post.version.body.accounts
            counted = standing.count(
                work, post.version, shut.epochs_for(names), given[post.version.id], known=known
            )
            closed = find_shut(work, shut, names)
            after_pause = counted.paused_since(shut.epochs_for(names))
            mine = person is not None and _waits_for(work, post, counted, person, after_pause=after_pause)
            row = _row(work, post, counted, up.get(post.id), closed, mine=mine)
            to = sends.get(post.id, ())
            stop = list_against_yes(work, post, counted) if post.id in judged else ()
            rows.append(
                replace(
                    row, sends=to, acted_at=_find_act(post, to), fix=tuple(one.sentence for one in stop),
                    look=only_asks_to_look(stop),
                )
            )  # fmt: skip
    return tuple(rows)


def _find_act(post: Post, sends: Sequence[SendView]) -> datetime | None:
    """When somebody killed it, took the last of it down, or let it go out as a statement."""
    if post.status is Status.KILLED:
        return post.status_at
    if post.status is not Status.PUBLISHED:
        return None
    gone = [one.gone_at for one in sends if one.gone_at is not None]
    return max(gone, default=post.status_at if went_out_otherwise(post) else None)


def went_out_otherwise(post: Post) -> bool:
    """Not at its slot: as the statement of a pause, which needs none and waits for none."""
    return post.status is Status.PUBLISHED and (post.slot is None or post.status_at < post.slot)


def _waits_for(
    work: UnitOfWork, post: Post, counted: approval_rules.Standing, person: Person, *, after_pause: bool
) -> bool:
    """Whether this person can say yes to it, and that is wanted. `after_pause`: an approver has to say Go."""
    if post.status is not Status.REVIEW:
        return False
    if counted.asks_go and _find_go_from(work, post) is not None:
        return False
    if counted.asks_go:
        return standing.may_approve(work, person, post.version) if after_pause else person.may(Right.TEAM)
    return (
        may_approve(person, counted.missing)
        and person.id not in [one.by for one in counted.words]
        and not standing.is_barred(work, person, post)
    )


def _row(
    work: UnitOfWork, post: Post, counted: approval_rules.Standing, card: tuple[str, str] | None,
    gate: GateShut | None, *, mine: bool,
) -> UpcomingRow:  # fmt: skip
    titles = " + ".join(work.policy.title_of(name) for name in post.version.body.accounts)
    return UpcomingRow(
        post_id=post.id, number=post.number, status=post.status, slot=post.slot, titles=titles,
        text=" ".join(post.version.body.text.split())[:FIRST_WORDS], approvals=counted.have,
        needed=counted.needed, asks_go=counted.asks_go, card=card, reason=post.reason,
        waiting_for_me=mine and gate is None, after_resume=mine and gate is not None, gate=gate,
        seen=post.version.seen, asks_at=_find_opening(work, post),
    )  # fmt: skip


def _find_opening(work: UnitOfWork, post: Post) -> datetime | None:
    if post.status is not Status.SCHEDULED or post.slot is None:
        return None
    return post.slot - work.policy.lead_for(post.version.body.accounts)


def make_tally(work: UnitOfWork, since: datetime) -> Tally:
    """What came to its end since then."""
    published = set(posts.list_ended_as(work.db, Status.PUBLISHED, since))
    missed = set(posts.list_ended_as(work.db, Status.MISSED, since))
    late = posts.list_missed_before(work.db, published)
    return Tally(len(published), len(missed - published), len(late), count_gone(work, sorted(published)))


def list_shut_gates(work: UnitOfWork) -> tuple[GateShut, ...]:
    """Every scope that is shut now, everything first."""
    rows = gate.read(work.db).rows.values()
    shut = sorted(
        (row for row in rows if row.paused and row.scope != DRILL), key=lambda row: row.scope != ALL
    )
    running = pauses.list_running(work.db) if shut else {}
    up = cards.find_places(work.db, (CardType.BANNER,), list(running.values())) if running else {}
    return tuple(
        replace(
            _gate_view(work, row),
            again=history.list_paused_again(work, row.scope, row.at),
            banner=up.get(running.get(row.scope, "")),
        )
        for row in shut
    )
