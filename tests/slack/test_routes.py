"""Nothing that can be pressed leads nowhere, and listeners stay small."""

from __future__ import annotations

import ast

import pytest

from bot.slack import routes
from bot.slack.ids import Act, Dialog
from bot.slack.views.usage import COMMANDS
from tests.program import parse_program, read_program

LISTENERS = (
    "commands",
    "events",
    "home/handlers",
    "inbox/buttons",
    "inbox/collisions",
    "inbox/commands",
    "inbox/dialogs",
    "inbox/triage",
    "pause/drill",
    "pause/effects",
    "pause/handlers",
    "pause/pause",
    "posts/buttons",
    "posts/dialogs",
)
POSTERS = {"slack/direct.py", "slack/outbox/reconciler.py"}


def test_every_button_dialog_and_command_has_its_function() -> None:
    assert set(routes.BUTTONS) == set(Act) - {Act.MORE, Act.CONVERSATION_MORE}, (
        "the menu's choices are acts of their own"
    )
    assert set(routes.DIALOGS) == set(Dialog)
    assert {command.word for command in COMMANDS} == set(routes.COMMANDS) - {""}


@pytest.mark.parametrize("name", LISTENERS)
def test_listeners_stay_small(name: str) -> None:
    file = f"slack/{name}.py"
    assert len(read_program()[file].splitlines()) <= 220
    for each in ast.walk(parse_program()[file]):
        if isinstance(each, ast.FunctionDef):
            assert len(ast.unparse(each).splitlines()) <= 16, each.name


def files_with(*words: str) -> set[str]:
    """The program's files, without the stand-ins, that hold one of these words."""
    return {
        file
        for file, text in read_program().items()
        if not file.startswith("sandbox/") and any(word in text for word in words)
    }


def test_only_the_desk_posts_and_changes_messages() -> None:
    """Its setbacks are told by direct message, as all that no channel can say."""
    assert files_with("chat_postMessage", "chat_update") == POSTERS


def test_no_client_of_slacks_retries_by_itself() -> None:
    """The SDK's default posts twice when an answer is cut: one place makes clients, with retries off."""
    assert files_with(" WebClient(", "(WebClient)") == {"slack/transport/connection.py"}
    text = read_program()["slack/transport/connection.py"]
    assert text.count(" WebClient(") == 0
    assert text.count("_Client(self.bot_token") == text.count("retry_handlers=[]") == 1
