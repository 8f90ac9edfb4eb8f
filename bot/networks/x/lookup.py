"""Recognises a post or an answer of ours among those of the account's own timeline.

That the timeline shows everything at once, nobody has proven, so what is not found stays unknown and a person is asked.
Where X calls a post a duplicate, it has one with these words: `attempt.first_at` says how long ago an earlier try of
the same delivery may have made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.protocol import Attempt
from bot.networks.x import errors, shown
from bot.networks.x.api import read_id, read_list
from bot.networks.x.control import Profile, make_link

AT_ONCE = "20"  # posts; each of them is billed
PAGES = 4
SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
DOUBT = timedelta(hours=24)  # older by this much, with the same words: a person looks
_LOOK = "Open the profile and look before it is sent again."
NO_PROOF = f"It is not in X's list of the account's posts, but that list may be late. {_LOOK}"
SEVERAL = "Several posts with its words are there. Open the profile and look whether one of them is it."


def find_post(pages: Iterable[Result], wanted: Mapping[str, Any], us: Profile, attempt: Attempt) -> Look:
    """Walks back through the account's posts until one is older than the attempt."""
    found: dict[str, Found] = {}
    doubt: CannotTell | None = None
    for result in pages:
        posts = read_list(result)
        if posts is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        since = _find_begin(result, attempt) - attempt.fast - SKEW
        for post in posts:
            remote_id = read_id(post)
            if remote_id is None or not _is_like(wanted, post):
                continue
            made, link = shown.read_moment(post), make_link(remote_id, us.username)
            if made is not None and made >= since:
                found[remote_id] = Found(remote_id, link)
            elif made is None or made >= since - DOUBT:
                doubt = doubt or CannotTell(
                    f"A post with the same words is there, but from another moment: {link}"
                )
        if posts and all(_is_before(post, since - DOUBT) for post in posts):
            break
    if len(found) == 1:
        return next(iter(found.values()))
    return CannotTell(SEVERAL) if found else doubt or CannotTell(NO_PROOF)


def _find_begin(result: Answer, attempt: Attempt) -> datetime:
    begun = http_outcomes.find_begin(result, attempt)
    return min(begun, attempt.first_at) if attempt.first_at else begun


def _is_like(wanted: Mapping[str, Any], post: Mapping[str, Any]) -> bool:
    """The same words, as many images, and an answer to the same post."""
    reply = wanted.get("reply")
    target = sanitize.identity(reply.get("in_reply_to_tweet_id")) if isinstance(reply, dict) else None
    if shown.read_target(post) != target or shown.is_repost(post):
        return False
    media = wanted.get("media")
    images = len(media.get("media_ids") or []) if isinstance(media, dict) else 0
    words = shown.read_words(post)
    words = shown.strip_names(words) if target else words
    return shown.count_images(post) in (images, None) and shown.has_same_words(
        str(wanted.get("text") or ""), words
    )


def _is_before(post: Mapping[str, Any], moment: datetime) -> bool:
    """One that does not say when it was made is not."""
    made = shown.read_moment(post)
    return made is not None and made < moment
