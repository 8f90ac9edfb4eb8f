"""What the dialogs of a new post show: the accounts there are, how it will look, and what is to be checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.domain.ids import PostId, VersionId
from bot.domain.people import Person, Right
from bot.domain.posts import Post, Seen, Status, Version, choose_status
from bot.domain.shown.new_post import NewPostDone, NewPostForm, NewPostLook
from bot.domain.shown.state_words import join_names
from bot.services.own_clock import is_away
from bot.services.posts import composing
from bot.services.posts.conversions import list_conversions
from bot.services.posts.create import NewPost, make_body
from bot.services.posts.preflight import check_post
from bot.services.queries.posts import load_image_views, make_account_views
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import quote_post
from bot.store.posts import posts

NEW = "new"  # the id of a post that is not there yet: no other has it


def load_form(
    work: UnitOfWork, person: Person, wanted: NewPost, *, seen: Seen | None = None, kept_of: str = "",
    begun: datetime | None = None, told: Sequence[str] = (),
) -> NewPostForm:  # fmt: skip
    """The first screen, filled in with `wanted`. Accounts that left the settings are not offered any more."""
    draft = posts.load(work.db, seen.post_id) if seen else None
    return NewPostForm(
        accounts=tuple((name, work.policy.title_of(name)) for name in work.policy.accounts),
        chosen=tuple(name for name in wanted.accounts if name in work.policy.accounts),
        text=wanted.text, slot=wanted.slot, label=wanted.label, note=wanted.note,
        warning=wanted.warning, images=load_image_views(work, wanted.images), zone=work.policy.zone.key,
        away=is_away(work, person, wanted.slot), seen=seen, number=draft.number if draft else None,
        kept_of=kept_of, begun=begun, told=tuple(told),
    )  # fmt: skip


def list_gone(work: UnitOfWork, wanted: NewPost) -> list[str]:
    """A sentence where it was for accounts that left the settings: they cannot be chosen any more."""
    gone = [work.policy.title_of(name) for name in wanted.accounts if name not in work.policy.accounts]
    return (
        [f"Byhand does not know {join_names(gone)} any more, so it is not for that any more."] if gone else []
    )


def name_original(work: UnitOfWork, post_id: str) -> str:
    """What a copy was made from, by its first words; "" where it is gone."""
    post = posts.load(work.db, post_id)
    return quote_post(post) if post else ""


def load_look(
    work: UnitOfWork, person: Person, wanted: NewPost, own: Collection[str], root: str, *, seen: Seen | None = None,
    wrong: Sequence[str] = (), again: bool = False,
) -> NewPostLook:  # fmt: skip
    """The second screen. `own`: the accounts that have a field of their own, filled in or not."""
    version = _make_version(work, wanted, seen)
    post = Post(
        id=version.post_id, number=0, status=Status.DRAFT, version=version, created_at=work.now,
        status_at=work.now,
    )  # fmt: skip
    return NewPostLook(
        accounts=make_account_views(work, version), text=wanted.text,
        own=tuple((name, wanted.variants.get(name, "")) for name in wanted.accounts if name in own),
        warning=wanted.warning,
        images=load_image_views(work, wanted.images), objections=check_post(work, post), slot=wanted.slot,
        opens_at=_find_opening(work, wanted), root=root, shown=composing.digest(wanted), seen=seen,
        wrong=tuple(wrong), again=again, may_schedule=person.may(Right.TEAM), label=wanted.label,
        note=wanted.note, conversions=list_conversions(work, wanted.accounts, wanted.images),
    )  # fmt: skip


def load_done(work: UnitOfWork, post_id: str) -> NewPostDone | None:
    """What became of it, for whoever wrote it."""
    post = posts.load(work.db, post_id)
    if post is None:
        return None
    accounts = post.version.body.accounts
    opens_at = post.slot - work.policy.lead_for(accounts) if post.slot and accounts else None
    return NewPostDone(
        number=post.number, titles=" + ".join(work.policy.title_of(name) for name in accounts), slot=post.slot,
        draft=post.status is Status.DRAFT, opens_at=opens_at if post.status is Status.SCHEDULED else None,
        channel=work.policy.review_channel,
    )  # fmt: skip


def _find_opening(work: UnitOfWork, wanted: NewPost) -> datetime | None:
    if wanted.slot is None or not wanted.accounts:
        return None
    status = choose_status(wanted.slot, wanted.accounts, work.policy, work.now)
    return wanted.slot - work.policy.lead_for(wanted.accounts) if status is Status.SCHEDULED else None


def _make_version(work: UnitOfWork, wanted: NewPost, seen: Seen | None) -> Version:
    """As it would be saved, and is not."""
    post_id = PostId(seen.post_id if seen else NEW)
    return Version(
        id=VersionId(NEW), post_id=post_id, seq=1, body=make_body(work, wanted), saved_at=work.now,
        label=wanted.label, note=wanted.note,
    )  # fmt: skip
