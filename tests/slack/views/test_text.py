"""Cutting, escaping, naming people, telling moments."""

from __future__ import annotations

from datetime import timedelta

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.views import text
from tests.slack.views.samples import NOW, PLACE, SLOT

FAMILY, FLAG, ACCENT, THUMB = "👩‍👩‍👧", "🇩🇪", "e\u0301", "👍🏽"  # each one character, of several code points
SCRAPS = st.lists(
    st.sampled_from([FAMILY, FLAG, ACCENT, THUMB, "a", " ", "\r\n", "&", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "✌️", "한"]), max_size=30
)


@given(SCRAPS, st.integers(1, 60))
def test_a_cut_never_splits_what_people_see_as_one_character(scraps: list[str], limit: int) -> None:
    whole = "".join(scraps)
    kept = text.cut(whole, limit)
    assert text.length(kept) <= limit
    if kept != whole:
        assert kept.endswith("…")
        clusters = regex.findall(r"\X", whole)
        starts = {"".join(clusters[:number]).rstrip() for number in range(len(clusters) + 1)}
        assert kept[:-1] in starts


@given(SCRAPS, st.integers(15, 60))
def test_pieces_are_the_text_again(scraps: list[str], limit: int) -> None:
    whole = "".join(scraps)
    pieces = text.pieces(whole, limit)
    assert "".join(pieces) == whole
    assert all(text.length(piece) <= limit for piece in pieces)


def test_a_mountain_of_accents_is_cut_all_the_same() -> None:
    assert text.length(text.cut("a" + "\u0301" * 5000, 100)) <= 100


@given(st.text(alphabet="&<>a😀", max_size=300), st.integers(10, 100))
def test_cut_and_escaped_fits_after_both(words: str, limit: int) -> None:
    safe = text.escaped(words, limit)
    assert text.length(safe) <= limit
    assert "<" not in safe
    assert regex.fullmatch(r"(?:[^&<>]|&amp;|&lt;|&gt;)*", safe)


def test_ampersands_are_escaped_first() -> None:
    assert text.escape("<!channel> &lt;") == "&lt;!channel&gt; &amp;lt;"


def test_spoken_words_mean_nothing_to_slack() -> None:
    assert text.spoken("*bold* _it_ ~no~ `x`\n<!here> <http://x|y>") == (
        "bold it no x &lt;!here&gt; &lt;http://x|y&gt;"
    )


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        ("U0TOM", "<@U0TOM>"),
        ("W0TOM", "<@W0TOM>"),
        ("S0GROUP", "<!subteam^S0GROUP>"),
        ("cli:maya@desk", "maya (on Byhand's server)"),
        ("cli:<!channel>@desk", "&lt;!channel&gt; (on Byhand's server)"),
        ("U0TOM> <!channel", "U0TOM&gt; &lt;!channel"),
        ("someone", "someone"),
    ],
)
def test_people(person: str, shown: str) -> None:
    assert text.mention(person) == shown


def test_many_people_are_counted() -> None:
    people = [f"U{number}" for number in range(13)]
    assert text.mentions(people).endswith("<@U9> and 3 more")
    assert text.mentions(["U1", "U1"]) == "<@U1>"
    assert text.mentions([]) == ""


def test_a_sentence_may_name_people_and_moments_and_nothing_else() -> None:
    ours = f"Killed by <@U0TOM> {text.when(SLOT, PLACE)} <!subteam^S0A>"
    assert text.sentence(ours) == ours
    assert text.sentence("Set author_may_approve = true, _now_ __really__.") == (
        "Set author_may_approve = true, now really."
    )
    assert text.sentence("<!channel> <http://evil|x> *b* <@U0TOM|nick> <#C1>") == (
        "&lt;!channel&gt; &lt;http://evil|x&gt; b &lt;@U0TOM|nick&gt; &lt;#C1&gt;"
    )


def test_moments_are_told_in_the_readers_zone_else_in_the_teams() -> None:
    assert text.when(SLOT, PLACE) == (
        "<!date^1795507200^{date_short_pretty} at {time}|Tue 24 Nov 2026 at 09:00 CET>"
    )
    assert text.until(SLOT, PLACE) == (
        "<!date^1795507200^{time} {date_short_pretty}|Tue 24 Nov 2026 at 09:00 CET>"
    ), "by 09:00 today, not by today at 09:00"
    assert text.in_words(SLOT, text.SECONDS, PLACE) == "09:00:00 CET"


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (timedelta(minutes=46), "in 46 min"),
        (timedelta(seconds=119), "in 1 min"),
        (timedelta(seconds=59), "in less than a minute"),
        (timedelta(seconds=1), "in less than a minute"),
        (timedelta(0), "now"),
        (timedelta(seconds=-59), "now"),
        (timedelta(seconds=-60), "1 min ago"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(minutes=60), "in 1 h"),
        (timedelta(minutes=65), "in 1 h 5 min"),
        (timedelta(hours=8, minutes=58, seconds=59), "in 8 h 58 min"),
        (timedelta(hours=24), "in 1 day"),
        (timedelta(hours=47, minutes=59), "in 1 day 23 h"),
        (timedelta(days=9, hours=3), "in 9 days"),
    ],
)
def test_countdowns(away: timedelta, told: str) -> None:
    assert text.countdown(NOW + away, NOW) == told


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "https://a b",
        "https://a|b",
        "https://a>b",
        "https://a\nb",
        "//a",
        "https://" + "a" * 3000,
    ],
)
def test_addresses_nobody_is_sent_to(url: str | None) -> None:
    assert text.safe_url(url) is None


def test_a_permalink_as_slack_writes_it() -> None:
    assert text.permalink(("C1", "1596530385.000100"), PLACE) == (
        "https://dockbakery.slack.com/archives/C1/p1596530385000100"
    )
