"""Reading what customers write to a Facebook Page: comments below its posts, and private messages.

Facebook has no list of all comments that are new: `meta/feed.py` makes one of the newest posts' own. Comments that are
hidden on Facebook are left out, in the feed and in threads alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from bot.domain.outcomes import Outcome, Refused
from bot.networks import http_outcomes, sanitize
from bot.networks.facebook import messages
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.control import Control, Profile
from bot.networks.meta.feed import Item, Lists, Root
from bot.networks.meta.graph import Graph, read_id, read_list
from bot.networks.meta.inbox import MOST_PAGES, Inbox, Stopped, with_id
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import CHAT, NOTICES, OWN, TARGET_GONE, Inbound, Page, Trouble

CONVERSATIONS_AT_ONCE = "100"
CONVERSATION_PAGES = 10
MAX_LIST = 24 * 1024 * 1024  # bytes: a hundred comments of nothing but emoji have five million, posts more
AT_ONCE = "100"  # comments or messages
CONVERSATIONS = "id,updated_time,message_count"


class FacebookInbox(Inbox):
    network = "Facebook"
    edge = "published_posts"
    posts = (
        "id,message,created_time,updated_time,permalink_url,comments.filter(stream).limit(0).summary(true)"
    )
    watched = "100"
    moment = "created_time"
    streams = (NOTICES, OWN, CHAT)

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Profile | Outcome], renew: str
    ) -> None:
        super().__init__(graph.up_to(MAX_LIST), control, whose, renew)
        self.closed = False  # the token does not open private messages, when last asked

    def must_be_there(self, reference: Mapping[str, Any]) -> None:
        result = self._graph.get(str(reference["comment"]), fields="id,can_comment,is_hidden")
        if self._control.is_gone(result):
            raise PrepareFailed(TARGET_GONE)
        if read_id(result) is None or not isinstance(result, Answer):
            raise http_outcomes.to_unasked(errors.judge(result))
        if result.fields().get("can_comment") is False:
            raise PrepareFailed(Refused("Facebook does not let the Page answer there."))

    def _list(self, stream: str, us: Profile, *, everything: bool) -> tuple[Lists, Answer]:  # noqa: ARG002
        """By one question; of conversations, more are asked for while they matter."""
        private = stream == CHAT
        pages = self._ask_conversations(us) if private else iter([self._ask_posts(stream, us).answer])
        first = next(pages)
        roots = _read_roots(first, stream)
        if not isinstance(first, Answer):
            raise Stopped.by(first)
        further = (root for result in pages for root in _read_roots(result, stream))
        beside = [self._item(root.raw, root) for root in roots] if stream == OWN else []
        below = self._private if private else self._public
        wanted = partial(_is_wanted, stream, us)
        return Lists(chain(roots, further), below, wanted, beside, ordered=private), first

    def _ask_conversations(self, us: Profile) -> Iterator[Result]:
        asked = {"fields": CONVERSATIONS, "limit": CONVERSATIONS_AT_ONCE}
        return self._graph.pages(us.id, "conversations", most=CONVERSATION_PAGES, **asked)

    def _public(self, root: Root) -> Iterator[list[Item]]:
        return self._walk_below(self._comments(root.id, "reverse_chronological"), root)

    def _private(self, root: Root) -> Iterator[list[Item]]:
        asked = {"fields": messages.MESSAGE, "limit": AT_ONCE}
        return self._walk_below(self._graph.pages(root.id, "messages", most=MOST_PAGES, **asked), root)

    def _list_thread(self, remote_id: str) -> Iterator[dict[str, Any]]:
        return chain.from_iterable(self._walk(self._comments(remote_id, "chronological")))

    def _comments(self, post_id: str, order: str) -> Iterator[Result]:
        asked = {"filter": "stream", "order": order, "fields": messages.COMMENT, "limit": AT_ONCE}
        return self._graph.pages(post_id, "comments", most=MOST_PAGES, **asked)

    def _stop(self, stream: str, outcome: Outcome) -> Page | Trouble:
        if stream == CHAT and errors.lacks_right(outcome):
            self.closed = True
            return Page((), None)
        return super()._stop(stream, outcome)

    def _ask_one(self, stream: str, remote_id: str) -> Result:
        return self._graph.get(remote_id, fields=messages.MESSAGE if stream == CHAT else messages.COMMENT)

    def _is_hidden(self, raw: Mapping[str, Any]) -> bool:
        return messages.is_hidden(raw)

    def _read(self, stream: str, raw: Mapping[str, Any], us: Profile, root: str) -> Inbound:
        read = messages.read_private if stream == CHAT else messages.read_comment
        return read(raw, us, root)

    def _read_asked(self, stream: str, raw: Mapping[str, Any], us: Profile) -> Inbound:
        """A comment's id begins with the number of its post."""
        remote_id = str(raw["id"])
        root = self._roots.get(remote_id) or f"{us.id}_{remote_id.partition('_')[0]}"
        return self._read(stream, raw, us, root)

    def _read_post(self, raw: Mapping[str, Any], us: Profile) -> Inbound:
        return messages.read_post(raw, us)


def _read_roots(result: Result, stream: str) -> list[Root]:
    found = read_list(result)
    if found is None:
        raise Stopped.by(result)
    return [_read_root(one, stream) for one in with_id(found)]


def _read_root(raw: Mapping[str, Any], stream: str) -> Root:
    if stream == CHAT:
        count = sanitize.number(raw.get("message_count"))
    else:
        comments = raw.get("comments")
        summary = comments.get("summary") if isinstance(comments, dict) else None
        count = sanitize.number(summary.get("total_count")) if isinstance(summary, dict) else None
    return Root(str(sanitize.identity(raw.get("id"))), messages.read_moment(raw, "updated_time"), count, raw)


def _is_wanted(stream: str, us: Profile, item: Item) -> bool:
    if stream == CHAT or item.raw is item.root.raw:
        return True
    return messages.is_own(item.raw, us) is (stream == OWN) and not messages.is_hidden(item.raw)
