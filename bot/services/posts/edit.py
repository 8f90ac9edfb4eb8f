"""Editing a post: what the dialog saves is a new version, so every approval of the one before has ended.

Leaving an account out is an edit, too, and so is putting it back. Nothing is overwritten silently: if somebody saved
meanwhile, nothing is saved and they are named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.hours import pick_next_quarter
from bot.domain.people import Person
from bot.domain.posts import (
    MOVES,
    AndThen,
    Body,
    Image,
    Post,
    Seen,
    Status,
    Verb,
    Version,
)
from bot.domain.preflight.words import is_visible, strip_unseen
from bot.domain.refusals import (
    AlreadyApproved,
    FieldErrors,
    OnlyThere,
)
from bot.domain.shown.state_words import join_names
from bot.domain.urgency import Urgency
from bot.services.posts import conversions, create, left_out, lifecycle, rights
from bot.services.posts.conversions import Made
from bot.services.posts.fields import NO_ACCOUNT, PASSED, find_wrong_fields
from bot.services.posts.lifecycle import Case
from bot.services.posts.review import give_approval, say_ended
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.store import images
from bot.store.posts import posts

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)


@dataclass(frozen=True)
class Changes:
    """What a person typed in the Edit dialog."""

    text: str
    slot: datetime | None
    variants: Mapping[str, str] = field(default_factory=dict)  # {account: text}; empty text: none
    alts: Mapping[str, str] = field(default_factory=dict)  # {image's sha256: alt text}
    label: str = ""
    note: str = ""
    back: tuple[str, ...] = ()  # accounts that were left out, and that it is for again
    accounts: tuple[str, ...] | None = None  # it is for, besides those; None: as before
    images: tuple[str, ...] | None = None  # digests, in their order; None: as before
    warning: str | None = None  # a content warning; None: as before


def save_edit(
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
    case = lifecycle.open_to_edit(work, person, seen, key, (*changes.back, *(changes.accounts or ())))
    body = make_edited(work, case.post, changes, and_then)
    same = body == case.post.version.body
    if same and (changes.label, changes.note) == (case.post.version.label, case.post.version.note):
        if and_then is AndThen.APPROVE:
            _approve_unchanged(work, case, person, key)
        return
    before = case.post
    what = _describe_changes(work, before.version, body, changes)
    whose = lifecycle.end_approvals(work, before, person.id, what, but=body.words_digest())
    post = lifecycle.add_version(work, before, body, person.id, label=changes.label, note=changes.note)
    _note_edit(work, before, post, person, what, whose)
    if post.version.label != before.version.label:  # others may approve it now
        rights.end_in_case(work, replace(case, post=post), missed=False)
    post = _after_edit(work, before, post, person, what, ended=bool(whose))
    if and_then is AndThen.APPROVE and (post.status, Verb.APPROVE) in MOVES:
        post = _approve_edited(work, replace(case, post=post), person, key)
    elif whose and post.slot == before.slot:
        say_ended(work, post, person, what, whose)
    lifecycle.save(work, post, urgency=Urgency.DECISION)
    lifecycle.redraw_pauses(work, replace(case, post=post))


def make_edited(work: UnitOfWork, post: Post, changes: Changes, and_then: AndThen) -> Body:
    """What saving would make of it. Raises FieldErrors."""
    accounts = _choose_accounts(work, post, changes)
    moves = and_then is AndThen.MOVE
    slot = pick_free_quarter(work, post, accounts) if moves else _chosen(post.slot, changes.slot)
    body = _edited(work, _with_accounts(work, post.version.body, accounts), changes, slot)
    _check_fields(work, post, body)
    return body


def _approve_edited(work: UnitOfWork, case: Case, person: Person, key: str) -> Post:
    """Where the edit has not ended this person's yes to the words, it stands."""
    with suppress(AlreadyApproved):
        give_approval(work, case, person, key)
    return lifecycle.lead_by_approvals(work, case, case.post, Verb.APPROVE, person.id)


def _choose_accounts(work: UnitOfWork, post: Post, changes: Changes) -> tuple[str, ...]:
    """In the order it had them, those that are new to it last."""
    before = _put_back(work, post, changes.back)
    if changes.accounts is None:
        return before
    had = post.version.body.accounts
    if had == (DRILL,):  # goes nowhere else, whatever a forged dialog says
        return had
    if unknown := [name for name in changes.accounts if name not in had and name not in work.accounts]:
        titles = join_names([work.policy.title_of(name) for name in unknown])
        raise FieldErrors({"accounts": f"Byhand does not know {titles} any more."})
    stay = [name for name in before if name not in had or name in changes.accounts]
    chosen = (*stay, *(name for name in changes.accounts if name not in before))
    if not chosen and had:
        raise FieldErrors({"accounts": NO_ACCOUNT})
    return chosen


def _put_back(work: UnitOfWork, post: Post, names: tuple[str, ...]) -> tuple[str, ...]:
    """The post's accounts with those again that were left out."""
    if not names:
        return post.version.body.accounts
    known = {one.name for one in left_out.list_left_out(work, post)}
    if gone := [name for name in names if name not in known]:
        titles = join_names([work.policy.title_of(name) for name in gone])
        raise FieldErrors(
            {"back": f"{titles} cannot be put back: Byhand does not know that account any more."}
        )
    return left_out.put_back(work, post, names)


def publish_without(work: UnitOfWork, person: Person, seen: Seen, account: str, key: str) -> None:
    """An edit that leaves one account out, so that the others need not wait for it."""
    case = lifecycle.open_case(work, person, Verb.EDIT, seen, key)
    body = case.post.version.body
    left = tuple(name for name in body.accounts if name != account)
    title = work.policy.title_of(account)
    if not left:
        raise OnlyThere(account=title)
    what = f"left out {title}"
    variants = {name: text for name, text in (body.variants or {}).items() if name != account}
    _save_body(work, case, replace(body, accounts=left, variants=variants), person, what)


def save_converted(work: UnitOfWork, person: Person, seen: Seen, made: Sequence[Made], key: str) -> None:
    """An edit that puts images that fit in the place of those that they were made of."""
    case = lifecycle.open_case(work, person, Verb.EDIT, seen, key)
    conversions.keep_made(work, made)
    body = case.post.version.body
    new = {one.conversion.sha256: one.image.sha256 for one in made}
    pictures = conversions.replace_images(body.images, new)
    if pictures == body.images:
        return
    what = conversions.name_converted(
        body.images, conversions.find_converted(work, body.images, [one.sha256 for one in pictures])
    )
    _save_body(work, case, replace(body, images=pictures), person, what)


def _save_body(work: UnitOfWork, case: Case, body: Body, person: Person, what: str) -> None:
    """The next version by a button. `what` its person did."""
    before = case.post
    whose = lifecycle.end_approvals(work, before, person.id, what)
    post = lifecycle.add_version(work, before, body, person.id)
    _note_edit(work, before, post, person, what, whose)
    if whose:
        say_ended(work, post, person, what, whose)
    post = _after_edit(work, before, post, person, what, ended=bool(whose))
    lifecycle.save(work, post, urgency=Urgency.DECISION)
    lifecycle.redraw_pauses(work, case)


def _chosen(old: datetime | None, new: datetime | None) -> datetime | None:
    """The dialog knows whole minutes: a slot in the same minute was not changed, whatever its seconds."""
    if old is None or new is None:
        return new
    same = old.replace(second=0, microsecond=0) == new.replace(second=0, microsecond=0)
    return old if same else new


def _approve_unchanged(work: UnitOfWork, case: Case, person: Person, key: str) -> None:
    """An approval is given, though there was nothing to save."""
    lifecycle.check_table(work, case.post, Verb.APPROVE)
    give_approval(work, case, person, key)
    post = lifecycle.lead_by_approvals(work, case, case.post, Verb.APPROVE, person.id)
    lifecycle.save(work, post, urgency=Urgency.DECISION)


def _edited(work: UnitOfWork, body: Body, changes: Changes, slot: datetime | None) -> Body:
    variants = {
        account: text
        for account, text in changes.variants.items()
        if account in body.accounts and is_visible(text) and text != changes.text
    }
    pictures = _choose_images(work, body, changes)
    warning = body.warning if changes.warning is None else strip_unseen(changes.warning)
    return replace(body, text=changes.text, variants=variants, images=pictures, slot=slot, warning=warning)


def _with_accounts(work: UnitOfWork, body: Body, accounts: tuple[str, ...]) -> Body:
    """Visibility and language of an account that is new to the post are its own at this moment; of one that was there
    before they stay as they were approved."""
    new = create.read_account_settings(work, set(accounts) - set(body.accounts))
    if new.visibility or new.language:
        body = replace(
            body,
            visibility={**new.visibility, **(body.visibility or {})},
            language={**new.language, **(body.language or {})},
        )
    return replace(body, accounts=accounts)


def _choose_images(work: UnitOfWork, body: Body, changes: Changes) -> tuple[Image, ...]:
    before = {image.sha256: image.alt for image in body.images}
    wanted = tuple(before) if changes.images is None else changes.images
    stored = images.load(work.db, [digest for digest in wanted if digest not in before])
    return tuple(
        Image(digest, changes.alts.get(digest, before.get(digest, "")))
        for digest in conversions.put_in_place(work, body.images, wanted)
        if digest in before or digest in stored
    )


def _check_fields(work: UnitOfWork, post: Post, body: Body) -> None:
    """What the dialog shows under its fields. Too long is refused here already: it could never be approved."""
    wrong = find_wrong_fields(work, body)
    if body.slot != post.slot and body.slot is not None and body.slot <= work.now:
        wrong["slot"] = PASSED
    if wrong:
        raise FieldErrors(wrong)


def _note_edit(
    work: UnitOfWork, before: Post, post: Post, person: Person, what: str, whose: list[str]
) -> None:
    """What was changed, and which files were converted; a new time is on record as the move it is."""
    version, had = post.version, before.version.body.images
    found = conversions.find_converted(work, had, [one.sha256 for one in version.body.images])
    about: dict[str, Any] = {"converted": conversions.describe_for_record(found.values())} if found else {}
    work.note(
        FactKind.EDITED,
        person.id,
        post,
        seq=version.seq,
        sha256=version.sha256,
        changed=what,
        ended=whose,
        **about,
    )
    if post.slot != before.slot and before.status is not Status.DRAFT:
        lifecycle.note_move(work, before, post, person.id, whose)


def _after_edit(
    work: UnitOfWork, before: Post, post: Post, person: Person, what: str, *, ended: bool
) -> Post:
    """A dialog that changed the time has moved the post, too; a draft's is a proposal still."""
    if post.slot != before.slot and before.status is not Status.DRAFT:
        return lifecycle.enter_by_slot(work, post, Verb.MOVE, person.id, what=what)
    reason = post.reason
    if before.status is Status.APPROVED or (ended and before.status is Status.REVIEW):
        reason = f"{list_names(work, (person.id,))} {what}"
    return lifecycle.lead(work, post, Verb.EDIT, person.id, reason=reason)


def _describe_changes(work: UnitOfWork, old: Version, new: Body, changes: Changes) -> str:
    """All of it, as an act: "changed the text and an alt text, put back Bluesky, and picked a new time"."""
    before = old.body
    changed = [] if before.text == new.text else ["the text"]
    changed += ["the content warning"] if before.warning != new.warning else []
    old_own, own = before.variants or {}, new.variants or {}
    differ = [account for account in before.accounts if old_own.get(account) != own.get(account)]
    changed += [f"the text for {work.policy.title_of(account)}" for account in differ]
    pictures = [image.sha256 for image in new.images]
    converted = conversions.find_converted(work, before.images, pictures)
    made = {source: one.result for source, one in converted.items()}
    old_alts = {image.sha256: image.alt for image in conversions.replace_images(before.images, made)}
    if list(old_alts) != pictures:
        changed.append("the images")
    if alts := sum(old_alts.get(image.sha256, image.alt) != image.alt for image in new.images):
        changed.append("an alt text" if alts == 1 else f"{alts} alt texts")
    changed += [name for name in ("label", "note") if getattr(old, name) != getattr(changes, name)]
    changed = [f"the {each}" if each in ("label", "note") else each for each in changed]
    told = [f"changed {join_names(changed)}"] if changed else []
    told += [conversions.name_converted(before.images, converted)] if converted else []
    more = [account for account in new.accounts if account not in before.accounts]
    if back := [work.policy.title_of(account) for account in more if account in changes.back]:
        told.append(f"put back {join_names(back)}")
    if added := [work.policy.title_of(account) for account in more if account not in changes.back]:
        told.append(f"added {join_names(added)}")
    if out := [work.policy.title_of(account) for account in before.accounts if account not in new.accounts]:
        told.append(f"left out {join_names(out)}")
    told += ["picked a new time"] if before.slot != new.slot else []
    return ", and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def pick_free_quarter(work: UnitOfWork, post: Post, accounts: Collection[str] = ()) -> datetime:
    """The next quarter hour at which none of the post's accounts, or of these, has another post; found day by day."""
    wanted = set(accounts or post.version.body.accounts)
    alive = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)
    after = max(work.now, post.slot or work.now)
    while True:
        end = after + DAY
        taken = frozenset(
            slot
            for other, slot, theirs in posts.list_accounts_between(work.db, after, end, alive)
            if other != post.id and wanted & set(theirs)
        )
        free = pick_next_quarter(after, taken)
        if free < end:
            return free
        after = free - QUARTER
