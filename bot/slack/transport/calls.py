"""What became of one call of Slack's Web API: answered, refused, proven not sent, or nobody knows.

A timeout, a cut or half an answer and every 5xx leave it open whether the call took effect, and so do the
error codes Slack itself uses for its accidents.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookResponse

ACCIDENTS = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
NO_ENTRY = frozenset(  # the app itself is not let in
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "no_permission",
        "team_access_not_granted",
    }
)
NO_CHANNEL = frozenset(  # this channel is closed to it
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
    }
)
NO_MESSAGE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "thread_not_found",
        "cannot_reply_to_message",
    }
)

NO_ROOM = frozenset(  # this thread takes no more replies; which of them Slack says when it is full is not documented
    {"restricted_action_thread_locked", "restricted_action_non_threadable_channel", "thread_limit_exceeded"}
)
UNREADABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})


@dataclass(frozen=True)
class Answered:
    data: Mapping[str, Any]


@dataclass(frozen=True)
class SaidNo:
    """Slack understood and refused: nothing happened."""

    error: str  # "channel_not_found"
    detail: str = ""


@dataclass(frozen=True)
class TooMany:
    """429: nothing happened; again after `seconds`."""

    seconds: float


@dataclass(frozen=True)
class NotSent:
    """No connection: nothing left this machine."""

    why: str


@dataclass(frozen=True)
class Unknown:
    """It may have happened."""

    why: str


Heard = Answered | SaidNo | TooMany | NotSent | Unknown


def hear(call: Callable[[], SlackResponse]) -> Heard:
    """Make one call with a client that retries nothing, and say what became of it."""
    try:
        data = call().data
    except SlackApiError as error:
        return _refusal(error.response)
    except URLError as error:
        nothing_left = isinstance(error.reason, (ConnectionRefusedError, socket.gaierror))
        return NotSent(str(error.reason)) if nothing_left else Unknown(str(error.reason))
    except (OSError, http.client.HTTPException, SlackRequestError) as error:
        return Unknown(f"{type(error).__name__}: {error}")
    return Answered(data) if isinstance(data, dict) else Unknown("the answer is not JSON")


def hear_hook(call: Callable[[], WebhookResponse]) -> Heard:
    """The same for a response_url, which answers with a status and hardly a word."""
    try:
        answer = call()
    except URLError as error:
        nothing_left = isinstance(error.reason, (ConnectionRefusedError, socket.gaierror))
        return NotSent(str(error.reason)) if nothing_left else Unknown(str(error.reason))
    except (OSError, http.client.HTTPException) as error:
        return Unknown(f"{type(error).__name__}: {error}")
    if answer.status_code == 200:
        return Answered({})
    return hear_status(answer.status_code, answer.headers, f"{answer.status_code} {answer.body}"[:200])


def hear_status(status: int, headers: Mapping[str, str], said: str) -> Heard:
    """What a status that is no 200 says."""
    if status == 429:
        return TooMany(_retry_after(headers))
    return Unknown(said) if status >= 500 else SaidNo(said)


def _refusal(response: SlackResponse) -> Heard:
    error = str(response.get("error", ""))
    if response.status_code == 429 or error in RATE_LIMITED:
        return TooMany(_retry_after(response.headers))
    if response.status_code >= 500 or error in ACCIDENTS or error.startswith("Received a response"):
        return Unknown(f"{response.status_code} {error}"[:200])
    details = response.get("errors") or (response.get("response_metadata") or {}).get("messages") or []
    return SaidNo(error, "; ".join(str(each) for each in details)[:500])


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; the header's case is the server's choice, and a fraction would be no surprise."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                return max(1.0, float(value))
            except ValueError:
                break
    return 5.0
