"""Why the approvals of a post have ended, and what changed since it was approved last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import ndiff
from itertools import pairwise

from bot.domain import approvals as approval_rules
from bot.domain.gate import ALL, Gate
from bot.domain.posts import Post, Status, Version
from bot.domain.shown.post_screens import PAUSED, Ended
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import approvals, posts


def find_ended(
    work: UnitOfWork, post: Post, given: Sequence[approval_rules.Approval], rows: Gate
) -> Ended | None:
    """Why approvals of this review have ended, if it waits for new ones."""
    if post.status is not Status.REVIEW:
        return None
    names = post.version.body.accounts
    now = rows.epochs_for(names)
    stale = [one for one in given if one.revoked_at is None and one.words is None and one.epochs != now]
    if stale:
        pauses = [rows.rows[scope] for scope in (ALL, *names) if scope in rows.rows and rows.rows[scope].at]
        latest = max(pauses, key=lambda row: row.at or work.now, default=None)
        by, at = (latest.by, latest.at or work.now) if latest else (None, work.now)
        return Ended(PAUSED, by, at, tuple(one.by for one in stale))
    last = approvals.find_last_ended(work.db, post.id)
    if last is None or last.at < (post.review_at or post.status_at):
        return None
    of_post = posts.list_versions(work.db, post.id)
    approved = next((one for one in of_post if one.id == last.version_id), post.version)
    since = [one for one in of_post if one.seq >= approved.seq]
    diff = _diff(work, approved, post.version)
    return Ended(last.why, last.by, last.at, last.whose, diff, _list_later(since, last.at))


def _list_later(since: Sequence[Version], ended_at: datetime) -> tuple[tuple[str, datetime], ...]:
    """Who changed what people read after the approvals had ended, each with the last time; the oldest first."""
    later: dict[str, datetime] = {}
    for old, new in pairwise(since):
        if new.saved_by and new.saved_at > ended_at and _read(old) != _read(new):
            later.pop(new.saved_by, None)
            later[new.saved_by] = new.saved_at
    return tuple(later.items())


def _read(version: Version) -> tuple[object, ...]:
    body = version.body
    return body.text, body.variants or {}, body.accounts, body.images


def _diff(work: UnitOfWork, approved: Version, now: Version) -> tuple[tuple[str, str], ...]:
    """Of each text the lines it had before, then those it has now."""
    old, new = _name_words(work, approved), _name_words(work, now)
    rows: list[tuple[str, str]] = []
    for name in dict.fromkeys((*new, *old)):
        changes = list(ndiff(old.get(name, "").splitlines(), new.get(name, "").splitlines()))
        rows += [(sign, f"{name}{line[2:]}") for sign in "-+" for line in changes if line[0] == sign]
    return tuple(rows)


def _name_words(work: UnitOfWork, version: Version) -> dict[str, str]:
    """{what stands before each: the words}, of all that people read."""
    body = version.body
    own = {f"{work.policy.title_of(name)}: ": text for name, text in (body.variants or {}).items()}
    alts = {f"Alt text {number}: ": image.alt for number, image in enumerate(body.images, 1)}
    return {"": body.text, **own, **alts}
