"""The first sync of a stream: from its newest page back to the hour's edge, and some way further.

What it read is stored only once it has been read to the end, the oldest first, and the cursor with it. So a process
that dies on the way begins again; what was stored already is known by its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.conversations import OFFERED_AT_MOST, OFFERED_SINCE
from bot.networks.receiving import RELAYED, Inbound, Older, Page, Trouble
from bot.observability import get_logger

MOST_PAGES = 100  # of one stream
FEW_LEFT = 5  # a fifth of the network's allowance is left to everything else

log = get_logger("poller")


@dataclass
class FirstSync:
    """One stream's; goes on where it stopped, as long as the process lives."""

    account: str
    stream: str
    edge: datetime  # what is newer is relayed, what is older offered
    first: Page | None = None
    found: list[Inbound] = field(default_factory=list)
    older: Older | None = None
    pages: int = 0

    @classmethod
    def begin(cls, account: str, stream: str, began: datetime) -> FirstSync:
        """`began`: when something of it was stored first, or now."""
        return cls(account, stream, began - RELAYED)

    def go_on(
        self, ask: Callable[[str | None], Page | Trouble], now: datetime, stopping: Callable[[], bool]
    ) -> Page | Trouble:
        """All of it as one page, or why it is not read to the end yet."""
        while self.first is None or (self.older is not None and self._goes_further(self.older)):
            if stopping():
                return Trouble("Byhand is stopping")
            asked = self.older.cursor if self.older else None
            page = ask(asked)
            if isinstance(page, Trouble):
                return page
            self._keep(page, asked)
            if self.older is not None and self._goes_further(self.older) and (wait := _wait(page, now)):
                return wait
        return replace(self.first, messages=tuple(self.found), older=None, cut_at=self._find_cut())

    def _find_cut(self) -> datetime | None:
        """Where it stops short of the hour's edge; people are told."""
        if self.pages < MOST_PAGES or self.older is None or self.older.at <= self.edge:
            return None
        log.warning("the last hour is longer than a first sync", account=self.account, stream=self.stream)
        return self.older.at

    def _keep(self, page: Page, asked: str | None) -> None:
        self.first = self.first or page
        self.pages += 1
        self.found = [*page.messages, *self.found]
        self.older = page.older if page.older is None or page.older.cursor != asked else None

    def _goes_further(self, older: Older) -> bool:
        if self.pages >= MOST_PAGES:
            return False
        offered = sum(one.at < self.edge for one in self.found)
        return older.at > self.edge or (older.at > self.edge - OFFERED_SINCE and offered < OFFERED_AT_MOST)


def _wait(page: Page, now: datetime) -> Trouble | None:
    """Where most of the allowance is used: until there is more."""
    rate = page.rate
    if rate is None or rate.resets_at <= now or rate.remaining * FEW_LEFT > rate.limit:
        return None
    return Trouble("most of what the network allows is used; the first sync goes on later", rate.resets_at)
