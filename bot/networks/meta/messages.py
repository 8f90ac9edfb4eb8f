"""What a comment, a reply or a post is made of, wherever Meta shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.domain.conversations import Kind
from bot.networks import http_outcomes, sanitize
from bot.networks.marks import BEGINNING
from bot.networks.meta.control import Profile
from bot.networks.receiving import Author, Inbound


def read_moment(raw: Mapping[str, Any], name: str = "timestamp") -> datetime | None:
    return http_outcomes.parse_iso_moment(sanitize.words(raw.get(name), 40))


def read_post(
    raw: Mapping[str, Any], by: Author, words: str, at: datetime | None, url: str | None
) -> Inbound:
    """A post of ours, as something that may be there twice. `words`: the field that holds its words."""
    remote_id = str(sanitize.identity(raw.get("id")))
    return Inbound(
        remote_id=remote_id,
        author=by,
        own=True,
        kind=Kind.COMMENT,
        text=sanitize.words(raw.get(words)),
        at=at or BEGINNING,
        url=url,
        thread=remote_id,
        root_is_ours=True,
    )


def name_us(us: Profile) -> Author:
    """Where everybody has a username."""
    return Author(us.id, us.name.removeprefix("@"), us.name, us.url)


def name_person(remote_id: str, username: str, address: str, nobody: str, known: str | None = None) -> Author:
    """Who wrote `remote_id`, by the id that is told, else by the username. `nobody`: what stands for one who is not
    named."""
    if not username:
        return Author(known or f"?{remote_id}"[: sanitize.MAX_ID], nobody, "")
    return Author(
        known or f"@{username}"[: sanitize.MAX_ID], username, f"@{username}", sanitize.address(address)
    )


def digest(words: str) -> str:
    """Meta dates no edits: other words are another version."""
    return sha256(words.encode()).hexdigest()[:16]
