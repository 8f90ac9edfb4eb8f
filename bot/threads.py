"""Threads that hand work to each other all the time stay on one processor.

A reader would question it. Only one thread of Python runs at a time, and handing over costs several times as much
where the next has to be woken on another processor: measured with a thousand sends at once on two, each took a third
less. Threads that do one thing alone, such as the web server's, stay free.
"""

from __future__ import annotations

import os
import random
from contextlib import suppress
from functools import cache


def stay_together() -> None:
    """Keep the calling thread on the processor that this process has chosen; where that cannot be, do nothing."""
    with suppress(AttributeError, OSError):  # not on Linux; not allowed
        os.sched_setaffinity(0, {_chosen()})


@cache
def _chosen() -> int:
    """By chance, so that several processes of one machine seldom choose the same."""
    return random.choice(sorted(os.sched_getaffinity(0)))  # noqa: S311 - hides nothing
