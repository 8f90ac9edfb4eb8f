"""File descriptors: what the process may open, and what is kept of it for the bot's own work.

Database, networks, Slack and the command line take theirs from the same pool as whoever connects from outside, so the
outside is bounded by what the bot can spare.
"""

from __future__ import annotations

import contextlib
import resource

OWN = 192  # the database's, the networks', Slack's, the control socket's, pictures, logs
PLENTY = 65_536  # more is of no use, and some systems name a billion
FEWEST, MOST = 16, 200  # connections from outside


def raise_limit() -> None:
    """Up to what the system allows without asking anybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = PLENTY if hard == resource.RLIM_INFINITY else min(hard, PLENTY)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    with contextlib.suppress(OSError, ValueError):  # what there is has to do
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def count_connections(kept: int = 0) -> int:
    """How many connections from outside may be open at once, where `kept` more are wanted beside them."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(FEWEST, min(MOST, soft - OWN - kept))
