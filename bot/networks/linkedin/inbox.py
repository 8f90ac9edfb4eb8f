"""Hearing that somebody wrote below a LinkedIn Page's posts, or mentioned the Page. What they wrote, and who they are,
is not read: LinkedIn lets nobody keep it or pass it on.

One list tells of both, and is kept for 60 days. In which order it comes is not documented, so everything since the mark
is read each time, which is one call on nearly all days; calls are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.conversations import OFFERED_SINCE, Kind
from bot.domain.outcomes import Outcome, Unknown
from bot.networks import sanitize
from bot.networks.http import Answer
from bot.networks.linkedin import errors
from bot.networks.linkedin.api import Api, read_elements, read_moment, read_urn
from bot.networks.linkedin.control import Page, make_post_url
from bot.networks.marks import BEGINNING, Mark, Seen
from bot.networks.receiving import NOBODY, Inbound, Trouble
from bot.networks.receiving import Page as Came

AT_ONCE = 100
MOST_PAGES = 50  # of one poll
KEPT = timedelta(days=60)
COMMENT, MENTION = "COMMENT", "SHARE_MENTION"
ACTIONS = f"actions=List({COMMENT},{MENTION})"  # the Page's own comments are another one


class _Stopped(Exception):
    """A question was not answered."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class LinkedInInbox:
    """`whose` says which Page it is; `renew` how a new token is given."""

    def __init__(self, api: Api, whose: Callable[[], Page | Outcome], renew: str) -> None:
        self._api = api
        self._whose = whose
        self._renew = renew

    def poll(self, cursor: str | None) -> Came | Trouble:
        us = self._whose()
        if not isinstance(us, Page):
            return errors.to_trouble(us, self._renew)
        mark = Mark.read(cursor) if cursor is not None else None
        try:
            heard, now = self._ask(us, mark.floor if mark else None)
        except _Stopped as stopped:
            return errors.to_trouble(stopped.outcome, self._renew)
        if mark is None:
            since = now - OFFERED_SINCE if now else BEGINNING
            recent = [one for one in heard if one.at >= since]
            return Came(_in_order(recent), Mark().add(_list_seen(heard), now=now).write())
        new = {seen.id for seen in mark.list_new(_list_seen(heard))}
        if not new:
            return Came((), None)
        found = [one for one in heard if one.remote_id in new]
        return Came(_in_order(found), mark.add(_list_seen(found), now=now).write())

    def _ask(self, us: Page, since: datetime | None) -> tuple[list[Inbound], datetime | None]:
        """Everything since then, each once, and LinkedIn's own time. Raises `_Stopped`."""
        found: dict[str, Inbound] = {}
        now: datetime | None = None
        for page in range(MOST_PAGES):
            result = self._api.get(
                "organizationalEntityNotifications",
                criteria=_write_criteria(since),
                q="criteria",
                organizationalEntity=us.id,
                start=str(page * AT_ONCE),
                count=str(AT_ONCE),
            )
            told = read_elements(result)
            if told is None or not isinstance(result, Answer):
                raise _Stopped(errors.judge(result))
            now = result.date()
            before = len(found)
            found |= {one.remote_id: one for raw in told if (one := _read(raw, us)) is not None}
            if len(told) < AT_ONCE or len(found) == before:
                return list(found.values()), now
        raise _Stopped(Unknown("The list has no end."))


def _write_criteria(since: datetime | None) -> str:
    """A time has to have an end: one that is not there before the oldest is forgotten."""
    if since is None or since <= BEGINNING:
        return ACTIONS
    begin, length = (int(span / timedelta(milliseconds=1)) for span in (since - BEGINNING, KEPT))
    return f"{ACTIONS}&timeRange=(start:{begin},end:{begin + length})"


def _read(raw: Mapping[str, Any], us: Page) -> Inbound | None:
    """None: it is something else, or of another Page."""
    kind = {COMMENT: Kind.COMMENT, MENTION: Kind.MENTION}.get(str(raw.get("action")))
    named = read_urn(raw.get("generatedActivity")) or sanitize.identity(raw.get("notificationId"))
    post = read_urn(raw.get("sourcePost"))
    if kind is None or named is None or raw.get("organizationalEntity", us.id) != us.id:
        return None
    return Inbound(
        remote_id=named,
        author=NOBODY,
        own=False,
        kind=kind,
        text="",
        at=read_moment(raw.get("lastModifiedAt")) or BEGINNING,
        url=make_post_url(post) if post else us.url,
        thread=post or named,
        parent_id=post if kind is Kind.COMMENT else None,
        root_is_ours=kind is Kind.COMMENT,
    )


def _list_seen(heard: list[Inbound]) -> list[Seen]:
    return [Seen(one.remote_id, one.at) for one in heard]


def _in_order(heard: list[Inbound]) -> tuple[Inbound, ...]:
    return tuple(sorted(heard, key=lambda one: one.at))
