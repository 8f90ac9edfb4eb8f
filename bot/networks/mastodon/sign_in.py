"""Signing in to Mastodon: asking a person on the server's page, what a token may do, and its end.

Byhand is no application that a server knows, so each sign-in registers one there, with the address its answer goes to.
Of a token's rights the server tells those of its application (4.3 and later). Where it says nothing, what is read is
found out by asking, and what is written is not known before the first post.
"""

from __future__ import annotations

import json
import re

from bot.networks import http_outcomes
from bot.networks.http import Answer, Http, check_printable
from bot.networks.mastodon import errors
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin import oauth
from bot.networks.signin.protocol import Asking, Granted, NotGranted, Revoked, Rights

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
MEND_BY_HAND = "Give the application that scope (Preferences, Development) and take its new token."
MEND_BY_BROWSER = "The server gave fewer rights than Byhand asked for. Make a token there, and use --token."
JSON = {"content-type": "application/json"}
_APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")


class MastodonSignIn:
    prompt = "Access token"
    shows_code = "urn:ietf:wg:oauth:2.0:oob"
    port = 0
    by_hand = "Take Your access token (Preferences, Development, the application)."
    ends_by_hand = BY_HAND

    def find_wrong_kind(self, typed: str) -> str | None:
        if _APP_PASSWORD.fullmatch(typed):
            return f"This is an app password of Bluesky. {self.by_hand}"
        try:
            check_printable(typed, "token")
        except ValueError:
            return f"This is no token: it is empty, or has spaces or signs that none has. {self.by_hand}"
        return None

    def ask(self, account: AccountSettings, redirect: str) -> Asking:
        http = _open(account)
        client_id, client_secret = _register(http, redirect)
        return oauth.ask(http, "/oauth/authorize", client_id, client_secret, redirect=redirect, scopes=SCOPES)

    def exchange(self, account: AccountSettings, asking: Asking, code: str) -> Granted:
        said = oauth.exchange(_open(account), "/oauth/token", asking, code)
        secrets = {
            "TOKEN": str(said["access_token"]),
            "CLIENT_ID": asking.client_id,
            "CLIENT_SECRET": asking.client_secret,
        }
        scopes = tuple(sorted(filter(None, said.get("scope") or ())))
        return Granted(secrets, judge_scopes(scopes, MEND_BY_BROWSER) if scopes else None)

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
            headers=JSON,
            content=json.dumps(body).encode(),
        )
        if isinstance(result, Answer) and result.status == 200:
            return Revoked(True, "The server has revoked its token.")
        return Revoked(False, f"The server did not revoke its token. {BY_HAND}")


def _open(account: AccountSettings) -> Http:
    """Raises NotGranted."""
    try:
        return Http(account.server, from_settings=True)
    except ValueError as error:  # the address, or the environment's proxy, cannot be used
        raise NotGranted(str(error)) from error


def _register(http: Http, redirect: str) -> tuple[str, str]:
    """The id and the secret of an application of ours. Raises NotGranted."""
    body = {"client_name": "Byhand", "redirect_uris": redirect, "scopes": " ".join(SCOPES)}
    result = http.call("POST", "/api/v1/apps", headers=JSON, content=json.dumps(body).encode())
    if isinstance(result, Answer) and result.status < 300:
        said = result.fields()
        found = said.get("client_id"), said.get("client_secret")
        if isinstance(found[0], str) and isinstance(found[1], str) and all(found):
            return found[0], found[1]
    refused = isinstance(result, Answer) and result.status >= 400  # else a secret may be in it
    why = http_outcomes.describe(errors.judge(result)) if refused else http_outcomes.describe_kind(result)
    raise NotGranted(
        f"{http.server} did not register Byhand, which comes before its page can be opened: {why}"
    )


def judge_scopes(scopes: tuple[str, ...], mend: str = MEND_BY_HAND) -> Rights:
    """() stands for a server that does not say."""
    if not scopes:
        return Rights()
    missing = [scope for scope in SCOPES if not _covers(scopes, scope)]
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
