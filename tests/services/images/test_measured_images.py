"""One judgement of images, asked at import, at Edit and at approval, so that none is refused only at its slot."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image as Pillow

from bot.domain.people import Person, Role
from bot.domain.posts import Image, Seen
from bot.domain.preflight.objections import Level, ObjectionType
from bot.domain.refusals import Blocked, CannotBeWaived, FieldErrors
from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.registry import connect
from bot.services.images.frames import count_frames
from bot.services.images.image_checks import StoredImage
from bot.services.inbox import drafts
from bot.services.plans import import_plan
from bot.services.plans.report import Choices, Report
from bot.services.posts import create, edit, preflight, review
from bot.services.posts.edit import Changes
from bot.store import images
from bot.store.images import ImageFile
from tests.backend import LOAF, MAYA, TOM, Backend, NoVault, key

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
VAST = "takes images of at most 33,177,600 pixels; this one is 7728 × 5152, which is 39,814,656"
STILL = "The animation will not move on Bluesky: only its first frame is shown there"


def bluesky() -> AccountClient:
    settings = AccountSettings(
        "cafe", "bluesky", "https://pds.example", "cafe.test", secrets={"PASSWORD": "p"}, title="Bluesky"
    )
    return connect(settings, NoVault())


def bring_in(backend: Backend, folder: Path, row: str) -> Report:
    path = folder / "plan.csv"
    path.write_text(f"Time,Accounts,Text,Image,Alt text,Label\n{row}\n", encoding="utf-8")
    return import_plan.import_file(backend.services, path, SHELL, Choices())


def save_animation(path: Path, kind: str) -> None:
    frames = [Pillow.new("RGB", (32, 32), colour) for colour in ("brown", "white", "red")]
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=100)


def plan_with(
    backend: Backend, *, alt: str = "A loaf", accounts: tuple[str, ...] = ("bakery",), **about: int
) -> Seen:
    loaf = StoredImage("a" * 64, "image/png", 640, 480, len(LOAF), LOAF)
    backend.services.do(create.keep_image, replace(loaf, **cast("Any", about)))
    slot = backend.clock.now() + timedelta(minutes=20)
    wanted = create.NewPost(accounts, "Fresh bread", slot, images=(Image(loaf.sha256, alt),))
    post = backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    return Seen(post.id, 1)


def changes(backend: Backend, seen: Seen, text: str, alt: str) -> Changes:
    return Changes(text, backend.post(seen).slot, alts={"a" * 64: alt})


def test_a_picture_with_more_pixels_than_the_server_takes_is_not_imported(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    """It was imported and approved, and refused at its slot."""
    Pillow.new("L", (7728, 5152), 200).save(tmp_path / "vast.jpg", "JPEG")
    report = bring_in(sqlite_backend, tmp_path, "2026-12-01 10:00,bakery,Vast,vast.jpg,All of it,")
    (problem,) = report.problems
    assert problem.startswith("line 2, Image: ")
    assert VAST in problem


def test_an_alt_text_longer_than_the_server_takes_is_not_imported(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    Pillow.new("RGB", (32, 32)).save(tmp_path / "loaf.png", "PNG")
    for letters, refused in ((1500, False), (1501, True)):
        row = f"2026-12-01 10:00,bakery,Loaf,loaf.png,{'x' * letters},"
        assert bring_in(sqlite_backend, tmp_path, row).refused is refused
    (problem,) = bring_in(sqlite_backend, tmp_path, row).problems
    assert problem.startswith("line 2, Alt text: The alt text is too long")
    assert "1,501 of 1,500 characters. Shorten it." in problem


@pytest.mark.parametrize(("kind", "name"), [("GIF", "a.gif"), ("WEBP", "a.webp"), ("PNG", "a.png")])
def test_an_animation_that_will_not_move_is_noted_and_stands_on_the_card(
    sqlite_backend: Backend, tmp_path: Path, kind: str, name: str
) -> None:
    """A GIF of three frames was imported for Bluesky, and approved, without a word."""
    backend = sqlite_backend
    backend.accounts["cafe"] = bluesky()
    save_animation(tmp_path / name, kind)
    report = bring_in(backend, tmp_path, f"2026-12-01 10:00,cafe,Turning,{name},It turns,")
    assert [number for number, _ in report.added] == [1]
    assert report.notes == (f"line 2, Image: {STILL}.",)
    seen = plan_with(backend, accounts=("cafe",), frames=3)
    (said,) = backend.services.look(lambda work: preflight.check_post(work, backend.post(seen)))
    assert (said.kind, said.level, said.sentence) == (ObjectionType.SHOWN, Level.WARN, STILL)


def test_how_many_frames_an_image_has_is_stored(sqlite_backend: Backend, tmp_path: Path) -> None:
    save_animation(tmp_path / "a.gif", "GIF")
    bring_in(sqlite_backend, tmp_path, "2026-12-01 10:00,bakery,Turning,a.gif,It turns,")
    query = "SELECT sha256 FROM images"
    digest = sqlite_backend.store.read(lambda db: db.exec_driver_sql(query).scalar_one())
    (file,) = sqlite_backend.store.read(lambda db: images.load(db, [digest])).values()
    assert file.frames == 3


@pytest.mark.parametrize(("kind", "name"), [("GIF", "a.gif"), ("WEBP", "a.webp"), ("PNG", "a.png")])
def test_an_animation_that_an_older_byhand_stored_is_judged_the_same(
    sqlite_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    """Images from before migration 0006 counted as standing still: nothing was said of them."""
    backend = sqlite_backend
    read: list[tuple[Any, ...]] = []
    backend.accounts["cafe"] = bluesky()
    save_animation(tmp_path / name, kind)
    data = (tmp_path / name).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    old = ImageFile(digest, f"image/{kind.lower()}", 32, 32, len(data))
    backend.store.write(lambda db: images.add(db, old, data))
    slot = backend.clock.now() + timedelta(minutes=20)
    wanted = create.NewPost(("cafe",), "Turning", slot, images=(Image(digest, "It turns"),))
    post = backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    read_bytes = images.read_bytes

    def counted(*about: Any) -> bytes:
        read.append(about)
        return read_bytes(*about)

    monkeypatch.setattr(images, "read_bytes", counted)
    for _ in range(3):
        (said,) = backend.services.look(lambda work: preflight.check_post(work, post))
        assert (said.kind, said.level, said.sentence) == (ObjectionType.SHOWN, Level.WARN, STILL)
    assert len(read) <= 1, "its bytes are read once"
    words = drafts.Words("See", digest, "It turns")
    picture = backend.services.look(lambda work: drafts.to_content(work, "cafe", words)).pictures[0]
    assert picture.frames == 3, "in an answer too"


def test_what_cannot_move_is_not_read_to_be_counted(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = ImageFile("b" * 64, "image/jpeg", 32, 32, 3)
    broken = ImageFile("c" * 64, "image/gif", 32, 32, 6)
    sqlite_backend.store.write(lambda db: images.add(db, broken, b"GIF89a"))
    assert sqlite_backend.store.read(lambda db: count_frames(db, broken)) == 1
    monkeypatch.delattr(images, "read_bytes")
    assert sqlite_backend.store.read(lambda db: [count_frames(db, one) for one in (photo, broken)]) == [1, 1]


def test_what_would_be_refused_at_its_slot_cannot_be_approved(sqlite_backend: Backend) -> None:
    seen = plan_with(sqlite_backend, width=7728, height=5152)
    with pytest.raises(Blocked) as blocked:
        sqlite_backend.services.do(review.approve, TOM, seen, key())
    assert VAST in blocked.value.sentence
    assert ".." not in blocked.value.sentence
    with pytest.raises(CannotBeWaived):
        sqlite_backend.services.do(review.approve, TOM, seen, key(), anyway="It is fine")


def test_edit_says_it_under_the_field_where_it_is_mended(sqlite_backend: Backend) -> None:
    """An alt text that was too long was said under the text."""
    backend = sqlite_backend
    seen = plan_with(backend)
    with pytest.raises(FieldErrors) as wrong:
        backend.services.do(edit.save_edit, MAYA, seen, changes(backend, seen, "x" * 501, "y" * 1501), key())
    fields = wrong.value.fields
    assert set(fields) == {"text", f"alt:{'a' * 64}"}
    assert "501 of 500 characters" in fields["text"]
    assert "1,501 of 1,500 characters" in fields[f"alt:{'a' * 64}"]


def test_words_can_be_saved_though_the_image_has_to_be_another(sqlite_backend: Backend) -> None:
    """No field of the dialog mends it, and the card goes on saying so."""
    backend = sqlite_backend
    seen = plan_with(backend, width=7728, height=5152)
    backend.services.do(edit.save_edit, MAYA, seen, changes(backend, seen, "Fresher bread", "A loaf"), key())
    assert backend.post(seen).version.body.text == "Fresher bread"
    (block,) = backend.services.look(lambda work: preflight.check_post(work, backend.post(seen)))
    assert (block.kind, block.waivable) == (ObjectionType.MISFIT, False)
