"""What the screens of a pause show: the banner with its lists, and the Resume dialog. Never writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.deliveries import Attempt, Delivery, State
from bot.domain.gate import ALL, DRILL
from bot.domain.kinds import CardType, DeliveryType
from bot.domain.pause.statements import Release
from bot.domain.people import Person
from bot.domain.posts import Post
from bot.domain.shown.pause_screens import BannerView, ElsewhereView, ResumeForm, ResumeRow
from bot.domain.shown.post_screens import GateShut, OutView, TakeDownView, find_out_at
from bot.domain.shown.statement_screens import StatementSend, StatementView
from bot.domain.shown.stopped_replies import RepliesShut
from bot.services import duty, offering
from bot.services.accounts import profiles
from bot.services.deliveries import take_down
from bot.services.inbox import held_back
from bot.services.own_clock import is_away
from bot.services.pause import drill, releases, statements
from bot.services.pause import resume as resuming
from bot.services.pause.replies_stop import make_replies_shut
from bot.services.post_states import Gone, load_gone
from bot.services.posts.edit import pick_free_quarter
from bot.services.queries.history import list_paused_again
from bot.services.queries.post_links import find_take_down
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.pause import gate, pause_effects, pauses
from bot.store.pause import releases as given
from bot.store.pause.pauses import Pause
from bot.store.posts import posts
from bot.store.slack import cards

BEFORE = timedelta(hours=24)
FIRST_WORDS = 400  # characters handed over; screens cut them, at whole characters
LISTED = 25  # sends read for a banner, which shows the first few posts of them
STATEMENTS = 3  # of one pause
WHOLE_DAY = 200  # of one that is over: what was taken down of them stays on it


def load_banner(work: UnitOfWork, pause_id: str, most: int = LISTED) -> BannerView | None:
    """Everything the banner shows; None if there is no such pause. `most`: sends of the last day."""
    row = pauses.load(work.db, pause_id)
    if row is None:
        return None
    since = drill.find_began(work, row.at) if row.scope == DRILL else row.at - BEFORE
    went_out = pause_effects.list_went_out(work.db, row.scope, since, row.at)
    recent = [one for one in went_out if one not in row.under_way]
    listed = {*recent, *row.under_way}
    newest = [one for one in _newest(work, row.scope, row.at) if one not in listed]
    most = most if row.ended_at is None else max(most, WHOLE_DAY)
    whole = row.scope == ALL
    later, missed, next_slot = _count_stopped(work, row)
    return BannerView(
        pause_id=row.id, scope=ALL if whole else work.policy.title_of(row.scope),
        account=None if whole else row.scope, by=row.by_user, at=row.at, reason=row.reason,
        approvers=work.policy.approvers, on_shift=_list_on_shift(work, row.at),
        stopped=later + missed, missed=missed, next_slot=next_slot,
        under_way=_out(work, row, row.under_way),  # all of it: what was on its way is named (P3)
        went_out=_out(work, row, recent[:most]), went_out_more=max(0, len(recent) - most),
        newest=_out(work, row, newest), elsewhere=_elsewhere(row),
        stops_replies=_takes_no_replies(work, row.scope), replies=_list_stops(work, row.scope),
        ended_at=row.ended_at, ended_by=row.ended_by,
        summary=tuple(one for one in (row.summary or {}).items() if one[0] not in (pauses.ANSWERS, pauses.APPROVED)),
        approved=(row.summary or {}).get(pauses.APPROVED, 0),
        answers=(row.summary or {}).get(pauses.ANSWERS, 0),
        again=() if row.ended_at else list_paused_again(work, row.scope, row.at),
        stays=list_staying(work, row.scope, row.ended_at), statements=list_statements(work, row),
        by_hand=offering.is_by_hand(work, row.scope),
        lists=bool(work.policy.named.list_narrower()),
    )  # fmt: skip


def _list_on_shift(work: UnitOfWork, at: datetime) -> tuple[str, ...]:
    turns = duty.list_turns(work, at, at + timedelta(seconds=1))
    return tuple(turn.person for turn in turns if turn.person not in work.policy.approvers)


def _takes_no_replies(work: UnitOfWork, scope: str) -> bool:
    """Whether nobody may answer a customer in all of this scope, whichever pause stops it."""
    shut = gate.read(work.db)
    names = tuple(work.policy.accounts) if scope == ALL else (scope,)
    return all(shut.replies_stopped_for((name,)) is not None for name in names) if names else False


def _list_stops(work: UnitOfWork, scope: str) -> tuple[RepliesShut, ...]:
    """The running pauses that stop replies in this scope; one of everything stands for all."""
    rows = gate.read(work.db).rows.values()
    stops = [row for row in rows if row.paused and row.stops_replies and row.scope != DRILL]
    whole = [row for row in stops if row.scope == ALL]
    its = whole or [row for row in stops if scope in (ALL, row.scope)]
    return () if scope == DRILL else tuple(make_replies_shut(work, row) for row in its)


def _count_stopped(work: UnitOfWork, row: pauses.Pause) -> tuple[int, int, datetime | None]:
    """Posts ahead, those that have missed their slot by now, and the soonest slot; of one that is over, as it was."""
    if row.ended_at is not None:
        return row.stopped, 0, row.next_slot
    later, soonest = pause_effects.count_stopped(work.db, row.scope, work.now)
    return later, pause_effects.count_missed(work.db, row.scope, row.at), soonest


def find_banner_place(work: UnitOfWork, pause_id: str) -> tuple[str, str | None]:
    """(the channel, the message's ts; None: it is not up yet) of a pause's banner."""
    card = cards.find_current(work.db, CardType.BANNER, pause_id)
    return (card.channel, card.ts) if card else (work.policy.review_channel, None)


def list_open_accounts(work: UnitOfWork) -> tuple[tuple[str, ...], bool]:
    """Titles of the accounts that nothing keeps shut, and whether everything is paused."""
    shut = gate.read(work.db)
    names = work.policy.accounts.items()
    still_open = tuple(each.title for name, each in names if shut.closed_for((name,)) is None)
    return still_open, ALL in shut.rows and shut.rows[ALL].paused


def _newest(work: UnitOfWork, scope: str, until: datetime) -> list[str]:
    """Each account's newest post by then. A drill has none: what it found went out in it."""
    if scope == DRILL:
        return []
    names = work.policy.accounts if scope == ALL else (scope,)
    return [found for name in names if (found := pause_effects.find_newest(work.db, name, until))]


def _out(work: UnitOfWork, row: Pause, ids: Iterable[str]) -> tuple[OutView, ...]:
    found = (load_out(work, each, row.deleted.get(each), until=row.ended_at) for each in ids)
    return tuple(one for one in found if one is not None)


def load_out(
    work: UnitOfWork,
    delivery_id: str,
    by_hand: Mapping[str, str] | None = None,
    *,
    until: datetime | None = None,
) -> OutView | None:
    """A post on one account, which is or may be out there; None: there is no such send. `until`: nothing is told of
    take-downs asked for later."""
    delivery = deliveries.load(work.db, delivery_id)
    post = posts.load(work.db, delivery.post_id) if delivery and delivery.post_id else None
    if delivery is None or post is None:
        return None
    last = deliveries.find_last_attempt(work.db, delivery.id)
    return OutView(
        delivery_id=delivery.id, number=post.number, title=work.policy.title_of(delivery.account),
        text=cut_first_words(post, delivery), at=_find_moment(delivery, last) or post.status_at, state=delivery.state,
        url=delivery.remote_url, profile_url=profiles.find_url(work, delivery.account, delivery.id),
        can_delete=can_delete(work, delivery), take_down=load_take_down_view(work, delivery, until),
        deleted_by=by_hand["by"] if by_hand else None, place=_find_place(post, delivery.account),
        of_drill=delivery.account == DRILL, statement=delivery.release_id is not None,
        holder=delivery.holder,
    )  # fmt: skip


def _find_moment(delivery: Delivery, last: Attempt | None) -> datetime | None:
    """When it went out, as its card says; of another one when it began."""
    if last is None or delivery.state is not State.SENT:
        return last.started_at if last else None
    return find_out_at(last.started_at, last.ended_at, delivery.holder is not None)


def _find_place(post: Post, account: str) -> int:
    names = post.version.body.accounts
    return names.index(account) if account in names else len(names)


def can_delete(work: UnitOfWork, delivery: Delivery) -> bool:
    return delivery.remote_id is not None and not take_down.is_left_to_people(work, delivery)


def load_take_down_view(
    work: UnitOfWork, delivery: Delivery, until: datetime | None = None
) -> TakeDownView | None:
    asked = find_take_down(work, delivery, until=until)
    if asked is None:
        return None
    last = deliveries.find_last_attempt(work.db, asked.id)
    return TakeDownView(asked.state, asked.resolved_by, last.ended_at if last else None, asked.reason)


def cut_first_words(post: Post, delivery: Delivery) -> str:
    return " ".join(post.version.body.text_for(delivery.account).split())[:FIRST_WORDS]


def _elsewhere(row: Pause) -> tuple[ElsewhereView, ...]:
    return tuple(
        ElsewhereView(
            what,
            done["by"] if done else None,
            datetime.fromisoformat(done["at"]) if done else None,
            pauses.name_mark(row.marks[what]),
        )
        for what, done in row.elsewhere.items()
    )


def load_resume_form(work: UnitOfWork, scope: str, person: Person | None = None) -> ResumeForm | None:
    """What the Resume dialog opens with, for this person; None if nothing is paused there."""
    shut = gate.read(work.db).rows.get(scope)
    if shut is None or not shut.paused:
        return None
    missed = resuming.list_missed(work, scope)
    rows = tuple(row for post_id in missed if (row := _resume_row(work, post_id)))
    later, first = pause_effects.count_stopped(work.db, scope, work.now)
    found = pauses.find_running(work.db, scope)
    banner = load_banner(work, found.id, WHOLE_DAY) if found else None
    return ResumeForm(
        scope=scope, title="everything" if scope == ALL else work.policy.title_of(scope), epoch=shut.epoch,
        rows=rows, more=resuming.count_missed(work, scope) - len(missed), later=later, first_later=first,
        again=pause_effects.count_approved(work.db, scope, work.now),
        zone=work.policy.zone.key, stays=list_staying(work, scope),
        decided=resuming.count_decided_since(work, scope), held_back=held_back.count_freed(work, scope),
        away=person is None or is_away(work, person, first),
        not_stopped=banner.not_stopped if banner else (), still_up=banner.still_up if banner else (),
    )  # fmt: skip


def list_staying(work: UnitOfWork, scope: str, at: datetime | None = None) -> tuple[GateShut, ...]:
    """What resuming this scope then leaves paused: pauses of everything and of accounts are independent."""
    if scope == DRILL:
        return ()
    others = [one for one in pauses.list_on_at(work.db, at or work.now) if one.scope not in (scope, DRILL)]
    return tuple(
        GateShut(
            ALL if one.scope == ALL else work.policy.title_of(one.scope), one.by_user, one.at, one.reason,
            None if one.scope == ALL else one.scope, typed=resuming.write_scope(work, one.scope),
        )
        for one in others if ALL in (scope, one.scope)
    )  # fmt: skip


def _resume_row(work: UnitOfWork, post_id: str) -> ResumeRow | None:
    post = posts.load(work.db, post_id)
    if post is None or post.slot is None:
        return None
    titles = " + ".join(work.policy.title_of(name) for name in post.version.body.accounts)
    words = " ".join(post.version.body.text.split())[:FIRST_WORDS]
    suggested = pick_free_quarter(work, post)
    return ResumeRow(post.version.seen, post.number, post.slot, titles, words, suggested)


# --- its statements ----------------------------------------------------------------------------------


def list_statements(work: UnitOfWork, pause: Pause) -> tuple[StatementView, ...]:
    """Those released in this pause, the newest first."""
    groups: dict[tuple[str, str], list[Release]] = {}
    for one in given.list_of_pause(work.db, pause.id):
        groups.setdefault((one.post_id, one.version_id), []).append(one)
    newest = sorted(groups.values(), key=lambda group: group[-1].at, reverse=True)[:STATEMENTS]
    found = (_load_statement(work, pause, group) for group in newest)
    return tuple(one for one in found if one is not None)


def _load_statement(work: UnitOfWork, pause: Pause, group: Sequence[Release]) -> StatementView | None:
    post = posts.load(work.db, group[0].post_id)
    if post is None:
        return None
    names, last = post.version.body.accounts, group[-1]
    sends, used = _list_begun(work, post, group)
    counted = releases.count(work, post.version, gate.read(work.db))
    told = used or counted.each or _list_last(group)
    waits = not sends and pause.ended_at is None and bool(counted.each)
    again = not sends and not waits and _is_free(work, pause, post)
    gone = load_gone(work, [post.id] if sends else [])
    attempts = [deliveries.find_last_attempt(work.db, one.id) for one in sends if one.state is State.SENT]
    return StatementView(
        pause_id=pause.id, seen=post.version.seen, number=post.number,
        text=" ".join(post.version.body.text.split())[:FIRST_WORDS],
        titles=" + ".join(work.policy.title_of(name) for name in names),
        releases=tuple((one.by, one.at) for one in told), until=told[0].until,
        wanted=releases.list_wanted(work, post.version, counted),
        goes=counted.pair is not None and _is_let_go(work, post),
        sends=tuple(_make_send(work, one, gone) for one in sends),
        out_at=max((one.started_at for one in attempts if one), default=None),
        why=None if sends or waits else _explain(work, post, group), by=None if waits else last.ended_by,
        again=post.version.seen if again else None,
    )  # fmt: skip


def _explain(work: UnitOfWork, post: Post, group: Sequence[Release]) -> str:
    return releases.explain(work, post.version, gate.read(work.db), group) or "it was not released again"


def _list_begun(
    work: UnitOfWork, post: Post, group: Sequence[Release]
) -> tuple[list[Delivery], list[Release]]:
    """Its deliveries as this statement, as soon as one of them has begun, and the two releases they began on. Either
    may stand on the message of another pause."""
    found = [one for one in deliveries.list_of_post(work.db, post.id) if one.kind is DeliveryType.STATEMENT]
    ended = any(one.state.final for one in found)
    used, ids = releases.list_used(work, found), {one.id for one in group}
    its = any(one.id in ids for one in used) or any(one.release_id in ids for one in found)
    return (found, used) if its and (used or ended) else ([], [])


def _list_last(group: Sequence[Release]) -> list[Release]:
    """Of those that have ended, the ones that ended with the last."""
    return [one for one in group if one.ended_at == group[-1].ended_at] or list(group)


def _is_let_go(work: UnitOfWork, post: Post) -> bool:
    """A right that somebody got since lets nothing go by itself."""
    return any(one.release_id is not None for one in deliveries.list_of_post(work.db, post.id))


def _is_free(work: UnitOfWork, pause: Pause, post: Post) -> bool:
    running = pause.ended_at is None
    return running and statements.may_be_released(work, gate.read(work.db), post, pause)


def _make_send(work: UnitOfWork, one: Delivery, gone: Gone) -> StatementSend:
    is_gone = one.state is State.SENT and gone.find(one) is not None
    return StatementSend(work.policy.title_of(one.account), one.state, one.remote_url, one.reason, is_gone)
