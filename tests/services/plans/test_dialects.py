"""Other tools' plan files, told by their content: what is read, what is asked, and what is refused with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.services.plans.findings import Ask, Judge, Judged, RowImage
from bot.services.plans.plan_file import judge_plan

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
MASTODON, BLUESKY, CAFE = ACCOUNTS = ("dockbakery-mastodon", "dockbakery-bluesky", "cafe-bluesky")
NAMES = {
    "mastodon": (MASTODON,),
    "bluesky": (BLUESKY, CAFE),
    "dock bakery": (MASTODON, BLUESKY),
    "@dockbakery@mastodon.example": (MASTODON,),
    "café": (CAFE,),
}
JUDGE = Judge(
    BERLIN, ACCOUNTS, NOW, lambda _account, _text: None, lambda word: NAMES.get(word.casefold(), ())
)
GIVEN = replace(JUDGE, given=(MASTODON,))

BUFFER = """\
Text,Image URL,Tags,Posting Time
"Fish tacos are back! #lunch",https://example.com/img/tacos.jpg,,2026-11-24 09:00
"Line one
line two, with a comma and ""quotes\""",,"launch,product",2026-11-24 17:30
"No time: next free slot",,,
"""
MONTH_FIRST = """\
11/04/2026 09:00,"Fish tacos are back! #lunch",https://example.com/menu
11/04/2026 17:30,"Line with, comma and ""quotes\""",
"""


def judged(text: str, judge: Judge = GIVEN) -> Judged:
    return judge_plan(text.encode(), judge)


def said(found: Judged) -> list[str]:
    return [str(problem) for problem in found.problems]


def slots(found: Judged) -> list[str]:
    return [f"{row.slot.astimezone(BERLIN):%d %b %H:%M}" if row.slot else "" for row in found.rows]


def test_buffers_file() -> None:
    found = judged(BUFFER)
    assert said(found) == []
    assert [row.text for row in found.rows] == [
        "Fish tacos are back! #lunch",
        'Line one\nline two, with a comma and "quotes"',
        "No time: next free slot",
    ]
    assert slots(found) == ["24 Nov 09:00", "24 Nov 17:30", ""]
    assert [row.images for row in found.rows] == [(RowImage("https://example.com/img/tacos.jpg"),), (), ()]
    assert [row.label for row in found.rows] == ["", "launch,product", ""]
    assert {row.accounts for row in found.rows} == {(MASTODON,)}
    assert found.found is not None
    assert (found.found.sentence, found.found.times) == (
        "3 posts from Buffer",
        "Times that name no zone are Berlin time.",
    )
    assert (
        "the file: 1 row without a time comes in as a draft (Buffer would have used its next free slot)."
        in [str(note) for note in found.notes]
    )
    assert 'the file: What stands in "Tags" is read as the label, which colleagues see.' in [
        str(note) for note in found.notes
    ]


def test_accounts_that_no_file_names_are_asked_for() -> None:
    found = judged(BUFFER, JUDGE)
    assert [question.about for question in found.questions] == [Ask.ACCOUNTS]
    assert found.questions[0].sentence == "Which accounts are these posts for? The file does not say."
    assert (len(found.rows), found.problems) == (3, ())
    assert judged(BUFFER).questions == ()


def test_a_pins_board_is_refused_only_where_it_is_named() -> None:
    rows = "Text,Image URL,Tags,Posting Time,Board Name\nPin,,,2026-11-25 12:00,Recipes\nPost,,,2026-11-26 12:00,\n"
    found = judged(rows)
    assert [row.text for row in found.rows] == ["Post"]
    assert said(found) == [
        "line 2, Board Name: Byhand does not publish on Pinterest. Empty the cell, or plan this post elsewhere."
    ]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("gifUrl", "does not take animations from this column"),
        ("videoUrls", "publishes no videos"),
        ("first_comment", "writes no first comment"),
        ("thread", "publishes no threads"),
        ("placement", "knows no placements"),
        ("Mood", "The name of this column is not known."),
        ("", "There is something in cell 1, whose column has no name."),
    ],
)
def test_what_byhand_cannot_do_is_refused_where_it_is_asked_for(column: str, reason: str) -> None:
    found = judged(f"{column},Time,Text\nx,2026-11-24 09:00,With\n,2026-11-24 10:00,Without\n")
    assert [row.text for row in found.rows] == ["Without"]
    assert len(found.problems) == 1
    assert reason in said(found)[0]
    assert said(found)[0].startswith("line 2")


# --- Hootsuite's: no header, and dates of which the file does not say what is first --------------------


def test_hootsuites_dates_are_asked_for() -> None:
    found = judged(MONTH_FIRST)
    assert [question.about for question in found.questions] == [Ask.DATES]
    assert found.questions[0].sentence == (
        "Is the day or the month first? Line 1 says 11/04/2026 09:00, and no date in the file tells: 11 April 2026, or "
        "4 November 2026?"
    )
    assert found.problems == ()
    assert {question.about for question in judged(MONTH_FIRST, JUDGE).questions} == {Ask.ACCOUNTS, Ask.DATES}


@pytest.mark.parametrize(("day_first", "month"), [(False, "04 Nov"), (True, "11 Dec")])
def test_what_was_answered_is_how_they_are_read(*, day_first: bool, month: str) -> None:
    text = MONTH_FIRST if not day_first else MONTH_FIRST.replace("11/04", "11/12")
    found = judged(text, replace(GIVEN, day_first=day_first))
    assert (found.questions, found.problems) == ((), ())
    assert slots(found) == [f"{month} 09:00", f"{month} 17:30"]
    assert found.found is not None
    assert found.found.tool == "Hootsuite"


@pytest.mark.parametrize(
    ("dates", "read"),
    [
        (("11/04/2026", "11/23/2026"), ["04 Nov 09:00", "23 Nov 09:00"]),
        (("04/11/2026", "23/11/2026"), ["04 Nov 09:00", "23 Nov 09:00"]),
        (("11/11/2026", "12/12/2026"), ["11 Nov 09:00", "12 Dec 09:00"]),  # the same, whatever is first
        (("11/4/26", "11/23/26"), ["04 Nov 09:00", "23 Nov 09:00"]),
        (("2026-11-04", "11/23/2026"), ["04 Nov 09:00", "23 Nov 09:00"]),
    ],
)
def test_one_date_tells_for_the_whole_file(dates: tuple[str, str], read: list[str]) -> None:
    rows = "".join(f"{date} 09:00,Bread of {n}\n" for n, date in enumerate(dates))
    found = judged("Time,Text\n" + rows)
    assert (found.questions, found.problems, slots(found)) == ((), (), read)


def test_a_file_that_contradicts_itself_is_refused() -> None:
    found = judged("23/11/2026 09:00,Day first,\n11/24/2026 09:00,Month first,\n")
    assert found.rows == ()
    assert said(found) == [
        "the file: Line 1 has the day first (23/11/2026), line 2 the month (11/24/2026). Write all dates in one way, "
        "best like 2026-11-24."
    ]


def test_an_answer_that_the_file_contradicts_is_refused() -> None:
    found = judged("23/11/2026 09:00,Day first,\n", replace(GIVEN, day_first=False))
    assert said(found) == [
        "the file: With the month first, line 1 has no date: 23/11/2026. Its dates have the day first."
    ]


@pytest.mark.parametrize(
    "date", ["23/24/2026", "0/5/2026", "32/1/2026", "11/31/2026", "1/2/0000", "11/04/20266"]
)
def test_what_is_no_date_in_any_order_is_a_problem(date: str) -> None:
    """Not a draft, and no reason to ask."""
    found = judged(f"Time,Text\n{date} 09:00,Bread\n")
    assert (found.rows, found.questions) == ((), ())
    assert "Time: " in said(found)[0]


def test_dates_as_excel_spoils_them_are_read_and_said() -> None:
    found = judged("Text,Image URL,Tags,Posting Time\nBread,,,11/23/26 17:30\nRolls,,,11/24/26 5:30 PM\n")
    assert slots(found) == ["23 Nov 17:30", "24 Nov 17:30"]
    assert [str(note) for note in found.notes] == [
        "the file: It has 2 dates with a year of two digits, as Excel leaves them: 11/23/26 17:30 is read as Mon 23 "
        "Nov 2026 at 17:30 CET."
    ]


# --- tables of other tools ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "tool"),
    [
        ("postAtSpecificTime (yyyy-MM-dd HH:mm:ss),content,link (OGmetaUrl),imageUrls,gifUrl,videoUrls",
         "2026-11-24 09:00:00,Bread,,,,", "HighLevel"),
        ("text,link,imageUrls,gifUrls,videoUrls,postAtSpecificTime", "Bread,,,,,2026-11-24 9:00", "SocialBee"),
        ("post,platforms,mediaUrls,scheduleDate", "Bread,mastodon,,2026-11-24T08:00:00Z", "Ayrshare"),
        ("Date and Time,Message,Image URL,Link", "24/11/2026 09:00,Bread,,", "ContentStudio"),
        ("scheduled_at,account_id,content,media_urls,first_comment",
         "2026-11-24T09:00:00+01:00,dockbakery-mastodon,Bread,,", "PostFast"),
        ("channel,caption,media_url,scheduled_at,placement", "Mastodon,Bread,,2026-11-24T09:00:00+01:00,", "Schedulin"),
        ("Date,Time,Platform,Message,Link,Image URL", "2026-11-24,09:00,Mastodon,Bread,,", ""),
        ("Date,Time,Text,Social Profile", "2026-11-24,9:00 AM,Bread,@dockbakery@mastodon.example", ""),
        ("Date,Time,Message,Link,Network,Profile", "2026/11/24,09:00,Bread,,Mastodon,Dock Bakery", ""),
        ("Date,Time,Content,Image,Platform", "2026-11-24 00:00:00,09:00,Bread,,MASTODON", ""),
        ("DATE_TIME,text,account", "2026-11-24 09:00,Bread,Mastodon", ""),
    ],
)  # fmt: skip
def test_known_names_of_columns(header: str, row: str, tool: str) -> None:
    found = judged(f"{header}\n{row}\n")
    assert said(found) == []
    assert [(row.text, row.accounts) for row in found.rows] == [("Bread", (MASTODON,))]
    assert slots(found) == ["24 Nov 09:00"]
    assert found.found is not None
    assert found.found.tool == tool


def test_a_table_of_no_known_tool_is_named_by_its_columns() -> None:
    found = judged("Date,Time,Message\n2026-11-24,09:00,Bread\n").found
    assert found is not None
    assert found.sentence == "1 post (columns: Date, Time, Message)"


def test_accounts_as_other_tools_write_them() -> None:
    header = "Time,Text,Profile\n"
    found = judged(
        header + '2026-11-24 09:00,a,"Café, Mastodon"\n2026-11-24 10:00,b,cafe-bluesky dockbakery-bluesky\n'
    )
    assert [row.accounts for row in found.rows] == [(CAFE, MASTODON), (CAFE, BLUESKY)]
    (wrong,) = said(judged(header + "2026-11-24 09:00,a,Dock Bakery\n"))
    assert wrong == (
        'line 2, Profile: "Dock Bakery" is the name of several accounts: dockbakery-bluesky, dockbakery-mastodon. Name '
        "the account itself."
    )
    (wrong,) = said(judged(header + "2026-11-24 09:00,a,Facebook\n"))
    assert 'There is no account "Facebook".' in wrong


def test_given_accounts_are_for_rows_that_name_none() -> None:
    found = judged("Time,Accounts,Text\n2026-11-24 09:00,,a\n2026-11-24 09:00,cafe-bluesky,b\n")
    assert [row.accounts for row in found.rows] == [(MASTODON,), (CAFE,)]
    assert [str(note) for note in found.notes] == [
        "the file: Rows that name no account are for dockbakery-mastodon."
    ]


def test_given_accounts_are_called_by_their_titles() -> None:
    """Seen: "are for dockbakery-mastodon", whom every other screen calls Mastodon."""
    titles = {MASTODON: "Mastodon", CAFE: "Café", BLUESKY: "Bluesky"}
    judge = replace(JUDGE, given=(MASTODON, CAFE, BLUESKY), title_of=titles.__getitem__)
    found = judged("Time,Accounts,Text\n2026-11-24 09:00,,a\n2026-11-24 10:00,cafe-bluesky,b\n", judge)
    assert [str(note) for note in found.notes] == [
        "the file: Rows that name no account are for Mastodon, Café and Bluesky."
    ]


@pytest.mark.parametrize(
    ("day", "time", "sentence"),
    [
        ("2026-11-24", "", '"2026-11-24" has no time of day.'),
        ("", "09:00", '"09:00" has no date.'),
        ("2026-11-24", "nine", "is not a time."),
        ("2026-11-24", "25:00", "is not a time."),
        ("2026-11-24", "13:00 PM", "is not a time."),
    ],
)
def test_a_date_and_a_time_of_day_belong_together(day: str, time: str, sentence: str) -> None:
    (wrong,) = said(judged(f"Date,Time,Text\n{day},{time},Bread\n"))
    assert wrong.startswith("line 2, Date: ")
    assert sentence in wrong
    assert judged("Date,Time,Text\n,,Bread\n").rows[0].slot is None


def test_a_link_is_put_behind_its_text_and_said() -> None:
    rows = "Time,Text,Link\n2026-11-24 09:00,Bread,https://dock.example/menu\n"
    rows += "2026-11-24 10:00,See https://dock.example/menu,https://dock.example/menu\n"
    found = judged(rows + "2026-11-24 11:00,,https://dock.example/menu\n")
    assert [row.text for row in found.rows] == [
        "Bread\nhttps://dock.example/menu",
        "See https://dock.example/menu",
        "https://dock.example/menu",
    ]
    assert [str(note) for note in found.notes] == ["the file: 2 links were put at the end of the text."]
    (wrong,) = said(judged("Time,Text,Link\n2026-11-24 09:00,Bread,our menu\n"))
    assert wrong == 'line 2, Link: "our menu" is not one whole link. Write it with https://, alone.'


def test_what_a_link_adds_counts_for_the_length() -> None:
    short = replace(GIVEN, measure=lambda _account, text: "Too long." if len(text) > 20 else None)
    (wrong,) = said(judged("Time,Text,Link\n2026-11-24 09:00,Bread,https://dock.example/menu\n", short))
    assert wrong.startswith("line 2, Text: Too long.")


def test_several_images_with_their_alt_texts() -> None:
    header = (
        "Text,Date,Time,Picture Url 1,Picture Url 2,Alt text picture 2,Alt text picture 1,Draft,Facebook\n"
    )
    found = judged(
        header
        + "Bread,2026-11-24,09:00,https://a.example/1.png,https://a.example/2.png,two,one,FALSE,False\n"
    )
    assert said(found) == []
    assert found.rows[0].images == (
        RowImage("https://a.example/1.png", "one"),
        RowImage("https://a.example/2.png", "two"),
    )
    assert found.found is not None
    assert found.found.tool == "Metricool"
    wrong = said(judged(header + "Bread,2026-11-24,09:00,,,,,TRUE,TRUE\n"))
    assert [each.split(":")[0] for each in wrong] == ["line 2, Draft", "line 2, Facebook"]


def test_more_images_than_a_post_can_have() -> None:
    header = "Time,Text," + ",".join(f"Image {n}" for n in range(1, 6))
    (wrong,) = said(judged(f"{header}\n2026-11-24 09:00,Bread,1.png,2.png,3.png,4.png,5.png\n"))
    assert "It has 5 images; a post can have up to 4. Leave some out." in wrong


# --- bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("https://evil.example","Bread")',
        "=cmd|' /C calc'!A0",
        "+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "-IMPORTXML(A1)",
        "=A1&B1",
        "=1+1",
        '="Bread"',
        "=Sheet1!A1",
        " =WENN(A1;B1)",
    ],
)
@pytest.mark.parametrize("column", ["Text", "Image", "Label", "Alt text"])
def test_a_formula_is_no_text(cell: str, column: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    row = {"Time": "2026-11-24 09:00", "Text": "Bread", "Image": "a.png", "Label": "", "Alt text": "x"}
    row |= {column: quoted}
    (wrong,) = said(judged(f"{','.join(row)}\n{','.join(row.values())}\n"))
    assert wrong.startswith(f"line 2, {column}: ")
    assert "is a formula, not a text: only a spreadsheet computes it." in wrong


@pytest.mark.parametrize(
    "text",
    [
        "= happiness",
        "=) Bread",
        "- rye\n- wheat",
        "+1 for rye (fresh)",
        "@dockbakery says hi",
        "-Rye (fresh)",
        "=D",
    ],
)
def test_what_looks_like_a_formula_is_a_text(text: str) -> None:
    assert [row.text for row in judged(f'Time,Text\n2026-11-24 09:00,"{text}"\n').rows] == [text]


def test_a_merged_header_is_told() -> None:
    (wrong,) = said(judged("Social plan November,,\n\nTime,Text,Image\n2026-11-24 09:00,Bread,\n"))
    assert wrong == (
        'line 3: The names of the columns stand here, and "Social plan November" above them. Remove the lines above: '
        "the names come first."
    )


def test_mixed_line_ends_are_read_as_meant() -> None:
    found = judged('Time,Text\r\n2026-11-24 09:00,a\r2026-11-24 10:00,"b\r\nc"\n2026-11-24 11:00,d\n')
    assert [(row.line, row.text) for row in found.rows] == [(2, "a"), (3, "b\nc"), (5, "d")]


@pytest.mark.parametrize("first", ["11/24/2026 09:00;Bread", "11/24/2026 09:00\tBread, fresh\t", "Time;Text"])
def test_other_separators_are_told_with_their_mend(first: str) -> None:
    (wrong,) = said(judged(first + "\n"))
    assert "separated by semicolons or tabs" in wrong
    assert 'Save it as "CSV UTF-8 (comma delimited)".' in wrong


def test_a_text_with_a_comma_that_is_not_quoted() -> None:
    (wrong,) = said(judged("11/24/2026 09:00,Bread, fresh,https://dock.example\n"))
    assert wrong == "line 1: It has 4 cells, not 3. A text with a comma needs quotes."


def test_a_workbook_is_told_what_to_save_it_as() -> None:
    (wrong,) = said(judge_plan(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), JUDGE))
    assert wrong == 'the file: This is a workbook or a zip, not a CSV file. Save it as "CSV UTF-8".'
