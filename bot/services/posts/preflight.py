"""Preflight: measures what the rules need to judge a post, and asks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial

from rapidfuzz import fuzz

from bot.domain.approvals import Standing
from bot.domain.posts import Body, Post, Status
from bot.domain.preflight import timing
from bot.domain.preflight.judge import Measured, Similar, list_objections
from bot.domain.preflight.objections import (
    SURROUNDINGS,
    Level,
    Objection,
    ObjectionType,
    list_blocking,
    list_in_the_way,
)
from bot.domain.shown.moments import name_moment
from bot.networks.protocol import Content, Measure, Picture
from bot.services import duty
from bot.services.accounts import costs, health
from bot.services.images.frames import count_frames
from bot.services.posts.public_holidays import find_holiday
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_date
from bot.store import images
from bot.store.inbox import conversations
from bot.store.posts import posts
from bot.store.posts.posts import Words

NEARLY = 90  # of 100 letters in common: fixed typos and moved commas stay above, a new sentence falls below
A_DAY = timedelta(days=1)
MOST_COMPARED = 1000  # posts before its slot, and as many after
_COMPARED = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED, Status.PUBLISHING, Status.PUBLISHED)


def check_post(work: UnitOfWork, post: Post, *, around: bool = True) -> tuple[Objection, ...]:
    """All objections against a post as it stands, blocks first. `around`: those too that other posts, people and the
    time give rise to."""
    body = post.version.body
    known = {*work.accounts, *work.policy.accounts}  # a command that only reads has none signed in
    gone = tuple(name for name in body.accounts if name not in known)
    others = _list_others(work, post) if around else []
    alike = _similar(work, post, others)
    backup_of = format_date(work, post.copied_at) if post.copied_at else None
    of_accounts = {name: measure for name, (_, measure) in measure_body(work, body).items()}
    measures = list(of_accounts.values())
    misfits = dict.fromkeys(misfit.sentence for measure in measures for misfit in measure.misfits)
    notes = dict.fromkeys(note for measure in measures for note in measure.notes)
    sign_ins = health.judge(work, body.accounts)
    found = tuple(_check_timing(work, post, others)) if around else ()
    measured = Measured(
        tuple(misfits), gone, alike, sign_ins.unheard, backup_of, tuple(notes), timing=found,
        signed_out=sign_ins.signed_out, too_many=tuple(_check_allowances(work, post)),
        costs=costs.list_costs(work, of_accounts), over=costs.list_over(work, of_accounts, post.slot),
    )  # fmt: skip
    return list_objections(body, measured, work.policy.levels)


def list_blocks(work: UnitOfWork, post: Post) -> tuple[Objection, ...]:
    """What stops its approval. What other posts and the time give rise to is measured only where the settings say that
    it stops one."""
    around = any(work.policy.levels.get(kind) is Level.BLOCK for kind in SURROUNDINGS)
    return list_blocking(check_post(work, post, around=around))


def list_against_yes(work: UnitOfWork, post: Post, counted: Standing) -> tuple[Objection, ...]:
    """What stops the next yes to it: an approval of its words, or a Go. `counted`: its approvals."""
    waived = any(one.waived for one in counted.words)
    return list_in_the_way(list_blocks(work, post), has_words=counted.has_words, waived=waived)


def measure_body(work: UnitOfWork, body: Body) -> dict[str, tuple[Content, Measure]]:
    """{account: what would go out there, and what of it does not fit}."""
    contents = {
        account: to_content(work, body, account) for account in body.accounts if account in work.accounts
    }
    return {
        account: (content, work.accounts[account].measure(content)) for account, content in contents.items()
    }


def to_content(work: UnitOfWork, body: Body, account: str, *, claim: str = "") -> Content:
    """What is to go out on one account, in the network layer's terms.

    For the uploads of a `claim` the images are read now, for use after the transaction; else only if asked for.
    """
    digests = [image.sha256 for image in body.images]
    known = images.load(work.db, digests) if digests else {}
    pictures = []
    for image in body.images:
        file = known.get(image.sha256)
        if file is None:
            continue
        read = partial(images.read_bytes, work.db, image.sha256)
        load = partial(bytes, read()) if claim else read
        pictures.append(
            Picture(
                image.sha256,
                file.media_type,
                file.width,
                file.height,
                file.size,
                image.alt,
                load,
                count_frames(work.db, file),
                claim,
            )
        )
    return Content(
        text=body.text_for(account),
        pictures=tuple(pictures),
        visibility=(body.visibility or {}).get(account),
        language=(body.language or {}).get(account),
        warning=body.warning,
    )


def _list_others(work: UnitOfWork, post: Post) -> list[Words]:
    """Posts that went out or will, as far around its slot as the policy looks, and at least a day; of very many the
    nearest."""
    middle, window = post.slot or work.now, max(work.policy.repeat_window, A_DAY)
    found = posts.list_words_around(work.db, middle, window, _COMPARED, MOST_COMPARED)
    return [other for other in found if other.post_id != post.id]


def _check_timing(work: UnitOfWork, post: Post, others: list[Words]) -> Iterator[tuple[ObjectionType, str]]:
    body, policy = post.version.body, work.policy
    titles = {name: policy.title_of(name) for name in body.accounts}
    late = conversations.count_called(work.db)
    waiting = {titles[name]: late.get(name, 0) for name in body.accounts}
    yield from _said(ObjectionType.SAME_WORDS, timing.check_same_words(body, titles))
    yield from _said(ObjectionType.WAITING, timing.check_waiting(waiting))
    if post.slot is None or post.slot <= work.now:  # it needs another, or goes out now
        return
    near = [
        timing.Neighbour(other.number, titles[name], other.slot, other.text_for(name))
        for other in others
        for name in body.accounts
        if name in other.accounts
    ]
    lead = policy.lead_for(body.accounts)
    after = not policy.rota  # else it is said of shifts
    yield from _said(ObjectionType.HOURS, timing.check_hours(post.slot, lead, policy.hours, after=after))
    if policy.rota or policy.levels.get(ObjectionType.SHIFT) is Level.BLOCK:
        turns = duty.list_turns(work, post.slot, post.slot + timing.FIRST_ANSWERS)
        yield from _said(ObjectionType.SHIFT, timing.check_shift(post.slot, turns))
    holiday = find_holiday(policy.country, post.slot.astimezone(policy.zone).date())
    yield from _said(ObjectionType.HOLIDAY, timing.check_holiday(holiday))
    yield from _said(ObjectionType.SPACING, timing.check_spacing(post.slot, policy.gap, near))
    yield from _said(
        ObjectionType.FULL_DAY, timing.check_day(post.slot, policy.hours, policy.posts_a_day, near)
    )


def _check_allowances(work: UnitOfWork, post: Post) -> Iterator[str]:
    """Of the accounts whose network takes only so many posts in 24 hours."""
    mine = {name: work.accounts[name] for name in post.version.body.accounts if name in work.accounts}
    most = {name: each.capabilities.posts_a_day for name, each in mine.items()}
    if post.slot is None or not any(most.values()):
        return
    found = posts.list_words_around(work.db, post.slot, timing.ALLOWANCE, _COMPARED, MOST_COMPARED)
    for name, number in most.items():
        title = work.policy.title_of(name)
        others = [
            timing.Neighbour(other.number, title, other.slot, "")
            for other in found
            if other.post_id != post.id and name in other.accounts
        ]
        if number is not None:
            yield from timing.check_allowance(post.slot, title, number, others)


def _said(kind: ObjectionType, sentences: Iterable[str]) -> Iterator[tuple[ObjectionType, str]]:
    return ((kind, sentence) for sentence in sentences)


def _similar(work: UnitOfWork, post: Post, others: list[Words]) -> tuple[Similar, ...]:
    """Those with nearly the same words on the same account, within the policy's window of this slot."""
    middle, window = post.slot or work.now, work.policy.repeat_window
    found = []
    for other in others:
        if abs(other.slot - middle) <= window:
            found += _alike(work, post.version.body, other)
    return tuple(found[:5])


def _alike(work: UnitOfWork, body: Body, other: Words) -> list[Similar]:
    return [
        Similar(
            other.number,
            work.policy.title_of(name),
            other.text_for(name),
            name_moment(other.slot, work.policy.zone, work.now),
        )
        for name in body.accounts
        if name in other.accounts and is_nearly_same(body.text_for(name), other.text_for(name))
    ]


def is_nearly_same(one: str, two: str) -> bool:
    """Same letters but for a tenth, case and spaces aside. Two empty texts are not alike: their images differ."""
    first, second = (" ".join(text.casefold().split()) for text in (one, two))
    if not first or not second:
        return False
    return fuzz.ratio(first, second, score_cutoff=NEARLY) >= NEARLY
