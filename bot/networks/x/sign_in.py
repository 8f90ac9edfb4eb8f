"""Signing in an X account: by a page of X's, or by hand with the keys of OAuth 1.0a, which do not end by themselves.

By the page Byhand is a public client: an app of X's kind "Native App" has no secret that it could lose. The code of the
answer ends after 30 seconds, so nobody can paste it. The token that it is good for lasts two hours; it comes with one
that buys the next pair and works once: if that answer is lost, only a person can go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bot.domain.outcomes import NeedsLogin, Outcome, Unknown
from bot.networks import sanitize
from bot.networks.http import Answer, Http, check_printable
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin import oauth
from bot.networks.signin.listener import PATH
from bot.networks.signin.protocol import Asking, Granted, NotGranted, Renewed, Revoked, Rights
from bot.networks.signin.signatures import Keys
from bot.networks.x.api import HOST
from bot.networks.x.control import SITE

SEPARATOR = ":"
PORT = 8413  # of this machine; X has to be told the whole address beforehand
REDIRECT = f"http://127.0.0.1:{PORT}{PATH}"
TOKEN_PATH, REVOKE_PATH = "/2/oauth2/token", "/2/oauth2/revoke"
LIVES = timedelta(hours=2)  # a token that does not say
# scope -> what does not work without it; those that a post needs come first
NEEDED = {
    "users.read": "Byhand cannot ask whose token it is",
    "tweet.read": "Byhand cannot look whether a post is there",
    "tweet.write": "nothing can be published",
    "offline.access": "the sign-in ends after two hours",
}
WANTED = {
    "media.write": "images cannot be uploaded",
    "mute.read": "comments that X's mentions did not bring are not shown",
    "block.read": "comments that X's mentions did not bring are not shown",
}
SCOPES = (*NEEDED, *WANTED)
BY_HAND = (
    "At console.x.com give your app Read and write, then take from its Keys and tokens the API key, its secret, the "
    "access token and its secret, and put them in this order into one line, with colons between them."
)
ENDS_BY_HAND = (
    "Whoever owns the account ends it on X: Settings, Security and account access, Apps and sessions."
)
MEND = "Sign in again, and allow all that the page of X asks for."


class XSignIn:
    prompt = "API key:secret:access token:secret"
    by_hand = BY_HAND
    ends_by_hand = ENDS_BY_HAND
    shows_code = ""
    port = PORT
    single_use = True

    def find_wrong_kind(self, typed: str) -> str | None:
        if typed.startswith("AAAAAAAAAAAAAAAAAAAA"):
            return f"This is the app's Bearer token, which opens no account. {self.by_hand}"
        return (
            None if read_keys(typed) else f"These are not four keys with colons between them. {self.by_hand}"
        )

    def ask(self, account: AccountSettings, redirect: str) -> Asking:
        try:
            client_id = check_printable(account.client_id, "client_id")
        except ValueError:
            raise NotGranted(
                f"To sign in with a browser, Byhand needs the Client ID of your app. At console.x.com set the app up "
                f"for OAuth 2.0 as a Native App with the callback {redirect}, and put its Client ID into the settings: "
                f'client_id = "…" in [accounts.{account.name}]. Or sign in with keys: --token.'
            ) from None
        page = _open(account) if account.server else Http(SITE)
        return oauth.ask(page, "/i/oauth2/authorize", client_id, "", redirect=redirect, scopes=SCOPES)

    def exchange(self, account: AccountSettings, asking: Asking, code: str) -> Granted:
        said = oauth.exchange(_open(account), TOKEN_PATH, asking, code)
        scopes = tuple(sorted(filter(None, said.get("scope") or ())))
        rights = judge_scopes(scopes or SCOPES, datetime.now(UTC) + _read_life(said))
        refresh = said.get("refresh_token")
        if not isinstance(refresh, str):
            return Granted(
                {"TOKEN": str(said["access_token"])}, judge_scopes(tuple(set(SCOPES) - {"offline.access"}))
            )
        secrets = {"REFRESH_TOKEN": refresh, "CLIENT_ID": asking.client_id}
        return Granted({"TOKEN": str(said["access_token"]), **secrets}, rights)

    def ask_rights(self, account: AccountSettings) -> Rights:  # noqa: ARG002
        """X does not tell what an app may do before it tries."""
        return Rights()

    def find_due(self, taken_at: datetime, until: datetime | None) -> datetime | None:
        """Half of its time before its end; keys have none."""
        return taken_at + (until - taken_at) / 2 if until else None

    def renew(self, account: AccountSettings, send_by: Callable[[], bool]) -> Renewed | Outcome:
        refresh, client_id = (account.secrets.get(name) for name in ("REFRESH_TOKEN", "CLIENT_ID"))
        if not refresh or not client_id:
            return NeedsLogin("there is nothing to renew it with")
        said = oauth.refresh(
            Http(account.server or HOST, from_settings=True), TOKEN_PATH, client_id, refresh, send_by
        )
        if not isinstance(said, Mapping):
            return said
        new = {"TOKEN": said["access_token"]}
        if isinstance(said.get("refresh_token"), str):
            new["REFRESH_TOKEN"] = said["refresh_token"]
        try:
            for secret in new.values():
                check_printable(secret, "token")
        except ValueError:  # whose words may quote it
            return Unknown("X gave a token that cannot be used.")
        return Renewed(new, datetime.now(UTC) + _read_life(said))

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002  nothing else is kept
        """Keys cannot end themselves. The token that buys the next pair goes first: what is left ends by itself."""
        client_id, refresh = (account.secrets.get(name) for name in ("CLIENT_ID", "REFRESH_TOKEN"))
        if not client_id or not refresh:
            return Revoked(False, self.ends_by_hand)
        http = Http(account.server or HOST, from_settings=True)
        for token in (refresh, account.secrets["TOKEN"]):
            body = urlencode({"token": token, "client_id": client_id}).encode()
            result = http.call("POST", REVOKE_PATH, headers=oauth.FORM, content=body)
            if not isinstance(result, Answer) or result.status != 200:
                return Revoked(False, f"X did not revoke its token. {self.ends_by_hand}")
        return Revoked(True, "X has revoked its token.")


def _open(account: AccountSettings) -> Http:
    """Raises NotGranted."""
    try:
        return Http(account.server or HOST, from_settings=True)
    except ValueError as error:  # the address, or the environment's proxy, cannot be used
        raise NotGranted(str(error)) from error


def _read_life(said: Mapping[str, Any]) -> timedelta:
    seconds = sanitize.number(said.get("expires_in"))
    return timedelta(seconds=seconds) if seconds else LIVES


def judge_scopes(scopes: tuple[str, ...], until: datetime | None = None) -> Rights:
    sentences = {
        scope: f"The sign-in lacks {scope}: {what}. {MEND}" for scope, what in (NEEDED | WANTED).items()
    }
    missing = [scope for scope in SCOPES if scope not in scopes]
    too_few = " ".join(sentences[scope] for scope in missing if scope in NEEDED)
    lacks = tuple(sentences[scope] for scope in missing if scope in WANTED)
    return Rights(tuple(sorted(scopes)), lacks, too_few, until)


def read_keys(secret: str) -> Keys | None:
    """None: it is something else."""
    parts = secret.split(SEPARATOR)
    try:
        return Keys(*(check_printable(part, "key") for part in parts)) if len(parts) == 4 else None
    except ValueError:
        return None


SIGN_IN = XSignIn()
