"""Signing in a LinkedIn Page: the token of somebody with a role on it, from the app's page.

Only approved partners are given tokens that can be renewed, and only an app's own secret may ask when one ends. So its
60 days are counted from when it is taken.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.networks.http import check_printable
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights

LIVES = timedelta(days=60)
TAKE = (
    "On developer.linkedin.com, under Docs and tools, open the OAuth token tools, choose the app and all of its "
    "permissions that begin with rw_organization, r_organization and w_organization, and create a token."
)
BY_HAND = "Whoever made the token ends it on LinkedIn: Settings & Privacy, Data privacy, Permitted services."
NOT_TOLD = (
    "LinkedIn does not say when a token ends, so its 60 days are counted from now: sign in on the day that you make "
    "one."
)
_OTHERS = {
    re.compile(r"WPL_AP\d?\..+"): "the app's secret",
    re.compile(r"[0-9a-z]{14}"): "the app's client ID",
    re.compile(r"EAA.+"): "a token of Facebook",
    re.compile(r"TH.+"): "a token of Threads",
}


class LinkedInSignIn:
    prompt = "The access token"
    by_hand = TAKE
    ends_by_hand = BY_HAND

    def find_wrong_kind(self, typed: str) -> str | None:
        for shape, what in _OTHERS.items():
            if shape.fullmatch(typed):
                return f"This is {what}. {self.by_hand}"
        try:
            check_printable(typed, "token")
        except ValueError:
            return f"This is no token: it is empty, or has spaces or signs that none has. {self.by_hand}"
        return None

    def ask_rights(self, account: AccountSettings) -> Rights:  # noqa: ARG002  nobody can be asked
        return Rights(lacks=(NOT_TOLD,), until=datetime.now(UTC) + LIVES)

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002
        """Only the app's own secret may ask for it."""
        return Revoked(False, self.ends_by_hand)


SIGN_IN = LinkedInSignIn()
