"""A zip of a plan and its images: read where it is honest, refused with a sentence where it is not."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.domain.people import Person, Role
from bot.domain.posts import Status
from bot.services.images.image_checks import ImageProblem
from bot.services.plans import import_plan, zipped
from bot.services.plans.findings import PlanRefused
from bot.services.plans.import_plan import open_plan
from bot.services.plans.plan_images import Folder
from bot.services.plans.report import Choices, Report
from bot.store.posts import posts
from tests.backend import Backend
from tests.services.plans.test_import_plan import picture

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
PLAN = "Time,Accounts,Text,Image,Alt text,Label\n2026-12-01 10:00,bakery,Loaf,loaf.png,A round loaf,\n"


def zip_of(
    path: Path,
    files: Iterable[tuple[str | zipfile.ZipInfo, bytes | str]],
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def loaf(tmp_path: Path) -> bytes:
    picture(tmp_path / "drawn.png")
    return (tmp_path / "drawn.png").read_bytes()


def imported(backend: Backend, path: Path) -> Report:
    return import_plan.import_file(backend.services, path, SHELL, Choices())


def refused(path: Path) -> str:
    with pytest.raises(PlanRefused) as said, open_plan(path, Folder(None)):
        pass
    return str(said.value.problem)


@pytest.mark.parametrize("folder", ["", "plans/november/"])
def test_a_plan_and_its_image_come_in(sqlite_backend: Backend, tmp_path: Path, folder: str) -> None:
    made = zip_of(
        tmp_path / "upload",
        [
            (f"{folder}", b"") if folder else ("pics/", b""),
            (f"{folder}Plan.CSV", PLAN),
            (f"{folder}loaf.png", loaf(tmp_path)),
            (f"__MACOSX/{folder}._Plan.CSV", b"x"),
            (f"{folder}.DS_Store", b"x"),
        ],
    )
    report = imported(sqlite_backend, made)
    assert (report.sentence, report.problems) == ("1 post imported.", ())
    (post,) = sqlite_backend.store.read(lambda db: posts.list_with_status(db, Status))
    assert [image.alt for image in post.version.body.images] == ["A round loaf"]
    assert imported(sqlite_backend, made).sentence == "0 posts imported, 1 already here."


def test_an_image_that_is_not_in_it_is_a_problem_of_its_line(sqlite_backend: Backend, tmp_path: Path) -> None:
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN), ("loat.png", loaf(tmp_path))])
    report = imported(sqlite_backend, made)
    assert report.refused
    assert report.problems == (
        'line 2, Image: There is no file "loaf.png" in the zip. Did you mean loat.png?',
    )


@pytest.mark.parametrize(
    "name", ["../loaf.png", "/etc/passwd", "a/../../loaf.png", "..\\loaf.png", "C:/loaf.png"]
)
def test_a_name_that_leads_out_refuses_the_zip(tmp_path: Path, name: str) -> None:
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN), (name, b"x")])
    assert "leads out of the zip. Make a new one of one folder." in refused(made)


@pytest.mark.parametrize("reference", ["../loaf.png", "/loaf.png", "pics/../../loaf.png", "..\\loaf.png"])
def test_a_row_cannot_lead_out_either(tmp_path: Path, reference: str) -> None:
    (tmp_path / "loaf.png").write_bytes(b"secret")
    made = zip_of(tmp_path / "upload", [("plans/plan.csv", PLAN), ("loaf.png", b"x")])
    with open_plan(made, Folder(None)) as plan, pytest.raises(ImageProblem, match="There is no file"):
        plan.beside.read(reference)


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("loaf.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert '"loaf.png" is a link, not a file.' in refused(
        zip_of(tmp_path / "upload", [("plan.csv", PLAN), (link, "/etc/passwd")])
    )


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("a.csv", PLAN), ("b/B.csv", PLAN)], 'There are 2 plans in it: "a.csv" and "b/B.csv". Leave one in it.'),
        ([("loaf.png", b"x")], "The zip holds no CSV file. Put the plan beside its images."),
        ([("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")], "This is a workbook, not a CSV file."),
        ([("plan.csv", PLAN), ("more.ZIP", b"x")], 'There is a zip in it: "more.ZIP".'),
        ([], "The zip holds no CSV file."),
    ],
)  # fmt: skip
def test_what_is_no_plan_with_images_is_told(
    tmp_path: Path, files: list[tuple[str | zipfile.ZipInfo, bytes | str]], sentence: str
) -> None:
    assert sentence in refused(zip_of(tmp_path / "upload", files))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN), ("a.png", b"1"), ("a.png", b"2")])
    assert '"a.png" is there twice.' in refused(made)


def test_a_bomb_is_stopped_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million times its size: not more of it is unpacked than an image may have."""
    deflated = zipfile.ZIP_DEFLATED
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN), ("loaf.png", bytes(15_000_000))], deflated)
    with open_plan(made, Folder(None)) as plan, pytest.raises(ImageProblem, match="far more than it is"):
        plan.beside.read("loaf.png")
    huge = zip_of(tmp_path / "huge", [("plan.csv", b"a" * 10_000_001)], deflated)
    assert "It has more than 10 MB." in refused(huge) or "far more than it is" in refused(huge)
    monkeypatch.setattr(zipped, "MAX_UNPACKED", 1000)
    many = zip_of(tmp_path / "many", [("plan.csv", PLAN), ("a.png", bytes(600)), ("b.png", bytes(600))])
    with open_plan(many, Folder(None)) as plan:
        assert plan.beside.read("a.png") == bytes(600)
        with pytest.raises(ImageProblem, match="The zip holds more than"):
            plan.beside.read("b.png")


def test_a_header_that_lies_about_the_size_gains_nothing(tmp_path: Path) -> None:
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN), ("loaf.png", bytes(3000))])
    data = bytearray(made.read_bytes())
    for at in (data.find(b"PK\x03\x04", 4) + 22, data.rfind(b"PK\x01\x02") + 24):  # unpacked size
        data[at : at + 4] = struct.pack("<I", 10)
    made.write_bytes(data)
    with open_plan(made, Folder(None)) as plan, pytest.raises(ImageProblem, match="damaged"):
        plan.beside.read("loaf.png")


def test_a_list_without_end_is_not_read(tmp_path: Path) -> None:
    many = zip_of(tmp_path / "upload", [("plan.csv", PLAN), *((f"{n}.png", b"") for n in range(2001))])
    assert "It has more than 2,000 files." in refused(many)
    end = many.read_bytes()[-22:]
    lying = tmp_path / "lying"
    lying.write_bytes(b"PK\x03\x04" + bytes(100) + end[:12] + struct.pack("<I", 5_000_000) + end[16:])
    assert "It has more than 2,000 files." in refused(lying)


@pytest.mark.parametrize("cut", [4, 21, 60, 150])
def test_a_damaged_zip_is_told(tmp_path: Path, cut: int) -> None:
    whole = zip_of(tmp_path / "upload", [("plan.csv", PLAN)]).read_bytes()
    (tmp_path / "cut").write_bytes(whole[:cut])
    assert refused(tmp_path / "cut") == "the file: The zip is damaged or cut off. Make it again."


def test_a_file_whose_bytes_were_changed_is_told(tmp_path: Path) -> None:
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN)])
    made.write_bytes(made.read_bytes().replace(b"Loaf", b"Loat"))
    assert refused(made) == 'the file: "plan.csv" in the zip is damaged. Make the zip again.'


def test_a_password_is_told(tmp_path: Path) -> None:
    made = zip_of(tmp_path / "upload", [("plan.csv", PLAN)])
    data = bytearray(made.read_bytes())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    made.write_bytes(data)
    assert "It needs a password. Make it without one." in refused(made)


@pytest.mark.parametrize("marked", [True, False])
def test_letters_are_found_however_they_were_packed(tmp_path: Path, *, marked: bool) -> None:
    """macOS takes "ö" apart, and does not mark its names as UTF-8."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("plan.csv", PLAN)
        archive.writestr("Bro\u0308tchen.png", b"rolls")
    data = content.getvalue()
    if not marked:
        data = data.replace(b"\x14\x00\x00\x08", b"\x14\x00\x00\x00")
    (tmp_path / "upload").write_bytes(data)
    with open_plan(tmp_path / "upload", Folder(None)) as plan:
        assert plan.beside.read("Br\u00f6tchen.png") == b"rolls"
        assert plan.beside.has("Br\u00f6tchen.png")


def test_a_huge_zip_is_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(300_000_000)  # sparse
    assert "It has 300 MB; at most 200 are taken." in refused(tmp_path / "huge")
