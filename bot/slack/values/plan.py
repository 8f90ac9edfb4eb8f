"""What the buttons and dialogs of a plan carry: which plan it is, and a page of its rows, or one of its posts."""

from __future__ import annotations

import re

from bot.domain.posts import Seen
from bot.slack.ids import Malformed, format_seen, parse_id, parse_post, parse_seen


def format_page(plan_id: str, page: int) -> str:
    """ "<plan> <page>"; the first is 0."""
    return f"{plan_id} {page}"


def parse_page(value: str | None) -> tuple[str, int]:
    """Raises Malformed."""
    plan_id, _, page = (value or "").partition(" ")
    if not re.fullmatch(r"\d{1,4}", page, re.ASCII):
        raise Malformed("not a page of a plan's rows")
    return parse_id(plan_id), int(page)


def format_described(plan_id: str, seen: Seen) -> str:
    """ "<plan> <seen>": the post whose images are described, as its person sees it."""
    return f"{plan_id} {format_seen(seen)}"


def parse_described(value: str | None) -> tuple[str, Seen]:
    """Raises Malformed."""
    plan_id, _, seen = (value or "").partition(" ")
    return parse_id(plan_id), parse_seen(seen)


def format_skip(plan_id: str, post_id: str) -> str:
    """ "<plan> <post>": what comes behind this post."""
    return f"{plan_id} {post_id}"


def parse_skip(value: str | None) -> tuple[str, str]:
    """Raises Malformed."""
    plan_id, _, post_id = (value or "").partition(" ")
    return parse_id(plan_id), parse_post(post_id)
