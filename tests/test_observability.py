"""Logs hide every secret, whoever wrote the line; metrics are this bot's own."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from bot import observability
from bot.observability import HIDDEN, Metrics, Seldom, get_logger, hide, set_up_logging


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-12345-abcDEF",
        "xapp-1-A012-345-abc",
        "xoxe.xoxp-1-Mi0y",
        "eyJhbGciOiJFUzI1NksifQ.eyJzY29wZSI6ImNvbSJ9.c2ln_-x",
        "abcd-efgh-2345-wxyz",
    ],
)
def test_tokens_are_hidden_by_their_shape(secret: str) -> None:
    for text in (f"failed with {secret}.", f'{{"x": "{secret}"}}', f"https://a.example/?t={secret}&b=1"):
        assert secret not in hide(text)
        assert HIDDEN in hide(text)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer [hidden]"),
        ("'authorization': 'bearer abc.def~123'", "'authorization': 'bearer [hidden]'"),
        ("postgresql://byhand:pa55@db/byhand", "postgresql://[hidden]@db/byhand"),
        (
            "BYHAND_A_TOKEN=abc and BYHAND_KEY: 'k=='",
            "BYHAND_A_TOKEN=[hidden] and BYHAND_KEY: [hidden]'",
        ),
        ("POST https://hooks.slack.com/actions/T1/2/abc", "POST https://hooks.slack.com/[hidden]"),
    ],
)
def test_what_stands_beside_a_known_word_is_hidden(text: str, hidden: str) -> None:
    assert hide(text) == hidden


@pytest.mark.parametrize("text", ["post 0123 approved", "https://a.example:8080/x@y", "10:30"])
def test_ordinary_words_stay(text: str) -> None:
    assert hide(text) == text


def test_the_processs_own_secrets_are_hidden_in_json_too() -> None:
    secret = 'p"a\\ß'
    assert hide(json.dumps({"a": secret}), [secret]) == '{"a": "[hidden]"}'
    assert hide(json.dumps({"a": secret}, ensure_ascii=False), [secret]) == '{"a": "[hidden]"}'


def test_json_lines_from_us_and_from_libraries() -> None:
    out = io.StringIO()
    set_up_logging(out, secrets=["hunter2"])
    get_logger("bot.test").info("card drawn", card="01", token="abc")
    logging.getLogger("slack_bolt").warning("refused %s", "hunter2")
    logging.getLogger("apscheduler").info("Added job")
    ours, theirs = map(json.loads, out.getvalue().splitlines())
    assert (ours["event"], ours["card"], ours["level"], ours["logger"]) == (
        "card drawn",
        "01",
        "info",
        "bot.test",
    )
    assert ours["token"] == HIDDEN
    assert theirs["event"] == "refused [hidden]"
    assert theirs["timestamp"].endswith("Z")


@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_are_logged_without_secrets(as_json: bool) -> None:
    out = io.StringIO()
    set_up_logging(out, as_json=as_json)
    try:
        raise OSError("xoxb-1-secret")
    except OSError:
        get_logger("bot.test").exception("broken")
    assert "OSError" in out.getvalue()
    assert "xoxb-1-secret" not in out.getvalue()


class Lines:
    """What is written of what is logged, by a clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self._stream = io.StringIO()
        set_up_logging(self._stream, as_json=True)
        handler = logging.getLogger().handlers[0]
        handler.filters[:] = [Seldom(lambda: self.now)]

    @property
    def written(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


def test_the_same_line_is_written_once_a_minute_and_the_rest_are_counted() -> None:
    lines = Lines()
    for second in range(150):
        lines.now = float(second)
        logging.getLogger("asyncio").error("socket.accept() out of system resource, %s", second)
        get_logger("bot").warning("a chore failed", chore="seal", after=second / 7)
    said = [line["event"] for line in lines.written if line["logger"] == "asyncio"]
    assert said == [
        "socket.accept() out of system resource, 0",
        "socket.accept() out of system resource, 60 (and 59 more like it before)",
        "socket.accept() out of system resource, 120 (and 59 more like it before)",
    ]
    assert [line.get("left_out_before") for line in lines.written if line["logger"] == "bot"] == [
        None,
        59,
        59,
    ]


def test_lines_about_different_things_are_all_written_up_to_a_bound() -> None:
    lines = Lines()
    names = [f"card {'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}" for number in range(100)]
    for name in names:
        logging.getLogger("bot").warning("%s is gone from Slack", name)
    assert len(lines.written) == observability.OF_A_KIND
    lines.now = 61.0
    logging.getLogger("bot").warning("%s is gone from Slack", "card zz")
    assert str(lines.written[-1]["event"]).endswith("(and 40 more like it before)")


def test_what_is_remembered_of_lines_is_bounded() -> None:
    seldom = Seldom(lambda: 0.0)
    for number in range(observability.KINDS):
        seldom.filter(logging.makeLogRecord({"name": "x" * number, "msg": "x", "levelno": 30}))
    assert len(seldom._minutes) <= observability.KINDS


def test_two_bots_do_not_add_up() -> None:
    one, two = Metrics(), Metrics()
    one.decisions.labels("approve").inc()
    assert b'byhand_decisions_total{verb="approve"} 1.0' in one.text()
    assert b"approve" not in two.text()


def test_before_set_up_a_traceback_tells_no_values() -> None:
    """structlog's own default shows every variable of every frame, tokens too, if rich is there."""
    program = (
        "from bot.observability import get_logger\n"
        "def broken(token):\n"
        "    raise ValueError('no such thing')\n"
        "try:\n"
        "    broken('xoxb-' + 'secret' * 2)\n"
        "except ValueError:\n"
        "    get_logger('start').exception('it broke')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "no such thing" in done.stderr
    assert "xoxb-secret" not in done.stdout + done.stderr
