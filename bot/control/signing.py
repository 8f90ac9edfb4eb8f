"""Signing accounts in and out, done by whoever holds the database: the command itself, or the running bot.

Apart from `commands.py`, because it needs the key that secrets are kept with, and, of a bot, its connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.control.commands import Arguments
from bot.domain.refusals import UnknownWork
from bot.networks.registry import load_network
from bot.networks.signin.protocol import Forgetful, Revoked
from bot.networks.signin.revoking import revoke
from bot.services.accounts import sign_ins, sign_outs
from bot.services.accounts.connections import Connections, to_account_settings
from bot.services.accounts.sign_ins import Proof
from bot.services.accounts.sign_outs import Former
from bot.services.unit_of_work import Services
from bot.settings.account_entry import AccountEntry
from bot.store.engine.vault import KeyRing

COMMANDS: Mapping[str, Mapping[str, type]] = {  # what each has to be handed
    "connect": {
        "who": str,
        "account": str,
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
    replaced = services.do(
        sign_ins.sign_in, keys, str(arguments["who"]), str(arguments["account"]), arguments["secrets"],
        arguments["kept"], Proof.from_json(arguments["proof"]), str(arguments["seen"]),
        replaces=bool(arguments["replaces"]),
    )  # fmt: skip
    if connections is not None:
        connections.refresh()
    return {"replaced": asdict(replaced)} if replaced else {}


def _disconnect(
    services: Services, keys: KeyRing, connections: Connections | None, arguments: Arguments
) -> dict[str, Any]:
    """First nothing goes out there any more, then the network is told, then it is forgotten: wherever this stops, it
    may be done again."""
    who, account = str(arguments["who"]), str(arguments["account"])
    former = services.do(sign_outs.sign_out, keys, who, account)
    if connections is not None:
        connections.refresh()
    entry = AccountEntry(
        account, str(arguments["network"]), str(arguments["server"]), str(arguments["handle"]) or None
    )
    revoked = _revoke(entry, former)
    services.do(sign_outs.forget, who, former, revoked)
    return {"revoked": revoked.done, "sentence": revoked.sentence}


def _revoke(entry: AccountEntry, former: Former) -> Revoked:
    """At the network. Only the former one: somebody may have signed in anew meanwhile."""
    return revoke(
        load_network(entry.network), to_account_settings(entry, former.secrets), Forgetful(former.kept)
    )
