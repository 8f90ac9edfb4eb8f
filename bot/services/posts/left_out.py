"""Accounts that a post was for and is not any more: somebody published without them, and Edit puts them back.

Its versions tell: they are never changed, so an account comes back as it was, at its place and with its own words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.domain.posts import MOVES, Body, Post, Verb
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts


@dataclass(frozen=True)
class LeftOut:
    """Who left an account out, when, and the text it had for itself ("": none)."""

    name: str
    text: str
    by: str | None
    at: datetime


def list_left_out(work: UnitOfWork, post: Post) -> tuple[LeftOut, ...]:
    """In the order the post had them; only those that can be published to still, and where Edit can be used."""
    if post.version.seq == 1 or (post.status, Verb.EDIT) not in MOVES:
        return ()
    found: dict[str, LeftOut] = {}
    before = Body((), "")
    for version in posts.list_versions(work.db, post.id):
        for name in before.accounts:
            if name not in version.body.accounts:
                text = (before.variants or {}).get(name, "")
                found[name] = LeftOut(name, text, version.saved_by, version.saved_at)
        before = version.body
    there = [name for name in found if name not in post.version.body.accounts and name in work.accounts]
    return tuple(found[name] for name in _in_order(work, post, there))


def put_back(work: UnitOfWork, post: Post, names: Collection[str]) -> tuple[str, ...]:
    """The post's accounts with these, in the order it had them first."""
    return tuple(_in_order(work, post, {*post.version.body.accounts, *names}))


def _in_order(work: UnitOfWork, post: Post, names: Collection[str]) -> list[str]:
    had: dict[str, None] = {}
    for version in posts.list_versions(work.db, post.id) if names else ():
        had |= dict.fromkeys(version.body.accounts)
    return [name for name in had if name in names]
