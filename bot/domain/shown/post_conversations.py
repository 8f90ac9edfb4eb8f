"""What a post's card shows of the customers who wrote about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PostConversation:
    """One conversation under a post, with a card of its own."""

    name: str  # the customer's; "": none is kept
    number: int
    card: tuple[str, str]  # (channel, ts)


@dataclass(frozen=True)
class PostConversations:
    """The conversations under a post, for the post's card."""

    open: int
    waiting: int
    links: tuple[PostConversation, ...] = ()  # the one that waits longest first
