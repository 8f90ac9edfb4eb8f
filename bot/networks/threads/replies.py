"""An answer on Threads: a post of ours that names what it answers. It goes the same two steps as any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TO = "reply_to_id"


def name_target(reference: Mapping[str, Any]) -> dict[str, str]:
    """What makes a container one of an answer."""
    return {TO: str(reference["post"])}


def is_answer(kept: Mapping[str, Any]) -> bool:
    return TO in kept
