from __future__ import annotations

import pytest

from bot.networks import links, text

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 0),
        ("abc", 3),
        (FAMILY, 1),
        ("e\u0301", 1),
        ("🇩🇪🇫🇷", 2),
        ("กำ", 1),
        ("क्षि", 1),
        ("\r\n", 1),
        ("👍🏽", 1),
    ],
)
def test_graphemes(words: str, count: int) -> None:
    assert text.count_graphemes(words) == count


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("hi @anna.bsky.social!", ["anna.bsky.social"]),
        ("(@a.b.test)", ["a.b.test"]),
        ("mail anna@dock.example", []),
        ("@anna alone", []),
        ("@anna@dock.example", []),
        ("https://x.example/@anna.test", []),
        ("@-a.test @a-.test @a.1", []),
    ],
)
def test_handle_mentions(words: str, found: list[str]) -> None:
    assert [span.value for span in text.find_handle_mentions(words)] == found


def test_facet_offsets_count_bytes() -> None:
    words = f"{FAMILY} ü https://dock.example"
    start, end = text.to_byte_span(words, links.find_links(words)[0])
    assert words.encode()[start:end] == b"https://dock.example"
    assert start == len(f"{FAMILY} ü ".encode())


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("x" * 10, 10),
        ("https://dock.example/" + "a" * 100, 23),
        ("https://d.example", 23),
        ("hi @anna@far.example", len("hi @anna")),
        ("hi @anna", 8),
        (f"{FAMILY}{FAMILY}", 2),
    ],
)
def test_mastodon_length(words: str, length: int) -> None:
    assert text.count_for_mastodon(words, 23) == length


def test_mastodon_length_asks_what_a_link_costs() -> None:
    assert text.count_for_mastodon("https://d.example", 256) == 256


def test_html_becomes_the_text_a_reader_sees() -> None:
    html = (
        "<p>a &lt; b &amp;&amp; c<br>next <a href='https://dock.example/long'><span class='invisible'>https://"
        "</span><span class='ellipsis'>dock.example/lo</span><span class='invisible'>ng</span></a></p>"
        "<p>end</p>"
    )
    assert text.read_html(html) == "a < b && c\nnext https://dock.example/long\n\nend"


@pytest.mark.parametrize(
    ("written", "shown", "same"),
    [
        ("one\n\ntwo", "one two", True),
        ("see https://www.dock.example/a/long/way", "see dock.example/a/lo…", True),
        ("see https://dock.example/a", "see dock.example/a", True),
        ("see https://dock.example/a", "see dock.example/b", False),
        ("hi @anna@far.example!", "hi @anna!", True),
        ("e\u0301", "é", True),
        ("one two", "one", False),
        ("We close at noon.", "We close at one.", False),
        ("", "", True),
    ],
)
def test_same_words(written: str, shown: str, same: bool) -> None:
    assert text.has_same_words(written, shown) is same


def test_likeness_forgives_signs_not_words() -> None:
    assert text.measure_likeness("**Fresh** rye _today_", "Fresh rye today") == 1.0
    assert text.measure_likeness("Fresh rye today", "We close at noon on Tuesday") < 0.6
    assert text.measure_likeness("👩‍🍳", "👩‍🍳") == 0.0, "no letters, no opinion"


def test_clean_leaves_only_what_can_be_sent() -> None:
    assert text.clean("a\r\nb\rc\0d") == "a\nb\ncd"
    assert text.clean("half \ud83d").encode().decode() == "half \ufffd"
    assert text.clean(FAMILY) == FAMILY
