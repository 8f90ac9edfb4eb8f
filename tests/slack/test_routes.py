"""Nothing that can be pressed leads nowhere, and listeners stay small."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bot.slack
from bot.slack import routes
from bot.slack.ids import Act, Dialog
from bot.slack.views.answers import COMMANDS

LISTENERS = (
    "commands",
    "events",
    "home/handlers",
    "inbox/buttons",
    "inbox/commands",
    "inbox/dialogs",
    "pause/drill",
    "pause/handlers",
    "posts/buttons",
    "posts/dialogs",
)
FOLDER = Path(next(iter(bot.slack.__path__)))


def test_every_button_dialog_and_command_has_its_function() -> None:
    assert set(routes.BUTTONS) == set(Act) - {Act.MORE, Act.CONVERSATION_MORE}, (
        "the menu's choices are acts of their own"
    )
    assert set(routes.DIALOGS) == set(Dialog)
    assert {command.word for command in COMMANDS} == set(routes.COMMANDS) - {""}


@pytest.mark.parametrize("name", LISTENERS)
def test_listeners_stay_small(name: str) -> None:
    source = (FOLDER / f"{name}.py").read_text()
    assert len(source.splitlines()) <= 220
    for each in ast.walk(ast.parse(source)):
        if isinstance(each, ast.FunctionDef):
            assert len(ast.unparse(each).splitlines()) <= 16, each.name


def test_only_the_desk_posts_and_changes_messages() -> None:
    """Its setbacks tell one person, directly, that a channel is closed."""
    for file in FOLDER.rglob("*.py"):
        if file.name not in ("reconciler.py", "backoff.py"):
            assert "chat_postMessage" not in file.read_text(), file
            assert "chat_update" not in file.read_text(), file


def test_no_client_of_slacks_retries_by_itself() -> None:
    """The SDK's default posts twice when an answer is cut: one place makes clients, with retries off."""
    makers = [file for file in FOLDER.rglob("*.py") if "WebClient(" in file.read_text()]
    assert [file.name for file in makers] == ["connection.py"]
    assert "retry_handlers=[]" in makers[0].read_text()
