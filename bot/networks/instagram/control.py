"""The control question: whose token is it, and does the network itself answer?

The account belongs to a Page: the Page's own token names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.outcomes import NeedsLogin, Outcome
from bot.networks import sanitize
from bot.networks.http import Result
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph, is_plain
from bot.networks.meta.pages import ask_page

PATIENCE = 5.0  # seconds; it is asked within the lease of a send
ACCOUNT = "instagram_business_account{id,username}"
LINK_ONE = "In Instagram's settings make the account a Business or Creator account, and link it to the Page."


@dataclass(frozen=True)
class Profile:
    id: str  # the account's own; never the Page's
    name: str  # "@dockbakery"
    url: str


class Control:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph.within(PATIENCE)

    def who(self) -> Profile | Outcome:
        """Whose token it is, asked now."""
        said = ask_page(self._graph, ACCOUNT)
        if not isinstance(said, dict):
            return said
        linked = said.get("instagram_business_account")
        found = sanitize.identity(linked.get("id")) if isinstance(linked, dict) else None
        if found is None or not is_plain(found):
            page = sanitize.name(said.get("name"), str(said["id"]))
            return NeedsLogin(
                f"no professional Instagram account is linked to the Page {page}", None, LINK_ONE
            )
        username = sanitize.words(linked.get("username"), 100).strip() if isinstance(linked, dict) else ""
        address = f"https://www.instagram.com/{quote(username, safe='')}"
        return Profile(found, f"@{username or found}", address if username else "https://www.instagram.com")

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own id not there? It is said alike of what a token may not see, so it is
        believed only of a token that is a Page's own just now."""
        return errors.says_gone(result) and isinstance(self.who(), Profile)
