"""What the command line may have done by whoever holds the database: itself, or the running bot over the socket.

Arguments and answers are plain JSON, so that both ways are the same. Reading commands are not here: they open the
database beside the bot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.domain.people import Person, Role
from bot.domain.refusals import Refusal
from bot.services import importing
from bot.services.work import Office

Arguments = Mapping[str, Any]


class UnknownWork(Refusal):
    """The running Byhand does not know the command {command}: is it an older version?"""


def run(office: Office, command: str, arguments: Arguments) -> dict[str, Any]:
    """Do it. Raises Refusal with the sentence to be shown."""
    if command not in COMMANDS:
        raise UnknownWork(command=command)
    return COMMANDS[command](office, arguments)


def _person(arguments: Arguments) -> Person:
    """The person at the shell, as `cli:user@host`."""
    who = str(arguments["who"])
    return Person(who, who.removeprefix("cli:"), Role.COMMAND_LINE)


def _import(office: Office, arguments: Arguments) -> dict[str, Any]:
    path, partial = Path(str(arguments["file"])), bool(arguments["partial"])
    report = importing.import_file(office, path, _person(arguments), partial=partial)
    return {**asdict(report), "sentence": report.sentence}


COMMANDS: Mapping[str, Callable[[Office, Arguments], dict[str, Any]]] = {"import": _import}
