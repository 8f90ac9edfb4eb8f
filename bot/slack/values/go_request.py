"""What the dialog carries that walks through the posts of a message that asks for their Go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.go_requests import DIGEST, Opened
from bot.slack.ids import NONE, ONE_ID, Malformed, format_seen, parse_seen

_OPENED = re.compile(rf"(?P<seen>\S+)/(?P<gate>[0-9a-f]{{{DIGEST}}})(/(?P<ended>\d{{1,4}}))?", re.ASCII)


@dataclass(frozen=True)
class GoPlace:
    """A post of a message; None: behind the last. `opened`: what this person has opened, and as it was."""

    request_id: str
    post_id: str | None
    opened: tuple[Opened, ...] = ()


def format_go_place(page: GoPlace) -> str:
    """ "<request id> <post id or -> <seen>/<gate>/<ended> …"."""
    return " ".join((page.request_id, page.post_id or NONE, *_format(page.opened)))


def _format(opened: Iterable[Opened]) -> list[str]:
    return [f"{format_seen(one.seen)}/{one.gate}/{one.ended}" for one in opened]


def parse_go_place(value: str | None) -> GoPlace:
    """Raises Malformed."""
    parts = (value or "").split(" ")
    if len(parts) < 2 or not all(ONE_ID.fullmatch(each) for each in parts[:2]):
        raise Malformed("not a page of posts that ask for a Go")
    return GoPlace(parts[0], None if parts[1] == NONE else parts[1], tuple(map(_parse, parts[2:])))


def _parse(value: str) -> Opened:
    found = _OPENED.fullmatch(value)
    if not found:
        raise Malformed("not a post that was opened")
    return Opened(parse_seen(found["seen"]), found["gate"], int(found["ended"] or 0))
