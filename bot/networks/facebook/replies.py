"""An answer on Facebook: a comment below the customer's, or a private message. Pure but for what is read back.

A comment is answered by its own list of comments and by nothing else: what is sent to the comment itself replaces the
customer's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.outcomes import Outcome, Sent, Unknown
from bot.domain.preflight.words import is_visible
from bot.networks import pictures, sanitize, text
from bot.networks.http import Answer, Result
from bot.networks.lengths import say_too_long
from bot.networks.meta.graph import read_id
from bot.networks.meta.payloads import Payload
from bot.networks.protocol import Capabilities, Content, Measure, Misfit, Part

COMMENTS, MESSAGES = "comments", "messages"
MAX_COMMENT = 8000  # UTF-16 units
MAX_PRIVATE = 2000
READ_BACK = "id,parent{id},message,permalink_url"


def is_private(reference: Mapping[str, Any]) -> bool:
    return "comment" not in reference


def measure_public(content: Content, shown: str, allowed: Capabilities, title: str) -> Measure:
    length = text.count_utf16(shown)
    misfits = pictures.find_misfits(content, replace(allowed, max_pictures=1), title)
    if length > MAX_COMMENT:
        misfits = (Misfit(say_too_long(f"a comment on {title}", length, MAX_COMMENT)), *misfits)
    return Measure(length, MAX_COMMENT, "characters", misfits)


def measure_private(content: Content, shown: str, title: str) -> Measure:
    length = text.count_utf16(shown)
    misfits: tuple[Misfit, ...] = ()
    if content.pictures:
        misfits = (Misfit(f"Byhand sends no images in private messages on {title}.", Part.IMAGE),)
    elif not is_visible(shown):
        misfits = (Misfit("There is no text."),)
    elif length > MAX_PRIVATE:
        misfits = (Misfit(say_too_long(f"a private message on {title}", length, MAX_PRIVATE)),)
    return Measure(length, MAX_PRIVATE, "characters", misfits)


def render(reference: Mapping[str, Any], shown: str, prepared: Mapping[str, Any]) -> bytes:
    if is_private(reference):
        recipient = {"id": str(reference.get("recipient") or "")}
        body = {"recipient": recipient, "messaging_type": "RESPONSE", "message": {"text": shown}}
        return Payload(str(prepared["page"]), MESSAGES, body).pack()
    said: dict[str, Any] = {"message": shown} if shown else {}
    if prepared.get("photos"):
        said["attachment_id"] = prepared["photos"][0]["id"]
    return Payload(str(reference["comment"]), COMMENTS, said).pack()


def read_sent_message(result: Result) -> str | None:
    """The id of a private message that was taken."""
    found = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    return None if "error" in found else sanitize.identity(found.get("message_id"))


def judge_read_back(sent: Payload, remote_id: str, result: Result) -> Outcome:
    """What Facebook shows of a comment it has just named. What it leaves out is not judged."""
    link = f"https://www.facebook.com/{remote_id}"
    if remote_id == sent.owner:
        return Unknown(
            "Facebook named the customer's own comment as our answer. Look at it: their words may be replaced."
        )
    if read_id(result) != remote_id or not isinstance(result, Answer):
        return Sent(remote_id, link)
    shown = result.fields()
    changed = []
    if isinstance(shown.get("message"), str) and not text.has_same_words(
        str(sent.body.get("message") or ""), shown["message"]
    ):
        changed.append("its words are different")
    if "parent" in shown and not isinstance(shown["parent"], dict):
        changed.append("it is below no comment")
    return Sent(remote_id, sanitize.address(shown.get("permalink_url")) or link, "; ".join(changed) or None)
