"""What a pretend LinkedIn tells a Page of: comments below its posts, posts that mention it, and its own comments.

| what it does | where that is written (learn.microsoft.com/linkedin) |
|---|---|
| `organizationalEntityNotifications?q=criteria`: `actions`, `timeRange` | Organization Social Action Notifications |
| `start` and `count`, as of all lists | Pagination |
| kept for 60 days; only for an ADMINISTRATOR, with `rw_organization_admin` | the same |
| a RECRUITING_POSTER is told of none | reported of lists; of this one assumed |
| words and names come along | the same; under which names is assumed |
| the order | not documented: `newest_first` |
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.networks.linkedin.answers import elements, error, forbidden, refuse
from bot.sandbox.networks.linkedin.state import (
    ADMINISTRATOR,
    RECRUITING_POSTER,
    Comment,
    LinkedInState,
    Member,
    Page,
    Post,
    to_milliseconds,
)

KEPT = timedelta(days=60)
_ACTIONS = re.compile(r"List\(([A-Z_,]*)\)")
_RANGE = re.compile(r"\(start:(\d+),end:(\d+)\)")
Pager = Callable[[list[Any], int, int], list[Any]]


class Talk:
    def __init__(self, state: LinkedInState, now: Callable[[], datetime], page: Pager) -> None:
        self._state, self._now, self._page = state, now, page
        self.newest_first = True

    def notifications(self, member: Member, request: Request) -> Response:
        if refusal := refuse(
            member, "rw_organization_admin", "organizationalEntityNotifications.FINDER-criteria"
        ):
            return refusal
        asked = request.query_params
        page = self._state.pages.get(asked.get("organizationalEntity", ""))
        actions = _ACTIONS.fullmatch(asked.get("actions", ""))
        if asked.get("q") != "criteria" or page is None or actions is None:
            return error(400, "Invalid query parameters", "ILLEGAL_ARGUMENT")
        role = member.roles.get(page.urn)
        if role == RECRUITING_POSTER:
            return elements([])
        if role != ADMINISTRATOR:
            return forbidden("organizationalEntityNotifications.FINDER-criteria")
        begin, end = self._read_range(asked.get("timeRange", ""))
        told = [
            one
            for one in self._list(page)
            if one["action"] in actions[1].split(",") and begin <= one["lastModifiedAt"] <= end
        ]
        told.sort(key=lambda one: int(one["lastModifiedAt"]), reverse=self.newest_first)
        start, count = int(asked.get("start", "0")), int(asked.get("count", "10"))
        return elements(self._page(told, start, start + min(count, 100)))

    def _read_range(self, written: str) -> tuple[int, int]:
        now = self._now()
        oldest, newest = to_milliseconds(now - KEPT), to_milliseconds(now)
        found = _RANGE.fullmatch(written)
        return (max(oldest, int(found[1])), min(newest, int(found[2]))) if found else (oldest, newest)

    def _list(self, page: Page) -> list[dict[str, Any]]:
        state = self._state
        said = [one for post in state.posts.values() if post.by is page for one in post.comments]
        shown = [one for one in said if not one.deleted and not one.skipped and not state.is_late(one.urn)]
        mentions = [
            one
            for one in state.posts.values()
            if one.tags and one.deleted_at is None and not state.is_late(one.urn)
        ]
        return [*(_tell(page, one) for one in shown), *(_tell_mention(page, one) for one in mentions)]


def _tell(page: Page, comment: Comment) -> dict[str, Any]:
    return {
        "notificationId": int(comment.urn.rpartition(",")[2].rstrip(")")) % 10**9,
        "organizationalEntity": page.urn,
        "action": "ADMIN_COMMENT" if comment.ours else "COMMENT",
        "sourcePost": comment.post.urn,
        "generatedActivity": comment.urn,
        "lastModifiedAt": to_milliseconds(comment.at),
        "decoratedGeneratedActivity": {
            "comment": {"owner": comment.by.urn, "ownerName": comment.by.name, "text": comment.text}
        },
    }


def _tell_mention(page: Page, post: Post) -> dict[str, Any]:
    return {
        "notificationId": int(post.urn.rpartition(":")[2]) % 10**9,
        "organizationalEntity": page.urn,
        "action": "SHARE_MENTION",
        "sourcePost": post.urn,
        "generatedActivity": post.urn,
        "lastModifiedAt": to_milliseconds(post.at),
        "decoratedSourcePost": {"owner": post.by.urn, "ownerName": post.by.name, "text": post.text},
    }
