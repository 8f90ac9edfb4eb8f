"""Recognises a post of ours by its container's status, then by its words and its moment.

A container that was published says so, but not as which post. So what is out is looked for in the account's list;
where more than one may be it, and wherever the list does not show it, a person is asked. Nothing proves that a post is
absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look
from bot.networks import http_outcomes, sanitize, text
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.containers import Status
from bot.networks.meta.graph import read_list
from bot.networks.protocol import Attempt

SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
AT_ONCE = "50"
PAGES = 4
_LOOK = "Open the profile and look before it is sent again."
NOT_OUT = f"{{network}} says that it is not out yet, which may change. {_LOOK}"
NO_PROOF = f"It is not in {{network}}'s list of the account's posts, but that list may be late. {_LOOK}"
OUT_BUT_WHERE = "{network} says that it is out, and its list does not show it yet. Open the profile and look."
SEVERAL = "Several posts with its words are there. Open the profile and look whether one of them is it."
OTHER_WORDS = "its words are different"
OUT_BUT_WHICH = "{network} says that it is out, and several posts may be it. Open the profile and look which."


def find_post(
    pages: Iterable[Result],
    status: Status | None,
    attempt: Attempt,
    network: str,
    read_ours: Callable[[Mapping[str, Any]], Found | None],
    *,
    has_words: bool,
) -> Look:
    """Walks back through the account's posts until one is older than the attempt. `read_ours`: the post, if it is as
    what was sent; `has_words`: so that another one is not likely to be."""
    if status in {Status.FINISHED, Status.IN_PROGRESS}:
        return CannotTell(NOT_OUT.format(network=network))
    found: dict[str, Found] = {}
    for result in pages:
        posts = read_list(result)
        if posts is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        since = http_outcomes.find_begin(result, attempt) - attempt.fast - SKEW
        recent = [post for post in posts if is_since(post, since)]
        found |= {one.remote_id: one for post in recent if (one := read_ours(post))}
        if not recent:
            break
    if len(found) == 1 and (status is Status.PUBLISHED or has_words):
        return next(iter(found.values()))
    if status is Status.PUBLISHED:
        return CannotTell((OUT_BUT_WHICH if found else OUT_BUT_WHERE).format(network=network))
    return CannotTell(SEVERAL if len(found) > 1 else NO_PROOF.format(network=network))


def is_since(post: Mapping[str, Any], moment: datetime) -> bool:
    """One that does not say when it was made is not."""
    made = http_outcomes.parse_iso_moment(sanitize.words(post.get("timestamp"), 40))
    return made is not None and made >= moment


def has_same_words(written: str, shown: str, sign: str) -> bool:
    """`sign`: which the network may leave out of what it tells."""
    return text.has_same_words(written.replace(sign, ""), shown.replace(sign, ""))
