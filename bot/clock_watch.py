"""Watches the bot's clock: does the worker still take its turns?

A turn that never ends, or a timer that fires no more, looks like a quiet day: nothing is sent, no review opens, nothing
is missed aloud. So people hear of it on /healthz, in App Home, as a number in /metrics, and by one direct message.
Clicks and a pause do not need the clock, so the process stays ready.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from bot.observability import get_logger

LOOK_EVERY = 5.0  # seconds
LATE = 60.0  # seconds without a turn; there is one a second
STOPPED = (
    "Byhand's clock has stopped for {seconds:.0f} seconds: nothing is sent and no review opens. Please have Byhand "
    "restarted."
)

log = get_logger("clock")


class ClockWatch:
    """`still_for`: seconds since the last turn ended. `note`: a sentence for Home and the metrics, None when all is
    well. `tell`: says it to the approvers; False: somebody has not heard it yet."""

    def __init__(
        self,
        still_for: Callable[[], float],
        note: Callable[[str | None], None],
        tell: Callable[[str], bool],
    ) -> None:
        self._still_for = still_for
        self._note = note
        self._tell = tell
        self._told = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="clock-watch", daemon=True)

    @property
    def trouble(self) -> str | None:
        seconds = self._still_for()
        return STOPPED.format(seconds=seconds) if seconds > LATE else None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_EVERY)

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                self.look()
            except Exception:  # a boundary: the next look is the remedy
                log.exception("the clock could not be looked at")

    def look(self) -> None:
        """Told once each time it stops."""
        trouble = self.trouble
        self._note(trouble)
        if trouble is None:
            self._told = False
        elif not self._told:
            log.error(trouble)
            self._told = self._tell(trouble)
