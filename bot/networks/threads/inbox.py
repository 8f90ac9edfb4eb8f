"""Reading what people write on Threads: replies below our posts, and posts that mention us.

Threads has no list of all replies that are new; of a post it tells only whether it has any. So the replies of each of
the newest posts that has some are read, the newest first: of a young post each time, of an older one every few minutes,
which is well within the overlap (`marks.py`). Mentions, and our own answers, are a list each. What `meta/feed.py` makes
of all that is in order of time. Hidden replies are left out, in the feed and in threads alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

from bot.domain.outcomes import Outcome
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.control import Control, Profile
from bot.networks.meta.feed import Item, Lists, Root
from bot.networks.meta.graph import Graph, read_id
from bot.networks.meta.inbox import MOST_PAGES, Inbox, NotThere, Stopped
from bot.networks.meta.messages import read_moment
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import NOTICES, OWN, TARGET_GONE, Gone, Inbound, Page, Trouble
from bot.networks.threads import messages

YOUNG = timedelta(days=1)  # of a post: its replies are read each time
REST = 300.0  # seconds between two readings below an older one
AT_ONCE = "100"  # replies, mentions
MENTIONS, ANSWERS = Root("mentions", None, None, {}), Root("answers", None, None, {})


class ThreadsInbox(Inbox):
    network = "Threads"
    edge = "threads"
    posts = "id,text,timestamp,permalink,has_replies"
    watched = "25"

    def __init__(
        self, graph: Graph, control: Control, whose: Callable[[], Profile | Outcome], renew: str
    ) -> None:
        super().__init__(graph, control, whose, renew)
        self._read_at: dict[str, float] = {}  # post -> when its replies were read last
        self._stands_at: str | None = (
            None  # the cursor of what came of that; None: not all of it was handed over
        )

    def poll(self, stream: str, cursor: str | None) -> Page | Trouble:
        """What was read below an older post and not kept has to be read again at once: the overlap moves on."""
        if stream != NOTICES or (cursor or "").startswith(marks.BACK):
            return super().poll(stream, cursor)
        if cursor != self._stands_at:
            with self._lock:
                self._read_at.clear()
        came = super().poll(stream, cursor)
        self._stands_at = (came.cursor or cursor) if isinstance(came, Page) and not came.more else None
        return came

    def must_be_there(self, reference: Mapping[str, Any]) -> None:
        remote_id, us = str(reference["post"]), self._whose()
        result = self._graph.get(remote_id, fields="id")
        if read_id(result) == remote_id:
            return
        if not isinstance(us, Profile) or not self._control.is_gone(result):
            raise http_outcomes.to_unasked(errors.judge(result))
        self._remember([remote_id], str(reference.get("root") or MENTIONS.id))
        try:
            if isinstance(self._find_gone([remote_id], us).get(remote_id), Gone):
                raise PrepareFailed(TARGET_GONE)
        except Stopped as stopped:
            raise http_outcomes.to_unasked(stopped.outcome) from stopped

    def _find_gone(self, remote_ids: Sequence[str], us: Profile) -> dict[str, Inbound | Gone]:
        """Threads may say "not there" of somebody else's post that it does not show by its id: what a list holds is
        there, and what none of them holds is gone."""
        if not remote_ids:
            return {}
        roots = {self._roots.get(one) for one in remote_ids}
        if None in roots:  # from before a restart
            roots |= {
                MENTIONS.id,
                *(str(sanitize.identity(one["id"])) for one in self._ask_posts("", us).posts),
            }
        held: dict[str, Inbound] = {}
        for root in filter(None, roots):
            try:
                listed = self._read_whole(self._ask_list(us.id, root))
                held |= {str(one["id"]): self._read(OWN, one, us, root) for one in listed}
            except NotThere:  # the post itself, and with it what stood below
                continue
        return {one: held.get(one) or Gone() for one in remote_ids}

    # --- lists ---------------------------------------------------------------------------------------

    def _list(self, stream: str, us: Profile, *, everything: bool) -> tuple[Lists, Answer]:
        told = self._ask_posts(stream, us)
        posts = [_read_root(one) for one in told.posts]
        below = partial(self._below, us)
        if stream == OWN:
            beside = [self._item(root.raw, root) for root in posts]
            return Lists([ANSWERS], below, lambda _item: True, beside), told.answer
        now = told.answer.date()
        due = [root for root in posts if everything or self._is_due(root, now)]
        ours = frozenset(root.id for root in posts)
        return Lists([*due, MENTIONS], below, partial(_is_wanted, us, ours)), told.answer

    def _is_due(self, root: Root, now: datetime | None) -> bool:
        made = read_moment(root.raw)
        young = now is None or made is None or now - made < YOUNG
        read_at = self._read_at.get(root.id)
        return young or read_at is None or time.monotonic() - read_at >= REST

    def _below(self, us: Profile, root: Root) -> Iterator[list[Item]]:
        """The newest first. Mentions need a right of their own: without it the rest comes all the same."""
        self._note_read(root.id)  # at once: whoever asks may have enough before the list ends
        try:
            yield from self._walk_below(self._ask_list(us.id, root.id), root)
        except Stopped as stopped:
            if root is not MENTIONS or not errors.lacks_right(stopped.outcome):
                raise

    def _note_read(self, post_id: str) -> None:
        with self._lock:
            self._read_at[post_id] = time.monotonic()
            if len(self._read_at) > 4 * int(self.watched):
                del self._read_at[min(self._read_at, key=lambda one: self._read_at[one])]

    def _ask_list(self, us_id: str, root: str, reverse: str = "true") -> Iterator[Result]:
        """What is below a post of ours, or in one of the account's two lists; the newest first, if `reverse`."""
        pages = partial(self._graph.pages, most=MOST_PAGES, limit=AT_ONCE)
        if root == MENTIONS.id:
            return pages(us_id, "mentions", fields=messages.MENTION)
        if root == ANSWERS.id:
            return pages(us_id, "replies", fields=messages.ANSWER)
        return pages(root, "conversation", fields=messages.REPLY, reverse=reverse)

    def _list_thread(self, remote_id: str) -> Iterator[dict[str, Any]]:
        return self._read_whole(self._ask_list("", remote_id, reverse="false"))

    def _read_whole(self, pages: Iterator[Result]) -> Iterator[dict[str, Any]]:
        """Everything a list holds. Raises `Stopped`, also where it has no end, and `NotThere`."""
        return chain.from_iterable(self._walk(pages, whole=True))

    # --- messages ------------------------------------------------------------------------------------

    def _ask_one(self, stream: str, remote_id: str) -> Result:  # noqa: ARG002
        return self._graph.get(remote_id, fields=messages.REPLY)

    def _is_hidden(self, raw: Mapping[str, Any]) -> bool:
        return messages.is_hidden(raw)

    def _read(self, stream: str, raw: Mapping[str, Any], us: Profile, root: str) -> Inbound:  # noqa: ARG002
        if root == MENTIONS.id:
            return messages.read_mention(raw, us)
        return messages.read_answer(raw, us) if root == ANSWERS.id else messages.read_reply(raw, us, root)

    def _read_asked(self, stream: str, raw: Mapping[str, Any], us: Profile) -> Inbound:  # noqa: ARG002
        """Below a post of ours, or a mention."""
        known = self._roots.get(str(raw.get("id")))
        if known == MENTIONS.id or (known is None and messages.read_root(raw) is None):
            return messages.read_mention(raw, us)
        return messages.read_reply(raw, us, messages.read_root(raw) or str(known))

    def _read_post(self, raw: Mapping[str, Any], us: Profile) -> Inbound:
        return messages.read_post(raw, us)

    def _remember(self, remote_ids: Sequence[str] | Mapping[str, Any], root: str) -> None:
        if root != ANSWERS.id:
            super()._remember(remote_ids, root)


def _read_root(raw: Mapping[str, Any]) -> Root:
    """A post that says it has no replies is not asked about; more than that none says."""
    none = raw.get("has_replies") is False
    return Root(str(sanitize.identity(raw.get("id"))), None, 0 if none else None, raw)


def _is_wanted(us: Profile, ours: frozenset[str], item: Item) -> bool:
    """A reply below one of our newest posts that mentions us is in two lists: it comes as a reply."""
    if messages.is_own(item.raw, us) or messages.is_hidden(item.raw):
        return False
    return item.root is not MENTIONS or messages.read_root(item.raw) not in ours
