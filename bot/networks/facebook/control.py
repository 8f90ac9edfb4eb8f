"""The control question: whose token is it? Only a Page's own will do."""

from __future__ import annotations

from urllib.parse import quote

from bot.domain.outcomes import Outcome
from bot.networks import sanitize
from bot.networks.meta import control
from bot.networks.meta.control import Profile
from bot.networks.meta.pages import ask_page


class Control(control.Control):
    def who(self) -> Profile | Outcome:
        said = ask_page(self._graph)
        if not isinstance(said, dict):
            return said
        page_id = str(said["id"])
        username = sanitize.words(said.get("username"), 100)
        address = f"https://www.facebook.com/{quote(username or page_id)}"
        return Profile(page_id, sanitize.name(said.get("name"), page_id), address, username)
