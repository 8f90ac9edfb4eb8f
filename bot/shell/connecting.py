"""`byhand connect NETWORK ACCOUNT` and `byhand disconnect ACCOUNT`.

The secret is tried here before anything is stored: whose it is, what it may do and until when is asked of the network
and shown. Then whoever holds the database keeps it: this process, or the running bot, which uses it at once.
"""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from bot import observability
from bot.control import signing
from bot.control.client import Bot, open_writer_or_bot
from bot.domain.ids import make_id
from bot.domain.shown.moments import name_day
from bot.networks import http_outcomes, registry
from bot.networks.protocol import AccountClient, Health, KnowsWho, Network, Who
from bot.networks.signin.protocol import (
    BrowserSignIn,
    Forgetful,
    Granted,
    NotGranted,
    PerhapsGranted,
    Rights,
    SignIn,
    find_renewing,
    find_sign_in,
)
from bot.networks.signin.revoking import say_by_hand
from bot.services.accounts import sign_ins
from bot.services.accounts.connection import NOT_ASKED
from bot.services.accounts.connections import to_account_settings
from bot.services.accounts.sign_ins import Proof
from bot.services.unit_of_work import Services
from bot.settings.account_entry import AccountEntry, make_secret_prefix
from bot.settings.environment import read_value
from bot.settings.load import MANUAL, Settings, load_settings
from bot.shell import browser_sign_in
from bot.shell.browser_sign_in import Redeem
from bot.shell.database_access import CLOCK, look, name_shell_user, open_to_read
from bot.shell.giving_back import STOPPED, Given, not_left_behind
from bot.shell.refusing import Refused, WrongUse
from bot.shell.stopping import Held, hold_signals
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


def connect(
    network: str,
    account: str,
    *,
    token: bool,
    paste: bool,
    tell: Callable[[str], None],
    replaces: bool = False,
    port: int = 0,
) -> Iterator[str]:
    """Lines to print; those that ask a person go to `tell`, while Ctrl-C still has its sentence.

    Raises Refused, WrongUse, Refusal, StoreError, SettingsError.
    """
    _refuse_both(token=token, paste=paste, port=port)
    settings = _load_settings()
    offered = registry.load_network(network)
    entry = _find_entry(settings, network, account)
    if not offered.secrets:
        raise Refused(f"Nobody signs in to {account}: you post there yourselves.")
    _make_tables(settings)
    seen = look(settings, lambda work: sign_ins.find_seen(work, account))
    redeem = _ask_person(offered, entry, tell, token=token, paste=paste, port=port)
    who, by_browser = name_shell_user(), not token and isinstance(find_sign_in(offered), BrowserSignIn)
    with hold_signals() as held:
        given = Given(settings, offered, entry, _redeem(offered, redeem), seen, by_browser)
        with not_left_behind(given, tell):
            tried, done = _keep(given, held, who, replaces=replaces)
    yield from describe(tried, renewed=find_renewing(offered) is not None)
    yield from describe_replaced(account, tried.proof.name, done.get("replaced"))
    yield from describe_former(account, done.get("former"))
    yield f"It is kept encrypted in the database; {_say_record(who)}."
    yield _say_use(done, entry)


def _refuse_both(*, token: bool, paste: bool, port: int) -> None:
    if token and paste:
        raise WrongUse("Choose one: --token for a token that you have, --paste for a code that a page shows.")
    if port and (token or paste):
        raise WrongUse("--port is for the browser of this machine: leave it out with --token and --paste.")


def _keep(given: Given, held: Held, who: str, *, replaces: bool) -> tuple[Tried, dict[str, Any]]:
    """What was given, if it is what it should be and nobody has stopped it meanwhile."""
    entry = given.entry
    _stop_if(held)
    tried = try_secrets(given.network, entry, given.granted, given.vault)
    _stop_if(held)
    given.handed_over = True
    return tried, _have_done(given.settings, "connect", {
        "who": who, "account": entry.name, "network": entry.network, "server": entry.server,
        "handle": entry.handle or "", "secrets": dict(tried.secrets), "kept": dict(tried.kept),
        "proof": tried.proof.to_json(), "seen": given.seen, "replaces": replaces,
    })  # fmt: skip


def _stop_if(held: Held) -> None:
    if held.came:
        raise Refused(STOPPED)


def _ask_person(
    offered: Network, entry: AccountEntry, tell: Callable[[str], None], *, token: bool, paste: bool, port: int
) -> Redeem:
    """By what a person says yes with: the network's own page, or a secret that they type."""
    way, settings = find_sign_in(offered), to_account_settings(entry, {})
    try:
        if token or not isinstance(way, BrowserSignIn):
            if not token:
                how = way.by_hand if way else f"Paste the account's {offered.secrets[0].lower()} here."
                tell(f"Byhand does not sign in to {offered.title} with a browser. {how}")
            typed = Granted({offered.secrets[0]: _read_typed(way, offered, entry.name)})
            return lambda: typed
        if paste:
            return browser_sign_in.sign_in_by_paste(way, settings, _read_pasted, tell)
        command = f"byhand connect {entry.network} {entry.name}"
        return browser_sign_in.sign_in(way, settings, command, tell, port)
    except NotGranted as error:
        raise Refused(_say_unchanged(str(error))) from error
    except KeyboardInterrupt:
        raise Refused(STOPPED) from None


def _redeem(offered: Network, redeem: Redeem) -> Granted:
    """Have the network give what the person said yes to. Raises Refused."""
    try:
        return redeem()
    except PerhapsGranted as error:
        where = f"If the server made a token all the same, nobody has it. {say_by_hand(offered)}"
        raise Refused(f"{_say_unchanged(str(error))} {where}") from error
    except NotGranted as error:
        raise Refused(_say_unchanged(str(error))) from error
    except KeyboardInterrupt:
        where = f"If the server was just making a token, nobody has it. {say_by_hand(offered)}"
        raise Refused(f"{STOPPED} {where}") from None


def disconnect(account: str) -> Iterator[str]:
    settings = _load_settings()
    entry = settings.accounts.get(account)
    if entry is None:
        raise Refused(_say_unknown(settings, account))
    with open_to_read(settings):
        pass  # its sentence, where there is no database of this version
    who = name_shell_user()
    arguments = {
        "who": who, "account": account, "network": entry.network, "server": entry.server,
        "handle": entry.handle or "",
    }  # fmt: skip
    done = _have_done(settings, "disconnect", arguments)
    yield f"{account} is signed out, and its secret is forgotten; {_say_record(who)}."
    yield str(done["sentence"])
    if done["bot"] == "environment" or (entry.needs and not entry.lacking):
        names = " and ".join(make_secret_prefix(account) + each for each in entry.needs)
        yield f"{names} is still set in the environment, so Byhand goes on with that. Take it out and restart the bot."
    else:
        yield "Until it is signed in again nothing goes out there; its posts stay as they are."


def try_secrets(network: Network, entry: AccountEntry, granted: Granted, vault: Forgetful) -> Tried:
    """Ask the network about secrets that nobody keeps yet. Raises Refused."""
    way, secrets = find_sign_in(network), granted.secrets
    observability.hide_from_now_on(secrets.values())
    account = to_account_settings(entry, secrets, renew="Nothing was changed.")
    try:
        client = network.open(account, vault)
        health = client.check()
    except ValueError as error:  # a setting or a secret the network cannot use
        raise Refused(str(error)) from error
    if not health.ok:
        raise Refused(_say_unchanged(health.sentence.removesuffix(" Nothing was changed.")))
    rights = granted.rights or (way.ask_rights(account) if way else Rights())
    if rights.too_few:
        raise Refused(_say_unchanged(rights.too_few))
    lacks = tuple(dict.fromkeys((*rights.lacks, *(() if rights.has else health.lacks))))
    rights = Rights(rights.has, lacks, until=rights.until)
    who = _ask_whose(client, health, entry)
    proof = Proof(who.id or None, who.name, rights.has, rights.until)
    return Tried(secrets, vault.kept, proof, rights, health.profile_url or client.profile_url())


def _ask_whose(client: AccountClient, health: Health, entry: AccountEntry) -> Who:
    """By the network's own id, or "" where it has none; never a name in its place, for that may be another's one day.
    Raises Refused: it has one, and does not say it now."""
    name = health.identity or entry.handle or entry.name
    if health.account_id is not None or not isinstance(client, KnowsWho):
        return Who(health.account_id or "", name)
    who = client.who()
    if isinstance(who, Who):
        return who
    raise Refused(_say_unchanged(f"{NOT_ASKED}: {http_outcomes.describe(who)}"))


def describe(tried: Tried, *, renewed: bool = False) -> Iterator[str]:
    """Who it is, what it may do, until when."""
    known = f" ({tried.proof.identity})" if tried.proof.identity else ""
    yield f"Signed in as {tried.proof.name}{known}: {tried.profile}"
    if tried.rights.has:
        yield f"It may: {', '.join(tried.rights.has)}."
    else:
        yield "What it may do the network does not say beforehand."
    for sentence in tried.rights.lacks:
        yield f"But: {sentence}"
    until = tried.rights.until
    if until is None:
        yield "It does not end by itself: it holds until it is revoked."
    elif renewed:
        yield f"Byhand renews it by itself; what it has now ends on {name_day(until, UTC)}."
    else:
        yield f"It ends on {name_day(until, UTC)}."


def describe_replaced(account: str, now: str, ended: Mapping[str, Any] | None) -> Iterator[str]:
    """What ended because it was another profile."""
    if not ended:
        return
    yield f"{account} was {ended['before']} until now, and is {now} from now on."
    if count := ended["posts"]:
        yield f"{_count(count, 'post has', 'posts have')} to be approved again: nothing was approved for {now}."
    if count := ended["unknown"]:
        yield (
            f"Of {_count(count, 'send', 'sends')} nobody knows the outcome: look at {ended['before']}, and say so in "
            "the thread."
        )
    if count := ended["replies"]:
        yield f"{_count(count, 'answer or take-down does', 'answers and take-downs do')} not go out any more."


def describe_former(account: str, revoked: Mapping[str, Any] | None) -> Iterator[str]:
    """What became of the secret that was there before."""
    if not revoked:
        return
    yield f"Before, {account} was signed in with another secret, which Byhand has forgotten. {revoked['sentence']}"
    if not revoked["done"]:
        yield "If both are of one application, leave that in place: without it the new one ends, too."


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def read_secret(typed: str, what: str = "secret") -> str:
    """What was pasted, as it is meant: without what pasting, a shell or a header adds. Raises Refused, without it."""
    words = read_value(typed)
    if label := _LABEL.match(words):
        words = read_value(words[label.end() :])
    if not words:
        raise Refused(f"Nothing was typed: paste the {what}, or hand it over on standard input.")
    if len(words) > LONGEST or len(words.split()) > 1:
        raise Refused(f"That is more than one word, and no {what}. Paste the {what} alone.")
    return words


def _read_typed(way: SignIn | None, network: Network, account: str) -> str:
    """From standard input, never from an argument: those stand in the shell's history and in the list of processes."""
    what = way.prompt if way else network.secrets[0].capitalize()
    question = f"{what} for {account} (it is not shown): "
    secret = read_secret(_read(lambda: getpass.getpass(question), lambda: sys.stdin.read(LONGEST + 1)))
    if way is not None and (wrong := way.find_wrong_kind(secret)) is not None:
        raise Refused(wrong)
    return secret


def _read_pasted(question: str) -> str:
    """A code works once and with its own link only, so it may be seen."""
    typed = _read(lambda: input(question), lambda: sys.stdin.readline(LONGEST + 1))
    return read_secret(typed, "code")


def _read(at_a_terminal: Callable[[], str], otherwise: Callable[[], str]) -> str:
    try:
        return at_a_terminal() if sys.stdin.isatty() else otherwise()
    except EOFError:  # Ctrl-D
        return ""


def _load_settings() -> Settings:
    return load_settings(None, os.environ, networks=registry.load_all(), need_slack=False)


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
    lines = {
        "bluesky": 'handle  = "name.bsky.social"',
        "facebook": 'handle  = "YourPage"',
        "instagram": 'handle  = "yourname"',
        "threads": 'handle  = "yourname"',
        "linkedin": 'handle  = "yourpage"',
        "x": 'handle  = "yourname"',
        MANUAL: 'title   = "Instagram stories"',
    }
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


def _say_unchanged(why: str) -> str:
    """What networks say often has no full stop."""
    return f"{why}{'' if why.endswith(('.', '!', '?')) else '.'} Nothing was changed."


def _say_record(who: str) -> str:
    return f"the record says that it was {who}"


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
