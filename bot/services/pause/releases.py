"""Which releases of a statement count now, and what ends them. The verbs of people: `statements.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.deliveries import Delivery
from bot.domain.facts import FactKind
from bot.domain.gate import Gate
from bot.domain.kinds import CardType, LineType
from bot.domain.pause import statements as rules
from bot.domain.pause.statements import Counted, Release, Shut
from bot.domain.people import NOT_A_MEMBER, NOT_AN_APPROVER, Right, Rule, is_group, list_approvers
from bot.domain.posts import Post, Status, Version
from bot.domain.shown.statement_screens import Wanted
from bot.domain.urgency import Urgency
from bot.services import duty
from bot.services.posts import standing
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import list_names
from bot.store import deliveries
from bot.store.pause import gate, pauses, releases
from bot.store.posts import posts
from bot.store.slack import cards, memberships


def find_shut(rows: Gate, accounts: Sequence[str]) -> Shut:
    """What keeps these accounts shut now. `rows`: under lock, where it is to be acted on."""
    return Shut(rows.epochs_for(accounts), rows.pauses_for(accounts))


def count(work: UnitOfWork, version: Version, rows: Gate, given: Sequence[Release] | None = None) -> Counted:
    """What the releases of a version amount to. `given`: all of its post, if just read."""
    given = releases.list_of_post(work.db, version.post_id) if given is None else given
    shut, lost = find_shut(rows, version.body.accounts), _find_lost(work, version, given)
    return rules.count_releases(given, version, shut, work.now, lost, _find_named(work, version, given))


def _find_named(work: UnitOfWork, version: Version, given: Sequence[Release]) -> tuple[frozenset[str], ...]:
    """Where accounts and label name different approvers: of those who released it, whom each rule names."""
    its, ids = standing.find_rules(work, version), {one.by for one in given}
    if len(its) == 1 or not ids:
        return ()
    known = standing.load_last_known(work, ids)
    return tuple(frozenset(one for one in ids if known.knows_named(one, rule.approvers)) for rule in its)


def _find_lost(work: UnitOfWork, version: Version, given: Sequence[Release]) -> dict[str, tuple[Right, ...]]:
    ids = {one.by for one in given}
    if not ids:
        return {}
    return rules.find_lost(ids, standing.list_named(work, version), standing.load_last_known(work, ids))


def find_missing(work: UnitOfWork, version: Version, counted: Counted) -> tuple[Rule, ...]:
    """Of whom an approver has to release it yet; (): any full member will do."""
    its = standing.find_rules(work, version)
    if not counted.needs_approver:
        return ()
    return tuple(its[place] for place in counted.lacking) if counted.named else its


def list_wanted(work: UnitOfWork, version: Version, counted: Counted) -> tuple[Wanted, ...]:
    """The same, for screens."""
    return make_wanted(work, standing.find_rules(work, version), find_missing(work, version, counted))


def make_wanted(work: UnitOfWork, its: Sequence[Rule], missing: Sequence[Rule]) -> tuple[Wanted, ...]:
    """`its`: all there are. Where there is one, "an approver" says it."""
    return tuple(
        Wanted(standing.name_rule(work, one) if len(its) > 1 else "", one.approvers) for one in missing
    )


def list_to_ask(work: UnitOfWork, version: Version, counted: Counted) -> list[str]:
    """Who is asked for what is missing; where any full member will do, the approvers and who is on shift. Nobody who
    has released it: in the place of a user group they are in, its others."""
    missing = find_missing(work, version, counted)
    asked = list_approvers(missing) or (*standing.list_named(work, version), *duty.list_to_ring(work))
    groups = memberships.load(work.db, [each for each in asked if is_group(each)])
    done = {one.by for one in counted.each}
    found: dict[str, None] = {}
    for each in asked:
        members = groups[each].members if each in groups else frozenset()
        found |= dict.fromkeys((each,) if done.isdisjoint(members) else sorted(members))
    return [each for each in found if each not in done]


def list_stale(work: UnitOfWork, post: Post, rows: Gate) -> list[Release]:
    """Those that have ended by themselves, which is not on record yet."""
    shut = find_shut(rows, post.version.body.accounts)
    given = releases.list_of_post(work.db, post.id)
    return [one for one in given if one.ended_at is None and one.find_end(post.version, shut, work.now)]


def list_over(work: UnitOfWork) -> list[str]:
    """Posts nothing of which has begun, with a release that stands and counts no more."""
    shut = gate.read(work.db)
    found = posts.list_these(work.db, ids=releases.list_posts(work.db))
    waits = [post for post in found if post.status is not Status.PUBLISHING]
    return [post.id for post in waits if list_stale(work, post, shut)]


def explain(
    work: UnitOfWork, version: Version, rows: Gate, given: Sequence[Release] | None = None
) -> str | None:
    """Why the newest of its releases does not count any more, or does not do; None: nothing is known against them."""
    given = releases.list_of_post(work.db, version.post_id) if given is None else given
    shut, lost = find_shut(rows, version.body.accounts), _find_lost(work, version, given)
    for one in reversed(given):
        if (why := one.find_end(version, shut, work.now)) is not None:
            return why
        if Right.TEAM in lost[one.by]:
            return f"{list_names(work, (one.by,))} is {NOT_A_MEMBER}"
        if one.approver and Right.APPROVE in lost[one.by]:
            return f"{list_names(work, (one.by,))} is {NOT_AN_APPROVER}"
    counted = count(work, version, rows, given)
    wanted = list_wanted(work, version, counted)
    if len(counted.each) < rules.NEEDED or not wanted:
        return None
    return f"no approver{f' of {wanted[0].of}' if wanted[0].of else ''} has released it"


def end(work: UnitOfWork, post: Post, by: str | None, why: str) -> list[str]:
    """End those of a post that stand, on record, and say so on the message of their pause; returns whose they were.
    `by` None: nobody's act."""
    stand = [one for one in releases.list_of_post(work.db, post.id) if one.ended_at is None]
    if not stand:
        return []
    releases.end(work.db, [one.id for one in stand], by=by, why=why, now=work.now)
    whose = list(dict.fromkeys(one.by for one in stand))
    work.note(FactKind.RELEASES_ENDED, by, post, whose=whose, why=why)
    tell_ended(work, post, stand, by, why)
    redraw(work, [one.pause_id for one in stand])
    return whose


def end_used(work: UnitOfWork, post: Post) -> None:
    """It is over, whatever became of it: what is released after that needs two people again."""
    stand = [one.id for one in releases.list_of_post(work.db, post.id) if one.ended_at is None]
    releases.end(work.db, stand, by=None, why=rules.USED, now=work.now)


def tell_goes(work: UnitOfWork, post: Post, new: Release, counted: Counted) -> None:
    """In the thread of the pause, which had said whom it waits for: nobody else has to release it. To the others who
    did."""
    called = [one for one in dict.fromkeys(each.by for each in counted.each) if one != new.by]
    values = {"by": new.by, "mention": called, "post": post.number, "text": post.version.body.text}
    cards.say_on(work.db, CardType.BANNER, new.pause_id, LineType.STATEMENT_GOES, values, work.now)


def tell_ended(work: UnitOfWork, post: Post, ended: Sequence[Release], by: str | None, why: str) -> None:
    """In the thread of each pause that is still on, to whoever had released it; but whoever ended it knows."""
    called = [one for one in dict.fromkeys(each.by for each in ended) if one != by]
    for pause_id in dict.fromkeys(one.pause_id for one in ended):
        found = pauses.load(work.db, pause_id)
        if found is not None and found.ended_at is None:
            values = {
                "why": why,
                "by": by,
                "mention": called,
                "post": post.number,
                "text": post.version.body.text,
            }
            cards.say_on(work.db, CardType.BANNER, pause_id, LineType.STATEMENT_ENDED, values, work.now)


def list_used(work: UnitOfWork, sends: Iterable[Delivery]) -> list[Release]:
    """The two releases on which a statement has begun, the first one first; none of what is no statement."""
    for one in sends:
        tried = deliveries.find_last_attempt(work.db, one.id) if one.release_id else None
        if tried is not None and tried.release_id and tried.seconds_id:
            return releases.list_these(work.db, (tried.seconds_id, tried.release_id))
    return []


def redraw(work: UnitOfWork, pause_ids: Iterable[str]) -> None:
    """The messages of these pauses: each names its statements."""
    for pause_id in sorted(set(pause_ids)):
        cards.touch(work.db, CardType.BANNER, pause_id, urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)


def redraw_pending(work: UnitOfWork) -> None:
    """The messages of all pauses on which a release stands: who counts may have changed."""
    redraw(work, releases.list_standing_pauses(work.db))


def redraw_of_post(work: UnitOfWork, post_id: str) -> None:
    """The messages of all pauses that name this post as a statement."""
    redraw(work, releases.list_pauses(work.db, post_id))
