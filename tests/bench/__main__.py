"""`make bench`: every figure beside its peer, in one table, in one run. Nothing is written outside a temporary folder.

Take the ratios, never the absolute numbers: those are this machine's, on this day. `--quick` is for working on it,
`--only NAME` (a file of this folder) for one part.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.sandbox.slack.server import SlackServer
from tests.bench import (
    burst,
    claims,
    click,
    crowd,
    decisions,
    dialogs,
    footprint,
    history,
    inbox,
    networks,
    opening,
    pausing,
    pictures,
    plans,
    starved,
)
from tests.bench.figures import Figure, table

Part = Callable[[Path, SlackServer, bool], Iterator[Figure]]
PARTS: Mapping[str, Part] = {
    "decisions": lambda folder, slack, quick: decisions.measure(folder, slack, quick=quick),
    "click": lambda _folder, _slack, quick: click.measure(quick=quick),
    "burst": lambda folder, slack, quick: burst.measure(folder, slack, quick=quick),
    "claims": lambda folder, _slack, quick: claims.measure(folder, quick=quick),
    "history": lambda folder, _slack, quick: history.measure(folder, quick=quick),
    "pausing": lambda folder, _slack, quick: pausing.measure(folder, quick=quick),
    "starved": lambda _folder, _slack, quick: starved.measure(quick=quick),
    "crowd": lambda folder, slack, quick: crowd.measure(folder, slack, quick=quick),
    "dialogs": lambda folder, slack, quick: dialogs.measure(folder, slack, quick=quick),
    "opening": lambda folder, slack, quick: opening.measure(folder, slack, quick=quick),
    "inbox": lambda folder, slack, quick: inbox.measure(folder, slack, quick=quick),
    "networks": lambda folder, slack, quick: networks.measure(folder, slack, quick=quick),
    "pictures": lambda folder, slack, quick: pictures.measure(folder, slack, quick=quick),
    "plans": lambda folder, slack, quick: plans.measure(folder, slack, quick=quick),
    "footprint": lambda folder, slack, quick: footprint.measure(folder, slack, quick=quick),
}


def main() -> int:
    """0: every figure is met; 1: one is not, or cannot be had here. With `--works`, 1: a part broke."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--quick", action="store_true", help="fewer and smaller turns")
    asked.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    asked.add_argument(
        "--works", action="store_true", help="what misses its limit is no failure, what breaks is"
    )
    chosen = asked.parse_args()
    logging.disable(logging.WARNING)  # alembic's, of the databases made here
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folder = Path(tempfile.mkdtemp(prefix="byhand-bench-"))
    figures: list[Figure] = []
    try:
        for name in chosen.only or PARTS:
            figures += _part(PARTS[name], name, folder, chosen.quick)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(table(figures) + "\n")
    failed = [figure for figure in figures if (figure.broken if chosen.works else figure.met is False)]
    return 1 if failed else 0


def _part(part: Part, name: str, folder: Path, quick: bool) -> list[Figure]:
    """A Slack and a folder of its own for each: what one left behind neither slows nor confuses the next."""
    began = time.monotonic()
    own = folder / name
    own.mkdir()
    slack = SlackServer(now=lambda: datetime.now(UTC), limits=False)
    slack.start()
    figures: list[Figure] = []
    try:
        figures.extend(part(own, slack, quick))
    except Exception as error:  # a boundary: one part that breaks must not take the others' figures with it
        logging.getLogger(__name__).critical("%s broke", name, exc_info=error)
        figures.append(Figure(name, f"broke: {error}"[:60], met=False, broken=True))
    finally:
        slack.stop()
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")
    return figures


if __name__ == "__main__":
    sys.exit(main())
