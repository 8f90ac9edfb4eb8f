"""What a person typed or chose in the inbox's dialogs. No payload can crash it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.conversations import Closing
from bot.slack.ids import Field
from bot.slack.posts.forms import StateValues, read_chosen, read_element, read_moment, read_typed


def read_reply(values: StateValues) -> tuple[str, str | None]:
    """The words as typed, and the image's description; None if the dialog had no field for one."""
    return read_typed(values, Field.TEXT), read_typed(
        values, Field.ALT
    ).strip() if Field.ALT in values else None


def read_closing(values: StateValues) -> Closing | None:
    """None if nothing that we offer was chosen."""
    found = read_chosen(values, Field.CLOSING)
    return Closing(found) if found in set(Closing) else None


def read_person(values: StateValues) -> str | None:
    """The chosen person's id."""
    found = read_element(values, Field.PERSON).get("selected_user")
    return found if isinstance(found, str) and found else None


def read_until(values: StateValues) -> datetime | None:
    """The picked moment in UTC."""
    return read_moment(values, Field.UNTIL)
