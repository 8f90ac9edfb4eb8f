"""How long the reconciler waits, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Slack's history lags: that a message is absent counts only after a while."""

    look_after: float = 10.0
    post_again_after: float = 60.0
    skew: float = 5.0  # Slack's clock may be this far behind ours
    idle: float = 1.0
