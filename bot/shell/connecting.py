"""`byhand connect NETWORK ACCOUNT` and `byhand disconnect ACCOUNT`.

The secret is tried here before anything is stored: whose it is, what it may do and until when is asked of the network
and shown. Then whoever holds the database keeps it: this process, or the running bot, which uses it at once.
"""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot import observability
from bot.control import signing
from bot.control.client import Bot, open_writer_or_bot
from bot.domain.ids import make_id
from bot.networks import registry
from bot.networks.protocol import Network
from bot.networks.signin.protocol import Forgetful, Rights, SignIn, find_sign_in
from bot.services.accounts import sign_ins
from bot.services.accounts.connections import to_account_settings
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.account_entry import AccountEntry, make_secret_prefix
from bot.settings.environment import read_value
from bot.settings.load import MANUAL, Settings, load_settings
from bot.shell.database_access import CLOCK, look, name_shell_user, open_to_read
from bot.shell.refusing import Refused, WrongUse
from bot.store.engine import migrate
from bot.store.engine.lock import Locked
from bot.store.engine.vault import open_keys_of, to_key_file

PATIENCE = 60.0  # seconds for the running bot, which may have to ask the network
LONGEST = 8192  # characters that are read of a pasted secret
_LABEL = re.compile(r"(?:export\s+)?BYHAND_[A-Z0-9_]+\s*=\s*|(?:authorization:\s*)?bearer\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Tried:
    """A sign-in that the network took, and what was kept for it meanwhile."""

    secrets: Mapping[str, str]
    kept: Mapping[str, str]
    proof: Proof
    rights: Rights
    profile: str


def connect(network: str, account: str, *, token: bool) -> Iterator[str]:
    """Lines to print. Raises Refused, WrongUse, Refusal, StoreError, SettingsError."""
    settings = _load_settings()
    offered = registry.load_network(network)
    entry = _find_entry(settings, network, account)
    if not offered.secrets:
        raise Refused(f"Nobody signs in to {account}: you post there yourselves.")
    if not token:
        raise WrongUse(f"Say how: byhand connect {network} {account} --token reads it from what you type.")
    _make_tables(settings)
    seen = look(settings, lambda work: sign_ins.find_seen(work, account))
    tried = try_secret(offered, entry, _read_typed(find_sign_in(offered), offered, account))
    arguments = {
        "who": name_shell_user(), "account": account, "secrets": dict(tried.secrets), "kept": dict(tried.kept),
        "proof": tried.proof.to_json(), "seen": seen,
    }  # fmt: skip
    done = _have_done(settings, "connect", arguments)
    yield from describe(tried)
    yield f"It is kept encrypted in the database; {_say_record(arguments)}."
    yield _say_use(done, entry)


def disconnect(account: str) -> Iterator[str]:
    settings = _load_settings()
    entry = settings.accounts.get(account)
    if entry is None:
        raise Refused(_say_unknown(settings, account))
    with open_to_read(settings):
        pass  # its sentence, where there is no database of this version
    arguments = {
        "who": name_shell_user(), "account": account, "network": entry.network, "server": entry.server,
        "handle": entry.handle or "",
    }  # fmt: skip
    done = _have_done(settings, "disconnect", arguments)
    yield f"{account} is signed out, and its secret is forgotten; {_say_record(arguments)}."
    yield str(done["sentence"])
    if done["bot"] == "environment" or (entry.needs and not entry.lacking):
        names = " and ".join(make_secret_prefix(account) + each for each in entry.needs)
        yield f"{names} is still set in the environment, so Byhand goes on with that. Take it out and restart the bot."
    else:
        yield "Until it is signed in again nothing goes out there; its posts stay as they are."


def try_secret(network: Network, entry: AccountEntry, typed: str) -> Tried:
    """Ask the network about a secret that nobody keeps yet. Raises Refused."""
    way, vault = find_sign_in(network), Forgetful()
    secrets = {network.secrets[0]: typed}
    observability.hide_from_now_on(secrets.values())
    account = to_account_settings(entry, secrets, renew="Nothing was changed.")
    try:
        client = network.open(account, vault)
        health = client.check()
    except ValueError as error:  # a setting or a secret the network cannot use
        raise Refused(str(error)) from error
    if not health.ok:
        raise Refused(f"{health.sentence.removesuffix(' Nothing was changed.')} Nothing was changed.")
    rights = way.ask_rights(account) if way else Rights()
    if rights.too_few:
        raise Refused(f"{rights.too_few} Nothing was changed.")
    lacks = tuple(dict.fromkeys((*rights.lacks, *(() if rights.has else health.lacks))))
    rights = Rights(rights.has, lacks, until=rights.until)
    name = health.identity or entry.handle or entry.name
    proof = Proof(health.account_id or name, name, rights.has, rights.until)
    return Tried(secrets, vault.kept, proof, rights, health.profile_url or client.profile_url())


def describe(tried: Tried) -> Iterator[str]:
    """Who it is, what it may do, until when."""
    yield f"Signed in as {tried.proof.name} ({tried.proof.identity}): {tried.profile}"
    if tried.rights.has:
        yield f"It may: {', '.join(tried.rights.has)}."
    else:
        yield "What it may do the network does not say beforehand."
    for sentence in tried.rights.lacks:
        yield f"But: {sentence}"
    until = tried.rights.until
    yield (
        f"It ends on {until:%d %b %Y}."
        if until
        else "It does not end by itself: it holds until it is revoked."
    )


def read_secret(typed: str) -> str:
    """What was pasted, as it is meant: without what pasting, a shell or a header adds. Raises Refused, without it."""
    words = read_value(typed)
    if label := _LABEL.match(words):
        words = read_value(words[label.end() :])
    if not words:
        raise Refused("Nothing was typed: paste the secret, or hand it over on standard input.")
    if len(words) > LONGEST or len(words.split()) > 1:
        raise Refused("That is more than one word, and no secret. Paste the secret alone.")
    return words


def _read_typed(way: SignIn | None, network: Network, account: str) -> str:
    """From standard input, never from an argument: those stand in the shell's history and in the list of processes."""
    if sys.stdin.isatty():
        what = way.prompt if way else network.secrets[0].capitalize()
        typed = getpass.getpass(f"{what} for {account} (it is not shown): ")
    else:
        typed = sys.stdin.read(LONGEST + 1)
    secret = read_secret(typed)
    if way is not None and (wrong := way.find_wrong_kind(secret)) is not None:
        raise Refused(wrong)
    return secret


def _load_settings() -> Settings:
    return load_settings(None, os.environ, networks=registry.list_secrets(), need_slack=False)


def _find_entry(settings: Settings, network: str, account: str) -> AccountEntry:
    entry = settings.accounts.get(account)
    if entry is None:
        raise Refused(_say_unknown(settings, account, network))
    if entry.network != network:
        said = f'{settings.path.name} says network = "{entry.network}" of {account}'
        raise Refused(f"{said}: type byhand connect {entry.network} {account}, or change it there.")
    return entry


def _say_unknown(settings: Settings, account: str, network: str = "") -> str:
    if not network:
        known = ", ".join(settings.accounts) or "none"
        return f"There is no account {account} in {settings.path.name}; there are {known}."
    lines = {"bluesky": 'handle  = "name.bsky.social"', MANUAL: 'title   = "Instagram stories"'}
    example = lines.get(network, 'server  = "https://your.server"')
    return (
        f"There is no account {account} in {settings.path.name}. Add these lines, then type it again:\n\n"
        f'[accounts.{account}]\nnetwork = "{network}"\n{example}'
    )


def _make_tables(settings: Settings) -> None:
    with suppress(Locked):  # somebody is at work there, so the tables are
        migrate.migrate(settings.database_url, now=CLOCK.now)


def _have_done(settings: Settings, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with open_writer_or_bot(settings.database_url, now=CLOCK.now, purpose=command) as hand:
        if isinstance(hand, Bot):
            return hand.ask(command, arguments, timeout=PATIENCE)
        hand.adopt(make_id(CLOCK.now()))
        keys = open_keys_of(hand, settings.key, to_key_file(settings.database_url))
        services = Services(hand, CLOCK, settings.policy(), {}, lambda _what: None)
        return signing.run(services, keys, None, command, arguments)


def _say_record(arguments: Mapping[str, Any]) -> str:
    return f"the record says that it was {arguments['who']}"


def _say_use(done: Mapping[str, Any], entry: AccountEntry) -> str:
    variables = " and ".join(make_secret_prefix(entry.name) + each for each in entry.needs)
    if done["bot"] == "environment" or not entry.lacking:
        return (
            f"{variables} is set in the environment and goes first. Take it out and restart the bot: from then on it "
            "uses what is kept."
        )
    if done["bot"] == "knows it":
        return "The running bot uses it from now on."
    if done["bot"] == "does not know it":
        return "The running bot does not know this account yet: restart it."
    return "The bot uses it from its next start on; on PostgreSQL a running one does within seconds."
