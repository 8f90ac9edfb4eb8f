"""A post of X as a message of a conversation. Pure.

Whoever changes a post makes a new one: all of them tell the ids of all, the first one first. By that one Byhand knows
the message; the last one is what is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.receiving import Attachment, Author, Inbound
from bot.networks.x import shown
from bot.networks.x.api import read_id
from bot.networks.x.control import Profile, make_link, make_profile_url

SUMMONS = "summons"  # of a reference: its author named us, so X lets us answer
POST = "post"
ASKED = {
    "tweet.fields": f"{shown.FIELDS},in_reply_to_user_id,note_tweet",
    "expansions": "author_id,attachments.media_keys",
    "user.fields": "name,public_metrics,username",
    "media.fields": "alt_text,type,url",
}
_KINDS = {"photo": AttachmentType.IMAGE, "video": AttachmentType.VIDEO, "animated_gif": AttachmentType.VIDEO}


@dataclass(frozen=True)
class Included:
    """What comes beside the posts of a page."""

    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by id
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by key


def read_included(result: Result) -> Included:
    found = result.fields().get("includes") if isinstance(result, Answer) else None
    if not isinstance(found, dict):
        return Included()
    return Included(_by(found.get("users"), "id"), _by(found.get("media"), "media_key"))


def read_first_id(post: Mapping[str, Any]) -> str | None:
    """By which the message is known, whatever became of it."""
    own = read_id(post)
    listed = _list_versions(post)
    return listed[0] if own is not None and listed else own


def read_last_id(post: Mapping[str, Any]) -> str | None:
    listed = _list_versions(post)
    return listed[-1] if listed else read_id(post)


def read_author_id(post: Mapping[str, Any]) -> str | None:
    return sanitize.identity(post.get("author_id"))


def read_root_id(post: Mapping[str, Any]) -> str | None:
    return sanitize.identity(post.get("conversation_id")) or read_first_id(post)


def is_whole(post: Mapping[str, Any]) -> bool:
    """Whether it can be a message at all: it has an id and an author."""
    return read_first_id(post) is not None and read_author_id(post) is not None and not shown.is_repost(post)


def answers_us(post: Mapping[str, Any], us: Profile) -> bool:
    return sanitize.identity(post.get("in_reply_to_user_id")) == us.id


def names_us(post: Mapping[str, Any], us: Profile) -> bool:
    """Also among the names that X puts in front of an answer."""
    entities = post.get("entities")
    listed = entities.get("mentions") if isinstance(entities, dict) else None
    named = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return any(
        sanitize.identity(one.get("id")) == us.id
        or sanitize.words(one.get("username"), 100).casefold() == us.username.casefold()
        for one in named
    )


def read(
    post: Mapping[str, Any], included: Included, us: Profile, *, root_is_ours: bool, told: bool = False
) -> Inbound:
    """`told`: the mentions brought it."""
    remote_id, parent_id = str(read_first_id(post)), shown.read_target(post)
    own = read_author_id(post) == us.id
    author = Author(us.id, us.name, us.name, us.url) if own else _read_author(post, included)
    words = shown.read_whole_words(post)
    posted = str(read_last_id(post))
    return Inbound(
        remote_id=remote_id,
        author=author,
        own=own,
        kind=Kind.COMMENT if root_is_ours else Kind.MENTION,
        text=shown.strip_names(words) if parent_id else words,
        at=sanitize.moment(post.get("created_at")),
        url=make_link(remote_id, author.handle.removeprefix("@")),
        thread=str(read_root_id(post)),
        parent_id=parent_id,
        root_is_ours=root_is_ours,
        attachments=_read_attachments(post, included),
        language=_read_language(post),
        reference={
            POST: posted,
            "version": posted,
            SUMMONS: told or names_us(post, us) or answers_us(post, us),
        },
    )


def _read_author(post: Mapping[str, Any], included: Included) -> Author:
    person_id = str(read_author_id(post))
    person = included.people.get(person_id, {})
    username = sanitize.words(person.get("username"), sanitize.MAX_NAME).strip()
    metrics = person.get("public_metrics")
    return Author(
        person_id,
        sanitize.name(person.get("name"), username or "somebody"),
        f"@{username}" if username else "",
        make_profile_url(username) if username else None,
        sanitize.number(metrics.get("followers_count")) if isinstance(metrics, dict) else None,
    )


def _read_attachments(post: Mapping[str, Any], included: Included) -> tuple[Attachment, ...]:
    attached = post.get("attachments")
    keys = attached.get("media_keys") if isinstance(attached, dict) else None
    media = [included.media.get(str(key), {}) for key in (keys if isinstance(keys, list) else [])[:20]]
    return sum(
        (
            sanitize.attachment(
                one.get("url"), one.get("alt_text"), _KINDS.get(str(one.get("type")), AttachmentType.OTHER)
            )
            for one in media
        ),
        (),
    )


def _read_language(post: Mapping[str, Any]) -> str | None:
    """X has words of its own for what is in no language it knows: "und", "qme", "zxx"."""
    found = sanitize.language(post.get("lang"))
    return None if found is None or found in {"und", "zxx"} or found.startswith("q") else found


def _list_versions(post: Mapping[str, Any]) -> list[str]:
    for name in ("edit_history_tweet_ids", "edit_history_post_ids"):
        listed = post.get(name)
        if isinstance(listed, list):
            return [found for one in listed if (found := sanitize.identity(one))]
    return []


def _by(listed: object, name: str) -> dict[str, Mapping[str, Any]]:
    return (
        {str(one.get(name)): one for one in listed if isinstance(one, dict)}
        if isinstance(listed, list)
        else {}
    )
