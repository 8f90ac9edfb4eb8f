"""Every command says what it is for, refuses in one sentence, and exits with the promised code."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from bot import __version__
from bot.cli import app
from tests.cli.conftest import Desk

COMMANDS = (
    "demo", "run", "init", "check", "import", "upcoming", "status", "pause", "resume",
    "record", "migrate", "backup", "restore", "keys", "version",
)  # fmt: skip
READING = (
    ("pause", "recall"),
    ("resume", "--yes"),
    ("resume",),
    ("upcoming",),
    ("status",),
    ("record", "export"),
    ("record", "verify"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 4


def test_version() -> None:
    result = CliRunner().invoke(app, ["version"])
    assert result.exit_code == 0
    assert result.stdout == f"byhand {__version__}\n"


def test_a_typo_is_answered_with_the_closest_command() -> None:
    result = CliRunner().invoke(app, ["upcomming"])
    assert result.exit_code == 2
    assert "upcoming" in result.stderr


@pytest.mark.parametrize(
    "words", [("puase",), ("Pause", "recall"), ("stop", "everything"), ("please", "pause")]
)
def test_a_near_miss_of_pause_says_not_paused_first(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 2
    assert f"Error: NOT paused. No such command '{words[0]}'." in result.stderr


@pytest.mark.parametrize(
    "words", [("upcoming", "tomorrow"), ("import",), ("backup",), ("restore",), ("demo", "--port", "x")]
)
def test_wrong_use_is_2(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, list(words)).exit_code == 2


def test_version_and_help_import_nothing_heavy() -> None:
    """Whoever types --help waits for nothing; measured by what is imported, not by a clock."""
    code = (
        "import sys; from typer.testing import CliRunner; from bot.cli import app\n"
        "assert CliRunner().invoke(app, ['version']).exit_code == 0\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "print([m for m in ('sqlalchemy', 'slack_sdk', 'httpx', 'alembic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_is_there_as_a_module_too() -> None:
    """Seen: `python -m bot.cli demo --help` printed nothing, and ended with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "version"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"byhand {__version__}\n")


def test_python_m_bot_is_byhand() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bot", "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "words",
    [
        *READING,
        ("migrate",),
        ("import", "plan.csv"),
        ("run",),
        ("backup", "b"),
        ("pause",),
        ("resume", "--yes"),
    ],
)
def test_without_settings_each_command_names_the_file(desk: Desk, words: tuple[str, ...]) -> None:
    desk.settings.unlink()
    result = desk.byhand(*words)
    assert result.exit_code == 1
    assert "byhand.toml: There is no such settings file. Run `byhand init`" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_problem_of_the_settings_is_said(desk: Desk) -> None:
    desk.change('timezone = "Europe/Berlin"', 'timezone = "Berlin"\nlunch = 1')
    result = desk.byhand("upcoming")
    assert result.exit_code == 1
    assert '[team] timezone: There is no time zone "Berlin".' in result.stderr
    assert "[team] lunch: There is no such setting." in result.stderr


@pytest.mark.parametrize("words", READING)
def test_reading_commands_say_that_there_is_no_database_yet(desk: Desk, words: tuple[str, ...]) -> None:
    result = desk.byhand(*words)
    assert result.exit_code == 1
    assert "There is no database" in result.stderr
    assert sorted(path.name for path in desk.folder.iterdir()) == ["byhand.toml"], "looking makes nothing"


@pytest.mark.parametrize("words", READING)
def test_reading_commands_refuse_an_empty_file(desk: Desk, words: tuple[str, ...]) -> None:
    (desk.folder / "byhand.db").touch()
    result = desk.byhand(*words)
    assert result.exit_code == 1
    assert "There is nothing in this database yet" in result.stderr


@pytest.mark.parametrize("words", [*READING, ("migrate",), ("import", "plan.csv")])
def test_a_file_that_is_no_database_is_a_sentence(desk: Desk, words: tuple[str, ...]) -> None:
    (desk.folder / "byhand.db").write_text("Dear diary, " * 1000)
    result = desk.byhand(*words)
    assert result.exit_code == 1, result.exception
    assert "not a database" in result.stderr


def test_a_fault_of_ours_is_not_dressed_up_as_a_refusal(desk: Desk) -> None:
    """A traceback is for us; only what somebody can mend becomes a sentence."""
    desk.monkeypatch.setattr("bot.shell.looking.list_upcoming", lambda _span: 1 / 0)
    assert isinstance(desk.byhand("upcoming").exception, ZeroDivisionError)


def test_the_demos_port_may_be_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        demo = [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(demo, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "That port is taken: choose another one, or stop what listens there.\n",
    )
