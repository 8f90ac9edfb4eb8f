"""Ending at the network what an account was signed in with, or saying where a person does it."""

from __future__ import annotations

from bot.networks.protocol import AccountSettings, Network, Vault
from bot.networks.signin.protocol import Revoked, find_sign_in


def revoke(network: Network, account: AccountSettings, vault: Vault) -> Revoked:
    """With the secrets and the session it is handed, and no others. Never raises."""
    way = find_sign_in(network)
    if way is None or not account.secrets:
        return Revoked(False, say_by_hand(network))
    try:
        return way.revoke(account, vault)
    except ValueError as error:  # its server's address cannot be used any more
        return Revoked(False, f"{error} {way.ends_by_hand}")


def say_by_hand(network: Network) -> str:
    """Where a person does it."""
    way = find_sign_in(network)
    return way.ends_by_hand if way else f"Revoke it on {network.title}: Byhand cannot do that."
