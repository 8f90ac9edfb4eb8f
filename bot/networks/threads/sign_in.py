"""Signing in a Threads account: its own token, from the app's dashboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.outcomes import Outcome
from bot.networks.http import Http, check_printable
from bot.networks.meta import rights
from bot.networks.meta.graph import Graph
from bot.networks.meta.tokens import TokenFacts, read_facts
from bot.networks.protocol import AccountSettings, Vault
from bot.networks.signin.protocol import Revoked, Rights
from bot.networks.threads.rights import TAKE_LONG, WANTED, find_unusable

HOST = "https://graph.threads.net"
VERSION = "v1.0"
SHORT = timedelta(days=1)  # a token that was not made to last ends in an hour
BY_HAND = "Whoever owns the account ends it on Threads: Settings, Account, Website permissions."
_OTHERS = {"TH|": "the app's own token", "EAA": "a token of Facebook", "IG": "a token of Instagram"}


class ThreadsSignIn:
    prompt = "The account's access token"
    by_hand = TAKE_LONG
    ends_by_hand = BY_HAND

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

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:  # noqa: ARG002
        """A token cannot end itself."""
        return Revoked(False, self.ends_by_hand)


def open_graph(http: Http, token: str) -> Graph:
    return Graph(http, token, VERSION, forms=True)


def inspect(graph: Graph, token: str) -> TokenFacts | Outcome:
    """What Threads knows of a token, asked with that token itself. Its documents show no form of this question in which
    it does not stand in the address."""
    return read_facts(graph.get("debug_token", input_token=token))


SIGN_IN = ThreadsSignIn()
