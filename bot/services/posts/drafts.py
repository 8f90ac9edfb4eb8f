"""Posts that people write in Slack: a draft goes nowhere, and its time is a proposal, until somebody schedules it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL
from bot.domain.people import Person, Right, Role
from bot.domain.posts import Body, Post, Seen, Status, Verb, Version
from bot.domain.preflight.objections import list_blocking
from bot.domain.refusals import FieldErrors, NoSuchPost, NotFrom, SavedMeanwhile, WhoAreYou
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.accounts import profiles
from bot.services.pause import drill_over
from bot.services.posts import lifecycle
from bot.services.posts.create import NewPost, add_post, make_body, take_over
from bot.services.posts.fields import NO_ACCOUNT, PASSED, find_wrong_fields
from bot.services.posts.lifecycle import Case
from bot.services.posts.preflight import check_post, list_blocks
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import list_names, make_state_sentence, quote_post, refuse_guest
from bot.store import record
from bot.store.posts import posts
from bot.store.slack import cards

A_MOMENT = timedelta(seconds=30)  # in which a second press of Duplicate is the first one's
RECENT = 10  # drafts among which its copy is looked for
NO_SLOT = "Pick a time."


def check_writer(work: UnitOfWork, person: Person) -> None:
    """Full members write drafts, and guests who are named as contributors."""
    if is_contributor(work, person) or person.may(Right.TEAM):
        return
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    raise refuse_guest(work, Right.TEAM, "write a post")


def is_contributor(work: UnitOfWork, person: Person) -> bool:
    """A guest who may write drafts of their own, and nothing else."""
    return person.role is Role.GUEST and person.id in work.policy.contributors


def save_draft(work: UnitOfWork, person: Person, wanted: NewPost, key: str, seen: Seen | None = None) -> Post:
    """Keep it as a draft: a new one, or the next version of the one that was `seen`. It may be incomplete.

    Raises SavedMeanwhile, and NotFrom where it is no draft any more; nothing was saved then."""
    post = _write(work, person, wanted, key) if seen is None else _rewrite(work, person, wanted, seen, key)
    return lifecycle.save(work, post)


def schedule(work: UnitOfWork, person: Person, wanted: NewPost, key: str, seen: Seen | None = None) -> Post:
    """The same, and its slot counts from now on: a card asks for a decision before it.

    Raises besides FieldErrors (field → sentence) for what could never be approved, or has no time or account."""
    lifecycle.check_right(work, person, Verb.MOVE, seen.post_id if seen else "")
    wrong = find_missing(work, wanted)
    if wrong:
        raise FieldErrors(wrong)
    post = save_draft(work, person, wanted, key, seen)
    if firm := [each.sentence for each in list_blocking(check_post(work, post)) if not each.waivable]:
        raise FieldErrors({"images": " ".join(f"{sentence}." for sentence in firm)})
    slot = post.slot
    work.note(FactKind.SCHEDULED, person.id, post, slot=slot.isoformat() if slot else None)
    post = lifecycle.enter_by_slot(work, post, Verb.MOVE, person.id)
    cards.touch_banners(work.db, (ALL, *post.version.body.accounts))  # a running pause counts what it stops
    work.wake(Wake.OUTBOX)
    return lifecycle.save(work, post, urgency=Urgency.DECISION)


def find_missing(work: UnitOfWork, wanted: NewPost) -> dict[str, str]:
    """{field: sentence}: what keeps it from being scheduled."""
    wrong = find_wrong_fields(work, make_body(work, wanted))
    if not wanted.accounts:
        wrong["accounts"] = NO_ACCOUNT
    if wanted.slot is None:
        wrong["slot"] = NO_SLOT
    elif wanted.slot <= work.now:
        wrong["slot"] = PASSED
    return wrong


def list_missing(work: UnitOfWork, post: Post) -> tuple[str, ...]:
    """What a draft needs before anybody can approve it, without full stops."""
    missing = [] if post.version.body.accounts else ["No account yet"]
    if post.slot is None:
        missing.append("No time yet")
    elif post.slot <= work.now:
        missing.append("Its proposed time has passed")
    return (*missing, *(one.sentence.rstrip(".") for one in list_blocks(work, post)))


def load_theirs(work: UnitOfWork, person: Person, post_id: str) -> Post:
    """A post that this person may write on at, if it is a draft. Raises refusals."""
    check_writer(work, person)
    post = posts.load(work.db, post_id)
    if post is None:
        raise NoSuchPost
    _must_be_theirs(work, person, post)
    return post


def duplicate(work: UnitOfWork, person: Person, post_id: str, key: str) -> Post:
    """A new draft with the same words, images and accounts, and no time. Its authors are those of the words, and
    whoever duplicates it. Pressed twice in a row it is one copy: the one that was just made."""
    check_writer(work, person)
    clicks.count_once(work, key)
    other = lifecycle.load_case(work, post_id).post
    drill_over.check_post(work, other)
    _must_be_theirs(work, person, other)
    if other.version.body.accounts == (DRILL,):
        raise NotFrom(verb="duplicate it", state="It is part of a drill.")
    if (copy := _find_copy(work, person, other)) is not None:
        return copy
    wanted = replace(read_version(other.version), slot=None)
    post = add_post(work, person, wanted, created_by=person.id, as_draft=True)
    work.note(FactKind.WRITTEN, person.id, post, copy_of=other.number)
    return lifecycle.save(work, post)


def _find_copy(work: UnitOfWork, person: Person, other: Post) -> Post | None:
    """The copy of this version that its person made a moment ago, and that is as it was made."""
    for draft in posts.list_drafts(work.db, person.id, RECENT):
        if draft.created_at <= work.now - A_MOMENT or draft.created_at < other.version.saved_at:
            return None
        made = record.find_newest_of(work.db, f"post:{draft.id}", FactKind.WRITTEN.value)
        if made is not None and (made.data or {}).get("copy_of") == other.number and draft.version.seq == 1:
            return draft
    return None


def delete_draft(work: UnitOfWork, person: Person, seen: Seen, key: str) -> None:
    """It is killed, so that it can be brought back as long as it is on record; no list shows it any more."""
    case = _open(work, person, seen, key)
    lifecycle.end_approvals(work, case.post, person.id, "deleted the draft")
    post = lifecycle.lead(work, case.post, Verb.KILL, person.id)
    work.note(FactKind.KILLED, person.id, post, reason="", was=case.post.status.key)
    lifecycle.save(work, post)


def read_version(version: Version) -> NewPost:
    """What it wants published, and whose words that is."""
    body = version.body
    wanted = NewPost(
        body.accounts,
        body.text,
        body.slot,
        body.images,
        version.label,
        note=version.note,
        warning=body.warning,
        variants=dict(body.variants or {}),
    )
    return take_over(wanted, version.words_by)


def _write(work: UnitOfWork, person: Person, wanted: NewPost, key: str) -> Post:
    check_writer(work, person)
    clicks.count_once(work, key)
    post = add_post(work, person, wanted, created_by=person.id, as_draft=True)
    others = [one for one in (wanted.taken.by if wanted.taken else ()) if one != person.id]
    about: dict[str, Any] = {"words_of": others} if others else {}
    about |= _name_converted(wanted)
    work.note(FactKind.WRITTEN, person.id, post, **about)
    return post


def _rewrite(work: UnitOfWork, person: Person, wanted: NewPost, seen: Seen, key: str) -> Post:
    case = _open(work, person, seen, key, wanted.accounts)
    before = case.post.version
    body = profiles.bind_to_now(work, make_body(work, wanted), before)
    if _is_same(before.body, body) and (before.label, before.note) == (wanted.label, wanted.note):
        return case.post
    what = "changed the draft"
    whose = lifecycle.end_approvals(work, case.post, person.id, what, but=body.words_digest())
    post = lifecycle.add_version(work, case.post, body, person.id, label=wanted.label, note=wanted.note)
    version = post.version
    work.note(
        FactKind.EDITED, person.id, post, seq=version.seq, sha256=version.sha256, changed=what,
        ended=whose, **_name_converted(wanted),
    )  # fmt: skip
    return post


def _name_converted(wanted: NewPost) -> dict[str, Any]:
    """From which file each converted image was made, for the record."""
    made = [
        {"from": wanted.converted[one.sha256], "to": one.sha256}
        for one in wanted.images
        if one.sha256 in wanted.converted
    ]
    return {"converted": made} if made else {}


def _open(work: UnitOfWork, person: Person, seen: Seen, key: str, also: tuple[str, ...] = ()) -> Case:
    """A draft that this person may change, in the version that they saw, under its lock."""
    check_writer(work, person)
    clicks.count_once(work, key)
    case = lifecycle.load_case(work, seen.post_id, also)
    drill_over.check_post(work, case.post)
    _must_be_theirs(work, person, case.post)
    if case.post.status is not Status.DRAFT:
        raise NotFrom(verb="change it as a draft", state=make_state_sentence(work, case.post.id))
    version = case.post.version
    if not seen.is_still(version.seen):
        who = list_names(work, (version.saved_by or "",)) or "Somebody"
        raise SavedMeanwhile(who=who, seq=version.seq)
    return case


def _must_be_theirs(work: UnitOfWork, person: Person, post: Post) -> None:
    if is_contributor(work, person) and post.created_by != person.id:
        raise refuse_guest(work, Right.TEAM, f"change {quote_post(post)}")


def _is_same(one: Body, other: Body) -> bool:
    return one.fingerprint() == other.fingerprint()
