"""What screens say while a pause stops answers to customers, and of those it kept back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

KEPT_UNTIL_RESUME = "Kept until Resume"
ASKED_AFTER_RESUME = "Nothing goes out. After Resume you alone are shown your answer again, with Send."
HERE_ARE_YOUR_WORDS = "These are your words, so that they are not lost:"


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


def describe_unsendable(account: str, *, in_settings: bool) -> str:
    """To the writer of an answer that a pause kept, and that can never be sent. `account`: its title or name."""
    why = "takes no answers through Byhand" if in_settings else "is not in the settings any more"
    return f"Your answer was not sent, and Byhand cannot send it: the account {account} {why}."


def describe_not_shown(account: str) -> str:
    """To the writer of an answer that can be sent again, where it cannot be shown in its thread."""
    return (
        f"Replies on {account} can be sent again. Your answer was not sent, and Byhand cannot ask you in the"
        " conversation's thread."
    )
