"""Only a Page's own token will do, for the Page and for the Instagram account that is linked to it.

With a person's, lists are answered with an empty list and 200; so such a token is refused before anything else is
asked with it.
"""

from __future__ import annotations

from typing import Any

from bot.domain.outcomes import NeedsLogin, Outcome
from bot.networks.http import Answer
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph, read_id

FIELDS = "id,name,username,category"  # only a Page has a category
WRONG_KIND = "it is not a Page's own token"
TAKE_PAGES = (
    "Take the Page's own: ask Facebook for /me/accounts with the person's token, and copy its access_token."
)


def ask_page(graph: Graph, *fields: str) -> dict[str, Any] | Outcome:
    """What the network says of the Page whose token it is, asked now. Its `id` can stand in an address."""
    result = graph.get("me", fields=",".join((FIELDS, *fields)))
    if read_id(result) and isinstance(result, Answer):
        said = result.fields()
        return said if "category" in said else NeedsLogin(WRONG_KIND, result.status, TAKE_PAGES)
    error = errors.read_error(result)
    if error is not None and error.code == 100 and errors.NO_SUCH_FIELD in error.words:
        return NeedsLogin(WRONG_KIND, None, TAKE_PAGES)
    return errors.judge(result)
