"""Signing in a Facebook Page: its own token, which somebody with a role on the Page has made."""

from __future__ import annotations

import re

from bot.networks.facebook import rights
from bot.networks.facebook.control import TAKE_PAGES
from bot.networks.http import Http, check_printable
from bot.networks.meta.graph import Graph
from bot.networks.meta.tokens import TokenFacts, inspect
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights

HOST = "https://graph.facebook.com"
BY_HAND = "Whoever made the token ends it on Facebook: Settings, Business integrations, where the app can be removed."
_APPS = re.compile(r"\d+\|.+")


class FacebookSignIn:
    prompt = "The Page's access token"
    by_hand = TAKE_PAGES

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
        too_few = rights.find_unusable(facts) or ""
        return Rights(tuple(sorted(facts.scopes)), rights.list_lacking(facts), too_few, facts.until)

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002
        """A Page's token cannot end itself."""
        return Revoked(False, BY_HAND)


SIGN_IN = FacebookSignIn()
