"""Reading what people write on Instagram: comments below our posts, and photos in which we are tagged.

Instagram has no list of what is new, and of a post it tells only how many comments it has; answers stand inside the
comments they answer. So the comments of a post are read whole whenever their number has changed. What `meta/feed.py`
makes of that is in order of time. Who only writes our name somewhere else is in no list. Hidden comments are left out,
in the feed and in threads alike. Private messages are not read.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bot.domain.outcomes import NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.http import Answer, Result
from bot.networks.instagram import messages
from bot.networks.instagram.control import Control, Profile
from bot.networks.marks import BEGINNING, Seen
from bot.networks.meta import errors, feed
from bot.networks.meta.feed import Feed, Item, Lists, Root
from bot.networks.meta.graph import Graph, read_after, read_id, read_list, read_part
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import (
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

AT_ONCE = "50"  # posts, the newest ones; comments and tags of a page
MAX_LIST = 24 * 1024 * 1024  # bytes: fifty comments, each with fifty answers
FRESH = 20.0  # seconds: what was told for one stream is good for the other
MOST_PAGES = 50  # of one post's comments, or of tags
TAG_PAGES = 4  # in which a tag is looked for
MAX_ROOTS = 20_000  # comments whose post is remembered
POSTS = "id,caption,timestamp,permalink,comments_count"
TAGS = Root("tags", None, None, {})


class _Stopped(Exception):
    """A question on the way was not answered."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(http_outcomes.describe(outcome))
        self.outcome = outcome


@dataclass
class _Told:
    """The newest posts as they were told, and whatever was read below them since."""

    answer: Answer
    at: float
    served: set[str]  # streams
    below: dict[str, list[Item]] = field(default_factory=dict)

    def serves(self, stream: str) -> bool:
        return stream not in self.served and time.monotonic() - self.at < FRESH


class InstagramInbox:
    """`whose` says whose token it is; `renew` how a new one is given."""

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Profile | Outcome], renew: str
    ) -> None:
        self._graph = graph.up_to(MAX_LIST)
        self._control = control
        self._whose = whose
        self._renew = renew
        self._feeds = {stream: Feed() for stream in (NOTICES, OWN)}
        self._roots: OrderedDict[str, str] = OrderedDict()  # comment -> post
        self._links: dict[str, str | None] = {}  # post -> its address, of the newest ones
        self._told: _Told | None = None
        self._tells_who = True
        self._lock = threading.Lock()

    def poll(self, stream: str, cursor: str | None) -> Came | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        try:
            told = self._ask_posts(stream, us)
            lists = self._list(stream, us, told)
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(us, cursor, lists, told.answer)
            come = self._feeds[stream].since(cursor, lists, told.answer.date())
            return self._hand_over(us, come.items, told.answer, cursor=come.cursor, more=come.more)
        except _Stopped as stopped:
            return self._trouble(stopped.outcome)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        if remote_id.startswith(messages.TAG):
            return ()  # nobody tells what is below somebody else's photo
        found: dict[str, Inbound] = {}
        try:
            for comment in self._walk(remote_id):
                if not messages.is_hidden(comment):
                    found[str(comment["id"])] = self._read_comment(comment, us, remote_id)
        except _Gone:
            return Gone()
        except _Stopped as stopped:
            return self._failed_alone(stopped.outcome) or self._trouble(stopped.outcome)
        self._remember(found, remote_id)
        return tuple(sorted(found.values(), key=lambda message: message.at))

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:  # noqa: ARG002
        us = self._whose()
        if not isinstance(us, Profile):
            return self._trouble(us)
        found: dict[str, Inbound | Gone] = {}
        alone: Trouble | None = None
        for remote_id in remote_ids[:LOOK_AT_ONCE]:
            if remote_id.startswith(messages.TAG):
                continue
            result = self._ask_comment(remote_id)
            if self._control.is_gone(result):
                found[remote_id] = Gone()
            elif read_id(result) == remote_id and isinstance(result, Answer):
                root = self._roots.get(remote_id) or _read_media(result.fields()) or remote_id
                found[remote_id] = self._read_comment(result.fields(), us, root)
            elif failed := self._failed_alone(errors.judge(result)):
                alone = failed
            elif not found:
                return self._trouble(errors.judge(result))
            else:
                break
        return found or alone or {}

    def must_be_there(self, reference: Mapping[str, Any]) -> None:
        """Is what is answered still there? Raises `PrepareFailed` if not, and if nobody says."""
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

    def _ask_posts(self, stream: str, us: Profile) -> _Told:
        """One answer serves both streams of a visit, each of them once. Raises `_Stopped`."""
        with self._lock:
            told = self._told
            if told is not None and told.serves(stream):
                told.served.add(stream)
                return told
        result = self._graph.get(us.id, "media", fields=POSTS, limit=AT_ONCE)
        if read_list(result) is None or not isinstance(result, Answer):
            raise _Stopped(errors.judge(result))
        told = _Told(result, time.monotonic(), {stream})
        links = {
            str(one.get("id")): sanitize.address(one.get("permalink")) for one in read_list(result) or []
        }
        with self._lock:
            self._told, self._links = told, links
        return told

    def _list(self, stream: str, us: Profile, told: _Told) -> Lists:
        posts = [one for one in read_list(told.answer) or [] if sanitize.identity(one.get("id"))]
        roots = [
            Root(str(sanitize.identity(one["id"])), None, sanitize.number(one.get("comments_count")), one)
            for one in posts
        ]
        beside = [_item(root.raw, root) for root in roots] if stream == OWN else []
        tags = [TAGS] if stream == NOTICES else []
        below = partial(self._below, us, told)
        return Lists([*roots, *tags], below, partial(_is_wanted, stream, us), beside)

    def _below(self, us: Profile, told: _Told, root: Root) -> Iterator[list[Item]]:
        """Of a post everything at once: an answer to an old comment is far back."""
        if root is TAGS:
            yield from self._list_tags(us)
            return
        if root.id not in told.below:
            try:
                told.below[root.id] = [_item(comment, root) for comment in self._walk(root.id)]
            except _Gone:
                told.below[root.id] = []  # between two questions
        yield told.below[root.id]

    def _list_tags(self, us: Profile) -> Iterator[list[Item]]:
        asked = {"fields": messages.TAGGED, "limit": AT_ONCE}
        for result in self._graph.pages(us.id, "tags", most=MOST_PAGES, **asked):
            found = read_list(result)
            if found is None:
                outcome = errors.judge(result)
                if isinstance(outcome, Refused):  # comments come all the same
                    return
                raise _Stopped(outcome)
            yield [_item(one, TAGS, messages.TAG) for one in found if sanitize.identity(one.get("id"))]

    def _walk(self, media_id: str) -> Iterator[dict[str, Any]]:
        """Every comment of a post, and the answers inside each. Raises `_Stopped` and `_Gone`."""
        for comment in self._walk_pages(media_id, "comments"):
            yield comment
            inside = comment.get("replies")
            yield from _with_id(read_part(inside))
            if isinstance(inside, dict) and _goes_on(inside):
                yield from self._walk_pages(str(comment["id"]), "replies")

    def _walk_pages(self, above: str, edge: str) -> Iterator[dict[str, Any]]:
        for result in self._ask_pages(above, edge):
            found = read_list(result)
            if found is None and self._control.is_gone(result):
                raise _Gone
            if found is None:
                raise _Stopped(errors.judge(result))
            yield from _with_id(found)

    def _ask_pages(self, above: str, edge: str) -> Iterator[Result]:
        asked = {"fields": self._fields(with_replies=edge == "comments"), "limit": AT_ONCE}
        pages = self._graph.pages(above, edge, most=MOST_PAGES, **asked)
        first = next(pages)
        if self._refuses_who(first):
            yield from self._ask_pages(above, edge)
            return
        yield first
        yield from pages

    def _ask_comment(self, remote_id: str) -> Result:
        result = self._graph.get(remote_id, fields=f"{self._fields()},media{{id}}")
        return self._ask_comment(remote_id) if self._refuses_who(result) else result

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

    def _back(self, us: Profile, cursor: str | None, lists: Lists, answer: Answer) -> Came:
        items = feed.read_back(cursor, lists)
        mark = None if cursor else feed.begin_mark(items, answer.date())
        older = Older(feed.write_back(items), items[0].seen.at) if items else None
        return replace(self._hand_over(us, items, answer, cursor=mark), older=older)

    def _hand_over(
        self,
        us: Profile,
        items: Sequence[Item],
        answer: Answer,
        *,
        cursor: str | None,
        more: bool = False,
    ) -> Came:
        below = [item for item in items if item.raw is not item.root.raw]
        for item in below:
            self._remember([item.seen.id], item.root.id)
        said = [self._read(item, us) for item in below]
        posts = [messages.read_post(item.raw, us) for item in items if item.raw is item.root.raw]
        return Came(tuple(said), cursor, more, errors.read_rate(answer), posts=tuple(posts))

    def _read(self, item: Item, us: Profile) -> Inbound:
        if item.root is TAGS:
            return messages.read_tagged(item.raw, us)
        return self._read_comment(item.raw, us, item.root.id)

    def _read_comment(self, comment: Mapping[str, Any], us: Profile, root: str) -> Inbound:
        return messages.read_comment(comment, us, root, self._links.get(root))

    def _remember(self, remote_ids: Sequence[str] | Mapping[str, Any], root: str) -> None:
        with self._lock:
            self._roots.update(dict.fromkeys(remote_ids, root))
            while len(self._roots) > MAX_ROOTS:
                self._roots.popitem(last=False)

    def _failed_alone(self, outcome: Outcome) -> Trouble | None:
        """Instagram fails to show one thing, and is well otherwise: no reason to stop asking for others."""
        if isinstance(outcome, Refused | Unknown) and isinstance(self._control.who(), Profile):
            return replace(self._trouble(outcome), alone=True)
        return None

    def _trouble(self, outcome: Outcome) -> Trouble:
        if isinstance(outcome, NeedsLogin) and outcome.mend is None:
            outcome = replace(outcome, mend=self._renew)
        return errors.to_trouble(outcome, "Instagram")


class _Gone(Exception):
    """What is asked about is not there."""


def _read_media(comment: Mapping[str, Any]) -> str | None:
    media = comment.get("media")
    return sanitize.identity(media.get("id")) if isinstance(media, dict) else None


def _with_id(found: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (one for one in found if sanitize.identity(one.get("id")))


def _goes_on(part: Mapping[str, Any]) -> bool:
    paging = part.get("paging")
    return isinstance(paging, dict) and "next" in paging


def _item(raw: Mapping[str, Any], root: Root, before: str = "") -> Item:
    at = messages.read_moment(raw) or BEGINNING
    return Item(Seen(f"{before}{sanitize.identity(raw.get('id'))}", at), root, raw)


def _is_wanted(stream: str, us: Profile, item: Item) -> bool:
    if item.root is TAGS:
        return stream == NOTICES
    if item.raw is item.root.raw:
        return True
    return messages.is_own(item.raw, us) is (stream == OWN) and not messages.is_hidden(item.raw)
