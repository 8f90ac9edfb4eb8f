"""Every setting there is, in one table: its key, type, default, unit and a sentence. No file is read here.

The tables in docs/settings.md are printed from it (`settings/table.py`), so that no setting lacks its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.duty import parse_rota
from bot.domain.hours import parse_hours
from bot.settings import money, public_url
from bot.settings.look_first import LOOK_FIRST

SLACK_API = "https://slack.com/api/"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Problem:
    """What is wrong with one setting, and how to fix it. Never holds a secret's value."""

    file: str  # the file's name, or "environment"
    key: str  # "[team] timezone", "SLACK_BOT_TOKEN"; empty for the file as a whole
    sentence: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}{': ' if self.key else ''}{self.sentence} {self.mend}".rstrip()


class Unusable(ValueError):
    """A value that cannot be used; where it stood is added by whoever reads the file."""

    def __init__(self, sentence: str, mend: str) -> None:
        super().__init__(sentence)
        self.mend = mend


def parse_duration(text: object) -> timedelta:
    """ "30m", "4h", "10s", "2d" → timedelta. Raises ValueError with a sentence."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text) if isinstance(text, str) else None
    if not found:
        raise Unusable(f"{_quoted(text)} is not a duration.", 'Write a number and s, m, h or d: "30m", "4h".')
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def format_duration(duration: timedelta) -> str:
    """The shortest form `parse_duration` reads back: 30 minutes → "30m"."""
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0 and (seconds or unit == "s"))
    return f"{seconds // _SECONDS[unit]}{unit}"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found; a folder, such as "Europe"; "../"
        raise Unusable(f'There is no time zone "{name}".', 'Write one like "Europe/Berlin".') from None
    return name


def _hours(text: str) -> str:
    try:
        parse_hours(text, UTC)
    except ValueError as problem:
        raise Unusable(f"{problem}.", 'Write "Mon-Fri 08:00-18:00, Sat 10:00-14:00".') from None
    return text


def _rota(lines: tuple[str, ...]) -> tuple[str, ...]:
    try:
        parse_rota(lines)
    except ValueError as problem:
        raise Unusable(f"{problem}.", 'Write "Mon-Fri 08:00-13:00 U0MAYA".') from None
    return lines


def _country(text: str) -> str:
    if text:
        import holidays

        code, _, part = text.partition("-")
        known = holidays.list_supported_countries()
        if code not in known or (part and part not in known[code]):
            raise Unusable(
                f'"{text}" is not a country.', 'Write its code, like "DE", or "DE-BY" for Bavaria.'
            )
    return text


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _somebody(named: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if named == ():
        raise Unusable(
            "It names nobody.", "Name somebody, or take the line out: [team] approvers count then."
        )
    return named


def _matching(pattern: str, what: str, mend: str) -> AfterValidator:
    def check(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise Unusable(f'"{text}" is not {what}.', mend)
        return text

    return AfterValidator(check)


def check_url(text: str) -> str:
    """Empty, https, or http on this machine (a server on loopback has no certificate)."""
    try:
        scheme, host = urlsplit(text).scheme, urlsplit(text).hostname
    except ValueError:  # "https://["
        scheme, host = "", None
    if text and not (host and (scheme == "https" or (scheme == "http" and host in _LOOPBACK))):
        raise Unusable(f'"{text}" is not an https address.', 'Write it like "https://mastodon.example".')
    return text


def _public_url(text: str) -> str:
    tidied = public_url.tidy(text)
    if tidied and (wrong := public_url.find_problem(tidied)) is not None:
        raise Unusable(*wrong)
    return tidied


LOUDNESS = "block, warn, note or off"
Loudness = Literal["block", "warn", "note", "off"]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Dollars = Annotated[str, _matching(money.AMOUNT, "an amount in US dollars", money.HOW)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Url = Annotated[str, AfterValidator(check_url)]
Channel = Annotated[
    str,
    _matching(
        r"[CG][A-Z0-9]{2,}|#[^\s#]+", "a channel", 'Write its id ("C0123456789") or its name ("#social").'
    ),
]
Approver = Annotated[
    str,
    _matching(
        r"[UWS][A-Z0-9]{2,}", "a Slack id", "In a person's profile, or a user group's page: More, Copy ID."
    ),
]
Approvers = Annotated[tuple[Approver, ...], BeforeValidator(_tuple)]
SomebodysId = Annotated[
    str, _matching(r"[UW][A-Z0-9]{2,}", "a person's Slack id", "In their profile: More, Copy ID.")
]
Language = Annotated[
    str,
    _matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language", 'Write its code, like "en" or "de-AT".'),
]


def _words_by_language(value: object) -> object:
    if isinstance(value, dict):
        return {language: _tuple(words) for language, words in value.items()}
    return value


LookFirst = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_words_by_language)]


def _setting(default: Any, unit: str, sentence: str, **limits: Any) -> Any:
    return Field(default, description=sentence, json_schema_extra={"unit": unit}, **limits)


class Section(BaseModel):
    """One table of the file. Strict: "1" is not a number and "yes" is not true."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class SlackSection(Section):
    review_channel: Channel = _setting(
        "", "id or #name", "Where cards of posts appear. `byhand run` needs it."
    )
    inbox_channel: Channel = _setting("", "id or #name", "Where what customers write will appear.")


class TeamSection(Section):
    timezone: Annotated[str, AfterValidator(_zone)] = _setting(
        "UTC", "zone name", "The zone in which times without an offset, and the hours, are read."
    )
    hours: Annotated[str, AfterValidator(_hours)] = _setting(
        "", "days and times", "When somebody is there to answer. Empty: nobody is known to be away."
    )
    country: Annotated[str, AfterValidator(_country)] = _setting(
        "", "country code", 'Whose public holidays cards tell of: "DE", or with a part of it "DE-BY".'
    )
    approvers: Approvers = _setting(
        (), "list of ids", "Who may approve, post now, send again and resume: users or user groups."
    )
    contributors: Annotated[tuple[SomebodysId, ...], BeforeValidator(_tuple)] = _setting(
        (), "list of ids", "Guests who may write, edit and delete drafts of their own, and nothing else."
    )
    approvals: int = _setting(1, "people", "How many approvals a post needs.", ge=1)
    author_may_approve: bool = _setting(False, "true or false", "Whether an author's own approval counts.")
    alone: bool = _setting(
        False,
        "true or false",
        "Outside hours an approver on shift may approve their own change of approved words.",
    )
    digest: bool = _setting(
        True, "true or false", "One message a day on what goes out, who waits, and what the week lacks."
    )


class ReviewSection(Section):
    lead: Duration = _setting(
        timedelta(minutes=30), "duration", "How long before its slot a post's card appears.", gt=timedelta()
    )
    remind: Annotated[tuple[Duration, ...], BeforeValidator(_tuple)] = _setting(
        (timedelta(minutes=15), timedelta(minutes=5)), "list of durations", "Reminders, before the slot."
    )
    lateness_limit: Duration = _setting(
        timedelta(minutes=10), "duration", "Nothing goes out by itself later than this.", gt=timedelta()
    )
    repeat_window: Duration = _setting(
        timedelta(days=30), "duration", "How far back nearly the same words on an account are looked for."
    )
    gap: Duration = _setting(
        timedelta(minutes=30), "duration", "Two posts of an account closer than this are objected to."
    )
    posts_a_day: int = _setting(
        5, "posts", "More posts of an account on one day are objected to. 0: never.", ge=0
    )


class ObjectionsSection(Section):
    alt_text: Loudness = _setting("block", LOUDNESS, "An image without alt text.")
    similar: Loudness = _setting("warn", LOUDNESS, "Nearly the same words on the same account not long ago.")
    same_words: Loudness = _setting("warn", LOUDNESS, "The same words on several accounts.")
    hours: Loudness = _setting(
        "warn", LOUDNESS, "Nobody is there to decide, or in the hour after it goes out: `[team] hours`."
    )
    shift: Loudness = _setting("warn", LOUDNESS, "Nobody is on shift in the hour after it: `[duty] rota`.")
    waiting: Loudness = _setting(
        "warn", LOUDNESS, "Customers of the account wait longer than `answer_within`."
    )
    spacing: Loudness = _setting("warn", LOUDNESS, "Closer than `[review] gap` to another post.")
    holiday: Loudness = _setting("note", LOUDNESS, "A public holiday of `[team] country`.")
    full_day: Loudness = _setting("warn", LOUDNESS, "More than `[review] posts_a_day` on an account.")


class DutySection(Section):
    rota: Annotated[Texts, AfterValidator(_rota)] = _setting(
        (),
        "list of shifts",
        'Who is on shift when: `"Mon-Fri 08:00-13:00 U0MAYA"`. Empty: approvers are rung.',
    )
    required: bool = _setting(
        False, "true or false", "Nobody on shift in the hour after a slot: no approval."
    )


class InboxSection(Section):
    thread: Literal["mention", "ask", "button"] = _setting(
        "mention", "mention, ask or button", "What in a conversation's thread is offered for sending."
    )
    private_channel: Channel = _setting(
        "", "id or #name", "Where direct messages go. Empty: they are not fetched."
    )
    answer_within: Duration = _setting(
        timedelta(hours=4), "duration, in hours", "How soon a customer should have an answer.", gt=timedelta()
    )
    look_first: LookFirst = _setting(
        LOOK_FIRST, "words, by language", "Words that put a message first; they also make it a complaint."
    )
    many_followers: int = _setting(
        10_000, "people", "Followers that put a message first. 0: never for that.", ge=0
    )
    complaints: int = _setting(
        5, "messages", "So many complaints on one post suggest a pause. 0: never.", ge=0
    )
    complaints_within: Duration = _setting(
        timedelta(minutes=10), "duration", "Within this time.", gt=timedelta()
    )
    poll_every: Duration = _setting(
        timedelta(minutes=1), "duration", "How often each network is asked for new messages.", gt=timedelta()
    )
    sweep_every: Duration = _setting(
        timedelta(minutes=10),
        "duration",
        "How often recent threads are looked through for what a network failed to tell.",
        gt=timedelta(),
    )
    erase_after: Duration = _setting(
        timedelta(days=90),
        "duration",
        "When words and names of a closed conversation are erased.",
        gt=timedelta(),
    )


class PauseSection(Section):
    elsewhere: Texts = _setting((), "list of names", "What people must stop elsewhere in a pause.")
    stops_replies: bool = _setting(False, "true or false", "Whether a pause stops answers to customers too.")


class WebSection(Section):
    public_url: Annotated[str, AfterValidator(_public_url)] = _setting(
        "", "https address", "Where networks fetch images from Byhand. Empty: they are offered none."
    )


class AccountSection(Section):
    network: str = Field(description="Which network it is on.", json_schema_extra={"unit": "network"})
    server: Url = _setting("", "https address", "The server's address. Empty: the network's own.")
    handle: str | None = _setting(None, "text", "The account's name there, where signing in needs it.")
    client_id: str = _setting("", "text", "`x` only: your app's Client ID, to sign in with a browser.")
    title: str | None = _setting(None, "text", "What cards call it. Unset: its network's name.")
    visibility: str | None = _setting(None, "network's word", "Who sees its posts. Unset: as set up there.")
    language: Language | None = _setting(None, "language code", "The language of its posts.")
    lead: Duration | None = _setting(None, "duration", "Its own lead. A post takes its accounts' longest.")
    approvers: Annotated[Approvers | None, AfterValidator(_somebody)] = _setting(
        None, "list of ids", "Who approves its posts, in place of `[team] approvers`, and resumes it."
    )
    poll_every: Duration | None = _setting(
        None,
        "duration",
        "How often it is asked for new messages. Unset: as `[inbox]` says, or as seldom as its network needs.",
        gt=timedelta(),
    )
    address: Url = _setting("", "https address", "`manual` only: what whoever posts there opens.")
    window: Duration | None = _setting(
        None,
        "duration",
        "`manual` only: how long after its slot a post may go up. Unset: 2h.",
        gt=timedelta(),
    )
    monthly_limit: Dollars | None = _setting(None, "US dollars", 'What its posts may cost a month: "20 USD".')


class LabelSection(Section):
    approvers: Annotated[Approvers, AfterValidator(_somebody)] = Field(
        description="Who approves posts with this label, besides those whom their accounts name.",
        json_schema_extra={"unit": "list of ids"},
    )


class File(Section):
    """The whole of byhand.toml."""

    slack: SlackSection = SlackSection()
    team: TeamSection = TeamSection()
    review: ReviewSection = ReviewSection()
    objections: ObjectionsSection = ObjectionsSection()
    duty: DutySection = DutySection()
    inbox: InboxSection = InboxSection()
    pause: PauseSection = PauseSection()
    web: WebSection = WebSection()
    accounts: dict[str, AccountSection] = {}
    labels: dict[str, LabelSection] = {}


SECTIONS: Mapping[str, type[Section]] = {
    "slack": SlackSection,
    "team": TeamSection,
    "review": ReviewSection,
    "objections": ObjectionsSection,
    "duty": DutySection,
    "inbox": InboxSection,
    "pause": PauseSection,
    "web": WebSection,
    "accounts": AccountSection,
    "labels": LabelSection,
}

ENVIRONMENT: Mapping[str, tuple[str, str]] = {  # name: (default, sentence)
    "SLACK_BOT_TOKEN": ("", "The bot's token (xoxb-…)."),
    "SLACK_APP_TOKEN": ("", "The app-level token (xapp-…). When set, the bot connects by Socket Mode."),
    "SLACK_SIGNING_SECRET": ("", "The signing secret: HTTP mode, when there is no app-level token."),
    "SLACK_API_URL": (SLACK_API, "Where Slack's Web API is."),
    "BYHAND_CONFIG": ("byhand.toml", "The settings file."),
    "BYHAND_DATABASE_URL": ("sqlite:///byhand.db", "The database: an SQLite file, or PostgreSQL."),
    "BYHAND_KEY": ("", "The key that encrypts what the database keeps secret. Unset: a key file beside it."),
    "BYHAND_HOST": ("127.0.0.1", "The address the HTTP server listens on."),
    "BYHAND_PORT": ("8080", "Its port; 0 takes a free one."),
}
