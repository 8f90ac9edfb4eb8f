"""Answers to customers: what a Send is a Send of, and what came in between while somebody wrote it.

A colleague's answer that is still on its way stops another Send, even if it was sent before the other person began to
write: nobody can see yet whether it will arrive, and two answers are worse than one more question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.conversations import Happened, Meanwhile, Via

DELETED = "the customer deleted what it answers"  # why an answer was not sent
EDITED = "the customer changed what it answers"  # since Send was pressed: whoever did is asked again


def compute_digest(
    *, text: str, image: str | None, alt: str | None, message_id: str, account: str, private: bool
) -> str:
    """The fingerprint of an answer (64 hex): words, the image by its bytes' SHA-256, its text, whom it answers, from
    which account, in public or not. Send carries it, and the attempt is made from nothing else (promise P6)."""
    what = [text, image or "", alt or "", message_id, account, private]
    canonical = json.dumps(what, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """A message of a conversation as it is now. `seq`: the conversation's, at the message's last change."""

    seq: int
    via: Via
    by: str | None  # of our own
    at: datetime
    text: str
    edited: bool = False
    deleted: bool = False
    pressed: int | None = None  # of our own: the conversation's seq when Send was pressed


@dataclass(frozen=True)
class Underway:
    """An answer somebody has sent and the network has not confirmed. `seq`: the conversation's, at its Send."""

    seq: int
    by: str
    at: datetime
    text: str


def list_meanwhile(
    changes: Iterable[Change], under_way: Iterable[Underway], *, seen: int, by: str, in_spite: bool = False
) -> tuple[Meanwhile, ...]:
    """What happened since `seen` that whoever answers has to know first, the oldest first; nothing: it may go out.

    `by`: who presses Send. `in_spite`: they were shown everything up to `seen`, answers on their way included.
    An answer counts from its arrival; one's own, and one that was shown on its way, from its Send.
    """
    since = [
        (one.seq, _told(one)) for one in changes if _known_from(one, by, in_spite) > seen and _counts(one)
    ]
    since += [
        (one.seq, Meanwhile(Happened.ANSWERED, one.by, one.at, one.text))
        for one in under_way
        if one.seq > seen or (one.by != by and not in_spite)
    ]
    return tuple(what for _, what in sorted(since, key=lambda each: each[0]))


def _known_from(change: Change, by: str, in_spite: bool) -> int:
    known_at_send = in_spite or change.by == by
    return change.pressed if known_at_send and change.pressed is not None else change.seq


def _counts(change: Change) -> bool:
    """An answer of ours that was deleted again does not count."""
    return change.via is Via.CUSTOMER or not change.deleted


def _told(change: Change) -> Meanwhile:
    if change.via is not Via.CUSTOMER:
        return Meanwhile(Happened.ANSWERED, change.by, change.at, change.text)
    if change.deleted:
        return Meanwhile(Happened.DELETED, None, change.at, "")
    what = Happened.EDITED if change.edited else Happened.WROTE
    return Meanwhile(what, None, change.at, change.text)
