"""Signing in a Threads account: its own token, from the app's dashboard, which Byhand exchanges before it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot import observability
from bot.domain.outcomes import Outcome, Unknown
from bot.networks import http_outcomes, sanitize
from bot.networks.http import Answer, Http, Result, check_printable
from bot.networks.meta import errors, rights
from bot.networks.meta.graph import Graph
from bot.networks.meta.tokens import TokenFacts, read_facts
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Renewed, Revoked, Rights
from bot.networks.threads.rights import TAKE_LONG, WANTED, find_unusable

HOST = "https://graph.threads.net"
VERSION = "v1.0"
SHORT = timedelta(days=1)  # a token that was not made to last ends in an hour
YOUNG = timedelta(days=1)  # nothing younger is exchanged; one that has ended is not, either
LIVES = timedelta(days=60)
BY_HAND = "Whoever owns the account ends it on Threads: Settings, Account, Website permissions."
_OTHERS = {"TH|": "the app's own token", "EAA": "a token of Facebook", "IG": "a token of Instagram"}


class ThreadsSignIn:
    prompt = "The account's access token"
    by_hand = TAKE_LONG
    ends_by_hand = BY_HAND
    single_use = False  # the former one holds until its own end

    def find_wrong_kind(self, typed: str) -> str | None:
        for begins, what in _OTHERS.items():
            if typed.startswith(begins):
                return f"This is {what}. {self.by_hand}"
        try:
            check_printable(typed, "token")
        except ValueError:
            return f"This is no token: it is empty, or has spaces or signs that none has. {self.by_hand}"
        return None

    def ask_rights(self, account: AccountSettings) -> Rights:
        token = account.secrets["TOKEN"]
        facts = inspect(open_graph(Http(account.server or HOST, from_settings=True), token), token)
        if not isinstance(facts, TokenFacts):
            return Rights()
        too_few = find_unusable(facts) or ""
        if not too_few and facts.until is not None and facts.until < datetime.now(UTC) + SHORT:
            too_few = f"The token ends in less than a day. {TAKE_LONG}"
        return Rights(tuple(sorted(facts.scopes)), rights.list_lacking(facts, WANTED), too_few, facts.ends)

    def find_due(self, taken_at: datetime, until: datetime | None) -> datetime | None:
        """Half of its time before its end, and not before Threads takes it."""
        half = ((until or taken_at + LIVES) - taken_at) / 2
        return taken_at + max(YOUNG, half)

    def renew(self, account: AccountSettings, send_by: Callable[[], bool]) -> Renewed | Outcome:
        """Its documents show no form of this question in which the token does not stand in the address."""
        token = account.secrets["TOKEN"]
        asked = {"grant_type": "th_refresh_token", "access_token": token}
        http = Http(account.server or HOST, from_settings=True)
        result = http.call("GET", "/refresh_access_token", params=asked, send_by=send_by)
        return _read_new(result)

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002
        """A token cannot end itself."""
        return Revoked(False, self.ends_by_hand)


def _read_new(result: Result) -> Renewed | Outcome:
    """What the answer holds besides is shown to nobody."""
    said = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
    token = said.get("access_token")
    if isinstance(token, str) and "error" not in said:
        observability.hide_from_now_on((token,))
        try:
            check_printable(token, "token")
        except ValueError:
            return Unknown("Threads gave a token that cannot be used.")
        lives = sanitize.number(said.get("expires_in"))
        made = result.date() if isinstance(result, Answer) else None
        until = (made or datetime.now(UTC)) + timedelta(seconds=lives) if lives else None
        return Renewed({"TOKEN": token}, until)
    if isinstance(result, Answer) and errors.read_error(result) is None:
        return Unknown(http_outcomes.describe_kind(result), result.status)
    return errors.judge(result)


def open_graph(http: Http, token: str) -> Graph:
    return Graph(http, token, VERSION, forms=True)


def inspect(graph: Graph, token: str) -> TokenFacts | Outcome:
    """What Threads knows of a token, asked with that token itself. Its documents show no form of this question in which
    it does not stand in the address."""
    return read_facts(graph.get("debug_token", input_token=token))


SIGN_IN = ThreadsSignIn()
