"""Recognises a post of ours in the list of an Instagram account (`meta/lookup.py`), and an answer inside a comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.instagram import messages
from bot.networks.meta import errors, lookup
from bot.networks.meta.containers import Status
from bot.networks.meta.control import Profile
from bot.networks.meta.graph import read_list
from bot.networks.meta.lookup import SKEW, is_since
from bot.networks.meta.payloads import Payload
from bot.networks.protocol import Attempt

FIELDS = "id,caption,media_type,timestamp,permalink"
SIGN = "@"  # left out of what is told of a caption, unless the app may manage the account
ALBUM = "CAROUSEL_ALBUM"
NO_PROOF_OF_ANSWER = (
    "It is not among the answers that Instagram shows there, which proves nothing. Open the post and look before it is "
    "sent again."
)
NO_LIST = "Instagram shows nobody what stands below somebody else's photo. Open it and look before it is sent again."


def find_post(
    pages: Iterable[Result], status: Status | None, kept: Mapping[str, Any], attempt: Attempt
) -> Look:
    read = partial(_read_ours, kept=kept)
    return lookup.find_post(pages, status, attempt, "Instagram", read, has_words=bool(kept.get("words")))


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
            if remote_id and ours and is_since(one, since):
                return Found(remote_id)
    return CannotTell(NO_PROOF_OF_ANSWER)


def has_same_words(written: str, shown: str) -> bool:
    return lookup.has_same_words(written, shown, SIGN)


def _read_ours(post: Mapping[str, Any], kept: Mapping[str, Any]) -> Found | None:
    """The post, if it has our words and is of our kind."""
    remote_id = sanitize.identity(post.get("id"))
    album = len(kept.get("images") or []) > 1
    of_kind = "media_type" not in post or (post["media_type"] == ALBUM) is album
    same = has_same_words(str(kept.get("words") or ""), sanitize.words(post.get("caption")))
    if remote_id is None or not of_kind or not same:
        return None
    return Found(remote_id, sanitize.address(post.get("permalink")))
