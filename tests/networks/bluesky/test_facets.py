"""What can be pressed in a post of ours on Bluesky. A hashtag was dead there, as it has to be said."""

from __future__ import annotations

from typing import Any

import pytest

from bot.networks.bluesky.facets import find_facets, find_tags, list_tags

KIND = "app.bsky.richtext.facet#"


def pressed(words: str, facets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(the part of the text, what it is) of each facet."""
    shown = []
    for facet in facets:
        index, (feature,) = facet["index"], facet["features"]
        part = words.encode()[index["byteStart"] : index["byteEnd"]].decode()
        what = feature.get("tag") or feature.get("uri") or feature.get("did")
        shown.append((part, f"{feature['$type'].removeprefix(KIND)} {what}"))
    return shown


def test_links_names_and_hashtags_in_their_order() -> None:
    words = "👩‍🍳 Grüße @anna.test: #Brot, „https://bakery.example/brot“ #rye!"
    assert pressed(words, find_facets(words, {"anna.test": "did:plc:anna"})) == [
        ("@anna.test", "mention did:plc:anna"),
        ("#Brot", "tag Brot"),
        ("https://bakery.example/brot", "link https://bakery.example/brot"),
        ("#rye", "tag rye"),
    ]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("#rye", ["rye"]),
        ("a #rye\n#oat\u00a0＃パン", ["rye", "oat", "パン"]),
        ("#rye!!! #rye, #rye… #rye“ (#rye)", ["rye", "rye", "rye", "rye"]),
        ("#1 #2026 #1st #c64 #100%", ["1st", "c64"]),
        ("# rye #! ## a#b #", []),
        ("#rye-bread #rye_bread #Ryebread'26", ["rye-bread", "rye_bread", "Ryebread'26"]),
        ("#🥖 #🥖brot #\ufe0f#", ["🥖", "🥖brot"]),
        (f"#{'a' * 64} #{'a' * 65}", ["a" * 64]),
        ("#" + "é" * 64 + " #" + "e\u0301" * 65, ["é" * 64]),
        ("https://bakery.example/ #rye/https://bakery.example/oat https://bakery.example/#oat", []),
        ("#(@anna.test", []),
        ("1️⃣ #️⃣", []),
    ],
)
def test_what_is_a_hashtag(words: str, tags: list[str]) -> None:
    assert [span.value for span in find_tags(words)] == tags
    assert all(words[span.start : span.end][1:] == span.value for span in find_tags(words))


def test_screens_name_each_once() -> None:
    assert list_tags("#rye and #oat and #rye") == ("#rye", "#oat")
