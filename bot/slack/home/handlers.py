"""App Home: opened by a person, drawn by `home_pages.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.services.queries import home as home_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.unit_of_work import Services
from bot.slack.context import ListenerContext
from bot.slack.payloads import Event
from bot.slack.people import Directory
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.text import Place


def open_home(context: ListenerContext, event: Event) -> None:
    """Not de-duplicated: drawing Home twice has no second effect. The Messages tab is not ours."""
    if event.inner.get("tab") == "home":
        context.home_pages.opened(str(event.inner["user"]))


def draw_home(
    services: Services, directory: Directory, place: Place, user: str, troubles: Sequence[str] = ()
) -> dict[str, Any]:
    """The view one person gets."""
    person = directory.person(user)
    page = services.look(home_queries.load_home, person)
    inbox = services.look(inbox_queries.load_home_inbox, person) if services.policy.inbox_channel else None
    return draw_home_page(replace(page, inbox=inbox), place, troubles)
