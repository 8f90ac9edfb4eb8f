"""Signing in an X account by hand: the keys of OAuth 1.0a, which do not end by themselves."""

from __future__ import annotations

from bot.networks.http import check_printable
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights
from bot.networks.signin.signatures import Keys

SEPARATOR = ":"
BY_HAND = (
    "At console.x.com give your app Read and write, then take from its Keys and tokens the API key, its secret, the "
    "access token and its secret, and put them in this order into one line, with colons between them."
)
ENDS_BY_HAND = (
    "Whoever owns the account ends it on X: Settings, Security and account access, Apps and sessions."
)


class XSignIn:
    prompt = "API key:secret:access token:secret"
    by_hand = BY_HAND
    ends_by_hand = ENDS_BY_HAND

    def find_wrong_kind(self, typed: str) -> str | None:
        if typed.startswith("AAAAAAAAAAAAAAAAAAAA"):
            return f"This is the app's Bearer token, which opens no account. {self.by_hand}"
        return (
            None if read_keys(typed) else f"These are not four keys with colons between them. {self.by_hand}"
        )

    def ask_rights(self, account: AccountSettings) -> Rights:  # noqa: ARG002
        """X does not tell what an app may do before it tries."""
        return Rights()

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002
        return Revoked(False, self.ends_by_hand)


def read_keys(secret: str) -> Keys | None:
    """None: it is something else."""
    parts = secret.split(SEPARATOR)
    try:
        return Keys(*(check_printable(part, "key") for part in parts)) if len(parts) == 4 else None
    except ValueError:
        return None


SIGN_IN = XSignIn()
