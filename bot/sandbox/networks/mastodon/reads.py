"""The questions a pretend Mastodon answers about what people wrote: notifications, statuses, threads.

Paging is Mastodon's: `min_id` walks forward from there, `since_id` shows the newest after it and so skips, `max_id`
walks back; each page has its newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.mastodon.state import Account, MastodonState, Notice, Status

MAX_NOTICES = 80
MAX_STATUSES = 40
Pager = Callable[
    [list[Any], int, int], list[Any]
]  # what makes a page of a list, under whatever fault is ordered


class Reads:
    def __init__(
        self,
        state: MastodonState,
        answer: Callable[[Account, Any, dict[str, str]], Response],
        who: Callable[[Request], Account | None],
        page: Pager,
        late: Callable[[str], bool],
    ) -> None:
        self._state = state
        self._answer = answer
        self._who = who
        self._page = page
        self._late = late  # in no list yet

    def routes(self, reading: Callable[[Callable[[Request], Response]], Any]) -> list[BaseRoute]:
        """`reading` wraps a question so that the server's ordered faults apply to it."""
        return [
            Route("/api/v1/notifications", reading(self._notifications)),
            Route("/api/v1/accounts/relationships", reading(self._relationships)),
            Route("/api/v1/accounts/{id}/statuses", reading(self._statuses)),
            Route("/api/v1/statuses/{id}/context", reading(self._context)),
            Route("/api/v1/statuses/{id}", reading(self._status), methods=["GET"]),
        ]

    def _notifications(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return signed_out()
        types, but = (request.query_params.getlist(name) for name in ("types[]", "exclude_types[]"))
        known = [one for one in account.notices if (not types or one.kind in types) and one.kind not in but]
        visible = [
            notice
            for notice in known
            if self._state.sees(account, notice.status)
            and not self._late(notice.status.id)
            and not self._state.left_out(notice.status.by)
        ]
        page = self._cut(request, visible, MAX_NOTICES, self._page)
        return self._answer(
            account, [self._state.notice_json(notice) for notice in page], _link(request, page)
        )

    def _statuses(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return signed_out()
        if account.id != unquote(request.path_params["id"]):
            return not_found()
        hidden = self._state.hides
        shown = [one for one in account.statuses if not one.deleted and one.visibility not in hidden]
        mine = [status for status in shown if not self._late(status.id)]
        if request.query_params.get("exclude_replies") == "true":
            mine = [status for status in mine if status.reply_to is None]
        page = self._cut(request, mine, MAX_STATUSES, _plain_page)
        return self._answer(
            account, [self._state.status_json(status) for status in page], _link(request, page)
        )

    def _relationships(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return signed_out()
        wanted = request.query_params.getlist("id[]")
        people = [one for one in self._state.people.values() if one.id in wanted]
        found = [
            {
                "id": one.id,
                "muting": one.acct in self._state.muted,
                "blocking": one.acct in self._state.blocked,
                "blocked_by": False,
                "domain_blocking": False,
            }
            for one in people
        ]
        return self._answer(account, found, {})

    def _context(self, request: Request) -> Response:
        account = self._who(request)
        status = self._state.statuses.get(unquote(request.path_params["id"]))
        if account is None:
            return signed_out()
        if status is None or not self._state.sees(account, status):
            return not_found()
        parts = {"ancestors": self._state.ancestors(status), "descendants": self._state.descendants(status)}
        shown = {
            name: [self._state.status_json(one) for one in part if self._state.sees(account, one)]
            for name, part in parts.items()
        }
        return self._answer(account, shown, {})

    def _status(self, request: Request) -> Response:
        account = self._who(request)
        status = self._state.statuses.get(unquote(request.path_params["id"]))
        if account is None:
            return signed_out()
        if status is None or not self._state.sees(account, status):
            return not_found()
        return self._answer(account, self._state.status_json(status), {})

    @staticmethod
    def _cut(request: Request, items: Sequence[Any], most: int, page: Pager) -> list[Any]:
        """The page a query asks for, its newest first."""
        query = request.query_params
        limit = max(1, min(int(query.get("limit", "40" if most > 40 else "20")), most))
        ids = [item.id for item in items]
        begin, end = 0, len(items)
        if "max_id" in query:
            end = _place(ids, query["max_id"], end)
        if "since_id" in query:
            begin = _after(ids, query["since_id"])
        if "min_id" in query:
            begin = _after(ids, query["min_id"])
            end = min(end, begin + limit)
        return page(list(items), max(begin, end - limit), end)[::-1]


def signed_out() -> Response:
    return JSONResponse({"error": "The access token is invalid"}, 401)


def not_found() -> Response:
    return JSONResponse({"error": "Record not found"}, 404)


def _plain_page(items: list[Any], begin: int, end: int) -> list[Any]:
    return items[begin:end]


def _place(ids: list[str], wanted: str, otherwise: int) -> int:
    """How many items are older than an id, which may be gone. Ids of one kind sort by age, within their length."""
    if not wanted:
        return otherwise
    return sum((len(known), known) < (len(wanted), wanted) for known in ids)


def _after(ids: list[str], wanted: str) -> int:
    return sum((len(known), known) <= (len(wanted), wanted) for known in ids)


def _link(request: Request, page: Sequence[Notice | Status]) -> dict[str, str]:
    if not page:
        return {}
    path = str(request.url).partition("?")[0]
    older, newer = quote(page[-1].id, safe=""), quote(page[0].id, safe="")
    return {"link": f'<{path}?max_id={older}>; rel="next", <{path}?min_id={newer}>; rel="prev"'}
