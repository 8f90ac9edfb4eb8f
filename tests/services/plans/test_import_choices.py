"""What a person says of a plan file whose words leave something open; several images; and what is here already."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.domain.people import Person, Role
from bot.domain.posts import Post, Status
from bot.services.plans import import_plan, plan_images
from bot.services.plans.report import Choices, Report
from bot.store.posts import posts
from tests.backend import Backend
from tests.services.plans.test_import_plan import count, picture

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)
BUFFER = "Text,Image URL,Tags,Posting Time\nStollen,,,2026-12-01 10:00\nWreaths,,,2026-12-02 10:00\n"
HOOTSUITE = "12/01/2026 10:00,Stollen,https://dock.example/menu\n"


def imported(backend: Backend, path: Path, text: str | None = None, choices: Choices | None = None) -> Report:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return import_plan.import_file(backend.services, path, SHELL, choices or Choices())


def list_posts(backend: Backend) -> list[Post]:
    return backend.store.read(lambda db: posts.list_with_status(db, Status))


def test_nothing_comes_in_before_every_question_is_answered(sqlite_backend: Backend, tmp_path: Path) -> None:
    """Not with --partial either: an answer that nobody gave would be guessed."""
    path = tmp_path / "plan"
    report = imported(sqlite_backend, path, HOOTSUITE, Choices(partial=True))
    assert (report.refused, report.sentence) == (True, "Nothing was imported: 2 questions to answer first.")
    assert imported(sqlite_backend, path, None, Choices(("bakery",))).refused
    assert imported(sqlite_backend, path, None, Choices(day_first=False)).refused
    assert count(sqlite_backend, "posts") == 0
    done = imported(sqlite_backend, path, None, Choices(("bakery",), day_first=False))
    assert done.sentence == "1 post imported."
    (post,) = list_posts(sqlite_backend)
    assert post.version.body.text == "Stollen\nhttps://dock.example/menu"
    assert post.status is Status.SCHEDULED


def test_buffers_file_twice_adds_nothing(sqlite_backend: Backend, tmp_path: Path) -> None:
    path, both = tmp_path / "plan", Choices(("bakery", "cafe"))
    assert len(imported(sqlite_backend, path, BUFFER, both).added) == 2
    assert imported(sqlite_backend, path, None, both).sentence == "0 posts imported, 2 already here."
    assert {post.version.body.accounts for post in list_posts(sqlite_backend)} == {("bakery", "cafe")}


def test_rows_without_an_account_are_told_by_the_title_of_whom_they_are_for(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    half = "Time,Accounts,Text\n2026-12-11 10:00,,Rye\n2026-12-11 12:00,cafe,Cake\n"
    report = imported(sqlite_backend, tmp_path / "plan", half, Choices(("bakery",)))
    assert "Rows that name no account are for Bakery." in " ".join(report.notes)


def test_an_account_that_nobody_has_is_refused(sqlite_backend: Backend, tmp_path: Path) -> None:
    report = imported(sqlite_backend, tmp_path / "plan", BUFFER, Choices(("bakry",)))
    assert report.problems == ('the file: There is no account "bakry". Known: bakery, cafe.',)
    assert report.refused


def test_a_dry_run_says_what_would_come_in_and_changes_nothing(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    path, given = tmp_path / "plan", ("bakery",)
    dry = imported(sqlite_backend, path, BUFFER, Choices(given, dry=True))
    assert (dry.sentence, dry.good) == ("2 posts would be imported.", 2)
    assert count(sqlite_backend, "posts") == count(sqlite_backend, "facts WHERE what LIKE '%imported%'") == 0
    imported(sqlite_backend, path, BUFFER.splitlines()[0] + "\nStollen,,,2026-12-01 10:00\n", Choices(given))
    again = imported(sqlite_backend, path, BUFFER, Choices(given, dry=True))
    assert again.sentence == "1 post would be imported, 1 already here."


def test_what_came_in_and_is_over_by_now_is_here_already(sqlite_backend: Backend, tmp_path: Path) -> None:
    """On the second day of a plan its file was refused: the first day's rows were in the past."""
    picture(tmp_path / "loaf.png")
    rows = "Time,Accounts,Text,Image\n2026-12-01 10:00,bakery,Stollen,loaf.png\n2026-12-02 10:00,bakery,Wreaths,\n"
    path = tmp_path / "plan.csv"
    assert len(imported(sqlite_backend, path, rows).added) == 2
    sqlite_backend.clock.push(timedelta(days=7, hours=6))
    more = rows + "2026-12-03 10:00,bakery,Candles,\n"
    report = imported(sqlite_backend, path, more)
    assert (report.sentence, report.problems) == ("1 post imported, 2 already here.", ())
    never = imported(sqlite_backend, path, more + "2026-12-01 11:00,bakery,Never here,\n")
    assert len(never.problems) == 1
    assert '"2026-12-01 11:00" is in the past.' in never.problems[0]


def test_up_to_four_images_each_with_its_alt_text(sqlite_backend: Backend, tmp_path: Path) -> None:
    for colour in ("brown", "white", "red", "blue", "green"):
        picture(tmp_path / f"{colour}.png", colour)
    header = "Time,Accounts,Text,Image 1,Image 2,Alt text 1,Alt text 2\n"
    row = '2026-12-01 10:00,bakery,Loaves,brown.png,"white.png, red.png",A loaf,A roll\n'
    report = imported(sqlite_backend, tmp_path / "plan.csv", header + row)
    assert len(report.added) == 1
    assert "line 2, Alt text 1: It has 3 images, and there is no alt text for image 3." in report.notes[0]
    (post,) = list_posts(sqlite_backend)
    assert [image.alt for image in post.version.body.images] == ["A loaf", "A roll", ""]
    five = '2026-12-01 11:00,bakery,Loaves,"brown.png, white.png, red.png","blue.png, green.png",,\n'
    (wrong,) = imported(sqlite_backend, tmp_path / "plan.csv", header + five).problems
    assert wrong == "line 2, Image 1: It has 5 images; a post can have up to 4. Leave some out."
    twice = "2026-12-01 11:00,bakery,Loaves,brown.png,brown.png,,\n"
    (wrong,) = imported(sqlite_backend, tmp_path / "plan.csv", header + twice).problems
    assert "The same image is there twice." in wrong


def test_rows_whose_images_are_the_same_under_two_names_are_the_same(
    sqlite_backend: Backend, tmp_path: Path
) -> None:
    """They have one import key, and the second ended the import with a fault."""
    for name in ("a.png", "b.png"):
        picture(tmp_path / name)
    rows = (
        "Time,Accounts,Text,Image\n2026-12-01 10:00,bakery,Loaf,a.png\n2026-12-01 10:00,bakery,Loaf,b.png\n"
    )
    report = imported(sqlite_backend, tmp_path / "plan.csv", rows, Choices(partial=True))
    assert report.problems == ("line 3: It is the same as line 2. Remove one.",)
    assert len(report.added) == 1


def test_how_far_it_is_is_told(sqlite_backend: Backend, tmp_path: Path) -> None:
    told: list[str] = []
    rows = "".join(f"2026-12-01 10:00,bakery,Bread {n}\n" for n in range(1001))
    (tmp_path / "plan.csv").write_text("Time,Accounts,Text\n" + rows)
    choices = Choices(dry=True)
    import_plan.import_file(sqlite_backend.services, tmp_path / "plan.csv", SHELL, choices, told.append)
    assert told == ["500 of 1,001 rows", "1,000 of 1,001 rows"]


def test_without_a_folder_only_addresses_can_be_images(sqlite_backend: Backend) -> None:
    plan = import_plan.Plan(
        "plan.csv", b"Time,Accounts,Text,Image\n,bakery,Loaf,loaf.png\n", plan_images.Folder(None)
    )
    (wrong,) = import_plan.import_plan(sqlite_backend.services, plan, SHELL, Choices()).problems
    assert wrong == (
        'line 2, Image: "loaf.png" is a file, and none came with the plan. Use an https address, or put plan and '
        "images into a zip."
    )
