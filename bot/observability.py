"""What an operator reads: logs and metrics. One handler for all lines, one place that hides secrets.

Hiding works on the finished line, whatever it was made of (a traceback, a library's message, a repr): by
patterns of known tokens, and by the very secrets of this process. A person's words are not logged at all.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, TextIO, cast

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

HIDDEN = "[hidden]"
# Loggers that say too much at INFO.
_QUIET = (
    "alembic",
    "apscheduler",
    "httpx",
    "httpcore",
    "slack_sdk",
    "slack_bolt",
    "uvicorn.access",
)
_PATTERNS = re.compile(
    r"""
      \b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]+                      # Slack's tokens
    | (?i:(?<=bearer\ ))[\w.~+/=-]{6,}                               # an Authorization header
    | \beyJ[\w-]{10,}\.[\w-]+\.[\w-]*                                # JSON web tokens: Bluesky's sessions
    | \b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b            # Bluesky's app passwords
    | (?<=://)[^/\s:@"']*:[^/\s@"']+(?=@)                            # a name and password inside an address
    | (?<=hooks\.slack\.com/)[\w/-]+                                 # a response_url speaks for the bot
    | (?<=/media/)[\w-]{22,}                                         # whoever has it can fetch an image
    """,
    re.VERBOSE,
)
_VARIABLE = re.compile(
    r"(\bBYHAND_[A-Z0-9_]*(?:TOKEN|PASSWORD|SECRET|KEY)\b[\"']?\s*[=:]\s*)[\"']?[^\s\"',}]+"
)
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_KEYS = re.compile(r"token|password|secret|authorization|cookie", re.IGNORECASE)

Line = MutableMapping[str, Any]

MINUTE = 60.0  # seconds
SAME = 1  # times a minute the same line is written, whatever its numbers
OF_A_KIND = 60  # times a minute for a kind of line, about whatever
KINDS = 2000  # remembered at once


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without tokens and passwords, and without `secrets`, plain or as JSON writes them."""
    return _VARIABLE.sub(rf"\g<1>{HIDDEN}", _PATTERNS.sub(HIDDEN, hide_values(text, secrets)))


def hide_from_now_on(secrets: Iterable[str]) -> None:
    """Values that came to be known after the start: of accounts that were signed in."""
    _known_since.update(secret for secret in secrets if len(secret) >= 8)


_known_since: set[str] = set()


def hide_values(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted({*secrets, *_known_since}, key=len, reverse=True):
        for form in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            text = text.replace(form, HIDDEN)
    return text


def set_up_logging(
    stream: TextIO | None = None,
    *,
    as_json: bool | None = None,
    level: int = logging.INFO,
    secrets: Iterable[str] = (),
) -> None:
    """Send every log line of this process to `stream` (stderr): JSON unless it is a terminal."""
    stream = stream or sys.stderr
    as_json = not stream.isatty() if as_json is None else as_json
    handler = logging.StreamHandler(stream)
    handler.addFilter(Seldom())
    handler.setFormatter(_formatter(as_json, tuple(secret for secret in secrets if len(secret) >= 4)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*_common(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # so that set_up may come after the first import
    )


@dataclass
class _Minute:
    """Of one line, or of all of its kind."""

    began: float
    written: int = 0
    left_out: int = 0
    owed: int = 0  # left out before, and not said yet


class Seldom(logging.Filter):
    """The same line once a minute, and how often it was left out: what fails every second must not fill the disk.

    One place for every loop, ours and those of the libraries. Lines that differ in numbers only are the same.
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._minutes: dict[tuple[object, ...], _Minute] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, line = _to_kind(record)
        with self._lock:
            now = self._elapsed()
            of_a_kind, same = self._minute(now, *kind), self._minute(now, *kind, line)
            full = next(
                (one for one, room in ((same, SAME), (of_a_kind, OF_A_KIND)) if one.written >= room), None
            )
            if full is not None:
                full.left_out += 1
                return False
            owed = same.owed + of_a_kind.owed
            for one in (same, of_a_kind):
                one.written, one.owed = one.written + 1, 0
        if owed:
            _say_how_many(record, owed)
        return True

    def _minute(self, now: float, *key: object) -> _Minute:
        before = self._minutes.get(key)
        if before is not None and now < before.began + MINUTE:
            return before
        if len(self._minutes) >= KINDS:
            self._minutes = {key: one for key, one in self._minutes.items() if now < one.began + MINUTE}
        if len(self._minutes) >= KINDS:
            self._minutes.clear()
        self._minutes[key] = _Minute(now, owed=before.left_out if before is not None else 0)
        return self._minutes[key]


def _to_kind(record: logging.LogRecord) -> tuple[tuple[object, ...], str]:
    """(whose line and which, what it says without its numbers)."""
    if isinstance(record.msg, dict):  # structlog's
        said = {key: value for key, value in record.msg.items() if key != "timestamp"}
        template, text = str(record.msg.get("event")), repr(said)
    else:
        template, text = str(record.msg), record.getMessage()
    return (record.name, record.levelno, template), _NUMBERS.sub("0", text)


def _say_how_many(record: logging.LogRecord, owed: int) -> None:
    if isinstance(record.msg, dict):
        record.msg["left_out_before"] = owed
    else:
        record.msg, record.args = f"{record.getMessage()} (and {owed} more like it before)", None


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """`log.info("a sentence", post=…)`: ids and numbers as keywords, never a person's words."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))


def _common() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(as_json: bool, secrets: tuple[str, ...]) -> logging.Formatter:
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else _for_people()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_common(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_named_secrets,
            _hiding(renderer, secrets),
        ],
    )


def _for_people() -> structlog.typing.Processor:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


# Until set_up: never into stdout, and never with the values of variables, as structlog would with rich.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.set_exc_info,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _for_people(),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)


def _without_named_secrets(_logger: Any, _method: str, line: Line) -> Line:
    return {key: HIDDEN if _KEYS.search(key) else value for key, value in line.items()}


def _hiding(render: structlog.typing.Processor, secrets: tuple[str, ...]) -> Callable[..., str]:
    def rendered(log: Any, method: str, line: Line) -> str:
        return hide(str(render(log, method, line)), secrets)

    return rendered


class Metrics:
    """Every number of `/metrics`, in a registry of its own, so that two bots in one process do not add up."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.decisions = Counter("byhand_decisions", "Decisions on posts.", ["verb"], registry=registry)
        self.sends = Counter("byhand_sends", "Ended sends.", ["network", "outcome"], registry=registry)
        self.lateness = Histogram(
            "byhand_send_lateness_seconds",
            "From a post's slot to the beginning of a send.",
            registry=registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 600),
        )
        self.requests = Counter(
            "byhand_slack_requests",
            "Slack's requests, by status.",
            ["status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "byhand_slack_request_seconds",
            "How long Slack waited for its answer.",
            registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
        )
        self.polls = Counter(
            "byhand_polls", "Questions for new messages.", ["network", "outcome"], registry=registry
        )
        self.inbound = Counter("byhand_inbound", "Messages received.", ["network"], registry=registry)
        self.waiting = Gauge("byhand_waiting", "Conversations that wait for an answer.", registry=registry)
        self.cards_behind = Gauge("byhand_cards_behind", "Cards not yet drawn as wanted.", registry=registry)
        self.unknown_sends = Gauge("byhand_unknown_sends", "Sends nobody can tell yet.", registry=registry)
        self.troubles = Gauge(
            "byhand_troubles", "What is wrong with Slack; /readyz says it.", registry=registry
        )
        self.paused = Gauge("byhand_paused", "1 while everything is paused.", registry=registry)

    def text(self) -> bytes:
        """As Prometheus reads it (text format 0.0.4)."""
        return generate_latest(self.registry)
