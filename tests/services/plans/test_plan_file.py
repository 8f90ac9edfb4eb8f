"""Plan files: every row judged, each problem with its line and how to fix it, and nothing ignored silently."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.emoji import find_known_names
from bot.domain.preflight.words import find_damage, strip_unseen
from bot.services.plans import table
from bot.services.plans.dialects import HEADER
from bot.services.plans.findings import Judge, Judged, PlanRefused, Row, RowImage
from bot.services.plans.import_plan import open_plan
from bot.services.plans.plan_file import judge_plan, make_import_key, read_plan
from bot.services.plans.plan_images import Folder

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
ACCOUNTS = ("dockbakery-mastodon", "dockbakery-bluesky")


def measure(account: str, text: str) -> str | None:
    limit = 300 if account.endswith("bluesky") else 500
    return f"{account} allows {limit} characters; this is {len(text)}." if len(text) > limit else None


JUDGE = Judge(BERLIN, ACCOUNTS, NOW, measure)


def judged(*rows: str, header: str = HEADER) -> Judged:
    return judge_plan("\n".join((header, *rows)).encode(), JUDGE)


def problem(*rows: str, header: str = HEADER) -> str:
    found = judged(*rows, header=header)
    assert len(found.problems) == 1
    return str(found.problems[0])


def test_a_good_file() -> None:
    found = judged(
        '2026-11-24 09:00,dockbakery-mastodon dockbakery-bluesky,"Fish, taco\nand ""more""",a.png,Taco,menu',
        "2026-11-24T17:30:00+09:00,dockbakery-mastodon,Hello,,,",
        "",
        ",,A draft,,,",
    )
    assert found.problems == ()
    assert found.rows == (
        Row(
            2,
            datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
            ("dockbakery-mastodon", "dockbakery-bluesky"),
            'Fish, taco\nand "more"',
            (RowImage("a.png", "Taco"),),
            "menu",
        ),
        Row(4, datetime(2026, 11, 24, 8, 30, tzinfo=UTC), ("dockbakery-mastodon",), "Hello", (), ""),
        Row(6, None, (), "A draft", (), ""),
    )


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_whatever_wrote_it(bom: bytes, end: bytes) -> None:
    data = bom + end.join((HEADER.encode(), b',,"two', b'lines",,,', b",,three,,,", b""))
    assert [(row.line, row.text) for row in judge_plan(data, JUDGE).rows] == [(2, "two\nlines"), (4, "three")]


@pytest.mark.parametrize(
    "header",
    [
        "time,accounts,text,image,alt text,label",
        " Time , Accounts,Text,Image,ALT_TEXT,label,,",
        "Label,Time,Accounts,Text,Image,AltText",
    ],
)
def test_the_header_may_be_written_otherwise(header: str) -> None:
    assert judged(header=header).problems == ()


def test_empty_cells_that_a_spreadsheet_adds_are_passed_over() -> None:
    assert judged(",,Hello,,,,,", header=HEADER + ",,").rows[0].text == "Hello"


def test_columns_are_found_by_name() -> None:
    assert judged("menu,,,Hello,,", header="Label,Time,Accounts,Text,Image,Alt text").rows[0].label == "menu"


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("Time,Acounts,Text,Image,Alt text,Label", 'There is no column "Acounts". Did you mean Accounts?'),
        ("Accounts,Text,Image,Alt text,Label", "The column Time is missing."),
        ("Time,Accounts", "The column Text is missing."),
        (
            "Time,Accounts,Text,Image,Alt text,Label,Text",
            'The column Text is there twice: "Text" and "Text".',
        ),
        ("Time,Posting Time,Text", 'The column Time is there twice: "Time" and "Posting Time".'),
        ("Time;Accounts;Text;Image;Alt text;Label", "separated by semicolons or tabs"),
        ("Name,Phone", 'There is no column "Name".'),
        ("Txet,Image URL", 'There is no column "Txet". Did you mean Text?'),
    ],
)
def test_another_header_is_refused_by_name(header: str, sentence: str) -> None:
    found = problem(",,a,,,", header=header)
    assert sentence in found


ROW = "2026-11-24 09:00,dockbakery-mastodon"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("tomorrow,dockbakery-mastodon,a,,,", 'line 2, Time: "tomorrow" is not a time.'),
        ("24.11.2026 09:00,dockbakery-mastodon,a,,,", "is not a time"),
        ("2026-11-24,dockbakery-mastodon,a,,,", '"2026-11-24" has no time of day.'),
        ("2026-09-24 09:00,dockbakery-mastodon,a,,,", "is in the past"),
        ("2028-01-01 09:00,dockbakery-mastodon,a,,,", "is more than 400 days ahead"),
        ("9999-12-31T23:59:59-23:00,dockbakery-mastodon,a,,,", "is not a possible time"),
        ("0001-01-01 00:00,dockbakery-mastodon,a,,,", "Time: "),
        ("2027-03-28 02:30,dockbakery-mastodon,a,,,", "does not exist: the clocks go forward"),
        (
            "2026-10-25 02:30,dockbakery-mastodon,a,,,",
            "the clocks go back. Write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00.",
        ),
        ("2026-11-24 09:00,,a,,,", "Accounts: It has a time but no account."),
        ("2026-11-24 09:00,dockbakery-mastodn,a,,,", "Did you mean dockbakery-mastodon?"),
        ("2026-11-24 09:00,x,a,,,", "Known: dockbakery-bluesky, dockbakery-mastodon."),
        ('2026-11-24 09:00,"dockbakery-mastodon,dockbakery-bluesky",a,,,', "Separate accounts by spaces."),
        (f"2026-11-24 09:00,dockbakery-bluesky,{'x' * 301},,,", "allows 300 characters; this is 301."),
        (f"{ROW},,,,", "There is no text or image."),
        (f"{ROW},a\x07b,,,", "It holds a control character."),
        (f"{ROW},Hello, world,,,", "It has 7 cells, not 6. A text with a comma needs quotes."),
        (f"{ROW},“Hello, world”,,,", 'It has 7 cells, not 6. A text with a comma needs straight quotes: ".'),
        (f"{ROW},Hello, world,a.png,A loaf,x,y", "It has 8 cells, not 6. A text with a comma needs quotes."),
        (f'{ROW},"a"b,,,', "The quotes are broken."),
        (f'{ROW},"a,,,', "A quote that opens here is never closed."),
        (f"{ROW},{'x' * 140_000},,,", "A cell is larger than any post."),
    ],
)
def test_a_bad_row_is_named_with_its_mend(row: str, sentence: str) -> None:
    found = problem(row)
    assert found.startswith("line 2")
    assert sentence in found


def problems(*rows: str, header: str = HEADER) -> str:
    return "\n".join(map(str, judged(*rows, header=header).problems))


@pytest.mark.parametrize("row", [f"{ROW},Hello", f"{ROW},Hello,", f"{ROW},Hello,,,\u200b"])
def test_empty_cells_at_the_end_need_not_be_there(row: str) -> None:
    """Told as "A text with a comma needs quotes", of a row without a comma."""
    (found,) = judged(row).rows
    assert (found.text, found.images, found.label) == ("Hello", (), "")


def test_a_cell_that_is_missing_in_the_middle_is_named() -> None:
    said = problems("2026-11-24 09:00,Hello,,")
    assert "line 2: It has 4 cells, not 6. If one is missing in the middle, add its comma." in said
    assert 'There is no account "Hello".' in said


def test_a_cell_below_no_name_is_said() -> None:
    said = problems(f"{ROW},a,,,,,x", header=HEADER + ",,")
    assert "There is something in cell 8, whose column has no name." in said


@pytest.mark.parametrize(
    "cell",
    [
        "#NAME?",
        " #REF!",
        "#N/A",
        "#DIV/0!",
        "#WERT!",
        "#¡VALOR!",
        "Err:502",
        "#####",
        "\ufeff#VALUE!\u200b",
        "#EXTERNAL!",
        "#ИМЯ?",
    ],
)
@pytest.mark.parametrize("column", range(2, 6))
def test_a_spreadsheets_error_is_no_text(cell: str, column: int) -> None:
    """They were imported, and went out."""
    cells = ["2026-11-24 09:00", "dockbakery-mastodon", "Hello", "", "", ""]
    cells[column] = cell
    assert " is a spreadsheet error, not a text. Fix the formula" in problems(",".join(cells))


@pytest.mark.parametrize(
    "text", ["#SALE!", "#NV is short for Nevada", "Ever seen #REF! in your sheet?", "#", "##"]
)
def test_what_looks_like_an_error_is_a_text(text: str) -> None:
    assert judged(f"{ROW},{text},,,").rows[0].text == text


@pytest.mark.parametrize(
    "row", [f"{ROW},Caf\ufffd,,,", f"{ROW},Hello,a.png,Caf\ufffd,", f"{ROW},Hello,,,Caf\ufffd"]
)
def test_a_lost_letter_is_named(row: str) -> None:
    assert 'A letter was lost ("Caf\ufffd"). Type it again; a file has to be saved as UTF-8.' in problems(row)


UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u2800\u3164\ufe0f\U000e0020\u00a0\u3000\u2028"


@pytest.mark.parametrize("unseen", [*UNSEEN, UNSEEN])
def test_what_nobody_sees_is_empty(unseen: str) -> None:
    """A text of U+200B was approved and published."""
    assert "There is no text or image." in problems(f"{ROW},{unseen},,,")
    assert judged(f"{unseen},,{unseen},,,").problems == ()  # a blank row
    noted = judged(f"{ROW},Hello,a.png,{unseen},").notes
    assert [note.sentence for note in noted] == ["The image has no alt text."]


def test_what_pasting_adds_is_taken_off() -> None:
    accounts = "\u200bdockbakery-mastodon\u200bdockbakery-bluesky"
    pasted = f"\ufeff2026-11-24 09:00\u00a0,{accounts},\u200bHello ❤\ufe0f\u200b,,,"
    (row,) = judged(pasted, header="\u200b" + HEADER).rows
    assert row.accounts == ACCOUNTS
    assert row.text == "Hello ❤\ufe0f"


def test_every_row_is_judged_and_good_ones_are_kept() -> None:
    found = judged(
        "soon,nobody,,,,",
        f"{ROW},good,,,",
        f'{ROW},"broken"x,,,',
        f'{ROW},"two\nlines",,,',
        f"{ROW},last,,,,,x",
    )
    assert [row.text for row in found.rows] == ["good", "two\nlines"]
    assert [(one.line, one.column) for one in found.problems] == [
        (2, "Accounts"),
        (2, "Text"),
        (2, "Time"),
        (4, ""),
        (7, ""),
    ]


def test_the_same_row_twice_is_a_problem() -> None:
    rows = (f"{ROW},Hello,,,", f"{ROW},Hello,,,label differs", f"{ROW},Hello!,,,")
    assert "line 3: It is the same as line 2." in problem(*rows)


def test_an_offset_settles_the_hour_that_happens_twice() -> None:
    row = judged("2026-10-25T02:30+01:00,dockbakery-mastodon,a,,,").rows[0]
    assert row.slot == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_image_without_alt_text_is_a_note() -> None:
    found = judged(f"{ROW},,a.png,,", f"{ROW},a,,alt,")
    assert found.problems == ()
    assert [(note.line, note.sentence) for note in found.notes] == [
        (2, "The image has no alt text."),
        (3, "There is alt text, but no image."),
    ]


def test_names_of_emoji_are_read_as_in_slacks_dialogs() -> None:
    """Dialogs made 🎉 of ":tada:"; a plan file's went out as letters."""
    found = judged(
        f"{ROW},:tada: Rye :egg::egg:!,a.png,A :bread: here,:bread: day :x-y:",
        f"{ROW},Open 10:30:45 to :30: or 3:100:5,,,",
        f"{ROW},https://dock.example/:egg:/x,,,",
        f"{ROW},:wave::skin-tone-3: {'x' * 490},,,",  # 504 signs in the file
    )
    assert found.problems == ()
    assert [(row.text, "".join(each.alt for each in row.images), row.label) for row in found.rows[:3]] == [
        ("🎉 Rye 🥚🥚!", "A 🍞 here", "🍞 day :x-y:"),
        ("Open 10:30:45 to :30: or 3:100:5", "", ""),
        ("https://dock.example/:egg:/x", "", ""),
    ]
    assert [str(note).strip() for note in found.notes] == [
        "line 2, Text: :tada: is read as 🎉, :egg: is read as 🥚.",
        "line 2, Alt text: :bread: is read as 🍞.",
        "line 2, Label: :bread: is read as 🍞.",
        "line 5, Text: :wave::skin-tone-3: is read as 👋🏼.",
    ]


def test_a_letters_name_in_html_is_noted() -> None:
    (note,) = judged(f"{ROW},Caf&eacute; R&D,,,").notes
    assert (
        str(note)
        == "line 2, Text: “&eacute;” will be published exactly like that: networks do not read HTML. Write é."
    )


@pytest.mark.parametrize("cells", [":tada: so :dock-loaf: it is,,,", "a,a.png,the :dock-loaf:,"])
def test_a_name_that_is_no_emojis_is_a_problem_of_its_cell(cells: str) -> None:
    column = "Text" if cells.startswith(":") else "Alt text"
    assert problem(f"{ROW},{cells}") == (
        f"line 2, {column}: :dock-loaf: would be published exactly like that: no emoji has that name outside your "
        "workspace. Write the emoji itself, or leave out the colons."
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (HEADER.encode() + b"\n,,caf\xe9,,,", "line 2: It is not UTF-8."),
        (HEADER.encode() + b"\n\n,,a\0b,,,", "line 3: It holds a NUL byte"),
        (HEADER.encode("utf-16"), "the file: It is UTF-16"),
        (b"", "line 1: It is empty."),
        (b"\xef\xbb\xbf\r\n,,\r\n", "line 1: It is empty."),
        (b"\x89PNG\r\n\x1a\n\x00", "It holds a NUL byte"),
        (b"a" * (table.MAX_BYTES + 1), "the file: It has more than 10 MB."),
    ],
)
def test_a_file_of_another_kind_is_refused(data: bytes, sentence: str) -> None:
    found = judge_plan(data, JUDGE)
    assert found.rows == ()
    assert sentence in str(found.problems[0])


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    with path.open("wb") as file:
        file.truncate(100_000_000)  # sparse
    with path.open("rb") as file, pytest.raises(PlanRefused, match="more than 10 MB"):
        read_plan(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(PlanRefused, match="It cannot be read: No such file"),
        open_plan(tmp_path / "none.csv", Folder(None)),
    ):
        pass
    (tmp_path / "plan.csv").write_bytes(b"x")
    with open_plan(tmp_path / "plan.csv", Folder(None)) as plan:
        assert (plan.name, plan.data) == ("plan.csv", b"x")


def test_a_file_with_endless_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    assert judged(",,a,,,", ",,b,,,").problems == ()
    assert "line 4: There are more than 2 rows." in problem(",,a,,,", ",,b,,,", ",,c,,,")


def test_the_import_key_is_of_accounts_time_text_and_image() -> None:
    row = judged("2026-11-24 09:00,dockbakery-mastodon dockbakery-bluesky,Hi,a.png,alt,label").rows[0]
    key = make_import_key(row, ["sha"])
    turned = replace(row, line=9, accounts=row.accounts[::-1], label="", images=(RowImage("b.png"),))
    berlin = replace(row, slot=row.slot.astimezone(BERLIN)) if row.slot else row
    assert make_import_key(turned, ["sha"]) == make_import_key(berlin, ["sha"]) == key
    others = [
        make_import_key(replace(row, text="Ho"), ["sha"]),
        make_import_key(replace(row, accounts=row.accounts[:1]), ["sha"]),
        make_import_key(replace(row, slot=None), ["sha"]),
        make_import_key(row, ["other"]),
        make_import_key(row, []),
        make_import_key(row, ["sha", "other"]),
    ]
    assert len({key, *others}) == 7


TEXTS = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('\n",;'))
    .map(strip_unseen)
    .filter(lambda text: text and find_damage(text) is None)
    .filter(lambda text: not find_known_names(text))  # ":A:" comes in as the emoji
)


@given(
    st.lists(
        st.tuples(
            st.none() | st.datetimes(datetime(2026, 10, 2), datetime(2027, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=2, unique=True),
            TEXTS,
        ),
        max_size=8,
        unique_by=lambda row: row[2],
    )
)
def test_what_a_spreadsheet_writes_is_read_back(rows: list[tuple[datetime | None, list[str], str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER.split(","))
    for slot, accounts, text in rows:
        writer.writerow([slot.isoformat() if slot else "", " ".join(accounts), text, "", "", ""])
    judge = replace(JUDGE, measure=lambda _account, _text: None)
    found = judge_plan(out.getvalue().encode(), judge)
    assert found.problems == ()
    assert [(row.slot, list(row.accounts), row.text) for row in found.rows] == rows


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text('Time,"\n\r;0-9a\x85\u2028', max_size=200).map(str.encode))
def test_any_bytes_are_judged(data: bytes) -> None:
    for content in (data, HEADER.encode() + b"\n" + data):
        found = judge_plan(content, JUDGE)
        assert all(one.sentence.endswith((".", "?")) for one in found.problems)
