"""Recognises a post of ours on Instagram: by its container's status, then by its words and its moment.

A container that was published says so, but not as which post. So what is out is looked for in the account's list;
where more than one may be it, and wherever the list does not show it, a person is asked. Nothing proves that a post is
absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look
from bot.networks import http_outcomes, sanitize, text
from bot.networks.http import Answer, Result
from bot.networks.instagram import messages
from bot.networks.instagram.control import Profile
from bot.networks.instagram.uploads import Status
from bot.networks.meta import errors
from bot.networks.meta.graph import read_list
from bot.networks.meta.payloads import Payload
from bot.networks.protocol import Attempt

FIELDS = "id,caption,media_type,timestamp,permalink"
SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
AT_ONCE = "50"
PAGES = 4
ALBUM = "CAROUSEL_ALBUM"
_LOOK = "Open the profile and look before it is sent again."
NOT_OUT = f"Instagram says that it is not out yet, which may change. {_LOOK}"
NO_PROOF = f"It is not in Instagram's list of the account's posts, but that list may be late. {_LOOK}"
OUT_BUT_WHERE = "Instagram says that it is out, and its list does not show it yet. Open the profile and look."
SEVERAL = "Several posts with its words are there. Open the profile and look whether one of them is it."
OUT_BUT_WHICH = "Instagram says that it is out, and several posts may be it. Open the profile and look which."


NO_PROOF_OF_ANSWER = (
    "It is not among the answers that Instagram shows there, which proves nothing. Open the post and look before it is "
    "sent again."
)
NO_LIST = "Instagram shows nobody what stands below somebody else's photo. Open it and look before it is sent again."


def find_post(
    pages: Iterable[Result], status: Status | None, kept: Mapping[str, Any], attempt: Attempt
) -> Look:
    """Walks back through the account's posts until one is older than the attempt."""
    if status in {Status.FINISHED, Status.IN_PROGRESS}:
        return CannotTell(NOT_OUT)
    found: dict[str, Found] = {}
    for result in pages:
        posts = read_list(result)
        if posts is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        since = http_outcomes.find_begin(result, attempt) - attempt.fast - SKEW
        recent = [post for post in posts if _is_since(post, since)]
        found |= {one.remote_id: one for post in recent if (one := _read_ours(post, kept))}
        if not recent:
            break
    if len(found) == 1 and (status is Status.PUBLISHED or kept.get("caption")):
        return next(iter(found.values()))
    if status is Status.PUBLISHED:
        return CannotTell(OUT_BUT_WHICH if found else OUT_BUT_WHERE)
    return CannotTell(SEVERAL if len(found) > 1 else NO_PROOF)


def find_answer(pages: Iterable[Result], sent: Payload, us: Profile, attempt: Attempt) -> Look:
    """Among the answers inside the comment: ours, with its words."""
    words = str(sent.body.get("message") or "")
    for result in pages:
        answers = read_list(result)
        if answers is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        since = http_outcomes.find_begin(result, attempt) - SKEW
        for one in answers:
            remote_id = sanitize.identity(one.get("id"))
            ours = messages.is_own(one, us) and has_same_words(words, sanitize.words(one.get("text")))
            if remote_id and ours and _is_since(one, since):
                return Found(remote_id)
    return CannotTell(NO_PROOF_OF_ANSWER)


def has_same_words(written: str, shown: str) -> bool:
    """Instagram leaves the @ out of what it tells of a caption, unless the app may manage the account."""
    return text.has_same_words(written.replace("@", ""), shown.replace("@", ""))


def _read_ours(post: Mapping[str, Any], kept: Mapping[str, Any]) -> Found | None:
    """The post, if it has our words and is of our kind."""
    remote_id = sanitize.identity(post.get("id"))
    album = len(kept.get("images") or []) > 1
    of_kind = "media_type" not in post or (post["media_type"] == ALBUM) is album
    same = has_same_words(str(kept.get("caption") or ""), sanitize.words(post.get("caption")))
    if remote_id is None or not of_kind or not same:
        return None
    return Found(remote_id, sanitize.address(post.get("permalink")))


def _is_since(post: Mapping[str, Any], moment: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(sanitize.words(post.get("timestamp"), 40))
    return made is not None and made >= moment
