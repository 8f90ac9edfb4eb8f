"""byhand run, as the system starts and stops it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.sandbox.slack.server import SlackServer
from bot.settings.load import load_settings
from bot.shell import running
from bot.store.engine.lock import Locked
from tests.cli.conftest import Desk
from tests.ports import find_free_port

PATIENCE = 30.0  # seconds for a process to start or to stop
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def start(desk: Desk) -> Iterator[Start]:
    """Start `byhand run` in the fixture's folder and environment."""
    processes: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        started = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=desk.folder, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        processes.append(started)
        return started

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def test_sigterm_stops_it_gracefully_and_a_command_reaches_it_before(
    desk: Desk, slack: SlackServer, start: Start
) -> None:
    slack.workspace.join("C0SOCIAL", "U0BOT")
    bot = start()
    assert slack.wait_connected(PATIENCE)
    desk.plan(",bakery,A draft,,,")
    handed_over = desk.byhand("import", "plan.csv")
    assert handed_over.stdout.startswith("1 draft imported."), handed_over.output
    assert desk.byhand("status").stdout.startswith("Byhand is running.")
    bot.send_signal(signal.SIGTERM)
    _, log = bot.communicate(timeout=PATIENCE)
    assert bot.returncode == 0
    said = [json.loads(line)["event"] for line in log.splitlines()]
    assert said[-1] == "Byhand has stopped"
    assert slack.bot_token not in log
    status = desk.byhand("status").stdout
    assert status.startswith("Byhand is not running")
    assert "facts not sealed yet  0" in status, "the last facts were sealed on the way out"


def test_a_port_that_is_taken_is_a_sentence(desk: Desk, slack: SlackServer, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        desk.set(BYHAND_PORT=str(port))
        bot = start()
        _, log = bot.communicate(timeout=PATIENCE)
    assert bot.returncode == 1
    said = log.splitlines()[-1]
    assert said.startswith(f"Byhand cannot listen on 127.0.0.1:{port}: Address already in use.")


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_token_slack_does_not_take_ends_the_start(
    desk: Desk, slack: SlackServer, start: Start, name: str
) -> None:
    """It said "is up", and then "cannot be reached (invalid_auth)" for ever."""
    desk.set(**{name: f"{'xoxb' if name == 'SLACK_BOT_TOKEN' else 'xapp'}-1-of-nobody"})
    bot = start()
    _, log = bot.communicate(timeout=PATIENCE)
    assert bot.returncode == 1
    said = log.splitlines()[-1]
    assert said.startswith(f"{name}: Slack does not take this token (")
    assert "your app's page" in said
    assert "is up" not in log


def test_slack_being_away_at_the_start_is_waited_for(desk: Desk, slack: SlackServer, start: Start) -> None:
    slack.workspace.join("C0SOCIAL", "U0BOT")
    slack.faults.take_down()
    bot = start()
    assert bot.stderr is not None
    assert any("is up" in line for line in bot.stderr)
    slack.faults.bring_up()
    assert slack.wait_connected(PATIENCE)


def test_readyz_is_what_status_tells(desk: Desk, slack: SlackServer, start: Start) -> None:
    """With Slack away the bot runs all the same, and says what is wrong."""
    port = find_free_port()
    desk.set(BYHAND_PORT=str(port))
    slack.faults.take_down()
    start()
    assert slack.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), PATIENCE)
    status = desk.byhand("status").stdout
    assert status.startswith("Byhand is running.\n  Not connected to Slack.")


def test_http_mode_takes_signed_requests_and_no_others(desk: Desk, slack: SlackServer, start: Start) -> None:
    """The same click that Socket Mode brings, as Slack's own request to /slack/events."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    desk.set(BYHAND_PORT=str(port), SLACK_APP_TOKEN=None, SLACK_SIGNING_SECRET=slack.signing_secret)
    start()
    assert slack.wait_until(lambda: _answers(f"{url}/readyz"), PATIENCE)
    forged = urllib.request.Request(f"{url}/slack/events", data=b"command=/social")
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(forged, timeout=5)
    refused.value.close()
    slack.deliver_over_http(f"{url}/slack/events")
    slack.people.command("U0MAYA", "C0SOCIAL", "/social", "status")
    slack.wait_for("C0SOCIAL", "Publishing is open", user="U0MAYA")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_what_is_there_once_it_is_up_is_left_alone_by_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full collection walked through 140,000 objects of libraries, and held up every thread, a pause too, for 80 ms.
    Before the start they are not there yet; after it they are there for good."""
    done, told = list[str](), threading.Event()
    told.set()

    def note(what: str) -> Callable[..., None]:
        return lambda *_given: done.append(what)

    settings = SimpleNamespace(secrets=list, warnings=())
    monkeypatch.setattr(running, "load_settings", lambda *_given, **_named: settings)
    monkeypatch.setattr("bot.observability.set_up_logging", lambda **_named: None)
    monkeypatch.setattr("bot.descriptors.raise_limit", note("descriptors"))
    monkeypatch.setattr(running, "_listen_to_signals", lambda: told)
    monkeypatch.setattr(running, "_check_tokens", note("tokens"))
    byhand = SimpleNamespace(start=note("start"), stop=note("stop"))
    monkeypatch.setattr(running, "_build", lambda *_given: byhand)
    monkeypatch.setattr(running, "gc", SimpleNamespace(freeze=note("freeze")))
    running.run_until_told()
    assert done == ["descriptors", "tokens", "start", "freeze", "stop"]


def test_settings_it_cannot_use(desk: Desk) -> None:
    result = desk.byhand("run")
    assert result.exit_code == 1
    assert "environment: SLACK_BOT_TOKEN: It is not set." in result.stderr


def test_a_command_at_work_is_waited_for_and_another_bot_is_not(desk: Desk) -> None:
    """A bot that starts just while somebody imports must not give up."""
    settings, told, tries = load_settings(None, {}, need_slack=False), threading.Event(), []
    a_bot = object()

    def busy(purpose: str) -> Callable[..., object]:
        def build(*_: object) -> object:
            tries.append(purpose)
            if len(tries) < 3:
                raise Locked(desk.folder, 4711, purpose)
            return a_bot

        return build

    desk.monkeypatch.setattr(running, "build", busy("import"))
    assert running._build(settings, told) is a_bot
    tries.clear()
    desk.monkeypatch.setattr(running, "build", busy("run"))
    with pytest.raises(Locked, match="in use by byhand run"):
        running._build(settings, told)
    assert tries == ["run"]


def test_a_second_signal_ends_it_at_once() -> None:
    """Whoever presses Ctrl-C twice means it."""
    code = (
        "import os, signal, sys\n"
        "from bot.shell.running import _listen_to_signals\n"
        "told = _listen_to_signals()\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "print(told.wait(5), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "signal.pause()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "True\n")
