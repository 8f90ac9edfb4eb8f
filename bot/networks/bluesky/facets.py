"""What in a text of ours can be pressed on Bluesky: links, mentions and hashtags. Pure.

Each exists only as a facet, whose offsets count UTF-8 bytes; an address or a #word in the text alone is dead. What is a
hashtag is Bluesky's own rule, that of its apps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from bot.networks import text
from bot.networks.links import Span, find_links

FACET = "app.bsky.richtext.facet"
MAX_TAG, MAX_TAG_BYTES = 64, 640  # graphemes and bytes, without its #
_TAG = regex.compile(r"(?<!\S)[#＃](?!\ufe0f)([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
_CLOSING = regex.compile(r"\p{P}+$")
_NAMES = regex.compile(r"[^0-9\p{P}]")  # a number alone is none


def find_facets(words: str, mentions: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """`mentions`: {handle in lower case: DID, None if nobody has it}."""
    found = [(span, {"$type": f"{FACET}#link", "uri": span.value}) for span in find_links(words)]
    named = [(span, mentions.get(span.value.lower())) for span in text.find_handle_mentions(words)]
    found += [(span, {"$type": f"{FACET}#mention", "did": did}) for span, did in named if did]
    found += [(span, {"$type": f"{FACET}#tag", "tag": span.value}) for span in find_tags(words)]
    return [_facet(words, span, feature) for span, feature in sorted(found, key=lambda one: one[0].start)]


def find_tags(words: str) -> list[Span]:
    """Hashtags, without what is part of an address or a name."""
    taken, found = [*find_links(words), *text.find_handle_mentions(words)], []
    for match in _TAG.finditer(words):
        tag = _CLOSING.sub("", match.group(1))
        end = match.start(1) + len(tag)
        fits = text.count_graphemes(tag) <= MAX_TAG and text.count_utf8_bytes(tag) <= MAX_TAG_BYTES
        free = not any(link.start < end and match.start() < link.end for link in taken)
        if fits and free and _NAMES.search(tag):
            found.append(Span(match.start(), end, tag))
    return found


def list_tags(words: str) -> tuple[str, ...]:
    """ "#rye", each once; for screens."""
    return tuple(dict.fromkeys(f"#{span.value}" for span in find_tags(words)))


def _facet(words: str, span: Span, feature: Mapping[str, str]) -> dict[str, Any]:
    start, end = text.to_byte_span(words, span)
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [dict(feature)]}
