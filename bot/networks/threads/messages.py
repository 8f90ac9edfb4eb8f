"""A reply on Threads, or a post that mentions us, as a message of a conversation. Pure.

Threads knows people by their username alone, and does not tell that of a private profile which we do not follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.networks import sanitize
from bot.networks.marks import BEGINNING
from bot.networks.meta import messages
from bot.networks.meta.control import Profile
from bot.networks.meta.messages import digest, name_us, read_moment
from bot.networks.receiving import Attachment, Author, Inbound
from bot.networks.threads.control import make_profile_url

# Of each list what Threads documents for it: one field too many would fail the whole call.
_POST = "id,text,username,permalink,timestamp,media_type,media_url,root_post,replied_to"
ANSWER = f"{_POST},is_reply_owned_by_me"
REPLY = f"{ANSWER},hide_status"
MENTION = f"{_POST},alt_text"
NOBODY = "Somebody (Threads does not say who)"
_HIDDEN = frozenset(
    {"HIDDEN", "BLOCKED", "RESTRICTED"}
)  # by one of us; what Threads covers by itself comes in


def is_own(raw: Mapping[str, Any], us: Profile) -> bool:
    return raw.get("is_reply_owned_by_me") is True or _read_username(raw).casefold() == us.username.casefold()


def is_hidden(raw: Mapping[str, Any]) -> bool:
    return sanitize.words(raw.get("hide_status"), 40) in _HIDDEN


def read_root(raw: Mapping[str, Any]) -> str | None:
    """The post that a reply stands below."""
    return _read_id(raw.get("root_post"))


def read_reply(raw: Mapping[str, Any], us: Profile, root: str) -> Inbound:
    """Below the post `root`, which is ours."""
    remote_id, words = str(sanitize.identity(raw.get("id"))), sanitize.words(raw.get("text"))
    return Inbound(
        remote_id=remote_id,
        author=_read_author(raw, us, remote_id),
        own=is_own(raw, us),
        kind=Kind.COMMENT,
        text=words,
        at=read_moment(raw) or BEGINNING,
        url=sanitize.address(raw.get("permalink")),
        thread=root,
        parent_id=_read_id(raw.get("replied_to")) or root,
        root_is_ours=True,
        attachments=_read_attachments(raw),
        reference={"post": remote_id, "root": root, "version": digest(words)},
    )


def read_mention(raw: Mapping[str, Any], us: Profile) -> Inbound:
    """Somebody else's post, or a reply below one."""
    remote_id, words = str(sanitize.identity(raw.get("id"))), sanitize.words(raw.get("text"))
    return Inbound(
        remote_id=remote_id,
        author=_read_author(raw, us, remote_id),
        own=is_own(raw, us),
        kind=Kind.MENTION,
        text=words,
        at=read_moment(raw) or BEGINNING,
        url=sanitize.address(raw.get("permalink")),
        thread=read_root(raw) or remote_id,
        parent_id=_read_id(raw.get("replied_to")),
        attachments=_read_attachments(raw),
        reference={"post": remote_id, "version": digest(words)},
    )


def read_answer(raw: Mapping[str, Any], us: Profile) -> Inbound:
    """A reply of our own account, wherever it stands."""
    return read_reply({**raw, "is_reply_owned_by_me": True}, us, read_root(raw) or str(raw.get("id")))


def read_post(raw: Mapping[str, Any], us: Profile) -> Inbound:
    return messages.read_post(
        raw, name_us(us), "text", read_moment(raw), sanitize.address(raw.get("permalink"))
    )


def _read_author(raw: Mapping[str, Any], us: Profile, remote_id: str) -> Author:
    if is_own(raw, us):
        return name_us(us)
    username = _read_username(raw)
    return messages.name_person(remote_id, username, make_profile_url(username), NOBODY)


def _read_username(raw: Mapping[str, Any]) -> str:
    return sanitize.words(raw.get("username"), sanitize.MAX_NAME).strip()


def _read_attachments(raw: Mapping[str, Any]) -> tuple[Attachment, ...]:
    kind = AttachmentType.VIDEO if raw.get("media_type") == "VIDEO" else AttachmentType.IMAGE
    return sanitize.attachment(raw.get("media_url"), raw.get("alt_text"), kind)


def _read_id(value: object) -> str | None:
    """Of another post that one names."""
    return sanitize.identity(value.get("id")) if isinstance(value, dict) else None
