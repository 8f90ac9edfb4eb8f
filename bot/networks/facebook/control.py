"""The control question: whose token is it, and does the network itself answer?"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.outcomes import Outcome
from bot.networks import sanitize
from bot.networks.http import Result
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph
from bot.networks.meta.pages import ask_page

PATIENCE = 5.0  # seconds; it is asked within the lease of a send


@dataclass(frozen=True)
class Page:
    id: str
    name: str
    username: str  # "": it has none
    url: str


class Control:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph.within(PATIENCE)

    def who(self) -> Page | Outcome:
        """Whose token it is, asked now."""
        said = ask_page(self._graph)
        if not isinstance(said, dict):
            return said
        page_id = str(said["id"])
        name = sanitize.name(said.get("name"), page_id)
        username = sanitize.words(said.get("username"), 100)
        return Page(page_id, name, username, f"https://www.facebook.com/{quote(username or page_id)}")

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own id not there? Facebook says the same of what a token may not see, so it is
        believed only of a token that is a Page's own just now."""
        return errors.says_gone(result) and isinstance(self.who(), Page)
