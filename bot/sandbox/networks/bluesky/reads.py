"""The questions a pretend Bluesky answers about what people wrote: notifications, posts, threads, profiles, records.

Cursors are opaque, as the real ones are: a place counted from the oldest, so that nothing new moves them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.bluesky.state import Account, BlueskyState

MAX_PAGE = 100
MAX_POSTS = 25
Who = Callable[[Request], Account | Response]
Pager = Callable[[list[Any], int, int], list[Any]]


class Reads:
    def __init__(
        self, state: BlueskyState, answer: Callable[[dict[str, Any]], Response], who: Who, page: Pager,
        late: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self._state = state
        self._answer = answer
        self._who = who
        self._page = page
        self._late = late  # in no list yet

    def routes(self, reading: Callable[[Callable[[Request], Response]], Any]) -> list[BaseRoute]:
        """`reading` wraps a question so that the server's ordered faults apply to it."""
        asked = {
            "app.bsky.notification.listNotifications": self._notifications,
            "app.bsky.feed.getPosts": self._posts,
            "app.bsky.feed.getPostThread": self._thread,
            "app.bsky.actor.getProfiles": self._profiles,
            "com.atproto.repo.listRecords": self._records,
        }
        return [Route(f"/xrpc/{name}", reading(read), methods=["GET"]) for name, read in asked.items()]

    def _notifications(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        query = request.query_params
        reasons = query.getlist("reasons")
        known = [
            notice
            for notice in account.notices
            if (not reasons or notice.reason in reasons)
            and not self._late(notice.record.uri)
            and not self._state.left_out(notice.record.by)
        ]
        end = min(int(query.get("cursor", len(known))), len(known))
        begin = max(0, end - limit_of(request))
        page = [self._state.notice(notice) for notice in self._page(known, begin, end)]
        body: dict[str, Any] = {"notifications": page[::-1], "priority": False}
        return self._answer({**body, "cursor": str(begin)} if begin else body)

    def _posts(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        uris = request.query_params.getlist("uris")
        if len(uris) > MAX_POSTS:
            return error(400, "InvalidRequest", f"Error: Params must have at most {MAX_POSTS} uris")
        found = (self._state.find(uri) for uri in uris)
        return self._answer({"posts": [self._state.post_view(record) for record in found if record]})

    def _thread(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        uri = request.query_params.get("uri", "")
        record = self._state.find(uri)
        if record is None:
            return error(400, "NotFound", f"Post not found: {uri}")
        depth = int(request.query_params.get("depth", "6"))
        return self._answer({"thread": self._state.thread_view(record, depth)})

    def _profiles(self, request: Request) -> Response:
        account = self._who(request)
        if isinstance(account, Response):
            return account
        found = (self._state.by_repo(actor) for actor in request.query_params.getlist("actors"))
        return self._answer({"profiles": [self._state.detailed(person) for person in found if person]})

    def _records(self, request: Request) -> Response:
        query = request.query_params
        account = self._state.by_repo(query.get("repo", ""))
        if account is None:
            return error(400, "InvalidRequest", f"Could not find repo: {query.get('repo')}")
        forward, cursor = query.get("reverse") == "true", query.get("cursor")
        visible = [key for key, record in account.records.items() if not self._late(record.uri)]
        keys = sorted(visible, reverse=not forward)
        if cursor is not None:
            keys = [key for key in keys if (key > cursor if forward else key < cursor)]
        keys = keys[: limit_of(request)]
        records = [account.records[key] for key in keys]
        shown = [{"uri": one.uri, "cid": one.cid, "value": one.value} for one in records]
        body: dict[str, Any] = {"records": shown}
        return self._answer({**body, "cursor": keys[-1]} if keys else body)


def limit_of(request: Request) -> int:
    return max(1, min(int(request.query_params.get("limit", "50")), MAX_PAGE))


def error(status: int, name: str, message: str) -> Response:
    return JSONResponse({"error": name, "message": message}, status)
