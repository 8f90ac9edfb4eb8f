"""`byhand init`: asks for hours, people, channels and accounts, and writes byhand.toml.

Each answer is checked by `load_settings` itself, as the only setting of a small byhand.toml, so that no rule is written
twice and what is accepted here always loads later.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.networks import registry
from bot.networks.protocol import AccountSettings
from bot.settings.account_entry import make_secret_prefix
from bot.settings.load import MANUAL, SettingsError, load_settings
from bot.shell.refusing import Refused

Value = str | int | bool | list[str]
Section = dict[str, Value]
NO_ANSWERS = "There were fewer answers than questions; nothing was written."


@dataclass(frozen=True)
class Question:
    """One setting. `read` turns the typed words into its value; no words take `default`."""

    section: str
    key: str
    words: str
    default: str | None = None  # None: it has to be answered
    read: Callable[[str], Value] = str
    after: tuple[str, str] | None = None  # (section, key): not asked if that was left empty


def _list(words: str) -> list[str]:
    return words.replace(",", " ").split()


class _NotUnderstood(ValueError):
    """What to type instead, in a sentence."""


def _number(words: str) -> Value:
    if not words.isdecimal():
        raise _NotUnderstood("Please type a number, such as 1.")
    return int(words)


_YES = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


def _yes(words: str) -> Value:
    if words.lower() not in _YES:
        raise _NotUnderstood("Please type yes or no.")
    return _YES[words.lower()]


QUESTIONS = (
    Question("slack", "review_channel", "Channel where posts are decided (C0123456789 or #social)"),
    Question("slack", "inbox_channel", "Channel for what customers write (empty: none yet)", ""),
    Question(
        "inbox",
        "private_channel",
        "Private channel for what they write privately (empty: it is not fetched)",
        "",
        after=("slack", "inbox_channel"),
    ),
    Question("team", "timezone", "Your team's time zone (Europe/Berlin, America/New_York)"),
    Question("team", "hours", "When is somebody there to answer? (Mon-Fri 08:00-18:00, Sat 10:00-14:00)"),
    Question(
        "team",
        "approvers",
        "Who may approve? Slack ids of people or user groups (U0AAAAAAA S0BBBBBBB)",
        read=_list,
    ),
    Question("team", "approvals", "How many approvals does a post need?", "1", _number),
    Question("team", "author_may_approve", "Does an author's own approval count? (yes, no)", "no", _yes),
)


def interview() -> str:
    """Ask everything; returns byhand.toml's text. Raises Refused if the answers end early."""
    try:
        document: dict[str, Section] = {}
        for question in QUESTIONS:
            if question.after and not document[question.after[0]][question.after[1]]:
                continue
            document.setdefault(question.section, {})[question.key] = _ask(question)
        document |= dict(_ask_accounts())
    except typer.Abort:
        typer.echo()
        raise Refused(NO_ANSWERS) from None
    return (
        "# Byhand's settings. docs/settings.md lists them all; secrets come from the environment.\n"
        + _toml(document)
    )


def _ask(question: Question, beside: Section | None = None) -> Value:
    """Until the answer can be used, beside what is known of its section; an empty one where that is allowed."""
    while True:
        words = typer.prompt(question.words, default=question.default, show_default=bool(question.default))
        try:
            value = question.read(str(words).strip())
        except _NotUnderstood as mend:
            typer.echo(f"  {mend}")
            continue
        if value == question.default == "":
            return value
        problem = _problem({question.section: {**(beside or {}), question.key: value}})
        if problem is None:
            return value
        typer.echo(f"  {problem}")


_LANGUAGE = ("language", "The language of its posts (en, de; empty: not said)")
_SENT = (
    ("server", "Its server (https://mastodon.example; empty: the network's own)"),
    ("handle", "Its handle there (dockbakery.bsky.social; empty: not needed)"),
    _LANGUAGE,
)
_BY_HAND = (
    ("title", "What cards call it (Instagram stories; empty: the name above)"),
    ("address", "The address to open for it (https://www.instagram.com/; empty: none)"),
    ("window", "How long after its time may a post still go up? (30m, 4h; empty: 2h)"),
    _LANGUAGE,
)
_NAME = "A name of yours for an account (such as dockbakery-mastodon; leave it empty when you are done)"


def _ask_accounts() -> Iterator[tuple[str, Section]]:
    sent = ", ".join(name for name in registry.list_names() if name != MANUAL)
    typer.echo(f"Now the accounts. Networks that Byhand posts to: {sent}.")
    typer.echo(f"For what one of you posts by hand (a story, a profile, a sign in the window): {MANUAL}.")
    names: set[str] = set()
    while name := _ask_name(names):
        names.add(name)
        yield f"accounts.{name}", _ask_account(name)


def _ask_name(taken: set[str]) -> str:
    while True:
        words = typer.prompt(_NAME, default="", show_default=False)
        if not (name := str(words).strip()):
            return ""
        others = {f"accounts.{other}": Section(network="mastodon") for other in taken}
        problem = _problem({**others, f"accounts.{name}": {"network": registry.list_names()[0]}})
        if name in taken:
            problem = "You have named that one already."
        if problem is None:
            return name
        typer.echo(f"  {problem}")


def _ask_account(name: str) -> Section:
    """Until the network itself can use it."""
    section = f"accounts.{name}"
    while True:
        network = _ask(Question(section, "network", "Its network"))
        account: Section = {"network": network}
        for key, words in _BY_HAND if network == MANUAL else _SENT:
            if value := _ask(Question(section, key, words, ""), account):
                account[key] = value
        if (problem := _unusable(name, account)) is None:
            return account
        typer.echo(f"  {problem} Once more, please.")


def _problem(document: dict[str, Section]) -> str | None:
    """What `load_settings` objects to: a sentence, and how to fix it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "byhand.toml"
        file.write_text(_toml(document), encoding="utf-8")
        try:
            load_settings(file, {}, networks=dict.fromkeys(registry.list_names()), need_slack=False)
        except SettingsError as error:
            return f"{error.problems[0].sentence} {error.problems[0].mend}".rstrip()
    return None


class _NoVault:
    def load(self, name: str) -> str | None:
        del name
        return None

    def save(self, name: str, value: str) -> None:
        """Nothing signs in here."""


def _unusable(name: str, account: Section) -> str | None:
    """What the network has against the account's settings; no call goes out."""
    network = registry.load_network(str(account["network"]))
    values = {key: str(account[key]) for key in ("server", "handle", "language") if key in account}
    settings = AccountSettings(
        name=name, network=network.name, server=values.get("server", ""), handle=values.get("handle"),
        language=values.get("language"), secrets=dict.fromkeys(network.secrets, "x"),
    )  # fmt: skip
    try:
        network.open(settings, _NoVault())
    except ValueError as error:
        return str(error)
    return None


def _toml(document: dict[str, Section]) -> str:
    lines: list[str] = []
    for section, values in document.items():
        *parents, name = section.split(".", 1)
        quoted = (
            name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else _quoted(name)
        )
        lines += ["", f"[{'.'.join([*parents, quoted])}]"]
        lines += [f"{key} = {_quoted(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _quoted(value: Value) -> str:
    """JSON's texts, numbers, truths and lists of texts are TOML's too, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def list_next_steps(file: Path) -> Sequence[str]:
    """What is left to do once the file is written."""
    settings = load_settings(file, {}, need_slack=False)
    secrets = [
        f"  {make_secret_prefix(name)}{secret}"
        for name, entry in settings.accounts.items()
        for secret in registry.load_network(entry.network).secrets
    ]
    return [
        f"Written: {file}",
        "",
        "Now make the Slack app, if there is none yet: api.slack.com/apps, Create New App, From a manifest.",
        "  byhand init --manifest             prints the manifest",
        "  byhand init --manifest-http URL    prints the one for HTTP mode",
        "  byhand init --admin                prints the page for your workspace's admin",
        "",
        "Set these in the environment; they are never written to a file:",
        "  SLACK_BOT_TOKEN         the Bot User OAuth Token (xoxb-…)",
        "  SLACK_APP_TOKEN         an app-level token with connections:write (xapp-…), for Socket Mode",
        "  SLACK_SIGNING_SECRET    instead of it, for HTTP mode",
        *secrets,
        "",
        "Invite the bot to its channels (/invite @Byhand), look with byhand check, start with byhand run.",
    ]
