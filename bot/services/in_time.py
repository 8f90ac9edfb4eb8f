"""What somebody waits for only so long: done on a thread of its own, and left alone there where it hangs.

A database that answers nothing holds up whoever asks it for as long as the network's time-outs; nobody who paused, or
wants to, waits for that.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


def start(work: Callable[[], T], name: str) -> Future[T]:
    """Begin it on a thread of its own. Where this process can have no more threads it is done here, however long it
    takes."""
    done: Future[T] = Future()

    def settle() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    try:
        threading.Thread(target=settle, name=name, daemon=True).start()
    except RuntimeError as error:
        log.error("%s has no thread of its own: %s", name, error)
        settle()
    return done


def wait_for(work: Callable[[], T], seconds: float, name: str) -> T:
    """Its answer. Raises TimeoutError after so many seconds, and what it raises."""
    return start(work, name).result(seconds)
