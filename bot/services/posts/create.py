"""Posts come in: what a plan file wants to have published. Whether all or nothing is the caller's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.ids import PostId, VersionId
from bot.domain.people import Person
from bot.domain.posts import Body, Image, Post, Status, Version, choose_status, find_due_moment
from bot.services.posts import lifecycle
from bot.services.posts.image_checks import StoredImage
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store import images
from bot.store.images import ImageFile
from bot.store.posts import posts
from bot.store.slack import cards


@dataclass(frozen=True)
class NewPost:
    """One post to be: judged already, its images stored (`keep_image`)."""

    accounts: tuple[str, ...]
    text: str
    slot: datetime | None
    images: tuple[Image, ...] = ()
    label: str = ""
    import_key: str | None = None  # the digest that makes a second import of the same row add nothing


@dataclass(frozen=True)
class Imported:
    """What an import did. `posts`: (number, status) of the new ones."""

    posts: tuple[tuple[int, Status], ...]
    known: int  # rows that were there already


def import_posts(work: UnitOfWork, person: Person, wanted: Sequence[NewPost], file: str) -> Imported:
    """Add posts that are not there yet, in one transaction. An imported post has no author."""
    keys = [one.import_key for one in wanted if one.import_key]
    known = posts.find_known_imports(work.db, keys)
    fresh = [one for one in wanted if one.import_key not in known]
    added = [add_post(work, person, one, created_by=None) for one in fresh]
    for post in added:
        work.note(FactKind.IMPORTED, person.id, post, file=file, number=post.number)
    if added:
        accounts = {account for post in added for account in post.version.body.accounts}
        cards.touch_banners(work.db, (ALL, *sorted(accounts)))  # a running pause counts what it stops
    work.wake(Wake.CLOCK)
    work.wake(Wake.OUTBOX)
    return Imported(tuple((post.number, post.status) for post in added), len(wanted) - len(fresh))


def keep_image(work: UnitOfWork, image: StoredImage) -> None:
    """Once, whatever uses it: it is named by its digest."""
    about = ImageFile(
        image.sha256, image.media_type, image.width, image.height, image.size, frames=image.frames
    )
    images.add(work.db, about, image.bytes)


def add_post(work: UnitOfWork, person: Person, wanted: NewPost, *, created_by: str | None) -> Post:
    """One new post: a draft without a slot, scheduled, or with its card up at once inside the lead."""
    post_id = PostId(work.make_id())
    version = Version(
        id=VersionId(work.make_id()), post_id=post_id, seq=1, body=_body(work, wanted), saved_at=work.now,
        saved_by=person.id, words_by=(created_by,) if created_by else (), label=wanted.label,
    )  # fmt: skip
    status = choose_status(wanted.slot, wanted.accounts, work.policy, work.now)
    post = Post(
        id=post_id, number=posts.take_next_number(work.db), version=version, created_at=work.now,
        status=Status.SCHEDULED if status is Status.REVIEW else status,  # its review opens below
        status_at=work.now, created_by=created_by, status_by=person.id,
    )  # fmt: skip
    posts.add(work.db, post, find_due_moment(post, work.policy), wanted.import_key)
    if status is Status.REVIEW:
        post = lifecycle.open_review(work, post)
        posts.save(work.db, post, find_due_moment(post, work.policy))
    return post


def _body(work: UnitOfWork, wanted: NewPost) -> Body:
    """Visibility and language are the account's at this moment; they belong to what is approved."""
    known = {name: work.policy.accounts[name] for name in wanted.accounts if name in work.policy.accounts}
    return Body(
        accounts=wanted.accounts,
        text=wanted.text,
        slot=wanted.slot,
        images=wanted.images,
        visibility={name: account.visibility for name, account in known.items() if account.visibility},
        language={name: account.language for name, account in known.items() if account.language},
    )
