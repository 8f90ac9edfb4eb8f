"""Images that an account does not take: what would make them fit, done when a person asks for it.

Converting takes seconds, so it is done outside of any transaction; what comes of it is an image beside the one it was
made of, and becomes the post's by an edit (`edit.save_converted`) or in the dialog of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.people import Person
from bot.domain.posts import Body, Image, Post, Seen, Verb
from bot.domain.preflight.conversions import Conversion, name_done
from bot.domain.refusals import NoSuchPost, Outdated
from bot.networks.pictures import find_conversion
from bot.services.images.image_checks import ImageProblem, StoredImage
from bot.services.images.image_helper import Checker
from bot.services.pause import drill_over
from bot.services.posts import lifecycle
from bot.services.posts.create import keep_image
from bot.services.posts.preflight import to_content
from bot.services.unit_of_work import Services, UnitOfWork
from bot.services.wording import make_state_sentence
from bot.store import image_conversions, images
from bot.store.image_conversions import Converted
from bot.store.posts import posts

ALL_FIT = "All its images fit by now."


@dataclass(frozen=True)
class Made:
    """What came of a conversion."""

    conversion: Conversion
    image: StoredImage


def list_conversions(
    work: UnitOfWork, accounts: Iterable[str], pictures: Sequence[Image]
) -> tuple[Conversion, ...]:
    """What would make these images fit on all these accounts, an entry for each that it would help."""
    known = [name for name in accounts if name in work.accounts]
    if not known or not pictures:
        return ()
    shown = to_content(work, Body(tuple(known), "", images=tuple(pictures)), known[0]).pictures
    taking = [(work.policy.title_of(name), work.accounts[name].capabilities) for name in known]
    found = (find_conversion(one, taking, place, len(shown)) for place, one in enumerate(shown))
    return tuple(one for one in found if one is not None)


def list_of_post(work: UnitOfWork, post: Post) -> tuple[Conversion, ...]:
    return list_conversions(work, post.version.body.accounts, post.version.body.images)


def find_wanted(work: UnitOfWork, person: Person, seen: Seen) -> tuple[Conversion, ...]:
    """What its card offers, where this person may ask for it now. Raises refusals."""
    lifecycle.check_right(work, person, Verb.EDIT, seen.post_id)
    post = posts.load(work.db, seen.post_id)
    if post is None:
        raise NoSuchPost
    drill_over.check_post(work, post)
    if not seen.is_still(post.version.seen):
        raise Outdated(state=make_state_sentence(work, post.id))
    lifecycle.check_table(work, post, Verb.EDIT)
    wanted = list_of_post(work, post)
    if not wanted:
        raise Outdated(state=ALL_FIT)
    return wanted


def convert(services: Services, wanted: Sequence[Conversion]) -> tuple[Made, ...]:
    """All of them or none; nothing is kept yet. It takes seconds. Raises ImageProblem."""
    made = []
    with Checker() as checker:
        for one in wanted:
            data = services.store.read(lambda db, sha256=one.sha256: images.read_bytes(db, sha256))  # type: ignore[misc]
            try:
                made.append(Made(one, checker.convert(data, one.bounds)))
            except ImageProblem as problem:
                which = f"Image {one.place + 1}: " if one.of > 1 else ""
                raise ImageProblem(f"{which}{problem.sentence}", problem.mend) from None
    return tuple(made)


def keep_made(work: UnitOfWork, made: Sequence[Made]) -> None:
    """The new images, and what each was made of."""
    for one in made:
        keep_image(work, one.image)
        changed = Converted(one.conversion.sha256, one.image.sha256, one.conversion.changes)
        image_conversions.add(work.db, changed, work.now)


def replace_images(before: Sequence[Image], made: Mapping[str, str]) -> tuple[Image, ...]:
    """Each in its place and with its alt text; `made`: {what it was made of: the new one}. None comes twice."""
    found: dict[str, Image] = {}
    for one in before:
        digest = made.get(one.sha256, one.sha256)
        found.setdefault(digest, Image(digest, one.alt))
    return tuple(found.values())


def find_converted(work: UnitOfWork, before: Sequence[Image], after: Iterable[str]) -> dict[str, Converted]:
    """{an image that went: what was made of it and came}."""
    now, had = set(after), {one.sha256 for one in before}
    if not now - had:
        return {}
    return {one.source: one for one in image_conversions.list_between(work.db, had - now, now - had)}


def put_in_place(work: UnitOfWork, before: Sequence[Image], wanted: Sequence[str]) -> tuple[str, ...]:
    """Digests in their order, where a dialog put new ones last: what was made of an image stands where that stood."""
    stood = {one.sha256: number for number, one in enumerate(before)}
    for source, one in find_converted(work, before, wanted).items():
        stood[one.result] = min(stood[source], stood.get(one.result, len(before)))
    return tuple(sorted(wanted, key=lambda digest: stood.get(digest, len(before))))


def name_converted(before: Sequence[Image], converted: Mapping[str, Converted]) -> str:
    """ "converted image 2 to JPEG", from the record."""
    return name_done(
        [
            Conversion(one.sha256, converted[one.sha256].changes, place=place, of=len(before))
            for place, one in enumerate(before)
            if one.sha256 in converted
        ]
    )


def describe_for_record(converted: Iterable[Converted]) -> list[dict[str, str]]:
    """From which file, by its SHA-256, to which."""
    return [{"from": one.source, "to": one.result, "how": " ".join(sorted(one.changes))} for one in converted]
