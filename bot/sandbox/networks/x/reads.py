"""What a pretend X tells: lists, single posts, threads, and who is beside them. All of it at a page's length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.networks.x import answers
from bot.sandbox.networks.x.state import Account, Post, XState

PageOf = Callable[[list[Any], int, int], list[Any]]
MOST_IDS = 100


class Reads:
    """`page`: what an order makes of a slice, the oldest first."""

    def __init__(self, state: XState, page: PageOf) -> None:
        self._state = state
        self._page = page
        self.shown: list[str] = []  # posts that lists told of, each time: they are billed

    def me(self, account: Account, _: Request) -> Response:
        return JSONResponse({"data": {"id": account.id, "name": account.name, "username": account.username}})

    def own(self, account: Account, request: Request) -> Response:
        return self._of_us(account, request, self._state.list_own(account))

    def mentions(self, account: Account, request: Request) -> Response:
        return self._of_us(account, request, self._state.list_mentions(account))

    def search(self, _: Account, request: Request) -> Response:
        asked = request.query_params.get("query", "")
        root = asked.removeprefix("conversation_id:")
        if root == asked:
            return answers.invalid("There were errors processing your request")
        posts = [one for one in self._state.list_all() if one.root.id == root and one.id != root]
        return self._list(request, posts, "next_token", 10)

    def people(self, how: str) -> Callable[[Account, Request], Response]:
        def read(account: Account, request: Request) -> Response:
            if part(request) != account.id:
                return answers.forbidden("You may only ask for your own.")
            names = account.mutes if how == "muting" else account.blocks
            found = [_see_person(one) for one in self._state.people.values() if one.username in names]
            return JSONResponse({**({"data": found} if found else {}), "meta": {"result_count": len(found)}})

        return read

    def one(self, _: Account, request: Request) -> Response:
        post = self._state.posts.get(part(request))
        if post is None or not self._state.is_shown(post):
            return answers.missing(part(request))
        return JSONResponse({"data": self._state.post_json(post, _list_wanted(request), part(request))})

    def several(self, _: Account, request: Request) -> Response:
        ids = request.query_params.get("ids", "").split(",")
        if not ids or not all(ids) or len(ids) > MOST_IDS:
            return answers.invalid(
                "The number of values in the `ids` query parameter list is not between 1 and 100"
            )
        there = [one for one in ids if (post := self._state.posts.get(one)) and self._state.is_shown(post)]
        found = [self._state.post_json(self._state.posts[one], _list_wanted(request), one) for one in there]
        body: dict[str, Any] = {"data": found} if found else {}
        if beside := self._include(request, [self._state.posts[one] for one in there]):
            body["includes"] = beside
        if gone := [one for one in ids if one not in there]:
            body["errors"] = [answers.describe_missing(one) for one in gone]
        return JSONResponse(body)

    def _of_us(self, account: Account, request: Request, found: list[Post]) -> Response:
        if part(request) != account.id:
            return answers.invalid("The `id` query parameter value is not the account's", id=part(request))
        asked = request.query_params
        for name in ("since_id", "until_id"):
            if name in asked and not asked[name].isdigit():
                return answers.invalid(f"The `{name}` query parameter value [{asked[name]}] is not valid")
        since, until = int(asked.get("since_id", "0")), int(asked.get("until_id", str(2**90)))
        found = [one for one in found if since < int(one.last_id) < until]
        return self._list(request, found, "pagination_token", 5)

    def _list(self, request: Request, found: list[Post], name: str, least: int) -> Response:
        """A page of it, the newest first; `found` as well."""
        asked = request.query_params
        most = asked.get("max_results", "10")
        if not most.isdigit() or not least <= int(most) <= 100:
            return answers.invalid(
                f"The `max_results` query parameter value [{most}] is not between {least} and 100"
            )
        begin, oldest = int(asked.get(name, "p0").removeprefix("p")), found[::-1]
        end = len(found) - begin
        page = self._page(oldest, max(0, end - int(most)), max(0, end))[::-1]
        self.shown += [post.id for post in page]
        meta: dict[str, Any] = {"result_count": len(page)}
        if begin + int(most) < len(found):
            meta["next_token"] = f"p{begin + int(most)}"
        body: dict[str, Any] = {"meta": meta}
        if page:
            body["data"] = [self._state.post_json(post, _list_wanted(request)) for post in page]
        if beside := self._include(request, page):
            body["includes"] = beside
        return JSONResponse(body)

    def _include(self, request: Request, posts: Sequence[Post]) -> dict[str, Any]:
        wanted, found = request.query_params.get("expansions", "").split(","), {}
        if "author_id" in wanted and posts:
            found["users"] = [_see_person(one) for one in {post.by.id: post.by for post in posts}.values()]
        if "attachments.media_keys" in wanted and any(post.images for post in posts):
            images = [image for post in posts for image in post.images]
            found["media"] = [
                {"media_key": f"3_{one.id}", "type": "photo", "url": one.address, "alt_text": one.alt}
                for one in images
            ]
        return found


def _see_person(person: Any) -> dict[str, Any]:
    metrics = {"followers_count": getattr(person, "followers", 0), "tweet_count": 1}
    return {"id": person.id, "name": person.name, "username": person.username, "public_metrics": metrics}


def _list_wanted(request: Request) -> list[str]:
    return request.query_params.get("tweet.fields", "").split(",")


def part(request: Request) -> str:
    return unquote(str(request.path_params["id"]))
