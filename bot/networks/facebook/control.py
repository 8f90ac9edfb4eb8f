"""The control question: whose token is it, and does the network itself answer?

Only a Page's own token will do. With a person's, Facebook answers lists of comments with an empty list and 200; so such
a token is refused before anything else is asked with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.outcomes import NeedsLogin, Outcome
from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph, read_id

PATIENCE = 5.0  # seconds; it is asked within the lease of a send
FIELDS = "id,name,username,category"  # only a Page has a category
WRONG_KIND = "it is not a Page's own token"
TAKE_PAGES = (
    "Take the Page's own: ask Facebook for /me/accounts with the person's token, and copy its access_token."
)


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
        result = self._graph.get("me", fields=FIELDS)
        if (page_id := read_id(result)) and isinstance(result, Answer):
            said = result.fields()
            if "category" not in said:
                return NeedsLogin(WRONG_KIND, result.status, TAKE_PAGES)
            name = sanitize.name(said.get("name"), page_id)
            username = sanitize.words(said.get("username"), 100)
            return Page(page_id, name, username, f"https://www.facebook.com/{quote(username or page_id)}")
        error = errors.read_error(result)
        if error is not None and error.code == 100 and errors.NO_SUCH_FIELD in error.words:
            return NeedsLogin(WRONG_KIND, None, TAKE_PAGES)
        return errors.judge(result)

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own id not there? Facebook says the same of what a token may not see, so it is
        believed only of a token that is a Page's own just now."""
        return errors.says_gone(result) and isinstance(self.who(), Page)
