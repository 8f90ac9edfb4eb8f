"""Signing accounts in and out, done by whoever holds the database: the command itself, or the running bot.

Apart from `commands.py`, because it needs the key that secrets are kept with, and, of a bot, its connections.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from bot.control.commands import Arguments
from bot.domain.refusals import UnknownWork
from bot.networks.registry import load_network
from bot.networks.signin.protocol import Forgetful, Revoked
from bot.networks.signin.revoking import revoke, say_by_hand
from bot.services.accounts import sign_ins, sign_outs
from bot.services.accounts.connections import Connections, to_account_settings
from bot.services.accounts.former import WHERE, Former, note_revoked
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.account_entry import AccountEntry
from bot.store.engine.vault import KeyRing

COMMANDS: Mapping[str, Mapping[str, type]] = {  # what each has to be handed
    "connect": {
        "who": str,
        "account": str,
        "network": str,
        "server": str,
        "handle": str,
        "secrets": dict,
        "kept": dict,
        "proof": dict,
        "seen": str,
        "replaces": bool,
    },
    "disconnect": {"who": str, "account": str, "network": str, "server": str, "handle": str},
}


def run(
    services: Services, keys: KeyRing, connections: Connections | None, command: str, arguments: Arguments
) -> dict[str, Any]:
    """Do it. `connections`: of the running bot, which uses it at once. Raises Refusal, StoreError."""
    if not all(isinstance(arguments.get(name), kind) for name, kind in COMMANDS[command].items()):
        raise UnknownWork(command=f"{command} with these arguments")
    account = str(arguments["account"])
    said = (_connect if command == "connect" else _disconnect)(services, keys, connections, arguments)
    if connections is None:
        return {**said, "bot": "none"}
    if connections.uses_environment(account):
        return {**said, "bot": "environment"}
    return {**said, "bot": "knows it" if connections.knows(account) else "does not know it"}


def _connect(
    services: Services, keys: KeyRing, connections: Connections | None, arguments: Arguments
) -> dict[str, Any]:
    who, entry = str(arguments["who"]), _read_entry(arguments)
    where = {WHERE: json.dumps({"server": entry.server, "handle": entry.handle or ""})}
    done = services.do(
        sign_ins.sign_in, keys, who, entry.name, arguments["secrets"], {**arguments["kept"], **where},
        Proof.from_json(arguments["proof"]), str(arguments["seen"]), replaces=bool(arguments["replaces"]),
    )  # fmt: skip
    if connections is not None:
        connections.refresh()
    said: dict[str, Any] = {"replaced": asdict(done.replaced)} if done.replaced else {}
    if done.former is None:
        return said
    revoked = _revoke(entry, done.former, elsewhere=done.replaced is not None)
    services.do(note_revoked, who, done.former, revoked)
    return {**said, "former": asdict(revoked)}


def _disconnect(
    services: Services, keys: KeyRing, connections: Connections | None, arguments: Arguments
) -> dict[str, Any]:
    """First nothing goes out there any more, then the network is told, then it is forgotten: wherever this stops, it
    may be done again."""
    who, account = str(arguments["who"]), str(arguments["account"])
    former = services.do(sign_outs.sign_out, keys, who, account)
    if connections is not None:
        connections.refresh()
    revoked = _revoke(_read_entry(arguments), former, elsewhere=False)
    services.do(sign_outs.forget, who, former, revoked)
    return {"revoked": revoked.done, "sentence": revoked.sentence}


def _read_entry(arguments: Arguments) -> AccountEntry:
    account, network, server, handle = (
        str(arguments[name]) for name in ("account", "network", "server", "handle")
    )
    return AccountEntry(account, network, server, handle or None)


def _revoke(entry: AccountEntry, former: Former, *, elsewhere: bool) -> Revoked:
    """At the network, and at the server that it is of. `elsewhere`: it may be of another one than the settings name
    now, which must not be handed the secret."""
    network, where = load_network(entry.network), former.where
    if where is None and elsewhere:
        return Revoked(False, say_by_hand(network))
    if where is not None:
        entry = replace(entry, server=where["server"], handle=where["handle"] or None)
    return revoke(network, to_account_settings(entry, former.secrets), Forgetful(former.kept))
