"""What the dialog that resumes carries."""

from __future__ import annotations

import re

from bot.slack.ids import Malformed, parse_scope


def format_resume(scope: str, epoch: int) -> str:
    """ "<scope>:<epoch>": which gate is to be opened, and which pause the person saw."""
    return f"{scope}:{epoch}"


def parse_resume(value: str | None) -> tuple[str, int]:
    """Raises Malformed."""
    scope, _, epoch = (value or "").rpartition(":")
    if not re.fullmatch(r"\d{1,9}", epoch, re.ASCII):
        raise Malformed("not a pause to be ended")
    return parse_scope(scope), int(epoch)
