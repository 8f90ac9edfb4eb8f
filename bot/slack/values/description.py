"""What the dialog that describes an answer's image carries."""

from __future__ import annotations

from dataclasses import dataclass

from bot.slack.ids import NONE, Malformed, parse_one_id, parse_thread

WRONG = "not what a description is about"


@dataclass(frozen=True)
class DescriptionAbout:
    """A draft, and the private message that showed it."""

    draft_id: str
    channel: str | None = None
    thread_ts: str | None = None
    response_url: str = ""


def format_description(about: DescriptionAbout) -> str:
    """ "<draft id> <channel> <thread> <response_url>", with "-" for what is not there."""
    return " ".join(each or NONE for each in vars(about).values())


def parse_description(value: str | None) -> DescriptionAbout:
    """Raises Malformed."""
    parts = (value or "").split(" ")
    if len(parts) != 4:
        raise Malformed(WRONG)
    draft, channel = (parse_one_id(each, WRONG) for each in parts[:2])
    return DescriptionAbout(
        draft,
        None if channel == NONE else channel,
        parse_thread(parts[2]),
        "" if parts[3] == NONE else parts[3],
    )
