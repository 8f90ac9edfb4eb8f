"""Objections: their levels, which may be waived, and that blocks come first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.posts import Body, Image
from bot.domain.preflight.judge import Measured, Similar, list_objections
from bot.domain.preflight.objections import (
    Level,
    Objection,
    ObjectionType,
    digest_marks,
    list_blocking,
    mark_to_see,
)
from bot.domain.preflight.words import NOTHING_IN, find_damage, strip_unseen

FINE = Measured()
SIMILAR = Similar(7, "Bakery", "We bake for you", "Tue 24 Nov at 09:00 CET")


@pytest.mark.parametrize(
    ("body", "measured", "kinds"),
    [
        (Body(("a",), "words"), FINE, []),
        (Body(("a",), " "), FINE, ["empty"]),
        (Body(("a", "b"), "words", variants={"b": " "}), FINE, ["empty"]),
        (Body(("a", "b"), "", variants={"a": "one", "b": "two"}), FINE, []),
        (Body((), ""), FINE, ["empty"]),
        (Body(("a",), "", images=(Image("s", "alt"),)), FINE, []),
        (Body(("a",), "words", images=(Image("s", " "),)), FINE, ["alt"]),
        (Body(("a",), "words"), Measured(("Too long.",)), ["misfit"]),
        (Body(("a",), "words"), Measured(gone=("a",)), ["account"]),
        (
            Body(("a",), " "),
            Measured(("x",), ("a",), (SIMILAR,)),
            ["empty", "misfit", "account", "similar"],
        ),
    ],
)
def test_what_preflight_has_against_a_post(body: Body, measured: Measured, kinds: list[str]) -> None:
    assert [one.kind for one in list_objections(body, measured)] == kinds


def test_the_same_is_not_said_twice_nor_ends_in_two_stops() -> None:
    """ "There is neither text nor image" stood there twice, and refusals ended in ".."."""
    found = list_objections(Body(("a",), " "), Measured((f"{NOTHING_IN}.", "Too long.")))
    assert [one.sentence for one in found] == [NOTHING_IN, "Too long"]


def test_words_like_anothers_are_told_with_its_first_words_and_its_moment() -> None:
    """Nobody knows "post 7"; and its first words are this post's own, so its moment tells them apart."""
    found = list_objections(Body(("a",), "We bake for you!"), Measured(similar=(SIMILAR, SIMILAR)))
    assert [one.sentence for one in found] == [
        "Nearly the same words as “We bake for you” of Tue 24 Nov at 09:00 CET, on Bakery"
    ]


def test_two_posts_that_are_called_the_same_are_one_sentence() -> None:
    close = (ObjectionType.SPACING, "Close to “Rye”, at the same time on Bakery")
    found = list_objections(Body(("a",), "x"), Measured(timing=(close, close)))
    assert [one.sentence for one in found] == [close[1]]


def test_what_will_be_shown_otherwise_is_to_be_seen() -> None:
    (found,) = list_objections(Body(("a",), "x"), Measured(notes=("It will not move there.",)))
    assert (found.kind, found.level) == (ObjectionType.SHOWN, Level.WARN)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            Body(("a",), "Now :tada: :egg:"),
            "“:tada:” will be published exactly like that: networks do not know Slack's emoji names. Write 🎉",
        ),
        (
            Body(("a", "b"), "x", variants={"b": "so :dock-loaf:"}),
            "“:dock-loaf:” will be published exactly like that: networks do not know Slack's emoji names",
        ),
        (
            Body(("a",), "x", images=(Image("s", "A :bread:"),)),
            "“:bread:” will be published exactly like that: networks do not know Slack's emoji names. Write 🍞",
        ),
        (
            Body(("a",), "Caf&eacute; &unknown; R&D; bread"),
            "“&eacute;” will be published exactly like that: networks do not read HTML. Write é",
        ),
    ],
)
def test_an_emojis_name_is_to_be_seen(body: Body, sentence: str) -> None:
    """A file's ":tada:" was stored as letters, and nobody was told before it went out."""
    (found,) = list_objections(body, FINE)
    assert (found.kind, found.level, found.sentence) == (ObjectionType.LETTERS, Level.WARN, sentence)


def test_times_and_addresses_are_no_names() -> None:
    body = Body(("a",), "10:30:45 to :30:, https://dock.example/:egg:/x, Kundinnen:und:so")
    assert list_objections(body, FINE) == ()


def test_only_a_missing_alt_text_can_be_waived() -> None:
    body = Body(("a",), " ", images=(Image("s"),))
    found = list_blocking(list_objections(body, Measured(("x",), ("a",), (SIMILAR,))))
    assert {one.kind: one.waivable for one in found} == {"misfit": False, "account": False, "alt": True}
    assert all(one.level is Level.BLOCK for one in found)


def test_how_many_images_lack_their_alt_text() -> None:
    two = list_objections(Body(("a",), "x", images=(Image("s"), Image("t"), Image("u", "alt"))), FINE)
    assert [one.sentence for one in two] == ["2 images have no alt text"]


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("now ~20~ 15 euros", "~20~"),
        ("(~not today~)", "~not today~"),
        ("~20 to ~30 loaves, ~ 5 ~, a~b~c, ~~x~~, 20~30", None),
        ("~20\n15~", None),
        ("", None),
    ],
)
def test_marks_that_strike_nothing_out_are_said(text: str, struck: str | None) -> None:
    """ "~20~ 15 euros" goes out just so, and whoever wrote it saw the 20 struck out."""
    found = list_objections(Body(("a", "b"), text or "x", variants={"b": text or "x"}), FINE)
    assert [one.sentence for one in found] == (
        [f"“{struck}” will be published exactly like that: networks do not show strikethrough"]
        if struck
        else []
    )
    assert all(one.level is Level.NOTE for one in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("every *Friday*!", "“*Friday*” will be published exactly like that: networks do not show bold"),
        ("(*olive bread*)", "“*olive bread*” will be published exactly like that: networks do not show bold"),
        (
            "it is _really_ warm",
            "“_really_” will be published exactly like that: networks do not show italics",
        ),
        ("5 * 3 * 2, a*b*c, **x**, snake_case_name, * one\n* two", None),
        ("https://bakery.example/_rye_/*now* for you", None),
    ],
)
def test_marks_that_only_slack_reads_are_said(text: str, said: str | None) -> None:
    """Seen: "every *Friday*" reached a customer with its asterisks, and only ~this~ was said before."""
    found = [one.sentence for one in list_objections(Body(("a",), text), FINE)]
    assert found == ([said] if said else [])


@pytest.mark.parametrize("text", ["\u200b", "\ufeff\u2060", "\u2800", "\u3164", "\ufe0f", " \u00a0\u3000"])
def test_what_nobody_sees_is_neither_text_nor_alt_text(text: str) -> None:
    """A text of U+200B was approved and published."""
    (empty,) = list_objections(Body(("bakery",), text), Measured())
    assert (empty.kind, empty.waivable) == (ObjectionType.EMPTY, False)
    (alt,) = list_objections(Body(("bakery",), "Hello", images=(Image("sha", text),)), Measured())
    assert alt.kind is ObjectionType.ALT_TEXT


@pytest.mark.parametrize("words", ["#NAME?", "Caf\ufffd"])
def test_damaged_words_cannot_be_approved(words: str) -> None:
    for body in (
        Body(("bakery",), words),
        Body(("bakery",), "Hello", images=(Image("sha", words),)),
        Body(("bakery",), "Hello", variants={"bakery": words}),
    ):
        (found,) = list_objections(body, Measured())
        assert (found.kind, found.level, found.waivable) == (ObjectionType.DAMAGED, Level.BLOCK, False)


def test_damage_is_said_with_its_place_and_mend() -> None:
    assert find_damage("Come to our Caf\ufffd today") == (
        'A letter was lost ("Come to our Caf\ufffd").',
        "Type it again; a file has to be saved as UTF-8.",
    )


@pytest.mark.parametrize(
    "words", ["CafÃ© am Hafen", "donâ€™t", "ðŸŽ‰", "MÃ¼sli", "StraÃŸe", "ï»¿Hello", "5 Â°C"]
)
def test_misread_letters_are_damage(words: str) -> None:
    """UTF-8 that a spreadsheet had opened as Latin letters was imported, and could go out."""
    said, mend = find_damage(words) or ("", "")
    assert said.startswith("A letter was misread (")
    assert mend == "Type it again; a file has to be opened and saved as UTF-8."


@pytest.mark.parametrize("words", ["CAFÉ…", "«IRMû", "“MAÇÔ", "Spaß“", "5 °C", "â la carte", "Ångström", "Â"])
def test_what_looks_misread_is_not(words: str) -> None:
    assert find_damage(words) is None


def test_signs_that_belong_to_a_letter_stay() -> None:
    """A heart's selector, a family's joiners, a flag's tags."""
    for text in ("❤\ufe0f", "👩\u200d👧", "🏴\U000e0067\U000e007f"):
        assert strip_unseen(f"\u200b {text}\ufeff\n") == text


def test_what_cannot_be_shown_whole_cannot_be_approved() -> None:
    """On a server that takes 5,000: nobody approves what they could not read."""
    body = Body(("bakery", "cafe"), "x" * 3000, variants={"cafe": "y" * 3001})
    (found,) = list_objections(body, Measured())
    assert (found.level, found.waivable) == (Level.BLOCK, False)
    assert found.sentence == "Slack cannot show it whole, so it cannot be approved: 3,001 of 3,000 characters"
    assert list_objections(replace(body, variants={}), Measured()) == ()


def test_what_is_said_of_the_moment_is_another_thing_at_another_slot() -> None:
    first, later = datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)
    night = Objection(ObjectionType.HOURS, Level.WARN, "Nobody is there")
    alike = Objection(ObjectionType.SIMILAR, Level.WARN, "Nearly the same")
    note = Objection(ObjectionType.HOLIDAY, Level.NOTE, "Its day is a public holiday")
    before, after = (mark_to_see((night, alike, note), slot) for slot in (first, later))
    assert after - before == mark_to_see((night,), later)
    assert digest_marks(before) != digest_marks(after)
