"""Crashes by name: the process dies before or after a step of a send. No hook in the program: wrapped services.

A crash is a `BaseException`, so that nothing in the program can catch it and tidy up, as nothing can after kill -9.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.refusals import Repeated
from bot.networks.protocol import AccountClient
from bot.services.unit_of_work import Services
from bot.workers.worker import Worker
from tests.backend import Backend


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Bomb:
    """Goes off once, at ("before" | "after", step), after having let so many pass."""

    when: str
    step: str
    gone: bool = False
    skip: int = 0

    def at(self, when: str, step: str) -> None:
        if self.gone or (when, step) != (self.when, self.step):
            return
        if self.skip > 0:
            self.skip -= 1
            return
        self.gone = True
        raise Crash


class DyingOffice:
    """Services whose process dies at a step; afterwards they do nothing any more."""

    def __init__(self, services: Services, bomb: Bomb) -> None:
        self._services, self._bomb = services, bomb
        self.accounts: dict[str, Any] = {
            name: DyingConnection(connection, bomb) for name, connection in services.accounts.items()
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    def do(self, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._bomb.gone:
            raise Crash
        self._bomb.at("before", verb.__name__)
        done = self._services.do(verb, *args, **kwargs)
        self._bomb.at("after", verb.__name__)
        return done

    def look(self, question: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._bomb.gone:
            raise Crash
        return self._services.look(question, *args, **kwargs)


class DyingConnection:
    """A client whose process dies around the call."""

    def __init__(self, connection: AccountClient, bomb: Bomb) -> None:
        self._connection, self._bomb = connection, bomb

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._connection, name)
        if name not in ("publish", "prepare", "prepare_reply", "find"):
            return step

        def dying(*args: Any, **kwargs: Any) -> Any:
            if self._bomb.gone:  # the process is dead: its other threads call nobody any more
                raise Crash
            self._bomb.at("before", name)
            answer = step(*args, **kwargs)
            self._bomb.at("after", name)
            return answer

        return dying


def press(backend: Backend, bomb: Bomb | None, *what: Any) -> None:
    """A click, in a process that dies around it; then Slack sends the same click again, to another."""
    dying: Any = DyingOffice(backend.services, bomb) if bomb else backend.services
    try:
        dying.do(*what)
    except Crash:
        if bomb and bomb.when == "after":
            with pytest.raises(Repeated):
                backend.services.do(*what)
        else:
            backend.services.do(*what)


@dataclass
class Life:
    """One process that dies at a step, and the processes started after it."""

    backend: Backend
    bomb: Bomb
    lives: int = field(default=1)

    def worker(self) -> Worker:
        dying: Any = DyingOffice(self.backend.services, self.bomb)
        return self.backend.new_worker(f"life-{self.lives}", dying)

    def reborn(self) -> Worker:
        """The next process: it knows only the database."""
        self.lives += 1
        worker = self.backend.new_worker(f"life-{self.lives}")
        worker.start()
        return worker

    def live(self, worker: Worker, until: timedelta, step: timedelta = timedelta(seconds=10)) -> None:
        """Push the clock step by step; a crash ends the life early."""
        with suppress(Crash):
            self.backend.live(until, worker, step, over=lambda: self.bomb.gone)
