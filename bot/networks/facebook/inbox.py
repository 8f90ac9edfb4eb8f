"""Reading what customers write to a Facebook Page: comments below its posts, and private messages.

Facebook has no list of all comments that are new: `meta/feed.py` makes one of the newest posts' own. Comments that are
hidden on Facebook are left out, in the feed and in threads alike.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

from bot.domain.outcomes import NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.facebook import messages
from bot.networks.facebook.control import Control, Page
from bot.networks.http import Answer, Result
from bot.networks.marks import BEGINNING, Seen
from bot.networks.meta import errors, feed
from bot.networks.meta.feed import Feed, Item, Lists, Root
from bot.networks.meta.graph import Graph, read_id, read_list
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import (
    CHAT,
    LOOK_AT_ONCE,
    NOTICES,
    OWN,
    TARGET_GONE,
    Gone,
    Inbound,
    Older,
    Trouble,
)
from bot.networks.receiving import Page as Came

WATCHED = "100"  # posts, the newest ones; or conversations of one page
CONVERSATION_PAGES = 10
MAX_LIST = 24 * 1024 * 1024  # bytes: a hundred comments of nothing but emoji have five million, posts more
FRESH = 20.0  # seconds: what was told for one stream is good for the other
AT_ONCE = "100"  # comments or messages
MOST_PAGES = 50  # of one post's comments
MAX_ROOTS = 20_000  # comments whose post is remembered
POSTS = "id,message,created_time,updated_time,permalink_url,comments.filter(stream).limit(0).summary(true)"
CONVERSATIONS = "id,updated_time,message_count"


class _Stopped(Exception):
    """A question on the way was not answered."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(http_outcomes.describe(outcome))
        self.outcome = outcome


@dataclass
class _Posts:
    """The Page's newest posts, as they were told."""

    answer: Result
    at: float
    served: set[str]  # streams

    def serves(self, stream: str) -> bool:
        return stream not in self.served and time.monotonic() - self.at < FRESH


class FacebookInbox:
    """`whose` says whose token it is; `renew` how a new one is given."""

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Page | Outcome], renew: str
    ) -> None:
        self._graph = graph.up_to(MAX_LIST)
        self._control = control
        self._whose = whose
        self._renew = renew
        self._feeds = {stream: Feed() for stream in (NOTICES, OWN, CHAT)}
        self._roots: OrderedDict[str, str] = OrderedDict()  # comment or message -> post or conversation
        self._posts: _Posts | None = None
        self._lock = threading.Lock()
        self.closed = False  # the token does not open private messages, when last asked

    def poll(self, stream: str, cursor: str | None) -> Came | Trouble:
        us = self._whose()
        if not isinstance(us, Page):
            return self._trouble(us)
        try:
            lists, answer = self._list(stream, us)
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(stream, us, cursor, lists, answer)
            come = self._feeds[stream].since(cursor, lists, answer.date())
            return self._hand_over(stream, us, come.items, answer, cursor=come.cursor, more=come.more)
        except _Stopped as stopped:
            if stream == CHAT and errors.lacks_right(stopped.outcome):
                self.closed = True
                return Came((), None)
            return self._trouble(stopped.outcome)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        us = self._whose()
        if not isinstance(us, Page):
            return self._trouble(us)
        found: dict[str, Inbound] = {}
        for result in self._comments(remote_id, "chronological"):
            comments = read_list(result)
            if comments is None:
                gone = self._control.is_gone(result)
                return Gone() if gone else self._failed_alone(result) or self._trouble(errors.judge(result))
            whole = [
                one for one in comments if sanitize.identity(one.get("id")) and not messages.is_hidden(one)
            ]
            found |= {str(one["id"]): messages.read_comment(one, us, remote_id) for one in whole}
        self._remember(found, remote_id)
        return tuple(sorted(found.values(), key=lambda message: message.at))

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        us = self._whose()
        if not isinstance(us, Page):
            return self._trouble(us)
        found: dict[str, Inbound | Gone] = {}
        alone: Trouble | None = None
        for remote_id in remote_ids[:LOOK_AT_ONCE]:
            fields = messages.MESSAGE if stream == CHAT else messages.COMMENT
            result = self._graph.get(remote_id, fields=fields)
            if self._control.is_gone(result):
                found[remote_id] = Gone()
            elif read_id(result) == remote_id and isinstance(result, Answer):
                found[remote_id] = self._read(stream, result.fields(), us, self._root_of(remote_id, us))
            elif failed := self._failed_alone(result):
                alone = failed
            elif not found:
                return self._trouble(errors.judge(result))
            else:
                break
        return found or alone or {}

    def must_be_there(self, comment_id: str) -> None:
        """Is a comment still there to be answered? Raises `PrepareFailed` if not, and if nobody says."""
        result = self._graph.get(comment_id, fields="id,can_comment,is_hidden")
        if self._control.is_gone(result):
            raise PrepareFailed(TARGET_GONE)
        if read_id(result) is None or not isinstance(result, Answer):
            raise http_outcomes.to_unasked(errors.judge(result))
        if result.fields().get("can_comment") is False:
            raise PrepareFailed(Refused("Facebook does not let the Page answer there."))

    def _back(self, stream: str, us: Page, cursor: str | None, lists: Lists, answer: Answer) -> Came:
        items = feed.read_back(cursor, lists)
        mark = None if cursor else feed.begin_mark(items, answer.date())
        older = Older(feed.write_back(items), items[0].seen.at) if items else None
        return replace(self._hand_over(stream, us, items, answer, cursor=mark), older=older)

    def _hand_over(
        self,
        stream: str,
        us: Page,
        items: Sequence[Item],
        answer: Answer,
        *,
        cursor: str | None,
        more: bool = False,
    ) -> Came:
        for item in items:
            self._remember([item.seen.id], item.root.id)
        said = [
            self._read(stream, item.raw, us, item.root.id) for item in items if item.raw is not item.root.raw
        ]
        posts = [messages.read_post(item.raw, us) for item in items if item.raw is item.root.raw]
        rate = errors.read_rate(answer)
        return Came(tuple(said), cursor, more, rate, posts=tuple(posts))

    def _list(self, stream: str, us: Page) -> tuple[Lists, Answer]:
        """What a stream is made of, by one question; of conversations, more are asked for while they matter. Raises
        `_Stopped`."""
        private = stream == CHAT
        pages = self._ask_conversations(us) if private else iter([self._ask_posts(stream, us)])
        first = next(pages)
        roots = _read_roots(first, stream)
        if not isinstance(first, Answer):
            raise _Stopped(errors.judge(first))
        further = (root for result in pages for root in _read_roots(result, stream))
        beside = [_item(root.raw, root) for root in roots] if stream == OWN else []
        below = self._private if private else self._public
        wanted = partial(_is_wanted, stream, us)
        return Lists(chain(roots, further), below, wanted, beside, ordered=private), first

    def _ask_conversations(self, us: Page) -> Iterator[Result]:
        asked = {"fields": CONVERSATIONS, "limit": WATCHED}
        return self._graph.pages(us.id, "conversations", most=CONVERSATION_PAGES, **asked)

    def _ask_posts(self, stream: str, us: Page) -> Result:
        """One answer serves both streams of a visit, each of them once."""
        with self._lock:
            if self._posts is not None and self._posts.serves(stream):
                self._posts.served.add(stream)
                return self._posts.answer
        result = self._graph.get(us.id, "published_posts", fields=POSTS, limit=WATCHED)
        with self._lock:
            self._posts = (
                _Posts(result, time.monotonic(), {stream}) if read_list(result) is not None else None
            )
        return result

    def _public(self, root: Root) -> Iterator[list[Item]]:
        yield from self._walk(self._comments(root.id, "reverse_chronological"), root)

    def _private(self, root: Root) -> Iterator[list[Item]]:
        asked = {"fields": messages.MESSAGE, "limit": AT_ONCE}
        yield from self._walk(self._graph.pages(root.id, "messages", most=MOST_PAGES, **asked), root)

    def _walk(self, pages: Iterator[Result], root: Root) -> Iterator[list[Item]]:
        """What is gone between two questions has nothing below it."""
        for result in pages:
            found = read_list(result)
            if found is None and self._control.is_gone(result):
                return
            if found is None:
                raise _Stopped(errors.judge(result))
            yield [_item(one, root) for one in found if sanitize.identity(one.get("id"))]

    def _comments(self, post_id: str, order: str) -> Iterator[Result]:
        asked = {"filter": "stream", "order": order, "fields": messages.COMMENT, "limit": AT_ONCE}
        return self._graph.pages(post_id, "comments", most=MOST_PAGES, **asked)

    def _read(self, stream: str, raw: Mapping[str, Any], us: Page, root: str) -> Inbound:
        read = messages.read_private if stream == CHAT else messages.read_comment
        return read(raw, us, root)

    def _root_of(self, remote_id: str, us: Page) -> str:
        """A comment's id begins with the number of its post."""
        return self._roots.get(remote_id) or f"{us.id}_{remote_id.partition('_')[0]}"

    def _remember(self, remote_ids: Sequence[str] | Mapping[str, Any], root: str) -> None:
        with self._lock:
            self._roots.update(dict.fromkeys(remote_ids, root))
            while len(self._roots) > MAX_ROOTS:
                self._roots.popitem(last=False)

    def _failed_alone(self, result: Result) -> Trouble | None:
        """Facebook fails to show one thing, and is well otherwise: no reason to stop asking for others."""
        outcome = errors.judge(result)
        answered = isinstance(result, Answer) and isinstance(outcome, Refused | Unknown)
        if answered and isinstance(self._control.who(), Page):
            return replace(self._trouble(outcome), alone=True)
        return None

    def _trouble(self, outcome: Outcome) -> Trouble:
        if isinstance(outcome, NeedsLogin) and outcome.mend is None:
            outcome = replace(outcome, mend=self._renew)
        return errors.to_trouble(outcome, "Facebook")


def _read_roots(result: Result, stream: str) -> list[Root]:
    found = read_list(result)
    if found is None:
        raise _Stopped(errors.judge(result))
    return [_read_root(one, stream) for one in found if sanitize.identity(one.get("id"))]


def _read_root(raw: Mapping[str, Any], stream: str) -> Root:
    if stream == CHAT:
        count = sanitize.number(raw.get("message_count"))
    else:
        comments = raw.get("comments")
        summary = comments.get("summary") if isinstance(comments, dict) else None
        count = sanitize.number(summary.get("total_count")) if isinstance(summary, dict) else None
    return Root(str(sanitize.identity(raw.get("id"))), messages.read_moment(raw, "updated_time"), count, raw)


def _item(raw: Mapping[str, Any], root: Root) -> Item:
    at = messages.read_moment(raw) or BEGINNING
    return Item(Seen(str(sanitize.identity(raw.get("id"))), at), root, raw)


def _is_wanted(stream: str, us: Page, item: Item) -> bool:
    if stream == CHAT or item.raw is item.root.raw:
        return True
    return messages.is_own(item.raw, us) is (stream == OWN) and not messages.is_hidden(item.raw)
