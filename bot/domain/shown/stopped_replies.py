"""What screens say while a pause stops answers to customers, and of those it kept back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RepliesShut:
    """The pause that stops answers to customers, too."""

    by: str  # who stopped them; perhaps not whoever paused
    at: datetime
    title: str | None  # of the account; None: everything is paused


@dataclass(frozen=True)
class UnsentView:
    """An answer of which its writer has to know that it was not sent; nothing in it is the customer's."""

    draft_id: str
    title: str  # of the account; its name, once it has left the settings
    text: str  # their words
    image_alt: str | None
    card: tuple[str, str] | None  # (channel, ts) of the conversation's
    in_settings: bool = True  # the account
