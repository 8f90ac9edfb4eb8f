"""What a network takes for a send, in thousandths of a US dollar (mills), and what is said of it.

Prices are a network's own (`Capabilities.prices`). What is counted is what Byhand sends: reading is billed too, and not
counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.hours import Hours

DOLLAR = 1000  # mills


@dataclass(frozen=True)
class Prices:
    """In mills."""

    post: int
    link: int  # a post with a link, instead
    reply: int  # with a link, too
    alt_text: int  # of each image, on top
    take_down: int

    def find_cost(self, *, has_link: bool = False, is_reply: bool = False, images: int = 0) -> int:
        of_words = self.reply if is_reply else self.link if has_link else self.post
        return of_words + images * self.alt_text


def format_dollars(mills: int) -> str:
    """ "$0.015", "$0.20", "$12"."""
    dollars, rest = divmod(mills, DOLLAR)
    if not rest:
        return f"${dollars}"
    return f"${dollars}.{rest:03}" if rest % 10 else f"${dollars}.{rest // 10:02}"


def say_cost(title: str, mills: int) -> str:
    return f"Costs about {format_dollars(mills)} on {title}"


def say_month(mills: int, limit: int | None) -> str:
    """ "Sending has cost about $1.20 of $20 this month"."""
    of = f" of {format_dollars(limit)}" if limit is not None else ""
    return f"Sending has cost about {format_dollars(mills)}{of} this month"


def explain_over(title: str, mills: int, spent: int, limit: int) -> str | None:
    """Why it does not go out; None: it is within the limit."""
    if spent + mills <= limit:
        return None
    if not spent:
        return f"it would cost about {format_dollars(mills)}, more than {title}'s {format_dollars(limit)} for the month"
    return (
        f"it would cost about {format_dollars(mills)}, and about {format_dollars(spent)} of {title}'s "
        f"{format_dollars(limit)} for the month is spent"
    )


def find_month(now: datetime, hours: Hours) -> tuple[datetime, datetime]:
    """The calendar month of the team's zone: from, and before."""
    first = now.astimezone(hours.zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return first.astimezone(UTC), (first + timedelta(days=32)).replace(day=1).astimezone(UTC)
