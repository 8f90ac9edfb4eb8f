"""Nothing of a secret is printed, whoever's words a command prints."""

from __future__ import annotations

import sys

import pytest
from sqlalchemy.exc import OperationalError

from bot.checkup.finding import failure
from bot.settings.database_url import list_passwords
from bot.shell import checking
from bot.shell.refusing import find_sentence, print_fault
from bot.store.engine.errors import Unreachable
from tests.cli.conftest import Desk

COMMANDS = (
    ("run",),
    ("check",),
    ("check", "--json"),
    ("migrate",),
    ("backup", "copy.db"),
    ("restore", "copy.db"),
    ("import", "plan.csv"),
    ("pause", "recall"),
    ("resume", "--yes"),
    ("status",),
    ("upcoming",),
    ("record", "export"),
    ("keys", "rotate"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_at_sign_in_the_databases_password_is_named_by_every_command(
    desk: Desk, words: tuple[str, ...]
) -> None:
    """The driver looked for a host named "two2@127.0.0.1" and told everybody."""
    desk.set(BYHAND_DATABASE_URL="postgresql://byhand:hunter@two2@127.0.0.1:1/byhand")
    result = desk.byhand(*words)
    assert result.exit_code == 1
    assert "write @ as %40" in result.output
    assert "hunter" not in result.output
    assert "two2" not in result.output


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_server_that_is_not_there_is_told_without_the_password(desk: Desk, words: tuple[str, ...]) -> None:
    desk.set(BYHAND_DATABASE_URL="postgresql://byhand:hunter%40two2@127.0.0.1:1/byhand?connect_timeout=1")
    result = desk.byhand(*words)
    assert result.exit_code == 1
    assert "hunter" not in result.output
    assert "two2" not in result.output


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("postgresql://byhand:hunter%40two2@db.example/byhand", ("hunter%40two2", "hunter@two2")),
        ("postgresql://db.example/byhand?user=byhand&password=hunter2", ("hunter2",)),
        ("postgresql://byhand:byhand@db.example/byhand", ()),  # anybody sees that word
        ("postgresql://byhand@db.example/byhand", ()),
        ("sqlite:///byhand.db", ()),
    ],
)
def test_the_password_is_known_in_each_form(url: str, passwords: tuple[str, ...]) -> None:
    assert list_passwords(url) == passwords


def test_a_drivers_words_are_printed_without_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BYHAND_DATABASE_URL", "postgresql://byhand:hunter%40two2@db.example/byhand")
    quoted = 'could not read "hunter@two2" (hunter%40two2)'
    errors = (OperationalError("", None, Exception(quoted)), Unreachable(quoted))
    for error in errors:
        said = find_sentence(error)
        assert said is not None
        assert "could not read" in said
        assert "two2" not in said
    monkeypatch.setattr(checking, "check_up", lambda _clock: [failure("database", quoted, quoted)])
    assert "two2" not in "\n".join(checking.check_all().as_table())
    try:
        raise ValueError(quoted)
    except ValueError:
        print_fault(*sys.exc_info())
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "two2" not in shown
