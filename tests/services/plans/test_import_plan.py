"""`byhand import`: a plan file and its images become posts, whole or not at all; the report says what happened."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from bot.domain.kinds import CardType
from bot.domain.people import Person, Role
from bot.domain.posts import Status
from bot.domain.preflight.objections import Level, ObjectionType
from bot.networks import pictures
from bot.networks.protocol import Capabilities, Content, Measure
from bot.services.images.sources import fetch_image
from bot.services.plans import import_plan, plan_images
from bot.services.plans.report import Choices, Report
from bot.services.posts import preflight
from bot.services.restoring import take_as_copy
from bot.store import images
from bot.store.posts import posts
from bot.store.slack import cards
from tests.backend import MAYA, Backend, key
from tests.services.images.hostile_images import many_scans

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
HEADER = "Time,Accounts,Text,Image,Alt text,Label\n"


def plan_file(folder: Path, *rows: str) -> Path:
    path = folder / "plan.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def imported(backend: Backend, path: Path, *, partial: bool = False) -> Report:
    return import_plan.import_file(backend.services, path, SHELL, Choices(partial=partial))


def picture(path: Path, colour: str = "brown", kind: str = "PNG") -> None:
    drawn = BytesIO()
    Image.new("RGB", (64, 48), colour).save(drawn, kind, comment=b"taken at home")
    path.write_bytes(drawn.getvalue())


def picture_of_noise(path: Path, seed: int) -> None:
    noise = random.Random(seed).randbytes(1010 * 1000 * 3)
    Image.frombytes("RGB", (1010, 1000), noise).save(path, "PNG", compress_level=0)


def count(backend: Backend, table: str) -> int:
    return int(backend.store.read(lambda db: db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()))


class Choosy:
    """An account's connection with other capabilities."""

    def __init__(self, connection: Any, **capabilities: Any) -> None:
        self._connection = connection
        self.capabilities: Capabilities = replace(connection.capabilities, **capabilities)

    def measure(self, content: Content) -> Measure:
        return Measure(0, 500, "characters", pictures.find_misfits(content, self.capabilities, "Café"))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_the_same_file_twice_adds_nothing(sqlite_backend: Backend, tmp_path: Path) -> None:
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery,Stollen,,,", "2026-12-02 10:00,bakery cafe,Wreaths,,,"
    )
    first, second = imported(sqlite_backend, path), imported(sqlite_backend, path)
    assert (len(first.added), first.known, len(second.added), second.known) == (2, 0, 0, 2)
    assert second.sentence == "0 posts imported, 2 already here."


def test_all_or_nothing_unless_partial(sqlite_backend: Backend, tmp_path: Path) -> None:
    path = plan_file(tmp_path, "2026-12-01 10:00,bakery,Good,,,", "2020-01-01 10:00,bakery,Past,,,")
    refused = imported(sqlite_backend, path)
    assert (refused.refused, count(sqlite_backend, "posts")) == (True, 0)
    assert refused.sentence == "Nothing was imported: 1 problem to fix first."
    partial = imported(sqlite_backend, path, partial=True)
    assert (len(partial.added), len(partial.problems)) == (1, 1)
    assert partial.sentence == "1 post imported, 1 problem left out."


def test_partial_without_a_good_row_is_a_refusal(sqlite_backend: Backend, tmp_path: Path) -> None:
    path = plan_file(tmp_path, "2020-01-01 10:00,bakery,Past,,,")
    assert imported(sqlite_backend, path, partial=True).refused


def test_a_file_that_cannot_be_read_is_told_not_raised(sqlite_backend: Backend, tmp_path: Path) -> None:
    report = imported(sqlite_backend, tmp_path / "nowhere.csv")
    assert report.refused
    assert "It cannot be read" in report.problems[0]


def test_the_report_says_where_each_post_stands(sqlite_backend: Backend, tmp_path: Path) -> None:
    soon = sqlite_backend.clock.now().astimezone(sqlite_backend.policy.zone).replace(minute=20)
    path = plan_file(
        tmp_path, ",bakery,Some day,,,", f"{soon:%Y-%m-%d %H:%M},bakery,Very soon,,,",
        "2026-12-01 10:00,bakery,In December,,,",
    )  # fmt: skip
    assert imported(sqlite_backend, path).added == (
        (1, "a draft"),
        (2, "its review is open now"),
        (3, "scheduled"),
    )


def test_words_are_measured_by_each_network(sqlite_backend: Backend, tmp_path: Path) -> None:
    path = plan_file(tmp_path, f"2026-12-01 10:00,bakery,{'long ' * 200},,,")
    report = imported(sqlite_backend, path)
    assert report.refused
    assert "line 2" in report.problems[0]
    assert "Text" in report.problems[0]


def test_an_image_comes_with_its_row_stripped(sqlite_backend: Backend, tmp_path: Path) -> None:
    picture(tmp_path / "loaf.jpg", kind="JPEG")
    assert b"taken at home" in (tmp_path / "loaf.jpg").read_bytes()
    imported(sqlite_backend, plan_file(tmp_path, "2026-12-01 10:00,bakery,Loaf,loaf.jpg,A round loaf,"))
    (post,) = sqlite_backend.store.read(lambda db: posts.list_with_status(db, Status))
    (image,) = post.version.body.images
    assert image.alt == "A round loaf"
    stored = sqlite_backend.store.read(lambda db: images.read_bytes(db, image.sha256))
    assert stored.startswith(b"\xff\xd8")
    assert b"taken at home" not in stored


def test_an_image_of_many_rows_is_read_once(
    sqlite_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(tmp_path / "loaf.png")
    read: list[str] = []

    def counted(reference: str, *more: Any) -> bytes:
        read.append(reference)
        return fetch_image(reference, *more)

    monkeypatch.setattr(plan_images, "fetch_image", counted)
    rows = [f"2026-12-0{day} 10:00,bakery,Loaf of day {day},loaf.png,A loaf," for day in (1, 2, 3)]
    assert len(imported(sqlite_backend, plan_file(tmp_path, *rows)).added) == 3
    assert (read, count(sqlite_backend, "images")) == (["loaf.png"], 1)


def test_of_many_images_one_is_in_memory(sqlite_backend: Backend, tmp_path: Path) -> None:
    """Those of 3 MB each: what was allocated at any moment is a few times one, not all of them."""
    count_of, size = 12, 3_000_000
    for number in range(count_of):
        picture_of_noise(tmp_path / f"{number}.png", number)
        assert (tmp_path / f"{number}.png").stat().st_size > size
    rows = [f"2026-12-{n + 1:02d} 10:00,bakery,Loaf {n},{n}.png,A loaf," for n in range(count_of)]
    path = plan_file(tmp_path, *rows)
    tracemalloc.start()
    try:
        report = imported(sqlite_backend, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(report.added), count(sqlite_backend, "images")) == (count_of, count_of)
    assert peak < 6 * size


def test_a_refused_plan_stores_no_image(sqlite_backend: Backend, tmp_path: Path) -> None:
    picture(tmp_path / "loaf.png")
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery,Loaf,loaf.png,A loaf,", "2020-01-01 10:00,bakery,Past,,,"
    )
    assert imported(sqlite_backend, path).refused
    assert count(sqlite_backend, "images") == 0


def test_an_image_no_process_could_check_is_a_problem_of_its_row(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    (tmp_path / "scans.jpg").write_bytes(many_scans(400))
    picture(tmp_path / "loaf.png")
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery,Scans,scans.jpg,Scans,", "2026-12-02 10:00,bakery,Loaf,loaf.png,A loaf,"
    )  # fmt: skip
    report = imported(sqlite_backend, path, partial=True)
    assert len(report.added) == 1
    assert "It is too complex to be checked (400 scans)." in report.problems[0]


def test_a_missing_image_is_a_problem_of_each_row_that_wants_it(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery,Loaf,nowhere.png,A loaf,", "2026-12-02 10:00,bakery,No image,,,",
        "2026-12-03 10:00,bakery,Loaf again,nowhere.png,A loaf,",
    )  # fmt: skip
    report = imported(sqlite_backend, path, partial=True)
    assert len(report.added) == 1
    assert [problem.split(",")[0] for problem in report.problems] == ["line 2", "line 4"]


def test_problems_of_rows_and_of_images_stand_in_the_files_order(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery,Loaf,nowhere.png,A loaf,", "2020-01-01 10:00,bakery,Past,,,",
        "2026-12-01 11:00,bakery,Roll,neither.png,A roll,",
    )  # fmt: skip
    lines = [problem.split(",")[0] for problem in imported(sqlite_backend, path).problems]
    assert lines == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("capabilities", "sentence"),
    [
        (
            {"picture_types": ("image/jpeg",)},
            "Café does not take PNG images. Save it as a JPEG and add it again.",
        ),
        ({"needs_public_images": True, "max_pictures": 0}, "Café would have to fetch the image"),
        ({"max_picture_bytes": 10}, "Café takes images of at most 10 bytes"),
    ],
)
def test_an_image_one_of_its_networks_would_refuse(
    sqlite_backend: Backend, tmp_path: Path, capabilities: dict[str, Any], sentence: str
) -> None:
    sqlite_backend.accounts["cafe"] = Choosy(sqlite_backend.accounts["cafe"], **capabilities)
    picture(tmp_path / "loaf.png")
    path = plan_file(
        tmp_path, "2026-12-01 10:00,bakery cafe,Both,loaf.png,A loaf,", "2026-12-02 10:00,bakery,One,loaf.png,A loaf,"
    )  # fmt: skip
    report = imported(sqlite_backend, path, partial=True)
    assert len(report.added) == 1
    assert len(report.problems) == 1
    assert sentence in report.problems[0]


def test_a_network_that_takes_no_post_without_an_image(sqlite_backend: Backend, tmp_path: Path) -> None:
    """Seen: no row for Instagram came in, whatever image it had: its words were judged as a post without one."""
    sqlite_backend.accounts["cafe"] = Choosy(sqlite_backend.accounts["cafe"], min_pictures=1)
    picture(tmp_path / "loaf.png")
    path = plan_file(
        tmp_path, "2026-12-01 10:00,cafe,With,loaf.png,A loaf,", "2026-12-02 10:00,cafe,Without,,,"
    )  # fmt: skip
    report = imported(sqlite_backend, path, partial=True)
    assert len(report.added) == 1
    assert report.problems == ("line 3, Image: Café takes no post without an image: add one.",)


def test_a_row_whose_image_changed_is_another_post(sqlite_backend: Backend, tmp_path: Path) -> None:
    """The picture's bytes are part of what makes a row known, not its name."""
    path = plan_file(tmp_path, "2026-12-01 10:00,bakery,Loaf,loaf.png,A loaf,")
    for colour, new in (("brown", 1), ("brown", 0), ("white", 1)):
        picture(tmp_path / "loaf.png", colour)
        assert len(imported(sqlite_backend, path).added) == new


def test_a_note_keeps_nothing_out(sqlite_backend: Backend, tmp_path: Path) -> None:
    picture(tmp_path / "loaf.png")
    sqlite_backend.accounts["bakery"].check()
    report = imported(sqlite_backend, plan_file(tmp_path, "2026-12-01 10:00,bakery,Loaf,loaf.png,,"))
    assert (len(report.added), report.problems, len(report.notes)) == (1, (), 1)


def test_accounts_nobody_has_asked_for_their_limits_are_named(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    """While no bot ran, an import judged by the documented limits, and did not say so."""
    rows = "2026-12-01 10:00,bakery cafe,Stollen,,,", "2026-12-02 10:00,bakery,Wreaths,,,"
    said = (
        "Byhand has not asked Mastodon (bakery) for its limits yet and used the usual ones. Each card is checked "
        "again."
    )
    title = sqlite_backend.policy.title_of
    assert imported(sqlite_backend, plan_file(tmp_path, *rows)).notes == tuple(
        said.replace("Mastodon (bakery)", title(name)) for name in ("bakery", "cafe")
    )
    for name in ("bakery", "cafe"):
        sqlite_backend.accounts[name].check()
    assert imported(sqlite_backend, plan_file(tmp_path, *rows)).notes == ()


def test_who_imported_what_from_which_file_is_on_record(sqlite_backend: Backend, tmp_path: Path) -> None:
    imported(sqlite_backend, plan_file(tmp_path, "2026-12-01 10:00,bakery,Stollen,,,"))
    query = text("SELECT who, via, data FROM facts WHERE what LIKE '%imported%'")
    (fact,) = sqlite_backend.store.read(lambda db: db.execute(query).all())
    assert (fact.who, fact.via) == (SHELL.id, "cli")
    assert "plan.csv" in fact.data


def test_after_a_restore_what_is_imported_again_may_be_out_already(backend: Backend, tmp_path: Path) -> None:
    """The plan came in after the copy, a row of it was posted at once, and the copy knows of neither: imported again,
    the row looked new, and went out a second time with an ordinary approval."""
    made_at = backend.clock.now()
    backend.clock.push(timedelta(hours=1))
    backend.services.do(take_as_copy, MAYA, made_at, key())
    slot = (backend.clock.now() + timedelta(hours=3)).isoformat()
    report = imported(backend, plan_file(tmp_path, f"{slot},bakery,Fresh bread,,,"))
    assert len(report.added) == 1
    assert report.notes[-1].startswith("A backup of Tue 24 Nov 2026 at 09:00 CET was put back")
    [post] = backend.store.read(lambda db: posts.list_with_status(db, [Status.SCHEDULED]))
    objections = backend.services.look(lambda work: preflight.check_post(work, post))
    assert [(one.kind, one.level) for one in objections] == [(ObjectionType.MAYBE_OUT, Level.BLOCK)]


def test_a_plan_of_long_after_a_restore_is_new(backend: Backend, tmp_path: Path) -> None:
    backend.services.do(take_as_copy, MAYA, backend.clock.now(), key())
    backend.clock.push(timedelta(days=8))
    slot = (backend.clock.now() + timedelta(hours=3)).isoformat()
    backend.accounts["bakery"].check()
    assert imported(backend, plan_file(tmp_path, f"{slot},bakery,Fresh bread,,,")).notes == ()
    [post] = backend.store.read(lambda db: posts.list_with_status(db, [Status.SCHEDULED]))
    assert post.copied_at is None


def test_the_days_digest_stands_above_the_card_of_what_is_due_soon(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    """It came up to twenty seconds after the card, and took its place at the end of the channel."""
    sqlite_backend.clock.set(datetime(2026, 11, 24, 7, 5, tzinfo=UTC))  # hours have just begun
    soon = (sqlite_backend.clock.now() + timedelta(minutes=12)).isoformat()
    imported(sqlite_backend, plan_file(tmp_path, f"{soon},bakery,Fresh bread,,,"))
    now = sqlite_backend.clock.now()
    waiting = sorted(
        sqlite_backend.store.read(lambda db: cards.list_dirty(db, now)), key=lambda one: one.turn
    )
    assert [card.kind for card in waiting] == [CardType.DIGEST, CardType.POST]
