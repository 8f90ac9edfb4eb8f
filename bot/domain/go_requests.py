"""Posts of the same hour, whose Go is asked for in one message: which belong together, and what was opened of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.posts import Seen

HOUR = timedelta(hours=1)  # at most, from the first slot to the last
SOON = timedelta(minutes=1)  # a review that opens so soon is asked about with one that opens now
MOST = 10  # posts in one message
DIGEST = 8  # hex characters of the epochs


@dataclass(frozen=True)
class Opened:
    """A post that somebody had before them whole: which version, how the gate was then, and what had been taken back.
    A pause since, or a yes taken back, makes it another."""

    seen: Seen
    gate: str  # `digest_epochs`
    ended: int = 0  # approvals, each a Go too, of this version that had ended

    def is_still(self, now: Opened) -> bool:
        """Whether what was opened is what there is now."""
        return self.seen.is_still(now.seen) and (self.gate, self.ended) == (now.gate, now.ended)


def digest_epochs(epochs: str) -> str:
    """Of `Gate.epochs_for` the post's accounts: short enough for a dialog to carry."""
    return hashlib.sha256(epochs.encode()).hexdigest()[:DIGEST]


def fit(slots: Collection[datetime]) -> bool:
    """Whether posts with these slots may be in one message."""
    return len(slots) <= MOST and (not slots or max(slots) - min(slots) <= HOUR)


def choose_together(own: datetime, others: Mapping[str, datetime]) -> list[str]:
    """Which of these posts {id: slot} are asked about with one of this slot, by slot: the most that fit, and of as many
    the earlier ones."""
    best: list[str] = []
    for start in sorted({own, *others.values()}):
        if not start <= own <= start + HOUR:
            continue
        group = [one for one, slot in others.items() if start <= slot <= start + HOUR]
        nearest = sorted(group, key=lambda one: (abs(others[one] - own), one))[: MOST - 1]
        best = nearest if len(nearest) > len(best) else best
    return sorted(best, key=lambda one: (others[one], one))
