"""A Mastodon status as a message of a conversation. Pure.

Our own name at the beginning is removed: Mastodon delivers an answer only to those it mentions, so its apps insert the
mention by themselves. It is an address, not something the customer wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.networks import html, http_outcomes, sanitize, text
from bot.networks.mastodon.errors import Owner
from bot.networks.receiving import Attachment, Author, Inbound

PRIVATE = "private"  # the thread of all direct messages between two accounts
# Anybody may read these; an unknown visibility counts as a direct message.
_OPEN = frozenset({"public", "unlisted", "private", "local", "mutuals_only"})
_ACCT = regex.compile(r"[\p{L}\p{N}_](?:[\p{L}\p{N}_.\-]*[\p{L}\p{N}_])?(?:@[\p{L}\p{N}.\-]+(?::\d+)?)?")
MAX_CHOICE, MAX_CHOICES = 500, 50  # characters of one choice of a poll, and choices
_KINDS = {"image": AttachmentType.IMAGE, "gifv": AttachmentType.VIDEO, "video": AttachmentType.VIDEO}


def is_direct(status: Mapping[str, Any]) -> bool:
    return status.get("visibility") not in _OPEN


def is_whole(status: object) -> bool:
    """Whether it is a status at all: it has an id and an author with one."""
    return (
        isinstance(status, dict)
        and sanitize.identity(status.get("id")) is not None
        and sanitize.identity(_account(status).get("id")) is not None
    )


def read_author_id(status: Mapping[str, Any]) -> str | None:
    return sanitize.identity(_account(status).get("id"))


def read_parent_id(status: Mapping[str, Any]) -> str | None:
    return sanitize.identity(status.get("in_reply_to_id"))


def speaks_to(status: Mapping[str, Any], us: Owner) -> bool:
    """Whether it mentions us, answers us or quotes us."""
    return us.id in (
        sanitize.identity(status.get("in_reply_to_account_id")),
        read_author_id(_read_quoted(status) or {}),
        *_list_mentioned(status),
    )


def read(
    status: Mapping[str, Any], us: Owner, domain: str, root: tuple[str, bool], noticed_at: object = None
) -> Inbound:
    """`root` is the thread's and whether it is ours; `noticed_at` stands in for a status without a time."""
    private, own = is_direct(status), read_author_id(status) == us.id
    kind = Kind.DIRECT if private else Kind.COMMENT if root[1] else Kind.MENTION
    author = _author(_account(status), domain)
    return Inbound(
        remote_id=str(sanitize.identity(status.get("id"))),
        author=author,
        own=own,
        kind=kind,
        text=_words(status, () if own else (f"@{us.username}", f"@{us.username}@{domain}")),
        at=sanitize.moment(status.get("created_at"), noticed_at),
        url=sanitize.address(status.get("url")) or sanitize.address(status.get("uri")),
        thread=PRIVATE if private else root[0],
        parent_id=read_parent_id(status),
        root_is_ours=root[1] and not private,
        visibility=sanitize.words(status.get("visibility"), 20) or None,
        attachments=_attachments(status),
        language=sanitize.language(status.get("language")),
        edited_at=http_outcomes.parse_iso_moment(sanitize.words(status.get("edited_at"), 40)),
        reference=_reference(status),
        to=_addressee(status, us) if own and private else None,
    )


def _author(account: Mapping[str, Any], domain: str) -> Author:
    acct = sanitize.words(account.get("acct") or account.get("username"), sanitize.MAX_NAME)
    handle = f"@{acct}" if "@" in acct else f"@{acct}@{domain}"
    return Author(
        str(sanitize.identity(account.get("id"))),
        sanitize.name(account.get("display_name"), acct or "somebody"),
        handle,
        sanitize.address(account.get("url")),
        sanitize.number(account.get("followers_count")),
    )


def _words(status: Mapping[str, Any], our_names: tuple[str, ...]) -> str:
    """A content warning belongs to what was written, and stands in front; what a poll asks to choose from, behind."""
    shown = text.strip_names(_read_content(status), our_names)
    warning = sanitize.words(status.get("spoiler_text"), sanitize.MAX_ALT).strip()
    return "\n\n".join(filter(None, (warning, shown, _choices(status))))


def _read_content(status: Mapping[str, Any]) -> str:
    return sanitize.words(html.to_plain(sanitize.words(status.get("content"))))


def _choices(status: Mapping[str, Any]) -> str:
    """Without the votes: they change, and the words have not."""
    poll = status.get("poll")
    options = poll.get("options") if isinstance(poll, dict) else None
    titles = [
        " ".join(sanitize.words(option.get("title"), MAX_CHOICE).split())
        for option in (options if isinstance(options, list) else [])[:MAX_CHOICES]
        if isinstance(option, dict)
    ]
    shown = [f"○ {title}" for title in titles if title]
    return "\n".join(("Poll:", *shown)) if shown else ""


def _attachments(status: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found = status.get("media_attachments")
    media = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return sum(
        (
            sanitize.attachment(
                item.get("url") or item.get("remote_url"),
                item.get("description"),
                _KINDS.get(str(item.get("type")), AttachmentType.OTHER),
            )
            for item in media[:20]
        ),
        _quoted(status),
    )


def _quoted(status: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The post it quotes; its words only if anybody may read them."""
    found = _read_quoted(status)
    if found is not None:
        url = sanitize.address(found.get("url")) or found.get("uri")
        words = _read_content(found) if found.get("visibility") in ("public", "unlisted") else ""
        return sanitize.attachment(url, words, AttachmentType.QUOTE)
    elsewhere = status.get("pleroma")
    url = status.get("quote_url") or (elsewhere.get("quote_url") if isinstance(elsewhere, dict) else None)
    return sanitize.attachment(url, "", AttachmentType.QUOTE)


def _read_quoted(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Mastodon puts it beside whether its author agreed, others in the place of that."""
    quote = status.get("quote")
    found = quote.get("quoted_status", quote) if isinstance(quote, dict) else None
    return found if isinstance(found, dict) else None


def _reference(status: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer needs. A name that could not be one is left out: it would become words of our answer."""
    acct = _account(status).get("acct")
    named = (
        acct if isinstance(acct, str) and len(acct) <= sanitize.MAX_NAME and _ACCT.fullmatch(acct) else None
    )
    return {
        "status": sanitize.identity(status.get("id")),
        "acct": named,
        "visibility": sanitize.words(status.get("visibility"), 20),
    }


def _addressee(status: Mapping[str, Any], us: Owner) -> str | None:
    """Whom a direct message of ours is for: whose message it answers, else the first it names."""
    found = (sanitize.identity(status.get("in_reply_to_account_id")), *_list_mentioned(status))
    return next((one for one in found if one and one != us.id), None)


def _list_mentioned(status: Mapping[str, Any]) -> list[str | None]:
    """The ids of those it names."""
    mentions = status.get("mentions")
    found = [item for item in mentions if isinstance(item, dict)] if isinstance(mentions, list) else []
    return [sanitize.identity(item.get("id")) for item in found]


def _account(status: Mapping[str, Any]) -> Mapping[str, Any]:
    found = status.get("account")
    return found if isinstance(found, dict) else {}
