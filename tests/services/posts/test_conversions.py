"""An image that an account does not take is converted when a person says so: an edit like any other, on record, and
approved anew. Nothing is converted on the way out.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from PIL import Image as Pillow

from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.people import Person, Role
from bot.domain.posts import Image, Seen, Status
from bot.domain.preflight.conversions import Bounds, Change
from bot.domain.refusals import NotFrom, Outdated, Refusal, Repeated
from bot.domain.shown.post_screens import PostCard
from bot.services.images import image_helper
from bot.services.images.image_checks import ImageProblem, StoredImage, check_image
from bot.services.pause import pause as pausing
from bot.services.posts import conversions, create, edit, lifecycle, review
from bot.services.posts.conversions import Made
from bot.services.posts.edit import Changes
from bot.services.queries import posts as queries
from bot.store import image_conversions, images, record
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.picky_client import draw, make_picky

SEE_THROUGH = (255, 0, 0, 0)


def plan(backend: Backend, *files: bytes, accounts: Sequence[str] = ("bakery",), minutes: int = 20) -> Seen:
    """A post of Maya's with these images, its review open."""
    stored = [check_image(one) for one in files]
    for one in stored:
        backend.services.do(create.keep_image, one)
    pictures = tuple(Image(one.sha256, f"Loaf {number}") for number, one in enumerate(stored, 1))
    slot = backend.clock.now() + timedelta(minutes=minutes)
    wanted = create.NewPost(tuple(accounts), "Fresh bread", slot, images=pictures)
    post = backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    return Seen(post.id, 1)


def make(backend: Backend, seen: Seen, person: Person = ANNA) -> tuple[Made, ...]:
    wanted = backend.services.look(conversions.find_wanted, person, seen)
    return conversions.convert(backend.services, wanted)


def convert(backend: Backend, seen: Seen, person: Person = ANNA) -> Seen:
    backend.services.do(edit.save_converted, person, seen, make(backend, seen, person), key())
    return backend.now_seen(seen)


def read(backend: Backend, sha256: str) -> bytes:
    return backend.services.store.read(lambda db: images.read_bytes(db, sha256))


def is_stored(backend: Backend, sha256: str) -> bool:
    return sha256 in backend.services.store.read(lambda db: images.load(db, [sha256]))


def list_facts(backend: Backend, seen: Seen) -> list[tuple[str, dict[str, object]]]:
    kinds = FactKind.EDITED.value, FactKind.APPROVALS_ENDED.value
    facts = backend.services.store.read(lambda db: record.list_of_kinds(db, f"post:{seen.post_id}", *kinds))
    return [(one.what, dict(one.data or {})) for one in facts]


def test_a_converted_image_is_a_new_version_by_that_person_and_is_approved_anew(backend: Backend) -> None:
    seen = plan(backend, draw(colour=SEE_THROUGH))
    backend.services.do(review.approve, TOM, seen, key())
    before = backend.post(seen)
    assert before.status is Status.APPROVED
    make_picky(backend)
    convert(backend, seen)
    post = backend.post(seen)
    (old,), (new,) = before.version.body.images, post.version.body.images
    assert (post.version.seq, post.version.saved_by, new.alt) == (2, ANNA.id, "Loaf 1")
    assert post.version.sha256 != before.version.sha256
    assert post.status is Status.REVIEW
    assert ANNA.id in post.authors, "whoever changes an image is an author"
    picture = Pillow.open(io.BytesIO(read(backend, new.sha256)))
    assert (picture.format, picture.getpixel((5, 5))) == ("JPEG", (255, 255, 255))
    assert is_stored(backend, old.sha256), "what it was made of stays"
    found = list_facts(backend, seen)
    ended = [data for kind, data in found if kind == FactKind.APPROVALS_ENDED.value]
    assert [data["whose"] for data in ended] == [[TOM.id]]
    (edited,) = [data for kind, data in found if kind == FactKind.EDITED.value]
    assert edited["changed"] == "converted the image to JPEG"
    assert edited["converted"] == [{"from": old.sha256, "to": new.sha256, "how": "jpeg"}]


def test_what_goes_out_is_the_converted_image_and_only_once_it_was_approved(backend: Backend) -> None:
    make_picky(backend)
    seen = plan(backend, draw(400, 100))
    blocks = [one for one in card(backend, seen).objections if one.kind.value == "misfit"]
    assert [(one.sentence.partition(" ")[0], one.waivable) for one in blocks] == [
        ("Bakery", False),
        ("The", False),
    ]
    seen = convert(backend, seen)
    assert card(backend, seen).conversions == ()
    backend.push(minutes=1)
    assert backend.network.state.media == {}, "nothing is uploaded before somebody said yes"
    backend.services.do(review.approve, TOM, seen, key())
    backend.to_slot(seen)
    assert backend.published == ["Fresh bread"]
    (new,) = backend.post(seen).version.body.images
    assert [one.data for one in backend.network.state.media.values()] == [read(backend, new.sha256)]


def card(backend: Backend, seen: Seen) -> PostCard:
    found = backend.services.look(queries.load_card, seen.post_id)
    assert found is not None
    return found


def test_one_image_for_all_accounts(backend: Backend) -> None:
    """The account that takes a PNG gets the JPEG as well: one post has one image."""
    make_picky(backend, "cafe", max_picture_bytes=2_000)
    seen = plan(backend, draw(900, 900), accounts=("bakery", "cafe"))
    (offered,) = card(backend, seen).conversions
    kind, size = offered.why
    assert kind == "Cafe does not take PNG images. Save it as a JPEG and add it again."
    assert size.startswith("Cafe takes images of at most 2,000 bytes; this one has ")
    assert offered.bounds == Bounds(2_000, max_pixels=33_177_600, ratios=(0.8, 1.91))
    seen = convert(backend, seen)
    assert len(backend.post(seen).version.body.images) == 1
    assert [one.kind.value for one in card(backend, seen).objections] == ["same words"]


def test_each_image_stays_at_its_place_with_its_words(backend: Backend) -> None:
    make_picky(backend)
    files = (
        draw(),
        draw(colour="white", kind="JPEG"),
        draw(400, 100, kind="JPEG"),
        draw(colour="red", kind="WEBP"),
    )
    seen = plan(backend, *files)
    old = backend.post(seen).version.body.images
    offered = card(backend, seen).conversions
    assert [(one.place, one.changes) for one in offered] == [
        (0, frozenset({Change.JPEG})), (2, frozenset({Change.BORDER})), (3, frozenset({Change.JPEG})),
    ]  # fmt: skip
    assert offered[1].why == (
        "Image 3: The image is too wide for Bakery: 400 × 100. Its width may be at most 1.91 times its height. "
        "Crop it.",
    )
    convert(backend, seen)
    new = backend.post(seen).version.body.images
    assert [one.alt for one in new] == ["Loaf 1", "Loaf 2", "Loaf 3", "Loaf 4"]
    assert new[1] == old[1]
    kinds = [Pillow.open(io.BytesIO(read(backend, one.sha256))) for one in new]
    assert [(one.format, one.size) for one in kinds] == [
        ("JPEG", (64, 64)), ("JPEG", (64, 64)), ("JPEG", (400, 210)), ("JPEG", (64, 64)),
    ]  # fmt: skip
    (edited,) = [data for kind, data in list_facts(backend, seen) if kind == FactKind.EDITED.value]
    assert edited["changed"] == "made 3 images fit"


def test_the_same_picture_twice_is_there_once(backend: Backend) -> None:
    make_picky(backend)
    seen = plan(backend, draw(colour="red"), draw(colour="red", kind="WEBP"))
    made = make(backend, seen)
    same = [Made(one.conversion, made[0].image) for one in made]
    backend.services.do(edit.save_converted, ANNA, seen, same, key())
    assert [one.alt for one in backend.post(seen).version.body.images] == ["Loaf 1"]


def test_a_second_click_changes_nothing_and_hears_who_was_first(backend: Backend) -> None:
    make_picky(backend)
    seen = plan(backend, draw())
    made, click = make(backend, seen), key()
    backend.services.do(edit.save_converted, ANNA, seen, made, click)
    with pytest.raises(Repeated):
        backend.services.do(edit.save_converted, ANNA, seen, made, click)
    with pytest.raises(Outdated, match="A colleague changed it"):
        backend.services.do(edit.save_converted, MAYA, seen, made, key())
    with pytest.raises(Outdated, match="A colleague changed it"):
        backend.services.look(conversions.find_wanted, MAYA, seen)
    assert backend.post(seen).version.seq == 2
    with pytest.raises(Outdated, match="All its images fit"):
        backend.services.look(conversions.find_wanted, MAYA, backend.now_seen(seen))


def test_two_at_once_make_one_version(backend: Backend) -> None:
    make_picky(backend)
    seen = plan(backend, draw())
    ready = Barrier(2)

    def press(person: Person) -> Refusal | None:
        made = make(backend, seen, person)
        ready.wait(20)
        try:
            backend.services.do(edit.save_converted, person, seen, made, key())
        except Refusal as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, (ANNA, TOM)))
    assert sorted(isinstance(one, Outdated) for one in answers) == [False, True]
    assert backend.post(seen).version.seq == 2


def test_a_crash_halfway_leaves_everything_as_it_was(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_picky(backend)
    seen = plan(backend, draw())
    (made,) = make(backend, seen)  # and here it ends: nothing is kept of it
    assert not is_stored(backend, made.image.sha256)
    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backend.services.do(edit.save_converted, ANNA, seen, (made,), key())
    assert not is_stored(backend, made.image.sha256)
    assert backend.post(seen).version.seq == 1
    convert(backend, seen)
    assert is_stored(backend, made.image.sha256), "pressed again it is the same image"


def end_late(backend: Backend, seen: Seen) -> None:
    backend.push(minutes=90)
    assert backend.status(seen) is Status.MISSED


@pytest.mark.parametrize(
    ("arrange", "status"),
    [
        (lambda backend, seen: backend.services.do(review.hold, TOM, seen, key(), reason=""), Status.HELD),
        (end_late, Status.MISSED),
        (
            lambda backend, _: backend.services.do(pausing.pause, TOM, ALL, "recall", key()),
            Status.REVIEW,
        ),
    ],
)  # fmt: skip
def test_held_missed_and_paused_posts_are_edited_like_that_and_stay_so(
    backend: Backend, arrange: object, status: Status
) -> None:
    make_picky(backend)
    seen = plan(backend, draw())
    assert callable(arrange)
    arrange(backend, seen)
    assert len(card(backend, seen).conversions) == 1
    convert(backend, seen)
    assert (backend.status(seen), backend.post(seen).version.seq) == (status, 2)
    assert backend.published == []


def test_what_has_begun_or_was_killed_is_not_converted(backend: Backend) -> None:
    seen = plan(backend, draw())
    backend.services.do(review.approve, TOM, seen, key())
    backend.to_slot(seen)
    killed = plan(backend, draw(), minutes=200)
    backend.services.do(review.kill, TOM, killed, key())
    make_picky(backend)
    for one in (seen, killed):
        assert card(backend, one).conversions == ()
        with pytest.raises(NotFrom):
            backend.services.look(conversions.find_wanted, ANNA, one)
        with pytest.raises(NotFrom):
            backend.services.do(edit.save_converted, ANNA, one, (), key())
    assert backend.status(seen) is Status.PUBLISHED


def test_a_guest_converts_nothing(backend: Backend) -> None:
    make_picky(backend)
    seen = plan(backend, draw())
    guest = Person("U0GUEST", "Gus", Role.GUEST)
    with pytest.raises(Refusal, match="Only full members"):
        backend.services.look(conversions.find_wanted, guest, seen)
    with pytest.raises(Refusal, match="Only full members"):
        backend.services.do(edit.save_converted, guest, seen, (), key())


def test_what_moves_is_not_offered(backend: Backend) -> None:
    make_picky(backend)
    out = io.BytesIO()
    frames = [Pillow.new("RGB", (64, 64), colour) for colour in ("brown", "white")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    seen = plan(backend, out.getvalue())
    shown = card(backend, seen)
    assert shown.conversions == ()
    assert (
        "does not take GIF images. This one moves: add a still picture instead"
        in shown.objections[0].sentence
    )


def test_an_image_that_cannot_be_converted_is_named_and_nothing_changes(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_picky(backend, max_picture_bytes=900)
    out = io.BytesIO()
    Pillow.effect_noise((300, 300), 120).save(out, "PNG")
    seen = plan(backend, draw(), out.getvalue())
    with pytest.raises(ImageProblem, match=r"Image 2: It cannot be made small enough"):
        make(backend, seen)
    assert backend.post(seen).version.seq == 1
    monkeypatch.setattr(image_helper, "ENTRY", "import os; os.abort()")
    with pytest.raises(ImageProblem, match=r"Image 1: It cannot be"):
        make(backend, seen)


def test_in_a_dialog_it_takes_the_place_of_what_it_was_made_of(backend: Backend) -> None:
    """A dialog puts new images last; what is saved says what was done."""
    make_picky(backend)
    seen = plan(backend, draw(), draw(colour="white", kind="JPEG"))
    (made,) = make(backend, seen)
    backend.do(lambda work: conversions.keep_made(work, (made,)))
    first, second = backend.post(seen).version.body.images
    changes = Changes(
        "Fresh bread", backend.post(seen).slot, images=(second.sha256, made.image.sha256),
        alts={made.image.sha256: "A loaf, seen from above"},
    )  # fmt: skip
    backend.services.do(edit.save_edit, ANNA, seen, changes, key())
    now = backend.post(seen).version.body.images
    assert now == (Image(made.image.sha256, "A loaf, seen from above"), second)
    (edited,) = [data for kind, data in list_facts(backend, seen) if kind == FactKind.EDITED.value]
    assert edited["changed"] == "changed an alt text, and converted image 1 to JPEG"
    assert edited["converted"] == [{"from": first.sha256, "to": made.image.sha256, "how": "jpeg"}]


def test_an_image_added_beside_it_is_said_too(backend: Backend) -> None:
    make_picky(backend)
    seen = plan(backend, draw())
    (made,) = make(backend, seen)
    more = check_image(draw(colour="blue", kind="JPEG"))
    backend.do(lambda work: conversions.keep_made(work, (made,)))
    backend.services.do(create.keep_image, more)
    pictures = (made.image.sha256, more.sha256)
    changes = Changes(
        "Fresh bread", backend.post(seen).slot, images=pictures, alts=dict.fromkeys(pictures, "Loaf")
    )
    backend.services.do(edit.save_edit, ANNA, seen, changes, key())
    (edited,) = [data for kind, data in list_facts(backend, seen) if kind == FactKind.EDITED.value]
    assert edited["changed"] == "changed the images and an alt text, and converted the image to JPEG"


def test_what_was_made_of_what_is_kept_once(backend: Backend) -> None:
    make_picky(backend)
    (made,) = make(backend, plan(backend, draw()))
    for _ in range(2):
        backend.do(lambda work: conversions.keep_made(work, (made,)))
    source, result = made.conversion.sha256, made.image.sha256
    listed = backend.services.store.read(lambda db: image_conversions.list_between(db, [source], [result]))
    assert [(one.source, one.result, one.changes) for one in listed] == [
        (source, result, frozenset({Change.JPEG}))
    ]
    other: StoredImage = check_image(draw(colour="blue"))
    assert not backend.services.store.read(
        lambda db: image_conversions.list_between(db, [source], [other.sha256])
    )
