"""What the dialog that resumes carries, and the button that opens it."""

from __future__ import annotations

import re

from bot.slack.ids import Malformed, parse_one_id, parse_scope


def format_resume(scope: str, epoch: int) -> str:
    """ "<scope>:<epoch>": which gate is to be opened, and which pause the person saw."""
    return f"{scope}:{epoch}"


def parse_resume(value: str | None) -> tuple[str, int]:
    """Raises Malformed."""
    scope, _, epoch = (value or "").rpartition(":")
    if not re.fullmatch(r"\d{1,9}", epoch, re.ASCII):
        raise Malformed("not a pause to be ended")
    return parse_scope(scope), int(epoch)


def format_resume_press(scope: str, pause_id: str = "") -> str:
    """ "<scope>", or "<scope> <pause id>" where the button is about this one pause only."""
    return f"{scope} {pause_id}".strip()


def parse_resume_press(value: str | None) -> tuple[str, str]:
    """The scope, and the pause ("": whichever keeps it shut). Raises Malformed."""
    scope, _, pause_id = (value or "").partition(" ")
    return parse_scope(scope), parse_one_id(pause_id, "not a pause") if pause_id else ""
