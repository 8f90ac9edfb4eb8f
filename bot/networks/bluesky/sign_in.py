"""Signing in to Bluesky: an app password, which is given once and holds until somebody revokes it there."""

from __future__ import annotations

import re

from bot.networks.bluesky.session import Session, Sessions, to_session_name
from bot.networks.http import Answer, Http
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights

_APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")
WHERE = "Settings, Privacy and security, App passwords"


class BlueskySignIn:
    prompt = "App password"
    by_hand = f"Make an app password there ({WHERE}) and type it here."
    ends_by_hand = f"Delete the app password on Bluesky, too ({WHERE}): only you can."

    def find_wrong_kind(self, typed: str) -> str | None:
        if _APP_PASSWORD.fullmatch(typed):
            return None
        return (
            "This is no app password: one looks like xxxx-xxxx-xxxx-xxxx. Never give Byhand the account's own "
            f"password; make an app password on Bluesky ({WHERE})."
        )

    def ask_rights(self, account: AccountSettings) -> Rights:  # noqa: ARG002  an app password has no list
        return Rights()

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:
        """The session ends; the app password itself only its owner can delete."""
        name = to_session_name((account.handle or "").removeprefix("@").lower())
        session = Sessions.read(vault.load(name))
        if session is None or not _end(account.server, session):
            return Revoked(False, self.ends_by_hand)
        return Revoked(True, f"Its session on Bluesky has ended. {self.ends_by_hand}")


def _end(server: str, session: Session) -> bool:
    """Only the settings may name an address that is not public; which server a session is from, a server said."""
    bearer = {"authorization": f"Bearer {session.refresh}"}
    http = Http(server or session.pds, from_settings=bool(server)).to(session.pds)
    result = http.call("POST", "/xrpc/com.atproto.server.deleteSession", headers=bearer)
    return isinstance(result, Answer) and result.status == 200


SIGN_IN = BlueskySignIn()
