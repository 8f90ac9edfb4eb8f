"""A comment on Instagram, or a photo in which we are tagged, as a message of a conversation. Pure.

Instagram knows people by an id of our app's and a username; nobody has another name. Where it does not tell the id, the
username stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.networks import sanitize
from bot.networks.marks import BEGINNING
from bot.networks.meta import messages
from bot.networks.meta.control import Profile
from bot.networks.meta.messages import digest, name_us, read_moment
from bot.networks.receiving import Author, Inbound

COMMENT = "id,text,username,timestamp,hidden,parent_id"
WHO = "from{id,username}"  # asked for as long as it is told: one field too many fails the whole call
TAGGED = "id,caption,media_url,permalink,timestamp,username"
TAG = "tag:"  # before the id of somebody else's photo: it cannot be asked for by that
NOBODY = "Somebody (Instagram does not say who)"


def is_own(comment: Mapping[str, Any], us: Profile) -> bool:
    who = _read_who(comment)
    known = sanitize.identity(who.get("id"))
    return known == us.id if known else f"@{_read_username(comment)}".casefold() == us.name.casefold()


def is_hidden(comment: Mapping[str, Any]) -> bool:
    return comment.get("hidden") is True


def read_comment(comment: Mapping[str, Any], us: Profile, media_id: str, link: str | None = None) -> Inbound:
    """`link`: the post's, for comments have none of their own."""
    remote_id = str(sanitize.identity(comment.get("id")))
    words = sanitize.words(comment.get("text"))
    return Inbound(
        remote_id=remote_id,
        author=_read_author(comment, us, remote_id),
        own=is_own(comment, us),
        kind=Kind.COMMENT,
        text=words,
        at=read_moment(comment) or BEGINNING,
        url=link,
        thread=media_id,
        parent_id=sanitize.identity(comment.get("parent_id")) or media_id,
        root_is_ours=True,
        reference={"comment": remote_id, "version": digest(words)},
    )


def read_tagged(media: Mapping[str, Any], us: Profile) -> Inbound:
    """Somebody else's photo with us in it."""
    media_id = str(sanitize.identity(media.get("id")))
    words = sanitize.words(media.get("caption"))
    return Inbound(
        remote_id=f"{TAG}{media_id}",
        author=_read_author(media, us, media_id),
        own=False,
        kind=Kind.MENTION,
        text=words,
        at=read_moment(media) or BEGINNING,
        url=sanitize.address(media.get("permalink")),
        thread=f"{TAG}{media_id}",
        attachments=sanitize.attachment(media.get("media_url"), "", AttachmentType.IMAGE),
        reference={"media": media_id, "account": us.id, "version": digest(words)},
    )


def read_post(media: Mapping[str, Any], us: Profile) -> Inbound:
    url = sanitize.address(media.get("permalink"))
    return messages.read_post(media, name_us(us), "caption", read_moment(media), url)


def _read_author(raw: Mapping[str, Any], us: Profile, remote_id: str) -> Author:
    if is_own(raw, us):
        return name_us(us)
    username, known = _read_username(raw), sanitize.identity(_read_who(raw).get("id"))
    address = f"https://www.instagram.com/{quote(username, safe='')}/"
    return messages.name_person(remote_id, username, address, NOBODY, known)


def _read_username(raw: Mapping[str, Any]) -> str:
    said = raw.get("username") or _read_who(raw).get("username")
    return sanitize.words(said, sanitize.MAX_NAME).strip()


def _read_who(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    found = raw.get("from")
    return found if isinstance(found, dict) else {}
