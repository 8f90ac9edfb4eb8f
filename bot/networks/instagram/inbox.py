"""Reading what people write on Instagram: comments below our posts, and photos in which we are tagged.

Instagram has no list of what is new, and of a post it tells only how many comments it has; answers stand inside the
comments they answer. So the comments of a post are read whole whenever their number has changed. What `meta/feed.py`
makes of that is in order of time. Who only writes our name somewhere else is in no list. Hidden comments are left out,
in the feed and in threads alike. Private messages are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from bot.domain.outcomes import Outcome, Refused
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Result
from bot.networks.instagram import messages
from bot.networks.meta import errors
from bot.networks.meta.control import Control, Profile
from bot.networks.meta.feed import Item, Lists, Root
from bot.networks.meta.graph import Graph, read_after, read_id, read_list, read_part
from bot.networks.meta.inbox import MOST_PAGES, Inbox, NotThere, Stopped, Told, with_id
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import NOTICES, OWN, TARGET_GONE, Inbound

AT_ONCE = "50"  # comments and tags of a page
MAX_LIST = 24 * 1024 * 1024  # bytes: fifty comments, each with fifty answers
TAG_PAGES = 4  # in which a tag is looked for
TAGS = Root("tags", None, None, {})


class InstagramInbox(Inbox):
    network = "Instagram"
    edge = "media"
    posts = "id,caption,timestamp,permalink,comments_count"
    watched = "50"

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Profile | Outcome], renew: str
    ) -> None:
        super().__init__(graph.up_to(MAX_LIST), control, whose, renew)
        self._links: dict[str, str | None] = {}  # post -> its address, of the newest ones
        self._tells_who = True

    def must_be_there(self, reference: Mapping[str, Any]) -> None:
        if "comment" not in reference:
            self._must_be_tagged(str(reference["account"]), str(reference["media"]))
            return
        result = self._graph.get(str(reference["comment"]), fields="id,hidden")
        if self._control.is_gone(result):
            raise PrepareFailed(TARGET_GONE)
        if read_id(result) is None or not isinstance(result, Answer):
            raise http_outcomes.to_unasked(errors.judge(result))
        if messages.is_hidden(result.fields()):
            raise PrepareFailed(
                Refused("Instagram takes no answer to a hidden comment. Unhide it there first.")
            )

    def _must_be_tagged(self, account: str, media_id: str) -> None:
        """The photo cannot be asked for by its id; a list that was read to its end is enough."""
        asked = {"fields": messages.TAGGED, "limit": AT_ONCE}
        last: Result | None = None
        for result in self._graph.pages(account, "tags", most=TAG_PAGES, **asked):
            found = read_list(result)
            if found is None:
                raise http_outcomes.to_unasked(errors.judge(result))
            if any(sanitize.identity(one.get("id")) == media_id for one in found):
                return
            last = result
        if last is not None and read_after(last) is None:
            raise PrepareFailed(TARGET_GONE)

    # --- lists ---------------------------------------------------------------------------------------

    def _list(self, stream: str, us: Profile, *, everything: bool) -> tuple[Lists, Answer]:  # noqa: ARG002
        told = self._ask_posts(stream, us)
        self._links = {str(one["id"]): sanitize.address(one.get("permalink")) for one in told.posts}
        roots = [
            Root(str(sanitize.identity(one["id"])), None, sanitize.number(one.get("comments_count")), one)
            for one in told.posts
        ]
        beside = [self._item(root.raw, root) for root in roots] if stream == OWN else []
        tags = [TAGS] if stream == NOTICES else []
        below = partial(self._below, us, told)
        return Lists([*roots, *tags], below, partial(_is_wanted, stream, us), beside), told.answer

    def _below(self, us: Profile, told: Told, root: Root) -> Iterator[list[Item]]:
        """Of a post everything at once: an answer to an old comment is far back."""
        if root is TAGS:
            yield from self._list_tags(us)
            return
        if root.id not in told.below:
            try:
                told.below[root.id] = [self._item(comment, root) for comment in self._list_thread(root.id)]
            except NotThere:
                told.below[root.id] = []  # between two questions
        yield told.below[root.id]

    def _list_tags(self, us: Profile) -> Iterator[list[Item]]:
        asked = {"fields": messages.TAGGED, "limit": AT_ONCE}
        pages = self._graph.pages(us.id, "tags", most=MOST_PAGES, **asked)
        try:
            yield from self._walk_below(pages, TAGS, messages.TAG)
        except Stopped as stopped:
            if not isinstance(stopped.outcome, Refused):  # comments come all the same
                raise

    def _list_thread(self, remote_id: str) -> Iterator[dict[str, Any]]:
        """Every comment of a post, and the answers inside each. Of somebody else's photo nobody tells any."""
        if remote_id.startswith(messages.TAG):
            return
        for comment in chain.from_iterable(self._walk(self._ask_pages(remote_id, "comments"))):
            yield comment
            inside = comment.get("replies")
            yield from with_id(read_part(inside))
            if isinstance(inside, dict) and _goes_on(inside):
                further = self._ask_pages(str(comment["id"]), "replies")
                yield from chain.from_iterable(self._walk(further))

    def _ask_pages(self, above: str, edge: str) -> Iterator[Result]:
        asked = {"fields": self._fields(with_replies=edge == "comments"), "limit": AT_ONCE}
        pages = self._graph.pages(above, edge, most=MOST_PAGES, **asked)
        first = next(pages)
        if self._refuses_who(first):
            yield from self._ask_pages(above, edge)
            return
        yield first
        yield from pages

    def _ask_one(self, stream: str, remote_id: str) -> Result:
        result = self._graph.get(remote_id, fields=f"{self._fields()},media{{id}}")
        return self._ask_one(stream, remote_id) if self._refuses_who(result) else result

    def _fields(self, *, with_replies: bool = False) -> str:
        one = f"{messages.COMMENT},{messages.WHO}" if self._tells_who else messages.COMMENT
        return f"{one},replies.limit({AT_ONCE}){{{one}}}" if with_replies else one

    def _refuses_who(self, result: Result) -> bool:
        """It does not tell who wrote something: it is not asked for any more. Usernames are told all the same."""
        error = errors.read_error(result)
        if error is None or not self._tells_who or "(from)" not in error.words:
            return False
        self._tells_who = False
        return True

    # --- messages ------------------------------------------------------------------------------------

    def _has_address(self, remote_id: str) -> bool:
        return not remote_id.startswith(messages.TAG)

    def _is_hidden(self, raw: Mapping[str, Any]) -> bool:
        return messages.is_hidden(raw)

    def _read(self, stream: str, raw: Mapping[str, Any], us: Profile, root: str) -> Inbound:  # noqa: ARG002
        if root == TAGS.id:
            return messages.read_tagged(raw, us)
        return messages.read_comment(raw, us, root, self._links.get(root))

    def _read_asked(self, stream: str, raw: Mapping[str, Any], us: Profile) -> Inbound:
        remote_id = str(raw["id"])
        return self._read(stream, raw, us, self._roots.get(remote_id) or _read_media(raw) or remote_id)

    def _read_post(self, raw: Mapping[str, Any], us: Profile) -> Inbound:
        return messages.read_post(raw, us)


def _read_media(comment: Mapping[str, Any]) -> str | None:
    media = comment.get("media")
    return sanitize.identity(media.get("id")) if isinstance(media, dict) else None


def _goes_on(part: Mapping[str, Any]) -> bool:
    paging = part.get("paging")
    return isinstance(paging, dict) and "next" in paging


def _is_wanted(stream: str, us: Profile, item: Item) -> bool:
    if item.root is TAGS:
        return stream == NOTICES
    if item.raw is item.root.raw:
        return True
    return messages.is_own(item.raw, us) is (stream == OWN) and not messages.is_hidden(item.raw)
