"""What a network does when somebody signs an account in or out, beside opening it.

Optional, as the attribute `sign_in` of a network's object. Without it `byhand connect NETWORK ACCOUNT --token` takes
the network's one secret as it was typed and asks `check` whose it is; nothing can be revoked then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.domain.outcomes import Outcome
from bot.networks.protocol import AccountSettings, Network, Vault


@dataclass(frozen=True)
class Rights:
    """What a secret may do."""

    has: tuple[str, ...] = ()  # as the network names them; (): it does not say
    lacks: tuple[str, ...] = ()  # sentences: what does not work without which, and how it is given
    too_few: str = ""  # a sentence: why it is of no use; "": it is
    until: datetime | None = (
        None  # aware UTC: a person has to sign in anew by then; None: nothing ends by itself
    )


@dataclass(frozen=True)
class Revoked:
    """What became of a secret at the network."""

    done: bool
    sentence: str  # "Mastodon has revoked its token." or where a person does it


@dataclass(frozen=True)
class Asking:
    """A person is asked on a page of the network whether Byhand may act for the account. One answer counts."""

    link: str
    redirect: str  # where the answer goes
    state: str  # the answer has to bring it back
    client_id: str
    client_secret: str = field(repr=False)
    verifier: str = field(repr=False)  # without it the answer's code is worth nothing (PKCE)


@dataclass(frozen=True)
class Granted:
    """What a sign-in brought."""

    secrets: Mapping[str, str] = field(repr=False)
    rights: Rights | None = None  # None: only `ask_rights` may know


class NotGranted(Exception):
    """A sign-in that came to nothing. Its text is a sentence."""


class PerhapsGranted(NotGranted):
    """The network was asked for a token, and nobody knows whether it made one."""


class SignIn(Protocol):
    """A network's way in and out."""

    prompt: str  # what is asked for at a terminal: "App password"
    by_hand: str  # a sentence: how one is made there
    ends_by_hand: str  # a sentence: where a person ends one there

    def find_wrong_kind(self, typed: str) -> str | None:
        """A sentence, where what was typed is plainly something else. It is never in it."""

    def ask_rights(self, account: AccountSettings) -> Rights:
        """Asked of the network with the account's secrets. Never raises."""

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:
        """End what was signed in, at the network. Never raises."""


@runtime_checkable
class BrowserSignIn(SignIn, Protocol):
    """Of a network where a person can say yes on a page, and Byhand is told."""

    # The redirect by which the network shows the code to the person, who pastes it; "": a code ends too soon for that.
    shows_code: str
    # Of this machine, to which the answer comes unless somebody says otherwise: where the network has to know the
    # address beforehand. 0: whichever is free.
    port: int

    def ask(self, account: AccountSettings, redirect: str) -> Asking:
        """Nobody has seen the link yet. Raises NotGranted."""

    def exchange(self, account: AccountSettings, asking: Asking, code: str) -> Granted:
        """The code of a yes, for a token. Raises NotGranted."""


@dataclass(frozen=True)
class Renewed:
    """What stands in the place of a secret that was exchanged."""

    secrets: Mapping[str, str] = field(repr=False)  # those that are new; all others stay
    until: datetime | None = None  # aware UTC; None: it does not say


@runtime_checkable
class Renewing(Protocol):
    """What a way in does besides, where the network's secrets end by themselves and are exchanged for new ones before.
    `byhand connect` keeps the first; Byhand calls `renew` for one account at a time, and keeps what it brings before
    anything uses it."""

    single_use: bool  # what was exchanged is worth nothing any more: a lost answer may have taken it away

    def find_due(self, taken_at: datetime, until: datetime | None) -> datetime | None:
        """From when on secrets that are kept since then, and end then, may be exchanged; None: never. Pure."""

    def renew(self, account: AccountSettings, send_by: Callable[[], bool]) -> Renewed | Outcome:
        """The one call, once. `send_by()` is asked right before the first byte leaves; False: NotSent. NeedsLogin and
        Refused: the network said no, and a person has to sign in. Unknown: it may have been done. Never raises."""


def find_renewing(network: Network) -> Renewing | None:
    """None: nothing is renewed there, or its connection does that by itself."""
    found: object = find_sign_in(network)
    return found if isinstance(found, Renewing) else None


def find_sign_in(network: Network) -> SignIn | None:
    """None: the network has only secrets."""
    found: SignIn | None = getattr(network, "sign_in", None)
    return found


class Forgetful:
    """A `networks.protocol.Vault` that keeps nothing for good: for a look, or until what it holds is stored at once."""

    def __init__(self, kept: Mapping[str, str] | None = None) -> None:
        self.kept: dict[str, str] = dict(kept or {})

    def load(self, name: str) -> str | None:
        return self.kept.get(name)

    def save(self, name: str, value: str) -> None:
        self.kept[name] = value
