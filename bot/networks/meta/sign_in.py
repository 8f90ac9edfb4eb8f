"""Signing in with a Page's own token, which somebody with a role on the Page has made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.networks.http import Http, check_printable
from bot.networks.meta import rights
from bot.networks.meta.graph import HOST, Graph
from bot.networks.meta.pages import TAKE_PAGES
from bot.networks.meta.tokens import TokenFacts, inspect
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights

BY_HAND = "Whoever made the token ends it on Facebook: Settings, Business integrations, where the app can be removed."
_APPS = re.compile(r"\d+\|.+")


@dataclass(frozen=True)
class PageSignIn:
    """`needed` and `wanted`: {scope: what does not work without it}."""

    prompt: str
    needed: Mapping[str, str]
    wanted: Mapping[str, str]
    by_hand: str = TAKE_PAGES
    ends_by_hand: str = BY_HAND

    def find_wrong_kind(self, typed: str) -> str | None:
        if _APPS.fullmatch(typed):
            return f"This is the app's own token. {self.by_hand}"
        try:
            check_printable(typed, "token")
        except ValueError:
            return f"This is no token: it is empty, or has spaces or signs that none has. {self.by_hand}"
        return None

    def ask_rights(self, account: AccountSettings) -> Rights:
        token = account.secrets["TOKEN"]
        facts = inspect(Graph(Http(account.server or HOST, from_settings=True), token), token)
        if not isinstance(facts, TokenFacts):
            return Rights()
        too_few = rights.find_unusable(facts, self.needed) or ""
        lacking = rights.list_lacking(facts, self.wanted)
        return Rights(tuple(sorted(facts.scopes)), lacking, too_few, facts.ends)

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002
        """A Page's token cannot end itself."""
        return Revoked(False, BY_HAND)
