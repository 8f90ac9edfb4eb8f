"""A way in whose secrets end and are exchanged, in the place of the pretend network's own; it keeps its own ledger.

The access token opens the account at the pretend network; the refresh token buys the next pair. `single_use`: once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bot.domain.outcomes import NeedsLogin, NotSent, Outcome, Unknown
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Renewed, Revoked, Rights
from bot.sandbox.networks.mastodon.server import MastodonServer

LIVES = timedelta(days=60)
YOUNG = timedelta(hours=24)  # nothing younger is exchanged
LOST = "lost"  # the network does it, and its answer does not arrive
Order = Outcome | str | Exception | Callable[[], None]


@dataclass
class FakeRenewing:
    """`orders`: what becomes of the next calls: an outcome instead, LOST, an error, or what to do before answering."""

    server: MastodonServer
    now: Callable[[], datetime]
    single_use: bool
    username: str = "dockbakery"
    lives: timedelta = LIVES
    young: timedelta = YOUNG
    orders: deque[Order] = field(default_factory=deque)
    offered: list[str] = field(default_factory=list)  # refresh tokens, as they came
    prompt: str = "Access token"
    by_hand: str = "Make one in the app's dashboard."
    ends_by_hand: str = "End it there."

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self.refresh = "refresh-0"

    def find_due(self, taken_at: datetime, until: datetime | None) -> datetime | None:
        return taken_at + max(self.young, (until - taken_at) / 2) if until else taken_at + self.young

    def renew(self, account: AccountSettings, send_by: Callable[[], bool]) -> Renewed | Outcome:
        if not send_by():
            return NotSent("The window was over.")
        order = self.orders.popleft() if self.orders else None
        if isinstance(order, Exception):
            raise order
        if isinstance(order, Outcome):
            return order
        offered = account.secrets.get("REFRESH", self.refresh)
        self.offered.append(offered)
        if offered != self.refresh:
            return NeedsLogin("Value passed for the token was invalid")
        new = self._exchange()
        if order == LOST:
            return Unknown("the connection broke")
        if callable(order):
            order()
        return new

    def _exchange(self) -> Renewed:
        number = next(self._numbers)
        token = f"token-{number}"
        if self.single_use:
            self.refresh = f"refresh-{number}"
        accounts = self.server.state.ours  # by their tokens: the former one opens nothing any more
        accounts[token] = accounts.pop(self.server.tokens[self.username])
        self.server.tokens[self.username] = token
        return Renewed({"TOKEN": token, "REFRESH": self.refresh}, self.now() + self.lives)

    def find_wrong_kind(self, typed: str) -> str | None:
        return None

    def ask_rights(self, account: AccountSettings) -> Rights:
        return Rights(until=self.now() + self.lives)

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:
        return Revoked(False, "End it there.")
