"""Signing in to Mastodon: what a token may do, and its end.

Of a token's rights the server tells those of its application (4.3 and later). Where it says nothing, what is read is
found out by asking, and what is written is not known before the first post.
"""

from __future__ import annotations

import json
import re

from bot.networks.http import Answer, Http, check_printable
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights

# scope -> what does not work without it; those that a post needs come first
NEEDED = {
    "read:accounts": "Byhand cannot ask whose token it is",
    "read:statuses": "Byhand cannot look whether a post is there",
    "write:statuses": "nothing can be published",
}
WANTED = {
    "write:media": "images cannot be uploaded",
    "read:notifications": "what customers write does not come in",
    "read:follows": "comments that no notification told of are left out",
}
SCOPES = (*NEEDED, *WANTED)
BY_HAND = "Revoke it on your server: Preferences, Development, where you made it there, else Account, Authorized apps."
_APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")


class MastodonSignIn:
    prompt = "Access token"

    def find_wrong_kind(self, typed: str) -> str | None:
        where = "Take Your access token (Preferences, Development, the application)."
        if _APP_PASSWORD.fullmatch(typed):
            return f"This is an app password of Bluesky. {where}"
        try:
            check_printable(typed, "token")
        except ValueError:
            return f"This is no token: it is empty, or has spaces or signs that none has. {where}"
        return None

    def ask_rights(self, account: AccountSettings) -> Rights:
        auth = {"authorization": f"Bearer {account.secrets['TOKEN']}"}
        http = Http(account.server, from_settings=True)
        result = http.call("GET", "/api/v1/apps/verify_credentials", headers=auth)
        said = result.fields().get("scopes") if isinstance(result, Answer) and result.status == 200 else None
        scopes = tuple(sorted(map(str, said))) if isinstance(said, list) else ()
        return judge_scopes(scopes)

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002  nothing else is kept
        """Only the application a token was given to may ask for it."""
        client = {name: account.secrets.get(name, "") for name in ("CLIENT_ID", "CLIENT_SECRET")}
        if not all(client.values()):
            return Revoked(False, BY_HAND)
        body = {**{name.lower(): value for name, value in client.items()}, "token": account.secrets["TOKEN"]}
        result = Http(account.server, from_settings=True).call(
            "POST",
            "/oauth/revoke",
            headers={"content-type": "application/json"},
            content=json.dumps(body).encode(),
        )
        if isinstance(result, Answer) and result.status == 200:
            return Revoked(True, "The server has revoked its token.")
        return Revoked(False, f"The server did not revoke its token. {BY_HAND}")


def judge_scopes(scopes: tuple[str, ...]) -> Rights:
    """() stands for a server that does not say."""
    if not scopes:
        return Rights()
    missing = [scope for scope in SCOPES if not _covers(scopes, scope)]
    mend = "Give the application that scope (Preferences, Development) and take its new token."
    sentences = {
        scope: f"The token lacks {scope}: {what}. {mend}" for scope, what in (NEEDED | WANTED).items()
    }
    too_few = " ".join(sentences[scope] for scope in missing if scope in NEEDED)
    return Rights(scopes, tuple(sentences[scope] for scope in missing if scope in WANTED), too_few)


def _covers(scopes: tuple[str, ...], scope: str) -> bool:
    """`read` holds every right to read; `profile` the one to ask who we are."""
    whole = scope.partition(":")[0]
    return scope in scopes or whole in scopes or (scope == "read:accounts" and "profile" in scopes)


SIGN_IN = MastodonSignIn()
