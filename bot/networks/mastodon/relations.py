"""Whom the account has muted or blocked in the network's app: notifications leave them out, a thread does not.

Asked only for who wrote something that was not handed over before, so that a sweep that finds nothing new asks nothing;
and asked anew each time then, because who was muted a minute ago must be left out now.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.mastodon import messages as mastodon_messages

AT_ONCE = 40  # accounts in one question
MAX_KNOWN = 20_000  # statuses
LEFT_OUT = ("muting", "blocking", "blocked_by", "domain_blocking")


class Relations:
    """`ask` asks for the relationships to some accounts; `stopped` is raised with an answer that is none."""

    def __init__(
        self, ask: Callable[[Sequence[str]], Result], stopped: Callable[[Result], Exception]
    ) -> None:
        self._ask = ask
        self._stopped = stopped
        self._known: OrderedDict[str, None] = OrderedDict()  # ids of statuses that were handed over
        self._lock = threading.Lock()

    def note(self, ids: Iterable[str]) -> None:
        """These were handed over."""
        with self._lock:
            self._known.update(dict.fromkeys(ids))
            while len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)

    def leave_out(self, statuses: Sequence[Mapping[str, Any]], our_id: str) -> list[Mapping[str, Any]]:
        """Without those by people we muted or blocked, and those of conversations we muted."""
        heard = [one for one in statuses if one.get("muted") is not True]
        with self._lock:
            new = [one for one in heard if sanitize.identity(one["id"]) not in self._known]
        authors = {str(mastodon_messages.read_author_id(one)) for one in new} - {our_id}
        welcome = self._list_welcome(sorted(authors))
        kept_out = authors - welcome
        shown = {id(one) for one in new if mastodon_messages.read_author_id(one) not in kept_out}
        strange = {id(one) for one in new}
        return [one for one in heard if id(one) in shown or id(one) not in strange]

    def _list_welcome(self, ids: Sequence[str]) -> set[str]:
        """Who is neither muted nor blocked; of whom the server says nothing, nobody knows that."""
        welcome: set[str] = set()
        for place in range(0, len(ids), AT_ONCE):
            result = self._ask(ids[place : place + AT_ONCE])
            found = result.json() if isinstance(result, Answer) and result.status == 200 else None
            if not isinstance(found, list):
                raise self._stopped(result)
            welcome |= {
                str(sanitize.identity(one.get("id")))
                for one in found
                if isinstance(one, dict) and not any(one.get(name) for name in LEFT_OUT)
            }
        return welcome
