"""Recognises a post of ours in the list of a Threads account (`meta/lookup.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from bot.domain.outcomes import Found, Look
from bot.networks import sanitize
from bot.networks.http import Result
from bot.networks.meta import lookup
from bot.networks.meta.containers import Status
from bot.networks.protocol import Attempt
from bot.networks.threads.replies import TO, is_answer

FIELDS = "id,text,media_type,timestamp,permalink"
ANSWER_FIELDS = f"{FIELDS},replied_to"
SIGN = "#"  # a topic is shown without it
_KINDS = ("TEXT_POST", "IMAGE", "CAROUSEL_ALBUM")  # by how many images there are: none, one, more


def find_post(
    pages: Iterable[Result], status: Status | None, kept: Mapping[str, Any], attempt: Attempt
) -> Look:
    read = partial(_read_ours, kept=kept)
    return lookup.find_post(pages, status, attempt, "Threads", read, has_words=bool(kept.get("words")))


def has_same_words(written: str, shown: str) -> bool:
    return lookup.has_same_words(written, shown, SIGN)


def _read_ours(post: Mapping[str, Any], kept: Mapping[str, Any]) -> Found | None:
    """The post, if it has our words and is of our kind."""
    remote_id = sanitize.identity(post.get("id"))
    kind = _KINDS[min(len(kept.get("images") or []), 2)]
    same = has_same_words(str(kept.get("words") or ""), sanitize.words(post.get("text")))
    if remote_id is None or post.get("media_type", kind) != kind or not same or _answers_another(post, kept):
        return None
    return Found(remote_id, sanitize.address(post.get("permalink")))


def _answers_another(post: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """What it answers is not judged where it is not told."""
    target = post.get("replied_to")
    told = sanitize.identity(target.get("id")) if isinstance(target, dict) else None
    return is_answer(kept) and told is not None and told != kept[TO]
