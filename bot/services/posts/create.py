"""Posts come in: what a plan file wants to have published. Whether all or nothing is the caller's choice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.ids import PostId, VersionId
from bot.domain.people import Person
from bot.domain.posts import DIGEST, Body, Image, Post, Status, Version, choose_status
from bot.domain.preflight.due import find_due_moment
from bot.domain.preflight.words import is_visible, strip_unseen
from bot.services.accounts import profiles
from bot.services.images.image_checks import StoredImage
from bot.services.posts import lifecycle
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import format_date
from bot.store import images, record
from bot.store.images import ImageFile
from bot.store.posts import posts
from bot.store.slack import cards

RESTORED_LATELY = timedelta(
    days=7
)  # plans imported in this time after a restore may have been imported before it


@dataclass(frozen=True)
class TakenOver:
    """Words that were there before, such as a colleague's message."""

    by: tuple[str, ...]  # whose they are, the writer first
    digest: str  # of the words as they were


@dataclass(frozen=True)
class NewPost:
    """One post to be: its images are stored (`keep_image`)."""

    accounts: tuple[str, ...]
    text: str
    slot: datetime | None
    images: tuple[Image, ...] = ()
    label: str = ""
    note: str = field(default="", kw_only=True)  # for reviewers
    warning: str = field(default="", kw_only=True)  # a content warning
    variants: Mapping[str, str] = field(
        default_factory=dict, kw_only=True
    )  # {account: text}, where it differs
    taken: TakenOver | None = field(default=None, kw_only=True)  # None: whoever saves it wrote it
    converted: Mapping[str, str] = field(
        default_factory=dict, kw_only=True
    )  # {an image's digest: that of what it was made of}
    import_key: str | None = field(
        default=None, kw_only=True
    )  # the digest that makes a second import of the same row add nothing


@dataclass(frozen=True)
class Imported:
    """What an import did. `posts`: (number, status) of the new ones."""

    posts: tuple[tuple[int, Status], ...]
    known: int  # rows that were there already
    backup_of: str | None = (
        None  # a backup of then was put back lately: the new ones may be published already
    )


def import_posts(
    work: UnitOfWork, person: Person, wanted: Sequence[NewPost], file: str, *, own: bool = False
) -> Imported:
    """Add posts that are not there yet, in one transaction. An imported post has no author, unless it is to be a draft
    of its person's `own`."""
    posts.lock_numbers(work.db)  # two imports of one file at once: the second sees what the first one added
    known = posts.find_known_imports(work.db, [one.import_key for one in wanted if one.import_key])
    fresh = [one for one in wanted if one.import_key not in known]
    backup_of = _find_backup(work) if fresh else None
    by = person.id if own else None
    added = _add_all(work, person, fresh, created_by=by, copied_at=backup_of, as_draft=own)
    if added:
        accounts = {account for post in added for account in post.version.body.accounts}
        cards.touch_banners(work.db, (ALL, *sorted(accounts)))  # a running pause counts what it stops
    work.note_each(
        FactKind.IMPORTED, person.id, [(post, {"file": file, "number": post.number}) for post in added]
    )
    work.wake(Wake.CLOCK)
    work.wake(Wake.OUTBOX)
    return Imported(
        tuple((post.number, post.status) for post in added), len(wanted) - len(fresh),
        format_date(work, backup_of) if backup_of else None,
    )  # fmt: skip


def _find_backup(work: UnitOfWork) -> datetime | None:
    """When the backup was made that was put back lately. A plan that was imported after it, and what went out of it,
    are not in it: imported again, its rows look new."""
    restored = record.find_newest(work.db, FactKind.RESTORED.value, work.now - RESTORED_LATELY)
    return datetime.fromisoformat(str((restored.data or {})["made_at"])) if restored else None


def take_over(wanted: NewPost, by: Iterable[str]) -> NewPost:
    """The words and images it holds now are others', who are authors of what becomes of them. `by`: the writer first;
    nobody, as of an app's message: whoever saves it is its author."""
    whose = tuple(dict.fromkeys(filter(None, by)))
    holds = is_visible(wanted.text) or bool(wanted.images)
    return replace(wanted, taken=TakenOver(whose, _digest_words(wanted)) if whose and holds else None)


def list_authors(wanted: NewPost, by: str) -> tuple[str, ...]:
    """Whose words these are, where `by` saves them: whoever changed nothing of what they took over only plans it."""
    if wanted.taken is None:
        return (by,)
    changed = _digest_words(wanted) != wanted.taken.digest
    return tuple(dict.fromkeys((*wanted.taken.by, by))) if changed else wanted.taken.by


def _digest_words(wanted: NewPost) -> str:
    """Of what makes whoever changes it an author. White space is what a field of Slack's leaves of it."""
    texts = {name: text.split() for name, text in wanted.variants.items() if is_visible(text)}
    pictures = [image.sha256 for image in wanted.images]
    words = json.dumps([wanted.text.split(), strip_unseen(wanted.warning), texts, pictures], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:DIGEST]


def keep_image(work: UnitOfWork, image: StoredImage) -> None:
    """Once, whatever uses it: it is named by its digest."""
    about = ImageFile(
        image.sha256, image.media_type, image.width, image.height, image.size, frames=image.frames
    )
    images.add(work.db, about, image.bytes)


def note_copied(work: UnitOfWork, sha256: str, slack_file: str) -> None:
    """Slack has a private copy of it, which cards and dialogs can show."""
    images.mark_uploaded(work.db, sha256, slack_file)


def add_post(
    work: UnitOfWork,
    person: Person,
    wanted: NewPost,
    *,
    created_by: str | None,
    copied_at: datetime | None = None,
    as_draft: bool = False,
) -> Post:
    """One new post: a draft without a slot, scheduled, or with its card up at once inside the lead. `created_by` None:
    it is imported. `copied_at`: of a backup since which it may have been here already. `as_draft`: its slot is a
    proposal."""
    (post,) = _add_all(work, person, [wanted], created_by=created_by, copied_at=copied_at, as_draft=as_draft)
    return post


def _add_all(
    work: UnitOfWork, person: Person, wanted: Sequence[NewPost], *, created_by: str | None,
    copied_at: datetime | None, as_draft: bool,
) -> list[Post]:  # fmt: skip
    """A statement for all of them, not one for each: a plan has thousands, and clicks wait."""
    made, opening = list[Post](), set[str]()
    known = profiles.load_known(work, {name for one in wanted for name in one.accounts})
    for number, one in enumerate(wanted, posts.take_numbers(work.db, len(wanted)) if wanted else 0):
        slot = None if as_draft else one.slot
        status = choose_status(slot, one.accounts, work.policy, work.now)
        version = _make_version(work, person, one, created_by, known)
        if status is Status.REVIEW:  # it opens below
            opening.add(version.post_id)
            status = Status.SCHEDULED
        post = Post(
            id=version.post_id, number=number, version=version, created_at=work.now, status=status,
            status_at=work.now, created_by=created_by, status_by=person.id, copied_at=copied_at,
        )  # fmt: skip
        made.append(post)
    due = [find_due_moment(post, work.policy) for post in made]
    posts.add_all(work.db, made, due, [one.import_key for one in wanted])
    return [_open_review(work, post) if post.id in opening else post for post in made]


def _make_version(
    work: UnitOfWork, person: Person, wanted: NewPost, created_by: str | None, known: profiles.Known
) -> Version:
    authors = list_authors(wanted, created_by) if created_by else ()
    body = profiles.bind(make_body(work, wanted), known)
    post_id = PostId(work.make_id())
    return Version(
        id=VersionId(work.make_id()), post_id=post_id, seq=1, body=body, saved_at=work.now, saved_by=person.id,
        words_by=authors, label=wanted.label, note=wanted.note,
    )  # fmt: skip


def _open_review(work: UnitOfWork, post: Post) -> Post:
    post = lifecycle.open_review(work, post)
    posts.save(work.db, post, find_due_moment(post, work.policy))
    return post


@dataclass(frozen=True)
class AccountSettings:
    """What belongs to what is approved, and the settings say."""

    visibility: Mapping[str, str]  # {account: "public"}
    language: Mapping[str, str]  # {account: "en"}


def read_account_settings(work: UnitOfWork, accounts: Iterable[str]) -> AccountSettings:
    """As they are at this moment."""
    known = {name: work.policy.accounts[name] for name in accounts if name in work.policy.accounts}
    return AccountSettings(
        {name: account.visibility for name, account in known.items() if account.visibility},
        {name: account.language for name, account in known.items() if account.language},
    )


def make_body(work: UnitOfWork, wanted: NewPost) -> Body:
    """What an approval will be for, but for whose the accounts are: that is looked up when it is saved."""
    settings = read_account_settings(work, wanted.accounts)
    return Body(
        accounts=wanted.accounts,
        text=wanted.text,
        slot=wanted.slot,
        variants={
            name: text
            for name, text in wanted.variants.items()
            if name in wanted.accounts and is_visible(text) and text != wanted.text
        },
        images=wanted.images,
        visibility=settings.visibility,
        language=settings.language,
        warning=strip_unseen(wanted.warning),
    )
