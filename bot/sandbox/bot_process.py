"""The stage's handle on the bot's process: start it, push its clock, kill it as a power cut would, start it again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.child import OFFSET

STOP_LIMIT = 15.0
_DEAD: dict[str, Any] = {"busy": False}  # what a process that is gone answers


class BotProcess:
    """One at a time; the database and the settings stay in `folder` between runs."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.port = 0  # of its own HTTP server
        self._log = (folder / "bot.log").open("a", encoding="utf-8")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, offset: timedelta) -> None:
        """Start it and wait until it is up. Raises RuntimeError with its last words if it is not."""
        environment = clean_environment({**self._environment, OFFSET: str(offset.total_seconds())})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot.sandbox.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            env=environment, cwd=self._folder, start_new_session=True,
        )  # fmt: skip
        answer = self._read()
        if not answer.get("ready"):
            raise RuntimeError(f"The bot did not start: {self.last_words()}")
        self.port = answer["port"]

    def push(self, offset: timedelta) -> None:
        self.ask({"do": "offset", "seconds": offset.total_seconds()})

    def at_rest(self) -> bool:
        """Nothing under way, nothing due."""
        return self._rests(self.ask({"do": "rest"}))

    def _rests(self, answer: dict[str, Any]) -> bool:
        at = _moment(answer.get("next"))
        return not answer["busy"] and (at is None or at > datetime.fromisoformat(answer["now"]))

    def wait_at_rest(self, limit: float, told: float = 0.0) -> bool:
        """Wait until nothing is due or under way, at most `limit` real seconds; of them at most `told` until Slack,
        which may be down, shows what is new."""
        began = time.monotonic()
        while time.monotonic() < began + limit and self.running:
            answer = self.ask({"do": "rest"})
            if self._rests(answer) and not (answer.get("untold") and time.monotonic() < began + told):
                return True
            threading.Event().wait(0.02)
        return False

    def next_moment(self) -> datetime | None:
        """When something is due next."""
        return _moment(self.ask({"do": "rest"}).get("next"))

    def next_slot(self) -> datetime | None:
        """The slot of the next post that may still go out."""
        return _moment(self.ask({"do": "slot"}).get("slot"))

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            if not self.running or self._process is None or self._process.stdin is None:
                return _DEAD
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                return _DEAD
            return self._read()

    def _read(self) -> dict[str, Any]:
        """One line of its answers; an empty answer if it has died."""
        if self._process is None or self._process.stdout is None:
            return _DEAD
        line = self._process.stdout.readline()
        return dict(json.loads(line)) if line else _DEAD

    def kill(self) -> None:
        """As a power cut would: nothing is tidied up."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def stop(self) -> None:
        """Gracefully: the pipe closes, the bot stops."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def close(self) -> None:
        self.stop()
        self._log.close()

    def _reap(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None and not pipe.closed:
                    pipe.close()

    def last_words(self, lines: int = 15) -> str:
        text = (self._folder / "bot.log").read_text(encoding="utf-8")
        return "\n".join(text.splitlines()[-lines:])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def clean_environment(ours: Mapping[str, str]) -> dict[str, str]:
    """`ours` over the system's environment, without a real bot's tokens in it, or a proxy to the outside."""
    theirs = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SLACK_", "BYHAND_")) and not name.lower().endswith("_proxy")
    }
    return {**theirs, **ours}
