"""Finds the networks: whatever package names one in the entry-point group `byhand.networks`.

The two built-in ones are found in the same way, so that a third-party network can do all they can and a mistake in this
file is noticed at once. Posting by hand is always there: it is no network, and nothing is installed for it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from bot.networks.protocol import AccountClient, AccountSettings, Network, Vault

GROUP = "byhand.networks"
BY_HAND = EntryPoint("manual", "bot.networks.manual.client:NETWORK", GROUP)
_PARTS = ("name", "title", "secrets", "documented", "visibilities", "open")


class UnknownNetwork(ValueError):
    """No installed package offers this network."""


class BrokenNetwork(ValueError):
    """A package offers this network, but it cannot be used."""


def list_names() -> tuple[str, ...]:
    """The networks that are installed, sorted."""
    return tuple(sorted({entry.name for entry in _entries()}))


def load_network(name: str) -> Network:
    """The network of that name. Raises UnknownNetwork or BrokenNetwork, each with a sentence for a person."""
    found = [entry for entry in _entries() if entry.name == name]
    if not found:
        raise UnknownNetwork(
            f"There is no network {name!r}; installed are {', '.join(list_names()) or 'none'}."
        )
    if len({entry.value for entry in found}) > 1:
        offers = ", ".join(sorted(entry.value for entry in found))
        raise BrokenNetwork(f"The network {name!r} is offered twice ({offers}): uninstall one of them.")
    return _load(found[0])


def load_all() -> dict[str, Network]:
    """Every network by its name: what the settings are judged by."""
    return {name: load_network(name) for name in list_names()}


def connect(account: AccountSettings, vault: Vault) -> AccountClient:
    """An account's connection; no call goes out. Raises ValueError with a sentence for unusable settings."""
    return load_network(account.network).open(account, vault)


@functools.cache
def _entries() -> Iterable[EntryPoint]:
    return (*entry_points(group=GROUP), BY_HAND)  # reads every installed package's metadata: some 10 ms


def _load(entry: EntryPoint) -> Network:
    where = f"The network {entry.name!r} ({entry.value})"
    try:
        loaded = entry.load()
    except Exception as error:  # whatever somebody else's module does while it is imported
        raise BrokenNetwork(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    missing = [part for part in _PARTS if not hasattr(loaded, part)]
    if missing:
        raise BrokenNetwork(f"{where} lacks {', '.join(missing)}.")
    if loaded.name != entry.name:
        raise BrokenNetwork(f"{where} calls itself {loaded.name!r}.")
    offered: Network = loaded
    return offered
