"""The control question: whose token is it? The account belongs to a Page: the Page's own token names it."""

from __future__ import annotations

from urllib.parse import quote

from bot.domain.outcomes import NeedsLogin, Outcome
from bot.networks import sanitize
from bot.networks.meta import control
from bot.networks.meta.control import Profile
from bot.networks.meta.graph import is_plain
from bot.networks.meta.pages import ask_page

HOME = "https://www.instagram.com"
ACCOUNT = "instagram_business_account{id,username}"
LINK_ONE = "In Instagram's settings make the account a Business or Creator account, and link it to the Page."


class Control(control.Control):
    def who(self) -> Profile | Outcome:
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
        address = f"https://www.instagram.com/{quote(username, safe='')}" if username else HOME
        return Profile(found, f"@{username or found}", address, username or found)
