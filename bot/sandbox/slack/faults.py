"""Faults to order: what goes wrong between an app and Slack, on demand and counted.

Two kinds: a number of faults for the next calls of a method (tests), and a standing one until it is switched
off (the demo page). Faults of the WebSocket are orders to `transport/socket_mode.py` and kept there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from threading import Lock


class Kind(Enum):
    TOO_MANY = "429 with Retry-After"
    LOST_ANSWER = "the call takes effect, then the connection is cut"
    CUT = "the connection is cut before anything happens"
    SLOW = "the answer comes late"
    SERVER_ERROR = "500 and a page of HTML; nothing happens"


@dataclass(frozen=True)
class Fault:
    kind: Kind
    seconds: float = 1.0  # Retry-After, or how late the answer is


@dataclass
class _Order:
    method: str
    fault: Fault
    left: int | None  # None: until withdrawn


class Faults:
    """`disconnect`, `cut_socket` and `refuse_socket` are wired to the Socket Mode server by `slack/server.py`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._orders: list[_Order] = []
        self._refuse_until = 0.0
        self.down = False
        self.disconnect: Callable[[], None] = lambda: None
        self.cut_socket: Callable[[], None] = lambda: None

    def order(self, method: str, kind: Kind, times: int | None = 1, seconds: float = 1.0) -> None:
        """The next `times` calls of `method` (also `chat.*`, `*`) fail so; None: until `withdraw`."""
        with self._lock:
            self._orders.append(_Order(method, Fault(kind, seconds), times))

    def withdraw(self, kind: Kind | None = None) -> None:
        with self._lock:
            self._orders = [each for each in self._orders if kind is not None and each.fault.kind is not kind]

    def standing(self, kind: Kind) -> bool:
        with self._lock:
            return any(each.left is None and each.fault.kind is kind for each in self._orders)

    def next(self, method: str) -> Fault | None:
        """What happens to this call; used up by asking."""
        with self._lock:
            for order in self._orders:
                if fnmatchcase(method, order.method) and order.left != 0:
                    if order.left is not None:
                        order.left -= 1
                    return order.fault
            return None

    def take_down(self) -> None:
        """No call and no WebSocket gets through until `bring_up`; events come by the usual retries."""
        self.down = True
        self.cut_socket()

    def bring_up(self) -> None:
        self.down = False

    def refuse_socket(self, seconds: float) -> None:
        """Refuse every new WebSocket for so long; those that are open stay."""
        self._refuse_until = time.monotonic() + seconds

    @property
    def refusing_sockets(self) -> bool:
        return self.down or time.monotonic() < self._refuse_until
