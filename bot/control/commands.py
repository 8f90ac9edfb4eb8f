"""What the command line may have done by whoever holds the database: itself, or the running bot over the socket.

Arguments and answers are plain JSON, so that both ways are the same. Reading commands are not here: they open the
database beside the bot.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from bot.control import pause_lines
from bot.domain.gate import ALL
from bot.domain.ids import make_id
from bot.domain.people import Person, Role
from bot.domain.refusals import UnknownWork
from bot.services import in_time
from bot.services.pause import pause, scope_words
from bot.services.pause import resume as resuming
from bot.services.plans import import_plan
from bot.services.plans.report import Choices
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import Services
from bot.services.wording import refuse_not_paused
from bot.store.engine.errors import StoreError

Arguments = Mapping[str, Any]
Tell = Callable[[str], None]
ANSWER_SECONDS = 1.9  # for a pause and its lines together; what the database has not said by then is left out
LEAST_SECONDS = 0.3  # for the lines of a pause that took long itself

log = logging.getLogger(__name__)


def run(
    services: Services, command: str, arguments: Arguments, tell: Tell = lambda _line: None
) -> dict[str, Any]:
    """Do it. `tell` is handed lines about how far a long one is. Raises Refusal with the sentence to be shown."""
    if command not in WANTED:
        raise UnknownWork(command=command)
    if not all(isinstance(arguments.get(name), kind) for name, kind in WANTED[command].items()):
        raise UnknownWork(command=f"{command} with these arguments")
    if command in LONG:
        return LONG[command](services, arguments, tell)
    return COMMANDS[command](services, arguments)


def _person(arguments: Arguments) -> Person:
    """The person at the shell, as `cli:user@host`."""
    who = str(arguments["who"])
    return Person(who, who.removeprefix("cli:"), Role.COMMAND_LINE)


def _import(services: Services, arguments: Arguments, tell: Tell) -> dict[str, Any]:
    """May also be told accounts (a list), dates ("day-first", "month-first"), and dry."""
    dates = {"day-first": True, "month-first": False}.get(str(arguments.get("dates")))
    accounts = arguments.get("accounts")
    given = tuple(map(str, accounts)) if isinstance(accounts, list) else ()
    choices = Choices(given, dates, bool(arguments["partial"]), bool(arguments.get("dry")))
    path = Path(str(arguments["file"]))
    report = import_plan.import_file(services, path, _person(arguments), choices, tell)
    asked = [question.sentence for question in report.questions]
    told = replace(report, rows=(), wanting=())  # which only Slack shows
    return {**asdict(told), "sentence": report.sentence, "asked": asked}


def _pause(services: Services, arguments: Arguments) -> dict[str, Any]:
    """Shut first; then the words: what is stopped, what is not."""
    person = _person(arguments)
    names = scope_words.list_names(services.policy, services.accounts)
    scopes, reason = scope_words.read_pause(str(arguments["words"]), names)
    began = time.monotonic()
    done = pause.pause_each_at_once(services, person, scopes, reason, _key(services))
    left = max(ANSWER_SECONDS - (time.monotonic() - began), LEAST_SECONDS)
    try:
        lines = in_time.wait_for(
            lambda: services.look_first(pause_lines.describe_pauses, done), left, "pause-lines"
        )
    except (StoreError, DBAPIError, TimeoutError) as error:
        log.warning("what a pause did could not be read: %s", error)
        lines = pause_lines.describe_unread(services.policy, done)
    guess = scope_words.guess_accounts(reason, names) if scopes == (ALL,) else None
    return {"lines": [*lines, *(pause_lines.describe_guess(services.policy, guess) if guess else [])]}


def _resume(services: Services, arguments: Arguments) -> dict[str, Any]:
    """With --yes only: who types that has read what it does."""
    person, now = _person(arguments), _key(services)
    scope = services.look(resuming.choose_scope, str(arguments["words"]))
    form = services.look(pause_queries.load_resume_form, scope)
    if form is None:
        raise services.look(refuse_not_paused, scope)
    services.do(resuming.resume, person, scope, form.epoch, {}, now, yes=True)
    return {"lines": services.look(pause_lines.describe_resume, form)}


def _key(services: Services) -> str:
    """A command at the shell is not repeated by anybody: each is an action of its own."""
    return f"cli:{make_id(services.clock.now())}"


COMMANDS: Mapping[str, Callable[[Services, Arguments], dict[str, Any]]] = {
    "pause": _pause,
    "resume": _resume,
}
# Those that say how far they are.
LONG: Mapping[str, Callable[[Services, Arguments, Tell], dict[str, Any]]] = {"import": _import}
# What each has to be handed.
WANTED: Mapping[str, Mapping[str, type]] = {
    "import": {"who": str, "file": str, "partial": bool},
    "pause": {"who": str, "words": str},
    "resume": {"who": str, "words": str},
}
