"""Records are what somebody's own program wrote: nothing in one is trusted, and none of it stops the others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.networks.bluesky import messages
from bot.networks.receiving import Inbound

HANDLE = "dockbakery.test"
DID = "did:plc:us"


def view(record: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    author = {"did": "did:plc:lena", "handle": "lena.test", "displayName": "Lena"}
    words = {"text": "Hello", "createdAt": "2026-11-20T09:00:00.000Z", **(record or {})}
    uri = "at://did:plc:lena/app.bsky.feed.post/3k"
    return {"uri": uri, "cid": "bafy", "author": author, "record": words, **more}


def read(record: dict[str, Any] | None = None, **more: Any) -> Inbound:
    return messages.read_post(view(record, **more), DID, HANDLE, {})


def test_a_picture_has_an_address_without_a_view() -> None:
    bare = read({"embed": {"images": [{"alt": "A crumb", "image": {"ref": {"$link": "bafkrei"}}}]}})
    (picture,) = bare.attachments
    assert picture.url == "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:lena/bafkrei@jpeg"
    assert picture.alt == "A crumb"


@pytest.mark.parametrize(
    ("embed", "kind", "url"),
    [
        (
            {"$type": "app.bsky.embed.video", "alt": "x"},
            "video",
            "https://bsky.app/profile/did:plc:lena/post/3k",
        ),
        ({"external": {"uri": "https://shop.example", "title": "A shop"}}, "link", "https://shop.example"),
        (
            {"media": {"images": [{"fullsize": "https://a.example/1", "alt": 5}]}},
            "image",
            "https://a.example/1",
        ),
    ],
)
def test_what_else_is_attached(embed: dict[str, Any], kind: str, url: str) -> None:
    (found,) = read(embed=embed).attachments
    assert (found.kind, found.url) == (kind, url)


@pytest.mark.parametrize(
    "record",
    [
        {"text": 5, "createdAt": 7, "langs": "en", "reply": "x", "embed": []},
        {"reply": {"root": {"uri": "https://evil.example", "cid": "x"}, "parent": {"uri": "at://x"}}},
        {"reply": {"root": {"uri": "at://" + "x" * 300, "cid": "x"}}, "embed": {"images": [1, {"image": 2}]}},
        {
            "createdAt": "0001-01-01T00:00:00",
            "langs": [None, "x" * 50, "de"],
            "embed": {"external": {"uri": "x"}},
        },
    ],
)
def test_nothing_in_a_record_is_trusted(record: dict[str, Any]) -> None:
    message = read(record)
    json.dumps(message.reference)
    assert message.thread == message.remote_id
    assert message.reference["root"] == message.reference["parent"]
    assert message.at.tzinfo is not None
    assert all(len(found.url) <= 2000 for found in message.attachments)


def test_nobody_writes_in_the_future_or_without_a_name() -> None:
    message = read({"createdAt": "2036-01-01T00:00:00Z"}, indexedAt="2026-11-20T09:00:01.000Z")
    assert message.at == datetime(2026, 11, 20, 9, 0, 1, tzinfo=UTC)
    nameless = read(author={"did": "did:plc:lena", "handle": "handle.invalid", "displayName": " "})
    assert nameless.author.name == "handle.invalid"


def test_a_link_to_a_post_outlives_its_writers_handle() -> None:
    for handle in ("lena.example", "handle.invalid"):
        message = read(author={"did": "did:plc:lena", "handle": handle})
        assert message.url == "https://bsky.app/profile/did:plc:lena/post/3k"


@pytest.mark.parametrize(
    "odd", [{"uri": "https://x"}, {"cid": None}, {"author": {}}, {"uri": "at://" + "x" * 300}]
)
def test_what_has_no_address_or_author_is_no_post(odd: dict[str, Any]) -> None:
    assert not messages.is_whole(view(None, **odd))


# --- links and quotes ------------------------------------------------------------------------------------


def facet(start: Any, end: Any, **feature: Any) -> dict[str, Any]:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": ORDER, **feature}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [link]}


ORDER = "https://bakery.example/orders/12345/more"
SHORT = "bakery.example/orders/12345/mo..."


def written(words: str, *facets: Any) -> str:
    return read({"text": words, "facets": list(facets)}).text


def test_a_shortened_link_is_whole() -> None:
    """It read …/orders/12345/mo..., and nobody knew which order."""
    before = "Où est 👩‍🍳 "
    start = len(before.encode())
    shown = written(f"{before}{SHORT}?", facet(start, start + len(SHORT)))
    assert shown == f"{before}{ORDER}?"


def test_other_words_over_a_link_keep_them() -> None:
    assert written("see this one", facet(4, 8), facet(9, 12)) == f"see this ({ORDER}) one ({ORDER})"
    assert written(ORDER, facet(0, len(ORDER))) == ORDER


def test_a_link_in_a_private_message_is_whole_too() -> None:
    message = {"id": "1", "text": SHORT, "facets": [facet(0, len(SHORT))], "sentAt": "2026-11-20T09:00:00Z"}
    assert messages.read_private(message, "c", DID, HANDLE, {}, {}).text == ORDER


@pytest.mark.parametrize(
    "odd",
    [
        facet(2, 1), facet(-1, 2), facet(0, 99), facet("0", 2), facet(1, 2), facet(0, 2, uri="javascript:alert(1)"),
        facet(0, 2, uri=5), facet(0, 2, **{"$type": 5}),
        {"index": [], "features": {}}, {"features": [facet(0, 2)]}, 5, None,
    ],
)  # fmt: skip
def test_a_facet_that_is_none_changes_no_word(odd: Any) -> None:
    assert written("é \ud800", odd) == "é \ufffd"


def test_facets_one_over_the_other_are_told_once() -> None:
    assert written("see this", facet(0, 8), facet(4, 8)) == f"see this ({ORDER})"
    assert len(written("x" * 1000, *(facet(n, n + 1) for n in range(1000)))) < 20_000


THEIRS = "at://did:plc:us/app.bsky.feed.post/3j"
THERE = "https://bsky.app/profile/did:plc:us/post/3j"


@pytest.mark.parametrize(
    ("embed", "words"),
    [
        ({"$type": "app.bsky.embed.record", "record": {"uri": THEIRS, "cid": "x"}}, ""),
        ({"record": {"uri": THEIRS, "value": {"text": "Fresh rye"}}}, "Fresh rye"),
        ({"record": {"record": {"uri": THEIRS, "value": {"text": "Fresh rye"}}}, "media": {}}, "Fresh rye"),
        ({"record": {"record": {"uri": THEIRS, "cid": "x"}}, "media": {"images": []}}, ""),
        ({"record": {"uri": THEIRS, "notFound": True}}, ""),
    ],
)
def test_a_quoted_post_is_linked(embed: dict[str, Any], words: str) -> None:
    (quoted,) = read(embed=embed).attachments
    assert (quoted.kind, quoted.url, quoted.alt) == ("quote", THERE, words)


def test_a_quoted_post_stands_beside_pictures() -> None:
    embed = {
        "record": {"record": {"uri": THEIRS}},
        "media": {"images": [{"fullsize": "https://a.example/1"}]},
    }
    assert [one.kind for one in read(embed=embed).attachments] == ["image", "quote"]


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("app.bsky.feed.generator/x", "https://bsky.app/profile/did:plc:us/feed/x"),
        ("app.bsky.graph.list/x", "https://bsky.app/profile/did:plc:us/lists/x"),
        ("app.bsky.graph.starterpack/x", "https://bsky.app/starter-pack/did:plc:us/x"),
    ],
)
def test_a_shared_feed_or_list_is_a_page_to_open(uri: str, url: str) -> None:
    """It was left out, and "what do you think of this?" stood alone."""
    (page,) = read(embed={"record": {"uri": f"at://did:plc:us/{uri}", "name": "Bakers"}}).attachments
    assert (page.kind, page.url, page.alt) == ("link", url, "Bakers")


@pytest.mark.parametrize("uri", ["at://did:plc:us/app.bsky.labeler.service/self", "at://did:plc:us", "at://"])
def test_what_is_no_post_is_no_quote(uri: str) -> None:
    assert read(embed={"record": {"uri": uri}}).attachments == ()
