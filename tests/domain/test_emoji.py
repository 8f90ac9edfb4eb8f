"""Slack's names of emoji, as Slack means them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import emoji
from bot.domain.emoji.__main__ import make_list


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("egg", "🥚"),  # reached a customer as 🍳
        ("fried_egg", "🍳"),
        ("first_place_medal", "🥇"),  # reached a customer as letters
        ("tada", "🎉"),
        ("+1", "👍"),
        ("thumbsup", "👍"),
        ("heart", "❤️"),
        ("flag-de", "🇩🇪"),
        ("de", "🇩🇪"),
        ("flag-england", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("man-shrugging", "🤷‍♂️"),
        ("female-cook", "👩‍🍳"),
        ("simple_smile", "🙂"),
        ("umbrella_with_rain_drops", "☔"),
        ("knife_fork_plate", "🍽️"),
        ("100", "💯"),
        ("dock-loaf", None),
        ("", None),
    ],
)
def test_names(name: str, shown: str | None) -> None:
    assert emoji.find_by_name(name) == shown


def test_skin_tones() -> None:
    assert emoji.find_by_name("wave", 3) == "👋🏼"
    assert emoji.find_by_name("wave::skin-tone-6") == "👋🏿"
    assert emoji.find_by_name("female-cook", 2) == "👩🏻‍🍳"
    assert emoji.find_by_name("point_up", 4) == "☝🏽", "without the selector of the yellow one"
    assert emoji.find_by_name("egg", 3) == "🥚"
    assert emoji.find_by_name("wave", 9) == "👋"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Now :tada:!", "Now 🎉!"),
        (":tada:Now", "🎉Now"),
        (":Tada:", "🎉"),
        (":wave::skin-tone-3: :wave::skin-tone-3::tada:", "👋🏼 👋🏼🎉"),
        (":egg::egg:", "🥚🥚"),
        (":egg::skin-tone-3:", "🥚"),
        ("今日は:tada:です", "今日は🎉です"),
        ("(:bread:)", "(🍞)"),
        ("10:30:45 and :30:45, 3:100:5", "10:30:45 and :30:45, 3:100:5"),
        ("a :a:b", "a :a:b"),
        ("std::egg::x ::egg: :egg::", "std::egg::x ::egg: :egg::"),
        ("https://a.example/:egg:/x :egg:", "https://a.example/:egg:/x 🥚"),
        (":dock-loaf: :egg:", ":dock-loaf: 🥚"),
        (":-) :: : :D", ":-) :: : :D"),
    ],
)
def test_names_in_a_text(typed: str, shown: str) -> None:
    assert emoji.replace_names(typed) == shown


@pytest.mark.parametrize(
    ("typed", "unknown"),
    [
        ("danke :ありがとう: !", (":ありがとう:",)),
        ("お客様:ありがとう:です, 午前:午後, https://a.example/:ü:", ()),
        ("so :dock-loaf: it is :tada:", (":dock-loaf:",)),
        (":tada::dock-loaf::ducks:", (":dock-loaf:", ":ducks:")),
        (":dock-loaf: :dock-loaf:", (":dock-loaf:",)),
        ("10:30:45, :30:, :D:, Note:this:that", ()),
        ("https://a.example/:dock:/x did:plc:abc", ()),
        ("std::vector::x", ()),
    ],
)
def test_names_that_mean_nothing_outside(typed: str, unknown: tuple[str, ...]) -> None:
    assert emoji.find_unknown_names(typed) == unknown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("1f95a", "🥚"),
        ("1f44d-1f3fd", "👍🏽"),
        ("2764-fe0f", "❤️"),
        ("1f1e9-1f1ea", "🇩🇪"),
        ("0031-fe0f-20e3", "1️⃣"),
        ("1f468-200d-1f469-200d-1f467", "👨‍👩‍👧"),
        ("1f3f4-e0067-e0062-e0065-e006e-e0067-e007f", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("55-30-53", None),
        ("d800", None),
        ("110000", None),
        ("200d", None),
        ("zz", None),
        ("", None),
    ],
)
def test_codes(code: str, shown: str | None) -> None:
    assert emoji.find_by_code(code) == shown


def test_every_name_of_the_list_is_read_back() -> None:
    known = emoji._load()
    assert len(known.names) > 1900
    for name, shown in known.names.items():
        assert emoji.replace_names(f"a :{name}: b") == f"a {shown} b", name
        code = "-".join(f"{ord(sign):x}" for sign in shown)
        assert emoji.find_by_code(code) == shown or re.fullmatch(r"skin-tone-\d", name), name
    assert all(len(set(tones)) == 5 for tones in known.tones.values())
    assert "Permission is hereby granted" in files("bot.domain.emoji").joinpath("names.json").read_text()


def test_the_list_is_made_from_the_data_of_slacks_own() -> None:
    wave = {
        "unified": "1F44B",
        "short_names": ["wave", "hi"],
        "skin_variations": {
            tone: {"unified": f"1F44B-{tone}"} for tone in ("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF")
        },
    }
    pair = {
        "unified": "1F46B",
        "short_names": ["couple"],
        "skin_variations": {"1F3FB-1F3FC": {"unified": "1F46B"}},
    }
    made = make_list([wave, pair], "16.0.0")
    assert made["names"] == {"couple": "👫", "hi": "👋", "wave": "👋"}
    assert made["tones"] == {"👋": ["👋🏻", "👋🏼", "👋🏽", "👋🏾", "👋🏿"]}
    assert made["about"].startswith("From emoji-datasource 16.0.0")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:+1xo-_ ", max_size=40))
def test_converting_twice_changes_nothing(words: str) -> None:
    once = emoji.replace_names(words)
    assert emoji.replace_names(once) == once
