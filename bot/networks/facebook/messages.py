"""A comment or a private message on Facebook as a message of a conversation. Pure.

Facebook knows people only as a Page does: an id of that Page's, a name, no handle. Where it does not say who wrote
something (`from` is missing) that is for their privacy: it is still a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.networks import sanitize
from bot.networks.marks import BEGINNING
from bot.networks.meta import messages
from bot.networks.meta.control import Profile
from bot.networks.meta.graph import read_part
from bot.networks.meta.messages import digest
from bot.networks.receiving import Attachment, Author, Inbound

COMMENT = "id,message,created_time,from{id,name},parent{id},attachment,permalink_url,is_hidden,can_comment"
MESSAGE = "id,message,created_time,from,to,attachments"
NOBODY = "Somebody (Facebook does not say who)"


def is_own(raw: Mapping[str, Any], us: Profile) -> bool:
    return sanitize.identity(_part(raw, "from").get("id")) == us.id


def is_hidden(comment: Mapping[str, Any]) -> bool:
    """By one of us, or by Facebook because we blocked who wrote it."""
    return comment.get("is_hidden") is True


def read_moment(raw: Mapping[str, Any], name: str = "created_time") -> datetime | None:
    return messages.read_moment(raw, name)


def read_comment(comment: Mapping[str, Any], us: Profile, post_id: str) -> Inbound:
    remote_id = str(sanitize.identity(comment.get("id")))
    words = sanitize.words(comment.get("message"))
    return Inbound(
        remote_id=remote_id,
        author=_author(comment, us, remote_id),
        own=is_own(comment, us),
        kind=Kind.COMMENT,
        text=words,
        at=read_moment(comment) or BEGINNING,
        url=sanitize.address(comment.get("permalink_url")) or f"https://www.facebook.com/{remote_id}",
        thread=post_id,
        parent_id=sanitize.identity(_part(comment, "parent").get("id")) or post_id,
        root_is_ours=True,
        attachments=_attached(comment),
        reference={"comment": remote_id, "version": digest(words)},
    )


def read_post(post: Mapping[str, Any], us: Profile) -> Inbound:
    url = (
        sanitize.address(post.get("permalink_url"))
        or f"https://www.facebook.com/{sanitize.identity(post.get('id'))}"
    )
    return messages.read_post(post, _name_us(us), "message", read_moment(post), url)


def read_private(message: Mapping[str, Any], us: Profile, thread: str) -> Inbound:
    remote_id = str(sanitize.identity(message.get("id")))
    own = is_own(message, us)
    at = read_moment(message) or BEGINNING
    other = read_customer(message, us)
    return Inbound(
        remote_id=remote_id,
        author=_author(message, us, remote_id),
        own=own,
        kind=Kind.DIRECT,
        text=sanitize.words(message.get("message")),
        at=at,
        url=None,
        thread=thread,
        attachments=_sent_along(message),
        reference={"recipient": other, "conversation": thread} if other else {"conversation": thread},
        to=other if own else None,
    )


def read_customer(message: Mapping[str, Any], us: Profile) -> str | None:
    """The other side of a private message, whoever wrote it."""
    sides = [_part(message, "from"), *read_part(message.get("to"))]
    ids = [found for side in sides if (found := sanitize.identity(side.get("id")))]
    return next((one for one in ids if one != us.id), None)


def _author(raw: Mapping[str, Any], us: Profile, remote_id: str) -> Author:
    if is_own(raw, us):
        return _name_us(us)
    who = _part(raw, "from")
    known = sanitize.identity(who.get("id"))
    if known is None:
        return Author(f"?{remote_id}"[: sanitize.MAX_ID], NOBODY, "")
    return Author(known, sanitize.name(who.get("name"), NOBODY), "")


def _name_us(us: Profile) -> Author:
    return Author(us.id, us.name, "", us.url)


def _attached(comment: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found = _part(comment, "attachment")
    image = _part(_part(found, "media"), "image").get("src")
    alt = found.get("description") or found.get("title")
    kind = sanitize.words(found.get("type"), 40)
    if image and kind.startswith(("photo", "sticker", "animated")):
        return sanitize.attachment(image, alt, AttachmentType.IMAGE)
    what = AttachmentType.VIDEO if kind.startswith("video") else AttachmentType.LINK
    return sanitize.attachment(found.get("url"), alt, what)


def _sent_along(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found: tuple[Attachment, ...] = ()
    for part in read_part(message.get("attachments"))[:20]:
        image, video = _part(part, "image_data"), _part(part, "video_data")
        if image:
            found += sanitize.attachment(image.get("url"), part.get("name"), AttachmentType.IMAGE)
        elif video:
            found += sanitize.attachment(video.get("url"), part.get("name"), AttachmentType.VIDEO)
        else:
            found += sanitize.attachment(part.get("file_url"), part.get("name"), AttachmentType.LINK)
    return found


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}
