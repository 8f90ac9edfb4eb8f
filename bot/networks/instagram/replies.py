"""An answer on Instagram: below a comment, or below a photo in which we are tagged. Pure but for what is read back.

Nothing is asked for in the same call that answers: with `fields` Instagram says "wrong" when the answer is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.outcomes import Outcome, Sent, Unknown
from bot.domain.preflight.words import is_visible
from bot.networks import pictures, text
from bot.networks.http import Answer, Result
from bot.networks.instagram import lookup
from bot.networks.lengths import say_too_long
from bot.networks.meta.graph import read_id
from bot.networks.meta.payloads import Payload
from bot.networks.protocol import Capabilities, Content, Measure, Misfit

REPLIES, MENTIONS = "replies", "mentions"
MAX_COMMENT = 2200  # UTF-16 units
READ_BACK = "id,text,parent_id"


def is_tagged(reference: Mapping[str, Any]) -> bool:
    """Is it a photo of somebody else's that is answered?"""
    return "comment" not in reference


def measure(content: Content, shown: str, allowed: Capabilities, title: str) -> Measure:
    length = text.count_utf16(shown)
    none = replace(allowed, min_pictures=0, max_pictures=0, needs_public_images=False)
    misfits = pictures.find_misfits(content, none, title)
    if not misfits and not is_visible(shown):
        misfits = (Misfit("There is no text."),)
    if length > MAX_COMMENT:
        misfits = (Misfit(say_too_long(f"a comment on {title}", length, MAX_COMMENT)), *misfits)
    return Measure(length, MAX_COMMENT, "characters", misfits)


def render(reference: Mapping[str, Any], shown: str) -> bytes:
    if is_tagged(reference):
        body = {"media_id": str(reference["media"]), "message": shown}
        return Payload(str(reference["account"]), MENTIONS, body).pack()
    return Payload(str(reference["comment"]), REPLIES, {"message": shown}).pack()


def judge_read_back(sent: Payload, remote_id: str, result: Result) -> Outcome:
    """What Instagram shows of an answer it has just named. What it leaves out is not judged."""
    if remote_id == sent.owner:
        return Unknown("Instagram named the customer's own comment as our answer. Look at it.")
    if read_id(result) != remote_id or not isinstance(result, Answer):
        return Sent(remote_id)
    told = result.fields().get("text")
    same = not isinstance(told, str) or lookup.has_same_words(str(sent.body.get("message") or ""), told)
    return Sent(remote_id, None, None if same else "its words are different")
