"""The bot's own process on the stage: the unmodified program, built with a clock that can be pushed.

It is `app.build` and nothing else; only the addresses it is given tell its Slack and its networks from real ones. That
under which networks fetch images comes in the environment: byhand.toml takes no address of this computer for it. Its
parent speaks to it in JSON lines: {"do": "offset", "seconds": 300} pushes the clock, {"do": "rest"} asks whether
anything is due or under way, {"do": "slot"} when the next slot is. When the pipe closes, the parent is gone, and the
bot stops.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot import observability
from bot.app import Byhand, build
from bot.domain.shown.post_screens import Ahead
from bot.networks import registry
from bot.sandbox.clock import StageClock
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import Wake
from bot.settings.load import load_settings

OFFSET = "BYHAND_STAGE_OFFSET"  # seconds; read here only
PUBLIC_URL = "BYHAND_STAGE_PUBLIC_URL"  # this one, too


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's to handle
    clock = StageClock(timedelta(seconds=float(os.environ.get(OFFSET, "0"))))
    settings = load_settings(None, os.environ, networks=registry.load_all())
    settings = replace(settings, public_url=os.environ.get(PUBLIC_URL, ""))
    observability.set_up_logging(secrets=settings.secrets())
    byhand = build(settings, clock)
    byhand.start()
    _say({"ready": True, "port": byhand.web.port})
    for line in sys.stdin:
        _say(_answer(byhand, clock, json.loads(line)))
    byhand.stop()
    return 0


def _answer(byhand: Byhand, clock: StageClock, request: dict[str, Any]) -> dict[str, Any]:
    if request["do"] == "offset":
        clock.set_offset(timedelta(seconds=float(request["seconds"])))
        byhand.wake(Wake.CLOCK)
        byhand.wake(Wake.OUTBOX)
    if request["do"] == "slot":
        rows = byhand.services.look(post_queries.list_upcoming, Ahead.ALL)
        ahead = [
            row.slot
            for row in rows
            if row.slot and row.slot > clock.now() and row.status in post_queries.OPEN
        ]
        return {"slot": min(ahead).isoformat() if ahead else None}
    at = byhand.next_moment()
    return {
        "busy": byhand.busy(),
        "untold": byhand.has_untold(),
        "next": at.isoformat() if at else None,
        "now": clock.now().isoformat(),
    }


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
