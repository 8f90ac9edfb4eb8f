"""An answer on Mastodon: the words as they go out, who may see them, and the request's body. Pure.

Visibility is the narrowest of the customer's message, the account's setting and what was asked for: a direct message
is never answered to more people than wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import regex

from bot.networks import text
from bot.networks.protocol import Content

_NARROW_FIRST = ("direct", "private", "unlisted", "public")
_NAMED = regex.compile(r"(?<![\p{L}\p{N}_/=@.])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.\-@:]*[\p{L}\p{N}_])?)")


def make_words(reference: Mapping[str, Any], content: Content) -> str:
    """With the customer's name in front unless it is there already: whom it does not name, it does not reach."""
    written, acct = text.clean(content.text).strip(), reference.get("acct")
    if not isinstance(acct, str) or acct.casefold() in map(str.casefold, _NAMED.findall(written)):
        return written
    return f"@{acct} {written}".strip()


def choose_visibility(reference: Mapping[str, Any], *others: str | None) -> str:
    """A word we do not know is no reason to show more: it is answered directly."""
    asked = [reference.get("visibility") or "direct", *filter(None, others)]
    if not set(asked) <= set(_NARROW_FIRST):
        return "direct"
    return min(asked, key=_NARROW_FIRST.index)


def say_who_sees(reference: Mapping[str, Any], *others: str | None) -> tuple[str, ...]:
    """Where an answer that looks public is not: a sentence."""
    if not reference.get("visibility"):
        return ()
    seen = choose_visibility(reference, *others)
    if seen == "private":
        return ("Not everybody sees this reply: only they and your followers.",)
    if seen == "direct" and reference.get("visibility") != "direct":
        return ("Not everybody sees this reply: only they.",)
    return ()


def render_reply(
    reference: Mapping[str, Any],
    content: Content,
    prepared: Mapping[str, Any],
    default: str | None,
    language: str | None,
) -> bytes:
    body: dict[str, Any] = {
        "status": make_words(reference, content),
        "visibility": choose_visibility(reference, content.visibility or default),
        "in_reply_to_id": reference["status"],
    }
    return _json(body, content, prepared, language)


def render_correction(
    reference: Mapping[str, Any],
    remote_id: str,
    content: Content,
    prepared: Mapping[str, Any],
    language: str | None,
) -> bytes:
    """`id` tells `target` where it goes; to the server, which has it in the path, it says nothing new. Pictures that
    are not named again are taken off."""
    return _json({"id": remote_id, "status": make_words(reference, content)}, content, prepared, language)


def read_correction(payload: bytes) -> tuple[str, str] | None:
    """(remote id, new words) of a stored correction; None if it is none."""
    try:
        body = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        return None
    return body["id"], str(body.get("status") or "")


def _json(body: dict[str, Any], content: Content, prepared: Mapping[str, Any], language: str | None) -> bytes:
    if chosen := content.language or language:
        body["language"] = chosen
    if prepared.get("media"):
        body["media_ids"] = [media["id"] for media in prepared["media"]]
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
