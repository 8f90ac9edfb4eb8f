"""App Home: opened by a person, drawn by `home_pages.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.services.queries import inbox as inbox_queries
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import Office
from bot.slack.context import Face
from bot.slack.payloads import Event
from bot.slack.people import Directory
from bot.slack.views.home.home import home_page
from bot.slack.views.text import Place


def opened(face: Face, event: Event) -> None:
    """Not de-duplicated: drawing Home twice has no second effect. The Messages tab is not ours."""
    if event.inner.get("tab") == "home":
        face.homes.opened(str(event.inner["user"]))


def draw(office: Office, directory: Directory, place: Place, user: str) -> dict[str, Any]:
    """The view one person gets."""
    person = directory.person(user)
    page = office.look(post_queries.home, person)
    inbox = office.look(inbox_queries.home_inbox, person) if office.policy.inbox_channel else None
    return home_page(replace(page, inbox=inbox), place)
