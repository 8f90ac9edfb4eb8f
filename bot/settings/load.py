"""byhand.toml and the environment, checked together, as one frozen `Settings`. Bad input fails here.

Secrets come from the environment (or, where somebody signed an account in, from the database, which is not read here),
everything else from the file only; so there is nothing to merge. The settings are in `settings/schema.py`, the file is
read in `settings/file.py`.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from bot.domain.duty import parse_rota
from bot.domain.gate import ALL, DRILL
from bot.domain.hours import parse_hours
from bot.domain.people import fold_label
from bot.domain.policy import AccountPolicy, Policy
from bot.domain.preflight.objections import LEVELS, Level, ObjectionType
from bot.settings import database_url
from bot.settings.account_entry import AccountEntry, Offered, make_secret_prefix
from bot.settings.environment import read_environment
from bot.settings.file import read_file
from bot.settings.money import read_dollars
from bot.settings.schema import (
    ENVIRONMENT,
    DutySection,
    File,
    InboxSection,
    LabelSection,
    ObjectionsSection,
    PauseSection,
    Problem,
    ReviewSection,
    SlackSection,
    TeamSection,
    Unusable,
    check_url,
    format_duration,
)

LOUDNESS = {"block": Level.BLOCK, "warn": Level.WARN, "note": Level.NOTE, "off": None}
MANUAL = "manual"  # the network of what people post themselves
WINDOW = timedelta(hours=2)  # how long they may
LONGEST_NAME = 75  # characters: Slack's fields hold no longer value
RESERVED_ACCOUNTS = frozenset({ALL, DRILL})  # gate rows of their own


class SettingsError(Exception):
    """The settings cannot be used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What the team and its operator chose, judged. `warnings` are sentences to be shown."""

    path: Path
    slack: SlackSection
    team: TeamSection
    review: ReviewSection
    objections: ObjectionsSection
    duty: DutySection
    inbox: InboxSection
    pause: PauseSection
    accounts: dict[str, AccountEntry]
    labels: dict[str, LabelSection]
    slack_api_url: str
    database_url: str = field(repr=False)  # may hold a password
    host: str
    port: int
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    key: str | None = field(repr=False)
    warnings: tuple[str, ...] = ()
    public_url: str = ""  # without a slash at its end; "": there is none

    @property
    def slack_mode(self) -> Literal["socket", "http"]:
        return "socket" if self.app_token else "http"

    def secrets(self) -> tuple[str, ...]:
        """Every secret value there is, for the journal to hide."""
        own = (self.bot_token, self.app_token, self.signing_secret, *(self.key or "").split(","))
        own += database_url.list_passwords(self.database_url)
        of_accounts = (value for entry in self.accounts.values() for value in entry.secrets.values())
        return tuple(filter(None, (*own, *of_accounts)))

    def policy(self) -> Policy:
        zone = ZoneInfo(self.team.timezone)
        return Policy(
            zone=zone,
            hours=parse_hours(self.team.hours, zone),
            accounts=self._account_policies(),
            country=self.team.country,
            approvers=self.team.approvers,
            labels={label: one.approvers for label, one in self.labels.items()},
            contributors=self.team.contributors,
            approvals=self.team.approvals,
            author_may_approve=self.team.author_may_approve,
            alone=self.team.alone,
            digest=self.team.digest,
            lead=self.review.lead,
            reminders=tuple(sorted(set(self.review.remind), reverse=True)),
            lateness_limit=self.review.lateness_limit,
            review_channel=self.slack.review_channel,
            inbox_channel=self.slack.inbox_channel,
            private_channel=self.inbox.private_channel,
            thread=self.inbox.thread,
            answer_within=self.inbox.answer_within,
            look_first=tuple(word.lower() for words in self.inbox.look_first.values() for word in words),
            many_followers=self.inbox.many_followers,
            complaints=self.inbox.complaints,
            complaints_within=self.inbox.complaints_within,
            poll_every=self.inbox.poll_every,
            sweep_every=self.inbox.sweep_every,
            erase_after=self.inbox.erase_after,
            pause_elsewhere=self.pause.elsewhere,
            pause_stops_replies=self.pause.stops_replies,
            repeat_window=self.review.repeat_window,
            gap=self.review.gap,
            posts_a_day=self.review.posts_a_day,
            rota=parse_rota(self.duty.rota),
            levels=self._levels(),
        )

    def _levels(self) -> dict[ObjectionType, Level | None]:
        levels = {kind: LOUDNESS[getattr(self.objections, kind.name.lower())] for kind in LEVELS}
        return levels | ({ObjectionType.SHIFT: Level.BLOCK} if self.duty.required else {})

    def _account_policies(self) -> dict[str, AccountPolicy]:
        count = Counter(entry.network for entry in self.accounts.values())
        return {
            name: AccountPolicy(
                name, entry.network, entry.title or _title(entry, alone=count[entry.network] == 1),
                entry.visibility, entry.language, entry.lead, entry.handle, entry.approvers or (),
                (entry.window or WINDOW) if entry.network == MANUAL else None, entry.poll_every,
                read_dollars(entry.monthly_limit) if entry.monthly_limit else None,
            )
            for name, entry in self.accounts.items()
        }  # fmt: skip


def _title(entry: AccountEntry, *, alone: bool) -> str:
    own = "" if entry.network == MANUAL else entry.network_title or entry.network.title()
    return f"{own} ({entry.name})" if own and not alone else own or entry.name


def load_settings(
    path: Path | None,
    environ: Mapping[str, str] = os.environ,
    *,
    networks: Mapping[str, Offered | None] | None = None,
    need_slack: bool = True,
) -> Settings:
    """Read and judge everything; raises SettingsError with every problem found.

    `networks` are the known ones by their names (of one that nobody looked at None); None: do not ask.
    `need_slack=False` is for commands that never call Slack: tokens and channels may then be missing.
    """
    given = read_environment(environ)
    path = path or Path(given.get("BYHAND_CONFIG", ENVIRONMENT["BYHAND_CONFIG"][0]))
    file, problems = read_file(path)
    accounts = _accounts(file, given, networks or {})
    problems += _judge_accounts(path.name, accounts, networks) + _judge_environment(given)
    problems += _judge_labels(path.name, file.labels)
    if need_slack:
        problems += _judge_slack(path.name, file, given, unread=bool(problems))
    if problems:
        raise SettingsError(tuple(problems))
    return _settings(path, file, accounts, given)


def _settings(
    path: Path, file: File, accounts: dict[str, AccountEntry], given: Mapping[str, str]
) -> Settings:
    def variable(name: str) -> str:
        return given.get(name, ENVIRONMENT[name][0])

    return Settings(
        path=path,
        slack=file.slack, team=file.team, review=file.review, objections=file.objections,
        duty=file.duty, inbox=file.inbox,
        pause=file.pause,
        accounts=accounts, labels=file.labels,
        slack_api_url=variable("SLACK_API_URL").rstrip("/") + "/",
        database_url=variable("BYHAND_DATABASE_URL"),
        host=variable("BYHAND_HOST"),
        port=int(variable("BYHAND_PORT")),
        bot_token=variable("SLACK_BOT_TOKEN"),
        app_token=variable("SLACK_APP_TOKEN"),
        signing_secret=variable("SLACK_SIGNING_SECRET"),
        key=given.get("BYHAND_KEY"),
        warnings=tuple(_warnings(file, accounts, given)),
        public_url=file.web.public_url,
    )  # fmt: skip


def _accounts(
    file: File, given: Mapping[str, str], networks: Mapping[str, Offered | None]
) -> dict[str, AccountEntry]:
    secrets: dict[str, dict[str, str]] = {name: {} for name in file.accounts}
    prefixes = _prefixes(file.accounts)
    for variable, value in given.items():
        owner = None if variable in ENVIRONMENT else _owner(variable, prefixes)
        if owner is not None:
            secrets[owner][variable.removeprefix(make_secret_prefix(owner))] = value
    entries = {}
    for name, section in file.accounts.items():
        offered = networks.get(section.network)
        title, needs = (offered.title, offered.secrets) if offered else ("", ())
        entries[name] = AccountEntry(
            name=name, **dict(section), secrets=secrets[name], network_title=title, needs=needs
        )
    return entries


def _prefixes(accounts: Iterable[str]) -> dict[str, str]:
    """{"BYHAND_DOCKBAKERY_BLUESKY_": "dockbakery-bluesky"}."""
    return {make_secret_prefix(name): name for name in accounts}


def _owner(variable: str, prefixes: Mapping[str, str]) -> str | None:
    """Whose BYHAND_<ACCOUNT>_* this is; of "dock" and "dock-bakery" the longer name wins."""
    ends = [place + 1 for place, letter in enumerate(variable) if letter == "_"]
    return next((prefixes[variable[:end]] for end in reversed(ends) if variable[:end] in prefixes), None)


def _judge_accounts(
    file: str, accounts: Mapping[str, AccountEntry], networks: Mapping[str, Offered | None] | None
) -> list[Problem]:
    problems = []
    prefixes = Counter(map(make_secret_prefix, accounts))
    for name, entry in accounts.items():
        where = f"[accounts.{name}]"
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or name in RESERVED_ACCOUNTS:
            mend = "Use small letters, digits and hyphens; not all or drill."
            problems.append(Problem(file, where, "An account cannot have this name.", mend))
        if len(name) > LONGEST_NAME:
            mend = f"Use at most {LONGEST_NAME} characters; its title can be longer."
            problems.append(Problem(file, where, "An account cannot have such a long name.", mend))
        if prefixes[make_secret_prefix(name)] > 1:
            mend = "Rename one of them."
            problems.append(Problem(file, where, "Two accounts would share their secrets' variables.", mend))
        if networks is not None:
            problems += _judge_network(file, entry, networks)
        problems += _judge_by_hand(file, entry)
    return problems


def _judge_labels(file: str, labels: Iterable[str]) -> Iterator[Problem]:
    """A label is compared whatever its case and spaces: two of the same would each name other people."""
    known: dict[str, str] = {}
    for label in labels:
        where, folded = f"[labels.{json.dumps(label, ensure_ascii=False)}]", fold_label(label)
        if not folded:
            yield Problem(file, where, "This label is empty.", "Write the label that posts have.")
        elif folded in known:
            sentence = f'This is the same label as "{known[folded]}", whatever its case and spaces.'
            yield Problem(file, where, sentence, "Write it once.")
        known.setdefault(folded, label)


def _judge_by_hand(file: str, entry: AccountEntry) -> list[Problem]:
    """What only one kind of account knows."""
    by_hand = entry.network == MANUAL
    signed_in = {
        "server": bool(entry.server), "visibility": entry.visibility is not None,
        "poll_every": entry.poll_every is not None,
    }  # fmt: skip
    wrong = signed_in if by_hand else {"window": entry.window is not None, "address": bool(entry.address)}
    mend, means = "Take it out.", f'It means nothing for network = "{entry.network}".'
    return [
        Problem(file, f"[accounts.{entry.name}] {key}", means, mend) for key, given in wrong.items() if given
    ]


def _judge_network(
    file: str, entry: AccountEntry, networks: Mapping[str, Offered | None]
) -> Iterator[Problem]:
    if entry.network not in networks:
        close = difflib.get_close_matches(entry.network, networks, n=1)
        mend = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(sorted(networks))}."
        key = f"[accounts.{entry.name}] network"
        yield Problem(file, key, f'There is no network "{entry.network}".', mend)
    elif entry.monthly_limit is not None and not _takes_money(networks[entry.network]):
        key = f"[accounts.{entry.name}] monthly_limit"
        yield Problem(
            file, key, f'Nothing is taken for sending on network = "{entry.network}".', "Take it out."
        )


def _takes_money(offered: Offered | None) -> bool:
    """One that cannot be loaded may."""
    return offered is None or getattr(getattr(offered, "documented", None), "prices", None) is not None


def _judge_environment(given: Mapping[str, str]) -> list[Problem]:
    """What holds for every command."""
    problems = []
    port = given.get("BYHAND_PORT", "0")
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        problems.append(("BYHAND_PORT", "It is not a port.", "Write a number from 0 to 65535."))
    database = given.get("BYHAND_DATABASE_URL", "sqlite:")
    if (wrong := database_url.find_problem(database)) is not None:
        problems.append(("BYHAND_DATABASE_URL", *wrong))
    try:
        check_url(given.get("SLACK_API_URL", ""))
    except Unusable as unusable:
        problems.append(("SLACK_API_URL", str(unusable), "Leave it unset for Slack's own."))
    if not all(map(_is_key, filter(None, given.get("BYHAND_KEY", "").split(",")))):
        mend = "It is 32 bytes in URL-safe base 64; several are separated by commas, the newest first."
        problems.append(("BYHAND_KEY", "It is not a key.", mend))
    return [Problem("environment", *problem) for problem in problems]


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.strip(), altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return False


def _judge_slack(file: str, read: File, given: Mapping[str, str], *, unread: bool) -> list[Problem]:
    """What a command that conversations to Slack needs. `unread`: the file has problems, so do not miss its keys."""
    problems = list(_judge_tokens(given))
    if {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"} <= given.keys():
        sentence = "With SLACK_CLIENT_ID set too, Slack's library would use OAuth and drop the token."
        problems.append(Problem("environment", "SLACK_CLIENT_SECRET", sentence, "Unset both."))
    if not read.slack.review_channel and not unread:
        mend = "Name the channel where cards appear, or run `byhand init`."
        problems.append(Problem(file, "[slack] review_channel", "It is not set.", mend))
    return problems


_TOKENS = {  # beginnings of Slack's tokens
    "xoxb-": "a bot token",
    "xapp-": "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a rotating token",
    "": "none of Slack's tokens",
}


def _judge_tokens(given: Mapping[str, str]) -> Iterator[Problem]:
    expected = {
        "SLACK_BOT_TOKEN": ("xoxb-", "Take the Bot User OAuth Token (xoxb-…) of OAuth & Permissions."),
        "SLACK_APP_TOKEN": ("xapp-", "Take the app-level token (xapp-…) of Basic Information."),
    }
    for name, (beginning, mend) in expected.items():
        token = given.get(name, "")
        if token and not token.startswith(beginning):
            kind = next(kind for start, kind in _TOKENS.items() if token.startswith(start))
            yield Problem("environment", name, f"It holds {kind}.", mend)
    if "SLACK_BOT_TOKEN" not in given:
        yield Problem("environment", "SLACK_BOT_TOKEN", "It is not set.", expected["SLACK_BOT_TOKEN"][1])
    if "SLACK_APP_TOKEN" not in given and "SLACK_SIGNING_SECRET" not in given:
        mend = "Set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP mode."
        yield Problem("environment", "SLACK_APP_TOKEN", "It is not set.", mend)


def _warnings(file: File, accounts: Mapping[str, AccountEntry], given: Mapping[str, str]) -> Iterator[str]:
    leads = {"[review] lead": file.review.lead}
    leads |= {f"[accounts.{name}] lead": entry.lead for name, entry in accounts.items() if entry.lead}
    for key, lead in leads.items():
        for reminder in file.review.remind:
            if reminder >= lead:
                yield (
                    f"A reminder {format_duration(reminder)} before the slot is never sent: {key} is"
                    f" {format_duration(lead)}, so the card is not up by then."
                )
    if not file.team.approvers and all(entry.approvers for entry in accounts.values()) and accounts:
        yield "[team] approvers is empty: nobody can resume after a pause of everything, and nobody is rung for it."
    elif not file.team.approvers:
        yield "[team] approvers is empty: nobody can approve, so nothing will be published."
    if file.team.alone and not file.team.hours:
        yield "[team] alone does nothing without [team] hours: nobody is known to be away."
    prefixes = _prefixes(accounts)
    for name in sorted(given):
        if name.startswith("BYHAND_") and name not in ENVIRONMENT and _owner(name, prefixes) is None:
            close = difflib.get_close_matches(name, ENVIRONMENT, n=1, cutoff=0.8)
            yield f"{name} is not read." + (
                f" Did you mean {close[0]}?" if close else " It names no account."
            )
