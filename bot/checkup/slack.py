"""Slack, looked at: both tokens, the scopes granted, the clock, the channels. Only methods that change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.checkup.finding import Finding, failure, fine, warning
from bot.services.unit_of_work import Clock
from bot.settings.load import Settings
from bot.slack.manifest import EVENTS_PATH, load_manifest
from bot.slack.roles import Home
from bot.slack.transport.calls import NO_ENTRY, Answered, Heard, SaidNo, TooMany, hear
from bot.slack.transport.connection import Access

PATIENCE = 5  # seconds for one call
PAGES = 20  # of a thousand channels each
CLOCK_OFF = timedelta(minutes=2)  # Slack itself refuses requests from five on

_BOT_TOKEN = "Take the Bot User OAuth Token of your app's page OAuth & Permissions."  # noqa: S105
_APP_TOKEN = "Make one on your app's page Basic Information, with connections:write."  # noqa: S105


@dataclass(frozen=True)
class Meeting:
    """What the first call to Slack has shown. `home` None: the bot token is not taken, or nobody answers."""

    findings: tuple[Finding, ...]
    home: Home | None = None


def make_client(settings: Settings) -> WebClient:
    return Access(settings.bot_token, api_url=settings.slack_api_url).client(PATIENCE)


def meet(settings: Settings, clock: Clock) -> Meeting:
    """The bot token, and what comes with Slack's answer to it: scopes granted, and the time."""
    heard, headers = _hear_all(make_client(settings).auth_test)
    if not isinstance(heard, Answered):
        return Meeting((_no_entry("bot token", heard, _BOT_TOKEN),))
    said = heard.data
    found = [fine("bot token", f"Signed in to {said.get('team')} as @{said.get('user')}.")]
    found += _scopes(headers.get("x-oauth-scopes"))
    found += _time(headers.get("date"), clock.now())
    home = Home(said["team_id"], said.get("enterprise_id")) if said.get("team_id") else None
    return Meeting(tuple(found), home)


def _hear_all(call: Callable[[], SlackResponse]) -> tuple[Heard, Mapping[str, str]]:
    """As `hear`, with the headers of the answer, their names in lower case."""
    answers: list[SlackResponse] = []

    def keeping() -> SlackResponse:
        try:
            answers.append(call())
        except SlackApiError as error:
            answers.append(error.response)
            raise
        return answers[0]

    heard = hear(keeping)
    headers = answers[0].headers if answers else {}
    return heard, {str(name).lower(): str(value) for name, value in headers.items()}


def explain(heard: Heard) -> str:
    """What came instead of an answer, to follow a colon."""
    match heard:
        case SaidNo(error=error):
            return f"Slack says {error}"
        case TooMany(seconds=seconds):
            return f"Slack is asked too often; again in {seconds:.0f} s"
        case Answered():
            return "Slack answered"
    return f"Slack does not answer ({heard.why})"


def _no_entry(name: str, heard: Heard, mend: str) -> Finding:
    if isinstance(heard, SaidNo) and heard.error == "not_allowed_token_type":
        return failure(name, "This is a token of another kind.", mend)
    if isinstance(heard, SaidNo) and heard.error == "missing_scope":
        return failure(name, "This token lacks a permission.", mend)
    if isinstance(heard, SaidNo) and heard.error in NO_ENTRY:
        return failure(name, f"Slack does not take this token ({heard.error}).", mend)
    return failure(name, f"{explain(heard)}.", "Is this machine online, and Slack up? See status.slack.com.")


def find_refused_token(settings: Settings) -> Finding | None:
    """A token that Slack plainly does not take: nothing but another one helps. Slack being away is no such thing."""
    client = make_client(settings)
    heard = hear(client.auth_test)
    if _is_refused(heard):
        return _no_entry("SLACK_BOT_TOKEN", heard, _BOT_TOKEN)
    if settings.slack_mode == "http" or not isinstance(heard, Answered):
        return None
    heard = hear(lambda: client.apps_connections_open(app_token=settings.app_token))
    return _no_entry("SLACK_APP_TOKEN", heard, _APP_TOKEN) if _is_refused(heard) else None


def _is_refused(heard: Heard) -> bool:
    return isinstance(heard, SaidNo) and heard.error in (*NO_ENTRY, "not_allowed_token_type")


def _scopes(granted: str | None) -> Iterator[Finding]:
    if granted is None:
        yield warning("scopes", "Slack does not say which were granted.")
        return
    has = {scope.strip() for scope in granted.split(",") if scope.strip()}
    wanted = load_manifest().scopes
    if missing := sorted(wanted - has):
        mend = "Add them under OAuth & Permissions, or paste manifest.yml again; then install the app again."
        yield failure("scopes", f"Not granted: {', '.join(missing)}.", mend)
    if extra := sorted(has - wanted):
        yield warning("scopes", f"More than Byhand needs: {', '.join(extra)}.", "Take them away.")
    if has == wanted:
        yield fine("scopes", f"All {len(wanted)} are granted, and no other.")


def _time(date: str | None, now: datetime) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(date or "").astimezone(UTC)
    except (ValueError, TypeError):
        return
    off = abs(now - theirs)
    if off > CLOCK_OFF:
        sentence = f"This machine's clock is {off.total_seconds() / 60:.0f} minutes from Slack's."
        yield warning("clock", sentence, "Have it set by NTP: posts go out by this clock.")
    else:
        yield fine("clock", "This machine's clock agrees with Slack's.")


def check_way_in(settings: Settings) -> Iterator[Finding]:
    """How clicks reach the bot."""
    if settings.slack_mode == "http":
        sentence = (
            f"HTTP mode: Slack must be able to reach {EVENTS_PATH}; only its first request shows that it can."
        )
        yield warning("way in", sentence, "Set SLACK_APP_TOKEN for Socket Mode, which needs no open port.")
        return
    heard = hear(lambda: make_client(settings).apps_connections_open(app_token=settings.app_token))
    if isinstance(heard, Answered):
        yield fine("app token", "Socket Mode can be opened.")
    else:
        yield _no_entry("app token", heard, _APP_TOKEN)


def check_channels(settings: Settings) -> Iterator[Finding]:
    asked = make_client(settings)
    wanted = {
        "review_channel": settings.slack.review_channel,
        "inbox_channel": settings.slack.inbox_channel,
        "private_channel": settings.inbox.private_channel,
    }
    for key, channel in wanted.items():
        if channel:
            yield _channel(asked, key, channel)
    yield from _nowhere_findings(settings)


def _nowhere_findings(settings: Settings) -> Iterator[Finding]:
    """What customers write and nobody sees, because no channel is named for it."""
    if not settings.slack.inbox_channel:
        sentence = "None is set: nothing that customers write is fetched."
        yield warning("inbox_channel", sentence, "Set [slack] inbox_channel to a channel of your team.")
    elif not settings.inbox.private_channel:
        sentence = "None is set: customers' direct messages are not fetched."
        mend = "Set [inbox] private_channel to a private channel, or answer them in the networks' own apps."
        yield warning("private_channel", sentence, mend)


def _channel(asked: WebClient, key: str, channel: str) -> Finding:
    channel_id = _by_name(asked, channel) if channel.startswith("#") else channel
    invite = "If it is private, invite the bot there: /invite @Byhand."
    if not isinstance(channel_id, str):
        return failure(key, f"{channel} could not be looked up: {explain(channel_id)}.")
    heard: Heard = SaidNo("channel_not_found")
    if channel_id:
        heard = hear(lambda: asked.conversations_info(channel=channel_id))
    if isinstance(heard, SaidNo) and heard.error == "channel_not_found":
        return failure(key, f"There is no channel {channel} that the bot can see.", invite)
    if not isinstance(heard, Answered):
        return failure(key, f"{channel} could not be looked up: {explain(heard)}.")
    return _seen(key, channel, heard.data["channel"])


def _seen(key: str, channel: str, info: Mapping[str, Any]) -> Finding:
    name = f"#{info.get('name', channel)}"
    if info.get("is_archived"):
        return failure(key, f"{name} is archived.", "Unarchive it, or name another one.")
    if not info.get("is_member"):
        return failure(key, f"The bot is not in {name}.", "Write there: /invite @Byhand")
    if key == "private_channel" and not info.get("is_private"):
        return failure(
            key, f"{name} is public, so everyone could read private messages.", "Name a private one."
        )
    if info.get("is_ext_shared"):
        return warning(key, f"{name} is shared with another organisation, whose people read along.")
    return fine(key, f"The bot is in {name}{', a private channel' if info.get('is_private') else ''}.")


def _by_name(asked: WebClient, name: str) -> str | Heard:
    """The id of "#social"; empty if there is none; else what came instead of an answer."""
    page, cursor = partial(asked.conversations_list, types="public_channel,private_channel", limit=1000), ""
    for _ in range(PAGES):
        heard = hear(partial(page, cursor=cursor))
        if not isinstance(heard, Answered):
            return heard
        for channel in heard.data["channels"]:
            if channel.get("name") == name.removeprefix("#"):
                return str(channel["id"])
        cursor = (heard.data.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return ""
