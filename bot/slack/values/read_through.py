"""What the dialog that walks through the posts of a request carries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.posts import Seen
from bot.slack.ids import Malformed, format_seen, parse_seen

_PAGE = re.compile(r"(?P<request>[A-Za-z0-9_-]{1,40}) (?P<place>\d{1,3})( (?P<seen>\S+))?", re.ASCII)


@dataclass(frozen=True)
class Page:
    """The post at a place of a request, as it was on the screen; `seen` is None behind the last."""

    request_id: str
    place: int
    seen: Seen | None = None


def parse_request(value: str | None) -> str:
    """The id of a request. Raises Malformed."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", value or "", re.ASCII):
        raise Malformed("not a request")
    return value or ""


def format_read_page(page: Page) -> str:
    """ "<request id> <place> <seen>"."""
    return f"{page.request_id} {page.place}" + (f" {format_seen(page.seen)}" if page.seen else "")


def parse_read_page(value: str | None) -> Page:
    """Raises Malformed."""
    found = _PAGE.fullmatch(value or "")
    if not found:
        raise Malformed("not a page of a request")
    return Page(found["request"], int(found["place"]), parse_seen(found["seen"]) if found["seen"] else None)
