"""What Bluesky shows of a post, a record or a private message, as a message of a conversation. Pure.

A record is what its author's own program wrote: its types, its time and the thread it claims to be in are only words.
Its time is the earlier of the author's and the server's, which is also how Bluesky's own apps sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.networks import http_outcomes, sanitize, text
from bot.networks.link_words import name_link
from bot.networks.receiving import Attachment, Author, Inbound

APP = "https://bsky.app"
PICTURES = "https://cdn.bsky.app/img/feed_fullsize/plain"
MAX_FACETS = 200
PAGES = {  # what else can be shared there, and where a browser finds it
    "app.bsky.feed.generator": "profile/{did}/feed/{key}",
    "app.bsky.graph.list": "profile/{did}/lists/{key}",
    "app.bsky.graph.starterpack": "starter-pack/{did}/{key}",
}


def read_part(found: object, *names: str) -> Mapping[str, Any]:
    """An object within an object, or an empty one."""
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def read_items(found: object) -> list[Mapping[str, Any]]:
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def is_whole(view: Mapping[str, Any]) -> bool:
    """Whether it is a post at all: it has an address, a content id and an author."""
    return all(
        sanitize.identity(found)
        for found in (view.get("uri"), view.get("cid"), read_part(view, "author").get("did"))
    ) and str(view["uri"]).startswith("at://")


LEFT_OUT = ("muted", "mutedByList", "blocking", "blockingByList", "blockedBy")


def is_left_out(profile: Mapping[str, Any]) -> bool:
    """Whether our account has muted or blocked somebody, or they us: notifications leave them out."""
    viewer = read_part(profile, "viewer")
    return any(viewer.get(name) for name in LEFT_OUT)


def read_post(
    view: Mapping[str, Any], our_did: str, our_handle: str, followers: Mapping[str, int]
) -> Inbound:
    """From a notification, a view of a post, or a record of ours dressed as one."""
    record, author = read_part(view, "record"), read_part(view, "author")
    uri, did = str(view["uri"]), str(author["did"])
    root, parent = _strong(record, "root"), _strong(record, "parent")
    thread = root["uri"] if root else uri
    root_is_ours = thread.startswith(f"at://{our_did}/")
    own = did == our_did
    shown = _words(record)
    return Inbound(
        remote_id=uri,
        author=_author(author, followers),
        own=own,
        kind=Kind.COMMENT if root_is_ours else Kind.MENTION,
        text=shown if own else text.strip_names(shown, (f"@{our_handle}",)),
        at=_moment(record, view),
        url=make_link(uri),
        thread=thread,
        parent_id=parent["uri"] if parent else None,
        root_is_ours=root_is_ours,
        attachments=_attachments(view, did),
        language=next(iter(_languages(record)), None),
        reference={
            "parent": {"uri": uri, "cid": view["cid"]},
            "root": root or {"uri": uri, "cid": view["cid"]},
        },
    )


def read_private(
    message: Mapping[str, Any],
    convo: str,
    our_did: str,
    our_handle: str,
    profile: Mapping[str, Any],
    followers: Mapping[str, int],
) -> Inbound:
    """`profile` is the other side's, whoever wrote this one."""
    sender = read_part(message, "sender")
    own = sender.get("did") == our_did
    other = sanitize.identity(profile.get("did"))
    author = (
        {"did": our_did, "handle": our_handle} if own else profile if other == sender.get("did") else sender
    )
    return Inbound(
        remote_id=f"{convo}/{message['id']}",
        author=_author(author, followers),
        own=own,
        kind=Kind.DIRECT,
        text=_words(message),
        at=sanitize.moment(message.get("sentAt")),
        url=f"{APP}/messages/{convo}",
        thread=convo,
        attachments=_quoted(read_part(message, "embed", "record")),
        reference={"convo": convo},
        to=other if own else None,
    )


def make_link(uri: str) -> str | None:
    """Where a browser finds a post: by its writer's DID, which stays when a handle changes."""
    did, _, path = uri.removeprefix("at://").partition("/")
    return sanitize.address(f"{APP}/profile/{did}/post/{path.rpartition('/')[2]}")


def _author(author: Mapping[str, Any], followers: Mapping[str, int]) -> Author:
    did = str(author.get("did"))
    handle = sanitize.words(author.get("handle"), sanitize.MAX_NAME) or did
    shown = sanitize.name(author.get("displayName"), handle)
    return Author(did, shown, f"@{handle}", sanitize.address(f"{APP}/profile/{did}"), followers.get(did))


def _strong(record: Mapping[str, Any], name: str) -> dict[str, str] | None:
    """A post a record refers to; None if the reference is none."""
    found = read_part(record, "reply", name)
    uri, cid = sanitize.identity(found.get("uri")), sanitize.identity(found.get("cid"))
    return {"uri": uri, "cid": cid} if uri and cid and uri.startswith("at://") else None


def _moment(record: Mapping[str, Any], view: Mapping[str, Any]) -> Any:
    written = http_outcomes.parse_iso_moment(sanitize.words(record.get("createdAt"), 40))
    indexed = http_outcomes.parse_iso_moment(sanitize.words(view.get("indexedAt"), 40))
    known = [moment for moment in (written, indexed) if moment]
    return min(known) if known else sanitize.moment()


def _languages(record: Mapping[str, Any]) -> Iterable[str]:
    found = record.get("langs")
    return [code for one in found if (code := sanitize.language(one))] if isinstance(found, list) else []


def _words(record: Mapping[str, Any]) -> str:
    """With the whole address of each link. Bluesky's apps shorten what they show of one, and any program may put other
    words over it; only a facet says where it leads, between bytes of the text."""
    written = record.get("text")
    data = written.encode("utf-8", "surrogatepass") if isinstance(written, str) else b""
    shown, end = [], 0
    for start, stop, address in sorted(_links(record)):
        if not end <= start < stop <= len(data):
            continue
        try:
            between, label = (
                part.decode("utf-8", "surrogatepass") for part in (data[end:start], data[start:stop])
            )
        except UnicodeDecodeError:  # it begins in the middle of a letter
            continue
        shown += [between, name_link(label, address)]
        end = stop
    return sanitize.words("".join(shown) + data[end:].decode("utf-8", "surrogatepass"))


def _links(record: Mapping[str, Any]) -> Iterable[tuple[int, int, str]]:
    """(first byte, byte behind the last, address) of each."""
    for facet in read_items(record.get("facets"))[:MAX_FACETS]:
        index = read_part(facet, "index")
        start, stop = sanitize.number(index.get("byteStart")), sanitize.number(index.get("byteEnd"))
        for feature in read_items(facet.get("features")):
            address = sanitize.address(feature.get("uri"))
            if (
                address
                and start is not None
                and stop is not None
                and str(feature.get("$type")).endswith("#link")
            ):
                yield start, stop, address
                break


def _attachments(view: Mapping[str, Any], did: str) -> tuple[Attachment, ...]:
    """The server's view has addresses; a bare record has only the names of the files."""
    embed = read_part(view, "embed") or read_part(view, "record", "embed")
    media, quoted = read_part(embed, "media") or embed, read_part(embed, "record")
    pictures = [
        sanitize.attachment(_picture(image, did), image.get("alt"), AttachmentType.IMAGE)
        for image in read_items(media.get("images"))[:20]
    ]
    video: tuple[Attachment, ...] = ()
    if str(media.get("$type")).startswith("app.bsky.embed.video"):
        video = sanitize.attachment(make_link(str(view["uri"])), media.get("alt"), AttachmentType.VIDEO)
    outside = read_part(media, "external")
    page = sanitize.attachment(outside.get("uri"), outside.get("title"), AttachmentType.LINK)
    return sum(pictures, ()) + video + page + _quoted(read_part(quoted, "record") or quoted)


def _picture(image: Mapping[str, Any], did: str) -> object:
    cid = read_part(image, "image", "ref").get("$link")
    return image.get("fullsize") or f"{PICTURES}/{did}/{cid}@jpeg"


def _quoted(record: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """A post somebody quotes, or shares in a private message; its words, where the server shows them. A feed, a list or
    a starter pack is a page to open."""
    uri = sanitize.identity(record.get("uri"))
    if not uri or not uri.startswith("at://"):
        return ()
    did, collection, key = [*uri.removeprefix("at://").split("/"), "", ""][:3]
    if collection in PAGES and key:
        title = record.get("displayName") or record.get("name") or read_part(record, "record").get("name")
        return sanitize.attachment(
            f"{APP}/{PAGES[collection].format(did=did, key=key)}", title, AttachmentType.LINK
        )
    if collection != "app.bsky.feed.post":
        return ()
    return sanitize.attachment(make_link(uri), _words(read_part(record, "value")), AttachmentType.QUOTE)
