"""The images of a plan's posts that have no alt text, described one post after the other.

Nothing of it is kept but what is saved: which post comes next is read from the posts as they stand, so that colleagues
may describe them besides, and a restart changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.domain.people import Person
from bot.domain.posts import MOVES, Image, Post, Seen, Verb
from bot.domain.preflight.words import is_visible
from bot.domain.refusals import FieldErrors, NoSuchPost
from bot.domain.shown.plan_screens import DescribeForm
from bot.services.plans.dropped import Dropped, check_importer
from bot.services.posts import drafts, edit
from bot.services.posts.fields import DESCRIBE
from bot.services.queries.posts import load_image_views
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts

AT_ONCE = 50  # posts that are read, to find the next


def count_undescribed(work: UnitOfWork, plan: Dropped) -> int:
    """Images without alt text, of posts that can still be edited."""
    found = posts.list_these(work.db, ids=[post_id for post_id, _ in plan.wanting])
    return sum(len(_list_undescribed(post)) for post in found if (post.status, Verb.EDIT) in MOVES)


def find_next(
    work: UnitOfWork, person: Person, plan: Dropped, after: str = "", told: Sequence[str] = ()
) -> DescribeForm | None:
    """The next post to be described, behind `after` (a post; "": from the first one on); None: there is none left.
    `told`: what happened meanwhile. Raises refusals."""
    check_importer(work, person)
    waiting = _list_waiting(work, person, plan, after)
    post = next(waiting, None)
    if post is None:
        return None
    return _make_form(work, plan, post, told=tuple(told), last=next(waiting, None) is None)


def find_again(
    work: UnitOfWork, person: Person, plan: Dropped, post_id: str, typed: Mapping[str, str], told: str
) -> DescribeForm | None:
    """The same post once more, as it is now, with what was `typed` ({digest: alt text}); None: somebody has described
    it."""
    post = posts.load(work.db, post_id)
    if post is None:
        raise NoSuchPost
    if not _is_waiting(work, person, post):
        return None
    last = next(_list_waiting(work, person, plan, post_id), None) is None
    form = _make_form(work, plan, post, told=(told,), last=last)
    return replace(form, typed=tuple(typed.items()))


def list_pictures(work: UnitOfWork, person: Person, plan: Dropped, after: str, most: int) -> list[str]:
    """Digests of the images that are asked for next."""
    waiting = _list_waiting(work, person, plan, after)
    some = itertools.islice(waiting, most)
    found = [image.sha256 for post in some for image in _list_undescribed(post)]
    return list(dict.fromkeys(found))[:most]


def describe(work: UnitOfWork, person: Person, seen: Seen, alts: Mapping[str, str], key: str) -> None:
    """Save alt texts ({digest: words}), and nothing else of the post, as Edit does; of a contributor's own draft, as
    writing on at it does. Raises FieldErrors, SavedMeanwhile and other refusals; nothing was saved then."""
    if wrong := {f"alt:{digest}": DESCRIBE for digest, alt in alts.items() if not is_visible(alt)}:
        raise FieldErrors(wrong)
    post = posts.load(work.db, seen.post_id)
    if post is None:
        raise NoSuchPost
    version = post.version
    if drafts.is_contributor(work, person):
        images = tuple(Image(each.sha256, alts.get(each.sha256, each.alt)) for each in version.body.images)
        wanted = replace(drafts.read_version(version), images=images)
        drafts.save_draft(work, person, wanted, key, seen)
        return
    changes = edit.Changes(
        version.body.text, post.slot, dict(version.body.variants or {}), alts, version.label, version.note
    )
    edit.save_edit(work, person, seen, changes, key)


def has_alts(work: UnitOfWork, post_id: str, alts: Mapping[str, str]) -> bool:
    """Whether these are its alt texts: they were saved, and the answer to that was lost."""
    post = posts.load(work.db, post_id)
    now = {image.sha256: image.alt for image in post.version.body.images} if post else {}
    return all(now.get(digest) == alt for digest, alt in alts.items())


def _list_waiting(work: UnitOfWork, person: Person, plan: Dropped, after: str) -> Iterator[Post]:
    ids = [post_id for post_id, _ in plan.wanting]
    begin = ids.index(after) + 1 if after in ids else 0
    for start in range(begin, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found = {str(post.id): post for post in posts.list_these(work.db, ids=some)}
        yield from (found[one] for one in some if one in found and _is_waiting(work, person, found[one]))


def _is_waiting(work: UnitOfWork, person: Person, post: Post) -> bool:
    """Whether this person could save an alt text of it, and one is wanting."""
    theirs = not drafts.is_contributor(work, person) or post.created_by == person.id
    return theirs and (post.status, Verb.EDIT) in MOVES and bool(_list_undescribed(post))


def _list_undescribed(post: Post) -> list[Image]:
    return [image for image in post.version.body.images if not is_visible(image.alt)]


def _make_form(
    work: UnitOfWork, plan: Dropped, post: Post, *, told: tuple[str, ...], last: bool
) -> DescribeForm:
    wanted = [(post_id, digest) for post_id, digests in plan.wanting for digest in digests]
    turns = {one: number for number, one in enumerate(wanted, 1)}
    body = post.version.body
    views = load_image_views(work, _list_undescribed(post))
    return DescribeForm(
        plan.id, post.version.seen, post.number, body.text,
        tuple(work.policy.title_of(name) for name in body.accounts), post.slot,
        tuple((turns.get((post.id, view.sha256), 0), view) for view in views), len(wanted), last, told=told,
    )  # fmt: skip
