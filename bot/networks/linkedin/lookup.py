"""Recognises a post of ours in the list of a Page's posts, by its images, or by its words and its moment.

Nothing proves that one is absent: whoever may post but not read is answered with an empty list, and nobody documents
when the list has what is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Result
from bot.networks.linkedin import errors, little
from bot.networks.linkedin.api import read_elements, read_moment, read_urn
from bot.networks.linkedin.control import make_post_url
from bot.networks.protocol import Attempt

AT_ONCE = "10"
SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
_LOOK = "Open the Page and look before it is sent again."
NO_PROOF = f"It is not in LinkedIn's list of the Page's posts, but that list may be late. {_LOOK}"
EMPTY = (
    "LinkedIn lists no posts of the Page, which is also what it tells people who may post there but not read. "
    f"{_LOOK}"
)
SEVERAL = "Several posts with its words are there. Open the Page and look whether one of them is it."


def find_post(result: Result, sent: Mapping[str, Any], attempt: Attempt) -> Look:
    posts = read_elements(result)
    if posts is None or not isinstance(result, Answer):
        return CannotTell(http_outcomes.describe(errors.judge(result)))
    if not posts:
        return CannotTell(EMPTY)
    images = list_images(sent)
    found: dict[str, Found] = {}
    since = http_outcomes.find_begin(result, attempt) - attempt.fast - SKEW
    for post in posts:
        urn = read_urn(post.get("id"))
        if urn is None:
            continue
        if images and list_images(post) == images:
            return Found(urn, make_post_url(urn))
        if not images and is_since(post, since) and has_same_words(sent, post):
            found[urn] = Found(urn, make_post_url(urn))
    if len(found) == 1:
        return next(iter(found.values()))
    return CannotTell(SEVERAL if found else NO_PROOF)


def has_same_words(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """To readers, and not by how LinkedIn writes them down."""
    ours, theirs = (little.read(str(post.get("commentary") or "")) for post in (sent, shown))
    return text.has_same_words(ours, theirs)


def list_images(post: Mapping[str, Any]) -> list[str]:
    """The images that a post names, one or many."""
    content = post.get("content")
    if not isinstance(content, dict):
        return []
    many = content.get("multiImage")
    listed = many.get("images") if isinstance(many, dict) else [content.get("media")]
    images = (
        [image.get("id") for image in listed if isinstance(image, dict)] if isinstance(listed, list) else []
    )
    return [str(one) for one in images if read_urn(one)]


def is_since(post: Mapping[str, Any], moment: datetime) -> bool:
    """One that does not say when it was made is not."""
    made = read_moment(post.get("publishedAt")) or read_moment(post.get("createdAt"))
    return made is not None and made >= moment
