"""What a network does when somebody signs an account in or out, beside opening it.

Optional, as the attribute `sign_in` of a network's object. Without it `byhand connect NETWORK ACCOUNT --token` takes
the network's one secret as it was typed and asks `check` whose it is; nothing can be revoked then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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


class SignIn(Protocol):
    """A network's way in and out."""

    prompt: str  # what is asked for at a terminal: "App password"

    def find_wrong_kind(self, typed: str) -> str | None:
        """A sentence, where what was typed is plainly something else. It is never in it."""

    def ask_rights(self, account: AccountSettings) -> Rights:
        """Asked of the network with the account's secrets. Never raises."""

    def revoke(self, account: AccountSettings, vault: Vault) -> Revoked:
        """End what was signed in, at the network. Never raises."""


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
