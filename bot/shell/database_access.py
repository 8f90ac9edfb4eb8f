"""What every command begins with: the settings it needs, and the database in the way it needs it.

Reading commands ask for no secret, no token and no key, and cannot write: they are safe beside a running bot and
for somebody who may only look.
"""

from __future__ import annotations

import getpass
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import make_url

from bot.app import SystemClock, open_connections
from bot.control import commands
from bot.control.client import WAIT, Bot, open_writer_or_bot
from bot.control.socket import is_listening, to_control_folder
from bot.domain.ids import make_id
from bot.domain.people import Person, make_shell_person
from bot.networks import registry
from bot.services import in_time, settings_changes
from bot.services.accounts.measuring import open_to_measure
from bot.services.offering import add_windows
from bot.services.unit_of_work import Services, UnitOfWork
from bot.settings.load import Settings, load_settings
from bot.shell.refusing import Refused
from bot.store.engine import migrate
from bot.store.engine.errors import BadDatabase, Unreachable
from bot.store.engine.lock import Locked
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store
from bot.store.pause import gate

T = TypeVar("T")
CLOCK = SystemClock()
SILENT_SECONDS = 1.8  # then whoever wants to pause is told that the database answers nothing
SAY_EVERY = 5.0  # seconds: that the bot is still at work
CLOSE_SECONDS = 0.2  # for the connections to it, once the answer is known


def load_settings_to_look() -> Settings:
    """For commands that call neither Slack nor a network: no secrets needed."""
    return load_settings(None, os.environ, need_slack=False)


def name_shell_user() -> str:
    """The person at the shell, as the record names them."""
    return name_person().id


def name_person() -> Person:
    """The person at the shell."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = str(os.getuid())
    return make_shell_person(user, socket.gethostname())


@contextmanager
def open_to_read(settings: Settings) -> Iterator[Store]:
    """The database beside whoever writes it. Raises BadDatabase if there is none, or not of this version."""
    with Store.open(settings.database_url, now=CLOCK.now, owner=False) as store:
        found = store.read(migrate.read_revision)
        if found is None:
            raise BadDatabase(
                "There is nothing in this database yet: start the bot once, or run byhand migrate."
            )
        if found != migrate.find_newest_revision():
            raise BadDatabase("This database is of an older Byhand: restart the bot, or run byhand migrate.")
        yield store


def look(settings: Settings, question: Callable[[UnitOfWork], T]) -> T:
    """Ask the database something (a function of `services/queries/posts.py`)."""
    with open_to_read(settings) as store:
        return Services(store, CLOCK, settings.policy(), {}, lambda _what: None).look(question)


def look_and_judge(settings: Settings, question: Callable[[UnitOfWork], T]) -> T:
    """The same where posts are judged, which takes the limits of their accounts."""
    with open_to_read(settings) as store:
        accounts = open_to_measure(settings, store)
        policy = add_windows(settings.policy(), accounts)
        return Services(store, CLOCK, policy, accounts, lambda _what: None).look(question)


def have_done(
    command: str,
    arguments: dict[str, Any],
    *,
    patience: float,
    tell: Callable[[str], None] = lambda _line: None,
) -> dict[str, Any]:
    """A command of `control/commands.py`, done by the running bot, or here if none runs.

    `patience`: seconds for the bot's answer. `tell` is handed lines about how far it is.
    Raises Refusal, StoreError, SettingsError, Refused.
    """
    url = load_settings_to_look().database_url
    with suppress(Locked):  # somebody is at work there, so the tables are
        migrate.migrate(url, now=CLOCK.now)
    with open_writer_or_bot(url, now=CLOCK.now, purpose=command) as hand:
        if isinstance(hand, Bot):
            with _tell_waiting(tell):
                return hand.ask(command, arguments, timeout=patience)
        hand.adopt(make_id(CLOCK.now()))
        return commands.run(_open_services(hand), command, arguments, tell)


@contextmanager
def _tell_waiting(tell: Callable[[str], None]) -> Iterator[None]:
    """The bot does not say how far it is; that it is at work is said every few seconds."""
    answered = threading.Event()

    def say() -> None:
        began = time.monotonic()
        while not answered.wait(SAY_EVERY):
            tell(f"The running bot is at work, for {time.monotonic() - began:.0f} s now.")

    saying = threading.Thread(target=say, name="waiting", daemon=True)
    saying.start()
    try:
        yield
    finally:
        answered.set()
        saying.join()


def have_done_at_once(
    command: str, arguments: dict[str, Any], *, patience: float, wait: float = WAIT
) -> dict[str, Any]:
    """The same for what stops and starts: no migration, no secret, no account is waited for, and no database that
    answers nothing. `wait`: seconds for a bot that starts or stops."""
    settings = load_settings_to_look()
    url = settings.database_url
    if make_url(url).get_backend_name() != "sqlite" or not is_listening(
        to_control_folder(to_database_path(url))
    ):
        _in_time(lambda: _must_be_usable(settings))
    with open_writer_or_bot(
        url, now=CLOCK.now, purpose=command, wait=wait, close_within=CLOSE_SECONDS
    ) as hand:
        if isinstance(hand, Bot):
            return hand.ask(command, arguments, timeout=patience)
        _in_time(lambda: _make_ready(hand, settings))
        services = Services(hand, CLOCK, settings.policy(), {}, lambda _what: None)
        return commands.run(services, command, arguments)


def _must_be_usable(settings: Settings) -> None:
    """Raises its sentence where there is no database of this version."""
    with open_to_read(settings):
        pass


def _make_ready(store: Store, settings: Settings) -> None:
    store.adopt(make_id(CLOCK.now()))
    store.write(lambda db: gate.make_rows(db, settings.accounts))


def _in_time(work: Callable[[], None]) -> None:
    """Raises Unreachable where the database answers nothing."""
    try:
        in_time.wait_for(work, SILENT_SECONDS, "database")
    except TimeoutError:
        raise Unreachable(f"The database has not answered for {SILENT_SECONDS:.1f} s.") from None


def _open_services(store: Store) -> Services:
    """As the bot would have it at its start, but without Slack: accounts signed in, their rows made."""
    settings = load_settings(None, os.environ, networks=registry.load_all(), need_slack=False)
    try:
        accounts = open_connections(settings, store).clients
    except ValueError as error:  # of a network, about an account's settings
        raise Refused(str(error)) from error
    store.write(lambda db: gate.make_rows(db, settings.accounts))
    services = Services(store, CLOCK, add_windows(settings.policy(), accounts), accounts, lambda _what: None)
    services.do(settings_changes.adopt_settings)
    return services
